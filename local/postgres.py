"""A PostgreSQL server from an installed Python package, run as a child process of the program that uses it.

PostgreSQL's programs are started without a shell, so paths may have spaces. All files are in `home` and below /tmp.
What happens in special cases:

* `kill -9` of this process: on Linux the kernel signals the server (PR_SET_PDEATHSIG), which stops cleanly. Elsewhere
  the next start finds the server by its socket, and stops it.
* `kill -9` during `initdb`: the data is created in another folder, which is renamed when it is complete.
* Two processes with the same `home`: the second one finds the lock taken, and stops. The kernel releases the lock when
  the first one ends.
* root: PostgreSQL refuses to run as root, so it runs as `postgres` or `nobody`, in a folder that this user can reach.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.parent import stop_with_parent
from local.programs import (
    CannotStart,
    change_owner,
    find_binaries,
    identity_to_run_as,
    make_private,
    reachable_copy,
    refuse_foreign,
)

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 20
LEFTOVER_TIMEOUT_SECONDS = 5
SOCKET = ".s.PGSQL.5432"


def default_home(project: Path) -> Path:
    """Return the folder of this checkout's data: `.local`, or for root one in /var/tmp that other users can reach."""
    if os.geteuid() != 0:
        return project / ".local"
    return Path("/var/tmp") / f"slotledger-{hashlib.sha256(bytes(project.resolve())).hexdigest()[:12]}"


def url(home: Path) -> str:
    """Return the URL of the database in `home`, whether or not the server runs."""
    return f"postgresql://postgres@/postgres?host={socket_folder(home)}"


@contextmanager
def running(
    home: Path,
    when_it_ends: Callable[[], None] = lambda: None,
    *,
    binaries: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run a server with its data in `home`, and yield the URL of its database; stop it at the end of the block.

    If the server ends before that, `when_it_ends` is called in another thread. `binaries` is the folder of another
    PostgreSQL's programs; `settings` are added to the server's settings. Raise `CannotStart` if another process uses
    `home`, if `home` belongs to another user, or if the server can't be set up or started.
    """
    home.mkdir(parents=True, exist_ok=True)
    refuse_foreign(home, os.geteuid())
    home = home.resolve()
    with _exclusive_use(home):
        binaries, identity = binaries or find_binaries(), identity_to_run_as()
        if identity:
            home.chmod(0o755)  # the server's user has to enter it, also with a strict umask
            binaries = reachable_copy(home, binaries, identity)
        sockets = socket_folder(home)
        make_private(sockets, identity)
        data = home / "postgres"
        _stop_leftover_server(data, sockets, binaries, identity)
        if not data.exists():
            _init_data(home, data, binaries, identity)
        try:
            with _serving(home, data, sockets, binaries, identity, when_it_ends, settings or {}):
                yield url(home)
        finally:
            shutil.rmtree(sockets, ignore_errors=True)


@contextmanager
def _exclusive_use(home: Path) -> Iterator[None]:
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"another process is using the database in {home}; stop that process first") from None
        yield


def socket_folder(home: Path) -> Path:
    """Return the folder of the Unix socket, below /tmp: a socket's path has at most about 100 bytes."""
    return Path("/tmp") / f"slotledger-{os.geteuid()}-{hashlib.sha256(bytes(home.resolve())).hexdigest()[:12]}"


def _stop_leftover_server(data: Path, sockets: Path, binaries: Path, identity: dict[str, Any]) -> None:
    """Stop a server whose parent was killed, and remove the pid file of a server that was killed.

    This process has the lock, so no other process uses the server. Only a server that listens on the socket is stopped:
    the process in the pid file may be another program, or a zombie. A server that is starting or stopping gets some
    seconds. If sessions of a killed server still run, PostgreSQL notices that, and refuses to start.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + LEFTOVER_TIMEOUT_SECONDS
    while pid_file.exists() and time.monotonic() < deadline:
        if _connects(sockets / SOCKET):
            stop: list[str | Path] = [binaries / "pg_ctl", "stop", "-D", data, "-m", "fast", "-w"]
            subprocess.run(stop, check=False, capture_output=True, cwd="/", **identity)
        try:
            os.kill(int(pid_file.read_text().split()[0]), 0)
        except (OSError, ValueError, IndexError):  # there is no such process, or no such file any more
            break
        time.sleep(0.02)
    pid_file.unlink(missing_ok=True)


def _init_data(home: Path, data: Path, binaries: Path, identity: dict[str, Any]) -> None:
    incomplete = home / "postgres.new"
    shutil.rmtree(incomplete, ignore_errors=True)
    incomplete.mkdir(mode=0o700)
    change_owner(incomplete, identity)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions", "--no-sync"]
    initdb: list[str | Path] = [binaries / "initdb", "-D", incomplete, *options]
    result = subprocess.run(initdb, capture_output=True, text=True, cwd="/", env=_environment(), **identity)
    if result.returncode:
        raise CannotStart(f"initdb failed:\n{result.stderr.strip()}")
    incomplete.rename(data)


@contextmanager
def _serving(
    home: Path,
    data: Path,
    sockets: Path,
    binaries: Path,
    identity: dict[str, Any],
    when_it_ends: Callable[[], None],
    settings: Mapping[str, str],
) -> Iterator[None]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "timezone": "UTC",
        "max_connections": "60",
        **settings,
    }
    arguments = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    log_file = home / "postgres.log"
    with log_file.open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment(),
            start_new_session=True,  # so that Ctrl-C interrupts only this process, which then stops the server
            preexec_fn=stop_with_parent,
            **identity,
        )
    stopping = threading.Event()

    def watch() -> None:
        server.wait()
        if not stopping.is_set():
            when_it_ends()

    try:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not _answers(sockets / SOCKET):
            if server.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(f"PostgreSQL didn't start:\n{log_file.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)  # the server sends no event when it is ready
        threading.Thread(target=watch, daemon=True).start()
        yield
    finally:
        stopping.set()
        server.send_signal(signal.SIGINT)  # a "fast" shutdown: end the sessions, write everything, exit
        try:
            server.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def _answers(path: Path) -> bool:
    """Return whether the server accepts log-ins. The server opens its socket earlier."""
    start_up = b"\0\3\0\0user\0postgres\0database\0postgres\0\0"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            client.sendall((len(start_up) + 4).to_bytes(4, "big") + start_up)
            answer: bytes = client.recv(1)
        except OSError:
            return False
    return answer == b"R"
