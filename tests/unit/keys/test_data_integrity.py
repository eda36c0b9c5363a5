from copy import deepcopy
from typing import Any

import msgspec
import pytest

from keys import base58
from keys.algorithms import BY_NAME
from keys.proofs import rdfc
from keys.proofs.data_integrity import MAX_PROOFS, EmbeddedProof, draft, drafting, read
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.suites import SUITES
from keys.public import PublicKey
from tests.unit.keys.documents import BADGE, OLD_BADGE, PRESENTATION, changed, places
from verifier.sandbox.worker import graph

METHOD = "did:web:example.org#key"
CREATED = "2026-11-25T12:00:00Z"
NAMED = [(row.name, row.alg) for row in SUITES if row.name]


class Pair:
    """A key pair of one algorithm."""

    def __init__(self, alg: str) -> None:
        self._algorithm = BY_NAME[alg]
        self._private = self._algorithm.generate()
        self.public = PublicKey.from_jwk(self._algorithm.jwk(self._private.public_key()))

    def sign(self, message: bytes) -> bytes:
        return self._algorithm.sign(self._private, message)


@pytest.fixture(scope="module")
def pairs() -> dict[str, Pair]:
    return {alg: Pair(alg) for alg in ("EdDSA", "ES256", "ES384")}


@pytest.fixture
def ed(pairs: dict[str, Pair]) -> Pair:
    return pairs["EdDSA"]


def prove(document: Any, pair: Pair, **options: Any) -> dict[str, Any]:
    options = {"created": CREATED, "verification_method": METHOD, "solve": graph, **options}
    drafted = draft(document, **options)
    secured: dict[str, Any] = msgspec.json.decode(drafted.finish(pair.sign(drafted.signing_input)))
    return secured


def verdict(proof: EmbeddedProof, pair: Pair) -> str | None:
    try:
        failure = rdfc.settled(proof.covered(), graph).check(pair.public)
    except IntegrityRefused as refused:
        return refused.code
    return failure.code if failure else None


def verdicts(document: Any, pair: Pair) -> list[str | None]:
    return [verdict(proof, pair) for proof in read(document)]


@pytest.mark.parametrize(("suite", "alg"), NAMED)
def test_what_was_signed_verifies_and_what_was_changed_does_not(
    pairs: dict[str, Pair], suite: str, alg: str
) -> None:
    secured = prove(BADGE, pairs[alg], cryptosuite=suite, alg=alg)
    (proof,) = read(secured)
    assert (proof.alg, proof.kid, proof.jwk, proof.cryptosuite) == (alg, METHOD, None, suite)
    assert (proof.purpose, proof.created, proof.failure) == ("assertionMethod", CREATED, None)
    assert proof.document == BADGE
    assert verdict(proof, pairs[alg]) is None
    assert verdict(proof, Pair(alg)) == "signature.invalid"
    assert verdict(proof, next(pair for name, pair in pairs.items() if name != alg)) == "proof.algorithm"
    for place, value in places(secured):
        if isinstance(value, str) and place != ("proof", "proofValue"):
            assert verdicts(changed(secured, place, value + "x"), pairs[alg]) != [None], place
    spoiled = base58.decode(secured["proof"]["proofValue"][1:].encode())
    spoiled = spoiled[:-1] + bytes((spoiled[-1] ^ 1,))
    value = "z" + base58.encode(spoiled).decode()
    assert verdicts(changed(secured, ("proof", "proofValue"), value), pairs[alg]) == ["signature.invalid"]


