"""A proxy in front of PostgreSQL that counts round trips, and can cut the connection after any byte."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Proxy:
    """A TCP proxy. A round trip begins when a client sends its first data, or sends data after the server did.

    It cuts a connection after `let_through` bytes from the server, if this isn't None. With `is_deaf`, it forwards
    nothing from clients. `from_server` is the number of bytes that the server has sent on all connections.
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
        # Closing alone doesn't wake a thread that waits for a connection.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.target)
                state = {"has_server_sent": True}
                for sender, receiver, is_client in ((client, server, True), (server, client, False)):
                    arguments = (sender, receiver, is_client, state)
                    threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(self, sender: socket.socket, receiver: socket.socket, is_client: bool, state: dict[str, bool]) -> None:
        remaining = self.let_through
        with contextlib.suppress(OSError):
            while data := sender.recv(65536):
                if is_client and self.is_deaf:
                    self._closed.wait()
                with self._lock:
                    if is_client:
                        self.round_trips += state["has_server_sent"]
                        state["has_server_sent"] = False
                    else:
                        state["has_server_sent"] = True
                        self.from_server += len(data)
                if not is_client and remaining is not None:
                    data, remaining = data[:remaining], remaining - len(data)
                    receiver.sendall(data)
                    if remaining <= 0:
                        break
                else:
                    receiver.sendall(data)
        for each in (sender, receiver):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """Run a proxy in front of a Unix socket."""
    running = Proxy(target)
    try:
        yield running
    finally:
        running.close()
