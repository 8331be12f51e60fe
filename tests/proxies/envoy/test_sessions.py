"""Sessions through either filter, in either carrier."""

import time

import configuration as c
from programs import Client, plain_token


def test_a_session_stays_with_its_endpoint(side):
    envoy, client = side()
    assert len({client.begin().port for _ in range(24)}) == 4
    first = client.begin()
    for _ in range(50):
        again = client.get(first.token)
        assert (again.status, again.port, again.token) == (200, first.port, None)
    assert envoy.stat("outcome_kept") == 50
    assert envoy.stat("outcome_new") == 25


def test_a_session_ends_with_its_absolute_timeout(side):
    envoy, client = side(timeout="1s")
    first = client.begin()
    began = time.time()
    assert client.ports(first.token, 4) == {first.port}
    assert time.time() - began < 1, "the machine is too slow for this test"
    time.sleep(1.05)
    after = [client.get(first.token) for _ in range(12)]
    assert len({answer.port for answer in after}) > 1
    assert all(answer.token for answer in after)
    assert envoy.stat("outcome_expired") == 12


def test_a_session_goes_on_while_it_is_used(side):
    envoy, client = side(timeout=None, idleTimeout="2s")
    first = client.begin()
    token = first.token
    for _ in range(3):
        time.sleep(1.2)
        again = client.get(token)
        assert again.port == first.port
        assert again.token  # less than half of the time was left
        token = again.token
    time.sleep(2.05)
    assert client.get(token).token
    assert envoy.stat("outcome_expired") == 1


def test_a_token_tells_nothing_of_the_endpoint(side):
    _, client = side()
    answers = [client.begin() for _ in range(16)]
    assert len({len(answer.token) for answer in answers}) == 1
    for answer in answers:
        for carrier in ("Header", "Cookie"):
            plain = plain_token(carrier, f"127.0.0.1:{answer.port}")
            assert plain.rstrip("=") not in answer.token
        assert str(answer.port) not in answer.token


def test_what_limpet_did_not_make_pins_nobody(side, endpoints):
    _, client = side()
    token = client.begin().token
    hostile = [
        plain_token(client.carrier, endpoints[0].address),
        plain_token("Header", endpoints[0].address),
        endpoints[0].address,
        token[:-1],
        token[:-4],
        token + "A",
        ("B" if token[40] == "A" else "A").join([token[:40], token[41:]]),
        "A" * len(token),
        "A" * 8192,
        "",
        "%00",
        "=",
    ]
    for each in hostile:
        answers = [client.get(each) for _ in range(8)]
        assert all(answer.status == 200 and answer.token for answer in answers), each
        assert len({answer.port for answer in answers}) > 1, each


def test_quotes_blanks_and_a_carriage_return_do_no_harm(side):
    _, client = side()
    first = client.begin()
    for token in (f'"{first.token}"', f"{first.token}\t", f"  {first.token}  "):
        assert client.ports(token, 4) == {first.port}, token


def test_of_several_tokens_the_first_live_one_counts(side):
    _, client = side()
    first = client.begin()
    for fields in (
        [client.carry("garbage"), client.carry(first.token)],
        [client.carry(first.token), client.carry("garbage")],
    ):
        for _ in range(4):
            answer = client.get(fields=fields)
            assert (answer.status, answer.port) == (200, first.port)


def test_other_fields_and_cookies_pass(side, endpoints):
    for endpoint in endpoints:
        endpoint.fields = [("set-cookie", "app=1; Path=/"), ("x-app", "2")]
    _, client = side()
    first = client.begin()
    assert ("set-cookie", "app=1; Path=/") in first.fields
    assert ("x-app", "2") in first.fields
    again = client.get(first.token)
    assert ("set-cookie", "app=1; Path=/") in again.fields
    if client.carrier == "Cookie":
        (cookie,) = again.values("cookie")
        assert cookie.startswith("a=b; ") and "d=e" in cookie


def test_the_endpoint_sees_the_plain_token_where_envoy_decides(side):
    _, client = side()
    first = client.begin()
    again = client.get(first.token)
    address = f"127.0.0.1:{first.port}"
    seen = " ".join(again.values(c.NAME.lower()) + again.values("cookie"))
    if side.kind == "seal":
        assert plain_token(client.carrier, address) in seen
        assert first.token not in seen
    else:
        assert first.token in seen


def test_two_routes_to_one_cluster_share_no_sessions(side, start, endpoints):
    routes = [c.route(prefix="/a", name="a"), c.route(prefix="/b", name="b")]
    envoy, client = side(routes=routes, more={"scopeFrom": "Route"})
    of_a = Client(client.port, client.carrier, "/a")
    of_b = Client(client.port, client.carrier, "/b")
    first = of_a.begin()
    assert of_a.ports(first.token) == {first.port}
    assert len(of_b.ports(first.token)) > 1
    assert envoy.stat("outcome_foreign") == 8


def test_a_name_may_be_left_out_as_with_envoy_gateway(start, endpoints):
    """It then names sessions by the rule, and `seal` the same."""
    cluster = "httproute/shop/cart/rule/1"
    behind = c.stateful_session("Header")
    name = cluster.replace("/", "-")
    behind["typed_config"]["session_state"]["typed_config"]["name"] = name
    config = {"sessionPersistence": {"type": "Header", "absoluteTimeout": "10s"}}
    envoy = start(
        {"one": ([c.limpet("seal", config), behind], [c.route(cluster)])},
        [c.cluster(cluster, [c.host(e.port) for e in endpoints])],
    )
    client = Client(envoy.ports["one"], "Header")
    first = client.get()
    token = dict(first.fields)[name]
    assert plain_token("Header", f"127.0.0.1:{first.port}") not in token
    for _ in range(8):
        again = client.get(fields=[(name, token)])
        assert again.port == first.port and name not in dict(again.fields)


def test_keys_make_sessions_outlive_an_envoy_and_are_rotated(side, tmp_path):
    keys = tmp_path / "keys"
    old = "1 " + "11" * 32
    new = "2 " + "22" * 32
    keys.write_text(f"{old} seal\n")
    more = {"keysFile": str(keys)}
    envoy, client = side(more=more)
    _, other = side(more=more)
    first = client.begin()
    assert other.ports(first.token) == {first.port}

    keys.write_text(f"{new} seal\n{old} open\n")
    deadline = time.time() + 10
    while not (again := client.get(first.token)).token and time.time() < deadline:
        time.sleep(0.1)
    assert again.port == first.port and again.token
    keys.write_text("garbage")
    time.sleep(1.1)
    assert client.ports(again.token) == {first.port}
    assert envoy.stat("keys_error") >= 1
    keys.write_text(f"{new} seal\n")
    time.sleep(1.1)
    client.get()
    assert client.ports(again.token) == {first.port}
    assert len(client.ports(first.token)) > 1
