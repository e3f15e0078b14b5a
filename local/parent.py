"""Functions that react when the parent of this process, usually make, ends or gets SIGINT.

Ctrl-C in a terminal sends SIGINT to make and to the commands that make runs. After a SIGINT, make waits for its
commands and doesn't pass the signal on to them. So if a program sends SIGINT to make only (`kill -INT`), the commands
don't get it. These functions notice it on Linux, where /proc shows that make blocks SIGINT while it waits. On other
systems, they notice only the end of make.

This module imports the standard library only, because `local/start.py` uses it.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

PR_SET_PDEATHSIG = 1
INTERVAL_SECONDS = 0.2
SIGNAL_MASKS = ("SigBlk", "SigCgt", "SigIgn")
SIGINT_BIT = 1 << (signal.SIGINT - 1)


def stop_with_parent(number: signal.Signals = signal.SIGINT) -> None:
    """Tell the kernel to send this process a signal when its parent ends. Do nothing if the system isn't Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


@contextmanager
def when_parent_ends(action: Callable[[], None]) -> Iterator[None]:
    """Call `action` once, in another thread, if the parent ends within the block or is a make that gets SIGINT."""
    parent = os.getppid()
    done = Event()

    def watch() -> None:
        while not done.wait(INTERVAL_SECONDS):
            if os.getppid() != parent or _is_interrupted(parent):
                action()
                return

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()


@contextmanager
def interrupted_with_make() -> Iterator[None]:
    """Within the block, send this process SIGINT when make ends or gets SIGINT. Without make, do nothing."""
    if "MAKELEVEL" not in os.environ:
        yield
        return
    stop_with_parent()
    with when_parent_ends(lambda: os.kill(os.getpid(), signal.SIGINT)):
        yield


def _is_interrupted(process: int) -> bool:
    """Return whether the process is a make that has got SIGINT: it then blocks SIGINT, without a handler."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return False
    masks = {name: int(mask, 16) for name, _, mask in (line.partition(":") for line in lines) if name in SIGNAL_MASKS}
    blocked, caught, ignored = (masks.get(name, 0) for name in SIGNAL_MASKS)
    return bool(blocked & ~caught & ~ignored & SIGINT_BIT)
