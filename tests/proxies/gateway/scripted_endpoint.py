"""An endpoint that answers with the bytes that a test tells it to."""

import contextlib
import dataclasses
import socket
import threading
from typing import List, Tuple

HANG_UP = object()


@dataclasses.dataclass
class Request:
    line: str
    fields: List[Tuple[str, str]]
    body: bytes

    def values(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]


class ScriptedEndpoint:
    """Serves each connection in a thread of its own, until it is stopped.

    answer: what to say to a Request, bytes of a whole response. None closes the
        connection without a word, (bytes, HANG_UP) with these.
    requests: those that came, in order.
    reads_bodies: off, it answers as soon as it has a request's head.
    """

    def __init__(self, answer, pod):
        self.pod = pod
        self.requests: List[Request] = []
        self.reads_bodies = True
        self._answer = answer
        self._open = set()
        self._lock = threading.Lock()
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def stop(self):
        # Wakes the thread that accepts.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            thread = threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection.makefile("rb") as file:
            while True:
                request = _read(file, self.reads_bodies)
                if request is None:
                    break
                self.requests.append(request)
                response = self._answer(request)
                if response is None:
                    break
                if isinstance(response, tuple):
                    connection.sendall(response[0])
                    break
                connection.sendall(response)
        with self._lock:
            self._open.discard(connection)
        connection.close()


def _read(file, reads_body):
    line = file.readline()
    if not line.endswith(b"\r\n"):
        return None
    request = Request(line.decode("latin-1").strip(), [], b"")
    while True:
        line = file.readline()
        if line in (b"\r\n", b""):
            break
        name, value = line.decode("latin-1").split(":", 1)
        request.fields.append((name, value.strip()))
    if not reads_body:
        return request
    if "chunked" in request.values("transfer-encoding"):
        size = -1
        while size != 0:
            size = int(file.readline(), 16)
            request.body += file.read(size)
            while size == 0 and file.readline() not in (b"\r\n", b""):
                pass  # trailers
            if size:
                file.readline()
    for length in request.values("content-length"):
        request.body = file.read(int(length))
    return request


def response(fields=(), body=b"", status="200 OK", length=True):
    """The bytes of a response."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields)]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
