"""The store SessionMap of a policy from Python."""

from workshop import NOW

import limpet

CONFIG = {
    "sessionName": "Session-A",
    "type": "Header",
    "absoluteTimeout": "10s",
    "store": {"type": "SessionMap", "capacity": 100},
}


def begin(policy, endpoints, now=NOW, **options):
    return policy.commit(policy.select([], endpoints, now, **options), now=now)


def test_the_policy_makes_a_map_of_the_configured_capacity():
    sessions = limpet.Policy(CONFIG).sessions
    assert sessions.capacity == 100
    assert sessions.size == len(sessions) == 0


def test_live_sessions_are_counted_by_endpoint(endpoints):
    policy = limpet.Policy(CONFIG)
    for _ in range(3):
        begin(policy, endpoints, tried=["pod-b", "pod-c"])
    begin(policy, endpoints, NOW + 5, tried=["pod-a", "pod-c"])
    a, b, c = (endpoint.handle for endpoint in endpoints)
    assert policy.live_sessions(NOW + 9) == {a: 3, b: 1}
    assert policy.live_sessions(NOW + 10) == {b: 1}
    assert c not in policy.live_sessions(NOW)


def test_a_sweep_frees_what_is_over(endpoints):
    policy = limpet.Policy(CONFIG)
    for i in range(10):
        begin(policy, endpoints, NOW + i)
    assert policy.sweep(NOW + 14, budget=1_000_000) == 5
    assert policy.sessions.size == 5


def test_a_policy_hands_its_map_on(endpoints):
    policy = limpet.Policy(CONFIG)
    fields = begin(policy, endpoints)
    longer = limpet.Policy(
        {**CONFIG, "absoluteTimeout": "1h"}, sessions=policy.sessions
    )
    assert longer.sessions is policy.sessions
    assert longer.select(fields, endpoints, NOW + 3599).outcome == "kept"


def test_a_map_may_be_made_first_and_shared(endpoints):
    sessions = limpet.SessionMap(capacity=1)
    one, two = (limpet.Policy(CONFIG, sessions=sessions) for _ in range(2))
    fields = begin(one, endpoints)
    assert two.select(fields, endpoints, NOW).outcome == "kept"
    assert begin(two, endpoints).outcome == "unpinned"
    assert limpet.SessionMap().capacity == 100_000


def test_other_stores_have_no_map(policy):
    assert policy.sessions is None
    assert policy.live_sessions(NOW) == {}
    assert policy.sweep(NOW) == 0
