"""Google Cloud: functions-framework serves each function from the folder that `make package-gcp` builds."""

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
from tests.deploy.conftest import run_make

UNKNOWN_TUTOR = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def folder() -> Path:
    """The source folder, which an operator deploys to Google Cloud."""
    ran = run_make("package-gcp")
    assert ran.returncode == 0, ran.stderr
    assert "gcloud functions deploy" in ran.stdout
    assert "Google Cloud is experimental" in ran.stdout
    return gcp.FOLDER


def first_status(port: int, method: str, process: "subprocess.Popen[bytes]", log: Path) -> int:
    """Wait until the server listens, and return the status of its first answer."""
    url = f"http://127.0.0.1:{port}/?tutorId={UNKNOWN_TUTOR}"
    while process.poll() is None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (ConnectionError, urllib.error.URLError):
            continue
    pytest.fail(f"functions-framework ended with {process.returncode}:\n{log.read_text()}")


@pytest.mark.parametrize("function", handlers())
def test_each_function_is_served_from_the_folder(folder: Path, url: str, function: str, tmp_path: Path) -> None:
    """The server runs outside of this checkout, so it can import our modules only from the source folder."""
    declared = declarations()[function][0]
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with log.open("wb") as output:
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
            stdout=output,
            stderr=output,
            preexec_fn=stop_with_parent if sys.platform == "linux" else None,
        )
    expected = 404 if declared.access == "public" else 401
    if function == "find_slots":  # it has no parameter tutorId
        expected = 400
    try:
        assert first_status(port, declared.methods[0], server, log) == expected
    finally:
        server.terminate()
        server.wait(30)


def test_the_folder_pins_its_packages_and_has_no_bytecode(folder: Path) -> None:
    requirements = (folder / "requirements.txt").read_text()
    assert "\nfunctions-framework==" in requirements
    assert "--hash=sha256:" in requirements
    assert not list(folder.rglob("__pycache__"))
