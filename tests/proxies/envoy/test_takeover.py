"""Tokens of Envoy's own, on the way to limpet and back."""

import base64

import configuration as c
import pytest
from programs import Client, plain_token

LATER = 2_000_000_000  # Unix seconds


@pytest.mark.parametrize("kind", ["own", "seal"])
@pytest.mark.parametrize("carrier", ["Header", "Cookie"])
def test_a_session_of_envoys_goes_on(start, endpoints, kind, carrier):
    envoy = start(
        {"one": (c.filters(kind, carrier, more={"alsoAccept": "EnvoyToken"}), None)}
    )
    client = Client(envoy.ports["one"], carrier)
    for endpoint in endpoints:
        plain = plain_token(carrier, endpoint.address)
        answer = client.get(plain)
        assert answer.port == endpoint.port
        assert answer.token and answer.token != plain
        assert client.ports(answer.token, 4) == {endpoint.port}
        assert not client.get(answer.token).token


@pytest.mark.parametrize("kind", ["own", "seal"])
@pytest.mark.parametrize("expires", [1005, LATER], ids=["uptime", "date"])
def test_cookies_of_both_clocks_are_taken_over(start, endpoints, kind, expires):
    """Envoy counted a machine's uptime up to 1.38. stateful_session of 1.39 and
    later takes such a cookie for one that is over, so `seal` cannot help it."""
    parts = c.filters(kind, "Cookie", more={"alsoAccept": "EnvoyToken"})
    envoy = start({"one": (parts, None)})
    client = Client(envoy.ports["one"], "Cookie")
    found = set()
    for endpoint in endpoints:
        answer = client.get(plain_token("Cookie", endpoint.address, expires))
        assert answer.status == 200 and answer.token
        found.add(answer.port == endpoint.port)
    if kind == "own" or expires == LATER:
        assert found == {True}


def test_text_that_envoy_loses_is_found(start, endpoints):
    """Envoy's first cookies were the address alone; some of those read as a
    message without an address."""
    parts = c.filters("own", "Cookie", more={"alsoAccept": "EnvoyToken"})
    envoy = start({"one": (parts, None)})
    client = Client(envoy.ports["one"], "Cookie")
    for endpoint in endpoints:
        legacy = base64.b64encode(endpoint.address.encode()).decode()
        assert client.get(legacy).port == endpoint.port


@pytest.mark.parametrize("carrier", ["Header", "Cookie"])
def test_envoys_own_filter_reads_what_limpet_writes(start, endpoints, carrier):
    timeout = None if carrier == "Header" else "10s"
    mine = c.filters("own", carrier, timeout, store={"type": "EnvoyToken"})
    envoy = start(
        {"limpet": (mine, None), "envoy": ([c.stateful_session(carrier)], None)}
    )
    limpet = Client(envoy.ports["limpet"], carrier)
    theirs = Client(envoy.ports["envoy"], carrier)
    first = limpet.begin()
    assert theirs.ports(first.token) == {first.port}
    second = theirs.begin()
    assert limpet.ports(second.token) == {second.port}
    if carrier == "Header":
        assert first.token == plain_token("Header", f"127.0.0.1:{first.port}")


@pytest.mark.parametrize("carrier", ["Header", "Cookie"])
def test_sealed_sessions_go_on_under_envoys_tokens(start, tmp_path, carrier):
    keys = tmp_path / "keys"
    keys.write_text("1 " + "11" * 32 + " seal\n")
    common = {"keysFile": str(keys), "scope": "shop"}
    timeout = None if carrier == "Header" else "10s"
    sealed = c.filters("own", carrier, timeout, more=common)
    back = c.filters(
        "own",
        carrier,
        timeout,
        more={**common, "alsoAccept": "SealedToken"},
        store={"type": "EnvoyToken"},
    )
    envoy = start({"sealed": (sealed, None), "back": (back, None)})
    first = Client(envoy.ports["sealed"], carrier).begin()
    client = Client(envoy.ports["back"], carrier)
    answer = client.get(first.token)
    assert answer.port == first.port
    address = f"127.0.0.1:{first.port}"
    if carrier == "Header":
        assert answer.token == plain_token("Header", address)
    else:
        raw = base64.b64decode(answer.token)
        assert address.encode() in raw
    assert client.ports(answer.token) == {first.port}
