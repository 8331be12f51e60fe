"""Sessions that live in the gateway: the store SessionMap of a SessionPolicy."""

import time

import manifests as m
import pytest

STORE = {"type": "SessionMap"}


def manifests(endpoints, kind, timeout=None, store=None):
    policy = m.policy(store=store or STORE)
    return [*m.one_rule(endpoints, m.shape_a(kind, timeout=timeout)), policy]


def live(gateway, scope="default/route/0"):
    """Sessions by endpoint, as /metrics tells."""
    return {
        dict(labels)["endpoint"]: int(value)
        for (name, labels), value in gateway.metrics().items()
        if name == "limpet_sessions" and dict(labels)["rule"] == scope
    }


def test_sessions_hold(start_gateway, endpoints, kind):
    gateway = start_gateway(manifests(endpoints, kind))
    session = gateway.session(kind)
    session.stays_with(session.begin(), times=50)


def test_metrics_count_the_live_sessions_of_each_endpoint(
    start_gateway, endpoints, kind
):
    gateway = start_gateway(manifests(endpoints, kind))
    assert live(gateway) == {e.pod: 0 for e in endpoints}
    begun = [gateway.session(kind).begin() for _ in range(10)]
    assert live(gateway) == {e.pod: begun.count(e.pod) for e in endpoints}


def test_sessions_end_and_are_not_counted_any_more(start_gateway, endpoints, kind):
    gateway = start_gateway(manifests(endpoints, kind, timeout="400ms"))
    session = gateway.session(kind)
    session.begin()
    time.sleep(0.45)
    assert sum(live(gateway).values()) == 0
    assert session.token_of(session.get())
    assert gateway.outcomes() == {"new": 1, "expired": 1}


def test_sessions_survive_a_reload_of_the_manifests(start_gateway, endpoints, kind):
    gateway = start_gateway(manifests(endpoints, kind))
    sessions = [gateway.session(kind) for _ in range(8)]
    pods = [session.begin() for session in sessions]
    gateway.apply(manifests(endpoints[::-1], kind))
    gateway.apply(manifests(endpoints, kind, timeout="1h"))
    for session, pod in zip(sessions, pods):
        session.stays_with(pod, times=2)
    assert sum(live(gateway).values()) == 8


def test_sessions_do_not_survive_a_restart(start_gateway, endpoints, kind):
    first = start_gateway(manifests(endpoints, kind))
    session = first.session(kind)
    session.begin()
    first.stop()
    second = start_gateway(manifests(endpoints, kind), again=first)
    session.address = second.address
    assert session.token_of(session.get())
    session.stays_with(session.send().pod)


@pytest.mark.parametrize("capacity", [1, 3])
def test_a_full_map_serves_and_pins_nobody_new(start_gateway, endpoints, capacity):
    store = {**STORE, "capacity": capacity}
    gateway = start_gateway(manifests(endpoints, "Header", store=store))
    first = gateway.session("Header")
    pod = first.begin()
    others = [gateway.get() for _ in range(200)]
    assert all(response.status == 200 for response in others)
    assert sum(live(gateway).values()) <= capacity
    assert gateway.outcomes()["unpinned"] >= 200 - capacity
    assert others[-1].value("session-a") is None
    first.stays_with(pod)
