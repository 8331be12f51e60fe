"""Endpoints that leave, drain, die and come back."""

import contextlib
import socket
import time
import types

import manifests as m
import pytest
from http_client import head
from processes import wait_until


def test_a_removed_endpoints_session_moves_once(start_gateway, endpoints, kind):
    session_persistence = m.shape_a(kind)
    gateway = start_gateway(m.one_rule(endpoints, session_persistence))
    session = gateway.session(kind)
    pod = session.begin()
    rest = [e for e in endpoints if e.pod != pod]
    gateway.apply(m.one_rule(rest, session_persistence))
    response = session.get()
    assert session.token_of(response), "a moved session needs a new token"
    assert response.pod != pod
    session.stays_with(response.pod)
    assert gateway.outcomes() == {"new": 1, "unknown_endpoint": 1, "kept": 4}


def test_a_session_on_another_endpoint_does_not_notice(start_gateway, endpoints, kind):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind)))
    session = gateway.session(kind)
    pod = session.begin()
    other = next(e for e in endpoints if e.pod != pod)
    rest = [e for e in endpoints if e is not other]
    gateway.apply(m.one_rule(rest, m.shape_a(kind)))
    session.stays_with(pod)


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_a_draining_endpoint_keeps_its_sessions_and_gets_no_new_ones(
    start_gateway, endpoints, kind, store
):
    policy = m.policy(store={"type": store})
    gateway = start_gateway([*m.one_rule(endpoints, m.shape_a(kind)), policy])
    session = gateway.session(kind)
    pod = session.begin()
    conditions = {pod: m.DRAINING}
    gateway.apply([*m.one_rule(endpoints, m.shape_a(kind), conditions), policy])
    session.stays_with(pod, times=10)
    fresh = {gateway.session(kind).begin() for _ in range(20)}
    assert fresh == {e.pod for e in endpoints} - {pod}


def test_an_endpoint_that_is_not_ready_loses_its_sessions(
    start_gateway, endpoints, kind
):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind)))
    session = gateway.session(kind)
    pod = session.begin()
    gateway.apply(m.one_rule(endpoints, m.shape_a(kind), {pod: m.NOT_READY}))
    response = session.get()
    assert session.token_of(response)
    assert response.pod != pod
    assert gateway.outcomes() == {"new": 1, "moved": 1}


def test_where_all_endpoints_drain_sessions_go_on_and_none_begins(
    start_gateway, endpoints, kind
):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind)))
    session = gateway.session(kind)
    pod = session.begin()
    conditions = {e.pod: m.DRAINING for e in endpoints}
    gateway.apply(m.one_rule(endpoints, m.shape_a(kind), conditions))
    session.stays_with(pod)
    refused = gateway.get()
    assert refused.status == 503
    assert gateway.session(kind).token_of(refused) is None


def test_a_service_without_endpoints_is_503(start_gateway, kind):
    gateway = start_gateway(m.one_rule([], m.shape_a(kind)))
    response = gateway.get()
    assert response.status == 503
    assert gateway.session(kind).token_of(response) is None
    assert gateway.outcomes() == {"unavailable": 1}


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_a_first_request_that_meets_dead_endpoints_gets_the_token_of_who_served(
    start_gateway, own_endpoints, kind, store
):
    dead_and_alive = own_endpoints(4)
    alive = dead_and_alive[2].start()
    gateway = start_gateway(
        [
            *m.one_rule(dead_and_alive, m.shape_a(kind)),
            m.policy(store={"type": store}),
        ]
    )
    sessions = [gateway.session(kind) for _ in range(6)]
    assert {session.begin() for session in sessions} == {alive.pod}
    assert "cannot be reached" in gateway.stderr
    for session in sessions:
        session.stays_with(alive.pod, times=2)
    assert gateway.outcomes() == {"new": 6, "kept": 12}


def test_an_endpoint_that_does_not_even_refuse_is_as_dead(
    start_gateway, endpoints, kind
):
    with contextlib.ExitStack() as stack:
        # Its queue is full, so that it answers no connection any more.
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(silent.getsockname())
        gone = types.SimpleNamespace(pod="gone", port=silent.getsockname()[1])
        gateway = start_gateway(
            m.one_rule([gone, endpoints[0]], m.shape_a(kind)), unavailable_for="1h"
        )
        begin = time.monotonic()
        sessions = [gateway.session(kind) for _ in range(4)]
        assert {session.begin() for session in sessions} == {endpoints[0].pod}
        assert time.monotonic() - begin < 5
        for session in sessions:
            session.stays_with(endpoints[0].pod, times=1)


def test_where_all_endpoints_are_dead_nobody_gets_a_token(
    start_gateway, own_endpoints, kind
):
    gateway = start_gateway(m.one_rule(own_endpoints(3), m.shape_a(kind)))
    for _ in range(4):
        response = gateway.get()
        assert response.status in (502, 503)
        assert gateway.session(kind).token_of(response) is None
    # They are counted when the reply is out.
    wait_until(lambda: sum(gateway.outcomes().values()) == 4, "they are counted")
    assert set(gateway.outcomes()) <= {"unavailable", "unserved"}


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_a_dead_endpoints_session_moves_once_and_stays(
    start_gateway, own_endpoints, kind, store
):
    own = [endpoint.start() for endpoint in own_endpoints(3)]
    gateway = start_gateway(
        [*m.one_rule(own, m.shape_a(kind)), m.policy(store={"type": store})]
    )
    session = gateway.session(kind)
    home = session.begin()
    dead = next(e for e in own if e.pod == home)
    dead.kill()
    response = session.get()
    assert session.token_of(response), "a moved session needs a new token"
    assert response.pod != home
    session.stays_with(response.pod, times=10)
    dead.start()
    wait_until(lambda: home in {gateway.get().pod for _ in range(3)}, "it is back")
    session.stays_with(response.pod, times=10)
    assert gateway.outcomes()["moved"] == 1


