"""The CloudFormation templates: mistakes that neither moto nor a deployment would report."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.stages import BUILD, ROOT, handlers, load, serverless_config, stage_named, with_urls
from functions.audit_repair import main as audit_repair
from functions.publish_schedules import main as publish_schedules
from functions.weekly_stats import main as weekly_stats
from tests.deploy.conftest import run_make

STAGES = ("dev", "prod")
LOG_GROUP = "AWS::Logs::LogGroup"
Template = dict[str, Any]


def resources(template: Template, kind: str) -> dict[str, Any]:
    """Return the properties of each resource of a type, by the resource's name in the template."""
    return {
        name: resource["Properties"] for name, resource in template["Resources"].items() if resource["Type"] == kind
    }


def functions(template: Template) -> dict[str, Any]:
    """Return the properties of each function, by the function's name in `serverless.yml`."""
    all_functions = resources(template, "AWS::Lambda::Function").values()
    return {function["FunctionName"].split("-", 2)[2]: function for function in all_functions}


def copies(by_name: dict[str, Any]) -> list[Any]:
    return [dict(resource) for resource in by_name.values()]


def values(value: Any) -> Iterator[Any]:
    """Yield every value in a template, at any depth."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from values(inner)


def osls(folder: Path, *arguments: str, links: Iterable[str], **changes: str) -> subprocess.CompletedProcess[str]:
    """Run osls in a folder that has a changed serverless.yml and links to files of this checkout.

    In serverless.yml, the values of `changes` replace the texts that are their names.
    """
    text = (ROOT / "serverless.yml").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "serverless.yml").write_text(text)
    for name in ("deploy", "node_modules", "package.json", *links):
        (folder / name).symlink_to(ROOT / name)
    command = [str(ROOT / "node_modules/.bin/osls"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def run_package(folder: Path, *, stage: str = "dev", **changes: str) -> subprocess.CompletedProcess[str]:
    """Package a stage with a changed serverless.yml."""
    arguments = ("package", "--stage", stage, "--package", "packaged")
    return osls(folder, *arguments, links=[".build"], **changes)


@pytest.mark.parametrize("stage", STAGES)
def test_cfn_lint_finds_nothing(packaged: dict[str, Template], stage: str) -> None:
    lint = shutil.which("cfn-lint", path=str(ROOT / ".venv/bin"))
    assert lint is not None
    template = BUILD / stage / "cloudformation-template-update-stack.json"
    ran = subprocess.run([lint, str(template)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_a_misspelled_property_stops_the_packaging(packaged: object, tmp_path: Path) -> None:
    ran = run_package(tmp_path, timeout="timeuot")
    assert ran.returncode != 0
    assert "unrecognized property 'timeuot'" in ran.stdout + ran.stderr


def test_a_stage_that_does_not_exist_is_not_packaged(packaged: object, tmp_path: Path) -> None:
    ran = run_package(tmp_path, stage="staging")
    assert ran.returncode != 0
    assert 'Value not found at "param" source' in ran.stdout + ran.stderr


def test_osls_works_before_anything_is_packaged(can_package: None, tmp_path: Path) -> None:
    """In a fresh clone, `osls logs`, `osls info` and `osls remove` have to work. They load the same file as `print`."""
    ran = osls(tmp_path, "print", "--stage", "dev", links=[])
    assert ran.returncode == 0, ran.stderr
    assert "slotledger-dev-dead-letters" in ran.stdout


def test_each_function_is_in_the_template(packaged: dict[str, Template]) -> None:
    for stage, template in packaged.items():
        assert set(functions(template)) == set(handlers())
        for name, properties in functions(template).items():
            assert properties["FunctionName"] == stage_named(stage).function(name)
            assert properties["Handler"] == f"functions/{name}/main.handler"
            assert (properties["Runtime"], properties["Architectures"]) == ("python3.13", ["x86_64"])
            assert properties["ReservedConcurrentExecutions"] >= 1


def test_stages_share_no_name(packaged: dict[str, Template]) -> None:
    """Each name contains the name of its stage, and not the name of the other stage."""
    dev, prod = (
        {value for value in values(packaged[stage]) if isinstance(value, str) and "slotledger" in value}
        for stage in STAGES
    )
    assert len(dev) == len(prod) > 20
    assert all("dev" in name and "prod" not in name for name in dev)
    assert all("prod" in name and "dev" not in name for name in prod)


def test_environments_have_the_names_of_secrets_and_no_secret(packaged: dict[str, Template]) -> None:
    for stage, template in packaged.items():
        common = {
            "STAGE": stage,
            "DATABASE_URL_PARAMETER": f"/slotledger/{stage}/database-url",
            "DATABASE_CA_FILE": "",
            "AUTH_JWT_SECRET_PARAMETER": f"/slotledger/{stage}/auth-jwt-secret",
            "AUTH_JWKS_URL": "",
            "AUTH_ISSUER": "",
            "AUTH_AUDIENCE": "authenticated",
            "AUTH_AUDIENCE_CLAIM": "/aud",
            "AUTH_ADMIN_CLAIM": "/app_metadata/role",
            "AUTH_ADMIN_VALUE": "admin",
            "AUTH_NAME_CLAIM": "/user_metadata/name",
            "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2773",
            "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "false",
        }
        queue: dict[str, Any] = {"AUDIT_QUEUE_URL": {"Ref": "RetryQueue"}}
        more: dict[str, dict[str, Any]] = {
            "ReaderRole": {},
            "AppRole": {},
            "WriterRole": {**queue, "AUDIT_BUDGET_MS": "500"},
            "RepairerRole": queue,
        }
        of_function = {
            "find_slots": {"SEARCH_PUBLIC": "true", "SEARCH_MAX_AGE": "5"},
            "bookings": {"BOOKING_STUDENTS_CONFIRM": "true", "BOOKING_MAX_HOLDS": "5"},
        }
        for name, properties in functions(template).items():
            role = properties["Role"]["Fn::Sub"].removeprefix("${").removesuffix(".Arn}")
            assert properties["Environment"]["Variables"] == common | more[role] | of_function.get(name, {})


def test_each_role_has_the_rights_that_its_functions_need_and_no_others(packaged: dict[str, Template]) -> None:
    for stage, template in packaged.items():
        arn = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
        secrets = [f"parameter/slotledger/{stage}/{name}" for name in ("database-url", "auth-jwt-secret")]
        queue = {"Fn::GetAtt": ["RetryQueue", "Arn"]}
        rights = {
            "ReaderRole": [],
            "AppRole": [],
            "WriterRole": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": queue}],
            "RepairerRole": [
                {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": queue}
            ],
        }
        roles = resources(template, "AWS::IAM::Role")
        assert set(roles) == set(rights)
        for role, properties in roles.items():
            users = [
                name
                for name, function in functions(template).items()
                if function["Role"] == {"Fn::Sub": f"${{{role}.Arn}}"}
            ]
            logs = [f"log-group:/aws/lambda/slotledger-{stage}-{name}:*" for name in users]
            assert set(properties) == {"AssumeRolePolicyDocument", "Policies"}
            assert properties["AssumeRolePolicyDocument"]["Statement"] == [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ]
            (policy,) = properties["Policies"]
            assert policy["PolicyDocument"]["Statement"] == [
                {
                    "Effect": "Allow",
                    "Action": ["ssm:GetParameter", "ssm:GetParameters"],
                    "Resource": [{"Fn::Sub": arn % ("ssm", secret)} for secret in secrets],
                },
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": [{"Fn::Sub": arn % ("logs", log)} for log in logs],
                },
                *rights[role],
            ]


def test_functions_have_the_extension_of_their_region(packaged: dict[str, Template]) -> None:
    """For each region, `parameters_extension.yml` has the ARN of AWS's layer in that region."""
    layers = load("deploy/parameters_extension.yml")
    name = "layer:AWS-Parameters-and-Secrets-Lambda-Extension"
    for region, arn in layers.items():
        assert re.fullmatch(rf"arn:aws:lambda:{region}:[0-9]{{12}}:{name}:[0-9]+", arn)
    for stage, template in packaged.items():
        for properties in functions(template).values():
            assert properties["Layers"] == [layers[stage_named(stage).region]]