def test_everything_that_a_proof_may_say(ed: Pair) -> None:
    secured = prove(
        PRESENTATION, ed, purpose="authentication", challenge="n0nce", domain=["a.example", "b.example"],
        expires="2026-12-25T12:00:00Z", id="urn:uuid:p",
    )  # fmt: skip
    (proof,) = read(secured)
    assert (proof.id, proof.purpose, proof.challenge) == ("urn:uuid:p", "authentication", "n0nce")
    assert (proof.domain, proof.expires) == (("a.example", "b.example"), "2026-12-25T12:00:00Z")
    assert (proof.previous, verdict(proof, ed)) == ((), None)
    (proof,) = read(prove(PRESENTATION, ed, created=None, domain="a.example"))
    assert (proof.created, proof.id, proof.challenge, proof.domain) == (None, None, None, ("a.example",))
    assert verdict(proof, ed) is None


def test_a_signature_from_before_suites_had_names(ed: Pair) -> None:
    contexts = [*OLD_BADGE["@context"][:2], "https://w3id.org/security/suites/ed25519-2020/v1"]
    document = {**OLD_BADGE, "@context": contexts}
    config = {
        "type": "Ed25519Signature2020", "created": CREATED, "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }  # fmt: skip
    proof = {**config, "proofValue": "z" + "1" * 64}
    (unsigned,) = read({**document, "proof": proof})
    covered = rdfc.settled(unsigned.covered())
    value = "z" + base58.encode(ed.sign(covered.signing_input)).decode()
    (signed,) = read({**document, "proof": {**config, "proofValue": value}})
    assert (verdict(signed, ed), signed.cryptosuite, signed.alg) == (None, "Ed25519Signature2020", "EdDSA")
    # The context may stand in the proof alone.
    inside = {**config, "proofValue": value, "@context": contexts}
    assert verdicts({**document, "proof": inside}, ed) == [None]


def test_sets_and_chains(ed: Pair, pairs: dict[str, Pair]) -> None:
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        first = prove(BADGE, ed, cryptosuite=suite, id="urn:uuid:p1")
        both = prove(
            first,
            pairs["ES256"],
            cryptosuite=suite.replace("eddsa", "ecdsa").replace("2022", "2019"),
            alg="ES256",
            id="urn:uuid:p2",
        )
        assert verdicts(both, ed) == [None, "proof.algorithm"]
        assert verdicts(both, pairs["ES256"]) == ["proof.algorithm", None]
        chained = prove(both, ed, cryptosuite=suite, previous=["urn:uuid:p1", "urn:uuid:p2"])
        assert verdicts(chained, ed) == [None, "proof.algorithm", None]
        assert read(chained)[2].previous == ("urn:uuid:p1", "urn:uuid:p2")
        assert all(proof.document == BADGE for proof in read(chained))
        # A chain covers what it names: another first proof, or none, breaks it.
        again = prove(BADGE, ed, cryptosuite=suite, id="urn:uuid:p1", created="2026-11-25T13:00:00Z")
        swapped = {**chained, "proof": [again["proof"], *chained["proof"][1:]]}
        assert verdicts(swapped, ed)[2] == "signature.invalid"
        assert verdicts({**chained, "proof": chained["proof"][1:]}, ed)[1] == "proof.previous"
        unchained = deepcopy(chained)
        del unchained["proof"][2]["previousProof"]
        assert verdicts(unchained, ed)[2] == "signature.invalid"


def test_broken_chains(ed: Pair) -> None:
    one = prove(BADGE, ed, id="urn:uuid:p1")["proof"]
    two = {**one, "id": "urn:uuid:p2", "previousProof": "urn:uuid:p1"}

    def codes(*proofs: Any) -> list[str | None]:
        return verdicts({**BADGE, "proof": list(proofs)}, ed)

    assert codes({**one, "previousProof": "urn:uuid:p1"}) == ["proof.previous"]
    assert codes({**one, "previousProof": "urn:uuid:p2"}, two) == ["proof.previous"] * 2
    assert codes({**one, "previousProof": ["urn:none"]}) == ["proof.previous"]
    assert codes(one, {**one}, two) == [None, None, "proof.previous"]
    assert codes(one, {**two, "previousProof": ["urn:uuid:p1"] * 2}) == [None, "proof.previous"]
    # Who is led into a circle further back is not in it, but what it covers fails for itself.
    three = {**one, "id": "urn:uuid:p3", "previousProof": "urn:uuid:p2"}
    assert codes({**one, "previousProof": "urn:uuid:p2"}, two, three)[:2] == ["proof.previous"] * 2
    assert codes(one, two, {**three, "previousProof": ["urn:uuid:p1", "urn:uuid:p2"]})[0] is None


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"type": ["DataIntegrityProof"]}, "proof.malformed"),
        ({"type": ...}, "proof.malformed"),
        ({"verificationMethod": ...}, "proof.malformed"),
        ({"verificationMethod": {"id": METHOD}}, "proof.malformed"),
        ({"verificationMethod": "x" * 1025}, "proof.malformed"),
        ({"proofPurpose": ...}, "proof.malformed"),
        ({"proofPurpose": ["assertionMethod"]}, "proof.malformed"),
        ({"id": 7}, "proof.malformed"),
        ({"challenge": None}, "proof.malformed"),
        ({"nonce": []}, "proof.malformed"),
        ({"domain": {}}, "proof.malformed"),
        ({"domain": ["a", 7]}, "proof.malformed"),
        ({"previousProof": 7}, "proof.malformed"),
        ({"created": "2026-11-25"}, "proof.malformed"),
        ({"created": "2026-11-25T12:00:00"}, "proof.malformed"),
        ({"created": 1}, "proof.malformed"),
        ({"expires": "never"}, "proof.malformed"),
        ({"cryptosuite": None}, "proof.malformed"),
        ({"cryptosuite": ...}, "proof.unsupported"),
        ({"cryptosuite": ""}, "proof.unsupported"),
        ({"cryptosuite": "bbs-2023"}, "proof.unsupported"),
        ({"type": "Ed25519Signature2018"}, "proof.unsupported"),
        ({"type": "Ed25519Signature2020"}, "proof.unsupported"),
        ({"proofValue": ...}, "proof.encoding"),
        ({"proofValue": ""}, "proof.encoding"),
        ({"proofValue": "uAAAA"}, "proof.encoding"),
        ({"proofValue": "z"}, "proof.encoding"),
        ({"proofValue": "z0"}, "proof.encoding"),
        ({"proofValue": "zü"}, "proof.encoding"),
        ({"proofValue": "z" + "1" * 63}, "proof.encoding"),
        ({"proofValue": "z" + "1" * 65}, "proof.encoding"),
        ({"proofValue": "z" + "2" * 300}, "proof.encoding"),
        ({"proofValue": 7}, "proof.encoding"),
        ({"colour": "red"}, "shape.undefined_term"),
        ({"nonce": None}, "proof.malformed"),
        ({"urn:x": None}, "shape.not_signed"),
        ({"@context": "https://example.org/"}, "shape.context_unknown"),
    ],
)
def test_malformed_proofs(ed: Pair, members: dict[str, Any], code: str) -> None:
    secured = prove(BADGE, ed)
    proof = {name: value for name, value in {**secured["proof"], **members}.items() if value is not ...}
    (read_proof,) = read({**secured, "proof": proof})
    assert verdict(read_proof, ed) == code
    assert read_proof.failure is None or read_proof.alg is None
    assert read_proof.kid is None or isinstance(read_proof.kid, str)


