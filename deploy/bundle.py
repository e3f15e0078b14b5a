"""Zips: for each function what it imports, for Lambda's platform, with bytecode.

The same commit gives the same bytes, where Python and its zlib are the same: no time and no place is in them.

Bytecode isn't checked against its source when it is loaded, which takes two thirds off a cold start's processor time
(`docs/decisions/cold-start.md`). It must be of the Python that the functions run on, so one has to be here.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from deploy import imports
from deploy.stages import BUILD, ROOT, Stopped, ca_files, handlers, python_version

LOCK = ROOT / "requirements" / "functions.txt"
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
LEFT_OUT = (".pyi", ".pyx", ".pxd", ".c", ".h")
OF_THE_INSTALLATION = ("INSTALLER", "RECORD", "REQUESTED")  # scripts stand there with this checkout's path
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A function's zip; sizes in bytes."""

    function: str
    file: Path
    size: int
    unpacked: int

    @property
    def sha256(self) -> bytes:
        """What AWS calls a function's code by."""
        return hashlib.sha256(self.file.read_bytes()).digest()


def build() -> list[Bundle]:
    """Make all zips, each in `ZIPS`; `Stopped` where the Python that compiles them isn't there."""
    if missing := [file for file in ca_files() if not (ROOT / file).is_file()]:
        raise Stopped(f"serverless.yml: databaseCaFile names {', '.join(missing)}, which isn't there.")
    modules = {function: imports.modules_of(handler) for function, handler in handlers().items()}
    for function, handler in handlers().items():
        if handler not in modules[function] or "\nhandler = " not in modules[function][handler].read_text():
            raise Stopped(f"serverless.yml: {function} has its handler in {handler}, where there is none.")
    python = interpreter()
    install_dependencies(python)
    shutil.rmtree(SOURCES, ignore_errors=True)
    for file in {file for found in modules.values() for file in found.values()}:
        copy = SOURCES / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    compile_all(SOURCES, python)
    shutil.rmtree(ZIPS, ignore_errors=True)
    ZIPS.mkdir(parents=True)
    contents = {function: _contents(list(found.values())) for function, found in modules.items()}
    with ThreadPoolExecutor() as threads:  # compressing is most of the work, and doesn't hold Python up
        return list(threads.map(_bundle, contents.keys(), contents.values()))


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


def install_dependencies(python: str) -> None:
    """Install what is locked into `DEPENDENCIES`, without what nobody calls, and compile it."""

    def finish() -> None:
        for service in DEPENDENCIES.joinpath(*BOTOCORE_DATA).iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
        compile_all(DEPENDENCIES, python)

    install(LOCK, DEPENDENCIES, finish)


def install(lock: Path, folder: Path, finish: Callable[[], None] = lambda: None) -> None:
    """Install locked wheels for Lambda's platform, whatever the platform here; once for each lock file."""
    stamp = folder / "ready"
    made_of = hashlib.sha256(lock.read_bytes() + Path(__file__).read_bytes() + python_version().encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == made_of:
        return
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


def _contents(modules: list[Path]) -> dict[str, Path]:
    """Return the files that a function is made of, by their names in its zip."""
    files = {file.relative_to(ROOT).as_posix(): SOURCES / file.relative_to(ROOT) for file in modules}
    files |= {file: ROOT / file for file in ca_files()}
    for distribution in imports.distributions_for(modules, DEPENDENCIES):
        files.update(_files_of(distribution))
    return files | {name: found for path in files.values() for name, found in _bytecode(path)}


def _bundle(function: str, files: dict[str, Path]) -> Bundle:
    unpacked = 0
    target = ZIPS / f"{function}.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, file in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            content = file.read_bytes()
            unpacked += len(content)
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    if unpacked > LIMIT_MB * 1_000_000:
        raise Stopped(f"{function} unpacks to {unpacked / 1e6:.0f} MB; Lambda takes {LIMIT_MB}.")
    return Bundle(function, target, target.stat().st_size, unpacked)


def _files_of(distribution: Distribution) -> Iterator[tuple[str, Path]]:
    for file in distribution.files or []:
        path = Path(str(file.locate()))
        is_ours = not file.parts[0].startswith("..") and file.parts[0] != "bin"
        is_left_out = file.suffix in LEFT_OUT or file.name in OF_THE_INSTALLATION or "__pycache__" in file.parts
        if is_ours and not is_left_out and path.is_file():
            yield file.as_posix(), path


def _bytecode(source: Path) -> Iterator[tuple[str, Path]]:
    if source.suffix == ".py":
        root = SOURCES if source.is_relative_to(SOURCES) else DEPENDENCIES
        tag = f"cpython-{python_version().replace('.', '')}"
        compiled = source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"
        yield compiled.relative_to(root).as_posix(), compiled