def test_a_session_is_not_lost_with_connections_that_its_endpoint_closed(
    start_gateway, own_endpoints, kind
):
    # The endpoint comes back at once; what is in the pool is of no use.
    (own,) = own_endpoints(1)
    own.start()
    gateway = start_gateway(m.one_rule([own], m.shape_a(kind)))
    session = gateway.session(kind)
    session.begin()
    with gateway.connect() as connection:
        assert session.send(on=connection).pod == own.pod
        own.kill()
        own.start()
        for _ in range(3):
            response = session.send(on=connection)
            assert response.pod == own.pod
            assert session.token_of(response) is None


def test_a_post_does_not_fail_on_a_connection_that_was_closed_before(
    start_gateway, own_endpoints
):
    (own,) = own_endpoints(1)
    own.start()
    gateway = start_gateway(m.one_rule([own], m.shape_a()), threads=1)
    fields = [("Content-Length", "0")]
    with gateway.connect() as connection:
        assert connection.request("/", fields, "POST").status == 200
        own.kill()
        own.start()
        assert connection.request("/", fields, "POST").status == 200


def test_a_post_with_a_body_is_retried_where_no_connection_was_made(
    start_gateway, own_endpoints
):
    own = own_endpoints(4)
    own[1].start()
    gateway = start_gateway(m.one_rule(own, m.shape_a()))
    with gateway.connect() as connection:
        fields = [("Content-Length", "5")]
        connection.send(head("/post", fields, "POST") + b"hello")
        response = connection.response()
    assert response.pod == own[1].pod
    assert response.json["headers"]["Content-Length"] == ["5"]
    assert response.value("session-a")


def policy_manifests(own, kind, failover, store):
    policy = m.policy(failover=failover, store={"type": store})
    return [*m.one_rule(own, m.shape_a(kind)), policy]


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_strict_refuses_with_its_status_until_the_endpoint_is_back(
    start_gateway, own_endpoints, kind, store
):
    own = [endpoint.start() for endpoint in own_endpoints(2)]
    failover = {"type": "Strict", "status": 410}
    gateway = start_gateway(policy_manifests(own, kind, failover, store))
    session = gateway.session(kind)
    home = session.begin()
    dead = next(e for e in own if e.pod == home)
    dead.kill()
    for _ in range(4):
        response = session.send()
        assert response.status == 410
        assert session.token_of(response) is None
    dead.start()
    wait_until(lambda: session.send().status == 200, "it is back")
    session.stays_with(home)
    assert gateway.outcomes()["rejected"] >= 4
    assert "moved" not in gateway.outcomes()


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_temporary_serves_elsewhere_and_comes_back(
    start_gateway, own_endpoints, kind, store
):
    own = [endpoint.start() for endpoint in own_endpoints(3)]
    failover = {"type": "Temporary"}
    gateway = start_gateway(policy_manifests(own, kind, failover, store))
    session = gateway.session(kind)
    home = session.begin()
    dead = next(e for e in own if e.pod == home)
    dead.kill()
    for _ in range(6):
        response = session.get()
        assert response.pod != home
        assert session.token_of(response) is None, "the session has not moved"
    dead.start()
    wait_until(lambda: session.get().pod == home, "it is back")
    session.stays_with(home, times=6)
    outcomes = gateway.outcomes()
    assert outcomes["new"] == 1
    assert outcomes["substituted"] >= 6
    assert "moved" not in outcomes


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_rebind_after_waits_and_then_moves_the_session(
    start_gateway, own_endpoints, kind, store
):
    own = [endpoint.start() for endpoint in own_endpoints(3)]
    failover = {"type": "RebindAfter", "after": "2s"}
    gateway = start_gateway(
        policy_manifests(own, kind, failover, store), unavailable_for="60s"
    )
    session = gateway.session(kind)
    home = session.begin()
    dead = next(e for e in own if e.pod == home)
    dead.kill()
    response = session.get()
    assert response.pod != home
    assert session.token_of(response) is None, "the session waits"
    wait_until(lambda: session.token_of(session.get()), "the session has moved")
    assert gateway.outcomes()["moved"] == 1
    session.stays_with(session.send().pod)
    assert gateway.outcomes()["moved"] == 1


def test_an_endpoint_that_hangs_up_is_502_without_a_token(
    start_gateway, scripted, kind
):
    endpoint = scripted(lambda request: None)
    gateway = start_gateway(m.one_rule([endpoint], m.shape_a(kind)))
    response = gateway.get()
    assert response.status == 502
    assert gateway.session(kind).token_of(response) is None
    # It is counted when the reply is out.
    assert wait_until(gateway.outcomes, "it is counted") == {"unserved": 1}


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 99 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
def test_an_endpoint_that_speaks_no_http_is_502_without_a_token(
    start_gateway, scripted, garbage
):
    endpoint = scripted(lambda request: garbage)
    gateway = start_gateway(m.one_rule([endpoint], m.shape_a()))
    response = gateway.get()
    assert response.status == 502
    assert response.value("session-a") is None
    assert gateway.get("/again").status == 502
