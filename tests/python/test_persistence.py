"""SessionPersistence, its errors, durations and keys."""

import copy
import datetime
import pickle

import pytest
from workshop import WORKSHOP

import limpet
from limpet import ConfigError, SessionPersistence

SECOND = datetime.timedelta(seconds=1)


def test_both_shapes_have_one_normal_form():
    a = SessionPersistence.from_json(WORKSHOP)
    b = SessionPersistence.from_json(
        {
            "type": "Header",
            "header": {"name": "Session-A"},
            "absoluteTimeout": 10 * SECOND,
            "splitting": "SessionFirst",
        }
    )
    assert a == b
    assert (a.type, a.name, a.absolute_timeout) == ("Header", "Session-A", 10 * SECOND)
    assert (a.idle_timeout, a.store) == (0 * SECOND, "SealedToken")
    assert (a.capacity, a.when_full) == (100_000, "Refuse")
    assert (a.failover, a.failover_status) == ("Rebind", 503)
    assert "name='Session-A'" in repr(a)


def test_a_stated_release_is_held_to_its_rules():
    with pytest.raises(ConfigError, match="idleTimeout"):
        SessionPersistence.from_json({"idleTimeout": "5m"}, release="1.6")
    config = SessionPersistence.from_json({"idleTimeout": "5m"}, release="1.5")
    assert config.idle_timeout == 300 * SECOND
    with pytest.raises(ConfigError, match=r"must be one of 1\.1, 1\.2"):
        SessionPersistence.from_json({}, release="2.0")


def test_the_place_decides_the_default_of_splitting():
    value = {"type": "Header", "header": {"name": "s"}}
    backend = SessionPersistence.from_json(value, attachment="Backend")
    assert backend.type == "Header"
    assert SessionPersistence.from_json(value).splitting == "WeightsFirst"
    assert SessionPersistence.from_json(WORKSHOP).splitting == "SessionFirst"


def test_extend_reads_what_the_api_has_no_field_for():
    config = SessionPersistence.from_json({"sessionName": "s"})
    config.extend(
        {
            "idleTimeout": datetime.timedelta(minutes=1),
            "failover": {"type": "Strict", "status": 429},
            "rebalance": {"percentPerMinute": 5, "idleAtLeast": "30s"},
            "cookieAttributes": {"sameSite": "Lax"},
            "balancer": {"type": "Random"},
            "store": {"type": "SessionMap", "capacity": 7, "whenFull": "Evict"},
        }
    )
    assert config.idle_timeout == 60 * SECOND
    assert (config.failover, config.failover_status) == ("Strict", 429)
    assert config.rebalance_percent_per_minute == 5
    assert config.rebalance_idle_at_least == 30 * SECOND
    assert (config.same_site, config.balancer) == ("Lax", "Random")
    assert (config.store, config.capacity) == ("SessionMap", 7)
    assert config.when_full == "Evict"
    before = repr(config)
    with pytest.raises(ConfigError, match="balancer"):
        config.extend({"idleTimeout": "5m", "balancer": {"type": "Best"}})
    assert repr(config) == before


def test_a_balancer_takes_its_options_by_extend():
    config = SessionPersistence()
    config.balancer = "LeastSessions"
    with pytest.raises(ConfigError, match=r"balancer\.type: LeastSessions counts"):
        config.validate()
    config.store = "SessionMap"
    config.extend(
        {
            "balancer": {
                "choices": 4,
                "activeRequestBias": 0.5,
                "slowStart": {
                    "window": 30 * SECOND,
                    "minWeightPercent": 5,
                    "aggression": 2,
                },
            }
        }
    )
    config.validate()
    assert config.balancer == "LeastSessions"
    with pytest.raises(ConfigError, match=r"balancer\.choices: must be 2 to 16"):
        config.extend({"balancer": {"choices": 1}})


def test_a_configuration_may_be_filled_in_by_hand():
    config = SessionPersistence()
    config.type = "Header"
    config.name = "Session-A"
    config.absolute_timeout = 10 * SECOND
    assert config == SessionPersistence.from_json(WORKSHOP)
    config.validate()
    config.name = "a b"
    with pytest.raises(ConfigError):
        config.validate()
    with pytest.raises(ConfigError):
        limpet.Policy(config)


