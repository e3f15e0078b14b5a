"""A proxy between a function and its database. Through the proxy, a round trip takes 3 ms.

The proxy listens on a TCP port, and forwards data to the database server's Unix socket.
"""

import select
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

ROUND_TRIP_SECONDS = 0.003


class DelayProxy:
    """Forwards data in each direction after half a round trip's time, and counts round trips.

    A round trip begins when a client sends its first data, or sends data after the server did.
    """

    def __init__(self, unix_socket: str, listener: socket.socket) -> None:
        self.round_trips = 0
        self._unix_socket = unix_socket
        self._listener = listener
        self.port = listener.getsockname()[1]
        self._other_end: dict[socket.socket, socket.socket] = {}
        self._is_answered: dict[socket.socket, bool] = {}  # by client: whether the last data came from the server
        self._in_transit: deque[tuple[float, socket.socket, bytes]] = deque()  # when to send, receiver, data

    def url(self, database: str) -> str:
        """Return the URL of a database through this proxy."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def forward(self, until: socket.socket) -> None:
        """Forward data until something arrives at the socket `until`."""
        while True:
            wait = max(0.0, self._in_transit[0][0] - monotonic()) if self._in_transit else None
            readable, _, _ = select.select([until, self._listener, *self._other_end], [], [], wait)
            now = monotonic()
            if until in readable:
                break
            while self._in_transit and self._in_transit[0][0] <= now:
                _, receiver, data = self._in_transit.popleft()
                with suppress(OSError):  # the receiver has closed the connection
                    receiver.sendall(data)
            for each in readable:
                if each is self._listener:
                    self._connect()
                elif each in self._other_end:
                    self._receive(each, now)
        for each in self._other_end:
            each.close()

    def _connect(self) -> None:
        client, _ = self._listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._unix_socket)
        self._other_end |= {client: server, server: client}
        self._is_answered[client] = True

    def _receive(self, sender: socket.socket, now: float) -> None:
        receiver = self._other_end[sender]
        try:
            data = sender.recv(65536)
        except OSError:
            data = b""
        if not data:
            for each in (sender, receiver):
                del self._other_end[each]
                self._is_answered.pop(each, None)
                each.close()
            return
        if sender in self._is_answered:
            self.round_trips += self._is_answered[sender]
            self._is_answered[sender] = False
        else:
            self._is_answered[receiver] = True
        self._in_transit.append((now + ROUND_TRIP_SECONDS / 2, receiver, data))


@contextmanager
def run_delay_proxy(unix_socket: str) -> Iterator[DelayProxy]:
    """Run a proxy in front of the server's socket."""
    stop, until = socket.socketpair()
    with stop, until, socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = DelayProxy(unix_socket, listener)
        thread = threading.Thread(target=proxy.forward, args=(until,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            stop.sendall(b"stop")
            thread.join()
