"""The extension module: the C++ interface, as directly as Python can have it.
Of it Keys, SessionMap, the durations and the attributes of SessionPersistence
are public, under limpet.*."""

import datetime
from typing import Callable, Dict, List, Optional, Tuple

Committed = Tuple[Optional[Tuple[str, str]], int]

OUTCOMES: Tuple[str, ...]
ENDPOINT_STATES: Tuple[str, ...]

def version_string() -> str: ...
def endpoint_handle(id: str) -> int: ...
def parse_duration(text: str) -> datetime.timedelta: ...
def format_duration(duration: datetime.timedelta) -> str: ...

class Keys:
    @staticmethod
    def from_text(text: str) -> Keys: ...
    @staticmethod
    def generate() -> Keys: ...
    @staticmethod
    def generate_text() -> str: ...

class SessionMap:
    def __init__(self, capacity: int = 100000) -> None: ...
    def __len__(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def capacity(self) -> int: ...

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
    failover: str
    failover_status: int
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
        endpoints: List[Tuple[str, str, str, int, int]],
        backends: List[Tuple[str, int]],
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
    ) -> Decision: ...
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
    def live_sessions(self, now_ms: int) -> Dict[int, int]: ...
