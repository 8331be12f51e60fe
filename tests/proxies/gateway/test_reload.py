"""Manifests that change while the gateway serves, and its end."""

import concurrent.futures
import subprocess
import threading
import time

import manifests as m
import pytest
from http_client import head
from processes import wait_until
from scripted_endpoint import response

ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: route
spec:
  parentRefs:
    - name: gateway
  rules:
    - backendRefs:
        - name: backend
          port: 3000
      sessionPersistence:
        sessionName: Session-A
        type: Header
        absoluteTimeout: 1h
"""

# The edit, the line it is found in and the field.
BROKEN = {
    "a duration that is none": ("1h", "1d", 15, "sessionPersistence.absoluteTimeout"),
    "a type in lower case": ("Header", "header", 14, "sessionPersistence.type"),
    "an unknown field": ("absoluteTimeout", "absTimeout", 15, "absTimeout"),
    "a name that is no token": ("Session-A", "Session A", 13, "sessionName"),
    "a name that splits responses": (
        "Session-A",
        r'"x\r\nset-cookie: admin=1"',
        13,
        "sessionName",
    ),
    "a name that is a field of HTTP": ("Session-A", "Host", 13, "sessionName"),
    "a port that is none": ("3000", "70000", 11, "port"),
    "a rule that is broken": (
        "absoluteTimeout: 1h",
        "cookieConfig: {lifetimeType: Permanent}",
        13,
        "sessionPersistence",
    ),
    "no YAML": ("  rules:", " rules: [", 8, ""),
    "no name": ("  name: route", "  other: route", 4, "metadata.name"),
}


@pytest.fixture
def gateway(start_gateway, endpoints):
    gateway = start_gateway(m.one_rule(endpoints, None)[:-1])
    gateway.apply(ROUTE, "route.yaml")
    return gateway


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_file_line_and_field(gateway, name):
    old, new, line, field = BROKEN[name]
    session = gateway.session("Header")
    pod = session.begin()
    why = gateway.refuse(ROUTE.replace(old, new), "route.yaml")
    assert "old ones go on serving" in why
    errors = [text for text in why.splitlines() if "error: " in text]
    file = gateway.manifests / "route.yaml"
    found = [text for text in errors if f"{file}:" in text and field in text]
    assert found, why
    numbers = [int(text.split(f"{file}:")[1].split(":")[0]) for text in found]
    assert any(abs(number - line) <= 1 for number in numbers), found
    session.stays_with(pod)
    gateway.apply(ROUTE.replace("1h", "2h"), "route.yaml")
    session.stays_with(pod)


def test_a_mended_file_is_taken(gateway):
    gateway.refuse(ROUTE.replace("1h", "1d"), "route.yaml")
    gateway.apply(ROUTE.replace("Session-A", "Session-B"), "route.yaml")
    response = gateway.get()
    assert response.value("session-b")
    assert response.value("session-a") is None


def test_a_file_that_goes_away_takes_its_objects_with_it(gateway):
    (gateway.manifests / "route.yaml").unlink()
    deadline = time.monotonic() + 10
    while gateway.get().status != 404:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_files_that_are_no_manifests_are_not_read(gateway):
    for name in ("notes.txt", ".hidden.yaml", "backup.yaml~"):
        (gateway.manifests / name).write_text("{ not: [yaml", "ascii")
    gateway.apply(ROUTE.replace("1h", "2h"), "route.yaml")
    assert gateway.get().status == 200


def test_two_objects_of_one_name_are_refused(gateway):
    why = gateway.refuse(ROUTE, "route2.yaml")
    assert "there is a HTTPRoute default/route already" in why


def test_what_is_not_implemented_is_named_in_a_warning(start_gateway, endpoints):
    manifests = m.one_rule(endpoints, m.shape_a())
    rule = manifests[-1]["spec"]["rules"][0]
    rule["filters"] = [{"type": "RequestMirror"}]
    rule["matches"][0]["queryParams"] = [{"name": "x", "value": "y"}]
    rule["timeouts"] = {"request": "1s"}
    manifests[0]["spec"]["listeners"].append(
        {"name": "tls", "protocol": "HTTPS", "port": 443}
    )
    manifests.append(m.make("GRPCRoute", "grpc", {"rules": []}))
    manifests.append(m.make("Ingress", "old", {}, "networking.k8s.io/v1"))
    gateway = start_gateway(manifests)
    warnings = [line for line in gateway.stderr.splitlines() if "warning: " in line]
    file = str(gateway.manifests / "manifests.json")
    for wanted in (
        "filters",
        "queryParams",
        "timeouts",
        "GRPCRoute",
        "Ingress",
        "HTTPS",
    ):
        matching = [line for line in warnings if wanted in line]
        assert matching, f"{wanted} is passed over in silence:\n{gateway.stderr}"
        assert all(f"{file}:" in line for line in matching)


@pytest.mark.parametrize(
    ("manifests", "why"),
    [
        ([], "no Gateway"),
        ([{"apiVersion": "v1"}], "kind"),
        ([m.gateway(), m.route(m.rule(session={"type": "Query"}))], "type"),
    ],
)
def test_the_gateway_does_not_start_on_broken_manifests(
    gateway_binary, tmp_path, manifests, why
):
    (tmp_path / "m.json").write_text(
        m.json_list(manifests),
        "ascii",
    )
    run = subprocess.run(
        [gateway_binary, "--manifests", tmp_path, "--listen-port", "0"],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 1
    assert why in run.stderr.decode()


@pytest.mark.parametrize(
    "arguments",
    [[], ["--manifests"], ["--port", "1"], ["--manifests", ".", "--threads", "0"]],
)
def test_arguments_that_are_wrong_are_refused(gateway_binary, arguments):
    run = subprocess.run(
        [gateway_binary, *arguments], capture_output=True, timeout=30, check=False
    )
    assert run.returncode == 2
    assert b"--" in run.stderr


def test_help_names_every_option(gateway_binary):
    run = subprocess.run(
        [gateway_binary, "--help"], capture_output=True, timeout=30, check=True
    )
    for option in ("--manifests", "--keys", "--access-log", "--unavailable-for"):
        assert option in run.stdout.decode()


def test_a_broken_key_file_is_refused_and_not_quoted(gateway):
    session = gateway.session("Header")
    pod = session.begin()
    secret = "5a" * 31
    keys = gateway.folder / "keys"
    part = gateway.folder / "keys.part"
    part.write_text(f"1 {secret} seal\n", "ascii")
    part.replace(keys)
    wait_until(lambda: "are refused" in gateway.stderr, "the keys are refused")
    assert f"{keys}:1: keys.line 1" in gateway.stderr
    assert secret not in gateway.stderr
    session.stays_with(pod)


def test_a_reload_under_load_loses_no_request(start_gateway, endpoints):
    def split(weight, session):
        backends = [m.backend("v1", weight), m.backend("v2", 100 - weight)]
        return m.two_backends(endpoints, m.rule("/", backends, session))

    session = m.shape_a()
    gateway = start_gateway(split(50, session))
    stop = threading.Event()

    def use(pinned):
        client = gateway.session("Header")
        home = client.begin()
        statuses = []
        with gateway.connect() as connection:
            while not stop.is_set():
                response = (
                    client.send(on=connection) if pinned else connection.request()
                )
                statuses.append(response.status)
                assert not pinned or response.pod == home
        return statuses

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(use, i % 2 == 0) for i in range(8)]
        try:
            for weight in (0, 100, 1, 99, 30, 70, 0, 100, 50, 10):
                gateway.apply(split(weight, session))
                time.sleep(0.1)
        finally:
            stop.set()
        statuses = [status for run in runs for status in run.result()]
    assert len(statuses) > 100
    assert set(statuses) == {200}


def test_endpoints_that_come_and_go_under_load_lose_no_request(
    start_gateway, endpoints
):
    gateway = start_gateway(m.one_rule(endpoints, m.shape_a()))
    stop = threading.Event()

    def use(_):
        client = gateway.session("Header")
        statuses = []
        with gateway.connect() as connection:
            while not stop.is_set():
                statuses.append(client.get(on=connection).status)
        return statuses

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(use, i) for i in range(4)]
        try:
            for count in (1, 4, 2, 3, 1, 4):
                gateway.apply(m.one_rule(endpoints[:count], m.shape_a()))
                time.sleep(0.05)
        finally:
            stop.set()
        statuses = [status for run in runs for status in run.result()]
    assert set(statuses) == {200}


# --- the end ---


def test_sigterm_ends_an_idle_gateway_at_once(gateway):
    with gateway.connect() as connection:
        assert connection.request().status == 200
        begin = time.monotonic()
        gateway.stop()
        assert time.monotonic() - begin < 5
        assert connection.is_over()


def test_sigterm_lets_requests_in_flight_end(start_gateway, scripted):
    arrived, go_on = threading.Event(), threading.Event()

    def answer(request):
        arrived.set()
        go_on.wait(20)
        return response(body=b"at last")

    gateway = start_gateway(m.one_rule([scripted(answer)], None))
    with gateway.connect() as connection:
        connection.send(head())
        assert arrived.wait(20)
        gateway.terminate()
        wait_until(lambda: not gateway.listens, "the port is closed")
        go_on.set()
        assert connection.response().body == b"at last"
        assert connection.is_over()
    assert gateway.wait() == 0


def test_sigterm_does_not_wait_for_half_a_request(gateway):
    with gateway.connect() as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: ")
        time.sleep(0.05)
        begin = time.monotonic()
        gateway.stop()
        assert time.monotonic() - begin < 5


def test_sigterm_closes_the_port(gateway):
    assert gateway.listens
    gateway.stop()
    assert not gateway.listens
