"""The scenarios of Envoy's own integration tests of stateful_session, through it
and through limpet in one process. Where limpet differs it does so on purpose:

| | stateful_session | limpet |
|---|---|---|
| a token that anybody can write, of an address | pins | invalid: a new session |
| a token of another route | pins, if the address is there | foreign |
| an absolute timeout of a header | there is none | ends the session |
| an absolute timeout of a cookie | in the value, not authenticated | sealed |
| an idle timeout | there is none | ends the session |
| of several tokens | the first counts | the first that is live |
| blanks, quotes, a carriage return around a header's token | no session | trimmed |
| 503 for nobody's answer | with a token of who was asked | without a token |
| an endpoint that refuses connections | asked for ever | left for 5 s |
| a request outside of the cookie's path | no session | its session |
| a configuration of nothing | does nothing | refused |
| a field of the application's in an envelope with the token | yes | no |
"""

import configuration as c
import pytest
from programs import Client, plain_token

UNKNOWN = "127.0.0.7:50000"


@pytest.fixture(params=["Header", "Cookie"])
def both(request, start, endpoints, tmp_path):
    """Envoy's filter, and limpet's with tokens in Envoy's format, so that the same
    requests can be sent; strict and not."""
    carrier = request.param
    timeout = None if carrier == "Header" else "120s"
    ttl = None if carrier == "Header" else "120s"
    listeners = {}
    for strict in (False, True):
        failover = {"type": "Strict"} if strict else {"type": "Rebind"}
        listeners[f"envoy-{strict}"] = (
            [c.stateful_session(carrier, ttl=ttl, strict=strict)],
            None,
        )
        listeners[f"limpet-{strict}"] = (
            c.filters(
                "own",
                carrier,
                timeout,
                store={"type": "EnvoyToken"},
                failover=failover,
            ),
            None,
        )
    envoy = start(listeners)

    def clients(strict=False):
        return [
            Client(envoy.ports[f"{side}-{strict}"], carrier)
            for side in ("envoy", "limpet")
        ]

    clients.carrier = carrier
    return clients


@pytest.mark.parametrize("strict", [False, True])
def test_a_request_without_a_token_gets_one(both, strict):
    for client in both(strict):
        answer = client.begin()
        assert client.ports(answer.token) == {answer.port}


@pytest.mark.parametrize("strict", [False, True])
def test_a_token_of_an_endpoint_pins_to_it(both, endpoints, strict):
    for client in both(strict):
        for endpoint in endpoints:
            token = plain_token(client.carrier, endpoint.address)
            answer = client.get(token)
            assert (answer.port, answer.token) == (endpoint.port, None)


def test_an_unknown_endpoint_is_replaced(both):
    for client in both():
        answer = client.get(plain_token(client.carrier, UNKNOWN))
        assert answer.status == 200 and answer.token


def test_an_unknown_endpoint_is_refused_where_it_is_strict(both):
    for client in both(strict=True):
        answer = client.get(plain_token(client.carrier, UNKNOWN))
        assert (answer.status, answer.token) == (503, None)


@pytest.mark.parametrize("both", ["Cookie"], indirect=True)  # headers have no date
def test_a_cookie_that_is_over_is_replaced(both, binary, endpoints):
    envoy, limpet = both()
    # Up to 1.38 Envoy compares the date with its machine's uptime.
    for client in [limpet] + ([envoy] if binary.version() >= (1, 39) else []):
        token = plain_token("Cookie", endpoints[0].address, 1_700_000_000)
        answers = [client.get(token) for _ in range(8)]
        assert all(answer.token for answer in answers)


@pytest.mark.parametrize("token", ["abc", "-_-_", "====", ""])
def test_what_is_no_token_is_replaced(both, token):
    for client in both():
        answer = client.get(token)
        assert answer.status == 200 and answer.token


def pair(start, carrier, of_envoy, of_limpet):
    """Clients of stateful_session and of limpet, whose routes have these."""
    listeners = {
        "envoy": (
            [c.stateful_session(carrier)],
            [c.route(typed_per_filter_config=of_envoy)],
        ),
        "limpet": (
            c.filters("own", carrier, None, store={"type": "EnvoyToken"}),
            [c.route(typed_per_filter_config=of_limpet)],
        ),
    }
    envoy = start(listeners)
    return [Client(envoy.ports[side], carrier) for side in listeners]


@pytest.mark.parametrize("carrier", ["Header", "Cookie"])
def test_a_route_can_do_without(start, endpoints, carrier):
    sides = pair(start, carrier, c.stateful_session_of_route(), c.off_for_route())
    for client in sides:
        token = plain_token(carrier, endpoints[1].address)
        answers = [client.get(token) for _ in range(16)]
        assert len({answer.port for answer in answers}) > 1
        assert {answer.token for answer in answers} == {None}


@pytest.mark.parametrize("carrier", ["Header", "Cookie"])
def test_a_route_can_have_sessions_of_another_name(start, endpoints, carrier):
    name = "Route-Session"
    mine = c.sessions(carrier, None, store={"type": "EnvoyToken"})
    of_limpet = c.limpet_of_route(
        "own", {"sessionPersistence": {**mine, "sessionName": name}}
    )
    of_envoy = c.stateful_session_of_route(carrier, name)
    for client in pair(start, carrier, of_envoy, of_limpet):
        token = plain_token(carrier, endpoints[2].address)
        # The listener's name counts for nothing.
        answers = [client.get(token) for _ in range(16)]
        assert len({answer.port for answer in answers}) > 1
        issued = name.lower() if carrier == "Header" else "set-cookie"
        for answer in answers:
            assert any(
                field == issued and (carrier == "Header" or value.startswith(name))
                for field, value in answer.fields
            )
        field = (name, token) if carrier == "Header" else ("Cookie", f"{name}={token}")
        for _ in range(8):
            answer = client.get(fields=[field])
            assert answer.port == endpoints[2].port
            assert issued not in dict(answer.fields)


def test_a_cookie_outside_of_its_path(start, endpoints):
    """To Envoy there is no session; limpet leaves paths to who sends cookies."""
    mine = c.filters(
        "own",
        "Cookie",
        None,
        store={"type": "EnvoyToken"},
        cookieAttributes={"secure": False, "path": "/test"},
    )
    theirs = [c.stateful_session("Cookie", path="/test")]
    envoy = start({"envoy": (theirs, None), "limpet": (mine, None)})
    token = plain_token("Cookie", endpoints[1].address)
    for side in ("envoy", "limpet"):
        inside = Client(envoy.ports[side], "Cookie", "/test")
        assert inside.ports(token) == {endpoints[1].port}
        outside = Client(envoy.ports[side], "Cookie", "/other")
        answers = [outside.get(token) for _ in range(16)]
        assert (len({a.port for a in answers}) == 1) == (side == "limpet")
        assert {answer.token for answer in answers} == {None}


def test_an_empty_configuration(start):
    """Of Envoy's does nothing; limpet's is refused (test_configuration.py)."""
    empty = c.stateful_session("Header")
    empty["typed_config"] = {"@type": empty["typed_config"]["@type"], "strict": False}
    envoy = start({"one": ([empty], None)})
    client = Client(envoy.ports["one"], "Header")
    assert {client.get().token for _ in range(8)} == {None}
