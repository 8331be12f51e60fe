"""Policies: made, asked, answered."""

import datetime
import json
import threading

import pytest
from workshop import NOW, WORKSHOP

import limpet


def begin(policy, endpoints, now=NOW, **options):
    """A new session: its request headers and the endpoint that served."""
    decision = policy.select([], endpoints, now, **options)
    return policy.commit(decision, now=now), decision.endpoint


def test_the_design_sketch_works_without_options():
    policy = limpet.Policy(WORKSHOP)
    endpoints = limpet.Endpoints(["pod-a", "pod-b"])
    response = {"content-type": "text/plain"}
    decision = policy.select({"Host": "example.com"}, endpoints)
    response.update(policy.commit(decision))
    assert set(response) == {"content-type", "Session-A"}
    again = policy.select({"session-a": response["Session-A"]}, endpoints)
    assert again.endpoint == decision.endpoint
    assert policy.commit(again) == {}


def test_a_decision_names_the_hosts_own_endpoint_object(policy):
    pod = limpet.Endpoint("pod-a", address="10.0.0.1:80")
    decision = policy.select([], limpet.Endpoints([pod]), NOW)
    assert decision.endpoint is pod
    assert decision.status == 0
    assert decision.outcome is limpet.Outcome.NEW


def test_a_decision_without_an_endpoint_names_a_status(policy):
    none = limpet.Endpoints([limpet.Endpoint("pod-a", state="unavailable")])
    decision = policy.select([], none, NOW)
    assert decision.endpoint is None
    assert decision.status == 503
    fields = policy.commit(decision)
    assert fields == {}
    assert fields.outcome == "unavailable"


def test_a_session_ends_at_its_timeout(policy, endpoints):
    fields, endpoint = begin(policy, endpoints)
    kept = policy.select(fields, endpoints, NOW + 9.999)
    assert (kept.outcome, kept.endpoint) == ("kept", endpoint)
    assert policy.select(fields, endpoints, NOW + 10).outcome == "expired"


def test_now_may_be_a_datetime_with_a_time_zone(policy, endpoints):
    fields, _ = begin(policy, endpoints)
    zone = datetime.timezone(datetime.timedelta(hours=2))
    now = datetime.datetime.fromtimestamp(NOW, zone)
    later = now + datetime.timedelta(seconds=10)
    millisecond = datetime.timedelta(milliseconds=1)
    assert policy.select(fields, endpoints, later - millisecond).outcome == "kept"
    assert policy.select(fields, endpoints, later).outcome == "expired"


@pytest.mark.parametrize(
    "now", [datetime.datetime(2026, 1, 1), float("nan"), float("inf")]
)
def test_an_instant_that_says_too_little_is_refused(policy, endpoints, now):
    with pytest.raises(ValueError, match="now: "):
        policy.select([], endpoints, now)


@pytest.mark.parametrize("now", [-5, 0, 1e300, datetime.datetime.max])
def test_instants_beyond_the_tokens_range_move_to_its_ends(policy, endpoints, now):
    if isinstance(now, datetime.datetime):
        now = now.replace(tzinfo=datetime.timezone.utc)
    fields, endpoint = begin(policy, endpoints, now)
    again = policy.select(fields, endpoints, now)
    assert (again.outcome, again.endpoint) == ("kept", endpoint)


def test_who_served_may_be_named_in_every_way(policy, endpoints):
    for served in ("pod-c", endpoints[2], limpet.Endpoint("pod-c")):
        decision = policy.select([], endpoints, NOW, tried=["pod-b", "pod-c"])
        assert decision.endpoint.id == "pod-a"
        fields = policy.commit(decision, served, NOW)
        assert policy.select(fields, endpoints, NOW).endpoint.id == "pod-c"


def test_an_endpoint_of_a_newer_set_may_have_served(policy, endpoints):
    decision = policy.select([], endpoints, NOW)
    newer = limpet.Endpoint("pod-z", address="10.0.0.9:80")
    fields = policy.commit(decision, newer, NOW)
    assert policy.select(fields, limpet.Endpoints([newer]), NOW).outcome == "kept"


