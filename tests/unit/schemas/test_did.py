import msgspec

from schemas.did import DidDocument, VerificationMethod, assertion_methods, authentication_methods

DID = "did:web:example.org:o:demo"


def read(document: dict[str, object]) -> DidDocument:
    return msgspec.convert({"id": DID, **document}, DidDocument)


def method(name: str) -> dict[str, object]:
    return {"id": name, "type": "JsonWebKey", "controller": DID, "publicKeyJwk": {"kty": "EC"}}


def test_only_methods_that_may_assert_count() -> None:
    document = read(
        {
            "verificationMethod": [method(f"{DID}#a"), method("#b"), method(f"{DID}#c")],
            "assertionMethod": [f"{DID}#b", "#a", "#missing", method("#own")],
            "authentication": [f"{DID}#c"],
        }
    )
    assert [found.id for found in assertion_methods(document)] == [f"{DID}#b", f"{DID}#a", f"{DID}#own"]
    assert assertion_methods(document)[0].public_key_jwk == {"kty": "EC"}


def test_a_document_without_relationships_lets_nobody_assert() -> None:
    assert assertion_methods(read({"verificationMethod": [method("#a")]})) == ()


def test_written_as_the_standard_names_its_members() -> None:
    document = DidDocument(
        context=("https://www.w3.org/ns/did/v1",),
        id=DID,
        verification_method=(VerificationMethod(id="#a", type="JsonWebKey", controller=DID),),
    )
    assert msgspec.json.decode(msgspec.json.encode(document)) == {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": DID,
        "verificationMethod": [{"id": "#a", "type": "JsonWebKey", "controller": DID}],
    }


def test_a_method_counts_in_its_own_controllers_document_only() -> None:
    other = {**method(f"{DID}#a"), "controller": "did:web:other.example"}
    listed = read({"verificationMethod": [other], "assertionMethod": [f"{DID}#a"]})
    assert assertion_methods(listed) == assertion_methods(read({"assertionMethod": [other]})) == ()


def test_who_may_present() -> None:
    document = read({"verificationMethod": [method("#a"), method("#b")], "authentication": ["#b"]})
    assert [found.id for found in authentication_methods(document)] == [f"{DID}#b"]
    assert assertion_methods(document) == ()
