"""What a cold instance loads before its first answer: nothing that it doesn't need for it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from deploy.stages import declarations, handlers
from tests.hosts import ROOT

# The framework that serves locally, the cryptography of tokens, AWS's client, migrations, SQLAlchemy's ORM: what costs
# most, and is needed by no first answer, or only by one that asks for it.
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
# What only reads does without SQLAlchemy.
MOST_MODULES_TO_READ, MOST_MODULES_TO_WRITE = 370, 520


@pytest.mark.parametrize("function", handlers())
def test_importing_a_function_loads_what_it_needs_and_no_more(function: str) -> None:
    """A ceiling on modules: whoever raises it should know what for."""
    loaded = set(after_importing(function, "sorted(sys.modules)"))
    assert loaded & NOT_AT_IMPORT == set()
    only_reads = declarations()[function].methods == ("GET",)
    assert "sqlalchemy" not in loaded or not only_reads
    assert len(loaded) <= (MOST_MODULES_TO_READ if only_reads else MOST_MODULES_TO_WRITE)


@pytest.mark.parametrize("function", handlers())
def test_the_garbage_collector_rests_during_the_import_alone(function: str) -> None:
    assert after_importing(function, "gc.isenabled()") is True


def after_importing(function: str, asked: str) -> Any:
    code = f"import gc, json, sys, functions.{function}.main; json.dump({asked}, sys.stdout)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
