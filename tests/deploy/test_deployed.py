"""Both stages, deployed by `make deploy`, seen through AWS's API and called at their URLs."""

import ast
import json
import os
import re
import subprocess
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from deploy import bundle, pipeline
from deploy.bundle import Bundle
from deploy.stages import ROOT, Stopped, handlers, load, methods, serverless_config, stage_named, with_urls
from local.cloud import Cloud
from local.function_url import function_url_event
from tests.builders import SECRET, Tutor, add_tutor, make_token, monday, slots
from tests.deploy.conftest import ORIGIN, UNREACHABLE, Deployed, env_of, run_make

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
DAY = monday().isoformat()
EXPOSED = ["content-disposition", "date", "etag", "retry-after", "x-missing-versions", "x-request-id"]


def token(stage: Deployed, tutor: Tutor) -> str:
    return make_token(tutor.user_id, f"{SECRET} of {stage.name}")


def save(stage: Deployed, tutor: Tutor, *starts: str) -> Any:
    body = {"tutorId": str(tutor.id), "date": DAY, "timeSlots": slots(*starts)}
    answer = stage.call("update_availability", "PUT", token=token(stage, tutor), body=body)
    assert answer.status == 200, answer.body
    return answer.json


def offered(stage: Deployed, tutor: Tutor) -> list[str]:
    answer = stage.call("get_availability", tutorId=tutor.id, startDate=DAY, endDate=DAY)
    assert answer.status == 200, answer.body
    return [slot["time"] for day in answer.json["days"] for slot in day["timeSlots"]]


def test_an_edit_on_one_stage_does_not_change_the_other_stage(dev: Deployed, prod: Deployed) -> None:
    """The tutor is in both databases. AWS's runtime client runs each function from the deployed zip."""
    tutor = add_tutor(dev.engine)
    with prod.engine.begin() as connection:
        values = {"id": tutor.id, "user_id": tutor.user_id}
        connection.execute(text("insert into tutors values (:id, :user_id, 'T', 'Europe/Copenhagen')"), values)
    assert save(dev, tutor, "09:00")["audit"] == "recorded"
    assert (offered(dev, tutor), offered(prod, tutor)) == (["09:00"], [])
    save(prod, tutor, "11:00", "13:00")
    assert (offered(dev, tutor), offered(prod, tutor)) == (["09:00"], ["11:00", "13:00"])
    for stage, added in ((dev, 1), (prod, 2)):
        its_token = token(stage, tutor)
        history = stage.call("audit_history", token=its_token, tutorId=tutor.id, days=1).json
        stats = stage.call("audit_stats", token=its_token, tutorId=tutor.id, days=1).json
        assert (len(history["entries"]), stats["slotsAdded"], stats["complete"]) == (added, added, True)


def test_a_token_of_one_stage_is_refused_by_the_other_stage(dev: Deployed, prod: Deployed) -> None:
    tutor = add_tutor(prod.engine)
    answer = prod.call("update_availability", "PUT", token=token(dev, tutor), body={})
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


def test_a_deferred_entry_goes_through_its_stages_queue(dev: Deployed, prod: Deployed) -> None:
    tutor = add_tutor(dev.engine)
    with dev.engine.begin() as connection:
        connection.execute(text("alter table tutor_availability_log rename to away"))
    try:
        assert save(dev, tutor, "09:00")["audit"] == "deferred"
    finally:
        with dev.engine.begin() as connection:
            connection.execute(text("alter table away rename to tutor_availability_log"))
    sqs = dev.client("sqs")
    waiting = {
        stage: sqs.get_queue_attributes(
            QueueUrl=sqs.get_queue_url(QueueName=f"slotledger-{stage}-retry")["QueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages"],
        )["Attributes"]["ApproximateNumberOfMessages"]
        for stage in ("dev", "prod")
    }
    assert waiting == {"dev": "1", "prod": "0"}
    nothing = {"drained": 0, "reconstructed": 0, "remainingGaps": 0, "adrift": 0}
    assert prod.invoke_scheduled("audit_repair") == nothing
    assert dev.invoke_scheduled("audit_repair") == {**nothing, "drained": 1}
    history = dev.call("audit_history", token=token(dev, tutor), tutorId=tutor.id).json
    assert [(entry["source"], entry["startTime"]) for entry in history["entries"]] == [("deferred", "09:00")]


