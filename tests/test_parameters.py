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
    """Parameters for one test. `later` advances the clock of their cache. If `extension` isn't None, it reads them."""

    ssm: Any
    prefix: str
    later: Callable[[float], None]
    extension: Extension | None

    def settings(self, **values: Any) -> Settings:
        """Return settings from an environment with these variables."""
        environment = {name.upper(): value for name, value in values.items()}
        return Settings.from_env(environment | (self.extension.environment() if self.extension else {}))

    def put(self, name: str, value: str) -> str:
        self.ssm.put_parameter(Name=f"{self.prefix}/{name}", Value=value, Type="SecureString", Overwrite=True)
        return f"{self.prefix}/{name}"


@pytest.fixture(params=["by the SDK", "through the extension"])
def stored(deployed: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Parameters]:
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


def test_a_deployed_function_reads_its_secrets_from_parameters(
    api: Api, engine: Engine, url: str, stored: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit needs two secrets: the URL of the database, and the key of tokens."""
    tutor = add_tutor(engine)
    secret = config.current().auth_jwt_secret
    assert secret is not None
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("AUTH_JWT_SECRET")
    monkeypatch.setenv(
        "DATABASE_URL_PARAMETER", stored.put("database-url", f"{url}\n")
    )  # with the line break of a file
    monkeypatch.setenv("AUTH_JWT_SECRET_PARAMETER", stored.put("auth-jwt-secret", secret))
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=monday().isoformat(), timeSlots=slots("09:00"))
    assert (answer.status, answer.json["audit"]) == (200, "recorded")


def test_a_setting_has_precedence_over_its_parameter(deployed: None) -> None:
    settings = Settings(
        database_url="postgresql:///set",
        database_url_parameter="/none",
        auth_jwt_secret="set",
        auth_jwt_secret_parameter="/none",
    )
    assert config.with_parameters(settings) is settings


def test_a_changed_parameter_is_read_after_a_few_minutes(stored: Parameters) -> None:
    settings = stored.settings(database_url_parameter=stored.put("database-url", "postgresql:///old"))
    assert config.with_parameters(settings).database_url == "postgresql:///old"
    stored.put("database-url", "postgresql:///new")
    stored.later(parameters.CACHE_SECONDS - 1)
    assert config.with_parameters(settings).database_url == "postgresql:///old"
    stored.later(1)
    assert config.with_parameters(settings).database_url == "postgresql:///new"


def test_a_value_is_cached_in_one_place_only(stored: Parameters) -> None:
    """If the extension cached the value, too, a new process could have an old value for ten minutes."""
    settings = stored.settings(database_url_parameter=stored.put("database-url", "postgresql:///old"))
    config.with_parameters(settings)
    stored.put("database-url", "postgresql:///new")
    parameters._cache.clear()
    assert config.with_parameters(settings).database_url == "postgresql:///new"


@pytest.mark.parametrize("error", [Unavailable("out"), ParametersDenied("no")], ids=lambda error: type(error).__name__)
def test_a_cached_value_is_used_while_it_cannot_be_read_again(
    stored: Parameters, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    settings = stored.settings(database_url_parameter=stored.put("database-url", "postgresql:///cached"))
    config.with_parameters(settings)
    reads = []

    def fail(names: tuple[str, ...], _extension: object) -> Any:
        reads.append(names)
        raise error

    monkeypatch.setattr(parameters, "_read", fail)
    stored.later(parameters.CACHE_SECONDS)
    assert [config.with_parameters(settings).database_url for _ in range(3)] == ["postgresql:///cached"] * 3
    assert len(reads) == 1
    stored.later(parameters.RETRY_AFTER_SECONDS)
    config.with_parameters(settings)
    assert len(reads) == 2


def test_a_missing_parameter_is_read_soon_after_it_was_created(stored: Parameters) -> None:
    settings = stored.settings(database_url_parameter=f"{stored.prefix}/database-url")
    with pytest.raises(InvalidSettings):
        config.with_parameters(settings)
    stored.put("database-url", "postgresql:///here")
    stored.later(parameters.RETRY_AFTER_SECONDS)
    assert config.with_parameters(settings).database_url == "postgresql:///here"


def test_connections_are_closed_after_the_url_of_the_database_changed(
    api: Api, engine: Engine, url: str, administration: Engine, stored: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So an operator can drop the database user of the old URL."""
    tutor = add_tutor(engine)
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_PARAMETER", stored.put("database-url", url))

    def send_requests() -> None:
        assert api.read(tutorId=str(tutor.id)).status == 200
        assert api.history(tutor.token, tutorId=str(tutor.id)).status == 200

    def connections() -> int:
        count = text("select count(*) from pg_stat_activity where datname = :name")
        with administration.connect() as connection:
            return int(connection.execute(count, {"name": address_of(url).database}).scalar_one())

    send_requests()
    before = connections()
    stored.put("database-url", f"{url}&application_name=new")  # another URL of the same database
    stored.later(parameters.CACHE_SECONDS)
    send_requests()
    while connections() > before:  # PostgreSQL ends the sessions a moment later
        assert connections() <= 2 * before


def test_the_error_for_a_missing_database_parameter_has_its_name(stored: Parameters) -> None:
    with pytest.raises(InvalidSettings, match="DATABASE_URL_PARAMETER: there is no parameter /none"):
        config.with_parameters(stored.settings(database_url_parameter="/none"))


def test_the_secret_is_ignored_if_a_jwks_url_is_set(stored: Parameters) -> None:
    """The parameter with the old secret may still exist."""
    settings = stored.settings(
        database_url_parameter=stored.put("database-url", "postgresql:///a"),
        auth_jwt_secret_parameter=stored.put("auth-jwt-secret", "old"),
    )
    assert config.with_parameters(settings).auth_jwt_secret == "old"
    assert config.with_parameters(replace(settings, auth_jwks_url="https://auth.example/keys")).auth_jwt_secret is None


def test_a_missing_secret_is_none(stored: Parameters) -> None:
    """Without a secret, no token is valid."""
    settings = stored.settings(database_url_parameter=stored.put("database-url", "postgresql:///a"))
    settings = replace(settings, auth_jwt_secret_parameter="/none")
    assert config.with_parameters(settings).auth_jwt_secret is None


def test_an_outage_of_ssm_is_503_and_a_denial_500(
    api: Api, stored: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers don't contain the name of the parameter."""
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


def test_an_endpoint_that_does_not_answer_is_an_outage(stored: Parameters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        config.with_parameters(stored.settings(database_url_parameter="/any"))


@pytest.mark.parametrize("stored", ["through the extension"], indirect=True)
@pytest.mark.parametrize(
    "fault", ["nobody listens", "no port", "no answer", "nonsense", "not ready", "another token", "another parameter"]
)
def test_parameters_are_read_from_ssm_if_the_extension_fails(
    stored: Parameters, fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The failure is written to the log, without the value of a parameter."""
    assert stored.extension is not None
    settings = stored.settings(database_url_parameter=stored.put("database-url", "postgresql:///here"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        match fault:
            case "nobody listens" | "no port" | "no answer":
                monkeypatch.setattr(parameters, "EXTENSION_TIMEOUT_SECONDS", 0.05)
                port = {"nobody listens": "9", "no port": "none"}.get(fault, str(silent.getsockname()[1]))
                settings = replace(settings, parameters_secrets_extension_http_port=port)
            case "nonsense":
                monkeypatch.setattr(stored.extension, "parameter", lambda *_: {})
            case "not ready":
                stored.extension.is_ready = False
            case "another token":
                settings = replace(settings, aws_session_token="another")
            case "another parameter":  # the extension fails if one parameter is missing
                settings = replace(settings, auth_jwt_secret_parameter="/none")
        assert config.with_parameters(settings).database_url == "postgresql:///here"
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["message"] for line in logged] == ["parameters extension failed"]
    assert "postgresql" not in str(logged)
