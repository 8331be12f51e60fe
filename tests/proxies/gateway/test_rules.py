"""Sessions belong to a route rule: others do not share them."""

import manifests as m
import pytest


def two_rules(endpoints, one, two):
    rules = [m.rule("/a", session=one), m.rule("/b", session=two)]
    return [*m.one_rule(endpoints, None)[:-1], m.route(*rules)]


def spread(session, target, times=12):
    """Where requests with the session's token go; none of them is pinned."""
    pods = set()
    for _ in range(times):
        response = session.send(target)
        assert session.token_of(response), "a token of another rule was honoured"
        pods.add(response.pod)
    return pods


@pytest.mark.parametrize("shape", [m.shape_a, m.shape_b])
def test_rules_on_one_service_do_not_share_sessions(
    start_gateway, endpoints, kind, shape
):
    gateway = start_gateway(two_rules(endpoints, shape(kind), shape(kind)))
    session = gateway.session(kind, target="/a")
    pod = session.begin()
    assert spread(session, "/b") == {e.pod for e in endpoints}
    session.stays_with(pod)
    assert gateway.outcomes("default/route/0") == {"new": 1, "kept": 4}
    assert gateway.outcomes("default/route/1") == {"foreign": 12}


def test_routes_with_one_session_name_do_not_share_sessions(
    start_gateway, endpoints, kind
):
    manifests = m.one_rule(endpoints, None)[:-1]
    for name in ("a", "b"):
        rule = m.rule(f"/{name}", session=m.shape_a(kind))
        manifests.append(m.route(rule, name=f"route-{name}"))
    gateway = start_gateway(manifests)
    session = gateway.session(kind, target="/a")
    pod = session.begin()
    assert spread(session, "/b") == {e.pod for e in endpoints}
    session.stays_with(pod)
    assert gateway.outcomes("default/route-b/0") == {"foreign": 12}


def test_rules_do_not_share_sessions_of_a_map(start_gateway, endpoints, kind):
    manifests = two_rules(endpoints, m.shape_a(kind), m.shape_a(kind))
    policy = m.policy(store={"type": "SessionMap"})
    gateway = start_gateway([*manifests, policy])
    session = gateway.session(kind, target="/a")
    pod = session.begin()
    assert spread(session, "/b") == {e.pod for e in endpoints}
    session.stays_with(pod)


@pytest.mark.parametrize("name_of_b", ["session-a", "session-b"])
def test_a_session_on_one_rule_does_not_bind_another(
    start_gateway, endpoints, kind, name_of_b
):
    # The example of GEP-1619: /a goes to servicev1, /b to servicev2 alone.
    gateway = start_gateway(
        m.two_backends(
            endpoints,
            m.rule("/a", [m.backend("v1")], m.shape_a(kind, "session-a")),
            m.rule(
                "/b",
                [m.backend("v1", 0), m.backend("v2", 100)],
                m.shape_a(kind, name_of_b),
            ),
        )
    )
    v1 = {e.pod for e in endpoints[:2]}
    session = gateway.session(kind, "session-a", "/a")
    assert session.begin() in v1
    for _ in range(20):
        assert session.send("/b").pod not in v1


def test_a_rule_without_persistence_is_not_affected_by_its_neighbour(
    start_gateway, endpoints, kind
):
    gateway = start_gateway(two_rules(endpoints, m.shape_a(kind), None))
    session = gateway.session(kind, target="/a")
    session.begin()
    responses = [session.send("/b") for _ in range(12)]
    assert {response.pod for response in responses} == {e.pod for e in endpoints}
    assert not any(session.token_of(response) for response in responses)


def test_a_rule_has_precedence_over_a_backend_traffic_policy(start_gateway, endpoints):
    policy = m.make(
        "XBackendTrafficPolicy",
        "policy",
        {
            "targetRefs": [{"group": "", "kind": "Service", "name": "backend"}],
            "sessionPersistence": m.shape_a("Header", "Of-Policy"),
        },
        "gateway.networking.x-k8s.io/v1alpha1",
    )
    manifests = two_rules(endpoints, m.shape_a("Header", "Of-Rule"), None)
    gateway = start_gateway([*manifests, policy])
    one, two = gateway.get("/a"), gateway.get("/b")
    assert one.value("of-rule")
    assert one.value("of-policy") is None
    assert two.value("of-policy")
    assert "warning" in gateway.stderr
