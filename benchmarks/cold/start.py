"""Cold starts, as on AWS Lambda: a new process of AWS's own runtime client, asked once (`local/lambda_runtime.py`).

What counts is processor time, of the process until its answer arrives. Python, packages and bytecode are as in a
deployment: a virtual environment with nothing in it, one folder with everything, bytecode that isn't checked against
its source. Secrets come as in a deployment, too (`secrets.py`).
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
from benchmarks.data import work_day
from benchmarks.machine import FUNCTIONS
from benchmarks.processes import ROOT, Failed
from benchmarks.races import Bench
from benchmarks.turns import Race
from local.lambda_runtime import FunctionFailed, instance

COLD_START = "Cold start"
BARE = "bare handler"
FREE_DAY = 2  # after the work day: nobody else edits it


def cold_start(bench: Bench) -> Iterator[Race]:
    """Race each function's first answer against a handler that does nothing."""
    if bench.missing.has(COLD_START):
        return
    place = deployed(bench.folder / "cold")
    tutor = next(bench.largest.data.tutor_ids(0))
    asked = {
        BARE: ("bare.handler", events.get(tutor, as_themselves=False)),
        "get_availability": of("get_availability", events.get(tutor, as_themselves=False)),
        "audit_history": of("audit_history", events.get(tutor, as_themselves=True)),
        "audit_stats": of("audit_stats", events.get(tutor, as_themselves=True)),
    }
    day = str(work_day(bench.largest.data, FREE_DAY))
    count = bench.pace.rounds + 2
    rounds: dict[str, list[float]] = {}
    with secrets.environments(bench.largest.url) as (environment,):
        for number in tqdm(range(count), desc=COLD_START, leave=False, unit="round", disable=None):
            slots = [{"time": f"{number:02}:00"}]  # another one each time, so that there is something to write
            edit = {"update_availability": of("update_availability", events.put(tutor, date=day, timeSlots=slots))}
            for name, (handler, event) in (asked | edit).items():
                spent = first_answer(place, environment, handler, event, bench.complaints)
                rounds.setdefault(name, []).append(spent)
    yield Race(COLD_START, "processor time", rounds)


def of(function: str, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the handler of a function, and what it is asked."""
    return f"functions.{function}.main.handler", event


@dataclass(frozen=True)
class Deployed:
    """What a deployment has: a Python, and the folder of its code."""

    python: str
    package: Path


def deployed(folder: Path, root: Path = ROOT) -> Deployed:
    """Make in a folder what a deployment of a checkout has."""
    venv, package = folder / "python", folder / "package"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = str(venv / "bin" / "python")
    shutil.copytree(FUNCTIONS, package)
    for part in ("common", "functions"):
        shutil.copytree(root / part, package / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).with_name("bare.py"), package)
    ours = [package / "common", package / "functions", package / "bare.py"]
    compile_them: list[str | Path] = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *ours]
    subprocess.run(compile_them, check=True)
    return Deployed(python, package)


def first_answer(
    place: Deployed, environment: dict[str, str], handler: str, event: dict[str, Any], complaints: Path
) -> float:
    """Return the milliseconds of processor time from nothing to the first answer."""
    argv = [place.python, "-m", "awslambdaric", handler]
    env = environment | {
        "PYTHONPATH": str(place.package),
        "LAMBDA_TASK_ROOT": str(place.package),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
    }
    spent: list[float] = []
    with instance(argv, env, complaints.parent, complaints) as starting:
        starting.answering = lambda: spent.append(processor_seconds(starting.process.pid) * 1000)
        try:
            answer = starting.invoke(event)
        except FunctionFailed as why:
            raise Failed(f"{argv}: {why}") from why
    if answer.get("statusCode", 200) != 200:
        raise Failed(f"{argv}: {answer}")
    return spent[0]


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken: Linux has a clock for each, which is named like this."""
    return time.clock_gettime((~pid << 3) | 2)
