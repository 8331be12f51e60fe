"""The same for sessions in a header, and for requests as a whole."""

import manifests as m
import pytest
from hostile import FRESH, PINNED, REFUSED, judge

# {t}: the session's token, {other}: of another session.
CASES = {
    "the token": (b"Session-A: {t}\r\n", {PINNED}),
    "the name in lower case": (b"session-a: {t}\r\n", {PINNED}),
    "the name in upper case": (b"SESSION-A:{t}\r\n", {PINNED}),
    "blanks around": (b"Session-A: \t {t} \t \r\n", {PINNED}),
    "a stray CR": (b"Session-A: {t}\r\r\n", {PINNED}),
    "two stray CRs": (b"Session-A: {t}\r\r\r\n", {PINNED, FRESH, REFUSED}),
    "quotes": (b'Session-A: "{t}"\r\n', {PINNED}),
    "garbage first": (b"Session-A: x\r\nSession-A: {t}\r\n", {PINNED}),
    "garbage behind": (b"Session-A: {t}\r\nSession-A: x\r\n", {PINNED}),
    "two tokens": (b"Session-A: {t}\r\nSession-A: {other}\r\n", {PINNED}),
    "two tokens in one line": (b"Session-A: {t}, {other}\r\n", {PINNED, FRESH}),
    "empty first": (b"Session-A:\r\nSession-A: {t}\r\n", {PINNED}),
    "four of garbage first": (b"Session-A: x\r\n" * 4 + b"Session-A: {t}\r\n", {FRESH}),
    "1000 lines first": (
        b"Session-A: x\r\n" * 1000 + b"Session-A: {t}\r\n",
        {FRESH, REFUSED},
    ),
    "garbage": (b"Session-A: garbage\r\n", {FRESH}),
    "an address in base64": (b"Session-A: MTI3LjAuMC4xOjMwMDA=\r\n", {FRESH}),
    "nothing": (b"Session-A:\r\n", {FRESH}),
    "blanks alone": (b"Session-A: \t \r\n", {FRESH}),
    "quotes alone": (b'Session-A: ""\r\n', {FRESH}),
    "one quote alone": (b'Session-A: "\r\n', {FRESH}),
    "junk behind": (b"Session-A: {t}x\r\n", {FRESH}),
    "junk before": (b"Session-A: x{t}\r\n", {FRESH}),
    "a tab within": (b"Session-A: {t}\t{t}\r\n", {FRESH}),
    "a longer name": (b"Session-AB: {t}\r\n", {FRESH}),
    "a shorter name": (b"Session-: {t}\r\n", {FRESH}),
    "underscores": (b"Session_A: {t}\r\n", {FRESH}),
    "in a cookie": (b"Cookie: Session-A={t}\r\n", {FRESH}),
    "NUL": (b"Session-A: {t}\0\r\n", {FRESH, REFUSED}),
    "a control character": (b"Session-A: \x01{t}\r\n", {FRESH, REFUSED}),
    "8 bits": (b"Session-A: {t}\xff\r\n", {FRESH, REFUSED}),
    "8 KB": (b"Session-A: " + b"A" * 8192 + b"\r\n", {FRESH, REFUSED}),
    "40 KB": (b"Session-A: " + b"A" * 40_960 + b"\r\n", {FRESH, REFUSED}),
    "a folded line": (b"Session-A:\r\n {t}\r\n", {PINNED, REFUSED}),
    "SQL": (b"Session-A: '; DROP TABLE sessions; --\r\n", {FRESH}),
    "a format string": (b"Session-A: %n%s%99999999d\r\n", {FRESH}),
    "a blank before the colon": (b"Session-A : {t}\r\n", {REFUSED}),
    "a line without a colon": (b"Session-A\r\n", {REFUSED}),
    "a line that begins with a colon": (b": {t}\r\n", {REFUSED}),
    "named in Connection": (b"Session-A: {t}\r\nConnection: session-a\r\n", {PINNED}),
}