def test_documents_whose_proofs_cannot_be_read(ed: Pair) -> None:
    secured = prove(BADGE, ed)
    for proof, code in (
        ([], "proof.missing"),
        (None, "proof.malformed"),
        ("x", "proof.malformed"),
        ([secured["proof"], 7], "proof.malformed"),
        ([secured["proof"]] * (MAX_PROOFS + 1), "proof.complexity"),
    ):
        with pytest.raises(IntegrityRefused) as refused:
            read({**BADGE, "proof": proof})
        assert refused.value.code == code
    with pytest.raises(IntegrityRefused, match=r"proof\.missing"):
        read(BADGE)
    assert verdicts({**secured, "proof": [secured["proof"]] * MAX_PROOFS}, ed) == [None] * MAX_PROOFS


def test_contexts_under_jcs(ed: Pair) -> None:
    secured = prove(BADGE, ed, cryptosuite="eddsa-jcs-2022")
    assert secured["proof"]["@context"] == BADGE["@context"]
    # What follows the contexts that were signed changes nothing, and is not what the proof speaks for.
    (proof,) = read({**secured, "@context": [*BADGE["@context"], "https://example.org/more"]})
    assert (proof.document, verdict(proof, ed)) == (BADGE, None)
    others: list[Any] = [BADGE["@context"][::-1], BADGE["@context"][:1], [], None, "x"]
    for contexts in others:
        assert verdicts({**secured, "@context": contexts}, ed) == ["proof.context"]
    without = deepcopy(secured)
    del without["proof"]["@context"]
    assert verdicts(without, ed) == ["signature.invalid"]
    # A document without contexts, and a proof without them, is sound.
    plain = prove({"type": "x", "number": 1.50}, ed, cryptosuite="eddsa-jcs-2022")
    assert "@context" not in plain["proof"]
    assert verdicts(plain, ed) == [None]
    assert verdicts({**plain, "number": 1.5}, ed) == [None]
    assert verdicts({**plain, "number": 1.6}, ed) == ["signature.invalid"]
    assert verdicts({**plain, "number": 2**53 + 1}, ed) == ["shape.number"]


