"""The sessions of a map: found, begun, moved, ended, counted."""

import datetime
import sys
import threading

import pytest
from workshop import NOW

import limpet
from limpet import ConfigError, Endpoint, Session, SessionMap, Timeouts

SECOND = datetime.timedelta(seconds=1)
TEN_SECONDS = Timeouts(absolute=10 * SECOND)
IDLE = Timeouts(absolute=10 * SECOND, idle=2 * SECOND)
A = Endpoint("pod-a")
B = Endpoint("pod-b")


@pytest.fixture
def sessions():
    return SessionMap(capacity=10)


def begin(sessions, *keys, endpoint=A, now=NOW):
    return [sessions.insert_or_get(key, endpoint, TEN_SECONDS, now)[0] for key in keys]


def test_the_first_to_begin_a_session_wins(sessions):
    result, session = sessions.insert_or_get("user-1", A, TEN_SECONDS, NOW)
    assert (result, session) == ("inserted", Session(A.handle, NOW, NOW))
    result, session = sessions.insert_or_get("user-1", B, TEN_SECONDS, NOW + 5)
    assert (result, session) == ("exists", Session(A.handle, NOW, NOW))
    assert sessions.size == len(sessions) == 1
    assert repr(sessions) == "SessionMap(size=1, capacity=10)"


def test_only_a_touch_is_a_use(sessions):
    begin(sessions, "user-1")
    assert sessions.find("user-1", IDLE, NOW + 1.999)[0] == "live"
    assert sessions.find("user-1", IDLE, NOW + 2) == ("expired", None)
    result, session = sessions.find_touch("user-1", IDLE, NOW + 1.5)
    assert (result, session) == ("live", Session(A.handle, NOW, NOW + 1.5))
    assert sessions.find("user-1", IDLE, NOW + 3.499)[0] == "live"
    assert sessions.find_touch("user-1", IDLE, NOW + 3.5) == ("expired", None)
    assert sessions.find("user-1", IDLE, NOW + 3.5) == ("absent", None)


def test_now_may_be_left_out_or_be_a_datetime(sessions):
    sessions.insert_or_get("user-1", A, TEN_SECONDS)
    assert sessions.find("user-1", TEN_SECONDS)[0] == "live"
    later = datetime.datetime.now(datetime.timezone.utc) + 11 * SECOND
    assert sessions.find("user-1", TEN_SECONDS, later)[0] == "expired"


def test_a_key_is_text_bytes_or_an_id(sessions):
    begin(sessions, "\u2603", b"a\0b", sessions.id_of("by id"))
    assert sessions.find("\u2603".encode(), TEN_SECONDS, NOW)[0] == "live"
    assert sessions.find("a\0b", TEN_SECONDS, NOW)[0] == "live"
    assert sessions.find(b"a\0c", TEN_SECONDS, NOW)[0] == "absent"
    assert sessions.find("by id", TEN_SECONDS, NOW)[0] == "live"
    assert sessions.id_of(sessions.id_of("by id")) == sessions.id_of("by id")
    assert sessions.id_of("by id") != SessionMap(1).id_of("by id")


