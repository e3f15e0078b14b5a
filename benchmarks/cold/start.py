"""Cold starts, as on AWS Lambda: a new process of AWS's own runtime client, asked once over a small Runtime API.

What counts is processor time, of the process until its answer arrives. Python, packages and bytecode are as in a
deployment: a virtual environment with nothing in it, one folder with everything, bytecode that isn't checked against
its source.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks import events
from benchmarks.data import work_day
from benchmarks.machine import FUNCTIONS
from benchmarks.processes import ROOT, Failed, started
from benchmarks.races import Bench
from benchmarks.turns import Race

COLD_START = "Cold start"
BARE = "bare handler"
TIMEOUT_SECONDS = 30
FREE_DAY = 2  # after the work day: nobody else edits it


def cold_start(bench: Bench) -> Iterator[Race]:
    """Race each function's first answer against a handler that does nothing."""
    if bench.missing.has(COLD_START):
        return
    python, package = deployed(bench.folder / "cold")
    tutor = next(bench.largest.data.tutor_ids(0))
    asked = {
        BARE: ("bare.handler", events.get(tutor, as_themselves=False)),
        "get_availability": _of("get_availability", events.get(tutor, as_themselves=False)),
        "audit_history": _of("audit_history", events.get(tutor, as_themselves=True)),
        "audit_stats": _of("audit_stats", events.get(tutor, as_themselves=True)),
    }
    env = events.environment(bench.largest.url) | {
        "PYTHONPATH": str(package),
        "LAMBDA_TASK_ROOT": str(package),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
    }
    day = str(work_day(bench.largest.data, FREE_DAY))
    count = bench.pace.rounds + 2
    rounds: dict[str, list[float]] = {}
    for number in tqdm(range(count), desc=COLD_START, leave=False, unit="round", disable=None):
        slots = [{"time": f"{number:02}:00"}]  # another one each time, so that there is something to write
        edit = {"update_availability": _of("update_availability", events.put(tutor, date=day, timeSlots=slots))}
        for name, (handler, event) in (asked | edit).items():
            spent = _first_answer([python, "-m", "awslambdaric", handler], env, event, bench.complaints)
            rounds.setdefault(name, []).append(spent)
    yield Race(COLD_START, "processor time", rounds)


def _of(function: str, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return f"functions.{function}.main.handler", event


def deployed(folder: Path) -> tuple[str, Path]:
    """Make what a deployment has in a folder; return its Python, and the folder of its code."""
    venv, package = folder / "python", folder / "package"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = str(venv / "bin" / "python")
    shutil.copytree(FUNCTIONS, package)
    for part in ("common", "functions"):
        shutil.copytree(ROOT / part, package / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).with_name("bare.py"), package)
    ours = [package / "common", package / "functions", package / "bare.py"]
    compile_them: list[str | Path] = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *ours]
    subprocess.run(compile_them, check=True)
    return python, package


class RuntimeApi(HTTPServer):
    """Hands out one event, and takes the answer to it; see "Using the Lambda runtime API" in AWS's documentation."""

    timeout = TIMEOUT_SECONDS

    def __init__(self, event: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.event = event
        self.process: subprocess.Popen[str] | None = None
        self.spent_ms = 0.0


class _Exchange(BaseHTTPRequestHandler):
    server: RuntimeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps(self.server.event).encode()
        self.send_response(200)
        # The runtime client crashes where one of these is missing.
        self.send_header("Content-Type", "application/json")
        self.send_header("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
        self.send_header("Lambda-Runtime-Aws-Request-Id", "4dbeb2a6-25f7-44b5-a8c2-4fbd0f8b9d3f")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() + TIMEOUT_SECONDS) * 1000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
        self._end(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.server.process is not None
        self.server.spent_ms = processor_seconds(self.server.process.pid) * 1000
        self.send_response(202)
        self._end(b"")
        answer = json.loads(body)
        if not self.path.endswith("/response") or answer["statusCode"] != 200:
            raise Failed(f"{self.path}: {answer}")

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _first_answer(argv: list[str], env: dict[str, str], event: dict[str, Any], complaints: Path) -> float:
    with RuntimeApi(event) as api:
        address = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}"}
        with started(argv, env | address, complaints) as api.process:
            for _ in ("next", "response"):
                api.handle_request()
    if not api.spent_ms:
        raise Failed(f"{argv} doesn't answer:\n{complaints.read_text()[-2000:]}")
    return api.spent_ms


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken: Linux has a clock for each, which is named like this."""
    return time.clock_gettime((~pid << 3) | 2)
