"""Policy: who should serve a request, and what its response has to carry."""

from __future__ import annotations

import enum
from typing import Any, Callable, Dict, Final, Iterable, Mapping, Optional, Union

from . import _core
from ._drain import DrainProgress
from ._endpoints import Endpoint, Endpoints
from ._headers import Headers, field_values
from ._outcome import BY_NUMBER, Outcome
from ._persistence import SessionPersistence
from ._session_map import SessionMap
from ._time import Now, to_millis


class Nobody(enum.Enum):
    """The type of NOBODY."""

    NOBODY = "nobody"

    def __repr__(self) -> str:
        return "limpet.NOBODY"


NOBODY: Final = Nobody.NOBODY
"""For Policy.commit: no endpoint answered."""


class Decision:
    """What Policy.select says of one request."""

    __slots__ = ("_core", "_endpoints")

    def __init__(self, core: _core.Decision, endpoints: Endpoints) -> None:
        self._core = core
        self._endpoints = endpoints

    @property
    def endpoint(self) -> Optional[Endpoint]:
        """Who should serve the request; None: answer it with `status`."""
        index = self._core.endpoint
        return None if index is None else self._endpoints[index]

    @property
    def status(self) -> int:
        """Where there is no endpoint, the HTTP status to answer with, else 0."""
        return self._core.status

    @property
    def outcome(self) -> Outcome:
        """What it is counted as, unless another endpoint serves."""
        return BY_NUMBER[self._core.outcome]

    @property
    def endpoints(self) -> Endpoints:
        """The set that the decision was made from."""
        return self._endpoints

    def __repr__(self) -> str:
        return (
            f"Decision(endpoint={self.endpoint!r}, status={self.status}, "
            f"outcome={str(self.outcome)!r})"
        )


class ResponseFields(Dict[str, str]):
    """A dict of what the response has to carry: one field or none.

    outcome: what the request was counted as.
    """

    __slots__ = ("outcome",)
    outcome: Outcome


