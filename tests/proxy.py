"""A proxy in front of PostgreSQL that counts round trips, and can cut the connection after any byte."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Proxy:
    """It lets through what it is told, and counts: a round trip is that the client speaks after the server has.

    `let_through` bytes of the server reach the client on each connection, then it is cut; None is no bound. One that
    `is_deaf` takes nothing more from a client.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.let_through: int | None = None
        self.is_deaf = False
        self.round_trips = 0
        self.from_server = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        # A thread that waits in accept isn't woken by close alone.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.target)
                state = {"server_spoke": True}
                for one, other, is_client in ((client, server, True), (server, client, False)):
                    arguments = (one, other, is_client, state)
                    threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket, is_client: bool, state: dict[str, bool]) -> None:
        left = self.let_through
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if is_client and self.is_deaf:
                    self._closed.wait()
                with self._lock:
                    if is_client:
                        self.round_trips += state["server_spoke"]
                        state["server_spoke"] = False
                    else:
                        state["server_spoke"] = True
                        self.from_server += len(data)
                if not is_client and left is not None:
                    data, left = data[:left], left - len(data)
                    other.sendall(data)
                    if left <= 0:
                        break
                else:
                    other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """Run a proxy in front of the Unix socket."""
    running = Proxy(target)
    try:
        yield running
    finally:
        running.close()
