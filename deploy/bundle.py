"""The zips that are deployed. Each contains the code of all functions, and the packages of one lock file.

Most functions run from one zip. A function that needs other packages runs from another zip, which `serverless.yml`
names. A zip has the name of its lock file, and contains bytecode. The zips contain neither the time of the build nor
paths of this machine. So two machines with the same versions of Python and zlib build the same bytes from a commit.

Python loads this bytecode without comparing it with the source, which saves a third of a cold start's processor time
(`docs/decisions/cold-start.md`). Bytecode works only with the version of Python that made it. So the version of Python
that runs the functions has to compile them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
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
TASK_ROOT = "/var/task"  # where Lambda unpacks a zip; tracebacks have this path
LIMIT_MB = 250
# botocore has a folder for each service of AWS. The zips have only the folders of the services that the functions call.
BOTOCORE_DATA = ("botocore", "data")
SERVICES = ("sqs", "ssm")
OUR_PACKAGES = ("common", "functions")
# A deployment runs them in each function.
CHECKS = ("deploy/__init__.py", "deploy/checks.py", "deploy/job_checks.py")
UNUSED_SUFFIXES = (".pyi", ".pyx", ".pxd", ".c", ".h")
# Files that the installer writes. RECORD isn't the same in every checkout: it has hashes of scripts, and each script
# contains the path of the checkout.
INSTALLER_FILES = (".lock", "INSTALLER", "RECORD", "REQUESTED")
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip, named like its lock file, with its size in bytes, and the size of its content in bytes (`unpacked`)."""

    name: str
    file: Path
    size: int
    unpacked: int

    @property
    def sha256(self) -> bytes:
        """Return the hash that AWS shows as `CodeSha256`."""
        return hashlib.sha256(self.file.read_bytes()).digest()


def build() -> list[Bundle]:
    """Make all zips, in `ZIPS`.

    Raise `Stopped` if `serverless.yml` names a file or a handler that doesn't exist, if the functions' version of
    Python is missing and can't be installed, if installing packages or compiling fails, or if a zip is too large for
    Lambda.
    """
    if missing := [file for file in ca_files() if not (ROOT / file).is_file()]:
        raise Stopped(f"serverless.yml: databaseCaFile names {', '.join(missing)}, which doesn't exist.")
    for function, module in handlers().items():
        path = module.replace(".", "/")
        file = ROOT / f"{path}.py"
        if not file.is_file() or "\nhandler = " not in file.read_text():
            raise Stopped(f"serverless.yml: {function} names the handler {path}.handler, which doesn't exist.")
    python = interpreter()
    copy_sources(SOURCES)
    compile_all(SOURCES, python)
    ZIPS.mkdir(parents=True, exist_ok=True)
    return [_bundle(name, install_dependencies(name, python)) for name in sorted(set(artifacts().values()))]


def copy_sources(folder: Path) -> None:
    """Replace the folder by a copy of our modules, of the checks and of the certificate authorities.

    The examples of the OpenAPI document are left out.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for part in OUR_PACKAGES:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "examples.json"))
    for file in (*CHECKS, *ca_files()):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, folder / file)


def interpreter() -> str:
    """Return a Python of the version that the functions run on. If there is none, install it with uv.

    Raise `Stopped` if the installation fails.
    """
    version = python_version()
    python = _find_python(version)
    if python is None:
        print(f"Getting Python {version}, which the functions run on ...", file=sys.stderr)
        environment = os.environ | {"UV_PYTHON_INSTALL_DIR": str(PYTHONS)}
        command = [*UV, "python", "install", "--quiet", "--no-bin", "--system-certs", version]
        subprocess.run(command, env=environment, check=False)
        python = _find_python(version)
    if python is None:
        raise Stopped(
            f"Python {version} is missing. The functions run on it, so it has to compile them.\n"
            f"Next: install it (as python{version}), then run the command again."
        )
    return python


def _find_python(version: str) -> str | None:
    """Return a Python of this version, or None if there is none.

    Try the one that runs this process, then the one on the path, then those that uv or pyenv installed.
    """
    executable = f"python{version}"
    folders = (
        (PYTHONS, f"cpython-{version}*/bin/{executable}"),
        (Path("~/.local/share/uv/python"), f"cpython-{version}*/bin/{executable}"),
        (Path(os.environ.get("PYENV_ROOT", "~/.pyenv")), f"versions/{version}*/bin/{executable}"),
    )
    files = [str(file) for folder, pattern in folders for file in _glob(folder, pattern)]
    python = next((file for file in (sys.executable, executable, *files) if _is_version(file, version)), None)
    return python and shutil.which(python)


def _glob(folder: Path, pattern: str) -> list[Path]:
    """Return the files that match, or none if the folder can't be read (it may belong to another user)."""
    try:
        return sorted(folder.expanduser().glob(pattern))
    except (OSError, RuntimeError):  # RuntimeError: the user has no home directory
        return []


