"""What Envoy Gateway makes of sessionPersistence, without the module and with it.
Where nothing else is said the timeout is 3 s, not the workshop's 10."""

import http.client
import subprocess
import time

import pytest
import resources as r
from programs import plain_token

HEADER = {"sessionName": "Session-A", "type": "Header", "absoluteTimeout": "3s"}
LONG_HEADER = {**HEADER, "absoluteTimeout": "1h"}
SESSION_COOKIE = {
    "sessionName": "Session-A",
    "type": "Cookie",
    "absoluteTimeout": "3s",
    "cookieConfig": {"lifetimeType": "Session"},
}
PERMANENT_COOKIE = {**SESSION_COOKIE, "cookieConfig": {"lifetimeType": "Permanent"}}
WORLDS = ("before", "own", "seal")


@pytest.fixture(params=WORLDS)
def world(request):
    return request.param


def set_up(gateway, endpoints, world, sessions, paths=("/",), **more):
    """own: the routes have no sessionPersistence."""
    policy = None
    if world != "before":
        mine = dict(sessions)
        if sessions["type"] == "Cookie":
            mine["cookieAttributes"] = {"secure": False}  # plain HTTP here
        policy = (world, mine)
    on_route = None if world == "own" else sessions
    gateway.apply(endpoints, policy, on_route, paths, **more)


def is_sticky(client, token, count=20):
    return len(client.ports(token, count)) == 1


WORKSHOP = """
URL=http://${GATEWAY}/get
HEADER=$(curl --verbose "$URL" 2>&1 | grep "session-a" | awk '{print $3}')
for i in {1..5} wait {1..20}; do
  [[ $i != wait ]] || { sleep 10.1; continue; }
  curl -H "Session-A: $HEADER" "$URL" 2>/dev/null | grep -o '"port": [0-9]*'
done
"""


