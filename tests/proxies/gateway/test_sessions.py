"""GEP-1619's sessions: they begin with the first response, hold, and end."""

import time

import manifests as m
import pytest

SLACK = 0.05  # seconds, for clocks that count whole milliseconds


def attributes(line):
    """Of a Set-Cookie line, by name in lower case."""
    pairs = (part.strip().partition("=") for part in line.split(";")[1:])
    return {name.lower(): value for name, _, value in pairs}


def set_cookie(gateway):
    return attributes(gateway.get().value("set-cookie"))


@pytest.mark.parametrize("shape", [m.shape_a, m.shape_b])
def test_a_session_holds_for_50_requests(start_gateway, endpoints, kind, shape):
    gateway = start_gateway(m.one_rule(endpoints, shape(kind)))
    session = gateway.session(kind)
    pod = session.begin()
    session.stays_with(pod, times=50)
    assert gateway.outcomes() == {"new": 1, "kept": 50}


def test_requests_without_a_token_go_to_all_endpoints(start_gateway, endpoints, kind):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind)))
    assert {gateway.get().pod for _ in range(20)} == {e.pod for e in endpoints}


def test_many_clients_have_sessions_of_their_own(start_gateway, endpoints, kind):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind)))
    sessions = [gateway.session(kind) for _ in range(12)]
    pods = [session.begin() for session in sessions]
    assert len({session.token for session in sessions}) == 12
    for session, pod in zip(sessions, pods):
        session.stays_with(pod, times=2)


def test_the_token_does_not_name_the_endpoint(start_gateway, endpoints, kind):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind)))
    session = gateway.session(kind)
    pod = session.begin()
    assert pod not in session.token
    assert "127" not in session.token[:8]
    assert session.token.isascii()


def test_the_token_is_passed_on_to_the_endpoint(start_gateway, endpoints, kind):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind)))
    session = gateway.session(kind)
    session.begin()
    (name, value), *_ = session.fields()
    assert session.send().json["headers"][name] == [value]


def test_a_token_is_kept_from_the_endpoint_if_so_configured(
    start_gateway, endpoints, kind
):
    policy = m.policy(stripToken=True)
    gateway = start_gateway([*m.one_rule(endpoints, m.shape_a(kind)), policy])
    session = gateway.session(kind)
    pod = session.begin()
    headers = session.send().json["headers"]
    assert session.token not in str(headers)
    assert headers.get("Cookie") == (["theme=dark"] if kind == "Cookie" else None)
    session.stays_with(pod)


def test_a_session_cookie_has_neither_expires_nor_max_age(start_gateway, endpoints):
    session = m.shape_a("Cookie", timeout="5m")
    gateway = start_gateway(m.one_rule(endpoints, session))
    assert not {"expires", "max-age"} & set(set_cookie(gateway))


def test_a_permanent_cookie_of_5_minutes_has_max_age_300(start_gateway, endpoints):
    session = m.shape_a("Cookie", timeout="5m", permanent=True)
    gateway = start_gateway(m.one_rule(endpoints, session))
    assert set_cookie(gateway)["max-age"] == "300"


def test_a_permanent_cookie_below_a_second_is_no_deletion(start_gateway, endpoints):
    session = m.shape_a("Cookie", timeout="500ms", permanent=True)
    gateway = start_gateway(m.one_rule(endpoints, session))
    assert set_cookie(gateway)["max-age"] == "1"


def test_a_cookie_is_secure_by_default(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a("Cookie")))
    assert set_cookie(gateway) == {
        "path": "/",
        "secure": "",
        "httponly": "",
        "samesite": "Strict",
    }


def test_cookie_attributes_come_from_a_session_policy(start_gateway, endpoints):
    policy = m.policy(
        cookieAttributes={"sameSite": "Lax", "httpOnly": False, "domain": "a.test"}
    )
    gateway = start_gateway([*m.one_rule(endpoints, m.shape_a("Cookie")), policy])
    assert set_cookie(gateway) == {
        "path": "/",
        "secure": "",
        "samesite": "Lax",
        "domain": "a.test",
    }


def test_the_cookie_path_of_1_7_is_honoured(start_gateway, endpoints):
    session = m.shape_b("Cookie")
    session["cookie"]["path"] = "/shop"
    gateway = start_gateway(m.one_rule(endpoints, session))
    assert set_cookie(gateway)["path"] == "/shop"


def test_a_cookie_without_a_name_gets_one_of_its_rule(start_gateway, endpoints):
    rules = [m.rule(path, session={"type": "Cookie"}) for path in ("/a", "/b")]
    gateway = start_gateway([*m.one_rule(endpoints, None)[:-1], m.route(*rules)])
    names = [
        gateway.get(path).value("set-cookie").split("=")[0] for path in ("/a", "/b")
    ]
    assert len(set(names)) == 2
    assert gateway.get("/a").value("set-cookie").split("=")[0] == names[0]


