"""Functions that react when the parent of this process, usually make, ends or is interrupted.

Ctrl-C in a terminal sends SIGINT to make and to its commands. So make sends its commands no SIGINT, but waits for them.
If SIGINT is sent to make alone (`kill -INT`), its commands don't get it. But while make waits after a SIGINT, it blocks
SIGINT, which Linux shows in /proc. On other systems, only the end of make is noticed. This module imports the standard
library only, because `local/start.py` uses it.
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
    """Have the kernel send this process a signal when its parent ends. On other systems than Linux, do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


@contextmanager
def when_parent_ends(action: Callable[[], None]) -> Iterator[None]:
    """Within the block, call `action` once, in another thread, when the parent ends, or is a make that gets SIGINT."""
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
    """Within the block, interrupt this process when make ends or gets SIGINT; do nothing if make didn't start it."""
    if "MAKELEVEL" not in os.environ:
        yield
        return
    stop_with_parent()
    with when_parent_ends(lambda: os.kill(os.getpid(), signal.SIGINT)):
        yield


def _is_interrupted(process: int) -> bool:
    """Return whether a make has got SIGINT: then it blocks SIGINT, and has removed its handler."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return False
    masks = {name: int(mask, 16) for name, _, mask in (line.partition(":") for line in lines) if name in SIGNAL_MASKS}
    blocked, caught, ignored = (masks.get(name, 0) for name in SIGNAL_MASKS)
    return bool(blocked & ~caught & ~ignored & SIGINT_BIT)