def test_the_event_of_its_schedule_starts_weekly_stats(dev: Deployed) -> None:
    tutor = add_tutor(dev.engine)
    answer = dev.invoke_scheduled("weekly_stats")
    assert len(answer["weeks"]) == 2
    with dev.engine.connect() as connection:
        count = text("select count(*) from tutor_weekly_stats where tutor_id = :tutor")
        assert connection.execute(count, {"tutor": tutor.id}).scalar_one() == 2


def test_only_the_function_url_adds_cors_headers(dev: Deployed, prod: Deployed) -> None:
    """The function adds no CORS header, because browsers refuse an answer that has a CORS header twice."""
    event = function_url_event("GET", "", b"", {"Origin": ORIGIN})
    answer = dev.cloud.invoke("slotledger-dev-get_availability", event)
    assert not [name for name in answer["headers"] if name.startswith("access-control")]
    cors_headers = {
        name: value for name, value in dev.call("get_availability").headers.items() if name.startswith("access-")
    }
    assert cors_headers == {
        "access-control-allow-origin": ORIGIN,
        "access-control-expose-headers": ", ".join(EXPOSED),
    }
    preflight = dev.call("get_availability", "OPTIONS")
    assert preflight.status == 200
    assert {name for name in preflight.headers if name.startswith("access-")} > set(cors_headers)
    foreign = prod.call("get_availability", origin="https://foreign.invalid").headers
    assert not [name for name in foreign if name.startswith("access-")]


def test_each_function_url_allows_the_origins_of_its_stage(dev: Deployed, prod: Deployed) -> None:
    for stage in (dev, prod):
        origins = serverless_config()["params"][stage.name]["allowedOrigins"]
        client = stage.client("lambda")
        for function in with_urls():
            config = client.get_function_url_config(FunctionName=f"slotledger-{stage.name}-{function}")
            assert (config["FunctionUrl"], config["AuthType"]) == (stage.urls[function], "NONE")
            assert config["Cors"] == {
                "AllowOrigins": origins,
                "AllowMethods": methods()[function],
                "AllowHeaders": [
                    "authorization",
                    "content-type",
                    "idempotency-key",
                    "if-match",
                    "if-none-match",
                    "x-request-id",
                ],
                "ExposeHeaders": EXPOSED,
                "MaxAge": 7200,
            }
            policy = json.loads(client.get_policy(FunctionName=f"slotledger-{stage.name}-{function}")["Policy"])
            rights = {(right["Action"], right["Principal"]) for right in policy["Statement"]}
            assert rights == {("lambda:InvokeFunctionUrl", "*"), ("lambda:InvokeFunction", "*")}


def test_each_stage_has_its_stack(dev: Deployed, prod: Deployed) -> None:
    stacks = dev.client("cloudformation").describe_stacks()["Stacks"]
    by_stack = {stack["StackName"]: {tag["Key"]: tag["Value"] for tag in stack["Tags"]} for stack in stacks}
    assert {name: tags["stage"] for name, tags in by_stack.items()} == {
        "slotledger-dev": "dev",
        "slotledger-prod": "prod",
    }
    functions = dev.client("lambda").list_functions()["Functions"]
    assert {function["FunctionName"] for function in functions} == {
        f"slotledger-{stage}-{name}" for stage in ("dev", "prod") for name in handlers()
    }


