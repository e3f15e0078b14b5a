"""Folders for the data of the tests' PostgreSQL servers: in memory if there is room, otherwise on disk."""

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


def has_room(memory: Path) -> bool:
    """Return whether a folder is writable, has room for a server's data, and allows running programs."""
    if not os.access(memory, os.W_OK):
        return False
    status = os.statvfs(memory)
    return status.f_bavail * status.f_frsize >= ENOUGH_BYTES and not status.f_flag & os.ST_NOEXEC


def remove_leftovers(memory: Path) -> None:
    """Remove the folders of processes that were killed, which would stay in memory."""
    for folder in memory.glob("slotledger tests of *"):
        if not Path("/proc", folder.name.split()[3]).exists() and not _is_locked(folder / "lock"):
            shutil.rmtree(folder, ignore_errors=True)


def _is_locked(path: Path) -> bool:
    """Return whether a server uses the data. It may run in another container, whose processes `/proc` doesn't show."""
    with suppress(FileNotFoundError), path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Yield a folder in a place that every user can enter. Its name has spaces, as a checkout's path may have."""
    in_memory = has_room(MEMORY)
    if in_memory:
        remove_leftovers(MEMORY)
    prefix = f"slotledger tests of {os.getpid()} "
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if in_memory else DISK))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
