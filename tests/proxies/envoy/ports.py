"""Ports of this process's own: Envoys that listen on the same one share it, and an
endpoint that is down must not come back as that of another test."""

import contextlib
import itertools
import os
import socket

# Below those that Linux gives to clients, above 10,080 and 10,443, where Envoy
# Gateway listens; so many for each worker of pytest-xdist.
_FIRST = 12_000
_COUNT = 80
_WORKERS = 250

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_mine = _FIRST + _worker % _WORKERS * _COUNT
_next = itertools.cycle(range(_mine, _mine + _COUNT))


def free_port():
    for port in itertools.islice(_next, _COUNT):
        with contextlib.suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            return port
    raise OSError(f"no free port from {_mine} on")
