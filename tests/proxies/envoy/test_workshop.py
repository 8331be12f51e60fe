"""The workshop's own lines, which send a carriage return along."""

import subprocess
import time

import configuration as c
import pytest

SCRIPT = """
URL=http://${GATEWAY}/get
HEADER=$(curl --verbose "$URL" 2>&1 | grep -i "session-a" | awk '{print $3}')
for i in {1..5}; do
  curl --silent --header "Session-A: $HEADER" "$URL" | grep -o '"port": [0-9]*'
done
sleep ${PAUSE}
for i in {1..10}; do
  curl --silent --header "Session-A: $HEADER" "$URL" | grep -o '"port": [0-9]*'
done
"""


@pytest.mark.parametrize("kind", ["own", "seal"])
def test_the_workshop_sticks_and_ends(start, kind):
    envoy = start({"one": (c.filters(kind, "Header", "2s"), None)})
    began = time.monotonic()
    answer = subprocess.run(
        ["bash", "-c", SCRIPT],
        env={
            "PATH": "/usr/bin:/bin",
            "GATEWAY": f"127.0.0.1:{envoy.ports['one']}",
            "PAUSE": "2.1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert time.monotonic() - began > 2
    ports = answer.stdout.splitlines()
    assert len(ports) == 15, answer
    assert len(set(ports[:5])) == 1
    assert len(set(ports[5:])) > 1
    assert envoy.stat("outcome_kept") == 5
    assert envoy.stat("outcome_expired") == 10
