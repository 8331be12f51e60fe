"""Kubernetes manifests as dicts: what the tests configure the gateway with."""

import json

GATEWAY_API = "gateway.networking.k8s.io/v1"
EXPERIMENTAL = "gateway.networking.x-k8s.io"

READY = {"ready": True}
DRAINING = {"ready": False, "serving": True, "terminating": True}
NOT_READY = {"ready": False, "serving": False}


def make(kind, name, spec=None, api_version=GATEWAY_API, labels=None, **others):
    metadata = {"name": name}
    if labels:
        metadata["labels"] = labels
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    if spec is not None:
        manifest["spec"] = spec
    return {**manifest, **others}


def gateway(hostname=None):
    listener = {"name": "http", "protocol": "HTTP", "port": 80}
    if hostname:
        listener["hostname"] = hostname
    spec = {"gatewayClassName": "limpet", "listeners": [listener]}
    return make("Gateway", "gateway", spec)


def service(name="backend"):
    spec = {"ports": [{"name": "http", "port": 3000}], "selector": {"app": name}}
    return make("Service", name, spec, "v1")


def slices(name, endpoints, conditions=None):
    """One EndpointSlice for each endpoint, as each has a port of its own.

    endpoints: anything with `pod` and `port`.
    conditions: by pod; READY where there are none.
    """
    return [
        make(
            "EndpointSlice",
            f"{name}-{endpoint.pod}",
            api_version="discovery.k8s.io/v1",
            labels={"kubernetes.io/service-name": name, "app": name},
            addressType="IPv4",
            ports=[{"name": "http", "port": endpoint.port}],
            endpoints=[
                {
                    "addresses": ["127.0.0.1"],
                    "conditions": (conditions or {}).get(endpoint.pod, READY),
                    "targetRef": {"kind": "Pod", "name": endpoint.pod},
                }
            ],
        )
        for endpoint in endpoints
    ]


def backend(name="backend", weight=None):
    """A backendRef to a Service."""
    reference = {"name": name, "port": 3000}
    return reference if weight is None else {**reference, "weight": weight}


def xbackend_ref(name, weight=1):
    reference = {"group": EXPERIMENTAL, "kind": "XBackend", "name": name}
    return {**reference, "weight": weight}


def xbackend(name, session):
    """Its endpoints are the slices of `slices(name, ...)`."""
    spec = {
        "type": "EndpointSelector",
        "port": {"number": 3000},
        "endpointSelector": {"matchLabels": {"app": name}},
        "sessionPersistence": session,
    }
    return make("XBackend", name, spec, f"{EXPERIMENTAL}/v1alpha1")


def rule(path="/", backends=None, session=None, path_type="PathPrefix", **match):
    """match: `headers` and `method` of the rule's only match."""
    value = {
        "matches": [{"path": {"type": path_type, "value": path}, **match}],
        "backendRefs": [backend()] if backends is None else backends,
    }
    return value if session is None else {**value, "sessionPersistence": session}


def route(*rules, name="route", hostnames=None):
    spec = {"parentRefs": [{"name": "gateway"}], "rules": list(rules)}
    if hostnames:
        spec["hostnames"] = hostnames
    return make("HTTPRoute", name, spec)


def policy(target="route", kind="HTTPRoute", name="policy", **spec):
    """A SessionPolicy for an HTTPRoute or an XBackend."""
    group = EXPERIMENTAL if kind == "XBackend" else "gateway.networking.k8s.io"
    targets = [{"group": group, "kind": kind, "name": target}]
    spec = {"targetRefs": targets, **spec}
    return make("SessionPolicy", name, spec, "limpet.dev/v1alpha1")


def shape_a(kind="Header", name="Session-A", timeout=None, permanent=False):
    """A sessionPersistence of Gateway API 1.1 to 1.6."""
    session = {"sessionName": name, "type": kind}
    if timeout:
        session["absoluteTimeout"] = timeout
    if permanent:
        session["cookieConfig"] = {"lifetimeType": "Permanent"}
    return session


def shape_b(kind="Header", name="Session-A", timeout=None):
    """A sessionPersistence of Gateway API 1.7."""
    session = {"type": kind, kind.lower(): {"name": name}}
    return {**session, "absoluteTimeout": timeout} if timeout else session


def one_rule(endpoints, session, conditions=None):
    """All there is to a gateway with one rule on one Service."""
    return [
        gateway(),
        service(),
        *slices("backend", endpoints, conditions),
        route(rule(session=session)),
    ]


def two_backends(endpoints, *rules):
    """Services v1 and v2, which have one half of the endpoints each."""
    half = len(endpoints) // 2
    return [
        gateway(),
        service("v1"),
        service("v2"),
        *slices("v1", endpoints[:half]),
        *slices("v2", endpoints[half:]),
        route(*rules),
    ]


def json_list(manifests):
    """The text of a file that holds them all."""
    items = {"apiVersion": "v1", "kind": "List", "items": manifests}
    return json.dumps(items, indent=1)
