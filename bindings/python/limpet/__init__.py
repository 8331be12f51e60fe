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
once. No call blocks and none gives the global interpreter lock away, which
would take longer than the call itself.
"""

from ._core import Keys, SessionMap, format_duration, parse_duration, version_string
from ._endpoints import Backend, Endpoint, Endpoints, EndpointState
from ._errors import ConfigError
from ._outcome import Outcome
from ._persistence import SessionPersistence
from ._policy import NOBODY, Decision, Policy, ResponseFields

__version__ = version_string()

__all__ = [
    "NOBODY",
    "Backend",
    "ConfigError",
    "Decision",
    "Endpoint",
    "EndpointState",
    "Endpoints",
    "Keys",
    "Outcome",
    "Policy",
    "ResponseFields",
    "SessionMap",
    "SessionPersistence",
    "__version__",
    "format_duration",
    "parse_duration",
]
