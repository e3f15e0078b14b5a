"""`make run`: set up .venv, build the dashboard, then replace this process by the server.

If make gets SIGINT, it waits for this command, and doesn't pass the signal on (`local/parent.py`). So this process
watches make. It runs each step in a session of its own, so that it can end all processes of the step together. This
module imports the standard library only, because .venv may not exist yet.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from types import FrameType

from local.parent import stop_with_parent, when_parent_ends

PYTHON = ".venv/bin/python"
END_TIMEOUT_SECONDS = 10
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Interrupted(Exception):
    """Raised when this process gets SIGINT, SIGTERM or SIGHUP, or when make ends or gets SIGINT."""


def main(make: str, *, has_node: bool) -> None:
    """Run the steps. The last step, the server, replaces this process.

    Exit if .venv can't be set up. If the dashboard can't be built, print that, and continue.
    """
    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, _raise_interrupted)
    try:
        with when_parent_ends(lambda: os.kill(os.getpid(), signal.SIGTERM)):
            if code := _run_step(make, ".venv/ready"):
                sys.exit(code)
            if has_node and _run_step(make, "dashboard"):
                print(
                    "The dashboard couldn't be built. The functions run without it, or with an older one.",
                    file=sys.stderr,
                )
    except _Interrupted:
        sys.exit("\nStopped. The next make run sets up what is missing.")
    os.execv(PYTHON, [PYTHON, "-m", "local", "run"])


def _run_step(make: str, target: str) -> int:
    """Run make for a target, and return its exit code. If `_Interrupted` is raised, end all processes of the step."""
    flags, separator, variables = os.environ.get("MAKEFLAGS", "").partition(" -- ")
    flags = " ".join(flag for flag in flags.split(" ") if not flag.startswith(("-j", "--jobserver")))
    environment = {**os.environ, "MAKEFLAGS": flags + separator + variables}  # without the options of make's job server
    command = [make, "--silent", "--no-print-directory", target]
    end_with_parent = partial(stop_with_parent, signal.SIGTERM)
    with subprocess.Popen(command, env=environment, start_new_session=True, preexec_fn=end_with_parent) as process:
        try:
            return process.wait()
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """If the process still runs, send SIGTERM to its process group, and SIGKILL to what is left of the group."""
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_TIMEOUT_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _raise_interrupted(_signal: int, _frame: FrameType | None) -> None:
    """Raise `_Interrupted`, once: a second signal must not interrupt the end of a step. One comes if make ends, too."""
    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, _do_nothing)
    raise _Interrupted


def _do_nothing(_signal: int, _frame: FrameType | None) -> None:
    """Handle a signal by going on."""


if __name__ == "__main__":
    main(sys.argv[1], has_node="dashboard" in sys.argv[2:])