def test_only_http_functions_have_urls_and_anybody_may_call_them(packaged: dict[str, Template]) -> None:
    """AWS doesn't check the tokens; the functions do. For a public URL, AWS requires two permissions."""
    for template in packaged.values():
        urls = resources(template, "AWS::Lambda::Url").values()
        assert {url["AuthType"] for url in urls} == {"NONE"}
        permissions = [
            (right["Action"], right.get("FunctionUrlAuthType"), right.get("InvokedViaFunctionUrl"))
            for right in resources(template, "AWS::Lambda::Permission").values()
            if right["Principal"] == "*"
        ]
        assert sorted(permissions, key=str) == sorted(
            [("lambda:InvokeFunctionUrl", "NONE", None), ("lambda:InvokeFunction", None, True)] * len(with_urls()),
            key=str,
        )


def test_time_limits_are_longer_than_the_work(packaged: dict[str, Template]) -> None:
    """Scheduled functions stop before Lambda stops them.

    While a repair handles a message, the queue hides the message from other repairs.
    """
    for template in packaged.values():
        timeouts = {name: properties["Timeout"] for name, properties in functions(template).items()}
        assert timeouts["weekly_stats"] >= weekly_stats.RUN_FOR.total_seconds() + 60
        assert timeouts["publish_schedules"] >= publish_schedules.RUN_FOR.total_seconds() + 60
        assert timeouts["audit_repair"] >= audit_repair.RUN_FOR.total_seconds() + 30
        retry = resources(template, "AWS::SQS::Queue")["RetryQueue"]
        assert retry["VisibilityTimeout"] >= timeouts["audit_repair"]


