"""What the tests share."""

import pytest
from workshop import WORKSHOP

import limpet


@pytest.fixture
def keys():
    return limpet.Keys.generate()


@pytest.fixture
def policy(keys):
    return limpet.Policy(WORKSHOP, scope="default/backend/0", keys=keys)


@pytest.fixture
def endpoints():
    return limpet.Endpoints(["pod-a", "pod-b", "pod-c"])
