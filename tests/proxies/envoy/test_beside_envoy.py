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


def test_a_cookie_that_is_over_is_replaced(both, binary, endpoints):
    if both.carrier == "Header":
        return  # a header has no date
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


def test_a_filter_that_is_off_for_a_route_does_nothing(start):
    off = {
        "limpet": {
            "@type": f"{c.TYPES}config.route.v3.FilterConfig",
            "disabled": True,
        }
    }
    routes = [c.route(typed_per_filter_config=off)]
    envoy = start({"one": (c.filters("own", "Header"), routes)})
    client = Client(envoy.ports["one"], "Header")
    assert {client.get().token for _ in range(8)} == {None}
