"""A small HTTP/1.1 client that shows every byte: fields in their order, case and
number, and requests that no well-behaved client would send."""

import dataclasses
import json
import socket
from typing import Any, List, Optional, Tuple

TIMEOUT = 15.0  # seconds; far more than any answer takes

Field = Tuple[str, str]


@dataclasses.dataclass
class Response:
    status: int
    fields: List[Field]
    body: bytes

    def values(self, name):
        """Of all fields of that name, in order."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def value(self, name):
        """Of the only field of that name, None if there is none."""
        values = self.values(name)
        assert len(values) <= 1, f"{name} more than once: {values}"
        return values[0] if values else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def pod(self) -> str:
        """Who answered, if an echo did."""
        assert self.status == 200, f"{self.status}: {self.body!r}"
        return self.json["pod"]


class Connection:
    """One connection, kept alive."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._file.close()
        self.socket.close()

    def send(self, data: bytes):
        """Sends bytes as they are. A peer that has hung up is no error: what it
        said before is still to be read."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return

    def request(self, target="/", fields=(), method="GET", host="gateway.test"):
        self.send(head(target, fields, method, host))
        return self.response(method)

    def interim(self) -> int:
        """The status of the next head, which has no body."""
        status, _ = self._head()
        return status

    def response(self, method="GET") -> Response:
        """The next response that is final."""
        while True:
            status, fields = self._head()
            if status >= 200:
                break
        response = Response(status, fields, b"")
        if method != "HEAD" and status not in (204, 304):
            response.body = self._body(response)
        return response

    def is_over(self) -> bool:
        """Whether the peer closes the connection and says no more."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def _line(self) -> bytes:
        line = self._file.readline(256 * 1024)
        if not line.endswith(b"\r\n"):
            raise ConnectionError(f"the connection ended within a line: {line!r}")
        return line[:-2]

    def _head(self):
        status_line = self._line().decode("latin-1")
        version, status, _ = status_line.split(" ", 2)
        assert version == "HTTP/1.1", status_line
        fields = []
        while True:
            line = self._line().decode("latin-1")
            if not line:
                return int(status), fields
            name, value = line.split(":", 1)
            fields.append((name, value.strip(" \t")))

    def _body(self, response: Response) -> bytes:
        if response.value("transfer-encoding") == "chunked":
            parts = []
            while True:
                size = int(self._line().split(b";")[0], 16)
                part = self._exactly(size)
                assert self._line() == b""
                if size == 0:
                    return b"".join(parts)
                parts.append(part)
        length = response.value("content-length")
        return self._file.read() if length is None else self._exactly(int(length))

    def _exactly(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) != size:
            raise ConnectionError(f"{len(data)} bytes of {size}")
        return data


def head(target="/", fields=(), method="GET", host="gateway.test") -> bytes:
    """A request's head, nothing about it checked."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def get(address, target="/", fields=(), method="GET", host="gateway.test") -> Response:
    """One request on a connection of its own."""
    with Connection(address) as connection:
        return connection.request(target, fields, method, host)


def send_raw(address, data: bytes) -> Response:
    """Sends bytes as they are and reads one response."""
    with Connection(address) as connection:
        connection.send(data)
        return connection.response()


def cookie_pair(response: Response, name: str) -> Optional[str]:
    """The value of the cookie that the response sets under that name."""
    for line in response.values("set-cookie"):
        key, value = line.split(";")[0].split("=", 1)
        if key == name:
            return value
    return None


class Session:
    """A client that keeps the last token it was given, as browsers do.

    kind: Cookie or Header, `name` the cookie's or header's.
    token: None if it has none.
    """

    def __init__(self, address, kind, name="Session-A", target="/"):
        self.address = address
        self.kind = kind
        self.name = name
        self.target = target
        self.token: Optional[str] = None

    def fields(self) -> List[Field]:
        if self.token is None:
            return []
        if self.kind == "Cookie":
            return [("Cookie", f"theme=dark; {self.name}={self.token}")]
        return [(self.name, self.token)]

    def token_of(self, response: Response) -> Optional[str]:
        if self.kind == "Cookie":
            return cookie_pair(response, self.name)
        return response.value(self.name)

    def take(self, response: Response) -> Optional[str]:
        """Keeps the token of a response; returns it, None if there is none."""
        token = self.token_of(response)
        self.token = token or self.token
        return token

    def send(self, target=None, on: Optional[Connection] = None) -> Response:
        """One request with the token; that of the response is not taken."""
        target = target or self.target
        if on is not None:
            return on.request(target, self.fields())
        return get(self.address, target, self.fields())

    def get(self, target=None, on: Optional[Connection] = None) -> Response:
        response = self.send(target, on)
        self.take(response)
        return response

    def begin(self, target=None) -> str:
        """Begins a session; returns the pod that it is pinned to."""
        response = self.get(target)
        assert self.token_of(response), f"no token: {response.fields}"
        return response.pod

    def stays_with(self, pod, times=4):
        """Asserts that the session is kept: the same pod, no new token."""
        for _ in range(times):
            response = self.send()
            assert response.pod == pod
            assert self.token_of(response) is None, "a kept session got a new token"