def alarm_of(metric: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the properties of an alarm that a single event sets off. `more` replaces properties."""
    return {
        "Period": 300,
        "Statistic": "Sum",
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "TreatMissingData": "notBreaching",
        **metric,
        **more,
    }


def dimension(stage: str, function: str) -> dict[str, str]:
    return {"Name": "FunctionName", "Value": f"slotledger-{stage}-{function}"}


def test_each_alarm_watches_its_metric_and_is_explained_in_the_docs(packaged: dict[str, Template]) -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    for stage, template in packaged.items():
        ours = f"slotledger/{stage}"
        dead = [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}}]
        dead_letters = {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Dimensions": dead}
        runs = {
            "Namespace": "AWS/Lambda",
            "MetricName": "Invocations",
            "Dimensions": [dimension(stage, "audit_repair")],
        }
        few = {"ComparisonOperator": "LessThanThreshold", "Threshold": 1, "TreatMissingData": "breaching"}
        expected = {
            "deferred-entries": alarm_of({"Namespace": ours, "MetricName": "DeferredChangeSets"}),
            "dead-letters": alarm_of(dead_letters, Statistic="Maximum"),
            "weekly-run-missed": alarm_of({"Namespace": ours, "MetricName": "WeeklyStatsOverdue"}, Period=900),
            "schedules-not-published": alarm_of(
                {"Namespace": ours, "MetricName": "WeeklySchedulesOverdue"}, Period=900
            ),
            "clock-differs": alarm_of({"Namespace": ours, "MetricName": "ClockDifferences"}),
            "repair-not-running": alarm_of(runs, Period=1800, **few),
        }
        metrics = {"errors": "Errors", "answers-5xx": "Url5xxCount", "throttles": "Throttles"}
        for end, metric in metrics.items():
            for name in handlers() if end == "errors" else with_urls():
                of_function = {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": [dimension(stage, name)],
                }
                expected[f"{name}-{end}"] = alarm_of(of_function)
        actions = {"AlarmActions": [{"Ref": "AlarmTopic"}], "OKActions": [{"Ref": "AlarmTopic"}]}
        alarms = {alarm.pop("AlarmName"): alarm for alarm in copies(resources(template, "AWS::CloudWatch::Alarm"))}
        assert all(alarm.pop("AlarmDescription") for alarm in alarms.values())
        assert alarms == {f"slotledger-{stage}-{name}": alarm | actions for name, alarm in expected.items()}
        explained = [name for name in expected if not name.endswith(tuple(metrics))]
        explained += [f"<function>-{end}" for end in metrics]
        assert all(f"`{name}`" in operations for name in explained)


def test_no_alarm_has_more_metrics_than_cloudwatch_allows(packaged: dict[str, Template]) -> None:
    for template in packaged.values():
        for alarm in resources(template, "AWS::CloudWatch::Alarm").values():
            assert len(alarm.get("Metrics", ())) <= 10


def test_metric_filters_count_log_lines_that_the_functions_write(packaged: dict[str, Template]) -> None:
    sources = [file.read_text() for part in ("common", "functions") for file in (ROOT / part).rglob("*.py")]
    for stage, template in packaged.items():
        counted = {
            (
                properties["LogGroupName"]["Ref"],
                properties["FilterPattern"],
                *properties["MetricTransformations"][0].values(),
            )
            for properties in resources(template, "AWS::Logs::MetricFilter").values()
        }
        log_groups = {properties["LogGroupName"]: name for name, properties in resources(template, LOG_GROUP).items()}
        expected = {(name, "audit deferred", "DeferredChangeSets") for name in handlers()}
        expected |= {
            ("audit_repair", "weekly statistics overdue", "WeeklyStatsOverdue"),
            ("audit_repair", "weekly schedules overdue", "WeeklySchedulesOverdue"),
            ("update_availability", "clock differs from the database's", "ClockDifferences"),
        }
        assert counted == {
            (
                log_groups[f"/aws/lambda/slotledger-{stage}-{name}"],
                f'{{ $.message = "{line}" }}',
                f"slotledger/{stage}",
                metric,
                "1",
            )
            for name, line, metric in expected
        }
        for _, line, _ in expected:
            assert any(f'"{line}"' in source for source in sources)


def test_each_function_has_its_timeout_memory_and_reserved_instances(packaged: dict[str, Template]) -> None:
    """Timeouts are in seconds. The memory, in MB, and the reserved instances are set in the stage's `params`."""
    timeouts = {
        "get_availability": 20,
        "find_slots": 20,
        "update_availability": 60,
        "audit_history": 30,
        "audit_stats": 30,
        "weekly_schedule": 60,
        "publish_schedules": 900,
        "weekly_stats": 900,
        "audit_repair": 120,
    }
    reserved = {
        "get_availability": "reads",
        "find_slots": "reads",
        "update_availability": "updates",
        "audit_history": "audits",
        "audit_stats": "audits",
        "weekly_schedule": "audits",
    }
    for stage in STAGES:
        params = serverless_config()["params"][stage]
        sizes = {
            name: (function["Timeout"], function["MemorySize"], function["ReservedConcurrentExecutions"])
            for name, function in functions(packaged[stage]).items()
        }
        expected = {
            name: (timeout, params["memorySize"], params[reserved[name]] if name in reserved else 1)
            for name, timeout in timeouts.items()
        }
        assert sizes.items() >= expected.items()
        retries = resources(packaged[stage], "AWS::Lambda::EventInvokeConfig")
        assert retries["AuditUnderscorerepairLambdaEvConf"]["MaximumRetryAttempts"] == 0


def test_packaging_prints_the_largest_number_of_connections(packaged: dict[str, Template]) -> None:
    ran = run_make("package", "STAGE=prod")
    instances = sum(properties["ReservedConcurrentExecutions"] for properties in functions(packaged["prod"]).values())
    assert f"{instances} instances at most, each with a connection to the database" in ran.stdout


def test_queues_keep_messages_for_two_weeks_and_are_encrypted(packaged: dict[str, Template]) -> None:
    for stage, template in packaged.items():
        kept = {"MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": True}
        redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}, "maxReceiveCount": 10}
        assert resources(template, "AWS::SQS::Queue") == {
            "RetryQueue": {
                "QueueName": f"slotledger-{stage}-retry",
                "VisibilityTimeout": 180,
                "RedrivePolicy": redrive,
                **kept,
            },
            "DeadLetterQueue": {"QueueName": f"slotledger-{stage}-dead-letters", **kept},
        }


def test_the_bucket_is_private(packaged: dict[str, Template]) -> None:
    for template in packaged.values():
        (bucket,) = resources(template, "AWS::S3::Bucket").values()
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_manual_says_how_many_instances_the_stages_reserve(packaged: dict[str, Template]) -> None:
    reserved = {
        stage: sum(properties["ReservedConcurrentExecutions"] for properties in functions(template).values())
        for stage, template in packaged.items()
    }
    page = " ".join((ROOT / "docs/operations.md").read_text().split())
    assert f"{reserved['dev']} in all for dev and {reserved['prod']} for prod" in page
    assert f"both stages together need {100 + sum(reserved.values())}" in page
