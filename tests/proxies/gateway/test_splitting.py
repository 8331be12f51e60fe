"""Traffic splitting and sessions: the two rules that the specification had."""

import concurrent.futures
import contextlib

import manifests as m
import pytest

REQUESTS = 500
CLIENTS = 10
TOLERANCE = 0.05


def refs(weight_v1, weight_v2):
    return [m.backend("v1", weight_v1), m.backend("v2", weight_v2)]


def split(endpoints, session, weight_v1, weight_v2):
    rule = m.rule(backends=refs(weight_v1, weight_v2), session=session)
    return m.two_backends(endpoints, rule)


def pods_of_v1(endpoints):
    return {e.pod for e in endpoints[: len(endpoints) // 2]}


def share(pods, wanted):
    return sum(pod in wanted for pod in pods) / len(pods)


def of_10_clients(gateway, session, use):
    """What `use(session, connection)` returns, 500 times in all."""

    def run(_):
        client = session()
        with gateway.connect() as connection:
            return [use(client, connection) for _ in range(REQUESTS // CLIENTS)]

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return [pod for pods in pool.map(run, range(CLIENTS)) for pod in pods]


@pytest.mark.parametrize("shape", [m.shape_a, m.shape_b])
def test_fresh_sessions_follow_the_weights(start_gateway, endpoints, kind, shape):
    gateway = start_gateway(split(endpoints, shape(kind), 70, 30))
    pods = of_10_clients(
        gateway,
        lambda: gateway.session(kind),
        lambda session, connection: session.send(on=connection).pod,
    )
    assert abs(share(pods, pods_of_v1(endpoints)) - 0.7) < TOLERANCE
    assert set(pods) == {e.pod for e in endpoints}
    assert gateway.outcomes() == {"new": REQUESTS}


def test_requests_without_sessions_follow_the_weights(start_gateway, endpoints):
    gateway = start_gateway(split(endpoints, None, 70, 30))
    pods = of_10_clients(
        gateway, lambda: None, lambda _, connection: connection.request().pod
    )
    assert abs(share(pods, pods_of_v1(endpoints)) - 0.7) < TOLERANCE


@pytest.mark.parametrize("weights", [(1, 99), (99, 1), (0, 100), (0, 1), (1, 1)])
def test_a_session_of_shape_a_wins_over_the_weights(
    start_gateway, endpoints, kind, weights
):
    gateway = start_gateway(split(endpoints, m.shape_a(kind), 100, 0))
    session = gateway.session(kind)
    pod = session.begin()
    assert pod in pods_of_v1(endpoints)
    gateway.apply(split(endpoints, m.shape_a(kind), *weights))
    session.stays_with(pod, times=20)


def test_a_backend_of_weight_0_gets_no_new_session(start_gateway, endpoints, kind):
    gateway = start_gateway(split(endpoints, m.shape_a(kind), 0, 100))
    pods = {gateway.session(kind).begin() for _ in range(30)}
    assert pods == {e.pod for e in endpoints} - pods_of_v1(endpoints)


def test_a_session_of_shape_b_on_a_rule_does_not_override_the_split(
    start_gateway, endpoints, kind
):
    gateway = start_gateway(split(endpoints, m.shape_b(kind), 70, 30))
    pods = of_10_clients(
        gateway,
        lambda: gateway.session(kind),
        lambda session, connection: session.get(on=connection).pod,
    )
    assert abs(share(pods, pods_of_v1(endpoints)) - 0.7) < TOLERANCE
    outcomes = gateway.outcomes()
    assert outcomes["new"] == CLIENTS
    assert outcomes["kept"] + outcomes["other_backend"] == REQUESTS - CLIENTS


def test_a_session_of_shape_b_is_kept_within_the_backend_of_the_weights(
    start_gateway, endpoints, kind
):
    gateway = start_gateway(split(endpoints, m.shape_b(kind), 100, 0))
    session = gateway.session(kind)
    session.stays_with(session.begin(), times=20)
    gateway.apply(split(endpoints, m.shape_b(kind), 0, 100))
    response = session.get()
    assert session.token_of(response)
    assert response.pod not in pods_of_v1(endpoints)
    session.stays_with(response.pod)


def test_a_session_policy_may_say_which_rule_holds(start_gateway, endpoints, kind):
    manifests = split(endpoints, m.shape_b(kind), 100, 0)
    policy = m.policy(splitting="SessionFirst")
    gateway = start_gateway([*manifests, policy])
    session = gateway.session(kind)
    pod = session.begin()
    gateway.apply([*split(endpoints, m.shape_b(kind), 0, 100), policy])
    session.stays_with(pod, times=10)


# --- sessions of an XBackend ---


def of_xbackends(endpoints, sessions, weights):
    """XBackends v1 and v2 with sessions of their own, in one rule."""
    services = ("v1", "v2")
    references = [m.xbackend_ref(n, w) for n, w in zip(services, weights)]
    manifests = m.two_backends(endpoints, m.rule(backends=references))
    return [
        *(manifest for manifest in manifests if manifest["kind"] != "Service"),
        *(m.xbackend(n, s) for n, s in zip(services, sessions) if s),
    ]


def sessions_of(kind):
    return [m.shape_b(kind, f"Session-{name}") for name in ("V1", "V2")]


class TwoTokens:
    """A client that keeps the tokens of both backends."""

    def __init__(self, gateway, kind):
        self.parts = [gateway.session(kind, f"Session-{n}") for n in ("V1", "V2")]

    def get(self, connection):
        fields = [field for part in self.parts for field in part.fields()]
        response = connection.request("/", fields)
        return response, [part.take(response) for part in self.parts]


def test_an_xbackend_pins_its_sessions(start_gateway, endpoints, kind):
    manifests = [
        m.gateway(),
        *m.slices("v1", endpoints),
        m.xbackend("v1", m.shape_b(kind)),
        m.route(m.rule(backends=[m.xbackend_ref("v1")])),
    ]
    gateway = start_gateway(manifests)
    session = gateway.session(kind)
    session.stays_with(session.begin(), times=50)
    assert gateway.outcomes("backend/default/v1") == {"new": 1, "kept": 50}


def test_the_split_between_xbackends_comes_before_their_sessions(
    start_gateway, endpoints, kind
):
    gateway = start_gateway(of_xbackends(endpoints, sessions_of(kind), (70, 30)))
    pods = of_10_clients(
        gateway,
        lambda: TwoTokens(gateway, kind),
        lambda client, connection: client.get(connection)[0].pod,
    )
    assert abs(share(pods, pods_of_v1(endpoints)) - 0.7) < TOLERANCE


def test_a_client_may_hold_one_session_for_each_xbackend(
    start_gateway, endpoints, kind
):
    gateway = start_gateway(of_xbackends(endpoints, sessions_of(kind), (1, 1)))
    client = TwoTokens(gateway, kind)
    homes = set()
    with contextlib.closing(gateway.connect()) as connection:
        for _ in range(40):
            response, tokens = client.get(connection)
            if any(tokens):
                assert response.pod not in homes
                homes.add(response.pod)
            assert response.pod in homes
    assert len(homes & pods_of_v1(endpoints)) == 1
    assert len(homes) == 2


def test_rules_that_point_at_one_xbackend_share_its_sessions(
    start_gateway, endpoints, kind
):
    rules = [m.rule(path, [m.xbackend_ref("v1")]) for path in ("/a", "/b")]
    gateway = start_gateway(
        [
            m.gateway(),
            *m.slices("v1", endpoints),
            m.xbackend("v1", m.shape_b(kind)),
            m.route(*rules),
        ]
    )
    session = gateway.session(kind, target="/a")
    pod = session.begin()
    session.target = "/b"
    session.stays_with(pod)


def test_a_session_policy_extends_an_xbackend(start_gateway, endpoints):
    policy = m.policy("v1", "XBackend", store={"type": "SessionMap"})
    gateway = start_gateway(
        [*of_xbackends(endpoints, sessions_of("Header"), (1, 0)), policy]
    )
    session = gateway.session("Header", "Session-V1")
    pod = session.begin()
    key = {("rule", "backend/default/v1"), ("endpoint", pod)}
    assert gateway.metrics()["limpet_sessions", frozenset(key)] == 1
