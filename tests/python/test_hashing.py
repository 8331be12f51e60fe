"""Hash balancers, caps, priorities and localities."""

import pytest

import limpet

KEYS = limpet.Keys.from_text(f"1 {'1' * 64} seal\n2 {'7' * 64} place\n")


def policy(balancer, **more):
    return limpet.Policy(
        {"sessionName": "s", "type": "Header", "balancer": balancer, **more}, keys=KEYS
    )


def pods(count=4, **fields):
    return [
        limpet.Endpoint(f"pod-{i}", f"10.0.0.{i + 1}:80", **fields)
        for i in range(count)
    ]


@pytest.mark.parametrize(
    "kind",
    [
        "RingHash", "Maglev", "Rendezvous", "EnvoyRingHash", "EnvoyMaglev", "NginxHash",
        "NginxConsistentHash", "HaproxyConsistentHash", "HaproxyMapHash",
    ],
)  # fmt: skip
def test_a_key_has_one_endpoint_at_every_proxy(kind):
    endpoints = limpet.Endpoints(pods())
    one, other = policy({"type": kind}), policy({"type": kind})
    one.prepare(endpoints)
    seen = set()
    for i in range(200):
        place = one.select({}, endpoints, hash_key=f"key-{i}").endpoint
        assert (
            other.select({}, endpoints, hash_key=f"key-{i}".encode()).endpoint == place
        )
        seen.add(place.id)
    assert len(seen) == 4
    assert one.config.balancer == kind


def test_a_hash_balancer_needs_a_key_to_place_by():
    keys = limpet.Keys.from_text(f"1 {'1' * 64} seal")
    with pytest.raises(limpet.ConfigError, match=r"keys: .*role place"):
        limpet.Policy(
            {"sessionName": "s", "type": "Header", "balancer": {"type": "Maglev"}},
            keys=keys,
        )


def test_what_is_wrong_with_a_balancer_is_named():
    with pytest.raises(limpet.ConfigError) as refused:
        policy({"type": "Maglev", "tableSize": 100, "boundedLoadPercent": 50})
    assert "balancer.tableSize: must be a prime" in str(refused.value)
    assert "balancer.boundedLoadPercent: must be 0" in str(refused.value)


def test_an_address_is_a_key():
    assert limpet.address_key("203.0.113.7") == bytes([203, 0, 113, 7])
    assert limpet.address_key("203.0.113.7", ipv4_bits=24) == bytes([203, 0, 113, 0])
    assert len(limpet.address_key("2001:db8::1", ipv6_bits=64)) == 16
    assert limpet.address_key("host") == b""


def test_no_endpoint_gets_more_than_the_bound():
    endpoints = limpet.Endpoints(pods())
    bounded = policy({"type": "Maglev", "boundedLoadPercent": 125})
    active = dict.fromkeys(range(4), 0)
    for i in range(100):
        chosen = bounded.select(
            {}, endpoints, hash_key="one", active=lambda e: active[endpoints.index(e)]
        ).endpoint
        active[endpoints.index(chosen)] += 1
        assert max(active.values()) <= -(-125 * (i + 1) // 400)


def test_full_endpoints_get_no_more():
    endpoints = limpet.Endpoints(pods(2, max_requests=3))
    plain = policy({"type": "RoundRobin"})
    active = {"pod-0": 3, "pod-1": 0}
    decision = plain.select({}, endpoints, active=lambda e: active[e.id])
    assert decision.endpoint.id == "pod-1"
    active["pod-1"] = 3
    decision = plain.select({}, endpoints, active=lambda e: active[e.id])
    assert decision.outcome is limpet.Outcome.UNAVAILABLE


def test_endpoints_with_enough_sessions_get_no_more():
    endpoints = limpet.Endpoints(pods(2, max_sessions=2))
    counted = policy({"type": "Random"}, store={"type": "SessionMap"})
    counted.prepare(endpoints, 1_700_000_000)
    served = []
    for _ in range(4):
        decision = counted.select({}, endpoints, 1_700_000_000)
        counted.commit(decision, now=1_700_000_000)
        served.append(decision.endpoint.id)
    assert sorted(served) == ["pod-0", "pod-0", "pod-1", "pod-1"]
    assert counted.select({}, endpoints, 1_700_000_000).endpoint is None


def test_priorities_and_nearness_rank_endpoints():
    ranked = [
        limpet.Endpoint("far", locality="us/a"),
        limpet.Endpoint("near", locality="eu/a"),
        limpet.Endpoint("spare", priority=1, locality="eu/b"),
    ]
    plain = policy({"type": "RoundRobin"})
    near = limpet.Endpoints(ranked, locality="eu/b")
    assert {plain.select({}, near).endpoint.id for _ in range(20)} == {"near"}
    anywhere = limpet.Endpoints(ranked)
    assert {plain.select({}, anywhere).endpoint.id for _ in range(20)} == {
        "near",
        "far",
    }
    with pytest.raises(limpet.ConfigError, match="priority: must be 0 to"):
        limpet.Endpoints(pods(1, priority=-1))


def test_envoys_hash_policies_add_up_to_where_it_sends_a_request():
    endpoints = limpet.Endpoints(pods())
    maglev = policy({"type": "EnvoyMaglev"})
    for i in range(100):
        one = limpet.EnvoyHash()
        assert one.value is None
        one.header([])
        assert one.value is None
        one.header([f"user-{i}"])
        # The hash of one value is that of its bytes.
        placed = maglev.select({}, endpoints, hash_key=f"user-{i}").endpoint
        by_hash = maglev.select({}, endpoints, hash_key="x", envoy_hash=one.value)
        assert by_hash.endpoint == placed


def test_envoys_hash_policies_are_those_of_the_other_languages():
    # From Envoy: xxHash64 of the value; each turns what was there before.
    header = limpet.EnvoyHash()
    header.header(["abc"])
    assert header.value == 0x44BC2CF5AD770999
    cookie, query = limpet.EnvoyHash(), limpet.EnvoyHash()
    cookie.cookie(["x=1", "session=abc"], "session")
    query.query("/path?q=abc&q=x", "q")
    assert cookie.value == query.value == header.value
    source = limpet.EnvoyHash()
    source.source("10.0.0.1")
    both = limpet.EnvoyHash()
    both.header(["abc"])
    both.source("10.0.0.1")
    turned = header.value << 1 & (2**64 - 1) | header.value >> 63
    assert both.value == turned ^ source.value


def test_a_terminal_hash_policy_ends_the_list_once_it_has_a_value():
    hashed = limpet.EnvoyHash()
    hashed.cookie(["x=1"], "session", terminal=True)
    assert hashed.value is None
    hashed.header(["abc"], terminal=True)
    before = hashed.value
    hashed.source("10.0.0.1")
    assert hashed.value == before
