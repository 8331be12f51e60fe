"""Endpoints, backends and their sets."""

import dataclasses
import datetime

import pytest
from workshop import NOW, WORKSHOP

import limpet
from limpet import Backend, Endpoint, Endpoints, EndpointState


def test_endpoints_are_made_from_objects_mappings_and_ids():
    endpoints = Endpoints(
        [
            Endpoint("pod-a", address="10.0.0.1:80"),
            {"id": "pod-b", "weight": 3, "state": "draining"},
            "pod-c",
        ]
    )
    assert [endpoint.id for endpoint in endpoints] == ["pod-a", "pod-b", "pod-c"]
    assert len(endpoints) == 3
    assert endpoints[1].state is EndpointState.DRAINING
    assert endpoints.index("pod-c") == endpoints.index(Endpoint("pod-c")) == 2
    assert "pod-b" in repr(endpoints)


def test_an_endpoint_that_is_not_there_has_no_place():
    with pytest.raises(ValueError, match="'pod-z' is not in the endpoint set"):
        Endpoints(["pod-a"]).index("pod-z")


def test_an_endpoint_is_a_value():
    pod = Endpoint("pod-a", weight=2)
    assert pod == Endpoint("pod-a", weight=2)
    drained = dataclasses.replace(pod, state="draining")
    assert drained.state == "draining"
    with pytest.raises(dataclasses.FrozenInstanceError):
        pod.weight = 3


def test_a_handle_is_a_fixed_hash_of_the_id():
    assert Endpoint("pod-a", weight=2).handle == Endpoint("pod-a").handle != 0
    assert Endpoint("pod-a").handle != Endpoint("pod-b").handle


def test_since_and_the_deadline_are_seconds_or_datetimes():
    when = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)
    policy = limpet.Policy(WORKSHOP)
    for deadline in (when, when.timestamp()):
        pod = Endpoint("pod-a", state="draining", since=NOW, drain_deadline=deadline)
        assert policy.poll_drain(Endpoints([pod]), pod, now=0).done_by == NOW
    with pytest.raises(ValueError, match="time zone"):
        Endpoints([Endpoint("pod-a", since=when.replace(tzinfo=None))])


def test_a_state_that_is_none_is_refused():
    with pytest.raises(ValueError, match="resting"):
        Endpoint("pod-a", state="resting")


def test_the_states_are_those_of_the_core():
    assert [str(state) for state in EndpointState] == list(limpet._core.ENDPOINT_STATES)


@pytest.mark.parametrize(
    ("endpoints", "backends", "field"),
    [
        (["pod-a", "pod-a"], None, "endpoints[1].id"),
        ([""], None, "endpoints[0].id"),
        ([Endpoint("pod-a", weight=1_000_001)], None, "endpoints[0].weight"),
        ([Endpoint("pod-a", weight=-1)], None, "endpoints[0].weight"),
        ([Endpoint("a", backend="blue")], [Backend("green")], "endpoints[0].backend"),
        ([], [Backend("green"), {"name": "green"}], "backends[1].name"),
        ([], [Backend("green", weight=2**40)], "backends[0].weight"),
    ],
)
def test_an_error_names_the_field(endpoints, backends, field):
    with pytest.raises(limpet.ConfigError) as caught:
        Endpoints(endpoints, backends)
    assert [name for name, _ in caught.value.problems] == [field]


def test_backends_of_weight_0_get_no_new_sessions():
    endpoints = Endpoints(
        [Endpoint("b-1", backend="blue"), Endpoint("g-1", backend="green")],
        [Backend("blue", weight=0), {"name": "green"}],
    )
    policy = limpet.Policy(WORKSHOP)
    chosen = {policy.select([], endpoints, NOW).endpoint.id for _ in range(20)}
    assert chosen == {"g-1"}
