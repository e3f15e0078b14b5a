"""A deployed stage whose functions use the database's roles, and the deployment's check of their rights."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from common.config import InvalidSettings, Settings
from common.db.pool import pool_for
from common.errors import Unavailable
from deploy import operations, pipeline
from deploy.stages import Stage, Stopped, artifacts, stage_named
from migrations import MigrationRefused, roles
from tests.attempts import user_url
from tests.builders import SECRET, add_tutor, make_token, monday, slots
from tests.db.test_roles import NAMES, drop_roles
from tests.deploy.conftest import REGION, Deployed, env_of, run_make
from tests.functions.test_checks import READERS

SWITCHED = {"app": "/slotledger/dev/app-database-url", "reader": "/slotledger/dev/reader-database-url"}


@pytest.fixture
def stage(dev: Deployed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The stage dev after an operator has followed `docs/operations.md`, "The database's roles".

    The test changes the functions' environment itself, because it can't change `serverless.yml`.
    """
    for name, value in dev.cloud.environment(REGION).items():
        monkeypatch.setenv(name, value)
    ran = run_make("roles", "STAGE=dev", **env_of(dev.cloud))
    assert ran.returncode == 0, ran.stderr
    assert "create role slotledger_app login;\n" in ran.stdout
    switched = replace(
        stage_named("dev"),
        database_app_url_parameter=SWITCHED["app"],
        database_reader_url_parameter=SWITCHED["reader"],
    )
    for role in SWITCHED:
        operations.put_secret(switched, f"{role}-database-url", user_url(dev.database, f"slotledger_{role}"))
    operations.check_secrets(switched)
    use(dev, SWITCHED)
    yield switched
    use(dev, dict.fromkeys(SWITCHED, stage_named("dev").database_url_parameter))
    for role, parameter in SWITCHED.items():
        dev.client("ssm").delete_parameter(Name=parameter)
        pool_for(Settings(database_url=user_url(dev.database, f"slotledger_{role}"))).close()
    with dev.engine.begin() as connection:  # end the functions' sessions
        end = "select pg_terminate_backend(pid) from pg_stat_activity where usename::text = any(:names)"
        connection.execute(text(end), {"names": list(NAMES)})
    drop_roles(dev.engine, *NAMES)


def use(dev: Deployed, parameter_of: dict[str, str]) -> None:
    """Let each function read its database's URL from the parameter of its role."""
    client = dev.client("lambda")
    for function in artifacts():
        name = f"slotledger-dev-{function}"
        variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        parameter = parameter_of["reader" if function in READERS else "app"]
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, "DATABASE_URL_PARAMETER": parameter}}
        )


def test_a_deployment_shows_that_each_function_can_work(dev: Deployed) -> None:
    """Without roles, all functions use the one URL."""
    assert (
        "  get_availability can work as postgres\n    reads days, reads days of the past, explains days\n" in dev.output
    )
    assert dev.output.count("changes days and slots, writes the log (rolled back), sends to the retry queue\n") == 3
    assert dev.output.count(" can work as postgres\n") == len(artifacts())


def test_the_functions_work_as_their_roles_and_a_wrong_grant_fails_the_deployment(
    dev: Deployed, stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.check_functions(stage)
    printed = capsys.readouterr().out
    for function in artifacts():
        role = "reader" if function in READERS else "app"
        assert f"  {function} can work as slotledger_{role}\n" in printed
    tutor = add_tutor(dev.engine)
    token = make_token(tutor.user_id, key=f"{SECRET} of dev")
    day = monday().isoformat()
    body = {"tutorId": str(tutor.id), "date": day, "timeSlots": slots("09:00")}
    assert dev.call("update_availability", "PUT", token=token, body=body).json["audit"] == "recorded"
    read = dev.call("get_availability", tutorId=tutor.id, startDate=day, endDate=day)
    assert [slot["time"] for slot in read.json["days"][0]["timeSlots"]] == ["09:00"]

    monkeypatch.setattr(pipeline, "SETTLES_WITHIN_SECONDS", 0)
    with dev.engine.begin() as connection:
        connection.execute(text("revoke insert on tutor_availability_log from slotledger_app"))
    with pytest.raises(Stopped) as stopped:
        pipeline.check_functions(stage)
    assert str(stopped.value).startswith(
        "Expected: update_availability can work as slotledger_app. But found after tries an edit (a dry run), reads"
        " change sets, changes days and slots: EntriesRejected: permission denied for table tutor_availability_log"
        " (42501)"
    )
    with dev.engine.begin() as connection:
        roles.renew_rights(connection)
    pipeline.check_functions(stage)


def test_a_function_that_cannot_start_fails_the_deployment(
    dev: Deployed, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SETTLES_WITHIN_SECONDS", 0)
    use(dev, {**SWITCHED, "reader": "/slotledger/dev/none"})
    with pytest.raises(Stopped, match=r"Expected: get_availability can work as(?s:.*)there is no parameter"):
        pipeline.check_functions(stage)


def test_a_url_of_another_user_is_refused(dev: Deployed, stage: Stage) -> None:
    """The owner may do more than a role, so the owner's URL as the functions' would hide missing rights."""
    for role, user in (("app", "postgres"), ("app", "slotledger_reader"), ("reader", "slotledger_app")):
        with pytest.raises(MigrationRefused, match=f"the user {user} isn't slotledger_{role}"):
            operations.put_secret(stage, f"{role}-database-url", user_url(dev.database, user))
    with pytest.raises(InvalidSettings):
        operations.put_secret(stage, "app-database-url", "http://example.com")
    with pytest.raises(Unavailable):
        operations.put_secret(stage, "app-database-url", user_url(dev.database, "nobody_of_this_name"))


def test_the_owners_url_is_not_overwritten_before_the_stage_has_other_parameters(dev: Deployed) -> None:
    url = user_url(dev.database, "slotledger_app")
    ran = run_make("secret", "STAGE=dev", "NAME=app-database-url", stdin=url, **env_of(dev.cloud))
    assert ran.returncode != 0
    assert (
        "Next: set params.dev.databaseAppUrlParameter in serverless.yml, for example to"
        " /slotledger/dev/app-database-url" in ran.stderr
    )
    stored = dev.client("ssm").get_parameter(Name="/slotledger/dev/database-url", WithDecryption=True)
    assert stored["Parameter"]["Value"] == dev.database


def test_a_deployment_without_the_roles_urls_is_refused(dev: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in dev.cloud.environment(REGION).items():
        monkeypatch.setenv(name, value)
    switched = replace(stage_named("dev"), database_app_url_parameter=SWITCHED["app"])
    with pytest.raises(Stopped, match="Next: make secret STAGE=dev NAME=app-database-url"):
        operations.check_secrets(switched)


def test_the_check_is_an_event_and_not_a_request(dev: Deployed) -> None:
    """A caller of a URL can't start it: the body of a request isn't the event."""
    answer = dev.call("update_availability", "PUT", body={"check": True})
    assert (answer.status, json.loads(answer.body)["code"]) == (401, "unauthenticated")
