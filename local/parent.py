"""Notice that the parent of this process, mostly make, ended or was interrupted.

On SIGINT make waits for its commands, and leaves it to the terminal to interrupt them. When SIGINT goes to make alone
(`kill -INT`), no command gets it. While make waits, its SIGINT is blocked, which Linux shows in /proc. On other systems
only make's end is noticed. This module imports the standard library only (`local/start.py`).
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
    """Have the kernel send this process a signal when its parent ends; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


@contextmanager
def when_parent_ends(action: Callable[[], None]) -> Iterator[None]:
    """Within the block, call `action` once, in another thread, when the parent ended or got SIGINT."""
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


def _is_interrupted(process: int) -> bool:
    """Return whether a make handles SIGINT: it is blocked then, and its handler is removed."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return False
    masks = {name: int(mask, 16) for name, _, mask in (line.partition(":") for line in lines) if name in SIGNAL_MASKS}
    blocked, caught, ignored = (masks.get(name, 0) for name in SIGNAL_MASKS)
    return bool(blocked & ~caught & ~ignored & SIGINT_BIT)
