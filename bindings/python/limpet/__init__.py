"""limpet: session persistence ("sticky sessions") for HTTP proxies.

A client that has been served by an endpoint comes back to that endpoint, for
exactly as long as its policy says::

    import limpet

    policy = limpet.Policy(
        {"sessionName": "Session-A", "type": "Header", "absoluteTimeout": "10s"},
        scope="default/backend/0",
        keys=limpet.Keys.from_text(key_file.read_text()),
    )
    endpoints = limpet.Endpoints(["pod-a", "pod-b"])

    decision = policy.select(request.headers, endpoints)
    ...  # proxy the request to decision.endpoint
    response.headers.update(policy.commit(decision))

Errors: a configuration that is not allowed raises ConfigError, which names
every field that is wrong. Requests never raise: bad tokens are outcomes.

Threads: Policy, Endpoints, Keys and SessionMap may be used by many threads at
once. Only calls that scan a session map (sweep, erase_endpoint, count_live,
live_sessions, poll_drain, prepare, recover) and those that come by one in a buffer give
the global interpreter lock away: it would take longer than the others do. A
write to a session map that processes share may wait for another process, for
the map's lock_budget at most.
"""

from ._core import (
    EnvoyHash,
    Keys,
    Timeouts,
    address_key,
    format_duration,
    parse_duration,
    version_string,
)
from ._drain import DrainProgress, DrainState
from ._endpoints import Backend, Endpoint, Endpoints, EndpointState
from ._errors import ConfigError
from ._outcome import Outcome
from ._persistence import SessionPersistence
from ._policy import NOBODY, Decision, Policy, ResponseFields
from ._session_map import Session, SessionMap, SweepResult

__version__ = version_string()

__all__ = [
    "NOBODY",
    "Backend",
    "ConfigError",
    "Decision",
    "DrainProgress",
    "DrainState",
    "Endpoint",
    "EndpointState",
    "Endpoints",
    "EnvoyHash",
    "Keys",
    "Outcome",
    "Policy",
    "ResponseFields",
    "Session",
    "SessionMap",
    "SessionPersistence",
    "SweepResult",
    "Timeouts",
    "__version__",
    "address_key",
    "format_duration",
    "parse_duration",
]