def test_what_a_field_needs_is_said_of_values_filled_in_by_hand():
    config = SessionPersistence()
    config.failover = "RebindAfter"
    with pytest.raises(ConfigError, match=r"failover\.after: must be more than 0s"):
        config.validate()
    config.failover_after = 30 * SECOND
    config.validate()
    assert config.failover_after == 30 * SECOND
    config.rebalance_percent_per_minute = 1
    config.rebalance_idle_at_least = 60 * SECOND
    with pytest.raises(ConfigError, match=r"rebalance\.idleAtLeast: needs store"):
        config.validate()
    config.store = "SessionMap"
    config.validate()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("type", "cookie"),
        ("store", ""),
        ("when_full", "evict"),
        ("same_site", "none"),
        ("failover", "Never"),
    ],
)
def test_a_word_that_is_none_is_refused_by_its_attribute(attribute, value):
    with pytest.raises(ConfigError, match=f"{attribute}: must be one of "):
        setattr(SessionPersistence(), attribute, value)


def test_null_is_a_policy_without_sessions():
    assert SessionPersistence.from_json(None).type is None
    assert SessionPersistence.from_json("null").type is None


def test_an_error_names_every_field_that_is_wrong():
    with pytest.raises(ConfigError) as caught:
        limpet.Policy({"type": "Cookies", "absoluteTimeout": "1d", "extra": 1})
    error = caught.value
    assert {"type", "absoluteTimeout", "extra"} <= {f for f, _ in error.problems}
    assert all(f"{field}: {message}" in str(error) for field, message in error.problems)
    assert isinstance(error, ValueError)
    assert error.code == "invalid config"
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (other.problems, other.code) == (error.problems, error.code)


def test_text_that_is_no_json_is_a_syntax_error():
    with pytest.raises(ConfigError) as caught:
        limpet.Policy("{")
    assert caught.value.code == "invalid syntax"


def test_values_that_json_has_no_word_for_are_refused():
    with pytest.raises(TypeError, match="has no place in a configuration"):
        limpet.Policy({"sessionName": object()})
    with pytest.raises(ConfigError, match="must be a multiple of 1ms"):
        limpet.Policy({"absoluteTimeout": datetime.timedelta(microseconds=1)})


@pytest.mark.parametrize("name", ["a b", "a\r\nSet-Cookie: x=y", "a:b", "\u2603"])
def test_a_name_that_would_split_a_response_is_refused(name):
    with pytest.raises(ConfigError):
        limpet.Policy({"sessionName": name, "type": "Header"})


@pytest.mark.parametrize(
    ("text", "milliseconds", "standard"),
    [
        ("0s", 0, "0s"),
        ("10s", 10_000, "10s"),
        ("150m", 9_000_000, "2h30m"),
        ("10s30m1h", 5_410_000, "1h30m10s"),
        ("100ms200ms300ms", 600, "600ms"),
        ("1m1s", 61_000, "1m1s"),
        ("1ms", 1, "1ms"),
    ],
)
def test_durations_are_timedeltas(text, milliseconds, standard):
    duration = datetime.timedelta(milliseconds=milliseconds)
    assert limpet.parse_duration(text) == duration
    assert limpet.format_duration(duration) == standard


@pytest.mark.parametrize("text", ["", "1", "1d", "1.5h", "-15m", "10s\n", "999999h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ConfigError):
        limpet.parse_duration(text)


@pytest.mark.parametrize(
    "duration",
    [
        datetime.timedelta(microseconds=100),
        datetime.timedelta(microseconds=500),
        datetime.timedelta(days=10_000),
        -SECOND,
        datetime.timedelta.max,
        datetime.timedelta.min,
    ],
)
def test_what_the_format_cannot_say_is_refused(duration):
    with pytest.raises(ConfigError):
        limpet.format_duration(duration)


def test_a_number_is_no_duration():
    with pytest.raises(TypeError, match="timedelta"):
        limpet.format_duration(10)


def test_keys_come_from_text_and_are_never_shown():
    keys = limpet.Keys.from_text(limpet.Keys.generate_text())
    limpet.Policy(WORKSHOP, keys=keys)
    secret = "ab" * 31 + "zz"
    with pytest.raises(ConfigError, match="line 2") as caught:
        limpet.Keys.from_text(f"# keys\n1 {secret} seal\n")
    assert secret not in str(caught.value)
