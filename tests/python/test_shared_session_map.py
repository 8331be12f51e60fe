"""Session maps in memory that processes share."""

import datetime
import json
import mmap
import subprocess
import sys
import tempfile

import pytest
from workshop import NOW

import limpet
from limpet import ConfigError, SessionMap, Timeouts

CONFIG = {
    "sessionName": "Session-A",
    "type": "Header",
    "absoluteTimeout": "10s",
    "store": {"type": "SessionMap"},
}
TEN_SECONDS = Timeouts(absolute=datetime.timedelta(seconds=10))
OPTIONS = {"capacity": 1000}
SIZE = SessionMap.memory_size(**OPTIONS)

# Keeps a client's session and begins one of its own.
OTHER_PROCESS = """
import json, mmap, sys
import limpet
path, config, now, fields = json.loads(sys.stdin.read())
with open(path, "r+b") as file:
    memory = mmap.mmap(file.fileno(), 0)
    sessions = limpet.SessionMap.attach(memory, file=file)
policy = limpet.Policy(config, sessions=sessions)
endpoints = limpet.Endpoints(["pod-a", "pod-b", "pod-c"])
decision = policy.select(fields, endpoints, now)
begun = policy.commit(policy.select([], endpoints, now), now=now)
print(json.dumps([decision.outcome, decision.endpoint.id, begun]))
"""


@pytest.fixture
def file():
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(SIZE)
        yield file


@pytest.fixture
def memory(file):
    return mmap.mmap(file.fileno(), 0)


def test_a_token_of_one_process_is_good_in_another(file, memory, endpoints):
    sessions = SessionMap.create(memory, **OPTIONS, file=file)
    policy = limpet.Policy(CONFIG, sessions=sessions)
    decision = policy.select([], endpoints, NOW)
    fields = policy.commit(decision, now=NOW)
    told = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS],
        input=json.dumps([file.name, CONFIG, NOW, dict(fields)]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stderr == ""
    outcome, endpoint, theirs = json.loads(told.stdout)
    assert (outcome, endpoint) == ("kept", decision.endpoint.id)
    assert policy.select(theirs, endpoints, NOW).outcome == "kept"
    assert sessions.size == 2


def test_a_map_attached_twice_is_one_map():
    memory = mmap.mmap(-1, SIZE)
    one = SessionMap.create(memory, **OPTIONS, when_full="Evict")
    two = SessionMap.attach(memory)
    one.insert_or_get("user-1", "pod-a", TEN_SECONDS, NOW)
    assert two.find("user-1", TEN_SECONDS, NOW)[0] == "live"
    assert two.id_of("user-1") == one.id_of("user-1")
    assert (two.capacity, two.notices_death) == (1000, one.notices_death)
    two.recover()


def test_the_buffer_stays_while_the_map_is_used():
    memory = mmap.mmap(-1, SIZE)
    sessions = SessionMap.create(memory, **OPTIONS)
    policy = limpet.Policy(CONFIG, sessions=sessions)
    del sessions
    with pytest.raises(BufferError):
        memory.close()
    assert policy.sessions.size == 0
    del policy
    memory.close()


def test_who_only_looks_needs_no_right_to_write(file, memory):
    sessions = SessionMap.create(memory, **OPTIONS)
    sessions.insert_or_get("user-1", "pod-a", TEN_SECONDS, NOW)
    view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with pytest.raises(BufferError):
        SessionMap.attach(view)
    viewer = SessionMap.attach(view, read_only=True, file=file.fileno())
    result, session = viewer.find_touch("user-1", TEN_SECONDS, NOW + 5)
    assert (result, session.last_used) == ("live", NOW)
    handle = limpet.Endpoint("pod-a").handle
    assert viewer.count_live(TEN_SECONDS, NOW) == {handle: 1}
    assert viewer.insert_or_get("x", "pod-a", TEN_SECONDS, NOW) == ("busy", None)
    assert viewer.rebind("user-1", "pod-a", "pod-b", TEN_SECONDS, NOW)[0] == "busy"
    assert viewer.erase("user-1") == "busy"
    assert viewer.erase_endpoint("pod-a") == (0, False)
    assert viewer.sweep(TEN_SECONDS, NOW + 10) == (0, False)
    with pytest.raises(ConfigError, match="read_only"):
        viewer.recover()
    assert sessions.find("user-1", TEN_SECONDS, NOW)[0] == "live"


def test_memory_that_will_not_do_is_refused_with_a_reason(file, memory):
    with pytest.raises(ConfigError, match="memory: holds no session map"):
        SessionMap.attach(memory)
    with pytest.raises(ConfigError, match="memory: must have"):
        SessionMap.create(mmap.mmap(-1, 4096), **OPTIONS)
    with pytest.raises(ConfigError, match="memory: must be aligned to 128 bytes"):
        SessionMap.create(memoryview(mmap.mmap(-1, SIZE + 8))[8:], **OPTIONS)
    with pytest.raises(BufferError):
        SessionMap.create(bytes(SIZE), **OPTIONS)
    with pytest.raises(TypeError):
        SessionMap.create(None, **OPTIONS)
    sessions = SessionMap.create(memory, **OPTIONS, file=file)
    with pytest.raises(ConfigError, match="memory: "):
        SessionMap.create(memory, **OPTIONS)
    with pytest.raises(ConfigError, match="alone: must be false"):
        SessionMap.attach(memory, alone=True, file=file)
    with pytest.raises(ConfigError, match="file: "):
        SessionMap.attach(memory, file=2**30)
    assert sessions.size == 0