def test_an_id_has_128_bits(sessions):
    ids = {sessions.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert max(ids) > 2**100
    assert all(0 <= id < 2**128 for id in ids)
    for id in (*ids, 0, 1, 2**64, 2**128 - 1):
        assert sessions.id_of(id) == id
    for wrong in (-1, 2**128):
        with pytest.raises(ValueError, match="128 bits"):
            sessions.id_of(wrong)
    with pytest.raises(TypeError, match="a key must be"):
        sessions.find(1.5, TEN_SECONDS, NOW)


def test_who_finds_a_session_moved_learns_where(sessions):
    begin(sessions, "user-1")
    moved = sessions.rebind("user-1", A, B, TEN_SECONDS, NOW + 9)
    assert moved == ("moved", Session(B.handle, NOW + 9, NOW + 9))
    late = sessions.rebind("user-1", A, "pod-c", TEN_SECONDS, NOW + 10)
    assert late == ("elsewhere", Session(B.handle, NOW + 9, NOW + 9))
    assert sessions.rebind("user-2", A, B, TEN_SECONDS, NOW) == ("absent", None)


def test_an_endpoint_is_named_by_object_id_or_handle(sessions):
    for key, endpoint in (("user-1", A), ("user-2", "pod-a"), ("user-3", A.handle)):
        begin(sessions, key, endpoint=endpoint)
    assert sessions.count_live(TEN_SECONDS, NOW) == {A.handle: 3}
    with pytest.raises(ValueError, match="endpoint: 0 is no handle"):
        begin(sessions, "user-4", endpoint=0)
    with pytest.raises(ValueError, match="endpoint: 0 is no handle"):
        sessions.rebind("user-1", A, 0, TEN_SECONDS, NOW)


def test_sessions_end_one_by_one_or_by_endpoint(sessions):
    begin(sessions, "user-1", "user-2", "user-3")
    begin(sessions, "user-4", endpoint=B)
    assert sessions.erase("user-1") == "erased"
    assert sessions.erase("user-1") == "absent"
    swept = sessions.erase_endpoint(A)
    assert swept == limpet.SweepResult(freed=2, complete=True)
    assert sessions.find("user-2", TEN_SECONDS, NOW)[0] == "absent"
    assert sessions.find("user-4", TEN_SECONDS, NOW)[0] == "live"


def test_a_sweep_frees_what_is_over(sessions):
    begin(sessions, "user-1")
    begin(sessions, "user-2", now=NOW + 5)
    assert sessions.sweep(TEN_SECONDS, NOW + 10) == (1, True)
    assert sessions.size == 1


def test_live_sessions_are_counted_by_endpoint(sessions):
    assert sessions.count_live(TEN_SECONDS, NOW) == {}
    begin(sessions, "user-1", "user-2")
    begin(sessions, "user-3", endpoint=B, now=NOW + 5)
    live = sessions.count_live(TEN_SECONDS, NOW + 9)
    assert live == {A.handle: 2, B.handle: 1}
    assert sessions.count_live(TEN_SECONDS, NOW + 10) == {B.handle: 1}


def test_a_full_map_refuses_or_evicts_as_it_was_made():
    refusing = SessionMap(2)
    begin(refusing, "user-1")
    assert begin(refusing, "user-2", "user-3", now=NOW + 1) == ["inserted", "full"]
    assert refusing.find("user-1", TEN_SECONDS, NOW + 1)[0] == "live"
    # What is over is no obstacle.
    assert begin(refusing, "user-3", now=NOW + 10) == ["inserted"]

    evicting = SessionMap(2, when_full="Evict")
    begin(evicting, "user-1")
    assert begin(evicting, "user-2", "user-3", now=NOW + 1) == ["inserted"] * 2
    assert evicting.find("user-1", TEN_SECONDS, NOW + 1)[0] == "absent"

    refusing.erase("user-2")
    refusing.erase_endpoint(A)
    expected = {"inserted": 3, "expired": 1, "erased": 1, "erased_endpoint": 1}
    none = dict.fromkeys(("evicted", "repaired"), 0)
    assert refusing.counts() == {**expected, **none, "refused": 1}
    assert evicting.counts()["evicted"] == 1


def test_endpoints_have_a_bound_of_their_own():
    sessions = SessionMap(10, endpoints=1)
    assert begin(sessions, "user-1") == ["inserted"]
    assert begin(sessions, "user-2", endpoint=B) == ["full"]
    assert sessions.rebind("user-1", A, B, TEN_SECONDS, NOW) == ("full", None)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"capacity": 0}, "capacity"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": 2**31 + 1}, "capacity"),
        ({"endpoints": -1}, "endpoints"),
        ({"endpoints": 2**24 + 1}, "endpoints"),
        ({"longest_timeout": 0 * SECOND}, "longest_timeout"),
        ({"longest_timeout": datetime.timedelta.max}, "longest_timeout"),
        ({"longest_timeout": SECOND / 10**6}, "longest_timeout"),
        ({"when_full": "evict"}, "when_full"),
        ({"lock_budget": -SECOND}, "lock_budget"),
        ({"lock_budget": 61 * SECOND}, "lock_budget"),
    ],
)
def test_what_is_not_allowed_is_refused_by_its_field(options, field):
    with pytest.raises(ConfigError, match=f"^{field}: "):
        SessionMap(**options)


def test_timeouts_say_what_they_are():
    assert (IDLE.absolute, IDLE.idle) == (10 * SECOND, 2 * SECOND)
    assert (Timeouts().absolute, Timeouts().idle) == (0 * SECOND, 0 * SECOND)
    with pytest.raises(ConfigError, match="idle: must not be negative"):
        Timeouts(idle=-SECOND)
    with pytest.raises(ConfigError, match="absolute: must be a multiple of 1ms"):
        Timeouts(absolute=SECOND / 10**6)
    with pytest.raises(TypeError, match="timedelta"):
        Timeouts(10)


def test_a_timeout_is_at_most_the_longest_of_the_map():
    sessions = SessionMap(10, longest_timeout=10 * SECOND)
    assert sessions.longest_timeout == 10 * SECOND
    begin(sessions, "user-1")
    longer = Timeouts(idle=11 * SECOND)
    for call in (
        lambda: sessions.find("user-1", longer, NOW),
        lambda: sessions.find_touch("user-1", longer, NOW),
        lambda: sessions.insert_or_get("user-1", A, longer, NOW),
        lambda: sessions.rebind("user-1", A, B, longer, NOW),
        lambda: sessions.sweep(longer, NOW),
        lambda: sessions.count_live(longer, NOW),
    ):
        with pytest.raises(ConfigError, match="timeouts: must be at most"):
            call()


@pytest.mark.parametrize(
    "scan",
    ["erase_endpoint", "sweep", "count_live", "recover", "policy_sweep", "policy_live"],
)
def test_a_scan_gives_the_interpreter_lock_away(scan):
    sessions = SessionMap(10_000)
    policy = limpet.Policy({"store": {"type": "SessionMap"}}, sessions=sessions)
    call = {
        "erase_endpoint": lambda: sessions.erase_endpoint(A),
        "sweep": lambda: sessions.sweep(TEN_SECONDS, NOW, budget=20_000),
        "count_live": lambda: sessions.count_live(TEN_SECONDS, NOW),
        "recover": sessions.recover,
        "policy_sweep": lambda: policy.sweep(NOW, budget=20_000),
        "policy_live": lambda: policy.live_sessions(NOW),
    }[scan]
    answered, asked = threading.Event(), threading.Event()

    def answer():
        asked.wait()
        answered.set()

    # Nothing but a call that gives the lock away lets the other thread run.
    interval = sys.getswitchinterval()
    thread = threading.Thread(target=answer)
    thread.start()
    sys.setswitchinterval(1000)
    try:
        asked.set()
        for _ in range(200_000):
            if answered.is_set():
                break
            call()
        assert answered.is_set()
    finally:
        sys.setswitchinterval(interval)
        thread.join()
