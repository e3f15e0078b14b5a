"""Zips: all functions with what one lock file names, for Lambda's platform, with bytecode.

Functions share a zip unless `serverless.yml` names another artifact for one; each artifact has the lock file of its
name. The same commit gives the same bytes, where Python and its zlib are the same: no time and no place is in them.

Bytecode isn't checked against its source when it is loaded, which takes two thirds off a cold start's processor time
(`docs/decisions/cold-start.md`). It must be of the Python that the functions run on, so one has to be here.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.stages import BUILD, ROOT, Stopped, artifacts, ca_files, handlers, python_version

LOCKS = ROOT / "requirements"
PLATFORM = "x86_64-manylinux_2_34"  # Amazon Linux 2023
UV = (sys.executable, "-m", "uv")
PYTHONS = BUILD / "python"
DEPENDENCIES = BUILD / "dependencies"
SOURCES = BUILD / "sources"
ZIPS = BUILD / "functions"
TASK_ROOT = "/var/task"  # where Lambda unpacks them: tracebacks shall say so
LIMIT_MB = 250
# Of the descriptions of every service that AWS has, botocore needs those that we call.
BOTOCORE_DATA = ("botocore", "data")
SERVICES = ("sqs", "ssm")
OURS = ("common", "functions")
LEFT_OUT = (".pyi", ".pyx", ".pxd", ".c", ".h")
# RECORD has hashes of scripts that hold this checkout's path.
OF_THE_INSTALLATION = (".lock", "INSTALLER", "RECORD", "REQUESTED")
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip by the name of its lock file; sizes in bytes."""

    name: str
    file: Path
    size: int
    unpacked: int

    @property
    def sha256(self) -> bytes:
        """Return the hash by which AWS names a function's code."""
        return hashlib.sha256(self.file.read_bytes()).digest()


def build() -> list[Bundle]:
    """Make all zips, each in `ZIPS`; `Stopped` where the Python that compiles them isn't there."""
    if missing := [file for file in ca_files() if not (ROOT / file).is_file()]:
        raise Stopped(f"serverless.yml: databaseCaFile names {', '.join(missing)}, which isn't there.")
    for function, handler in handlers().items():
        file = ROOT / f"{handler.replace('.', '/')}.py"
        if not file.is_file() or "\nhandler = " not in file.read_text():
            raise Stopped(f"serverless.yml: {function} has its handler in {handler}, where there is none.")
    python = interpreter()
    copy_sources(SOURCES)
    compile_all(SOURCES, python)
    shutil.rmtree(ZIPS, ignore_errors=True)
    ZIPS.mkdir(parents=True)
    return [_bundle(name, install_dependencies(name, python)) for name in sorted(set(artifacts().values()))]


def copy_sources(folder: Path) -> None:
    """Copy what is ours to a new folder: all modules, and the certificate authorities."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in OURS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ca_files():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, folder / file)


def interpreter() -> str:
    """Return a Python of the version that the functions run on; where there is none, uv gets one."""
    version = python_version()
    found = _found(version)
    if found is None:
        print(f"Getting Python {version}, which the functions run on ...", file=sys.stderr)
        into = os.environ | {"UV_PYTHON_INSTALL_DIR": str(PYTHONS)}
        command = [*UV, "python", "install", "--quiet", "--no-bin", "--system-certs", version]
        subprocess.run(command, env=into, check=False)
        found = _found(version)
    if found is None:
        raise Stopped(
            f"Python {version} isn't here, which the functions run on and which has to compile them.\n"
            f"Next: install it (as python{version}), then the same command again."
        )
    return found


def _found(version: str) -> str | None:
    executable = f"python{version}"
    homes = (
        (PYTHONS, f"cpython-{version}*/bin/{executable}"),
        (Path("~/.local/share/uv/python").expanduser(), f"cpython-{version}*/bin/{executable}"),
        (Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser(), f"versions/{version}*/bin/{executable}"),
    )
    candidates = [
        sys.executable,
        executable,
        *(str(file) for home, files in homes for file in sorted(home.glob(files))),
    ]
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    for candidate in filter(shutil.which, candidates):
        told = subprocess.run([candidate, "-c", ask], capture_output=True, text=True, check=False)
        if told.stdout.strip() == version:  # what a version manager leaves on the path may be there in name only
            return shutil.which(candidate)
    return None


def install_dependencies(name: str, python: str) -> Path:
    """Install what a lock file names, without what nobody calls, and compile it; return the folder."""
    folder = DEPENDENCIES / name

    def finish() -> None:
        for service in folder.joinpath(*BOTOCORE_DATA).iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
        shutil.rmtree(folder / "bin", ignore_errors=True)
        for file in list(folder.rglob("*")):
            if file.suffix in LEFT_OUT or file.name in OF_THE_INSTALLATION:
                file.unlink()
        compile_all(folder, python)

    install(LOCKS / f"{name}.txt", folder, finish)
    return folder


def install(lock: Path, folder: Path, finish: Callable[[], None] = lambda: None) -> None:
    """Install locked wheels for Lambda's platform, whatever the platform here; once for each lock file."""
    stamp = folder.with_name(f"{folder.name}.ready")
    made_of = hashlib.sha256(lock.read_bytes() + Path(__file__).read_bytes() + python_version().encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == made_of:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    platform = ["--python-platform", PLATFORM, "--python-version", python_version()]
    trusted = ["--require-hashes", "--only-binary", ":all:", "--system-certs"]
    command = [*UV, "pip", "install", "--quiet", *platform, *trusted, "--target", str(folder), "-r", str(lock)]
    if subprocess.run(command, check=False).returncode:
        raise Stopped("The dependencies can't be installed; see above.\nNext: mend that, then the same command again.")
    finish()
    stamp.write_text(made_of)


def compile_all(folder: Path, python: str) -> None:
    """Compile to bytecode that is the same each time: no times, and no paths of this machine."""
    mode = ["--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", TASK_ROOT]
    command = [python, "-I", "-m", "compileall", "-q", "-f", *mode, str(folder)]
    if subprocess.run(command, check=False).returncode:
        raise Stopped(f"{folder} doesn't compile; see above.")


def _bundle(name: str, dependencies: Path) -> Bundle:
    target = ZIPS / f"{name}.zip"
    files = {file.relative_to(root): file for root in (dependencies, SOURCES) for file in root.rglob("*")}
    unpacked = 0
    with zipfile.ZipFile(target, "w") as archive:
        for path, file in sorted(files.items()):
            if file.is_file():
                entry = zipfile.ZipInfo(path.as_posix(), EPOCH)
                entry.external_attr = 0o644 << 16
                content = file.read_bytes()
                unpacked += len(content)
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    if unpacked > LIMIT_MB * 1_000_000:
        raise Stopped(f"{name} unpacks to {unpacked / 1e6:.0f} MB; Lambda takes {LIMIT_MB}.")
    return Bundle(name, target, target.stat().st_size, unpacked)
