"""Node, which some tests need: where it isn't, they say so."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from tests.hosts import ROOT

OLDEST = (20, 19)
TIMEOUT_SECONDS = 600


def needs_node() -> None:
    """Skip the test, or what needs the fixture, without Node and npm."""
    node = shutil.which("node")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout if node else ""
    found = re.match(r"v(\d+)\.(\d+)", told)
    if found is None or (int(found[1]), int(found[2])) < OLDEST or shutil.which("npm") is None:
        pytest.skip("needs Node 20.19 or newer, with npm")


def run(*command: str, **environment: str) -> tuple[int, str]:
    """Run a command in the checkout; return its exit code and what it said. Nothing of it is left when it ends."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, said
