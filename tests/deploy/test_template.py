"""The CloudFormation templates: what moto doesn't look at, and what no deployment would notice."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.stages import BUILD, ROOT, handlers, stage_named
from functions.audit_repair import main as audit_repair
from functions.weekly_stats import main as weekly_stats

STAGES = ("dev", "prod")
Template = dict[str, Any]


def resources(template: Template, kind: str) -> dict[str, Any]:
    return {name: told["Properties"] for name, told in template["Resources"].items() if told["Type"] == kind}


def functions(template: Template) -> dict[str, Any]:
    found = resources(template, "AWS::Lambda::Function").values()
    return {told["FunctionName"].split("-", 2)[2]: told for told in found}


def values(told: Any) -> Iterator[Any]:
    """Every value in a template, however deep."""
    yield told
    for inner in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from values(inner)


def packaging(folder: Path, *, stage: str = "dev", **changes: str) -> subprocess.CompletedProcess[str]:
    """Package with another serverless.yml."""
    text = (ROOT / "serverless.yml").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "serverless.yml").write_text(text)
    for name in ("deploy", "node_modules", ".build", "package.json"):
        (folder / name).symlink_to(ROOT / name)
    osls = [str(ROOT / "node_modules/.bin/osls"), "package", "--stage", stage, "--package", "packaged"]
    return subprocess.run(osls, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("stage", STAGES)
def test_cfn_lint_has_nothing_to_say(packaged: dict[str, Template], stage: str) -> None:
    lint = shutil.which("cfn-lint", path=str(ROOT / ".venv/bin"))
    assert lint is not None
    template = BUILD / stage / "cloudformation-template-update-stack.json"
    ran = subprocess.run([lint, str(template)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_a_typo_fails(packaged: object, tmp_path: Path) -> None:
    ran = packaging(tmp_path, timeout="timeuot")
    assert ran.returncode != 0
    assert "unrecognized property 'timeuot'" in ran.stdout + ran.stderr


def test_a_stage_that_does_not_exist_fails(packaged: object, tmp_path: Path) -> None:
    ran = packaging(tmp_path, stage="staging")
    assert ran.returncode != 0
    assert 'Value not found at "param" source' in ran.stdout + ran.stderr


def test_the_six_functions_are_there(packaged: dict[str, Template]) -> None:
    for stage, template in packaged.items():
        assert set(functions(template)) == set(handlers())
        for name, told in functions(template).items():
            assert told["FunctionName"] == stage_named(stage).function(name)
            assert told["Handler"] == f"functions/{name}/main.handler"
            assert (told["Runtime"], told["Architectures"]) == ("python3.13", ["x86_64"])
            assert told["ReservedConcurrentExecutions"] >= 1


def test_stages_share_no_name(packaged: dict[str, Template]) -> None:
    """What is named, is named for its stage; nothing of one stage's template is in the other's."""
    dev, prod = (
        {value for value in values(packaged[stage]) if isinstance(value, str) and "slotledger" in value}
        for stage in STAGES
    )
    assert len(dev) == len(prod) > 20
    assert all("dev" in name and "prod" not in name for name in dev)
    assert all("prod" in name and "dev" not in name for name in prod)


def test_environments_name_secrets_and_hold_none(packaged: dict[str, Template]) -> None:
    for stage, template in packaged.items():
        common = {
            "STAGE": stage,
            "DATABASE_URL_PARAMETER": f"/slotledger/{stage}/database-url",
            "AUTH_JWT_SECRET_PARAMETER": f"/slotledger/{stage}/auth-jwt-secret",
            "AUTH_JWKS_URL": "",
            "AUTH_AUDIENCE": "authenticated",
        }
        queue: dict[str, Any] = {"AUDIT_QUEUE_URL": {"Ref": "RetryQueue"}}
        more: dict[str, dict[str, Any]] = {
            "update_availability": {**queue, "AUDIT_BUDGET_MS": "500"},
            "audit_repair": queue,
        }
        for name, told in functions(template).items():
            assert told["Environment"]["Variables"] == common | more.get(name, {})


def test_each_function_may_do_its_own_work_and_nothing_else(packaged: dict[str, Template]) -> None:
    for stage, template in packaged.items():
        arn = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
        secrets = [f"parameter/slotledger/{stage}/{name}" for name in ("database-url", "auth-jwt-secret")]
        queue = {"Fn::GetAtt": ["RetryQueue", "Arn"]}
        asks = {
            "ReaderRole": [],
            "WriterRole": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": queue}],
            "RepairerRole": [
                {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": queue}
            ],
        }
        roles = resources(template, "AWS::IAM::Role")
        assert set(roles) == set(asks)
        for role, told in roles.items():
            users = [
                name for name, its in functions(template).items() if its["Role"] == {"Fn::Sub": f"${{{role}.Arn}}"}
            ]
            logs = [f"log-group:/aws/lambda/slotledger-{stage}-{name}:*" for name in users]
            (policy,) = told["Policies"]
            assert policy["PolicyDocument"]["Statement"] == [
                {
                    "Effect": "Allow",
                    "Action": "ssm:GetParameters",
                    "Resource": [{"Fn::Sub": arn % ("ssm", secret)} for secret in secrets],
                },
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": [{"Fn::Sub": arn % ("logs", log)} for log in logs],
                },
                *asks[role],
            ]


def test_urls_are_open_and_those_of_http_functions_alone(packaged: dict[str, Template]) -> None:
    """Anybody may call them (the functions look at tokens themselves), with the two rights that this takes."""
    for template in packaged.values():
        urls = resources(template, "AWS::Lambda::Url").values()
        assert {url["AuthType"] for url in urls} == {"NONE"}
        rights = [
            (right["Action"], right.get("FunctionUrlAuthType"), right.get("InvokedViaFunctionUrl"))
            for right in resources(template, "AWS::Lambda::Permission").values()
            if right["Principal"] == "*"
        ]
        assert sorted(rights, key=str) == sorted(
            [("lambda:InvokeFunctionUrl", "NONE", None), ("lambda:InvokeFunction", None, True)] * 4, key=str
        )


def test_functions_have_time_for_what_they_do(packaged: dict[str, Template]) -> None:
    """Those that stop by themselves do so before Lambda stops them, and no message comes again while one is at it."""
    for template in packaged.values():
        timeouts = {name: told["Timeout"] for name, told in functions(template).items()}
        assert timeouts["weekly_stats"] >= weekly_stats.RUN_FOR.total_seconds() + 60
        assert timeouts["audit_repair"] >= audit_repair.RUN_FOR.total_seconds() + 30
        queues = resources(template, "AWS::SQS::Queue")
        assert queues["RetryQueue"]["VisibilityTimeout"] >= timeouts["audit_repair"]
        assert queues["RetryQueue"]["RedrivePolicy"]["deadLetterTargetArn"] == {
            "Fn::GetAtt": ["DeadLetterQueue", "Arn"]
        }


def test_alarms_hang_on_what_the_functions_write(packaged: dict[str, Template]) -> None:
    for stage, template in packaged.items():
        filters = resources(template, "AWS::Logs::MetricFilter")
        listened_to = {
            str(told["LogGroupName"]["Ref"]): re.findall('"(.+)"', told["FilterPattern"]) for told in filters.values()
        }
        assert listened_to == {
            "UpdateUnderscoreavailabilityLogGroup": ["audit deferred"],
            "AuditUnderscorerepairLogGroup": ["weekly statistics overdue"],
        }
        assert '"audit deferred"' in (ROOT / "functions/update_availability/main.py").read_text()
        assert '"weekly statistics overdue"' in (ROOT / "functions/audit_repair/main.py").read_text()
        alarms = resources(template, "AWS::CloudWatch::Alarm").values()
        names = {"answers-5xx", "dead-letters", "deferred-entries", "errors", "repair-not-running", "weekly-run-missed"}
        assert {alarm["AlarmName"] for alarm in alarms} == {f"slotledger-{stage}-{name}" for name in names}
        assert all(alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms)
        metrics = {told["MetricTransformations"][0]["MetricName"] for told in filters.values()}
        assert metrics <= {alarm.get("MetricName") for alarm in alarms}
        operations = (ROOT / "docs/operations.md").read_text()
        assert all(f"`{name}`" in operations for name in names), "each alarm is explained"


def test_nothing_but_the_template_says_what_is_deployed(packaged: dict[str, Template]) -> None:
    """Packaged for the same stage twice, it is the same, but for the time in the names of the zips."""

    def without_time(template: Template) -> str:
        return re.sub(r"/[0-9]{13}-[0-9TZ:.-]+/", "/", json.dumps(template, sort_keys=True))

    for stage, template in packaged.items():
        now = json.loads((BUILD / stage / "cloudformation-template-update-stack.json").read_text())
        assert without_time(now) == without_time(template)
