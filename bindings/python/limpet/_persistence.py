"""What a policy is compiled from."""

from __future__ import annotations

import datetime
import json
from typing import Any, Mapping, Optional, Union

from . import _core

Json = Union[str, Mapping[str, Any], None]

_FIELDS = sorted(
    name
    for name, member in vars(_core.SessionPersistence).items()
    if isinstance(member, property)
)


class SessionPersistence(_core.SessionPersistence):
    """The Gateway API's sessionPersistence, in one normal form for every shape
    that it has had from 1.1 to 1.7, and what the API has no field for.

    The attributes are the normal form; enums are the API's words ("Cookie",
    "Permanent", "SealedToken", ...), durations are timedeltas, of which 0 is
    none. A type of None is a policy without sessions. Setting an attribute
    checks its own value; validate() checks all of them together, and so does
    Policy.
    """

    @classmethod
    def from_json(
        cls,
        value: Json,
        *,
        release: Optional[str] = None,
        attachment: str = "RouteRule",
    ) -> SessionPersistence:
        """Reads a sessionPersistence value: JSON text, the same as a mapping
        (timeouts may be timedeltas), or None for a policy without sessions.

        release: "1.1" (1.1.0), "1.2" (1.1.1 as well) to "1.7": accept what an
            API server of that release accepts, less what would break HTTP.
            None: the newest shape that fits, and limpet's own fields as well.
        attachment: "RouteRule" or "Backend": where the field stands.

        Raises ConfigError, for unknown fields too.
        """
        self = cls()
        self._read(to_json(value), release, attachment)
        return self

    def extend(self, value: Union[str, Mapping[str, Any]]) -> None:
        """Reads what the API has no field for: idleTimeout, cookieAttributes,
        store, failover, balancer, splitting, stripToken, rebalance. Fields that
        are absent keep their value; on an error (ConfigError) all do."""
        self._extend(to_json(value))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in _FIELDS)
        return f"SessionPersistence({fields})"


def to_json(value: Json) -> str:
    """JSON text of a configuration; timedeltas become durations."""
    if isinstance(value, str):
        return value
    return json.dumps(value, default=_default, allow_nan=False)


def _default(value: object) -> str:
    if isinstance(value, datetime.timedelta):
        return _core.format_duration(value)
    raise TypeError(f"{value!r} has no place in a configuration")
