"""HTTPRoute's matches and their precedence."""

import manifests as m
import pytest
from http_client import head


def routes(endpoints, *rules_or_routes):
    """Rules of one route, or routes; each rule is told apart by its scope."""
    manifests = m.one_rule(endpoints, None)[:-1]
    if rules_or_routes[0].get("kind") == "HTTPRoute":
        return [*manifests, *rules_or_routes]
    return [*manifests, m.route(*rules_or_routes)]


def scope_of(gateway, target="/", fields=(), method="GET", host="gateway.test"):
    """Which rule serves a request; None for 404."""
    line = len(gateway.log_lines())
    status = gateway.get(target, fields, method, host).status
    scope = gateway.wait_for_log(line + 1)[line].split(" ")[5]
    if status == 404:
        assert scope == "-"
        return None
    assert status == 200
    return scope.removeprefix("default/route/")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/", "0"),
        ("/fo", "0"),
        ("/foobar", "0"),
        ("/foo", "1"),
        ("/foo/", "1"),
        ("/foo/x", "1"),
        ("/foo?x=/foo/bar", "1"),
        ("/foo/bar", "3"),
        ("/foo/bar?x", "3"),
        ("/foo/bar/", "2"),
        ("/foo/bar/x", "2"),
        ("/FOO", "0"),
    ],
)
def test_exact_wins_over_the_longest_prefix(start_gateway, endpoints, path, rule):
    gateway = start_gateway(
        routes(
            endpoints,
            m.rule("/"),
            m.rule("/foo"),
            m.rule("/foo/bar/"),
            m.rule("/foo/bar", path_type="Exact"),
        )
    )
    assert scope_of(gateway, path) == rule


def test_a_method_wins_over_headers_and_more_headers_over_fewer(
    start_gateway, endpoints
):
    one = [{"name": "X-One", "value": "1"}]
    two = [*one, {"type": "Exact", "name": "X-Two", "value": "2"}]
    gateway = start_gateway(
        routes(
            endpoints,
            m.rule("/"),
            m.rule("/", headers=one),
            m.rule("/", headers=two),
            m.rule("/", method="POST"),
        )
    )
    fields = [("x-one", "1"), ("X-TWO", "2")]
    assert scope_of(gateway) == "0"
    assert scope_of(gateway, fields=fields[:1]) == "1"
    assert scope_of(gateway, fields=fields) == "2"
    assert scope_of(gateway, fields=fields[1:]) == "0"
    assert scope_of(gateway, fields=[("X-One", "11")]) == "0"
    fields.append(("Content-Length", "0"))
    assert scope_of(gateway, fields=fields, method="POST") == "3"


def test_the_first_of_equal_rules_wins(start_gateway, endpoints):
    gateway = start_gateway(routes(endpoints, m.rule("/a"), m.rule("/a")))
    assert scope_of(gateway, "/a") == "0"


def test_an_unknown_path_is_404_without_a_token(start_gateway, endpoints):
    gateway = start_gateway(routes(endpoints, m.rule("/a", session=m.shape_a())))
    assert scope_of(gateway, "/b") is None
    assert gateway.get("/b").value("session-a") is None


def test_a_404_leaves_the_connection_open_for_the_next_request(
    start_gateway, endpoints
):
    gateway = start_gateway(routes(endpoints, m.rule("/a")))
    with gateway.connect() as connection:
        assert connection.request("/b").status == 404
        assert connection.request("/a").status == 200
        assert connection.request("/b", method="HEAD").status == 404
        assert connection.request("/a").status == 200


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("a.test", "a"),
        ("A.TEST", "a"),
        ("a.test:8080", "a"),
        ("a.test.", "a"),
        ("x.b.test", "wild"),
        ("y.x.b.test", "wild"),
        ("deep.b.test", "deep"),
        ("b.test", None),
        ("c.test", None),
        ("xa.test", None),
        ("127.0.0.1", None),
    ],
)
def test_the_most_specific_hostname_wins(start_gateway, endpoints, host, rule):
    gateway = start_gateway(
        routes(
            endpoints,
            m.route(m.rule(), name="wild", hostnames=["*.b.test"]),
            m.route(m.rule(), name="a", hostnames=["a.test"]),
            m.route(m.rule(), name="deep", hostnames=["deep.b.test"]),
        )
    )
    scope = scope_of(gateway, host=host)
    assert scope == (rule and f"default/{rule}/0")


def test_a_hostname_of_the_listener_holds_for_its_routes(start_gateway, endpoints):
    manifests = [m.gateway("*.a.test"), *m.one_rule(endpoints, None)[1:]]
    gateway = start_gateway(manifests)
    assert scope_of(gateway, host="x.a.test") == "0"
    assert scope_of(gateway, host="x.b.test") is None


def test_a_route_of_another_gateway_is_not_served(start_gateway, endpoints):
    route = m.route(m.rule())
    route["spec"]["parentRefs"] = [{"name": "another"}]
    gateway = start_gateway(routes(endpoints, route))
    assert gateway.get().status == 404
    assert "no listener takes this route" in gateway.stderr


def test_a_rule_without_backends_is_500(start_gateway, endpoints):
    gateway = start_gateway(routes(endpoints, m.rule(backends=[])))
    assert gateway.get().status == 500


def test_a_backend_that_does_not_exist_gets_its_share_of_500(start_gateway, endpoints):
    backends = [m.backend(), m.backend("missing")]
    session = m.shape_a()
    gateway = start_gateway(routes(endpoints, m.rule("/", backends, session)))
    responses = [gateway.get() for _ in range(40)]
    failed = [r for r in responses if r.status == 500]
    assert len(failed) == 20
    assert not any(r.value("session-a") for r in failed)
    assert "there is no Service missing" in gateway.stderr


def test_a_service_maps_its_port_to_that_of_the_endpoints(start_gateway, endpoints):
    service = m.service()
    service["spec"]["ports"] = [
        {"name": "other", "port": 3001, "targetPort": 1},
        {"name": "http", "port": 8080, "targetPort": 3000},
    ]
    rule = m.rule(backends=[{"name": "backend", "port": 8080}])
    manifests = m.one_rule(endpoints, None)
    gateway = start_gateway([m.gateway(), service, *manifests[2:-1], m.route(rule)])
    assert gateway.get().pod in {e.pod for e in endpoints}


def test_options_asterisk_is_answered(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, None))
    response = gateway.raw(head("*", method="OPTIONS"))
    assert response.status in (200, 400, 404)
