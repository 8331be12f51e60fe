"""Who can serve: endpoints, backends and immutable sets of them."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from typing import Any, Dict, Iterable, Iterator, Mapping, Optional, Tuple, Union

from . import _core
from ._time import to_millis

When = Union[float, datetime.datetime, None]


class EndpointState(str, enum.Enum):
    """Whether an endpoint can serve."""

    READY = "ready"
    """Serves everybody."""
    DRAINING = "draining"
    """Keeps its sessions, gets no new ones."""
    UNAVAILABLE = "unavailable"
    """Serves nobody."""

    def __str__(self) -> str:
        return self.value


_NUMBER = {EndpointState(name): n for n, name in enumerate(_core.ENDPOINT_STATES)}


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One server instance.

    id: stable and unique: a pod's name or uid.
    address: how the host reaches it; only the store EnvoyToken reads it.
    backend: the Backend it belongs to; "" where there is but one.
    weight: within its backend, 0 to 1000000; 0 gets no new sessions.
    state: an EndpointState, or its name.
    since: when it came into that state: Unix seconds or a datetime with a time
        zone; None: long ago.
    drain_deadline: where it is draining: from then on it serves nobody; None:
        no deadline.
    priority: within its backend: those of the lowest number serve, and others
        as far as less than 71 % of the weight of those is ready.
    locality: where it runs: "region/zone", or ""; see Endpoints.
    max_requests: most requests at one time, counted by the `active` of
        Policy.select; 0: any number. A session whose endpoint is full is served
        elsewhere this once.
    max_sessions: most live sessions of a session map, counted by
        Policy.prepare; 0: any number. What is full gets no new ones.
    hash_key: how the proxy knows it whose placement is to be matched; "": its
        address (Envoy, nginx), its place in the list from 1 on (HAProxy).
    """

    id: str
    address: str = ""
    backend: str = ""
    weight: int = 1
    state: EndpointState = EndpointState.READY
    since: When = None
    drain_deadline: When = None
    priority: int = 0
    locality: str = ""
    max_requests: int = 0
    max_sessions: int = 0
    hash_key: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", EndpointState(self.state))

    @property
    def handle(self) -> int:
        """The fixed hash of the id by which tokens and maps know it."""
        return _core.endpoint_handle(self.id)


@dataclasses.dataclass(frozen=True)
class Backend:
    """A weighted group of endpoints: a Gateway API backendRef. A backend of
    weight 0 gets no new sessions and keeps its old ones."""

    name: str
    weight: int = 1


class Endpoints:
    """An immutable snapshot of the endpoints that can serve; make a new one
    when any of them changes.

    endpoints: of Endpoint, of mappings with the same fields, or of plain ids.
    backends: of Backend, or of mappings with the same fields. None: one of
        weight 1 for every name that the endpoints use.
    locality: where the proxy runs: "region/zone". Of the endpoints of a
        priority the nearest come first: the same locality, the same region,
        others. "": all alike.

    Raises ConfigError for an empty or repeated id, a weight out of range or a
    backend that is not there.
    """

    __slots__ = ("_by_id", "_core", "_endpoints")

    def __init__(
        self,
        endpoints: Iterable[Union[Endpoint, Mapping[str, Any], str]],
        backends: Optional[Iterable[Union[Backend, Mapping[str, Any]]]] = None,
        *,
        locality: str = "",
    ) -> None:
        self._endpoints: Tuple[Endpoint, ...] = tuple(map(_endpoint, endpoints))
        self._core = _core.EndpointSet(
            [
                (
                    e.id,
                    e.address,
                    e.backend,
                    e.weight,
                    _NUMBER[e.state],
                    _millis(e.since),
                    _millis(e.drain_deadline),
                    (
                        e.priority,
                        e.locality,
                        e.max_requests,
                        e.max_sessions,
                        e.hash_key,
                    ),
                )
                for e in self._endpoints
            ],
            [(b.name, b.weight) for b in map(_backend, backends or ())],
            locality,
        )
        self._by_id: Dict[str, int] = {e.id: i for i, e in enumerate(self._endpoints)}

    def __len__(self) -> int:
        return len(self._endpoints)

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._endpoints)

    def __getitem__(self, index: int) -> Endpoint:
        return self._endpoints[index]

    def __repr__(self) -> str:
        return f"Endpoints({list(self._endpoints)!r})"

    def index(self, endpoint: Union[Endpoint, str]) -> int:
        """The place of an endpoint or id in the set; ValueError if it has none."""
        found = self._find(endpoint)
        if found is None:
            raise ValueError(f"{endpoint!r} is not in the endpoint set")
        return found

    def _find(self, endpoint: Union[Endpoint, str]) -> Optional[int]:
        return self._by_id.get(
            endpoint.id if isinstance(endpoint, Endpoint) else endpoint
        )


def _millis(when: When) -> int:
    return 0 if when is None else to_millis(when)


def _endpoint(value: Union[Endpoint, Mapping[str, Any], str]) -> Endpoint:
    if isinstance(value, Endpoint):
        return value
    return Endpoint(value) if isinstance(value, str) else Endpoint(**value)


def _backend(value: Union[Backend, Mapping[str, Any]]) -> Backend:
    return value if isinstance(value, Backend) else Backend(**value)
