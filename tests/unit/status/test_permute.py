import hmac
import itertools
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.status.permute import permute
from keys.stores.file import FileStore

LIST = UUID("00000000-0000-4000-8000-000000000001")


@given(length=st.integers(1, 700), key=st.binary(min_size=32, max_size=32), list_id=st.uuids())
def test_every_index_is_given_out_exactly_once(length: int, key: bytes, list_id: UUID) -> None:

    def mac(purpose: str, message: bytes) -> bytes:
        return hmac.digest(key, purpose.encode() + b"\0" + message, "sha256")

    given_out = [permute(mac, list_id, length, counter) for counter in range(length)]
    assert sorted(given_out) == list(range(length))


def test_the_order_says_nothing(keystore: FileStore) -> None:
    first = [permute(keystore.mac, LIST, 131_072, counter) for counter in range(256)]
    assert len(set(first)) == 256
    assert all(0 <= index < 131_072 for index in first)
    # Neighbours in time are strangers in the list: about half of all steps go down, and steps are large.
    steps = [after - before for before, after in itertools.pairwise(first)]
    assert 90 < sum(step < 0 for step in steps) < 166
    assert sum(map(abs, steps)) / len(steps) > 20_000
    other = [permute(keystore.mac, uuid4(), 131_072, counter) for counter in range(256)]
    assert first != other


@pytest.mark.parametrize("counter", [-1, 8, 9])
def test_a_counter_outside_the_list_is_a_defect(keystore: FileStore, counter: int) -> None:
    with pytest.raises(ValueError, match="not inside"):
        permute(keystore.mac, LIST, 8, counter)
