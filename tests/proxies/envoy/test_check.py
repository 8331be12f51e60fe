"""limpet-envoy-check, which LIMPET_ENVOY_CHECK names."""

import json
import os
import subprocess

import configuration as c
import pytest
from programs import Client


@pytest.fixture(scope="module")
def check():
    path = os.environ.get("LIMPET_ENVOY_CHECK", "")
    if not os.path.isfile(path):
        pytest.fail("LIMPET_ENVOY_CHECK must name the program", pytrace=False)

    def run(*arguments, text=""):
        answer = subprocess.run(
            [path, *map(str, arguments)],
            input=text,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return answer.returncode, answer.stdout + answer.stderr

    return run


def test_it_accepts_what_envoy_accepts(check, binary, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"sessionPersistence": c.sessions("Header")}))
    status, said = check(binary.module, "own", config)
    assert status == 0 and "configuration: accepted" in said
    assert check(binary.module, "limpet", "-", text="{}")[0] == 0


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        ("own", {"sessionPersistence": {"absoluteTimeout": "10"}}, "absoluteTimeout"),
        ("seal", {}, "limpet: sessionPersistence: "),
        ("other", {}, "limpet: filter_name: must be own or seal"),
        ("limpet", {"balancer": {"type": "Best"}}, "limpet: balancer.type: "),
    ],
)
def test_it_names_the_field_that_is_wrong(check, binary, kind, config, said):
    status, text = check(binary.module, kind, "-", text=json.dumps(config))
    assert status == 1 and said in text and "refused" in text


def test_it_says_what_is_no_module(check, tmp_path):
    file = tmp_path / "file.so"
    file.write_text("x")
    status, text = check(file, "own", "-", text="{}")
    assert status == 1 and "file.so" in text
    assert check()[0] == 2


def admin(envoy):
    return envoy.admin.removeprefix("http://")


def test_it_finds_the_filter_in_a_running_envoy(check, start):
    envoy = start({"one": (c.filters("seal", "Header"), None)})
    Client(envoy.ports["one"], "Header").begin()
    status, text = check("--admin", admin(envoy))
    assert status == 0
    assert "filters of limpet in listeners: 1" in text
    assert "error counters: all 0" in text


def test_it_misses_the_filter_where_there_is_none(check, start):
    envoy = start({"one": ([], None)})
    status, text = check("--admin", admin(envoy))
    assert status == 1 and "filters of limpet in listeners: 0" in text


def test_it_finds_errors_of_a_running_envoy(check, start):
    broken = {"onConfigError": "PassThrough", "sessionPersistence": 1}
    wrong_order = list(reversed(c.filters("seal", "Header")))
    envoy = start(
        {"one": ([c.limpet("own", broken)], None), "two": (wrong_order, None)}
    )
    Client(envoy.ports["one"], "Header").get()
    status, text = check("--admin", admin(envoy))
    assert status == 1
    assert "error: limpet.limpet_config_error: 1" in text
    assert "error: seal stands behind stateful_session in 1" in text
