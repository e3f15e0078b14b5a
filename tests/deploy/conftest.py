"""Fixtures: both stages, deployed to a stand-in for AWS with the README's commands."""

import json
import os
import platform
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.engine import engine_for
from deploy import bundle
from deploy.stages import BUILD, ROOT, Stopped, serverless_config
from local import cloud
from local.cloud import Cloud
from tests.builders import SECRET
from tests.conftest import database_url
from tests.hosts import Answer
from tests.node import needs_node

REGION = "eu-west-1"
ORIGIN: str = serverless_config()["params"]["dev"]["allowedOrigins"][0]
TIMEOUT_SECONDS = 300
UNREACHABLE = "http://127.0.0.1:9"  # no server listens on this port


def run_make(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in this checkout, as an operator does."""
    return run("make", *arguments, stdin=stdin, **environment)


def run(*command: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command, without the inherited variables of make, AWS, the database, the confirmation and the stage."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "AWS_", "DATABASE_", "CONFIRM", "STAGE"))
    }
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**inherited, **environment},
        input=stdin,
        text=True,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


@pytest.fixture(scope="session")
def can_package() -> None:
    """Skip the tests that use this fixture if this machine can't package the functions."""
    needs_node()
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("needs Linux on x86_64, for which the functions are packaged")
    try:
        bundle.interpreter()
    except Stopped as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def packaged(can_package: None) -> dict[str, Any]:
    """The CloudFormation template of each stage, after `make package`."""
    templates = {}
    for stage in ("dev", "prod"):
        ran = run_make("package", f"STAGE={stage}")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        templates[stage] = json.loads((BUILD / stage / "cloudformation-template-update-stack.json").read_text())
    return templates


@dataclass(frozen=True)
class Deployed:
    """A deployed stage.

    `output` and `warnings` are what its deployment wrote to standard output and to standard error.
    """

    name: str
    database: str
    cloud: Cloud
    engine: Engine = field(repr=False)
    output: str = field(repr=False)
    warnings: str = field(repr=False)
    urls: dict[str, str]

    def call(
        self,
        function: str,
        method: str = "GET",
        *,
        token: str | None = None,
        body: Any = None,
        origin: str = ORIGIN,
        **query: Any,
    ) -> Answer:
        """Call a function at its URL."""
        headers = {"Origin": origin} | ({"Authorization": f"Bearer {token}"} if token else {})
        url = f"{self.urls[function]}?{urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            response_headers = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, response_headers, answer.read())

    def invoke_scheduled(self, function: str) -> Any:
        """Call a function with the event that EventBridge sends for its schedule; return the answer."""
        event = {"version": "0", "id": "e", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
        return self.cloud.invoke(f"slotledger-{self.name}-{function}", event)

    def client(self, service: str) -> Any:
        return client(self.cloud, service)


def client(cloud: Cloud, service: str) -> Any:
    """Return a client of a service of the stand-in."""
    return boto3.session.Session().client(
        service,
        region_name=REGION,
        endpoint_url=cloud.url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


@pytest.fixture(scope="session")
def stand_in(can_package: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The stand-in for AWS, `local/cloud.py`."""
    with cloud.running(tmp_path_factory.mktemp("cloud")) as running:
        yield running


def create_databases(server: str, administration: Engine) -> dict[str, str]:
    """Create an empty database for each stage; return their URLs."""
    urls = {}
    for stage in ("dev", "prod"):
        with administration.connect() as connection:
            connection.execute(text(f"create database deployed_{stage}"))
        urls[stage] = database_url(server, f"deployed_{stage}")
    return urls


def env_of(stand_in: Cloud) -> dict[str, str]:
    """Return the environment variables for commands that use the stand-in. With them, osls polls it every 200 ms."""
    return {**stand_in.environment(REGION), "SLS_AWS_MONITORING_FREQUENCY": "200"}


@pytest.fixture(scope="session")
def stages(stand_in: Cloud, server: str, administration: Engine) -> Iterator[dict[str, Deployed]]:
    """Both stages, each with its database, deployed with the README's commands."""
    deployed = {}
    lines = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    for (stage, url), script in zip(create_databases(server, administration).items(), lines, strict=True):
        secrets = {
            f"{stage.upper()}_DATABASE_URL": url,
            f"{stage.upper()}_AUTH_JWT_SECRET": f"{SECRET} of {stage}",
        }
        ran = run("bash", "-euo", "pipefail", "-c", script, **env_of(stand_in), **secrets)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        urls = json.loads(ran.stdout[ran.stdout.rindex("\n{") :])
        engine = engine_for(Settings(database_url=url))
        deployed[stage] = Deployed(stage, url, stand_in, engine, ran.stdout, ran.stderr, urls)
    yield deployed
    for each in deployed.values():
        each.engine.dispose()


@pytest.fixture
def dev(stages: dict[str, Deployed]) -> Deployed:
    return stages["dev"]


@pytest.fixture
def prod(stages: dict[str, Deployed]) -> Deployed:
    return stages["prod"]
