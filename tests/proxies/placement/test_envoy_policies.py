"""Envoy's hash policies: header, cookie, query parameter, source address, and
several of them together."""

import socket

import cases
import envoy_config
import programs
import pytest

HOSTS = 60
REPEATED = 5

HEADER = {"header": "x-a"}
COOKIE = {"cookie": "sid"}
MADE = {"cookie": "sid", "ttl": True}
QUERY = {"query": "k"}
SOURCE = {"source": True}


def terminal(policy):
    return {**policy, "terminal": True}


POLICIES = {
    "header": [HEADER],
    "cookie": [COOKIE],
    "made": [MADE],
    "query": [QUERY],
    "source": [SOURCE],
    "two": [HEADER, COOKIE],
    "two-turned": [COOKIE, HEADER],
    "three": [HEADER, QUERY, SOURCE],
    "terminal": [terminal(HEADER), SOURCE],
    "terminal-later": [HEADER, terminal(COOKIE), SOURCE],
    "all": [HEADER, COOKIE, QUERY, SOURCE],
}


def fields(*lines):
    return {"fields": [list(line) for line in lines]}


def _requests():
    """(virtual host, request); many values of each kind."""
    made = []
    headers = [
        fields(),
        fields(("x-a", "")),
        fields(("x-a", "one")),
        fields(("x-a", "  one  ")),
        fields(("x-a", "one"), ("x-a", "two")),
        fields(("x-a", "two"), ("x-a", "one")),
        fields(("x-a", "one, two")),
        fields(("x-a", "b"), ("x-a", ""), ("x-a", "\u00e9"), ("x-a", "a")),
        fields(("x-a", "same"), ("x-a", "same")),
        *(fields(("x-a", f"{i}" * (i % 60))) for i in range(60)),
    ]
    cookies = [
        fields(),
        fields(("cookie", "sid=abc")),
        fields(("cookie", 'sid="abc"')),
        fields(("cookie", 'sid="abc')),
        fields(("cookie", "sid=a%20c")),
        fields(("cookie", "SID=abc")),
        fields(("cookie", "sid=")),
        fields(("cookie", 'sid=""')),
        fields(("cookie", "sid=; sid=abc")),
        fields(("cookie", "other=1; sid=abc; sid=def")),
        fields(("cookie", "other=1;sid=abc")),
        fields(("cookie", "sid; sid=abc")),
        fields(("cookie", "sid=a=b=")),
        fields(("cookie", "x=1"), ("cookie", "sid=second")),
        fields(("cookie", "sid=first"), ("cookie", "sid=second")),
        fields(("cookie", "sid =abc")),
        fields(("cookie", "sid=abc  ; a=b")),
        *(fields(("cookie", f"a=b; sid=value-{i}")) for i in range(40)),
    ]
    queries = ["/", "/?", "/?k", "/?k=", "/?k=1", "/?k=1&k=2", "/?a=2&k=%31",
               "/?K=1", "/?k=a=b", "/?kk=1&k=2", "/a/b?x&&k=1", "/?k=1?k=2",
               *(f"/?k=value-{i}" for i in range(40))]  # fmt: skip
    sources = [None, "10.0.0.1", "192.168.7.9", "2001:db8::1", "2001:DB8:0:0::1",
               "1.1.1.1, 10.0.0.1", "no address", "::ffff:1.2.3.4",
               *(f"10.0.{i}.7" for i in range(40))]  # fmt: skip
    made += [("header", each) for each in headers]
    made += [("cookie", each) for each in cookies]
    made += [("made", each) for each in cookies]
    made += [("query", {"path": path}) for path in queries]
    made += [("source", {"forwarded": source}) for source in sources]
    for name in ["two", "two-turned", "three", "terminal", "terminal-later", "all"]:
        for i in range(64):
            lines = [("x-a", f"h{i}")] if i & 1 else []
            lines += [("cookie", f"sid=c{i}")] if i & 2 else []
            path = f"/?k=q{i}" if i & 4 else "/"
            made.append(
                (name, {**fields(*lines), "path": path, "forwarded": f"10.1.1.{i}"})
            )
    return made


def _configured(policy):
    if "header" in policy:
        made = {"header": {"header_name": policy["header"]}}
    elif "cookie" in policy:
        made = {"cookie": {"name": policy["cookie"]}}
        if policy.get("ttl"):
            made["cookie"]["ttl"] = "60s"
    elif "query" in policy:
        made = {"query_parameter": {"name": policy["query"]}}
    else:
        made = {"connection_properties": {"source_ip": True}}
    return {**made, "terminal": policy.get("terminal", False)}


# What Envoy makes of x-forwarded-for: the last entry in its canonical form, or
# the peer where that is no address.
SOURCES = {
    None: "127.0.0.1",
    "2001:DB8:0:0::1": "2001:db8::1",
    "1.1.1.1, 10.0.0.1": "10.0.0.1",
    "no address": "127.0.0.1",
}


def _ask(port, host, request):
    """Sends it over a connection of its own; the host it went to, and the
    request as limpet is to see it."""
    lines = [f"GET {request.get('path', '/')} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in request.get("fields", [])]
    forwarded = request.get("forwarded")
    if forwarded is not None:
        lines.append(f"X-Forwarded-For: {forwarded}")
    lines += ["Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        local = "{}:{}".format(*connection.getsockname())
        connection.sendall("\r\n".join(lines).encode())
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()
    [last] = [line for line in answer.split("\r\n") if line.startswith("x-last: ")]
    seen = {
        "policies": POLICIES[host],
        "fields": [[n, value.strip()] for n, value in request.get("fields", [])],
        "path": request.get("path", "/"),
        "source": SOURCES.get(forwarded, forwarded),
        "remote": local,
        "local": f"127.0.0.1:{port}",
    }
    return last.split()[1], seen


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    port, live = programs.free_ports(2)
    members = cases.members([1 + i % 2 for i in range(HOSTS)])
    for i, member in enumerate(members):
        member["address"] = member["key"] = f"127.0.0.{i + 1}:{live}"
    hosts = {
        name: {
            "mode": "envoy_maglev",
            "members": members,
            "hash_policy": [_configured(policy) for policy in policies],
        }
        for name, policies in POLICIES.items()
    }
    upstream = programs.upstream(tmp_path_factory.mktemp("upstream"), live)
    try:
        folder = tmp_path_factory.mktemp("envoy")
        envoy = programs.envoy(folder, port, envoy_config.configuration(port, hosts))
        try:
            yield members, port
        finally:
            envoy.stop()
    finally:
        upstream.stop()


@pytest.mark.parametrize("name", POLICIES)
def test_hashes_the_same_part_of_every_request(name, running, tool):
    members, port = running
    index_of = {member["address"]: i for i, member in enumerate(members)}
    requests = [request for host, request in _requests() if host == name]
    assert len(requests) > 30
    answers = [[_ask(port, name, r) for _ in range(REPEATED)] for r in requests]
    seen = [request for group in answers for _, request in group]
    case = {"mode": "envoy_policies", "members": members, "requests": seen}
    [placed] = cases.place(tool, [case])
    for request, group in zip(requests, answers):
        theirs = [index_of[address] for address, _ in group]
        ours, placed = placed[:REPEATED], placed[REPEATED:]
        if ours[0]:
            assert theirs == [tries[0] for tries in ours], request
        else:
            assert ours == [[]] * REPEATED, request
            assert len(set(theirs)) > 1, f"{request} should have no hash"