def test_the_workshop_sticks_and_ends(gateway, endpoints, world):
    """Its route, its ten seconds, its lines, and twenty requests more."""
    set_up(gateway, endpoints, world, r.workshop_sessions())
    answer = subprocess.run(
        ["bash", "-c", WORKSHOP],
        env={"PATH": "/usr/bin:/bin", "GATEWAY": f"127.0.0.1:{r.PORT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    ports = answer.stdout.splitlines()
    assert len(ports) == 25, answer
    assert len(set(ports[:5])) == 1
    assert (len(set(ports[5:])) == 1) == (world == "before")


def test_a_session_cookie_has_its_timeout(gateway, endpoints, world):
    set_up(gateway, endpoints, world, SESSION_COOKIE)
    client = gateway.client("Cookie")
    first = client.begin()
    assert client.ports(first.token, 20) == {first.port}
    time.sleep(3.1)
    assert is_sticky(client, first.token) == (world == "before")


def test_a_permanent_cookie_ends_and_says_when(gateway, endpoints, world):
    set_up(gateway, endpoints, world, PERMANENT_COOKIE)
    client = gateway.client("Cookie")
    first = client.begin()
    (line,) = [value for name, value in first.fields if name == "set-cookie"]
    assert "Max-Age=3" in line
    assert client.ports(first.token, 20) == {first.port}
    time.sleep(4.1)  # Envoy counts whole seconds
    assert not is_sticky(client, first.token)


def test_half_a_second_is_no_eternity(gateway, endpoints, world):
    half = {**PERMANENT_COOKIE, "absoluteTimeout": "500ms"}
    set_up(gateway, endpoints, world, half)
    client = gateway.client("Cookie")
    first = client.begin()
    (line,) = [value for name, value in first.fields if name == "set-cookie"]
    assert ("Max-Age=1" in line) == (world != "before")
    time.sleep(2.1)
    assert is_sticky(client, first.token) == (world == "before")


def test_a_client_cannot_make_its_cookie_last(gateway, endpoints, world):
    set_up(gateway, endpoints, world, PERMANENT_COOKIE)
    client = gateway.client("Cookie")
    forged = plain_token("Cookie", endpoints[0].address, int(time.time()) + 3600)
    assert (client.ports(forged, 20) == {endpoints[0].port}) == (world == "before")


def test_a_token_hides_its_endpoint(gateway, endpoints, world):
    set_up(gateway, endpoints, world, LONG_HEADER)
    first = gateway.client().begin()
    plain = plain_token("Header", f"127.0.0.1:{first.port}")
    assert (first.token == plain) == (world == "before")


def test_a_client_cannot_choose_its_endpoint(gateway, endpoints, world):
    set_up(gateway, endpoints, world, LONG_HEADER)
    client = gateway.client()
    forged = plain_token("Header", endpoints[0].address)
    assert (client.ports(forged, 20) == {endpoints[0].port}) == (world == "before")


@pytest.mark.parametrize("sessions", [LONG_HEADER, SESSION_COOKIE])
def test_rules_share_no_sessions(gateway, endpoints, world, sessions):
    sessions = {**sessions, "absoluteTimeout": "1h"}
    set_up(gateway, endpoints, world, sessions, paths=("/a", "/b"))
    of_a, of_b = (gateway.client(sessions["type"], path) for path in ("/a", "/b"))
    first = of_a.begin()
    assert of_a.ports(first.token, 20) == {first.port}
    assert (of_b.ports(first.token, 20) == {first.port}) == (world == "before")


def test_of_two_tokens_the_live_one_counts(gateway, endpoints, world):
    set_up(gateway, endpoints, world, LONG_HEADER)
    client = gateway.client()
    token = client.begin().token
    both = [client.carry("garbage"), client.carry(token)]
    served = {client.get(fields=both).port for _ in range(20)}
    assert (len(served) == 1) == (world != "before")


def test_a_dead_endpoint_is_left(gateway, endpoints, world):
    set_up(gateway, endpoints, world, LONG_HEADER)
    client = gateway.client()
    first = client.begin()
    next(e for e in endpoints if e.port == first.port).stop()
    answers = [client.get(first.token) for _ in range(20)]
    served = [answer for answer in answers if answer.status == 200]
    assert bool(served) == (world != "before")
    # A first request that meets it is given a token for it.
    new = [client.get() for _ in range(60)]
    failed = [answer for answer in new if answer.status == 503]
    assert failed
    assert any(answer.token for answer in failed) == (world == "before")


def test_rules_whose_sessions_have_no_name_keep_their_cookies(
    gateway, endpoints, world
):
    """As Envoy Gateway names them by the rule: one policy for all of them."""
    sessions = {"type": "Cookie", "absoluteTimeout": "1h"}
    set_up(gateway, endpoints, world, sessions, paths=("/a", "/b"))
    names = set()
    for path in ("/a", "/b"):
        client = gateway.client("Cookie", path)
        first = client.get()
        (line,) = [value for name, value in first.fields if name == "set-cookie"]
        name, _, value = line.split(";")[0].partition("=")
        fields = [("Cookie", f"{name}={value}")]
        served = {client.get(fields=fields).port for _ in range(20)}
        assert served == {first.port}
        names.add(name)
    assert len(names) == 2
    if world != "own":
        assert names == {f"httproute-default-header-rule-{i}" for i in (0, 1)}


def test_a_backend_of_weight_0_is_gone_for_all(gateway, endpoints, world):
    """Envoy Gateway leaves it out: the proxy does not know its endpoints."""
    backends = {"stays": endpoints[:2], "goes": endpoints[2:]}
    going = {endpoint.port for endpoint in endpoints[2:]}
    set_up(gateway, backends, world, LONG_HEADER)
    client = gateway.client()
    while (first := client.begin()).port not in going:
        pass
    assert client.ports(first.token, 20) == {first.port}
    set_up(gateway, backends, world, LONG_HEADER, weights={"goes": 0})
    assert not client.ports(first.token, 20) & going


# What Envoy Gateway takes for a name.
SPLITS = {**LONG_HEADER, "sessionName": "x\r\nset-cookie: admin=1; Path=/; y"}


@pytest.mark.parametrize("world", ["before", "own"])
def test_a_name_splits_no_response(gateway, endpoints, world):
    """limpet refuses it, in the log. (Under `seal` the route has it still.)"""
    set_up(gateway, endpoints, world, {**SPLITS, "type": "Cookie"})
    answers = [gateway.client().get() for _ in range(4)]
    assert {answer.status for answer in answers} == {200}
    split = any(
        name == "set-cookie" and value.startswith("admin=1")
        for answer in answers
        for name, value in answer.fields
    )
    assert split == (world == "before")
    if world == "own":
        log = (gateway.folder / "envoy.log").read_text()
        assert "limpet: traffic passes without sessions: sessionPersistence.s" in log


@pytest.mark.parametrize("world", ["before", "own"])
def test_a_cookie_comes_back_to_its_rule(gateway, endpoints, world):
    """Envoy Gateway makes the cookie's path of the route's match, which then does
    not cover all that the rule matches."""
    sessions = {**SESSION_COOKIE, "absoluteTimeout": "1h"}
    set_up(gateway, endpoints, world, sessions, paths=("/v2/",))
    client = gateway.client("Cookie", "/v2")
    answers = [client.get() for _ in range(8)]
    assert {answer.status for answer in answers} == {200}
    assert all(answer.token is None for answer in answers) == (world == "before")


@pytest.mark.parametrize("world", ["before", "own"])
def test_kept_connections_outlive_a_change_of_sessions(gateway, endpoints, world):
    """The last rule's sessionPersistence goes, or under a policy for the whole
    Gateway a rule comes: only the first writes the listener anew."""
    set_up(gateway, endpoints, world, LONG_HEADER)
    connection = http.client.HTTPConnection("127.0.0.1", r.PORT, timeout=20)

    def closes():
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        return answer.getheader("connection") == "close"

    assert not closes()
    if world == "before":
        gateway.apply(endpoints)
    else:
        set_up(gateway, endpoints, world, LONG_HEADER, paths=("/", "/more"))
    assert closes() == (world == "before")
    connection.close()
