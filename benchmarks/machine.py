"""The machine of the run: its processor, and the programs that are missing on it."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import peers
from benchmarks.processes import ROOT
from local import dashboard
from local.screenshots import find_chromium

VENV = ROOT / ".venv-bench"
CITUS = "Citus"
FUNCTIONS = VENV / "cold"  # the packages that functions are deployed with, installed by `make bench`


@dataclass(frozen=True)
class Missing:
    """The contenders and races that can't run on this machine.

    The keys of `reasons` are the beginnings of their names. The values say why they can't run.
    """

    reasons: dict[str, str]

    def has(self, name: str) -> bool:
        """Return whether the contender or race of this name can't run."""
        return name.startswith(tuple(self.reasons))


def find_missing() -> Missing:
    """Return what can't run on this machine. Call this after `make bench` has tried to install the packages."""
    reasons: dict[str, str] = {}
    if not (VENV / "ready").exists():
        names = ("FastAPI", "Mangum", "SQLAlchemy-Continuum", "django-simple-history", "trigger")
        reasons |= dict.fromkeys(names, "its packages couldn't be installed")
    if shutil.which("node") is None:
        reasons["Node"] = "Node isn't installed"
    elif not (peers.NODE_PEERS / "node_modules" / "pg").exists():
        reasons["Node"] = "its packages couldn't be installed"
    if (sys.platform, platform.machine()) != ("linux", "x86_64") or not peers.POSTGREST.exists():
        reasons["PostgREST"] = "there is no program for this platform, or it couldn't be installed"
    if sys.platform != "linux" or not (FUNCTIONS / "ready").exists():
        reasons["Cold start"] = "it needs Linux, and packages that aren't installed here"
    if find_chromium() is None or not dashboard.is_built():
        reasons["The dashboard"] = "it needs Chromium, and Node to build it"
    if not {"CITUS_BIN", "CITUS_SRC"} & os.environ.keys():
        reasons[CITUS] = "neither CITUS_BIN nor CITUS_SRC is set"
    return Missing(reasons)


def use_one_processor() -> None:
    """Keep this process and its children on one processor. Do nothing on platforms other than Linux.

    Client, server and database wait for each other, so a second processor doesn't help. With several processors, the
    times depend on chance: a sleeping processor has to wake up, which takes longer than many statements, above all on a
    virtual machine. The same statement sometimes took 0.3 ms, and sometimes 0.7 ms.
    """
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@contextmanager
def use_two_processors() -> Iterator[None]:
    """Let this process and the children that it starts in the block use two processors, if the machine has them."""
    if sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(2))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def describe_processor() -> str:
    """Return the processor's model and the number of cores."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.processor()}, {os.cpu_count()} cores"
