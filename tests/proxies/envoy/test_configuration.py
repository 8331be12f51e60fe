"""What a configuration may say, and what is said of one that is wrong."""

import json

import configuration as c
import pytest
from programs import Client

HEADER = {"sessionPersistence": c.sessions("Header")}


def of_one(http_filters, endpoints, routes=None):
    """A whole configuration, for what is only checked."""
    listener = c.listener("one", 10000, http_filters, routes)
    del listener["@type"]
    clusters = [c.cluster("all", [c.host(e.port) for e in endpoints])]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def broken(**changes):
    return {"sessionPersistence": {**c.sessions("Header"), **changes}}


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        ("own", broken(absoluteTimeout="10"), "sessionPersistence.absoluteTimeout: "),
        ("own", broken(sessionName="x\r\ny: z"), "sessionPersistence.sessionName: "),
        ("own", broken(kind="x"), "sessionPersistence.kind: "),
        ("own", broken(store={"type": "Redis"}), "sessionPersistence.store.type: "),
        ("own", {}, "sessionPersistence: must be there"),
        ("own", {**HEADER, "keyFile": "x"}, "keyFile: is not known; there are "),
        ("own", {**HEADER, "keysFile": "/nowhere"}, "keysFile: /nowhere cannot be"),
        ("own", {**HEADER, "scopeFrom": "Host"}, "scopeFrom: must be Cluster or"),
        ("own", {**HEADER, "unavailableFor": "5"}, "unavailableFor: must be a dur"),
        ("own", {**HEADER, "endpoints": [1]}, "endpoints[0]: must be a list of"),
        ("own", {**HEADER, "alsoAccept": "All"}, "alsoAccept: must be None or"),
        ("own", "{", "configuration: is no JSON"),
        ("own", "[]", "configuration: must be a JSON object"),
        ("own", {**HEADER, "onConfigError": "Ignore"}, "onConfigError: must be"),
        ("mine", HEADER, "filter_name: must be own or seal"),
        (
            "seal",
            broken(store={"type": "SessionMap"}),
            "sessionPersistence.store.type: must be SealedToken",
        ),
        ("seal", {**HEADER, "endpoints": [{"id": "a", "address": "b"}]}, "endpoints: "),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_field(
    binary, endpoints, tmp_path, kind, config, said
):
    text = binary.refusal(tmp_path, of_one([c.limpet(kind, config)], endpoints))
    assert f"limpet: {said}" in text


def test_a_wrong_configuration_of_a_route_is_refused_with_its_field(
    binary, endpoints, tmp_path
):
    wrong = c.limpet_of_route("own", broken(absoluteTimeout="10"))
    routes = [c.route(typed_per_filter_config=wrong)]
    text = binary.refusal(
        tmp_path, of_one([c.limpet("own", HEADER)], endpoints, routes)
    )
    assert "limpet: sessionPersistence.absoluteTimeout: " in text


def test_a_wrong_balancer_is_refused_with_its_field(binary, endpoints, tmp_path):
    config = of_one([], endpoints)
    hosts = [c.host(e.port) for e in endpoints]
    wrong = {"balancer": {"type": "Best"}}
    config["static_resources"]["clusters"] = [c.cluster("all", hosts, balancer=wrong)]
    assert "limpet: balancer.type: " in binary.refusal(tmp_path, config)


@pytest.mark.parametrize("kind", ["own", "seal"])
def test_traffic_passes_where_the_configuration_says_so(start, kind):
    config = {**broken(absoluteTimeout="10"), "onConfigError": "PassThrough"}
    envoy = start({"one": ([c.limpet(kind, config)], None)})
    client = Client(envoy.ports["one"], "Header")
    answers = [client.get("garbage") for _ in range(8)]
    assert {(a.status, a.token) for a in answers} == {(200, None)}
    assert envoy.stat("config_error") == 8
    log = envoy.log.read_text()
    assert "traffic passes without sessions: sessionPersistence.absoluteTim" in log


def test_a_struct_is_as_good_as_a_text(start):
    config = {"sessionPersistence": c.sessions("Header")}
    envoy = start({"one": ([c.limpet("own", config, c.struct)], None)})
    client = Client(envoy.ports["one"], "Header")
    first = client.begin()
    assert client.ports(first.token) == {first.port}


def test_a_route_may_have_a_configuration_of_its_own(start):
    cookie = {"sessionPersistence": c.sessions("Cookie")}
    routes = [
        c.route(
            prefix="/cookie",
            typed_per_filter_config=c.limpet_of_route("own", cookie),
        ),
        c.route(),
    ]
    envoy = start({"one": (c.filters("own", "Header"), routes)})
    of_route = Client(envoy.ports["one"], "Cookie", "/cookie")
    others = Client(envoy.ports["one"], "Header")
    for client in (of_route, others):
        first = client.begin()
        assert client.ports(first.token) == {first.port}
    names = {name for name, _ in of_route.get().fields}
    assert c.NAME.lower() not in names


def test_endpoints_of_the_configuration_are_known_by_their_ids(start, endpoints):
    """A session map then knows them from the start, a sealed token has no
    address in it."""
    known = [
        {"id": f"pod-{i}", "address": endpoint.address}
        for i, endpoint in enumerate(endpoints)
    ]
    for store in ("SealedToken", "SessionMap"):
        parts = c.filters(
            "own", "Header", more={"endpoints": known}, store={"type": store}
        )
        envoy = start({"one": (parts, None)})
        client = Client(envoy.ports["one"], "Header")
        first = client.begin()
        assert client.ports(first.token) == {first.port}
        assert envoy.stat("outcome_unavailable") == 0


def test_sessions_of_a_map_are_counted_while_they_live(start):
    parts = c.filters("own", "Header", store={"type": "SessionMap"})
    envoy = start({"one": (parts, None)})
    client = Client(envoy.ports["one"], "Header")
    tokens = [client.begin().token for _ in range(5)]
    ports = [client.ports(token) for token in tokens]
    assert all(len(each) == 1 for each in ports)
    assert len(tokens[0]) == 32  # an id
    for _ in range(200):
        client.get(tokens[0])
        if envoy.stat("live_sessions") == 5:
            break
    assert envoy.stat("live_sessions") == 5
    prometheus = envoy.read("/stats?format=prometheus&filter=limpet")
    assert "limpet_limpet_outcome_kept{} " in prometheus
    assert "limpet_limpet_live_sessions{} 5" in prometheus


@pytest.mark.parametrize("kind", ["own", "seal"])
def test_the_access_log_has_the_outcome_and_no_token(start, tmp_path, kind):
    log = tmp_path / "access.log"
    parts = c.filters(kind, "Header", more={"outcomeMetadata": "limpet"})
    envoy = start({"one": (parts, None)}, log=log)
    client = Client(envoy.ports["one"], "Header")
    first = client.begin()
    client.get(first.token)
    client.get("garbage")
    envoy.stop()
    assert log.read_text().split() == ["new", "kept", "invalid"]
    everything = log.read_text() + envoy.log.read_text()
    assert first.token not in everything


def test_the_configuration_of_a_route_counts_under_its_filter(start):
    config = json.dumps({"sessionPersistence": c.sessions("Header")})
    routes = [c.route(typed_per_filter_config=c.limpet_of_route("own", config))]
    envoy = start({"one": (c.filters("own", "Cookie"), routes)})
    Client(envoy.ports["one"], "Header").begin()
    assert envoy.stat("outcome_new") == 1
