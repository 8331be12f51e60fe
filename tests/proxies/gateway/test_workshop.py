"""The workshop: its manifests and its curl lines, unchanged."""

import os
import pathlib
import re
import shutil
import subprocess
import time

import manifests as m
import pytest

MANIFESTS = pathlib.Path(__file__).parents[3] / "examples" / "gateway" / "manifests"

GET_HEADER = r"""
HEADER=$(curl --verbose http://$GATEWAY_STICKY_DEMO/get 2>&1 | grep "session-a" | awk '{print $3}')
"""  # noqa: E501, the workshop's line as it is
FIVE_WITH_HEADER = """
for i in `seq 5`; do
    curl -H "Session-A: $HEADER" http://$GATEWAY_STICKY_DEMO/get 2>/dev/null | grep pod
done
"""
FIVE_WITHOUT_HEADER = """
for i in `seq 5`; do
    curl http://$GATEWAY_STICKY_DEMO/get 2>/dev/null | grep pod
done
"""


@pytest.fixture
def start_workshop(start_gateway, endpoints):
    """Starts a gateway on the workshop's own files and their endpoints."""

    def start(edit=lambda text: text):
        gateway = start_gateway([m.gateway()])
        gateway.stop()
        for file in MANIFESTS.glob("*.yaml"):
            text = edit(file.read_text("utf-8"))
            (gateway.manifests / file.name).write_text(text, "utf-8")
        return start_gateway(m.slices("backend", endpoints), again=gateway)

    return start


@pytest.fixture
def bash(tmp_path):
    assert shutil.which("curl"), "curl is needed: apt-get install curl"

    def run(gateway, script):
        environment = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
        host, port = gateway.address
        environment["GATEWAY_STICKY_DEMO"] = f"{host}:{port}"
        return subprocess.run(
            ["bash", "-c", script],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            timeout=30,
            check=True,
        ).stdout.decode()

    return run


def pods(output):
    return re.findall(r'^ "pod": "([^"]+)"$', output, re.MULTILINE)


def test_the_manifests_are_there_and_cause_no_warning(start_workshop):
    assert len(list(MANIFESTS.glob("*.yaml"))) == 3
    assert "warning" not in start_workshop().stderr


def test_five_requests_with_the_header_reach_one_pod(start_workshop, bash, endpoints):
    output = bash(start_workshop(), GET_HEADER + FIVE_WITH_HEADER)
    assert len(pods(output)) == 5
    assert len(set(pods(output))) == 1
    assert set(pods(output)) <= {e.pod for e in endpoints}


def test_the_script_sends_a_carriage_return(start_workshop, bash):
    # The point of the workshop's trap: curl prints lines with their CR.
    script = GET_HEADER + 'printf %s "$HEADER" | od -An -c | tail -n 1'
    assert bash(start_workshop(), script).split()[-1] == r"\r"


def test_five_requests_without_the_header_are_spread(start_workshop, bash, endpoints):
    assert set(pods(bash(start_workshop(), FIVE_WITHOUT_HEADER))) == {
        e.pod for e in endpoints
    }


def test_the_response_field_is_in_lower_case(start_workshop):
    fields = dict(start_workshop().get("/get").fields)
    assert "session-a" in fields
    assert all(name == name.lower() for name in fields)


def test_a_token_with_a_stray_carriage_return_is_valid(start_workshop):
    gateway = start_workshop()
    session = gateway.session("Header")
    pod = session.begin("/get")
    for _ in range(5):
        response = gateway.raw(
            b"GET /get HTTP/1.1\r\nHost: x\r\nSession-A: "
            + session.token.encode()
            + b"\r\r\n\r\n"
        )
        assert response.pod == pod
        assert response.value("session-a") is None


def test_the_absolute_timeout_of_the_route_is_honoured(start_workshop):
    # As in the workshop, but for the time to wait.
    def shorter(text):
        return text.replace("absoluteTimeout: 10s", "absoluteTimeout: 1s")

    gateway = start_workshop(shorter)
    session = gateway.session("Header", target="/get")
    session.begin()
    time.sleep(1.05)
    assert session.token_of(session.get())
    assert gateway.outcomes("default/header/0") == {"new": 1, "expired": 1}


def test_ten_seconds_are_the_timeout_of_the_workshops_route():
    text = (MANIFESTS / "3-route.yaml").read_text("utf-8")
    assert "sessionName: Session-A" in text
    assert "type: Header" in text
    assert "absoluteTimeout: 10s" in text


def test_the_echo_answers_as_echo_basic_does(start_workshop):
    gateway = start_workshop()
    body = gateway.get("/get?q=<1>&r=2", [("B-Field", "x"), ("a-field", "y")]).body
    text = body.decode()
    assert text.startswith('{\n "path": "/get?q=\\u003c1\\u003e\\u0026r=2",\n "host": ')
    assert text.endswith('"\n}')
    keys = ["path", "host", "method", "proto", "headers", "namespace", "ingress"]
    keys += ["service", "pod"]
    assert re.findall(r'^ "(\w+)"', text, re.MULTILINE) == keys
    assert '"A-Field": [\n   "y"\n  ],\n  "B-Field": [\n   "x"\n  ]' in text
