"""Node, which some tests need. Without Node, these tests are skipped."""

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
    """Skip the test, or all tests that use the fixture, if Node or npm is missing, or Node is older than `OLDEST`."""
    node = shutil.which("node")
    output = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout if node else ""
    version = re.match(r"v(\d+)\.(\d+)", output)
    if version is None or (int(version[1]), int(version[2])) < OLDEST or shutil.which("npm") is None:
        pytest.skip("needs Node 20.19 or newer, with npm")


def run(*command: str, **environment: str) -> tuple[int, str]:
    """Run a command in the checkout; return its exit code and its output.

    On a time-out or an interrupt, kill all of its processes.
    """
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
        output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, output
