"""SessionMap: sessions in this process's memory, or in memory that processes
share."""

from __future__ import annotations

import datetime
from typing import IO, Any, Dict, Literal, NamedTuple, Optional, Tuple, Union

from . import _core
from ._core import Timeouts
from ._endpoints import Endpoint
from ._time import Now, to_millis

Key = Union[int, bytes, str]
WhenFull = Literal["Refuse", "Evict"]
FindResult = Literal["live", "expired", "absent"]
InsertResult = Literal["inserted", "exists", "full", "busy"]
RebindResult = Literal["moved", "elsewhere", "absent", "full", "busy"]
EraseResult = Literal["erased", "absent", "busy"]

_CAPACITY = 100_000
_LONGEST_TIMEOUT = datetime.timedelta(days=37)
_LOCK_BUDGET = datetime.timedelta(milliseconds=2)


class Session(NamedTuple):
    """What a map knows of a session."""

    endpoint: int
    """The handle of its endpoint (Endpoint.handle)."""
    created: float
    """Unix seconds."""
    last_used: float
    """Unix seconds."""


class SweepResult(NamedTuple):
    """What became of a scan that frees places."""

    freed: int
    """How many sessions it ended."""
    complete: bool
    """False: some places were busy and left out."""


class SessionMap:
    """Session -> endpoint, when it began, when it was last used. Fixed memory,
    taken when the map is made; no thread, no timer.

    Made so, it is in this process's memory. SessionMap.create and
    SessionMap.attach put it into memory that processes share and may die in.
    All methods may be called by many threads and processes; who finds never
    waits for a lock.

    capacity: live sessions that it holds at least, 1 to 2**31.
    endpoints: most endpoints that can have sessions at one time, up to 2**24;
        0: enough for all but the oddest uses (one for every 8 sessions and 4096
        at least, 2 a session in small maps, 65536 at most).
    longest_timeout: the longest that will be asked for, up to 100 years. Times
        are kept to a millisecond up to 37 days, to 1/3000000000 of it beyond.
    when_full: what a new session gets when the map is full of live ones.
        "Refuse": nothing, so that a flood pushes no live one out; "Evict": the
        place of one that was idle for long.
    lock_budget: how long a write waits for another before it is "busy", up to
        a minute.

    Raises ConfigError for what is not allowed.

    The arguments of its methods:

    key: bytes, or a str (as UTF-8), that an application or a client chose; or
        an int, an id of new_id or id_of.
    endpoint: an Endpoint, its id, or its handle.
    timeouts: a Timeouts, at most the longest_timeout (else ConfigError).
        Whoever uses a map passes the same: a session that is over by those of
        one caller gives its place up to any other.
    now: Unix seconds or a datetime with a time zone; None: time.time().
    """

    __slots__ = ("_core",)

    def __init__(
        self,
        capacity: int = _CAPACITY,
        *,
        endpoints: int = 0,
        longest_timeout: datetime.timedelta = _LONGEST_TIMEOUT,
        when_full: WhenFull = "Refuse",
        lock_budget: datetime.timedelta = _LOCK_BUDGET,
    ) -> None:
        self._core = _core.SessionMap.make(
            capacity, endpoints, longest_timeout, when_full, _micros(lock_budget)
        )

    @staticmethod
    def memory_size(
        *,
        capacity: int = _CAPACITY,
        endpoints: int = 0,
        longest_timeout: datetime.timedelta = _LONGEST_TIMEOUT,
    ) -> int:
        """The size of the buffer that SessionMap.create needs, in bytes."""
        return _core.SessionMap.memory_size(capacity, endpoints, longest_timeout)

    @classmethod
    def create(
        cls,
        buffer: Any,
        *,
        capacity: int = _CAPACITY,
        endpoints: int = 0,
        longest_timeout: datetime.timedelta = _LONGEST_TIMEOUT,
        when_full: WhenFull = "Refuse",
        file: Union[IO[Any], int, None] = None,
        lock_budget: datetime.timedelta = _LOCK_BUDGET,
    ) -> SessionMap:
        """Makes a map in a writable buffer of memory_size bytes, aligned to 128
        bytes and zeroed, as mmap.mmap gives it. The buffer is kept for as long
        as the map is used: closing it raises BufferError. What is in it is for
        processes of one machine and one user: it holds the keys of tokens.

        file: the file that the buffer maps, or its descriptor. With it the map
            sees for itself whether the file is a copy and whether it is alone
            (a shared flock, kept while the map is). Not closed.

        Raises ConfigError for a buffer that is too small, not aligned or not
        zeroed, and BufferError for one that cannot be written.
        """
        core = _core.SessionMap.create(
            buffer,
            capacity,
            endpoints,
            longest_timeout,
            when_full,
            _descriptor(file),
            _micros(lock_budget),
        )
        return cls._of(core)

    @classmethod
    def attach(
        cls,
        buffer: Any,
        *,
        read_only: bool = False,
        alone: bool = False,
        file: Union[IO[Any], int, None] = None,
        lock_budget: datetime.timedelta = _LOCK_BUDGET,
    ) -> SessionMap:
        """The map that SessionMap.create made there, in this process or another
        one. The buffer is kept as by create.

        read_only: only look. The buffer may be read-only, nothing is stamped,
            every write is "busy".
        alone: the caller vouches that nobody else uses the memory. Whatever
            lock was held when it was copied, or when the machine went down, is
            made anew.
        file: as for create.

        Raises ConfigError, with the reason, for what is no map, of another
        version, kind of machine or C library, used from another PID namespace,
        or made before the last boot, unless the caller is alone.
        """
        core = _core.SessionMap.attach(
            buffer, read_only, alone, _descriptor(file), _micros(lock_budget)
        )
        return cls._of(core)

    @classmethod
    def _of(cls, core: _core.SessionMap) -> SessionMap:
        self = cls.__new__(cls)
        self._core = core
        return self

    def __len__(self) -> int:
        return self._core.size

    def __repr__(self) -> str:
        return f"SessionMap(size={self.size}, capacity={self.capacity})"

    @property
    def size(self) -> int:
        """Sessions held, those over and not yet gone included."""
        return self._core.size

    @property
    def capacity(self) -> int:
        """Live sessions that it holds at least."""
        return self._core.capacity

    @property
    def longest_timeout(self) -> datetime.timedelta:
        """The longest timeout that may be asked for."""
        return self._core.longest_timeout

    @property
    def notices_death(self) -> bool:
        """Whether a process that dies in a write frees its lock by itself. If
        not, writes beside it are "busy" until recover(alone=True)."""
        return self._core.notices_death

    def counts(self) -> Dict[str, int]:
        """Since the map was made: sessions inserted, expired (found over and
        taken away), evicted, erased, erased_endpoint; inserts refused; locks
        repaired whose owner had died. A process killed within a write may leave
        any of the sums one short."""
        return self._core.counts()

    def new_id(self) -> int:
        """128 random bits."""
        return self._core.new_id()

    def id_of(self, key: Key) -> int:
        """The id of a key: a keyed hash of 128 bits, for which every map has a
        secret of its own. An id is its own."""
        return self._core.id_of(key)

    def find(
        self, key: Key, timeouts: Timeouts, now: Now = None
    ) -> Tuple[FindResult, Optional[Session]]:
        """The live session of a key, not stamped as used.

        "live" and the session; "expired": it is here and over; "absent": it
        never was here, or it is gone already.
        """
        return _answer(self._core.find(key, timeouts, to_millis(now)))

    def find_touch(
        self, key: Key, timeouts: Timeouts, now: Now = None
    ) -> Tuple[FindResult, Optional[Session]]:
        """find, and stamps the session as used at `now`. One that is over
        goes."""
        return _answer(self._core.find_touch(key, timeouts, to_millis(now)))

    def insert_or_get(
        self,
        key: Key,
        endpoint: Union[Endpoint, str, int],
        timeouts: Timeouts,
        now: Now = None,
    ) -> Tuple[InsertResult, Optional[Session]]:
        """Begins a session, if there is none: of several that try at once one
        inserts, the others get its session.

        "inserted" and the session; "exists" and the one of who was first;
        "full", of live sessions or of endpoints; "busy": another write did not
        end within the lock_budget.
        """
        return _answer(
            self._core.insert_or_get(key, _handle(endpoint), timeouts, to_millis(now))
        )

    def rebind(
        self,
        key: Key,
        from_endpoint: Union[Endpoint, str, int],
        to_endpoint: Union[Endpoint, str, int],
        timeouts: Timeouts,
        now: Now = None,
    ) -> Tuple[RebindResult, Optional[Session]]:
        """Moves a session to another endpoint and starts its clock anew, if it
        is still on from_endpoint. Of two requests that see the same dead
        endpoint one moves it and the other learns where it is now.

        "moved" and the session; "elsewhere" and the session: not on
        from_endpoint any more; "absent"; "full", of endpoints; "busy".
        """
        return _answer(
            self._core.rebind(
                key,
                _handle(from_endpoint),
                _handle(to_endpoint),
                timeouts,
                to_millis(now),
            )
        )

    def erase(self, key: Key) -> EraseResult:
        """Ends a session: "erased", "absent" or "busy"."""
        return self._core.erase(key)

    def erase_endpoint(self, endpoint: Union[Endpoint, str, int]) -> SweepResult:
        """Ends all sessions of an endpoint. Scans the whole map."""
        return SweepResult(*self._core.erase_endpoint(_handle(endpoint)))

    def sweep(
        self, timeouts: Timeouts, now: Now = None, *, budget: int = 1000
    ) -> SweepResult:
        """Looks at up to `budget` places, goes on where the last call stopped,
        and frees those of sessions that are over. Not needed for room: a new
        session takes their places by itself."""
        return SweepResult(*self._core.sweep(timeouts, to_millis(now), budget))

    def count_live(self, timeouts: Timeouts, now: Now = None) -> Dict[int, int]:
        """How many live sessions every endpoint has that has any, by
        Endpoint.handle. Scans the whole map: for metrics, not for requests."""
        return self._core.count_live(timeouts, to_millis(now))

    def recover(self, *, alone: bool = False) -> None:
        """Mends at once what a dead process left: otherwise the next write to
        the same place does it.

        alone: the caller vouches that nobody else uses the map at this moment.

        Raises ConfigError if a lock is held by an owner who is not known to be
        dead, and for a map that is read_only.
        """
        self._core.recover(alone)


def _answer(row: Tuple[Any, Optional[Tuple[int, int, int]]]) -> Tuple[Any, Any]:
    result, session = row
    if session is None:
        return result, None
    endpoint, created, last_used = session
    return result, Session(endpoint, created / 1000, last_used / 1000)


def _handle(endpoint: Union[Endpoint, str, int]) -> int:
    if isinstance(endpoint, int):
        return endpoint
    return _core.endpoint_handle(
        endpoint.id if isinstance(endpoint, Endpoint) else endpoint
    )


def _descriptor(file: Union[IO[Any], int, None]) -> int:
    if file is None:
        return -1
    return file if isinstance(file, int) else file.fileno()


def _micros(duration: datetime.timedelta) -> int:
    return duration // datetime.timedelta(microseconds=1)