# Envoy's cookies count whole seconds, and its header has no clock at all.
@pytest.mark.parametrize(
    ("kind", "store"),
    [
        ("Cookie", "SealedToken"),
        ("Header", "SealedToken"),
        ("Cookie", "SessionMap"),
        ("Header", "SessionMap"),
        ("Cookie", "EnvoyToken"),
    ],
)
def test_an_absolute_timeout_ends_a_session_that_is_in_use(
    start_gateway, endpoints, kind, store
):
    permanent = kind == "Cookie"
    gateway = start_gateway(
        [
            *m.one_rule(endpoints, m.shape_a(kind, timeout="1s", permanent=permanent)),
            m.policy(store={"type": store}),
        ]
    )
    session = gateway.session(kind)
    begin = time.time()
    pod = session.begin()
    begun = time.time()
    late = 1 + SLACK if store == "EnvoyToken" else 0
    kept = 0
    while True:
        sent = time.time()
        response = session.send()
        received = time.time()
        if session.token_of(response) is None:
            assert sent < begun + 1 + SLACK + late, "kept after its end"
            assert response.pod == pod
            kept += 1
        else:
            assert received > begin + 1 - SLACK, "over before its end"
            break
        time.sleep(0.02)
    assert kept > 0
    assert gateway.outcomes() == {"new": 1, "kept": kept, "expired": 1}


def test_what_follows_an_expired_session_is_a_session(start_gateway, endpoints, kind):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind, timeout="800ms")))
    session = gateway.session(kind)
    session.begin()
    first = session.token
    time.sleep(0.8 + SLACK)
    response = session.get()
    assert session.token != first
    assert session.send().pod == response.pod


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_an_idle_timeout_of_a_session_policy_slides(
    start_gateway, endpoints, kind, store
):
    policy = m.policy(idleTimeout="700ms", store={"type": store})
    gateway = start_gateway([*m.one_rule(endpoints, m.shape_a(kind)), policy])
    session = gateway.session(kind)
    pod = session.begin()
    for _ in range(9):
        time.sleep(0.1)
        assert session.get().pod == pod
    time.sleep(0.7 + SLACK)
    assert session.token_of(session.get())
    assert gateway.outcomes() == {"new": 1, "kept": 9, "expired": 1}


def test_sealed_sessions_survive_a_restart(start_gateway, endpoints, kind):
    manifests = m.one_rule(endpoints, m.shape_a(kind, timeout="1h"))
    first = start_gateway(manifests)
    sessions = [first.session(kind) for _ in range(4)]
    pods = [session.begin() for session in sessions]
    first.stop()
    second = start_gateway(manifests, again=first)
    for session, pod in zip(sessions, pods):
        session.address = second.address
        session.stays_with(pod, times=2)
    assert second.outcomes() == {"kept": 8}


def test_a_token_of_other_keys_is_none(start_gateway, endpoints, kind):
    manifests = m.one_rule(endpoints, m.shape_a(kind))
    one, two = start_gateway(manifests), start_gateway(manifests, keys=None)
    session = one.session(kind)
    session.begin()
    session.address = two.address
    assert session.token_of(session.get())
    assert two.outcomes() == {"invalid": 1}
    assert "no --keys" in two.stderr


def test_keys_rotate_and_no_session_is_lost(start_gateway, endpoints, kind):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a(kind)))
    session = gateway.session(kind)
    pod = session.begin()
    keys = gateway.folder / "keys"
    old = keys.read_text("ascii").replace("seal", "open")
    part = gateway.folder / "keys.part"
    part.write_text(old + f"2 {'5a' * 32} seal\n", "ascii")
    before = gateway.metrics()
    part.replace(keys)
    reloads = ("limpet_config_reloads_total", frozenset({("result", "ok")}))
    while gateway.metrics()[reloads] == before[reloads]:
        time.sleep(0.01)
    old_token = session.token
    assert session.get().pod == pod
    assert session.token != old_token, "not sealed with the new key"
    session.stays_with(pod)
    assert gateway.outcomes() == {"kept": 5}


def test_a_rule_without_persistence_hands_out_no_token(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, None))
    for _ in range(4):
        response = gateway.get(fields=[("Session-A", "x"), ("Cookie", "Session-A=x")])
        assert response.status == 200
        assert response.value("set-cookie") is None
        assert response.value("session-a") is None
    assert gateway.outcomes() == {"balanced": 4}


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_a_response_that_is_an_error_of_the_endpoint_has_a_token(
    start_gateway, endpoints, store
):
    policy = m.policy(store={"type": store})
    gateway = start_gateway([*m.one_rule(endpoints, m.shape_a()), policy])
    response = gateway.get("/status/500")
    assert response.status == 500
    session = gateway.session("Header")
    assert session.take(response)
    assert session.token_of(session.get()) is None
