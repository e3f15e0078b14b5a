"""Cold starts as on AWS Lambda: a new process of AWS's runtime client gets one request (`local/lambda_runtime.py`).

The result is the processor time from the start of the process until its answer arrives. As in a deployment, the
virtual environment is empty, one folder has all packages, and Python doesn't compare the bytecode with its source. The
function reads its secrets as in a deployment (`secrets.py`).
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks import events
from benchmarks.cold import secrets
from benchmarks.contenders import Bench
from benchmarks.data import update_day
from benchmarks.machine import FUNCTIONS
from benchmarks.processes import ROOT, BenchmarkFailed
from benchmarks.turns import Race
from local.lambda_runtime import FunctionFailed, instance

COLD_START = "Cold start"
BARE = "bare handler"
FREE_DAY = 2  # days from `update_day` to a date that nothing else updates


def cold_start(bench: Bench) -> Iterator[Race]:
    """Race the first answers of the functions with a URL against the first answer of a handler that does nothing."""
    if bench.missing.has(COLD_START):
        return
    installation = install(bench.folder / "cold")
    tutor = next(bench.largest.data.tutor_ids(0))
    requests = {
        BARE: ("bare.handler", events.get(tutor, has_token=False)),
        "get_availability": (handler_name("get_availability"), events.get(tutor, has_token=False)),
        "audit_history": (handler_name("audit_history"), events.get(tutor, has_token=True)),
        "audit_stats": (handler_name("audit_stats"), events.get(tutor, has_token=True)),
    }
    day = str(update_day(bench.largest.data, FREE_DAY))
    count = bench.pace.rounds + 2
    rounds: dict[str, list[float]] = {}
    with secrets.environments(bench.largest.url) as (environment,):
        for number in tqdm(range(count), desc=COLD_START, leave=False, unit="round", disable=None):
            slots = [{"time": f"{number:02}:00"}]  # a new slot each time, so that each update changes the day
            update = events.put(tutor, date=day, timeSlots=slots)
            updates = {"update_availability": (handler_name("update_availability"), update)}
            for name, (handler, event) in (requests | updates).items():
                duration = measure_cold_start(installation, environment, handler, event, bench.log)
                rounds.setdefault(name, []).append(duration)
    yield Race(COLD_START, "processor time", rounds)


def handler_name(function: str) -> str:
    """Return the dotted name of a function's Lambda handler."""
    return f"functions.{function}.main.handler"


@dataclass(frozen=True)
class Installation:
    """What a deployed function runs with: a Python, and the folder with the code and its packages."""

    python: str
    package: Path


def install(folder: Path, root: Path = ROOT) -> Installation:
    """Install the functions of a checkout in a folder, as a deployment does."""
    venv, package = folder / "python", folder / "package"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = str(venv / "bin" / "python")
    shutil.copytree(FUNCTIONS, package)
    for part in ("common", "functions"):
        shutil.copytree(root / part, package / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).with_name("bare.py"), package)
    ours = [package / "common", package / "functions", package / "bare.py"]
    argv: list[str | Path] = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *ours]
    subprocess.run(argv, check=True)
    return Installation(python, package)


def measure_cold_start(
    installation: Installation, environment: dict[str, str], handler: str, event: dict[str, Any], log: Path
) -> float:
    """Return the milliseconds of processor time from the start of a process to its first answer."""
    argv = [installation.python, "-m", "awslambdaric", handler]
    env = environment | {
        "PYTHONPATH": str(installation.package),
        "LAMBDA_TASK_ROOT": str(installation.package),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
    }
    durations: list[float] = []
    with instance(argv, env, log.parent, log) as starting:
        starting.on_answer = lambda: durations.append(processor_seconds(starting.process.pid) * 1000)
        try:
            answer = starting.invoke(event)
        except FunctionFailed as error:
            raise BenchmarkFailed(f"{argv}: {error}") from error
    if answer.get("statusCode", 200) != 200:
        raise BenchmarkFailed(f"{argv}: {answer}")
    return durations[0]


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process, in seconds, from the clock that Linux has for each process."""
    # Linux computes the clock's id from the process id in this way (clock_getcpuclockid in the C library).
    return time.clock_gettime((~pid << 3) | 2)