@pytest.fixture(scope="module")
def gateway(start_shared_gateway, endpoints):
    return start_shared_gateway(m.one_rule(endpoints, m.shape_a("Header")))


@pytest.fixture
def session(gateway):
    session = gateway.session("Header")
    session.pod = session.begin()
    return session


@pytest.mark.parametrize("name", CASES)
def test_the_gateway_survives(gateway, session, name):
    case, expected = CASES[name]
    other = gateway.session("Header")
    other.begin()
    fields = case.replace(b"{t}", session.token.encode())
    fields = fields.replace(b"{other}", other.token.encode())
    request = b"GET / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n"
    responses = [gateway.raw(request) for _ in range(4)]
    assert judge(responses, session) in expected
    session.stays_with(session.pod, times=2)
    assert gateway.running


# A request as a whole, and the statuses that are right for it.
REQUESTS = {
    "nothing but line ends": (b"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", {200}),
    "no HTTP": (b"hello\r\n\r\n", {400}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 505}),
    "HTTP/0.9": (b"GET /\r\n\r\n", {400, 505}),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\nHost: x\r\n\r\n", {200, 400, 505}),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", {400, 505}),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", {400}),
    "two Hosts": (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", {400}),
    "a Host that is none": (b"GET / HTTP/1.1\r\nHost: a b/c\r\n\r\n", {400}),
    "a blank in the target": (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", {400, 505}),
    "a target that is no path": (b"GET a HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "NUL in the target": (b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "a method that is no token": (b"G@T / HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "CONNECT": (b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", {400, 405, 501}),
    "a 100 KB target": (
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        {400, 414, 431},
    ),
    "both lengths": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "both lengths, the other way round": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Length: 5\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "two different lengths": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
        b"Content-Length: 2\r\n\r\nab",
        {400},
    ),
    "a list of lengths": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\nab",
        {400},
    ),
    "a negative length": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        {400},
    ),
    "a length with a sign": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na",
        {400},
    ),
    "a length that is too large": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "
        b"99999999999999999999999999\r\n\r\n",
        {400, 413},
    ),
    "a length with a stray CR": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\r\n\r\na",
        {400},
    ),
    "a chunked coding with a stray CR": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\r\n\r\n0\r\n\r\n",
        {400, 501},
    ),
    "an unknown coding": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        {400, 501},
    ),
    "chunked twice": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400, 501},
    ),
    "chunked before another coding": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"
        b"0\r\n\r\n",
        {400, 501},
    ),
    "chunked in HTTP/1.0": (
        b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "a chunk size that is none": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        {400},
    ),
    "a chunk size that overflows": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"fffffffffffffffff\r\n",
        {400, 413},
    ),
    "an unknown expectation": (
        b"GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n",
        {200, 417},
    ),
    "a first line that is folded": (
        b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        {400},
    ),
    "5000 fields": (
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
        {200, 431},
    ),
    "100 KB of fields": (
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
        {431},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_answered_as_it_deserves(gateway, session, name):
    request, statuses = REQUESTS[name]
    response = gateway.raw(request)
    assert response.status in statuses
    if response.status >= 400:
        assert response.value("session-a") is None
    session.stays_with(session.pod, times=1)
    assert gateway.running


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
        b"GET / HTTP/1.1\r\nHost: x\r\nSession-A: ",
        b"G",
        b"",
    ],
)
def test_a_client_that_leaves_in_the_middle_harms_nobody(
    gateway, session, request_bytes
):
    with gateway.connect() as connection:
        connection.send(request_bytes)
    session.stays_with(session.pod, times=2)
    assert gateway.running


def test_what_follows_a_refused_request_is_not_taken_for_a_request(gateway):
    with gateway.connect() as connection:
        connection.send(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 41\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        assert connection.response().status == 400
        assert connection.is_over()
