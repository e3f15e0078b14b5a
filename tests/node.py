"""Node, which some tests need: where it isn't, they say so."""

import re
import shutil
import subprocess

import pytest

OLDEST = (20, 19)


def needs_node() -> None:
    """Skip the test, or what needs the fixture, without Node and npm."""
    node = shutil.which("node")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout if node else ""
    found = re.match(r"v(\d+)\.(\d+)", told)
    if found is None or (int(found[1]), int(found[2])) < OLDEST or shutil.which("npm") is None:
        pytest.skip("needs Node 20.19 or newer, with npm")
