"""Asks a proxy for many keys over one connection, some dozens at a time."""

import itertools
import socket

# More than a proxy's buffer holds at once is an error to HAProxy.
BATCH = 64


def ask(port, host, keys, answer_field, header="x-key"):
    """For each key the status, and that field of the answer ("" without it).

    One connection: the proxy sees the keys in their order.
    """
    answers = []
    waiting = iter(keys)
    connection = socket.create_connection(("127.0.0.1", port), 60)
    with connection, connection.makefile("rb", 1 << 16) as stream:
        while batch := list(itertools.islice(waiting, BATCH)):
            connection.sendall(b"".join(_request(host, header, k) for k in batch))
            answers += [_answer(_head(stream), answer_field) for _ in batch]
    return answers


def _request(host, header, key):
    return f"GET / HTTP/1.1\r\nHost: {host}\r\n{header}: {key}\r\n\r\n".encode()


def _head(stream):
    """The lines of the next answer's head; its body is skipped."""
    lines = []
    while (line := stream.readline()) not in (b"\r\n", b""):
        lines.append(line)
    if not lines:
        raise ConnectionError("the proxy closed the connection")
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            stream.read(int(value))
        elif name.lower() == b"transfer-encoding":
            while size := int(stream.readline(), 16):
                stream.read(size + 2)
            stream.readline()
    return lines


def _answer(lines, field):
    status = int(lines[0].split()[1])
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == field.encode():
            return status, value.strip().decode()
    return status, ""
