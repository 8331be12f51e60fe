"""Who can serve: endpoints, backends and immutable sets of them."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, Dict, Iterable, Iterator, Mapping, Optional, Tuple, Union

from . import _core


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
    """

    id: str
    address: str = ""
    backend: str = ""
    weight: int = 1
    state: EndpointState = EndpointState.READY

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

    Raises ConfigError for an empty or repeated id, a weight out of range or a
    backend that is not there.
    """

    __slots__ = ("_by_id", "_core", "_endpoints")

    def __init__(
        self,
        endpoints: Iterable[Union[Endpoint, Mapping[str, Any], str]],
        backends: Optional[Iterable[Union[Backend, Mapping[str, Any]]]] = None,
    ) -> None:
        self._endpoints: Tuple[Endpoint, ...] = tuple(map(_endpoint, endpoints))
        self._core = _core.EndpointSet(
            [
                (e.id, e.address, e.backend, e.weight, _NUMBER[e.state])
                for e in self._endpoints
            ],
            [(b.name, b.weight) for b in map(_backend, backends or ())],
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


def _endpoint(value: Union[Endpoint, Mapping[str, Any], str]) -> Endpoint:
    if isinstance(value, Endpoint):
        return value
    return Endpoint(value) if isinstance(value, str) else Endpoint(**value)


def _backend(value: Union[Backend, Mapping[str, Any]]) -> Backend:
    return value if isinstance(value, Backend) else Backend(**value)
