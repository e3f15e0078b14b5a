"""Find a PostgreSQL that has Citus, or build one from Citus's sources and a copy of the installed PostgreSQL.

The build is in a folder below /var/tmp, because every user can read it there, and because Citus's makefiles need a path
without spaces. PostgreSQL finds its files relative to its programs, so the copy works in any folder.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from local.programs import CannotStart, refuse_foreign

CHECKSUMS = {"citus-13.2.2.tar.xz": "c92027759f8f75158da925197aa058f952a9237e6603c78c762dca68a31f41fb"}
VERSIONS = (17, 16, 15)
DEBIAN = Path("/usr/lib/postgresql")
FOLDER = Path("/var/tmp")
READABLE_UMASK = 0o022  # another user than root runs the servers, and has to read what root builds
HOW_TO_SET = """Citus is missing. Set one of these:
  CITUS_BIN=<the folder that has the program postgres of a PostgreSQL with Citus>
  CITUS_SRC=<the file citus-13.2.2.tar.xz, or a checkout of Citus>, to build Citus for the installed PostgreSQL"""
# The Debian packages that a build needs.
PACKAGES = (
    "postgresql-server-dev-all build-essential flex libicu-dev libkrb5-dev liblz4-dev libpam0g-dev libselinux1-dev"
    " libssl-dev libxml2-dev libxslt1-dev libzstd-dev"
)

# Citus 13.2 defines this function for PostgreSQL 15. Newer minor releases of PostgreSQL 15 declare it themselves: with
# their headers, a build has to remove Citus's definition.
DECLARATION = Path("commands/dbcommands.h"), "have_createdb_privilege"
COMPATIBILITY = Path("src/include/pg_version_compat.h")
DEFINED_TWICE = re.compile(
    r"static inline bool\nhave_createdb_privilege\(void\)\n\{.*?\n\}\n"
    r"|#define have_createdb_privilege\(\) have_createdb_privilege\(\)\n",
    re.DOTALL,
)


def find_citus(environ: Mapping[str, str]) -> Path:
    """Return the folder of the programs of a PostgreSQL that has Citus; build one if needed.

    Raise `CannotStart` if neither `CITUS_BIN` nor `CITUS_SRC` is set, if the folder or the sources that they name
    can't be used, if there is no PostgreSQL to build with, or if the build fails.
    """
    if binaries := environ.get("CITUS_BIN"):
        if not (Path(binaries) / "postgres").exists():
            raise CannotStart(f"CITUS_BIN={binaries}: there is no program postgres in this folder")
        return Path(binaries)
    if source := environ.get("CITUS_SRC"):
        return _build(Path(source))
    raise CannotStart(HOW_TO_SET)


def _build(source: Path) -> Path:
    server = _installed_server()
    version = subprocess.run([server / "postgres", "--version"], check=True, capture_output=True).stdout
    key = hashlib.sha256(version + _digest(source).encode() + Path(__file__).read_bytes()).hexdigest()[:12]
    home = FOLDER / f"slotledger-citus-{os.geteuid()}-{key}"
    if not home.exists():
        with tempfile.TemporaryDirectory(prefix="slotledger-citus-build-", dir=FOLDER) as name:
            incomplete = Path(name) / "incomplete"
            _unpack(source, Path(name) / "citus")
            _copy_server(server, incomplete)
            _make(Path(name) / "citus", server, incomplete)
            with suppress(OSError):  # the folder exists: another process was faster
                incomplete.rename(home)
    refuse_foreign(home, os.geteuid())
    return home / server.relative_to("/")


def _installed_server() -> Path:
    """Return the folder of the programs of the newest PostgreSQL that is installed together with its headers."""
    for version in VERSIONS:
        folder = DEBIAN / str(version)
        if (folder / "bin/postgres").exists() and (folder / "lib/pgxs/src/makefiles/pgxs.mk").exists():
            return folder / "bin"
    raise CannotStart(
        f"Citus can't be built: it needs an installed PostgreSQL ({', '.join(map(str, VERSIONS))}) with its headers."
        f" On Debian: apt-get install postgresql {PACKAGES}"
    )


def _digest(source: Path) -> str:
    """Return the checksum of a release, or of a checkout's files.

    Raise `CannotStart` if the source doesn't exist, or if the checksum of a release isn't one of `CHECKSUMS`.
    """
    if not source.exists():
        raise CannotStart(f"CITUS_SRC={source}: there is no such file")
    digest = hashlib.sha256()
    for path in _files(source):
        digest.update(f"{path.relative_to(source)}\n".encode())
        digest.update(path.read_bytes())
    if source.is_dir():
        return digest.hexdigest()
    checksum = hashlib.sha256(source.read_bytes()).hexdigest()
    if checksum not in CHECKSUMS.values():
        raise CannotStart(f"CITUS_SRC={source}: its checksum differs from that of {' or '.join(CHECKSUMS)}")
    return checksum


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)


def _unpack(source: Path, to: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, to, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        return
    shutil.unpack_archive(source, to.with_name("release"))
    next(to.with_name("release").iterdir()).rename(to)


def _make(source: Path, server: Path, to: Path) -> None:
    file, function = DECLARATION
    if function in (_headers(server) / file).read_text():
        header = source / COMPATIBILITY
        header.write_text(DEFINED_TWICE.sub("", header.read_text()))
    processors = len(os.sched_getaffinity(0))
    for command in (
        ["./configure", "--without-libcurl", f"PG_CONFIG={server / 'pg_config'}"],
        ["make", "--silent", f"--jobs={processors}", "with_llvm=no", "extension"],
        ["make", "--silent", "with_llvm=no", "install-extension", f"DESTDIR={to}"],
    ):
        result = subprocess.run(
            command, cwd=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, umask=READABLE_UMASK
        )
        if result.returncode:
            last = "\n".join(result.stdout.splitlines()[-20:])
            raise CannotStart(
                f"{last}\n{command[0]} failed. Check that the packages that Citus needs are installed: {PACKAGES}"
            )


def _headers(server: Path) -> Path:
    """Return the folder of the server's header files."""
    command = [f"{server / 'pg_config'}", "--includedir-server"]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def _copy_server(server: Path, to: Path) -> None:
    """Copy a PostgreSQL's programs, libraries and shared files to the same paths below the folder `to`."""
    shared = Path("/usr/share/postgresql") / server.parent.name
    folders = [f"{folder}" for folder in (server, server.parent / "lib", shared)]
    to.mkdir(mode=0o755)
    subprocess.run(["cp", "--recursive", "--parents", *folders, to], check=True, umask=READABLE_UMASK)
