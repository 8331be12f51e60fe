"""The bones of a reverse proxy: fields, bodies, connections."""

import concurrent.futures
import contextlib
import hashlib
import socket
import threading
import time

import manifests as m
import pytest
from http_client import head
from scripted_endpoint import HANG_UP, response

MIB = 1 << 20


@pytest.fixture
def gateway(start_gateway, endpoints):
    return start_gateway(m.one_rule(endpoints, m.shape_a()))


@pytest.fixture
def start_scripted(start_gateway, scripted):
    """Starts a gateway before an endpoint that answers as told; both of them."""

    def start(answer, session=None):
        endpoint = scripted(answer)
        return start_gateway(m.one_rule([endpoint], session)), endpoint

    return start


def always(data):
    return lambda request: data


# --- fields ---


def test_the_endpoints_own_cookies_are_kept_apart_and_ours_is_appended(
    start_scripted,
):
    own = ["a=1; Path=/", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "a=3"]
    fields = [("Set-Cookie", line) for line in own]
    gateway, _ = start_scripted(always(response(fields)), m.shape_a("Cookie"))
    lines = gateway.get().values("set-cookie")
    assert lines[:-1] == own
    assert lines[-1].startswith("Session-A=")
    kept = gateway.get(fields=[("Cookie", lines[-1].split(";")[0])])
    assert kept.values("set-cookie") == own


def test_an_endpoint_cannot_set_the_gateways_own_cookie(start_scripted):
    fields = [("Set-Cookie", "Session-A=mine; Path=/"), ("Set-Cookie", "b=2")]
    gateway, _ = start_scripted(always(response(fields)), m.shape_a("Cookie"))
    first, second = gateway.get().values("set-cookie")
    assert first == "b=2"
    assert second.startswith("Session-A=")
    assert not second.startswith("Session-A=mine")


def test_an_endpoint_cannot_set_the_gateways_own_header(start_scripted):
    answer = always(response([("SESSION-a", "mine")]))
    gateway, _ = start_scripted(answer, m.shape_a("Header"))
    assert gateway.get().value("session-a") != "mine"


def test_fields_of_one_name_are_kept_apart_and_in_order(start_scripted):
    fields = [("X-Two", "1"), ("Y", "between"), ("x-two", "2, 3")]
    gateway, endpoint = start_scripted(always(response(fields)))
    answer = gateway.get(fields=fields)
    assert answer.values("x-two") == ["1", "2, 3"]
    assert endpoint.requests[0].values("x-two") == ["1", "2, 3"]


