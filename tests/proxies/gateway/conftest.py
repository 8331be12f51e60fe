"""Starts the real gateway and its endpoints, and ends them whatever happens.

The programs are those that LIMPET_GATEWAY and LIMPET_ECHO name.
"""

import os
import pathlib

import pytest
from processes import Echo, Gateway
from scripted_endpoint import ScriptedEndpoint

PODS = [
    "backend-765694d47f-wn8hp",
    "backend-765694d47f-whjc9",
    "backend-765694d47f-9s262",
    "backend-765694d47f-4fm7c",
]


def _binary(variable):
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK) or not os.path.isfile(path):
        pytest.fail(
            f"{variable} must name the built program, and names {path!r}; "
            "scripts/test sets it",
            pytrace=False,
        )
    return pathlib.Path(path).resolve()


@pytest.fixture(scope="session")
def gateway_binary():
    return _binary("LIMPET_GATEWAY")


@pytest.fixture(scope="session")
def echo_binary():
    return _binary("LIMPET_ECHO")


class Cleanup:
    """Stops all that was started, the last one first, and only then complains."""

    def __init__(self):
        self._things = []

    def add(self, thing):
        self._things.append(thing)
        return thing

    def close(self):
        errors = []
        for thing in reversed(self._things):
            try:
                thing.stop()
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]


@pytest.fixture(scope="session")
def endpoints(echo_binary, tmp_path_factory):
    """Four echoes, shared: no test may harm them."""
    cleanup = Cleanup()
    folder = tmp_path_factory.mktemp("endpoints")
    try:
        yield [cleanup.add(Echo(echo_binary, folder, pod)).start() for pod in PODS]
    finally:
        cleanup.close()


@pytest.fixture
def own_endpoints(echo_binary, tmp_path):
    """Makes endpoints of the test's own, which it may kill; none is started."""
    cleanup = Cleanup()

    def make(count):
        return [
            cleanup.add(Echo(echo_binary, tmp_path, f"own-5d4f8c7b6-pod{i}"))
            for i in range(count)
        ]

    yield make
    cleanup.close()


@pytest.fixture
def scripted():
    """Makes endpoints that answer as the test says."""
    cleanup = Cleanup()
    yield lambda answer, pod="scripted": cleanup.add(ScriptedEndpoint(answer, pod))
    cleanup.close()


def _gateways(binary, folder):
    cleanup = Cleanup()

    def start(manifests, again=None, **options):
        """again: a gateway that was stopped, whose folder is used anew."""
        number = len(list(folder.glob("gateway*")))
        own = again.folder if again else folder / f"gateway{number}"
        return cleanup.add(Gateway(binary, own, manifests, **options))

    yield start
    cleanup.close()


@pytest.fixture
def start_gateway(gateway_binary, tmp_path):
    """Starts a gateway of the test's own."""
    yield from _gateways(gateway_binary, tmp_path)


@pytest.fixture(scope="module")
def start_shared_gateway(gateway_binary, tmp_path_factory):
    """Starts a gateway that the tests of one module share."""
    yield from _gateways(gateway_binary, tmp_path_factory.mktemp("shared"))


@pytest.fixture(params=["Cookie", "Header"])
def kind(request):
    return request.param
