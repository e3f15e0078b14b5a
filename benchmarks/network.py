"""A network of 3 ms between a function and its database: a TCP port that leads to the server's socket, and delays."""

import select
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

ROUND_TRIP_SECONDS = 0.003


class Network:
    """Carries what it is given after half a round trip; `round_trips` counts how often a client waited.

    A client waits when it speaks after the server has.
    """

    def __init__(self, unix_socket: str, port: socket.socket) -> None:
        self.round_trips = 0
        self._unix_socket = unix_socket
        self._listening = port
        self.port = port.getsockname()[1]
        self._other_end: dict[socket.socket, socket.socket] = {}
        self._answered: dict[socket.socket, bool] = {}  # of each client: whether the server spoke last
        self._on_its_way: deque[tuple[float, socket.socket, bytes]] = deque()

    def url(self, database: str) -> str:
        """Return the URL of a database through this network."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def carry(self, until: socket.socket) -> None:
        """Carry until `until` says something."""
        while True:
            wait = max(0.0, self._on_its_way[0][0] - monotonic()) if self._on_its_way else None
            readable, _, _ = select.select([until, self._listening, *self._other_end], [], [], wait)
            now = monotonic()
            if until in readable:
                break
            while self._on_its_way and self._on_its_way[0][0] <= now:
                _, to, data = self._on_its_way.popleft()
                with suppress(OSError):  # it is gone
                    to.sendall(data)
            for each in readable:
                if each is self._listening:
                    self._connect()
                elif each in self._other_end:
                    self._take(each, now)
        for each in self._other_end:
            each.close()

    def _connect(self) -> None:
        client, _ = self._listening.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._unix_socket)
        self._other_end |= {client: server, server: client}
        self._answered[client] = True

    def _take(self, sender: socket.socket, now: float) -> None:
        other = self._other_end[sender]
        try:
            data = sender.recv(65536)
        except OSError:
            data = b""
        if not data:
            for each in (sender, other):
                del self._other_end[each]
                self._answered.pop(each, None)
                each.close()
            return
        if sender in self._answered:
            self.round_trips += self._answered[sender]
            self._answered[sender] = False
        else:
            self._answered[other] = True
        self._on_its_way.append((now + ROUND_TRIP_SECONDS / 2, other, data))


@contextmanager
def network(unix_socket: str) -> Iterator[Network]:
    """Run a network before the server's socket."""
    ours, its = socket.socketpair()
    with ours, its, socket.create_server(("127.0.0.1", 0)) as port:
        running = Network(unix_socket, port)
        carrying = threading.Thread(target=running.carry, args=(its,), daemon=True)
        carrying.start()
        try:
            yield running
        finally:
            ours.sendall(b"end")
            carrying.join()
