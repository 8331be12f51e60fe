"""The load balancing policy, alone and with the filter."""

import collections
import time

import configuration as c
from programs import Client, replace


def start_with(start, endpoints, balancer=None, weights=None, **persistence):
    weights = weights or [1] * len(endpoints)
    hosts = [c.host(e.port, w) for e, w in zip(endpoints, weights, strict=True)]
    clusters = [c.cluster("all", hosts, balancer=balancer or {})]
    parts = c.filters("own", "Header", **persistence)
    envoy = start({"one": (parts, None), "bare": ([], None)}, clusters)
    return envoy, Client(envoy.ports["one"], "Header"), envoy.ports["bare"]


def test_a_token_has_no_address_in_it(start, endpoints):
    envoy, client, _ = start_with(start, endpoints)
    answers = [client.begin() for _ in range(24)]
    assert len({answer.port for answer in answers}) == 4
    assert {len(answer.token) for answer in answers} == {100}
    for answer in answers[:4]:
        assert client.ports(answer.token, 50) == {answer.port}
    assert envoy.stat("outcome_unknown_endpoint") == 0


def test_new_sessions_go_by_weight(start, endpoints):
    _, client, bare = start_with(start, endpoints, weights=[3, 1, 1, 1])
    for each in (client, Client(bare, "Header")):
        served = collections.Counter(each.get().port for _ in range(60))
        assert 24 <= served[endpoints[0].port] <= 36, served
        assert len(served) == 4


def test_new_sessions_go_by_the_weights_of_localities(start, endpoints):
    """Three hosts in a locality that weighs as much as the fourth's."""
    hosts = [c.host(e.port) for e in endpoints]
    clusters = [
        c.cluster(
            "all",
            balancer={"weighLocalities": True},
            localities=[(30, hosts[:3]), (30, hosts[3:])],
        )
    ]
    envoy = start({"one": (c.filters("own", "Header"), None)}, clusters)
    client = Client(envoy.ports["one"], "Header")
    served = collections.Counter(client.begin().port for _ in range(60))
    assert 25 <= served[endpoints[3].port] <= 35, served
    assert len(served) == 4


def test_a_hash_policy_of_envoys_places_what_has_no_session(start, endpoints):
    hosts = [c.host(e.port) for e in endpoints]
    balancer = {"balancer": {"type": "EnvoyMaglev"}}
    routes = [c.route(hash_policy=[{"header": {"header_name": "x-key"}}])]
    envoy = start({"one": ([], routes)}, [c.cluster("all", hosts, balancer=balancer)])
    client = Client(envoy.ports["one"], "Header")
    places = set()
    for key in range(24):
        ports = {client.get(fields=[("x-key", str(key))]).port for _ in range(4)}
        assert len(ports) == 1
        places |= ports
    assert len(places) > 1


def test_a_session_of_an_unhealthy_endpoint_finds_its_substitute(
    start, endpoints, tmp_path
):
    """Known as such, it is left at once; back again, it has its sessions back."""
    eds = tmp_path / "eds.json"

    def write(unhealthy=None):
        hosts = [
            c.host(e.port, health="UNHEALTHY" if e.port == unhealthy else None)
            for e in endpoints
        ]
        replace(eds, {"resources": [c.assignment("all", hosts)]})

    write()
    clusters = [c.cluster("all", eds=eds, balancer={})]
    parts = {
        "Rebind": c.filters("own", "Header"),
        "Temporary": c.filters("own", "Header", failover={"type": "Temporary"}),
        "Strict": c.filters(
            "own", "Header", failover={"type": "Strict", "status": 410}
        ),
    }
    envoy = start({name: (part, None) for name, part in parts.items()}, clusters)
    clients = {name: Client(envoy.ports[name], "Header") for name in parts}
    first = clients["Rebind"].begin()
    sessions = {"Rebind": first}
    for name in ("Temporary", "Strict"):
        while (session := clients[name].begin()).port != first.port:
            pass
        sessions[name] = session

    write(first.port)
    deadline = time.time() + 10
    while clients["Strict"].get(sessions["Strict"].token).status != 410:
        assert time.time() < deadline
    moved = clients["Rebind"].get(first.token)
    assert moved.status == 200 and moved.port != first.port and moved.token
    elsewhere = clients["Temporary"].get(sessions["Temporary"].token)
    assert elsewhere.status == 200 and elsewhere.port != first.port
    assert elsewhere.token is None
    again = clients["Temporary"].ports(sessions["Temporary"].token)
    assert again == {elsewhere.port}
    assert envoy.stat("outcome_rejected") >= 1

    write()
    deadline = time.time() + 10
    while clients["Strict"].get(sessions["Strict"].token).status == 410:
        assert time.time() < deadline
    assert clients["Temporary"].ports(sessions["Temporary"].token) == {first.port}
    assert clients["Rebind"].ports(moved.token) == {moved.port}


def test_a_session_waits_a_while_for_an_endpoint_that_flaps(start, endpoints, tmp_path):
    """The policy sees since when an endpoint is down."""
    eds = tmp_path / "eds.json"

    def write(unhealthy=None):
        hosts = [
            c.host(e.port, health="UNHEALTHY" if e.port == unhealthy else None)
            for e in endpoints
        ]
        replace(eds, {"resources": [c.assignment("all", hosts)]})

    write()
    parts = c.filters(
        "own", "Header", failover={"type": "RebindAfter", "after": "1500ms"}
    )
    envoy = start({"one": (parts, None)}, [c.cluster("all", eds=eds, balancer={})])
    client = Client(envoy.ports["one"], "Header")
    first = client.begin()
    write(first.port)
    deadline = time.time() + 10
    while (answer := client.get(first.token)).port == first.port:
        assert time.time() < deadline
    assert answer.token is None
    while not (answer := client.get(first.token)).token:
        assert time.time() < deadline
        time.sleep(0.05)
    assert client.ports(answer.token) == {answer.port}
    assert envoy.stat("outcome_substituted") >= 1
    assert envoy.stat("outcome_moved") == 1


def test_a_known_id_outlives_its_address(start, endpoints, tmp_path):
    """Where the metadata name endpoints, a session belongs to the name."""
    eds = tmp_path / "eds.json"

    def write(ports):
        hosts = []
        for i, port in enumerate(ports):
            host = c.host(port)
            host["metadata"] = {"filter_metadata": {"limpet": {"id": f"pod-{i}"}}}
            hosts.append(host)
        replace(eds, {"resources": [c.assignment("all", hosts)]})

    ports = [each.port for each in endpoints]
    write(ports)
    parts = c.filters("own", "Header")
    envoy = start({"one": (parts, None)}, [c.cluster("all", eds=eds, balancer={})])
    client = Client(envoy.ports["one"], "Header")
    while (first := client.begin()).port != ports[0]:
        pass
    write([ports[1], ports[0], *ports[2:]])
    deadline = time.time() + 10
    while (answer := client.get(first.token)).port != ports[1]:
        assert time.time() < deadline
    assert answer.token is None
