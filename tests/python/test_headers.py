"""Every shape in which hosts keep their request headers."""

import collections
import email.message
import types

import pytest
from workshop import NOW, WORKSHOP

import limpet


@pytest.fixture
def token(policy, endpoints):
    (value,) = policy.commit(policy.select([], endpoints, NOW), now=NOW).values()
    return value


class MultiDict:
    """As some clients have it: items() joins, multi_items() keeps apart."""

    def __init__(self, pairs):
        self._pairs = pairs

    def items(self):
        return [(self._pairs[0][0], ", ".join(value for _, value in self._pairs))]

    def multi_items(self):
        return self._pairs


def message(*values):
    headers = email.message.Message()
    for value in values:
        headers["Session-A"] = value
    return headers


@pytest.mark.parametrize(
    "shape",
    [
        lambda token: {"Session-A": token},
        lambda token: {"SESSION-a": token, "Host": "example.com"},
        lambda token: types.MappingProxyType({"session-a": token}),
        lambda token: {"session-a": token.encode()},
        lambda token: {b"session-a": token.encode()},
        lambda token: {"session-a": ["junk", token]},
        lambda token: [("Host", "example.com"), ("session-a", token)],
        lambda token: ((b"session-a", value) for value in (b"junk", token.encode())),
        lambda token: [("Session-A", "junk"), ("session-a", token)],
        lambda token: message("junk", token),
        lambda token: MultiDict([("session-a", "junk"), ("session-a", token)]),
        lambda token: collections.UserDict({"Session-A": token}),
        lambda token: {"session-a": f' "{token}"\r'},
    ],
)
def test_the_token_is_found_in(shape, token, policy, endpoints):
    assert policy.select(shape(token), endpoints, NOW).outcome == "kept"


def test_values_are_tried_in_the_order_they_came(endpoints, policy):
    first, second = (
        policy.commit(policy.select([], endpoints, NOW, tried=tried), now=NOW)
        for tried in (["pod-a", "pod-b"], ["pod-b", "pod-c"])
    )
    headers = [*first.items(), *second.items()]
    assert policy.select(headers, endpoints, NOW).endpoint.id == "pod-c"
    assert policy.select(headers[::-1], endpoints, NOW).endpoint.id == "pod-a"


@pytest.mark.parametrize(
    "value", ["", "\u2603", "\udcff", "\xff\x00", b"\xff\x00", "x" * 100_000]
)
def test_no_value_raises(value, policy, endpoints):
    decision = policy.select({"Session-A": value}, endpoints, NOW)
    assert decision.endpoint is not None
    assert decision.outcome in ("invalid", "new")


def test_other_fields_may_hold_anything(policy, endpoints):
    headers = {"X": object(), "Y": None, "Session": "Session-A"}
    assert policy.select(headers, endpoints, NOW).outcome == "new"


def test_a_policy_without_sessions_looks_at_no_field(endpoints):
    decision = limpet.Policy(None).select({"": "x", "Cookie": "y"}, endpoints, NOW)
    assert decision.outcome == "balanced"


def test_the_workshops_field_is_the_one_that_is_asked_for(policy):
    assert policy.request_field == WORKSHOP["sessionName"]
