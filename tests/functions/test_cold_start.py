"""What a cold instance loads before its first answer: nothing that it doesn't need for it."""

import json
import subprocess
import sys

import pytest

from tests.hosts import ROOT

HTTP = ("get_availability", "update_availability", "audit_history", "audit_stats")
SCHEDULED = ("weekly_stats", "audit_repair")

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
MOST_MODULES = 520


@pytest.mark.parametrize("function", [*HTTP, *SCHEDULED])
def test_importing_a_function_loads_what_it_needs_and_no_more(function: str) -> None:
    """A ceiling on modules: whoever raises it should know what for."""
    code = f"import json, sys, functions.{function}.main; json.dump(sorted(sys.modules), sys.stdout)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert loaded & NOT_AT_IMPORT == set()
    assert len(loaded) <= MOST_MODULES
