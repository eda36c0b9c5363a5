import base64
import gzip
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.status import lists
from keys.proofs import data_integrity, jose, rdfc
from keys.stores.memory import ThrowAway

LIST = UUID("5f4a1f0e-8d5f-4b8e-9d0a-0a1b2c3d4e5f")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def bits(encoded: str) -> bytes:
    assert encoded[0] == "u"
    body = encoded[1:]
    return gzip.decompress(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


@given(st.sets(st.integers(0, lists.LENGTH - 1), max_size=40))
def test_exactly_the_given_bits_are_set_index_0_left_most(indexes: set[int]) -> None:
    raw = bits(lists.encode(lists.LENGTH, indexes))
    assert len(raw) * 8 == lists.LENGTH
    found = {8 * at + bit for at, byte in enumerate(raw) if byte for bit in range(8) if byte & 0x80 >> bit}
    assert found == indexes


def test_the_left_most_bit_is_index_0() -> None:
    assert bits(lists.encode(16, [0])) == b"\x80\x00"
    assert bits(lists.encode(16, [15])) == b"\x00\x01"


def test_the_same_bits_are_the_same_text() -> None:
    assert lists.encode(lists.LENGTH, [5, 9]) == lists.encode(lists.LENGTH, [9, 5])


async def test_the_signed_list_is_what_verifiers_look_for() -> None:
    signer = ThrowAway()
    credential = lists.document("http://localhost:8000", "demo", LIST, lists.LENGTH, [7], at=AT)
    token = await lists.sign(credential, signer)
    secured = jose.read(token)
    assert secured.header == {"alg": "ES256", "kid": signer.public.kid, "typ": "vc+jwt"}
    assert secured.check(signer.public) is None
    document = secured.document
    encoded = document["credentialSubject"].pop("encodedList")
    assert bits(encoded)[0] == 1
    url = f"http://localhost:8000/o/demo/status/{LIST}"
    assert document == {
        "iss": "did:web:localhost%3A8000:o:demo",
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": "did:web:localhost%3A8000:o:demo",
        "validFrom": "2026-11-23T09:00:00Z",
        "validUntil": "2026-11-30T09:00:00Z",
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "ttl": 300_000,
        },
    }
    assert credential["id"] == url
    assert "iss" not in credential


async def test_the_list_with_an_embedded_proof_is_the_same_list() -> None:
    signer = ThrowAway("EdDSA")
    credential = lists.document("http://localhost:8000", "demo", LIST, lists.LENGTH, [7], at=AT)
    proved = msgspec.json.decode(await lists.prove(credential, signer))
    (proof,) = data_integrity.read(proved)
    assert proof.document == credential
    assert (proof.cryptosuite, proof.purpose) == ("eddsa-rdfc-2022", "assertionMethod")
    assert proof.created == "2026-11-23T09:00:00Z"
    assert proof.kid == f"did:web:localhost%3A8000:o:demo#{signer.public.multibase}"
    assert rdfc.settled(proof.covered()).check(signer.public) is None


def test_what_we_know_of_a_list_is_kept_where_nobody_is_answered() -> None:
    assert lists.causes_path("demo", LIST) == f"/private/o/demo/status/{LIST}/causes"


@pytest.mark.parametrize("length", [lists.LENGTH])
def test_a_list_is_as_long_as_the_standard_demands(length: int) -> None:
    assert length >= 131_072
