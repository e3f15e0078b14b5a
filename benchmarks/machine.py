"""The machine that is measured on: what it is, and what can't run on it."""

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import peers
from benchmarks.processes import ROOT

VENV = ROOT / ".venv-bench"
CITUS = "Citus"
FUNCTIONS = VENV / "cold"  # what functions are deployed with, as `make bench` has set it up


@dataclass(frozen=True)
class Missing:
    """What is left out, and why: names of contenders begin with it."""

    reasons: dict[str, str]

    def has(self, name: str) -> bool:
        """Whether something of that name is left out."""
        return name.startswith(tuple(self.reasons))


def missing() -> Missing:
    """Return what can't run here; `make bench` sets up what it can."""
    reasons: dict[str, str] = {}
    if not (VENV / "ready").exists():
        names = ("FastAPI", "Mangum", "SQLAlchemy-Continuum", "django-simple-history", "trigger")
        reasons |= dict.fromkeys(names, "its packages couldn't be installed")
    if shutil.which("node") is None:
        reasons["Node"] = "there is no Node on this machine"
    elif not (peers.NODE_PEERS / "node_modules" / "pg").exists():
        reasons["Node"] = "its packages couldn't be installed"
    if (sys.platform, platform.machine()) != ("linux", "x86_64") or not peers.POSTGREST.exists():
        reasons["PostgREST"] = "there is no program for this platform, or it couldn't be installed"
    if sys.platform != "linux" or not (FUNCTIONS / "ready").exists():
        reasons["Cold start"] = "it is measured on Linux, with packages that could be installed"
    if not {"CITUS_BIN", "CITUS_SRC"} & os.environ.keys():
        reasons[CITUS] = "neither CITUS_BIN nor CITUS_SRC is set"
    return Missing(reasons)


def use_one_processor() -> None:
    """Keep this process, and all that it starts, on one processor, where that can be had.

    Those who wait for each other have no use for a second one. To wake it up takes longer than much of what is measured
    here, on a virtual machine above all, and whether it is woken is up to chance: a statement took 0.3 ms, or 0.7.
    """
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def processor() -> str:
    """Return the model of the processor, and how many there are."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.processor()}, {os.cpu_count()} cores"
