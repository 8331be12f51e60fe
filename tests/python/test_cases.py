"""Runs the stories of tests/cases/ (their README.md says what they mean)."""

import json
import pathlib
import re

import pytest

import limpet

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "cases"
FILES = sorted(FOLDER.glob("*.json"))
START = 1_700_000_000  # Unix seconds
KEY = "1 " + "00112233445566778899aabbccddeeff" * 2 + " seal"
FIELDS = {"name", "policy", "scope", "keys", "endpoints", "backends", "steps"}
CHANGES = {"policy", "scope", "keys", "endpoints", "backends"}
REQUEST = {"at", "send", "tried", "served", "expect", "save", "poll"}
TIMES = ("since", "drain_deadline")
EXPECTED = {"outcome", "endpoint", "status", "field"}


class Story:
    def __init__(self, case):
        assert set(case) <= FIELDS
        self.state = {"scope": "default/case/0", "keys": [KEY], "backends": None}
        self.saved = {}
        self.drains = {}
        self.policy = None
        self.change(case)

    def change(self, step):
        changed = {name: step[name] for name in CHANGES & set(step)}
        same_scope = changed.get("scope", self.state["scope"]) == self.state["scope"]
        self.state.update(changed)
        if {"endpoints", "backends"} & set(changed):
            self.endpoints = limpet.Endpoints(
                map(with_times, self.state["endpoints"]), self.state["backends"]
            )
        if {"policy", "scope", "keys"} & set(changed):
            handed_on = self.policy.sessions if self.policy and same_scope else None
            self.policy = limpet.Policy(
                self.state["policy"],
                scope=self.state["scope"],
                keys=limpet.Keys.from_text("\n".join(self.state["keys"])),
                sessions=handed_on,
            )

    def request(self, step):
        now = START + step["at"] / 1000
        name = self.policy.request_field
        headers = [(name, self.filled(value)) for value in step.get("send", ())]
        decision = self.policy.select(
            headers, self.endpoints, now, tried=step.get("tried", ())
        )
        served = decision.endpoint.id if decision.endpoint else None
        if decision.endpoint and "served" in step:
            served = step["served"]
        fields = self.policy.commit(
            decision, limpet.NOBODY if served is None else served, now
        )
        if "save" in step:
            self.saved[step["save"]] = (self.token(fields), served)
        actual = {
            "outcome": fields.outcome,
            "endpoint": served,
            "status": decision.status,
            "field": bool(fields),
        }
        expect = dict(step.get("expect", {}))
        assert set(expect) <= EXPECTED
        other = re.fullmatch(r"!\$\{(\w+)\}", expect.get("endpoint") or "")
        if other:
            del expect["endpoint"]
            assert served not in (None, self.saved[other[1]][1])
        elif "endpoint" in expect:
            expect["endpoint"] = re.sub(
                r"\$\{(\w+)\}", lambda m: self.saved[m[1]][1], expect["endpoint"]
            )
        assert {name: actual[name] for name in expect} == expect

    def poll(self, step):
        name = step["poll"]
        progress = self.policy.poll_drain(
            self.endpoints, name, self.drains.get(name), START + step["at"] / 1000
        )
        self.drains[name] = progress
        done_by = progress.done_by
        actual = {
            "drain": progress.state,
            "live_sessions": progress.live_sessions,
            "done_by": None if done_by is None else round((done_by - START) * 1000),
        }
        expect = step["expect"]
        assert {name: actual[name] for name in expect} == expect

    def filled(self, value):
        def replace(match):
            token, _ = self.saved[match[1]]
            if match[2] == ":truncated":
                return token[:-1]
            if match[2] == ":forged":
                return token[:-1] + ("B" if token[-1] == "A" else "A")
            return token

        return re.sub(r"\$\{(\w+)(:truncated|:forged)?\}", replace, value)

    def token(self, fields):
        (value,) = fields.values()
        if self.policy.config.type == "Cookie":
            value = value.split(";")[0].partition("=")[2]
        return value.strip('"')


def with_times(endpoint):
    times = {n: START + endpoint[n] / 1000 for n in TIMES if n in endpoint}
    return {**endpoint, **times}


def test_there_are_stories():
    assert len(FILES) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_story_holds(path):
    case = json.loads(path.read_text(encoding="utf-8"))
    story = Story(case)
    for number, step in enumerate(case["steps"], 1):
        assert set(step) <= CHANGES | REQUEST, f"step {number}: {step}"
        try:
            story.change(step)
            if "poll" in step:
                assert set(step) == {"at", "poll", "expect"}
                story.poll(step)
            elif "at" in step:
                story.request(step)
        except AssertionError as error:
            raise AssertionError(f"step {number}, {step}: {error}") from error