def test_a_hard_document_is_asked_for_and_may_be_too_hard(ed: Pair) -> None:
    twin = {"type": "urn:x:T", "urn:x:p": {"type": "urn:x:c"}}
    hard = {**BADGE, "evidence": [twin, {**twin}]}
    steps = drafting(hard, verification_method=METHOD)
    asked = next(steps)
    with pytest.raises(StopIteration) as ended:
        steps.send(graph(asked.nquads))
    drafted = ended.value.value
    secured = msgspec.json.decode(drafted.finish(ed.sign(drafted.signing_input)))
    assert verdicts(secured, ed) == [None]
    for refuse in (
        lambda: draft(hard, verification_method=METHOD),
        lambda: rdfc.settled(read(secured)[0].covered()),
    ):
        with pytest.raises(IntegrityRefused, match=r"proof\.complexity"):
            refuse()
    with pytest.raises(IntegrityRefused, match=r"proof\.unsupported"):
        draft(hard, verification_method=METHOD, cryptosuite="ecdsa-rdfc-2019", alg="ES384", solve=graph)


@pytest.mark.parametrize(
    ("document", "options", "code"),
    [
        (BADGE, {"cryptosuite": "bbs-2023"}, "proof.unsupported"),
        (BADGE, {"alg": "ES256"}, "proof.unsupported"),
        (BADGE, {"created": "yesterday"}, "proof.malformed"),
        (BADGE, {"verification_method": "x" * 2000}, "proof.malformed"),
        (BADGE, {"verification_method": "relative"}, "shape.iri"),
        (BADGE, {"purpose": "revocation"}, "shape.undefined_term"),
        (BADGE, {"previous": "urn:none"}, "proof.previous"),
        ({**BADGE, "colour": "red"}, {}, "shape.undefined_term"),
        ({**BADGE, "number": 2**53 + 1}, {"cryptosuite": "eddsa-jcs-2022"}, "shape.number"),
    ],
)
def test_nothing_is_drafted_that_would_be_refused_later(document: Any, options: Any, code: str) -> None:
    with pytest.raises(IntegrityRefused) as refused:
        draft(document, **{"verification_method": METHOD, **options})
    assert refused.value.code == code


def test_a_signature_of_another_length_is_no_proof() -> None:
    drafted = draft(BADGE, verification_method=METHOD)
    with pytest.raises(ValueError, match="wrong length"):
        drafted.finish(b"\0" * 63)
