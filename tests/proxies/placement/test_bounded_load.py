"""The bounded load of Envoy and HAProxy: requests that are never answered, until
every member is full again and again."""

import socket

import cases
import envoy_config
import programs
import pytest
import test_haproxy
from holding_upstream import HoldingUpstream

# A proxy's counts start at nothing for each.
REQUESTS = 150
SETS = {
    "ten, 125 %": ([1] * 10, 125),
    "seven, 110 %": ([1] * 7, 110),
    "uneven, 125 %": ([1, 2, 3, 4, 5], 125),
    "uneven, 110 %": ([5, 1, 9, 2, 2, 7], 110),
    "far apart, 105 %": ([3, 5, 7, 11, 13, 1, 100], 105),
    "forty, 101 %": ([1 + i % 3 for i in range(40)], 101),
}


def _case(mode, weights, factor, port, **options):
    members = cases.members(weights)
    for i, member in enumerate(members):
        member["address"] = f"127.0.0.{i + 1}:{port}"
        member["key"] = f"member-{i}"  # not the port, which is another each time
    return {
        "mode": mode,
        "factor": factor,
        "keys": REQUESTS,
        "members": members,
        **options,
    }


def _made(port):
    made = {}
    for name, (weights, factor) in SETS.items():
        for mode in ("envoy_ring", "envoy_maglev", "haproxy_consistent"):
            options = {}
            if mode == "haproxy_consistent":
                options = {"avalanche": True, "hash_key": test_haproxy.HASH_KEY}
            made[f"{mode}, {name}"] = _case(mode, weights, factor, port, **options)
    return made


NAMES = list(_made(1))


def _haproxy_configuration(port, hosts):
    lines = [test_haproxy.HEAD.format(port=port)]
    for host, case in hosts.items():
        lines += [
            f"backend {host}",
            "  balance hdr(x-key)",
            "  hash-type consistent",
            f"  hash-balance-factor {case['factor']}",
        ]
        lines += [
            f"  server {i} {member['address']} weight {member['weight']}"
            for i, member in enumerate(case["members"])
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The cases, the ports of both proxies, their upstream."""
    upstream = HoldingUpstream()
    made = _made(upstream.port)
    ports = programs.free_ports(2)
    hosts = {f"case{NAMES.index(name)}": case for name, case in made.items()}
    of_envoy = {h: c for h, c in hosts.items() if c["mode"] != "haproxy_consistent"}
    of_haproxy = {h: c for h, c in hosts.items() if h not in of_envoy}
    started = [upstream]
    try:
        folder = tmp_path_factory.mktemp("envoy")
        configuration = envoy_config.configuration(ports[0], of_envoy)
        started.append(programs.envoy(folder, ports[0], configuration))
        folder = tmp_path_factory.mktemp("haproxy")
        configuration = _haproxy_configuration(ports[1], of_haproxy)
        started.append(programs.haproxy(folder, ports[1], configuration))
        yield made, ports, upstream
    finally:
        for each in reversed(started):
            each.stop()


@pytest.mark.parametrize("name", NAMES)
def test_passes_on_the_same_requests_to_the_same_members(name, running, tool):
    made, ports, upstream = running
    case = made[name]
    port = ports[case["mode"] == "haproxy_consistent"]
    clients, theirs = [], []
    try:
        for key in cases.keys_of(case):
            clients.append(socket.create_connection(("127.0.0.1", port), 60))
            head = f"GET / HTTP/1.1\r\nHost: case{NAMES.index(name)}\r\n"
            clients[-1].sendall(f"{head}x-key: {key}\r\n\r\n".encode())
            theirs.append(int(upstream.next().rsplit(".", 1)[1]) - 1)
    finally:
        for client in clients:
            client.close()
    [placed] = cases.place(tool, [case])
    assert cases.differences(case, theirs, [tries[-1] for tries in placed]) == []
    free = {name: value for name, value in case.items() if name != "factor"}
    [unbounded] = cases.place(tool, [free])
    assert unbounded != placed, "no member was ever full"
