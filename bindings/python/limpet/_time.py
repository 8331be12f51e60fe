"""Instants at the edge: Unix milliseconds inside, Python's own types outside."""

from __future__ import annotations

import datetime
import math
import time
from typing import Union

Now = Union[float, datetime.datetime, None]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_LAST_MS = 2**48 - 1


def to_millis(now: Now) -> int:
    """Unix milliseconds of Unix seconds, of a datetime with a time zone, or
    (None) of this moment."""
    if now is None:
        return time.time_ns() // 1_000_000
    if isinstance(now, datetime.datetime):
        if now.tzinfo is None:
            raise ValueError("now: a datetime must have a time zone")
        return (now - _EPOCH) // datetime.timedelta(milliseconds=1)
    if not math.isfinite(now):
        raise ValueError("now: must be finite")
    return min(max(round(now * 1000), 0), _LAST_MS)
