"""How a request ended."""

from __future__ import annotations

import enum

from . import _core


class Outcome(str, enum.Enum):
    """How a request ended, as far as its session goes. A policy counts every
    request under one of them. Each is equal to its name: Outcome.KEPT == "kept".
    """

    NEW = "new"
    """No token; a session begins."""
    KEPT = "kept"
    """Served by the session's endpoint."""
    MOVED = "moved"
    """Its endpoint cannot serve: the session moved."""
    SUBSTITUTED = "substituted"
    """Its endpoint cannot serve: served elsewhere this once."""
    EXPIRED = "expired"
    """A timeout has elapsed; a session begins."""
    INVALID = "invalid"
    """No token of ours: garbled, forged, unknown key; a session begins."""
    FOREIGN = "foreign"
    """A token of another scope; a session begins."""
    UNKNOWN_ENDPOINT = "unknown_endpoint"
    """Its endpoint is not in the set; a session begins."""
    OTHER_BACKEND = "other_backend"
    """The weights chose another backend than its own; a session begins."""
    UNPINNED = "unpinned"
    """Served, but the session map is full."""
    REJECTED = "rejected"
    """Its endpoint cannot serve (Strict)."""
    UNAVAILABLE = "unavailable"
    """No endpoint can serve."""
    UNSERVED = "unserved"
    """An endpoint was named, nobody answered."""
    BALANCED = "balanced"
    """The policy has no sessions."""
    REBALANCED = "rebalanced"
    """Its endpoint could serve; the session moved to a newer one."""

    def __str__(self) -> str:
        return self.value


BY_NUMBER = tuple(Outcome(name) for name in _core.OUTCOMES)
