"""The workshop's policy and an instant of its own, for the tests."""

WORKSHOP = {"sessionName": "Session-A", "type": "Header", "absoluteTimeout": "10s"}
NOW = 1_700_000_000.0
