import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import Engine, text

from common import config, parameters
from common.config import InvalidSettings, Settings
from common.db.address import address_of
from common.errors import Unavailable
from common.parameters import ParametersDenied
from deploy.stages import serverless_config
from local.parameters_extension import Extension
from local.parameters_extension import extension as running_extension
from tests.builders import add_tutor, monday, slots
from tests.hosts import Api

NOW = 1000.0


@dataclass
class Parameters:
    """Parameters of the test's own, and the clock by which they are read again; `extension` if they come through it."""

    ssm: Any
    prefix: str
    later: Callable[[float], None]
    extension: Extension | None

    def settings(self, **given: Any) -> Settings:
        """Return settings that name parameters, as the environment has them."""
        named = {name.upper(): value for name, value in given.items()}
        return Settings.from_env(named | (self.extension.environment() if self.extension else {}))

    def put(self, name: str, value: str) -> str:
        self.ssm.put_parameter(Name=f"{self.prefix}/{name}", Value=value, Type="SecureString", Overwrite=True)
        return f"{self.prefix}/{name}"


@pytest.fixture(params=["by the AWS client", "through the extension"])
def kept(deployed: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Parameters]:
    now = [NOW]

    def later(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(parameters, "monotonic", lambda: now[0])
    parameters._cache.clear()
    parameters._client.cache_clear()
    ssm = boto3.session.Session().client("ssm")
    with ExitStack() as stack:
        extension = None
        if request.param == "through the extension":
            environment = serverless_config()["provider"]["environment"]
            extension = stack.enter_context(running_extension(ssm, environment, lambda: now[0]))
            for name, value in extension.environment().items():
                monkeypatch.setenv(name, value)
        yield Parameters(ssm, f"/slotledger/{uuid4()}", later, extension)
    ssm.close()
    if parameters._client.cache_info().currsize:
        parameters._client().close()
    parameters._client.cache_clear()
    parameters._cache.clear()


def test_a_deployed_function_has_its_secrets_from_parameters(
    api: Api, engine: Engine, url: str, kept: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database and the secret of tokens: an edit takes both."""
    tutor = add_tutor(engine)
    secret = config.current().auth_jwt_secret
    assert secret is not None
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("AUTH_JWT_SECRET")
    monkeypatch.setenv("DATABASE_URL_PARAMETER", kept.put("database-url", f"{url}\n"))  # as a file hands it over
    monkeypatch.setenv("AUTH_JWT_SECRET_PARAMETER", kept.put("auth-jwt-secret", secret))
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=monday().isoformat(), timeSlots=slots("09:00"))
    assert (answer.status, answer.json["audit"]) == (200, "recorded")


def test_a_value_that_is_given_goes_before_the_parameter(deployed: None) -> None:
    given = Settings(
        database_url="postgresql:///given",
        database_url_parameter="/none",
        auth_jwt_secret="given",
        auth_jwt_secret_parameter="/none",
    )
    assert config.with_parameters(given) is given


def test_a_secret_that_was_changed_arrives_after_a_few_minutes(kept: Parameters) -> None:
    settings = kept.settings(database_url_parameter=kept.put("database-url", "postgresql:///old"))
    assert config.with_parameters(settings).database_url == "postgresql:///old"
    kept.put("database-url", "postgresql:///new")
    kept.later(parameters.CACHE_SECONDS - 1)
    assert config.with_parameters(settings).database_url == "postgresql:///old"
    kept.later(1)
    assert config.with_parameters(settings).database_url == "postgresql:///new"


def test_a_value_is_kept_in_one_place_alone(kept: Parameters) -> None:
    """If the extension kept it, too, a process that starts again could have an old one for ten minutes."""
    settings = kept.settings(database_url_parameter=kept.put("database-url", "postgresql:///old"))
    config.with_parameters(settings)
    kept.put("database-url", "postgresql:///new")
    parameters._cache.clear()
    assert config.with_parameters(settings).database_url == "postgresql:///new"


@pytest.mark.parametrize("why", [Unavailable("out"), ParametersDenied("no")], ids=lambda why: type(why).__name__)
def test_what_was_read_is_kept_while_it_cannot_be_read_again(
    kept: Parameters, monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    settings = kept.settings(database_url_parameter=kept.put("database-url", "postgresql:///kept"))
    config.with_parameters(settings)
    asked = []

    def fail(names: tuple[str, ...], _extension: object) -> Any:
        asked.append(names)
        raise why

    monkeypatch.setattr(parameters, "_read", fail)
    kept.later(parameters.CACHE_SECONDS)
    assert [config.with_parameters(settings).database_url for _ in range(3)] == ["postgresql:///kept"] * 3
    assert len(asked) == 1
    kept.later(parameters.RETRY_AFTER_SECONDS)
    config.with_parameters(settings)
    assert len(asked) == 2


def test_a_parameter_that_was_missing_is_found_soon_after_it_came(kept: Parameters) -> None:
    settings = kept.settings(database_url_parameter=f"{kept.prefix}/database-url")
    with pytest.raises(InvalidSettings):
        config.with_parameters(settings)
    kept.put("database-url", "postgresql:///here")
    kept.later(parameters.RETRY_AFTER_SECONDS)
    assert config.with_parameters(settings).database_url == "postgresql:///here"


def test_connections_to_where_the_database_was_are_closed(
    api: Api, engine: Engine, url: str, administration: Engine, kept: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a read and of an edit, so that the user whose password was changed can be dropped."""
    tutor = add_tutor(engine)
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_PARAMETER", kept.put("database-url", url))

    def ask() -> None:
        assert api.read(tutorId=str(tutor.id)).status == 200
        assert api.history(tutor.token, tutorId=str(tutor.id)).status == 200

    def connections() -> int:
        count = text("select count(*) from pg_stat_activity where datname = :name")
        with administration.connect() as connection:
            return int(connection.execute(count, {"name": address_of(url).database}).scalar_one())

    ask()
    before = connections()
    kept.put("database-url", f"{url}&application_name=new")  # another URL for the same
    kept.later(parameters.CACHE_SECONDS)
    ask()
    while connections() > before:  # the server takes a moment to notice
        assert connections() <= 2 * before


def test_a_database_parameter_that_is_not_there_is_told_by_its_name(kept: Parameters) -> None:
    with pytest.raises(InvalidSettings, match="DATABASE_URL_PARAMETER: there is no parameter /none"):
        config.with_parameters(kept.settings(database_url_parameter="/none"))


def test_a_secret_does_not_count_beside_published_keys(kept: Parameters) -> None:
    """Whoever moved on to keys may have left the secret where it was."""
    there = kept.settings(
        database_url_parameter=kept.put("database-url", "postgresql:///a"),
        auth_jwt_secret_parameter=kept.put("auth-jwt-secret", "old"),
    )
    assert config.with_parameters(there).auth_jwt_secret == "old"
    assert config.with_parameters(replace(there, auth_jwks_url="https://auth.example/keys")).auth_jwt_secret is None


def test_a_secret_that_is_not_there_lets_nobody_in(kept: Parameters) -> None:
    """Who checks tokens by published keys alone has none."""
    there = kept.settings(database_url_parameter=kept.put("database-url", "postgresql:///a"))
    settings = replace(there, auth_jwt_secret_parameter="/none")
    assert config.with_parameters(settings).auth_jwt_secret is None


def test_no_answer_is_503_and_a_refusal_the_operators_business(
    api: Api, kept: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first may be tried again, the second has to be mended; neither tells a name to a caller."""
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_PARAMETER", "/slotledger/secret-place")

    def answer_to(code: str) -> tuple[int, str]:
        def refuse(**_: Any) -> Any:
            raise ClientError({"Error": {"Code": code, "Message": "secret-place"}}, "GetParameters")

        monkeypatch.setattr(parameters._client(), "get_parameters", refuse)
        answer = api.read(tutorId=str(uuid4()))
        assert b"secret-place" not in answer.body
        return answer.status, answer.json["code"]

    assert answer_to("ThrottlingException") == (503, "unavailable")
    assert answer_to("AccessDeniedException") == (500, "internal_error")


def test_an_address_where_nobody_answers_is_an_outage(kept: Parameters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        config.with_parameters(kept.settings(database_url_parameter="/any"))


@pytest.mark.parametrize("kept", ["through the extension"], indirect=True)
@pytest.mark.parametrize(
    "fault", ["nobody listens", "no port", "no answer", "nonsense", "not ready", "another token", "another parameter"]
)
def test_ssm_is_asked_where_the_extension_fails(
    kept: Parameters, fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says nothing of the reason that could be relied on; the log has what it says."""
    assert kept.extension is not None
    settings = kept.settings(database_url_parameter=kept.put("database-url", "postgresql:///here"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        match fault:
            case "nobody listens" | "no port" | "no answer":
                monkeypatch.setattr(parameters, "EXTENSION_TIMEOUT_SECONDS", 0.05)
                port = {"nobody listens": "9", "no port": "none"}.get(fault, str(silent.getsockname()[1]))
                settings = replace(settings, parameters_secrets_extension_http_port=port)
            case "nonsense":
                monkeypatch.setattr(kept.extension, "parameter", lambda *_: {})
            case "not ready":
                kept.extension.is_ready = False
            case "another token":
                settings = replace(settings, aws_session_token="another")
            case "another parameter":  # without which the others aren't enough
                settings = replace(settings, auth_jwt_secret_parameter="/none")
        assert config.with_parameters(settings).database_url == "postgresql:///here"
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["message"] for line in logged] == ["parameters extension failed"]
    assert "postgresql" not in str(logged)