def test_an_unknown_id_cannot_have_served(policy, endpoints):
    with pytest.raises(ValueError, match="'pod-z' is not in the endpoint set"):
        policy.commit(policy.select([], endpoints, NOW), "pod-z", NOW)
    with pytest.raises(TypeError, match="served: "):
        policy.commit(policy.select([], endpoints, NOW), 0, NOW)


def test_nobody_gets_no_token(policy, endpoints):
    fields = policy.commit(policy.select([], endpoints, NOW), limpet.NOBODY, NOW)
    assert fields == {}
    assert fields.outcome is limpet.Outcome.UNSERVED


def test_tried_endpoints_are_not_chosen_again(policy, endpoints):
    for _ in range(10):
        decision = policy.select(
            [], endpoints, NOW, tried=["pod-a", endpoints[1], "long-gone"]
        )
        assert decision.endpoint.id == "pod-c"


def test_the_host_tells_least_request_what_is_active(keys, endpoints):
    policy = limpet.Policy({"balancer": {"type": "LeastRequest"}}, keys=keys)
    asked = []

    def active(endpoint):
        asked.append(endpoint.id)
        return 0 if endpoint.id == "pod-b" else 1000

    chosen = [
        policy.select([], endpoints, NOW, active=active).endpoint.id for _ in range(200)
    ]
    assert set(asked) == {"pod-a", "pod-b", "pod-c"}
    assert chosen.count("pod-b") > 80


def test_what_the_host_raises_in_active_comes_back(keys, endpoints):
    policy = limpet.Policy({"balancer": {"type": "LeastRequest"}}, keys=keys)

    def active(endpoint):
        raise LookupError(endpoint.id)

    with pytest.raises(LookupError, match="pod-"):
        policy.select([], endpoints, NOW, active=active)


def test_counters_name_every_outcome(policy, endpoints):
    assert set(policy.counters()) == set(limpet.Outcome)
    fields, _ = begin(policy, endpoints)
    for _ in range(3):
        policy.commit(policy.select(fields, endpoints, NOW), now=NOW)
    counters = policy.counters()
    assert counters["new"] == 1
    assert counters[limpet.Outcome.KEPT] == 3
    assert sum(counters.values()) == 4


def test_a_drain_is_polled_until_it_is_done(keys):
    policy = limpet.Policy({**WORKSHOP, "store": {"type": "SessionMap"}}, keys=keys)
    serving = limpet.Endpoints(["pod-a"])
    for second in range(4):
        begin(policy, serving, NOW + second)
    assert policy.poll_drain(serving, "pod-a", now=NOW).state == "serving"
    draining = limpet.Endpoints(
        [{"id": "pod-a", "state": "draining", "since": NOW + 4}]
    )
    first = policy.poll_drain(draining, "pod-a", now=NOW + 4)
    assert (first.state, first.live_sessions, first.done) == ("draining", 4, 0)
    assert first.done_by == NOW + 3 + 10
    half = policy.poll_drain(draining, "pod-a", first, NOW + 11)
    assert (half.live_sessions, half.first_sessions, half.done) == (2, 4, 0.5)
    assert "state='draining'" in repr(half)
    last = policy.poll_drain(draining, "pod-a", half, NOW + 13)
    assert (last.state, last.done) == (limpet.DrainState.DRAINED, 1)
    gone = policy.poll_drain(limpet.Endpoints([]), "pod-a", half, NOW + 12)
    assert (gone.state, gone.live_sessions) == ("drained", None)


def test_of_sealed_sessions_a_drain_knows_the_end(keys):
    policy = limpet.Policy(WORKSHOP, keys=keys)
    pod = limpet.Endpoint("pod-a", state="draining", since=NOW)
    progress = policy.poll_drain(limpet.Endpoints([pod]), pod, now=NOW + 5)
    assert (progress.state, progress.done) == ("draining", 0.5)
    assert (progress.live_sessions, progress.done_by) == (None, NOW + 10)
    endless = limpet.Policy({"sessionName": "s"}, keys=keys)
    assert endless.poll_drain(limpet.Endpoints([pod]), pod, now=NOW).done_by is None


