"""The files of examples/envoy-gateway that test_before_and_after.py does not use."""

import collections
import subprocess

import pytest
import resources as r
from conftest import ADMIN, program

SESSIONS = {"sessionName": "Session-A", "type": "Header", "absoluteTimeout": "1h"}


def test_the_gateway_differs_from_the_workshops_in_one_stanza():
    gateway = r.example("2-gateway.yaml")
    del gateway["spec"]["infrastructure"]
    assert gateway == r.workshop("2-gateway.yaml")


def test_the_two_ways_to_the_module_differ_in_its_pod_only():
    one, other = r.example("1-proxy.yaml"), r.example("1-proxy-image.yaml")
    del one["spec"]["provider"], other["spec"]["provider"]
    assert one == other


def test_calico_takes_the_same_object():
    reference = r.example("calico-class.yaml")["spec"]["gatewayClasses"][0]
    proxy = r.placed(r.example("1-proxy.yaml"))
    assert reference["envoyProxyRef"] == proxy["metadata"]
    gateway = r.workshop("2-gateway.yaml")
    assert reference["name"] == gateway["spec"]["gatewayClassName"]


def test_envoy_gateway_accepts_both_ways(gateway, endpoints):
    """By its own schema; without a cluster it starts no pods."""
    for name in ("1-proxy.yaml", "1-proxy-image.yaml"):
        gateway.apply(endpoints, ("own", SESSIONS), proxy=name)
        first = gateway.client().begin()
        assert gateway.client().ports(first.token) == {first.port}


@pytest.mark.parametrize("kind", ["own", "seal"])
def test_the_check_says_whether_the_filter_is_there(gateway, endpoints, kind):
    def said():
        command = [program("LIMPET_ENVOY_CHECK"), "--admin", f"127.0.0.1:{ADMIN}"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return answer.stdout + answer.stderr

    gateway.apply(endpoints, (kind, SESSIONS), SESSIONS if kind == "seal" else None)
    found = said()
    assert "filters of limpet in listeners: 1" in found
    assert "stands behind" not in found
    gateway.apply(endpoints)
    assert "filters of limpet in listeners: 0" in said()


def test_limpet_balances_a_rule_by_its_weights(gateway, endpoints):
    """One endpoint of two backends of weight 1 serves as many as three."""
    backends = {"large": endpoints[:3], "small": endpoints[3:]}
    more = [r.load_balancing(gateway.module)]
    gateway.apply(backends, ("own", SESSIONS), more=more)
    client = gateway.client()
    gateway.wait_for(lambda: envoy_has_the_policy(gateway))
    sessions = [client.begin() for _ in range(60)]
    served = collections.Counter(session.port for session in sessions)
    assert len(served) == 4
    assert 20 <= served[endpoints[3].port] <= 40, served
    for session in sessions[:8]:
        assert client.ports(session.token) == {session.port}


def envoy_has_the_policy(gateway):
    clusters = gateway.dump("dynamic_active_clusters")
    return "load_balancing_policies.dynamic_modules" in str(clusters)
