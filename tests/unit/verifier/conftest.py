import pytest

from tests.unit.verifier.world import World
from verifier import TrustStore


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def stranger() -> World:
    """An issuer that nobody vouches for."""
    other = World("did:web:stranger.example")
    other.trust = TrustStore()
    return other
