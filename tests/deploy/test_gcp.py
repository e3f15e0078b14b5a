"""Google Cloud: each function, served by functions-framework from the folder that is deployed there."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from deploy import gcp
from deploy.stages import declarations, handlers
from local.parent import stop_with_parent
from tests.builders import SECRET
from tests.deploy.conftest import made

UNKNOWN = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def folder() -> Path:
    ran = made("package-gcp")
    assert ran.returncode == 0, ran.stderr
    assert "gcloud functions deploy" in ran.stdout
    return gcp.FOLDER


def status(port: int, method: str, process: "subprocess.Popen[bytes]") -> int:
    """Ask until somebody listens."""
    url = f"http://127.0.0.1:{port}/?tutorId={UNKNOWN}"
    while process.poll() is None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (ConnectionError, urllib.error.URLError):
            continue
    raise AssertionError(process.returncode)


@pytest.mark.parametrize("function", handlers())
def test_each_function_is_served_from_the_folder(folder: Path, url: str, function: str) -> None:
    """As a process of its own, elsewhere, that finds nothing of this checkout but the folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            str(Path(sys.executable).parent / "functions-framework"),
            f"--source={folder / 'main.py'}",
            f"--target={function}",
            "--host=127.0.0.1",
            f"--port={port}",
        ],
        cwd=folder.parent,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "STAGE": "dev",
            "DATABASE_URL": url,
            "AUTH_JWT_SECRET": SECRET,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=stop_with_parent if sys.platform == "linux" else None,
    )
    try:
        declared = declarations()[function]
        assert status(port, declared.methods[0], server) == (404 if declared.access == "public" else 401)
    finally:
        server.terminate()
        server.wait(30)


def test_the_folder_pins_what_it_needs(folder: Path) -> None:
    requirements = (folder / "requirements.txt").read_text()
    assert "\nfunctions-framework==" in requirements
    assert "--hash=sha256:" in requirements
    assert not list(folder.rglob("__pycache__"))
