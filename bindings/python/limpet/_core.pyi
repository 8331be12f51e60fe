"""The extension module: the C++ interface, as directly as Python can have it.
Of it EnvoyHash, Keys, Timeouts, address_key, the durations and the attributes of
SessionPersistence are public, under limpet.*."""

import datetime
from typing import Any, Callable, Dict, List, Literal, Optional, Tuple, Union

Committed = Tuple[Optional[Tuple[str, str]], int]
Key = Union[int, bytes, str]
Answer = Tuple[str, Optional[Tuple[int, int, int]]]
DrainRow = Tuple[int, float, Optional[int], Optional[int], Optional[int], int, int]

OUTCOMES: Tuple[str, ...]
ENDPOINT_STATES: Tuple[str, ...]
DRAIN_STATES: Tuple[str, ...]

def version_string() -> str: ...
def endpoint_handle(id: str) -> int: ...
def parse_duration(text: str) -> datetime.timedelta: ...
def format_duration(duration: datetime.timedelta) -> str: ...
def address_key(address: str, ipv4_bits: int = ..., ipv6_bits: int = ...) -> bytes: ...

class EnvoyHash:
    def __init__(self) -> None: ...
    def header(self, values: List[str], terminal: bool = ...) -> None: ...
    def cookie(self, values: List[str], name: str, terminal: bool = ...) -> None: ...
    def query(self, path: str, name: str, terminal: bool = ...) -> None: ...
    def source(self, address: str, terminal: bool = ...) -> None: ...
    @property
    def value(self) -> Optional[int]: ...

class Keys:
    @staticmethod
    def from_text(text: str) -> Keys: ...
    @staticmethod
    def generate() -> Keys: ...
    @staticmethod
    def generate_text() -> str: ...

class Timeouts:
    def __init__(
        self,
        absolute: datetime.timedelta = ...,
        idle: datetime.timedelta = ...,
    ) -> None: ...
    @property
    def absolute(self) -> datetime.timedelta: ...
    @property
    def idle(self) -> datetime.timedelta: ...

class SessionMap:
    @staticmethod
    def memory_size(
        capacity: int, endpoints: int, longest_timeout: datetime.timedelta
    ) -> int: ...
    @staticmethod
    def make(
        capacity: int,
        endpoints: int,
        longest_timeout: datetime.timedelta,
        when_full: str,
        lock_budget_us: int,
    ) -> SessionMap: ...
    @staticmethod
    def create(
        buffer: Any,
        capacity: int,
        endpoints: int,
        longest_timeout: datetime.timedelta,
        when_full: str,
        file: int,
        lock_budget_us: int,
    ) -> SessionMap: ...
    @staticmethod
    def attach(
        buffer: Any, read_only: bool, alone: bool, file: int, lock_budget_us: int
    ) -> SessionMap: ...
    @property
    def size(self) -> int: ...
    @property
    def capacity(self) -> int: ...
    @property
    def longest_timeout(self) -> datetime.timedelta: ...
    @property
    def notices_death(self) -> bool: ...
    def counts(self) -> Dict[str, int]: ...
    def new_id(self) -> int: ...
    def id_of(self, key: Key) -> int: ...
    def find(self, key: Key, timeouts: Timeouts, now_ms: int) -> Answer: ...
    def find_touch(self, key: Key, timeouts: Timeouts, now_ms: int) -> Answer: ...
    def insert_or_get(
        self, key: Key, endpoint: int, timeouts: Timeouts, now_ms: int
    ) -> Answer: ...
    def rebind(
        self,
        key: Key,
        from_endpoint: int,
        to_endpoint: int,
        timeouts: Timeouts,
        now_ms: int,
    ) -> Answer: ...
    def erase(self, key: Key) -> Literal["erased", "absent", "busy"]: ...
    def erase_endpoint(self, endpoint: int) -> Tuple[int, bool]: ...
    def sweep(
        self, timeouts: Timeouts, now_ms: int, budget: int
    ) -> Tuple[int, bool]: ...
    def count_live(self, timeouts: Timeouts, now_ms: int) -> Dict[int, int]: ...
    def recover(self, alone: bool) -> None: ...

class SessionPersistence:
    type: Optional[str]
    name: str
    absolute_timeout: datetime.timedelta
    idle_timeout: datetime.timedelta
    lifetime_type: str
    path: str
    domain: str
    secure: bool
    http_only: bool
    same_site: str
    partitioned: bool
    store: str
    capacity: int
    when_full: str
    failover: str
    failover_status: int
    failover_after: datetime.timedelta
    rebalance_percent_per_minute: int
    rebalance_idle_at_least: datetime.timedelta
    balancer: str
    splitting: str
    strip_token: bool
    def __init__(self) -> None: ...
    def validate(self) -> None: ...
    def _read(self, json: str, release: Optional[str], attachment: str) -> None: ...
    def _extend(self, json: str) -> None: ...
    def _assign(self, other: SessionPersistence) -> None: ...

class EndpointSet:
    def __init__(
        self,
        endpoints: List[
            Tuple[str, str, str, int, int, int, int, Tuple[int, str, int, int, str]]
        ],
        backends: List[Tuple[str, int]],
        locality: str,
    ) -> None: ...
    def __len__(self) -> int: ...

class Decision:
    @property
    def endpoint(self) -> Optional[int]: ...
    @property
    def handle(self) -> int: ...
    @property
    def status(self) -> int: ...
    @property
    def outcome(self) -> int: ...

class Policy:
    def __init__(
        self,
        config: SessionPersistence,
        scope: str,
        keys: Optional[Keys],
        sessions: Optional[SessionMap],
    ) -> None: ...
    @property
    def config(self) -> SessionPersistence: ...
    @property
    def scope(self) -> str: ...
    @property
    def request_field(self) -> str: ...
    @property
    def sessions(self) -> Optional[SessionMap]: ...
    def select(
        self,
        values: List[bytes],
        endpoints: EndpointSet,
        now_ms: int,
        tried: List[int],
        active: Optional[Callable[[int], int]],
        hash_key: Optional[bytes],
        envoy_hash: Optional[int],
    ) -> Decision: ...
    def prepare(self, endpoints: EndpointSet, now_ms: int) -> None: ...
    def commit(
        self,
        decision: Decision,
        endpoints: EndpointSet,
        served: Optional[int],
        now_ms: int,
    ) -> Committed: ...
    def commit_other(
        self, decision: Decision, id: str, address: str, now_ms: int
    ) -> Committed: ...
    def strip_token(self, value: bytes) -> bytes: ...
    def counters(self) -> List[int]: ...
    def sweep(self, now_ms: int, budget: int) -> int: ...
    def poll_drain(
        self,
        endpoints: EndpointSet,
        endpoint: Optional[int],
        now_ms: int,
        before: Optional[DrainRow],
    ) -> DrainRow: ...
    def live_sessions(self, now_ms: int) -> Dict[int, int]: ...
