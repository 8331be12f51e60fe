"""HAProxy: `hash-type consistent` and `map-based` with every function, servers
that are down or weigh nothing, and redispatches."""

import cases
import programs
import pytest
from client import ask

VERSION = programs.haproxy_version()
# These hash the id of a server once more.
HASH_KEY = "hashed id" if (3, 0) <= VERSION < (3, 3) else "id"
PROXY = "haproxy_3_0" if HASH_KEY == "hashed id" else "haproxy"
FUNCTIONS = ["sdbm", "djb2", "wt6", "crc32"]


def _sets():
    """name -> members, some down."""
    sets = {name: cases.members(weights) for name, weights in cases.WEIGHTS.items()}
    sets["two of seven down"] = cases.members([1] * 7, down=[2, 5])
    sets["uneven, three down"] = cases.members([8, 1, 20, 3, 100, 9], down=[0, 3, 4])
    sets["some weigh nothing"] = cases.members([0, 6, 0, 4, 2])
    sets["one left"] = cases.members([3, 3, 3], down=[0, 2])
    ids = cases.members([1, 2, 3, 1])
    for member, server_id in zip(ids, [0, 1, 0, 900]):
        member["id"] = server_id
    sets["ids of their own"] = ids
    return sets


def _case(mode, name, members, **options):
    return {
        "name": name,
        "mode": mode,
        "keys": cases.KEYS,
        "members": members,
        "balance": "hdr(x-key)",
        "retries": 0,
        "hash_key": HASH_KEY,
        **options,
    }


def _make():
    made = {}

    def add(mode, name, members, hash_type, **options):
        made[f"{hash_type}, {name}"] = _case(
            mode, name, members, hash_type=hash_type, **options
        )

    for name, members in _sets().items():
        add("haproxy_consistent", name, members, "consistent", avalanche=True)
        add("haproxy_map", name, members, "map-based")
    uneven = cases.members([3, 5, 7, 11, 13, 1, 100])
    for function in FUNCTIONS:
        for avalanche in (False, True):
            text = f"{function}{' avalanche' if avalanche else ''}"
            options = {"function": function, "avalanche": avalanche}
            for mode, kind in [
                ("haproxy_consistent", "consistent"),
                ("haproxy_map", "map-based"),
            ]:
                add(mode, "far apart", uneven, f"{kind} {text}", **options)
    source = {"balance": "source", "addresses": True}
    add("haproxy_consistent", "source", uneven, "consistent", avalanche=True, **source)
    add("haproxy_consistent", "source", uneven, "consistent sdbm", **source)
    add("haproxy_map", "source", uneven, "map-based", **source)
    retries = {"avalanche": True, "retries": 3}
    for name, weights, dead in [
        ("one dead", [1] * 7, [3]),
        ("two dead", [1] * 7, [1, 4]),
        ("four dead, uneven", [2, 1, 5, 3, 1, 1], [0, 2, 3, 5]),
        ("dead beside down", [1, 2, 3, 4, 5], [4]),
    ]:
        members = cases.members(
            weights, dead=dead, down=[1] if name == "dead beside down" else []
        )
        add("haproxy_consistent", name, members, "consistent", **retries)
    if VERSION >= (3, 0):
        for hash_key in ("addr", "addr-port"):
            members = cases.members([3, 5, 1, 2, 4])
            for i, member in enumerate(members):
                member["key"] = f"127.0.{i}.{7 * i + 1}:{7000 + i}"
            options = {"avalanche": True, "hash_key": hash_key}
            add("haproxy_consistent", hash_key, members, "consistent", **options)
    # It asks the same server again and again.
    members = cases.members([1] * 7, dead=[1, 4])
    add("haproxy_map", "two dead", members, "map-based", retries=3)
    return made


CASES = _make()
NAMES = list(CASES)

HEAD = """
global
  maxconn 4000
  nbthread 1
  tune.maxrewrite 1024
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout queue 10s
  timeout http-keep-alive 60s
  http-reuse always
frontend all
  bind 127.0.0.1:{port}
  http-request set-src hdr(x-key) if {{ hdr_beg(host) address }}
  use_backend %[req.hdr(host)]
"""


def _backend(name, case, live, closed):
    lines = [
        f"backend {name}",
        f"  balance {case['balance']}",
        f"  hash-type {case['hash_type']}",
        f"  retries {case['retries']}",
        "  http-after-response set-header x-server %s",
    ]
    if case["retries"]:
        # So long it waits before it tries again.
        lines += ["  option redispatch 1", "  timeout connect 2ms"]
    for i, member in enumerate(case["members"]):
        port = closed if member.get("dead") else live
        address = member.get("key", f"127.0.0.1:{port}")
        lines.append(
            f"  server {i} {address} weight {member['weight']}"
            + (f" id {member['id']}" if member.get("id") else "")
            + (" disabled" if member.get("down") else "")
            + (f" hash-key {case['hash_key']}" if "key" in member else "")
        )
    return "\n".join(lines)


def _host(number, case):
    return f"{'address' if case.get('addresses') else 'case'}{number}"


@pytest.fixture(scope="module")
def port(tmp_path_factory, closed):
    port, live = programs.free_ports(2)
    configuration = [HEAD.format(port=port)]
    for number, case in enumerate(CASES.values()):
        configuration.append(_backend(_host(number, case), case, live, closed))
    upstream = programs.upstream(tmp_path_factory.mktemp("upstream"), live)
    try:
        folder = tmp_path_factory.mktemp("haproxy")
        haproxy = programs.haproxy(folder, port, "\n".join(configuration) + "\n")
        try:
            yield port
        finally:
            haproxy.stop()
    finally:
        upstream.stop()


@pytest.mark.parametrize("name", NAMES)
def test_places_every_key_on_the_same_server(name, port, tool, record):
    case = CASES[name]
    host = _host(NAMES.index(name), case)
    answers = ask(port, host, cases.keys_of(case), "x-server")
    dead = {i for i, member in enumerate(case["members"]) if member.get("dead")}
    theirs = [int(server) for _, server in answers]
    [tries] = cases.place(tool, [case])
    ours = [placed[-1] for placed in tries]
    assert cases.differences(case, theirs, ours) == []
    if "key" not in case["members"][0]:  # or nobody is there
        assert [status for status, _ in answers] == [
            503 if server in dead else 200 for server in ours
        ]
    record(case, [(server, None) for server in theirs])