def _is_version(python: str, version: str) -> bool:
    """Return whether the program runs, and is this version of Python.

    A version manager can have a program `python3.13` that only prints an error.
    """
    show = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run([python, "-c", show], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return result.stdout.strip() == version


def install_dependencies(name: str, python: str) -> Path:
    """Install the packages of a lock file, remove files that no function needs, compile the rest; return the folder."""
    folder = DEPENDENCIES / name

    def finish() -> None:
        for service in folder.joinpath(*BOTOCORE_DATA).iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
        shutil.rmtree(folder / "bin", ignore_errors=True)
        for file in list(folder.rglob("*")):
            if file.suffix in UNUSED_SUFFIXES or file.name in INSTALLER_FILES:
                file.unlink()
        compile_all(folder, python)

    install(LOCKS / f"{name}.txt", folder, finish)
    return folder


def install(lock: Path, folder: Path, finish: Callable[[], None] = lambda: None) -> None:
    """Empty the folder, install the packages of a lock file into it, then call `finish`.

    Only wheels for Lambda's platform are installed.

    Raise `Stopped` if a package can't be installed. Do nothing if all this was done before with the same lock
    file, the same version of Python, and the same content of this module.
    """
    stamp = folder.with_name(f"{folder.name}.ready")
    digest = hashlib.sha256(lock.read_bytes() + Path(__file__).read_bytes() + python_version().encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    platform = ["--python-platform", PLATFORM, "--python-version", python_version()]
    options = ["--require-hashes", "--only-binary", ":all:", "--system-certs"]
    command = [*UV, "pip", "install", "--quiet", *platform, *options, "--target", str(folder), "-r", str(lock)]
    if subprocess.run(command, check=False).returncode:
        raise Stopped(
            "The dependencies can't be installed; see above.\nNext: fix the error, then run the command again."
        )
    finish()
    stamp.write_text(digest)


def compile_all(folder: Path, python: str) -> None:
    """Compile a folder to bytecode that contains no times and no paths of this machine; raise `Stopped` on an error."""
    mode = ["--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", TASK_ROOT]
    command = [python, "-I", "-m", "compileall", "-q", "-f", *mode, str(folder)]
    if subprocess.run(command, check=False).returncode:
        raise Stopped(f"{folder} can't be compiled; see above.")


def _bundle(name: str, dependencies: Path) -> Bundle:
    """Make a zip, unless it was made before from the same files by the same content of this module."""
    target, stamp = ZIPS / f"{name}.zip", ZIPS / f"{name}.ready"
    files = {file.relative_to(root): file for root in (dependencies, SOURCES) for file in root.rglob("*")}
    contents = {path.as_posix(): file.read_bytes() for path, file in sorted(files.items()) if file.is_file()}
    hashing = hashlib.sha256(zlib.ZLIB_RUNTIME_VERSION.encode() + Path(__file__).read_bytes())
    for path, content in contents.items():
        hashing.update(f"{path} {len(content)} ".encode() + content)
    if not (target.exists() and stamp.exists() and stamp.read_text() == hashing.hexdigest()):
        for old in (stamp, target):  # other folders may have links to the old zip, which must not change
            old.unlink(missing_ok=True)
        with zipfile.ZipFile(target, "w") as archive:
            for path, content in contents.items():
                entry = zipfile.ZipInfo(path, EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
        stamp.write_text(hashing.hexdigest())
    unpacked = sum(map(len, contents.values()))
    if unpacked > LIMIT_MB * 1_000_000:
        raise Stopped(f"{name} has {unpacked / 1e6:.0f} MB when it is unpacked; Lambda's limit is {LIMIT_MB} MB.")
    return Bundle(name, target, target.stat().st_size, unpacked)