class Policy:
    """A compiled sessionPersistence, immutable.

    config: the Gateway API's sessionPersistence as a mapping or JSON text,
        limpet's own fields included (see SessionPersistence.extend); timeouts
        may be timedeltas. Or a SessionPersistence. None: balance, no sessions.
    scope: what sessions belong to: "namespace/route/rule", or the backend where
        persistence is attached there. A token of one scope is foreign to
        others, so give every rule its own.
    keys: of sealed tokens. None: a key made here, so that its sessions end with
        this policy and no other process knows them.
    sessions: with the store SessionMap, the map to use. A policy that replaces
        another of the same scope takes over its map and loses nobody.

    Raises ConfigError if the configuration is not allowed.
    """

    __slots__ = ("_core", "_request_field", "_sessions")

    def __init__(
        self,
        config: Union[SessionPersistence, Mapping[str, Any], str, None],
        *,
        scope: str = "default",
        keys: Optional[_core.Keys] = None,
        sessions: Optional[SessionMap] = None,
    ) -> None:
        if not isinstance(config, SessionPersistence):
            config = SessionPersistence.from_json(config)
        self._core = _core.Policy(
            config,
            scope,
            _core.Keys.generate() if keys is None else keys,
            None if sessions is None else sessions._core,
        )
        self._request_field = self._core.request_field
        own = self._core.sessions
        if own is None:
            sessions = None
        elif sessions is None:
            sessions = SessionMap._of(own)
        self._sessions = sessions

    @property
    def config(self) -> SessionPersistence:
        """A copy of the normal form; a generated name is filled in."""
        config = SessionPersistence()
        config._assign(self._core.config)
        return config

    @property
    def name(self) -> str:
        """Of the cookie or header, configured or generated."""
        return self._core.config.name

    @property
    def scope(self) -> str:
        """What its sessions belong to."""
        return self._core.scope

    @property
    def request_field(self) -> str:
        """The request field that carries the token: "Cookie", the configured
        header, or "" for none."""
        return self._request_field

    @property
    def sessions(self) -> Optional[SessionMap]:
        """The SessionMap of the policy; None for other stores."""
        return self._sessions

    def select(
        self,
        headers: Headers,
        endpoints: Endpoints,
        now: Now = None,
        *,
        tried: Iterable[Union[Endpoint, str]] = (),
        active: Optional[Callable[[Endpoint], int]] = None,
        hash_key: Union[str, bytes, None] = None,
        envoy_hash: Optional[int] = None,
    ) -> Decision:
        """Says who should serve a request.

        headers: the request's: a mapping (a value may be a list), anything with
            items(), or (name, value) pairs; str or bytes. Only request_field is
            looked at.
        now: Unix seconds or a datetime with a time zone; None: time.time().
        tried: endpoints, or their ids, that this request was sent to already,
            in vain; they are not chosen again.
        active: how many requests an endpoint is serving, for the balancer
            LeastRequest, bounded load and max_requests.
        hash_key: what a hash balancer goes by: any bytes (a str: its UTF-8),
            such as a field's value, a cookie, limpet.address_key(); None: it
            goes by weight.
        envoy_hash: of several of Envoy's hash policies (limpet.EnvoyHash), for
            EnvoyRingHash and EnvoyMaglev; goes before hash_key.
        """
        if not isinstance(endpoints, Endpoints):
            raise TypeError("endpoints: must be a limpet.Endpoints")
        found = (endpoints._find(e) for e in tried)
        core = self._core.select(
            field_values(headers, self._request_field),
            endpoints._core,
            to_millis(now),
            [index for index in found if index is not None],
            None if active is None else lambda i: active(endpoints[i]),
            hash_key.encode() if isinstance(hash_key, str) else hash_key,
            envoy_hash,
        )
        return Decision(core, endpoints)

    def commit(
        self,
        decision: Decision,
        served: Union[Endpoint, str, Nobody, None] = None,
        now: Now = None,
    ) -> ResponseFields:
        """Says what the response has to carry: a dict of one field or none.

        Call it once for every request, when the response begins or when it is
        clear that there will be none; it counts the request. Where the response
        may have a Set-Cookie field of its own, append to it: replace none. Such
        a response must not enter a shared cache.

        served: the endpoint, or its id, that answered, which retries may have
            changed; None: the one that was chosen; NOBODY: nobody answered.
        now: as for select.
        """
        fields = ResponseFields()
        fields.outcome = decision.outcome
        if decision._core.endpoint is None and not isinstance(served, (Endpoint, str)):
            return fields
        field, outcome = self._commit(decision, served, to_millis(now))
        fields.outcome = BY_NUMBER[outcome]
        if field is not None:
            fields[field[0]] = field[1]
        return fields

    def _commit(
        self, decision: Decision, served: object, now_ms: int
    ) -> _core.Committed:
        core, endpoints = decision._core, decision._endpoints
        if served is None:
            return self._core.commit(core, endpoints._core, core.endpoint, now_ms)
        if served is NOBODY:
            return self._core.commit(core, endpoints._core, None, now_ms)
        if isinstance(served, Endpoint):  # perhaps of a newer set
            return self._core.commit_other(core, served.id, served.address, now_ms)
        if isinstance(served, str):
            index = endpoints.index(served)
            return self._core.commit(core, endpoints._core, index, now_ms)
        raise TypeError("served: must be an Endpoint, an id, NOBODY or None")

    def prepare(self, endpoints: Endpoints, now: Now = None) -> None:
        """Works out what the policy needs of a set: the table of a hash
        balancer, how many sessions the endpoints have (max_sessions).

        Call it before a set is used, so that no request waits for the table,
        and every second or so where sessions are counted: it scans the session
        map. Sets that it was not called for count none: LeastSessions then
        goes at random, and max_sessions is no limit.
        """
        self._core.prepare(endpoints._core, to_millis(now))

    def strip_token(self, value: Union[str, bytes]) -> Union[str, bytes]:
        """What one value of request_field becomes on its way to the endpoint,
        where config.strip_token is set: the value without limpet's token. ""
        (b""): drop that field."""
        if isinstance(value, bytes):
            return self._core.strip_token(value)
        return self._core.strip_token(value.encode("latin-1")).decode("latin-1")

    def counters(self) -> Dict[Outcome, int]:
        """Requests by outcome since the policy was made, all outcomes named."""
        return dict(zip(BY_NUMBER, self._core.counters()))

    def poll_drain(
        self,
        endpoints: Endpoints,
        endpoint: Union[Endpoint, str],
        progress: Optional[DrainProgress] = None,
        now: Now = None,
    ) -> DrainProgress:
        """How far an endpoint is with its drain. Call it now and then, with what
        it returned before.

        endpoint: it or its id, in `endpoints` or gone from it.
        progress: of the last poll of this drain; None: this is the first.
        now: as for select.

        Scans a session map; with other stores it costs nothing."""
        row = self._core.poll_drain(
            endpoints._core,
            endpoints._find(endpoint),
            to_millis(now),
            None if progress is None else progress._row,
        )
        return DrainProgress(row)

    def sweep(self, now: Now = None, *, budget: int = 1000) -> int:
        """Frees the places of sessions that are over. Looks at up to `budget`
        places of the session map and goes on where the last call stopped;
        returns how many it freed. A full map does it by itself."""
        return self._core.sweep(to_millis(now), budget)

    def live_sessions(self, now: Now = None) -> Dict[int, int]:
        """How many live sessions every endpoint has in the session map, by
        Endpoint.handle. Scans the map: for metrics, not for requests."""
        return self._core.live_sessions(to_millis(now))
