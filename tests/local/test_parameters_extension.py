"""The stand-in for AWS's Parameters and Secrets Lambda Extension."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

import boto3
import pytest

from local.parameters_extension import Extension, extension

SECRET = "a value"


@pytest.fixture
def ssm(deployed: None) -> Iterator[Any]:
    """A client of SSM, which moto replaces."""
    client = boto3.session.Session().client("ssm")
    yield client
    client.close()


@pytest.fixture
def name(ssm: Any) -> str:
    """The name of a new parameter."""
    name = f"/extension/{uuid4()}"
    ssm.put_parameter(Name=name, Value=SECRET, Type="SecureString")
    return name


def fetch(running: Extension, query: str, **headers: str) -> tuple[int, str]:
    """Request a parameter. Return the status, and the value of the parameter or the body of the error."""
    connection = HTTPConnection("127.0.0.1", running.server_address[1])
    request_headers = {"X-Aws-Parameters-Secrets-Token": running.token, **headers}
    connection.request("GET", f"/systemsmanager/parameters/get{query}", headers=request_headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, json.loads(body)["Parameter"]["Value"] if answer.status == 200 else body


def test_the_stand_in_decrypts_a_value_on_request(ssm: Any, name: str) -> None:
    with extension(ssm, {}) as running:
        assert fetch(running, f"?name={name}&withDecryption=true") == (200, SECRET)
        status, encrypted = fetch(running, f"?name={name}")
        assert (status, encrypted == SECRET) == (200, False)


def test_the_stand_in_requires_the_session_token(ssm: Any, name: str) -> None:
    with extension(ssm, {}) as running:
        query = f"?name={name}&withDecryption=true"
        assert fetch(running, query, **{"X-Aws-Parameters-Secrets-Token": "another"})[0] == 401
        assert fetch(running, query)[0] == 200


def test_the_stand_in_answers_400_when_it_has_no_value(ssm: Any) -> None:
    with extension(ssm, {}) as running:
        assert fetch(running, "?name=/none") == (
            400,
            "an unexpected error occurred while executing request",
        )
        running.is_ready = False
        assert fetch(running, "?name=/none") == (400, "not ready to serve traffic, please wait")


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({}, 300),
        ({"SSM_PARAMETER_STORE_TTL": "60"}, 60),
        ({"SSM_PARAMETER_STORE_TTL": "3600"}, 300),
        ({"PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "false"}, 0),
    ],
)
def test_the_stand_in_caches_a_value_for_its_ttl(ssm: Any, name: str, settings: dict[str, str], seconds: int) -> None:
    """The TTL is at most 300 seconds."""
    now = [1000.0]
    with extension(ssm, settings, lambda: now[0]) as running:
        query = f"?name={name}&withDecryption=true"
        fetch(running, query)
        ssm.put_parameter(Name=name, Value="another", Type="SecureString", Overwrite=True)
        if seconds:
            now[0] += seconds - 1
            assert fetch(running, query) == (200, SECRET)
            now[0] += 1
        assert fetch(running, query) == (200, "another")
