"""What happens when endpoints go away, drain and come back."""

import threading
import time

import configuration as c
import pytest
from programs import Client, replace


def of(endpoints, port):
    return next(each for each in endpoints if each.port == port)


def test_nobody_who_answered_gets_no_token(side, endpoints):
    _, client = side()
    for endpoint in endpoints:
        endpoint.stop()
    answer = client.get()
    assert (answer.status, answer.token) == (503, None)


def test_a_session_leaves_a_dead_endpoint_and_stays_where_it_went(side, endpoints):
    envoy, client = side()
    first = client.begin()
    of(endpoints, first.port).stop()
    lost = client.get(first.token)
    assert (lost.status, lost.token) == (503, None)
    # The balancer may ask the dead one, too.
    for _ in range(40):
        moved = client.get(first.token)
        if moved.status == 200:
            break
    assert moved.port != first.port and moved.token
    assert client.ports(moved.token) == {moved.port}
    assert envoy.stat("outcome_moved") == 1
    of(endpoints, first.port).start()
    assert client.ports(moved.token) == {moved.port}


def test_a_session_waits_for_its_endpoint_where_it_is_temporary(side, endpoints):
    _, client = side(failover={"type": "Temporary"}, more={"unavailableFor": "500ms"})
    first = client.begin()
    of(endpoints, first.port).stop()
    assert client.get(first.token).status == 503
    answers = [client.get(first.token) for _ in range(12)]
    served = [answer for answer in answers if answer.status == 200]
    assert served
    assert all(answer.token is None for answer in served)
    of(endpoints, first.port).start()
    time.sleep(0.6)
    assert client.ports(first.token) == {first.port}


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap", "EnvoyToken"])
def test_a_session_is_refused_with_its_status_where_it_is_strict(
    start, endpoints, store
):
    parts = c.filters(
        "own",
        "Header",
        None,
        failover={"type": "Strict", "status": 410},
        store={"type": store},
    )
    envoy = start({"one": ([*parts, c.aborts(429)], None)})
    client = Client(envoy.ports["one"], "Header")
    first = client.begin()
    # Others' answers are theirs.
    fields = [client.carry(first.token), ("x-abort", "1")]
    assert {client.get(fields=fields).status for _ in range(3)} == {429}
    assert envoy.stat("outcome_unserved") == 3
    of(endpoints, first.port).stop()
    for _ in range(4):
        answer = client.get(first.token)
        assert (answer.status, answer.token) == (410, None)
    assert envoy.stat("outcome_rejected") == 4
    of(endpoints, first.port).start()
    assert client.ports(first.token) == {first.port}


def test_a_retry_gives_the_token_of_who_served(side, endpoints):
    retry = {
        "retry_on": "connect-failure",
        "num_retries": 5,
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": {
                    "@type": f"{c.TYPES}extensions.retry.host.previous_hosts.v3"
                    ".PreviousHostsPredicate"
                },
            }
        ],
        "host_selection_retry_max_attempts": 10,
    }
    _, client = side(routes=[c.route(retry_policy=retry)])
    first = client.begin()
    of(endpoints, first.port).stop()
    moved = client.get(first.token)
    assert moved.status == 200 and moved.token
    assert moved.port != first.port
    assert client.ports(moved.token) == {moved.port}


@pytest.mark.parametrize("keeps", [False, True], ids=["moves", "keeps"])
def test_a_draining_endpoint_keeps_its_sessions_if_envoy_may(
    side, endpoints, tmp_path, keeps
):
    eds = tmp_path / "eds.json"

    def write(draining=None):
        hosts = [
            c.host(e.port, health="DRAINING" if e.port == draining else None)
            for e in endpoints
        ]
        replace(eds, {"resources": [c.assignment("all", hosts)]})

    write()
    statuses = ["UNKNOWN", "HEALTHY", "DEGRADED"] + (["DRAINING"] if keeps else [])
    _, client = side(clusters=[c.cluster("all", eds=eds, statuses=statuses)])
    first = client.begin()
    write(first.port)
    deadline = time.time() + 10
    while time.time() < deadline:
        if first.port not in {client.get().port for _ in range(48)}:
            break
    after = client.get(first.token)
    assert after.status == 200
    assert (after.port == first.port) == keeps
    assert (after.token is None) == keeps


def test_a_session_whose_endpoint_is_removed_begins_anew(side, endpoints, tmp_path):
    eds = tmp_path / "eds.json"

    def write(ports):
        hosts = [c.host(port) for port in ports]
        replace(eds, {"resources": [c.assignment("all", hosts)]})

    ports = [each.port for each in endpoints]
    write(ports)
    _, client = side(clusters=[c.cluster("all", eds=eds)])
    first = client.begin()
    write([port for port in ports if port != first.port])
    deadline = time.time() + 10
    while (moved := client.get(first.token)).port == first.port:
        assert time.time() < deadline
    assert moved.status == 200 and moved.token
    assert client.ports(moved.token) == {moved.port}


def test_weighted_clusters_keep_what_the_weights_draw(side, endpoints):
    """Envoy draws the cluster before any filter: a session can be kept only where
    its own cluster is drawn."""
    a, b = endpoints[:2], endpoints[2:]
    clusters = [
        c.cluster("a", [c.host(e.port) for e in a]),
        c.cluster("b", [c.host(e.port) for e in b]),
    ]
    weights = {"clusters": [{"name": n, "weight": 50} for n in "ab"]}
    routes = [c.route(None, weighted_clusters=weights)]
    _, client = side(clusters=clusters, routes=routes)
    first = client.begin()
    own = {e.port for e in (a if first.port in {e.port for e in a} else b)}
    for _ in range(40):
        answer = client.get(first.token)
        assert answer.status == 200
        if answer.port in own:
            assert answer.port == first.port and answer.token is None
        else:
            assert answer.token


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_sessions_outlive_a_change_of_their_listener(start, store):
    """Without a keysFile, too: Envoy makes the filter anew, limpet keeps the keys
    and the map."""
    parts = c.filters("own", "Header", store={"type": store})
    envoy = start({"one": (parts, None)}, files=True)
    client = Client(envoy.ports["one"], "Header")
    first = client.begin()
    envoy.write_listeners({"one": ([*parts, c.aborts(429)], None)})
    deadline = time.time() + 20
    while client.get(fields=[("x-abort", "1")]).status != 429:
        assert time.time() < deadline
    assert client.ports(first.token) == {first.port}


def test_no_request_fails_while_listeners_are_replaced(start, endpoints):
    def listeners(timeout):
        return {
            f"{kind}-{carrier}": (c.filters(kind, carrier, timeout), None)
            for kind in ("own", "seal")
            for carrier in ("Header", "Cookie")
        }

    envoy = start(listeners("10s"), files=True)
    stop = threading.Event()
    failed = []
    served = []

    def load(name):
        client = Client(envoy.ports[name], name.rpartition("-")[2])
        while not stop.is_set():
            try:
                token = client.begin().token
                for _ in range(3):
                    answer = client.get(token)
                    served.append(answer.status)
                    if answer.status != 200:
                        failed.append(answer.status)
            except Exception as error:  # whatever it is, it failed
                failed.append(repr(error))

    threads = [threading.Thread(target=load, args=[name]) for name in envoy.ports]
    for thread in threads:
        thread.start()
    for i in range(6):
        time.sleep(0.5)
        envoy.write_listeners(listeners(f"{20 + i}s"))
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(served) > 100
