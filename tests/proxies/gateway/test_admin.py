"""What the gateway says of itself: /healthz, /metrics, the access log."""

import re
import socket

import http_client
import manifests as m
import pytest


@pytest.fixture
def gateway(start_gateway, endpoints, kind):
    return start_gateway(m.one_rule(endpoints, m.shape_a(kind)))


def admin(gateway, target, method="GET"):
    return http_client.get(gateway.admin, target, method=method)


def test_healthz_is_ok(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, None))
    assert admin(gateway, "/healthz").status == 200
    assert admin(gateway, "/").status == 404
    assert admin(gateway, "/metrics", "POST").status == 405


def test_the_admin_address_is_not_that_of_the_traffic(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, None))
    assert gateway.get("/metrics").json["path"] == "/metrics"
    assert gateway.get("/healthz").json["path"] == "/healthz"


def test_an_admin_client_that_says_nothing_blocks_nobody(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, None))
    with (
        socket.create_connection(gateway.admin),
        socket.create_connection(gateway.admin) as half,
    ):
        half.sendall(b"GET /met")
        assert admin(gateway, "/healthz").status == 200
        assert gateway.get().status == 200


def test_metrics_are_prometheus_text(gateway):
    gateway.get()
    response = admin(gateway, "/metrics")
    assert response.value("content-type").startswith("text/plain; version=0.0.4")
    samples = gateway.metrics()
    assert {name for name, _ in samples} >= {
        "limpet_requests_total",
        "limpet_endpoints",
        "limpet_config_reloads_total",
    }


def test_metrics_count_outcomes_by_rule(gateway, kind):
    session = gateway.session(kind)
    session.begin()
    for _ in range(3):
        session.send()
    session.token = session.token[:-1] + ("A" if session.token[-1] != "A" else "B")
    session.send()
    session.token = session.token[:10]
    session.send()
    assert gateway.outcomes() == {"new": 1, "kept": 3, "invalid": 2}


def test_metrics_name_every_outcome_from_the_start(gateway):
    outcomes = {
        dict(labels)["outcome"]
        for name, labels in gateway.metrics()
        if name == "limpet_requests_total"
    }
    assert outcomes >= {
        "new",
        "kept",
        "moved",
        "expired",
        "invalid",
        "foreign",
        "unknown_endpoint",
        "rejected",
        "unavailable",
        "unserved",
    }


def test_metrics_tell_the_states_of_endpoints(start_gateway, endpoints):
    conditions = {endpoints[0].pod: m.DRAINING, endpoints[1].pod: m.NOT_READY}
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(), conditions))
    states = {
        dict(labels)["state"]: value
        for (name, labels), value in gateway.metrics().items()
        if name == "limpet_endpoints"
    }
    assert states == {"ready": 2, "draining": 1, "unavailable": 1}


def test_the_access_log_names_the_outcome(gateway, kind):
    session = gateway.session(kind)
    pod = session.begin("/first?x=1")
    gateway.wait_for_log(1)
    session.send("/second")
    gateway.wait_for_log(2)
    session.token = "garbage"
    session.send("/third")
    first, second, third = (line.split(" ") for line in gateway.wait_for_log(3))
    assert first[1:4] == ["127.0.0.1", "GET", '"/first"']
    assert first[4:8] == ["200", "default/route/0", pod, "new"]
    assert second[4:8] == ["200", "default/route/0", pod, "kept"]
    assert third[7] == "invalid"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first[0])
    assert re.fullmatch(r"\d+\.\d{3}ms", first[8])


def test_the_access_log_never_holds_a_token(gateway, kind):
    session = gateway.session(kind)
    session.begin()
    tokens = {session.token}
    for target in ("/", f"/?Session-A={session.token}"):
        session.send(target)
    session.token = session.token[:-2]
    session.get()
    tokens.add(session.token)
    lines = gateway.wait_for_log(4)
    assert not any(token[:20] in line for token in tokens for line in lines)
    assert not any(token[:20] in gateway.stderr for token in tokens)
    metrics = admin(gateway, "/metrics").body.decode()
    assert not any(token[:20] in metrics for token in tokens)


def test_the_access_log_cannot_be_forged(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, None))
    gateway.get('/"%0a\x01\\x"\x7f')
    gateway.get("/next")
    for line in gateway.wait_for_log(2):
        assert len(line.split(" ")) == 9
        assert line.count('"') == 2
        assert line.isprintable()


def test_refused_requests_are_logged_too(start_gateway, endpoints):
    gateway = start_gateway([*m.one_rule(endpoints, None)[:-1], m.route(m.rule("/a"))])
    gateway.get("/b")
    gateway.wait_for_log(1)
    gateway.raw(b"nonsense\r\n\r\n")
    first, second = (line.split(" ") for line in gateway.wait_for_log(2))
    assert first[4] == "404"
    assert second[4] == "400"
