from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.db.pool import Pool
from issuer.people.sealing import PersonKey, SealBroken, new_person_key, person_key, unwrap_person_key
from keys.stores.file import FileStore, StoreRefused
from schemas.problems import ProblemError

PERSON = uuid4()
KEY = PersonKey("north", PERSON, bytes(range(32)))


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_what_was_sealed_opens_in_its_own_place(plaintext: bytes, context: bytes) -> None:
    sealed = KEY.seal(plaintext, context)
    assert KEY.open(sealed, context) == plaintext
    assert KEY.seal(plaintext, context) != sealed
    for elsewhere in (
        PersonKey("south", PERSON, bytes(range(32))),
        PersonKey("north", uuid4(), bytes(range(32))),
        PersonKey("north", PERSON, bytes(32)),
    ):
        with pytest.raises(SealBroken):
            elsewhere.open(sealed, context)
    with pytest.raises(SealBroken):
        KEY.open(sealed, context + b"x")


@given(st.data())
def test_a_changed_or_cut_value_does_not_open(data: st.DataObject) -> None:
    sealed = KEY.seal(b"Ada Lovelace", b"name")
    position = data.draw(st.integers(0, len(sealed) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    changed = sealed[:position] + bytes([sealed[position] ^ bit]) + sealed[position + 1 :]
    for broken in (changed, sealed[:position], sealed + b"\0"):
        with pytest.raises(SealBroken):
            KEY.open(broken, b"name")


def test_a_key_does_not_show_itself() -> None:
    assert bytes(range(32)).hex() not in repr(KEY)
    assert not hasattr(KEY, "__dict__")


def test_a_wrapped_key_opens_for_its_own_person_only(keystore: FileStore) -> None:
    key, wrapped = new_person_key(keystore, "north", PERSON)
    again = unwrap_person_key(keystore, "north", PERSON, wrapped)
    assert again.open(key.seal(b"x", b"name"), b"name") == b"x"
    for organization_id, person_id in (("south", PERSON), ("north", uuid4())):
        with pytest.raises(StoreRefused):
            unwrap_person_key(keystore, organization_id, person_id, wrapped)


async def test_nobody_has_no_key(north: Pool, keystore: FileStore) -> None:
    with pytest.raises(ProblemError) as caught:
        await person_key(north, keystore, "north", PERSON)
    assert caught.value.code == "person.unknown"
