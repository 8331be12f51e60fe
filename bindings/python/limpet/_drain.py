"""How far a draining endpoint is."""

from __future__ import annotations

import enum
from typing import Optional

from . import _core


class DrainState(str, enum.Enum):
    """How far an endpoint is with its drain."""

    SERVING = "serving"
    """Ready: nobody drains it."""
    DRAINING = "draining"
    """It may still have sessions."""
    DRAINED = "drained"
    """It serves no session any more: none is live, the deadline has come, it is
    unavailable or gone from the set. What requests it is serving the host
    knows; one that was under way when the last session of a map ended may still
    begin another, and it drains again."""

    def __str__(self) -> str:
        return self.value


_BY_NUMBER = tuple(DrainState(name) for name in _core.DRAIN_STATES)


class DrainProgress:
    """What Policy.poll_drain found. Immutable.

    A policy keeps no list of the tokens that clients hold: of them it knows by
    when the last one is over. No session begins on a draining endpoint but by a
    request that was under way, with an older set, when the drain began; the
    policy remembers when it last wrote a token for an endpoint, so that those
    count. What it wrote, that is: where several policies or proxies serve an
    endpoint with the same keys, poll all and take the latest of their bounds.
    What may have been used before a policy's first poll (by one that it
    replaced, say) counts as used then.

    With the store EnvoyToken: of the cookies that were written with the same
    absoluteTimeout; without one, and in headers, sessions end with the deadline
    alone.
    """

    __slots__ = ("_row",)

    def __init__(self, row: _core.DrainRow) -> None:
        self._row = row

    @property
    def state(self) -> DrainState:
        """How far it is."""
        return _BY_NUMBER[self._row[0]]

    @property
    def done(self) -> float:
        """0 to 1: of the sessions, where they are counted, else of the time. It
        goes back where sessions are used and so last longer."""
        return self._row[1]

    @property
    def live_sessions(self) -> Optional[int]:
        """Live sessions, exactly; None: the store is no session map."""
        return self._row[2]

    @property
    def first_sessions(self) -> Optional[int]:
        """The same when the drain was first polled, or later if there were more
        then."""
        return self._row[3]

    @property
    def done_by(self) -> Optional[float]:
        """Unix seconds: from then on no session of it is live, if none is used
        again until then. None: no timeout and no deadline ends them."""
        done_by = self._row[4]
        return None if done_by is None else done_by / 1000

    def __repr__(self) -> str:
        return (
            f"DrainProgress(state={str(self.state)!r}, done={self.done:.3f}, "
            f"live_sessions={self.live_sessions}, "
            f"first_sessions={self.first_sessions}, done_by={self.done_by})"
        )
