"""Balancers that place a request by a key: the client's address, or a header."""

import manifests as m
import pytest

BALANCERS = ["RingHash", "Maglev", "Rendezvous", "EnvoyMaglev", "NginxConsistentHash"]


def pods_of(gateway, user, times=3):
    """Where requests of a user go; each has a connection of its own."""
    fields = [("X-User", user)] if user else []
    return {gateway.get(fields=fields).pod for _ in range(times)}


def placing(endpoints, balancer, **spec):
    policy = m.policy(balancer={"type": balancer}, **spec)
    return [*m.one_rule(endpoints, None), policy]


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_client_stays_by_its_address(start_gateway, endpoints, balancer):
    # Keys of the process itself: those of a file have none to place by.
    gateway = start_gateway(placing(endpoints, balancer), keys=None)
    assert len(pods_of(gateway, None, times=20)) == 1


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_user_stays_by_a_header(start_gateway, endpoints, balancer):
    key = {"type": "Header", "name": "x-user"}
    gateway = start_gateway(placing(endpoints, balancer, hashKey=key), keys=None)
    users = [f"user-{i}" for i in range(30)]
    placed = {user: pods_of(gateway, user) for user in users}
    assert all(len(pods) == 1 for pods in placed.values())
    assert set().union(*placed.values()) == {e.pod for e in endpoints}
    # Another configuration with the same keys changes nothing.
    gateway.apply([*placing(endpoints, balancer, hashKey=key), m.service("other")])
    assert {user: pods_of(gateway, user) for user in users} == placed


def test_an_endpoint_that_leaves_moves_its_own_users_only(start_gateway, endpoints):
    key = {"type": "Header", "name": "x-user"}
    gateway = start_gateway(placing(endpoints, "RingHash", hashKey=key), keys=None)
    users = [f"user-{i}" for i in range(30)]
    before = {user: pods_of(gateway, user, times=1) for user in users}
    gone, *rest = endpoints
    gateway.apply(placing(rest, "RingHash", hashKey=key))
    for user in users:
        if before[user] != {gone.pod}:
            assert pods_of(gateway, user, times=1) == before[user]


def test_a_hash_key_that_is_none_is_refused(start_gateway, endpoints):
    gateway = start_gateway(placing(endpoints, "EnvoyMaglev"))
    wrong = placing(endpoints, "EnvoyMaglev", hashKey={"type": "Sky"})
    assert "spec.hashKey.type" in gateway.refuse(wrong)