def test_hop_by_hop_fields_of_a_request_are_removed(start_scripted):
    gateway, endpoint = start_scripted(always(response()))
    gone = [
        ("Connection", "x-private, close"),
        ("X-Private", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "keep-alive"),
        ("Proxy-Authorization", "Basic eDp5"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Upgrade", "websocket"),
    ]
    gateway.get(fields=[*gone, ("X-Public", "2")])
    names = {name.lower() for name, _ in endpoint.requests[0].fields}
    assert not names & {name.lower() for name, _ in gone}
    assert endpoint.requests[0].values("x-public") == ["2"]


def test_hop_by_hop_fields_of_a_response_are_removed(start_scripted):
    gone = [
        ("Connection", "keep-alive, X-Private"),
        ("X-Private", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Authenticate", "Basic"),
        ("Trailer", "x"),
        ("Upgrade", "h2c"),
    ]
    gateway, _ = start_scripted(always(response([*gone, ("X-Public", "2")])))
    answer = gateway.get()
    names = {name for name, _ in answer.fields}
    assert not names & {name.lower() for name, _ in gone}
    assert answer.value("x-public") == "2"


def test_a_client_cannot_take_away_the_host_or_its_address(start_scripted):
    gateway, endpoint = start_scripted(always(response()))
    gateway.get(fields=[("Connection", "host, x-forwarded-for, session-a")])
    assert endpoint.requests[0].values("host") == ["gateway.test"]
    assert endpoint.requests[0].values("x-forwarded-for") == ["127.0.0.1"]


def test_the_path_and_query_are_passed_on_as_they_are(gateway):
    target = "/a/../b//c/%2F%00;x=1?q=a%20b&&=%zz"
    assert gateway.get(target).json["path"] == target


def test_an_absolute_target_is_routed_by_its_own_host(gateway):
    answer = gateway.get("http://other.test/x?y", host="gateway.test")
    assert answer.json["path"] == "/x?y"
    assert answer.json["host"] == "other.test"


# --- bodies ---


def test_a_body_of_1_mib_is_passed_on_with_its_length(start_scripted):
    gateway, endpoint = start_scripted(always(response(status="201 Created")))
    body = bytes(range(256)) * (MIB // 256)
    fields = [("Content-Length", str(len(body)))]
    with gateway.connect() as connection:
        connection.send(head(fields=fields, method="POST") + body)
        assert connection.response().status == 201
    (request,) = endpoint.requests
    assert hashlib.sha256(request.body).digest() == hashlib.sha256(body).digest()


def test_a_chunked_body_is_passed_on(start_scripted):
    gateway, endpoint = start_scripted(always(response(status="202 Accepted")))
    chunks = [b"x", b"ab" * 5000, bytes(70_000), b"end"]
    with gateway.connect() as connection:
        fields = [("Transfer-Encoding", "chunked")]
        connection.send(head(fields=fields, method="PUT"))
        for chunk in chunks:
            connection.send(b"%x;ext=1\r\n%s\r\n" % (len(chunk), chunk))
        connection.send(b"0\r\n\r\n")
        assert connection.response().status == 202
        assert connection.request().status == 202
    assert endpoint.requests[0].body == b"".join(chunks)


@pytest.mark.parametrize("status", [200, 201, 404, 500, 503])
def test_the_endpoints_status_comes_back(gateway, status):
    fields = [("Content-Length", "5")]
    with gateway.connect() as connection:
        for _ in range(3):
            connection.send(head(f"/status/{status}", fields, "POST") + b"hello")
            assert connection.response().status == status


def test_a_body_is_not_collected_before_it_is_passed_on(start_scripted):
    arrived = threading.Event()

    def answer(request):
        arrived.set()
        return response()

    gateway, _ = start_scripted(answer)
    with gateway.connect() as connection:
        connection.send(head(fields=[("Content-Length", "10")], method="POST"))
        connection.send(b"01234")
        assert not arrived.wait(0.05)
        connection.send(b"56789")
        assert connection.response().status == 200


def test_a_large_response_comes_whole(start_scripted):
    body = bytes(range(256)) * (4 * MIB // 256)
    gateway, _ = start_scripted(always(response(body=body)))
    assert gateway.get().body == body


def test_a_chunked_response_comes_whole(start_scripted):
    chunks = b"".join(b"%x\r\n%s\r\n" % (n, b"z" * n) for n in (1, 100, 70_000))
    fields = [("Transfer-Encoding", "chunked")]
    data = response(fields, length=False) + chunks + b"0\r\n\r\n"
    gateway, _ = start_scripted(always(data))
    with gateway.connect() as connection:
        for _ in range(2):
            assert connection.request().body == b"z" * 70_101


def test_a_response_that_ends_with_its_connection_comes_whole(start_scripted):
    data = response([("Connection", "close")], length=False) + b"until the end"
    gateway, _ = start_scripted(lambda request: (data, HANG_UP))
    with gateway.connect() as connection:
        for _ in range(3):
            assert connection.request().body == b"until the end"


def test_a_response_that_breaks_off_is_not_passed_for_whole(start_scripted):
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
    gateway, _ = start_scripted(lambda request: (data, HANG_UP))
    with gateway.connect() as connection, pytest.raises(ConnectionError):
        connection.request()
    assert gateway.running


def test_head_has_the_fields_and_no_body(gateway):
    with gateway.connect() as connection:
        answer = connection.request("/get", method="HEAD")
        assert answer.status == 200
        assert int(answer.value("content-length")) > 0
        assert answer.value("session-a")
        # What came next would show a body.
        assert connection.request("/get").status == 200


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_leaves_the_connection_in_order(gateway, status):
    with gateway.connect() as connection:
        for _ in range(3):
            assert connection.request(f"/status/{status}").status == status
        assert connection.request("/get").status == 200


def test_an_interim_response_is_not_taken_for_the_final_one(start_scripted):
    data = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + response(body=b"final")
    gateway, _ = start_scripted(always(data))
    assert gateway.get().body == b"final"


def test_an_answer_before_the_end_of_the_body_comes_through(start_scripted):
    answer = response([("Connection", "close")], b"too large", "413 Too Large")
    gateway, endpoint = start_scripted(always((answer, HANG_UP)))
    endpoint.reads_bodies = False
    with gateway.connect() as connection:
        fields = [("Content-Length", str(64 * MIB))]
        connection.send(head(fields=fields, method="POST") + bytes(MIB))
        early = connection.response()
        assert early.status == 413
        assert early.body == b"too large"
        # What is left of the body must not be taken for a request.
        assert connection.is_over()


def test_trailers_of_a_response_do_not_disturb_the_next_one(start_scripted):
    fields = [("Transfer-Encoding", "chunked")]
    data = response(fields, length=False) + b"2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
    gateway, _ = start_scripted(always(data))
    with gateway.connect() as connection:
        for _ in range(3):
            assert connection.request().body == b"ok"


def test_trailers_of_a_request_do_not_disturb_the_next_one(gateway):
    with gateway.connect() as connection:
        for _ in range(3):
            fields = [("Transfer-Encoding", "chunked")]
            connection.send(
                head("/status/201", fields, "POST")
                + b"2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
            )
            assert connection.response().status == 201


# --- connections ---


def test_a_connection_serves_many_requests(gateway):
    session = gateway.session("Header")
    pod = session.begin()
    with gateway.connect() as connection:
        for _ in range(200):
            assert session.send(on=connection).pod == pod


def test_pipelined_requests_are_answered_in_order(gateway):
    with gateway.connect() as connection:
        connection.send(b"".join(head(f"/{i}") for i in range(20)))
        paths = [connection.response().json["path"] for _ in range(20)]
    assert paths == [f"/{i}" for i in range(20)]


def test_pipelined_bodies_are_kept_apart(start_scripted):
    gateway, endpoint = start_scripted(lambda r: response(body=r.body.upper()))
    with gateway.connect() as connection:
        data = b""
        for i in range(10):
            body = b"body %d" % i
            length = [("Content-Length", str(len(body)))]
            data += head(fields=length, method="POST") + body
            chunked = [("Transfer-Encoding", "chunked")]
            data += head(fields=chunked, method="POST")
            data += b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        connection.send(data)
        bodies = [connection.response().body for _ in range(20)]
    assert bodies == [b"BODY %d" % (i // 2) for i in range(20)]
    assert len(endpoint.requests) == 20


def test_a_client_may_close_its_half_of_the_connection(gateway):
    with gateway.connect() as connection:
        connection.send(head("/get?delay=50ms"))
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.response().status == 200
        assert connection.is_over()


def test_a_request_may_come_byte_by_byte(gateway):
    with gateway.connect() as connection:
        for byte in head("/slow"):
            connection.send(bytes([byte]))
        assert connection.response().json["path"] == "/slow"


def test_connection_close_is_honoured(gateway):
    with gateway.connect() as connection:
        answer = connection.request(fields=[("Connection", "close")])
        assert answer.status == 200
        assert answer.value("connection") == "close"
        assert connection.is_over()


def test_http_1_0_is_served_and_closed(gateway):
    with gateway.connect() as connection:
        connection.send(b"GET /old HTTP/1.0\r\n\r\n")
        answer = connection.response()
        assert answer.json["path"] == "/old"
        assert connection.is_over()


def test_http_1_0_may_keep_its_connection(gateway):
    with gateway.connect() as connection:
        for _ in range(2):
            connection.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert connection.response().status == 200


def test_http_1_0_gets_no_chunks(start_scripted):
    fields = [("Transfer-Encoding", "chunked")]
    data = response(fields, length=False) + b"5\r\nhello\r\n0\r\n\r\n"
    gateway, _ = start_scripted(always(data))
    with gateway.connect() as connection:
        connection.send(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
        answer = connection.response()
        assert answer.value("transfer-encoding") is None
        assert answer.body == b"hello"


def test_expect_100_continue_does_not_hang(gateway):
    fields = [("Content-Length", "5"), ("Expect", "100-continue")]
    with gateway.connect() as connection:
        connection.send(head("/status/201", fields, "POST"))
        assert connection.interim() == 100
        connection.send(b"hello")
        assert connection.response().status == 201
        assert connection.request().status == 200


def test_expect_100_continue_does_not_hang_where_no_route_matches(
    start_gateway, endpoints
):
    manifests = [*m.one_rule(endpoints, None)[:-1], m.route(m.rule("/only"))]
    gateway = start_gateway(manifests)
    fields = [("Content-Length", "5"), ("Expect", "100-continue")]
    with gateway.connect() as connection:
        connection.send(head("/other", fields, "POST"))
        assert connection.response().status == 404


def test_a_slow_client_does_not_block_others(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a()), threads=1)
    with contextlib.ExitStack() as stack:
        for part in (b"GET / HT", head(fields=[("Content-Length", "9")]) + b"1"):
            slow = stack.enter_context(gateway.connect())
            slow.send(part)
        begin = time.monotonic()
        for _ in range(10):
            assert gateway.get().status == 200
        assert time.monotonic() - begin < 5


def beside(endpoints, name, endpoint):
    """Manifests: the endpoints at /, another one at /name."""
    return [
        m.gateway(),
        m.service(),
        m.service(name),
        *m.slices("backend", endpoints),
        *m.slices(name, [endpoint]),
        m.route(m.rule("/"), m.rule(f"/{name}", [m.backend(name)])),
    ]


def test_a_slow_endpoint_does_not_block_others(start_gateway, scripted, endpoints):
    go_on = threading.Event()

    def answer(request):
        go_on.wait(20)
        return response(body=b"at last")

    slow = scripted(answer)
    gateway = start_gateway(beside(endpoints, "slow", slow), threads=1)
    with gateway.connect() as waiting:
        waiting.send(head("/slow"))
        for _ in range(10):
            assert gateway.get().status == 200
        go_on.set()
        assert waiting.response().body == b"at last"


def test_a_client_that_does_not_read_does_not_block_others(
    start_gateway, scripted, endpoints
):
    large = scripted(always(response(body=bytes(16 * MIB))), pod="large")
    gateway = start_gateway(beside(endpoints, "large", large), threads=1)
    with gateway.connect() as idle:
        idle.send(head("/large"))
        for _ in range(10):
            assert gateway.get().status == 200


def test_100_connections_are_served_at_once(gateway):
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(gateway.connect()) for _ in range(100)]
        for connection in connections:
            connection.send(head("/get?delay=100ms"))
        assert all(connection.response().status == 200 for connection in connections)


def test_concurrent_sessions_do_not_mix(gateway):
    def use(_):
        session = gateway.session("Header")
        pod = session.begin()
        with gateway.connect() as connection:
            return all(session.send(on=connection).pod == pod for _ in range(20))

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(use, range(48)))
