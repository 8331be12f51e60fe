"""An upstream that says which of its addresses got a request, and never answers:
requests stay active."""

import queue
import socket
import threading

HELD_WITHIN = 20  # seconds


class HoldingUpstream:
    def __init__(self):
        self._listener = socket.create_server(("0.0.0.0", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self._held = queue.SimpleQueue()
        self._connections = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._hold, args=(connection,), daemon=True).start()

    def _hold(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            received = connection.recv(1 << 16)
            if not received:
                return
            data += received
        self._held.put(connection.getsockname()[0])

    def next(self):
        """The address that got the next request."""
        return self._held.get(timeout=HELD_WITHIN)

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            connection.close()