def test_scheduled_functions_have_their_rules(dev: Deployed, prod: Deployed) -> None:
    for stage in (dev, prod):
        events = stage.client("events")
        arn = "arn:aws:lambda:eu-west-1:123456789012:function:"
        schedules = {}
        for rule in events.list_rules()["Rules"]:
            (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            if target["Arn"].startswith(f"{arn}slotledger-{stage.name}-"):
                schedules[target["Arn"].removeprefix(arn)] = (rule["ScheduleExpression"], rule["State"])
        ours = serverless_config()["functions"]
        assert set(schedules) == {
            f"slotledger-{stage.name}-{name}" for name, function in ours.items() if "events" in function
        }
        assert schedules[f"slotledger-{stage.name}-weekly_stats"] == ("cron(0 3 ? * TUE *)", "ENABLED")
        assert schedules[f"slotledger-{stage.name}-audit_repair"] == ("cron(0/5 * * * ? *)", "ENABLED")


def test_queues_log_groups_and_roles_exist(dev: Deployed, prod: Deployed) -> None:
    for stage in (dev, prod):
        days = serverless_config()["params"][stage.name]["logRetentionInDays"]
        sqs = stage.client("sqs")
        url = sqs.get_queue_url(QueueName=f"slotledger-{stage.name}-retry")["QueueUrl"]
        redrive = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"][
            "RedrivePolicy"
        ]
        assert json.loads(redrive)["deadLetterTargetArn"].endswith(f":slotledger-{stage.name}-dead-letters")
        groups = stage.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/slotledger-{stage.name}-")
        assert {group["retentionInDays"] for group in groups["logGroups"]} == {days}
        assert len(groups["logGroups"]) == len(handlers())
        iam = stage.client("iam")
        roles = [
            role["RoleName"] for role in iam.list_roles()["Roles"] if f"slotledger-{stage.name}-" in role["RoleName"]
        ]
        assert len(roles) == 4
        for role in roles:
            (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
            document = str(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
            for statement in ast.literal_eval(document)["Statement"]:  # moto returns the policy as a Python literal
                allowed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
                assert all(resource.startswith("arn:aws:") and resource != "*" for resource in allowed)
                assert all(stage.name in resource for resource in allowed)


def test_no_secret_is_in_a_template_an_environment_or_a_log(dev: Deployed, prod: Deployed) -> None:
    for stage in (dev, prod):
        offered(stage, add_tutor(stage.engine))
        ours = (f"{SECRET} of {stage.name}", stage.database)
        template = stage.client("cloudformation").get_template(StackName=f"slotledger-{stage.name}")["TemplateBody"]
        functions = stage.client("lambda").list_functions()["Functions"]
        for content in (json.dumps(template), json.dumps(functions, default=str), dev.cloud.log(), stage.output):
            assert not [secret for secret in ours if secret in content]
        assert f'"stage": "{stage.name}"' in dev.cloud.log()


def test_secrets_are_read_through_the_extension(dev: Deployed) -> None:
    """Each function that ran got its secrets from the extension, so it didn't have to import the AWS SDK."""
    offered(dev, add_tutor(dev.engine))
    instances = dev.cloud._instances
    extensions = {name: running.extension for name, running in instances.items() if name.startswith("slotledger-dev-")}
    assert "slotledger-dev-get_availability" in extensions
    for name, extension in extensions.items():
        assert extension is not None, name
        assert set(extension.statuses) == {200}, name


def test_a_deployment_prints_its_steps_and_the_urls(dev: Deployed, prod: Deployed) -> None:
    for stage in (dev, prod):
        assert f"stage {stage.name}, revision: none" in stage.output
        assert "create table tutor_time_slots" in stage.output
        assert "update_availability without a token is refused" in stage.output
        assert set(stage.urls) == set(with_urls())


def test_deploying_again_changes_nothing(dev: Deployed) -> None:
    def state() -> Any:
        stack = dev.client("cloudformation").describe_stacks(StackName="slotledger-dev")["Stacks"][0]
        functions = dev.client("lambda").list_functions()["Functions"]
        return stack.get("LastUpdatedTime"), {each["FunctionName"]: each["LastModified"] for each in functions}

    before = state()
    ran = run_make("deploy", "STAGE=dev", **env_of(dev.cloud))
    assert ran.returncode == 0, ran.stderr
    assert "No changes to deploy" in ran.stdout + ran.stderr
    assert "Up to date." in ran.stdout
    assert state() == before


def test_a_database_of_another_stage_is_refused(dev: Deployed, prod: Deployed) -> None:
    """`make secret` and `make migrate` refuse the database URL of another stage.

    `make deploy` refuses it, too, if it was stored in another way.
    """
    for ours, other in ((dev, prod), (prod, dev)):
        refusal = f"this database belongs to the stage {other.name}, not to {ours.name}"
        environment = {**env_of(dev.cloud), "CONFIRM": ours.name}
        stored = run_make("secret", f"STAGE={ours.name}", "NAME=database-url", stdin=other.database, **environment)
        migrated = run_make("migrate", f"STAGE={ours.name}", DATABASE_URL=other.database, **environment)
        for ran in (stored, migrated):
            assert ran.returncode != 0
            assert refusal in ran.stderr
    ssm = dev.client("ssm")
    parameter = stage_named("prod").database_url_parameter
    stored = ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]
    assert (stored["Value"], stored["Type"]) == (prod.database, "SecureString")
    ssm.put_parameter(Name=parameter, Value=dev.database, Type="SecureString", Overwrite=True)
    ran = run_make("deploy", "STAGE=prod", CONFIRM="prod", **env_of(dev.cloud))
    ssm.put_parameter(Name=parameter, Value=prod.database, Type="SecureString", Overwrite=True)
    assert ran.returncode != 0
    assert "this database belongs to the stage dev, not to prod" in ran.stderr
    assert "Deploying slotledger" not in ran.stdout + ran.stderr


def test_a_deployment_fails_if_a_function_does_not_answer_as_expected(
    dev: Deployed, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """The error says which check failed, and what to do next."""
    for name, value in dev.cloud.environment("eu-west-1").items():
        monkeypatch.setenv(name, value)
    stage = stage_named("dev")
    (tmp_path / "other.zip").write_bytes(b"other")
    other = Bundle("functions", tmp_path / "other.zip", 5, 5)
    with pytest.raises(
        Stopped, match=r"Expected: get_availability has the packaged code.*\n.*npx osls logs --stage dev"
    ):
        pipeline.smoke(stage, dev.urls, [other])
    monkeypatch.setattr(pipeline, "SETTLES_WITHIN_SECONDS", 0)
    packaged = [Bundle(file.stem, file, 0, 0) for file in bundle.ZIPS.glob("*.zip")]
    with pytest.raises(
        Stopped, match=r"Expected: get_availability answers from the database\. But found \(401, 'unauthenticated'\)"
    ):
        pipeline.smoke(stage, {**dev.urls, "get_availability": dev.urls["audit_history"]}, packaged)
    with pytest.raises(Stopped, match=r"Expected: update_availability without a token is refused\. But found "):
        pipeline.smoke(stage, {**dev.urls, "update_availability": dev.urls["get_availability"]}, packaged)


def test_prod_is_changed_only_with_confirm_and_invalid_secrets_are_refused(dev: Deployed, prod: Deployed) -> None:
    """To deploy to prod or to change a secret of prod, CONFIRM=prod is needed."""
    for command in (("deploy", "STAGE=prod"), ("secret", "STAGE=prod", "NAME=database-url")):
        ran = run_make(*command, stdin=prod.database, **env_of(dev.cloud))
        assert ran.returncode != 0
        assert "Nothing was changed.\nNext: run the command again with CONFIRM=prod" in ran.stderr
    for name, value, message in (
        ("auth-jwt-secret", "short", "the secret is shorter than 32 bytes"),
        ("auth-jwt-secret", "", "the value is empty"),
        (
            "other",
            "x" * 40,
            "NAME=other: use database-url or app-database-url or reader-database-url or ",
        ),
        ("database-url", "http://example.com", "DATABASE_URL: use postgresql://"),
    ):
        ran = run_make("secret", "STAGE=dev", f"NAME={name}", stdin=value, **env_of(dev.cloud))
        assert ran.returncode != 0
        assert message in ran.stderr


def test_a_placeholder_origin_is_refused_before_anything_is_packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("CONFIRM", "prod")
    monkeypatch.setattr(pipeline, "package", lambda _: pytest.fail("the functions were packaged"))
    stage = replace(stage_named("prod"), allowed_origins=("https://app.example.com",))
    with pytest.raises(Stopped) as refusal:
        pipeline.deploy(stage)
    assert "allowedOrigins of prod is still a placeholder: https://app.example.com" in str(refusal.value)
    assert "Next: set params.prod.allowedOrigins in serverless.yml" in str(refusal.value)


def test_a_placeholder_origin_is_a_warning_on_a_stand_in(
    stand_in: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The README's commands have to work with `make cloud` before anybody has set the origins."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stand_in.url)
    pipeline.refuse_placeholder_origins(replace(stage_named("prod"), allowed_origins=("https://app.example.com",)))
    assert "Warning: allowedOrigins of prod is still a placeholder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("origins", "is_refused"),
    [
        (["https://app.example.com"], True),
        (["https://app.school.org", "https://example.org:8443"], True),
        (["https://web.example"], True),
        (["https://app.school.org", "http://localhost:5173"], False),
        (["https://myexample.com", "*"], False),
    ],
)
def test_only_reserved_names_are_placeholders(
    monkeypatch: pytest.MonkeyPatch, origins: list[str], is_refused: bool
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    stage = replace(stage_named("prod"), allowed_origins=tuple(origins))
    with pytest.raises(Stopped, match="is still a placeholder") if is_refused else nullcontext():
        pipeline.refuse_placeholder_origins(stage)


def test_a_stage_without_alarm_subscriptions_is_deployed_with_a_warning(dev: Deployed, prod: Deployed) -> None:
    for stage in (dev, prod):
        is_warned = f"Warning: nobody gets the alarms of {stage.name}" in stage.warnings
        params = serverless_config()["params"]
        assert is_warned == (not {**params["default"], **params[stage.name]}["alarmSubscriptions"])


def test_the_payloads_in_docs_operations_start_the_scheduled_functions(dev: Deployed) -> None:
    page = (ROOT / "docs/operations.md").read_text()
    calls = re.findall(r"--function-name slotledger-prod-(\w+) .*--payload '(.*?)'", page)
    assert [function for function, _ in calls] == ["audit_repair", "publish_schedules", "weekly_stats"]
    answers = {function: dev.cloud.invoke(f"slotledger-dev-{function}", json.loads(event)) for function, event in calls}
    assert set(answers["audit_repair"]) == {"drained", "reconstructed", "remainingGaps", "adrift"}
    assert set(answers["publish_schedules"]) == {"tutors", "added", "failed", "remaining"}
    assert set(answers["weekly_stats"]) == {"weeks", "tutors", "rows"}


def test_the_stand_in_writes_no_access_log(dev: Deployed, caplog: pytest.LogCaptureFixture) -> None:
    """A deployment requests hundreds of resources that don't exist yet. Each request would print a red line."""
    with pytest.raises(ClientError):
        dev.client("cloudformation").describe_stacks(StackName="none")
    dev.call("get_availability")
    assert [record.getMessage() for record in caplog.records if record.name == "werkzeug"] == []


def test_the_error_names_a_secret_that_is_missing(dev: Deployed) -> None:
    ssm = dev.client("ssm")
    for name, value in (("auth-jwt-secret", f"{SECRET} of dev"), ("database-url", dev.database)):
        ssm.delete_parameter(Name=f"/slotledger/dev/{name}")
        ran = run_make("deploy", "STAGE=dev", **env_of(dev.cloud))
        ssm.put_parameter(Name=f"/slotledger/dev/{name}", Value=value, Type="SecureString")
        assert ran.returncode != 0
        assert f"Next: make secret STAGE=dev NAME={name}" in ran.stderr


def test_a_secret_that_is_not_encrypted_is_refused(dev: Deployed) -> None:
    ssm = dev.client("ssm")
    ssm.delete_parameter(Name="/slotledger/dev/database-url")
    ssm.put_parameter(Name="/slotledger/dev/database-url", Value=dev.database, Type="String")
    ran = run_make("deploy", "STAGE=dev", **env_of(dev.cloud))
    ssm.delete_parameter(Name="/slotledger/dev/database-url")
    ssm.put_parameter(Name="/slotledger/dev/database-url", Value=dev.database, Type="SecureString")
    assert ran.returncode != 0
    assert "/slotledger/dev/database-url isn't encrypted: its type is String" in ran.stderr
    assert "Next: remove it, then run: make secret STAGE=dev NAME=database-url" in ran.stderr


def test_the_error_says_that_credentials_are_missing(can_package: None) -> None:
    for environment in ({"AWS_PROFILE": "nobody"}, {"AWS_ENDPOINT_URL": UNREACHABLE, **KEYS}):
        ran = run_make("migrate", "STAGE=dev", AWS_EC2_METADATA_DISABLED="true", **environment)
        assert ran.returncode != 0
        assert "AWS_PROFILE" in ran.stderr
        assert "Traceback" not in ran.stderr


def test_the_stand_in_replaces_a_crashed_instance(dev: Deployed) -> None:
    tutor = add_tutor(dev.engine)
    offered(dev, tutor)
    process = dev.cloud._instances["slotledger-dev-get_availability"].instance.process
    process.kill()
    process.wait()
    assert offered(dev, tutor) == []


def test_the_stand_in_accepts_a_layer_of_another_account(dev: Deployed) -> None:
    """AWS's extension is a layer of AWS's account. CloudFormation sets the layer when a deployed function changes."""
    layer = load("deploy/parameters_extension.yml")["eu-west-1"]
    client = dev.client("lambda")
    config = client.update_function_configuration(FunctionName="slotledger-dev-audit_stats", Layers=[layer])
    assert [each["Arn"] for each in config["Layers"]] == [layer]


def test_removing_a_stage_leaves_nothing_of_it_and_all_of_the_other_stage(dev: Deployed, prod: Deployed) -> None:
    """The test is the last one of the module, because it removes prod."""
    tutor = add_tutor(dev.engine)
    environment = os.environ | env_of(prod.cloud)
    subprocess.run([pipeline.OSLS, "remove", "--stage", "prod"], cwd=ROOT, env=environment, check=True)
    remaining = {
        "lambda": [each["FunctionName"] for each in dev.client("lambda").list_functions()["Functions"]],
        "sqs": dev.client("sqs").list_queues().get("QueueUrls", []),
        "iam": [each["RoleName"] for each in dev.client("iam").list_roles()["Roles"]],
        "events": [each["Name"] for each in dev.client("events").list_rules()["Rules"]],
        "logs": [each["logGroupName"] for each in dev.client("logs").describe_log_groups()["logGroups"]],
        "s3": [each["Name"] for each in dev.client("s3").list_buckets()["Buckets"]],
        "sns": [each["TopicArn"] for each in dev.client("sns").list_topics()["Topics"]],
        "stacks": [each["StackName"] for each in dev.client("cloudformation").describe_stacks()["Stacks"]],
    }
    assert [name for names in remaining.values() for name in names if "prod" in name] == []
    assert all(any("dev" in name for name in names) for names in remaining.values())
    assert offered(dev, tutor) == []