def test_the_drain_states_are_those_of_the_core():
    assert [str(state) for state in limpet.DrainState] == list(
        limpet._core.DRAIN_STATES
    )


def test_a_policy_tells_its_names():
    policy = limpet.Policy({"type": "Cookie"}, scope="ns/route/1")
    assert policy.scope == "ns/route/1"
    assert policy.request_field == "Cookie"
    assert policy.name == policy.config.name != ""
    assert policy.name != limpet.Policy({"type": "Cookie"}, scope="ns/route/2").name
    assert policy.sessions is None
    header = limpet.Policy(WORKSHOP)
    assert (header.name, header.request_field) == ("Session-A", "Session-A")
    assert limpet.Policy(None).request_field == ""


def test_a_configuration_may_be_text_a_mapping_or_an_object(keys, endpoints):
    as_object = limpet.SessionPersistence.from_json(WORKSHOP)
    timeout = {"absoluteTimeout": datetime.timedelta(seconds=10)}
    for config in (json.dumps(WORKSHOP), {**WORKSHOP, **timeout}, as_object):
        policy = limpet.Policy(config, keys=keys)
        assert policy.config == as_object
        fields, _ = begin(policy, endpoints)
        assert policy.select(fields, endpoints, NOW + 10).outcome == "expired"


def test_a_policy_of_its_own_keys_knows_no_others_tokens(endpoints):
    fields, _ = begin(limpet.Policy(WORKSHOP), endpoints)
    stranger = limpet.Policy(WORKSHOP)
    assert stranger.select(fields, endpoints, NOW).outcome in ("invalid", "foreign")


def test_policies_that_share_keys_and_scope_share_sessions(keys, endpoints):
    one, two = (limpet.Policy(WORKSHOP, scope="a/b/0", keys=keys) for _ in range(2))
    fields, endpoint = begin(one, endpoints)
    decision = two.select(fields, endpoints, NOW)
    assert (decision.outcome, decision.endpoint) == ("kept", endpoint)


def test_a_cookie_goes_out_as_set_cookie_and_comes_back(keys, endpoints):
    policy = limpet.Policy(
        {
            "sessionName": "sid",
            "absoluteTimeout": "10s",
            "cookieConfig": {"lifetimeType": "Permanent"},
        },
        keys=keys,
    )
    fields, endpoint = begin(policy, endpoints)
    ((name, line),) = fields.items()
    assert name == "Set-Cookie"
    pair, *attributes = line.split("; ")
    assert sorted(attributes) == [
        "HttpOnly",
        "Max-Age=10",
        "Path=/",
        "SameSite=Strict",
        "Secure",
    ]
    decision = policy.select({"cookie": f"theme=dark; {pair}"}, endpoints, NOW)
    assert (decision.outcome, decision.endpoint) == ("kept", endpoint)


def test_the_token_can_be_kept_from_the_endpoint(keys, endpoints):
    policy = limpet.Policy({"sessionName": "sid", "stripToken": True}, keys=keys)
    assert policy.config.strip_token
    assert policy.strip_token("a=b; sid=T; c=d") == "a=b; c=d"
    assert policy.strip_token(b"sid=T") == b""


def test_many_threads_may_use_one_policy(policy, endpoints):
    wrong = []

    def use():
        for i in range(200):
            fields, endpoint = begin(policy, endpoints, NOW + i)
            if policy.select(fields, endpoints, NOW + i).endpoint != endpoint:
                wrong.append(i)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert policy.counters()["new"] == 800


def test_a_decision_outlives_what_it_was_made_from(keys):
    policy = limpet.Policy(WORKSHOP, keys=keys)
    decision = policy.select([], limpet.Endpoints(["pod-a"]), NOW)
    assert decision.endpoint.id == "pod-a"
    assert "pod-a" in repr(decision)
    assert policy.commit(decision, now=NOW).outcome == "new"


def test_a_list_is_no_endpoint_set(policy):
    with pytest.raises(TypeError, match=r"limpet\.Endpoints"):
        policy.select([], ["pod-a"], NOW)
