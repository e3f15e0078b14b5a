"""Folders for the data of the tests' PostgreSQL servers: in memory where there is room, or else on disk."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEMORY = Path("/dev/shm")
DISK = Path("/var/tmp")
ENOUGH_BYTES = 4 * 1024**3


def is_roomy(memory: Path) -> bool:
    """Return whether it is a folder where a server's data has room, and from which its programs may run."""
    if not os.access(memory, os.W_OK):
        return False
    found = os.statvfs(memory)
    return found.f_bavail * found.f_frsize >= ENOUGH_BYTES and not found.f_flag & os.ST_NOEXEC


def remove_leftovers(memory: Path) -> None:
    """Remove the folders of processes that were killed: memory isn't cleared by itself."""
    for folder in memory.glob("slotledger tests of *"):
        if not Path("/proc", folder.name.split()[3]).exists() and not _is_locked(folder / "lock"):
            shutil.rmtree(folder, ignore_errors=True)


def _is_locked(path: Path) -> bool:
    """Whether somebody uses a server's data there, maybe in another container, whose processes we don't see."""
    with suppress(FileNotFoundError), path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Yield a folder that an unprivileged user can reach, too; its name has spaces, as a checkout's may."""
    in_memory = is_roomy(MEMORY)
    if in_memory:
        remove_leftovers(MEMORY)
    prefix = f"slotledger tests of {os.getpid()} "
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if in_memory else DISK))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
