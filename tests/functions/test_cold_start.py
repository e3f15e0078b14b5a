"""A cold instance, which hasn't answered a request yet, imports only what its first answer needs."""

import json
import os
import subprocess
import sys
from typing import Any

import boto3
import pytest
from sqlalchemy import Engine

from deploy.stages import handlers, methods
from local.function_url import function_url_event
from local.parameters_extension import extension
from tests.builders import SECRET, add_tutor, monday, slots
from tests.hosts import ROOT

# Modules that take long to import. No function may import them at its start: the local server's framework, the
# cryptography of tokens, the AWS SDK, migrations, SQLAlchemy's ORM.
NOT_AT_IMPORT = {
    "alembic",
    "boto3",
    "botocore",
    "cryptography",
    "flask",
    "functions_framework",
    "gunicorn",
    "jinja2",
    "jwt",
    "requests",
    "sqlalchemy.orm",
    "starlette",
    "urllib3",
}
# Functions that only read don't import SQLAlchemy, so they import fewer modules.
MAX_MODULES_TO_READ, MAX_MODULES_TO_WRITE = 370, 535


@pytest.mark.parametrize("function", handlers())
def test_a_function_imports_only_what_it_needs(function: str) -> None:
    """If you raise the maximum, explain in the commit message which modules are needed, and why."""
    loaded = set(after_importing(function, "sorted(sys.modules)"))
    assert loaded & NOT_AT_IMPORT == set()
    only_reads = methods()[function] == ["GET"]
    assert "sqlalchemy" not in loaded or not only_reads
    assert len(loaded) <= (MAX_MODULES_TO_READ if only_reads else MAX_MODULES_TO_WRITE)


@pytest.mark.parametrize("function", handlers())
def test_the_garbage_collector_is_enabled_after_the_import(function: str) -> None:
    assert after_importing(function, "gc.isenabled()") is True


def after_importing(function: str, expression: str) -> Any:
    """Return the value of an expression in a new process that has imported the function."""
    code = f"import gc, json, sys, functions.{function}.main; json.dump({expression}, sys.stdout)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


FIRST_ANSWER = """
import json, sys
from functions.{function}.main import handler
is_early = "common.parameters" in sys.modules
answer = handler(json.loads(sys.argv[1]), None)
print(json.dumps([is_early, sorted({{"boto3", "botocore"}} & set(sys.modules)), answer]))
"""


def test_no_function_imports_the_aws_sdk_for_its_secrets(deployed: None, engine: Engine, url: str) -> None:
    """A function reads its secrets from the extension when the first event arrives.

    The extension isn't ready while the function is imported.
    """
    tutor = add_tutor(engine)
    query, headers = f"tutorId={tutor.id}", {"authorization": f"Bearer {tutor.token}"}
    edit = {"tutorId": str(tutor.id), "date": monday().isoformat(), "timeSlots": slots("09:00")}
    reads = dict.fromkeys(handlers(), function_url_event("GET", query, headers=headers))
    events = reads | {
        "get_availability": function_url_event("GET", query),
        "find_slots": function_url_event("GET", f"from={monday()}T00:00Z&to={monday()}T23:59Z"),
        "update_availability": function_url_event("PUT", "", json.dumps(edit).encode(), headers),
        "publish_schedules": {"detail": {}},
        "weekly_stats": {"detail": {}},
        "audit_repair": {"detail": {}},
    }
    ssm = boto3.session.Session().client("ssm")
    for name, value in {"database-url": url, "auth-jwt-secret": SECRET}.items():
        ssm.put_parameter(Name=f"/cold/{name}", Value=value, Type="SecureString", Overwrite=True)
    parameters = {"DATABASE_URL_PARAMETER": "/cold/database-url", "AUTH_JWT_SECRET_PARAMETER": "/cold/auth-jwt-secret"}
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "AUTH_JWT_SECRET")}
    with extension(ssm, {}) as running:
        for function, event in events.items():
            argv = [sys.executable, "-c", FIRST_ANSWER.format(function=function), json.dumps(event)]
            environment = {**inherited, **parameters, **running.environment()}
            result = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
            is_early, aws_client, answer = json.loads(result.stdout.splitlines()[-1])
            assert (is_early, aws_client, answer.get("statusCode", 200)) == (False, [], 200), (function, answer)
        assert running.statuses == [200] * 2 * len(events)
    ssm.close()
