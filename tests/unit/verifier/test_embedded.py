"""Documents with proofs of their own: what they prove, what escapes them, and whose proofs count."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from keys.proofs import data_integrity
from keys.proofs.data_integrity import draft
from tests.unit.verifier.test_formats import bare, old
from tests.unit.verifier.world import NOW, Key, World, edit, stamp, told
from verifier import Offline
from verifier.sandbox import Chore, Done, Sandbox, shared

V2 = "https://www.w3.org/ns/credentials/v2"
SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")


@pytest.fixture
def ed(world: World) -> Key:
    """An Ed25519 key that the issuer publishes."""
    key = Key("EdDSA")
    world.publish_keys(world.key, key)
    return key


def prove(document: dict[str, Any], key: Key, did: str, **options: Any) -> dict[str, Any]:
    """Add a proof by a key."""
    options = {"cryptosuite": "eddsa-rdfc-2022", "created": stamp(NOW), **options}
    made = draft(document, verification_method=f"{did}#{key.kid}", **options)
    secured: dict[str, Any] = msgspec.json.decode(made.finish(key.sign(made.signing_input)))
    return secured


def text(document: Any) -> bytes:
    return msgspec.json.encode(document)


def twins(world: World) -> dict[str, Any]:
    """A badge with two blank nodes that nothing tells apart, so that naming them is hard."""
    twin = {"type": ["Evidence"], "name": "Work", "narrative": "The same twice."}
    return edit(bare(world.badge()), "evidence", [twin, {**twin}])


@pytest.mark.parametrize("suite", SUITES)
async def test_a_badge_with_a_proof_of_its_own(world: World, ed: Key, suite: str) -> None:
    secured = prove(bare(world.badge()), ed, world.did, cryptosuite=suite)
    report = await world.verify(text(secured))
    assert (report.verdict, told(report, "shape")) == ("valid", [("pass", "shape.ok")]), report
    assert told(report, "proof") == [("pass", "proof.recognised")]


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/name", "Another name"),
        ("/credentialSubject/achievement/name", "SQL for experts"),
        ("/validUntil", "2099-01-01T00:00:00Z"),
        ("/credentialStatus/statusListIndex", "1"),
        ("/credentialStatus", ...),
        ("/proof/created", "2020-01-01T00:00:00Z"),
    ],
)
async def test_what_was_changed_is_not_genuine(
    world: World, ed: Key, suite: str, pointer: str, value: Any
) -> None:
    secured = prove(bare(world.badge()), ed, world.did, cryptosuite=suite)
    report = await world.verify(text(edit(secured, pointer, value)))
    assert (report.verdict, report.authenticity) == ("invalid", "not_genuine")
    assert told(report, "signature") == [("fail", "signature.invalid")]


@pytest.mark.parametrize(
    ("pointer", "value", "finding"),
    [
        ("/colour", "red", ("fail", "shape.unsigned_term")),
        ("/credentialSubject/achievement/name", None, ("fail", "shape.not_signed")),
        ("/credentialStatus/statusListCredential", "https://a.example/>.#", ("fail", "shape.iri")),
        ("/validFrom", {"@value": 1.5, "@type": "http://www.w3.org/2001/XMLSchema#x y"}, None),
    ],
)
async def test_what_escapes_a_proof_is_not_genuine(
    world: World, ed: Key, pointer: str, value: Any, finding: tuple[str, str] | None
) -> None:
    secured = prove(bare(world.badge()), ed, world.did)
    changed = edit({**secured, "colour": ""}, pointer, value)
    if pointer != "/colour":
        del changed["colour"]
    report = await world.verify(text(changed))
    assert (report.verdict, report.authenticity, report.claim) == ("invalid", "not_genuine", None)
    if finding is not None:
        assert told(report, "shape") == [finding]
    assert world.asked == []


@pytest.mark.parametrize(
    "value", [["unsupervised"], [{"@value": "unsupervised"}], {"@value": "unsupervised"}]
)
async def test_what_a_proof_cannot_tell_apart_hides_nothing(world: World, ed: Key, value: Any) -> None:
    secured = prove(bare(world.badge()), ed, world.did)
    as_signed = await world.verify(text(secured))
    changed = edit(secured, "credentialSubject/result/0/value", value)
    levels = changed["credentialSubject"]["achievement"]["resultDescription"][0]["rubricCriterionLevel"]
    levels.reverse()
    report = await world.verify(text(changed))
    assert (report.verdict, report.claim) == ("valid", as_signed.claim)


async def test_a_context_that_we_do_not_hold_leaves_it_open(world: World, ed: Key) -> None:
    secured = prove(bare(world.badge()), ed, world.did)
    secured["@context"].append("https://example.org/ours")
    report = await world.verify(text(secured))
    assert told(report, "shape") == [("unknown", "shape.context_unknown")]
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")


@pytest.mark.parametrize(
    ("pointer", "value", "finding"),
    [
        ("/proof", [], ("fail", "proof.missing")),
        ("/proof/verificationMethod", ..., ("fail", "proof.malformed")),
        ("/proof/proofValue", "z0", ("fail", "proof.encoding")),
        ("/proof/previousProof", "urn:none", ("fail", "proof.previous")),
        ("/proof/proofPurpose", "authentication", ("fail", "proof.purpose")),
        ("/proof/cryptosuite", "ecdsa-sd-2023", ("unknown", "proof.unsupported")),
        ("/proof/type", "Ed25519Signature2018", ("unknown", "proof.unsupported")),
    ],
)
async def test_broken_and_unknown_proofs(
    world: World, ed: Key, pointer: str, value: Any, finding: tuple[str, str]
) -> None:
    secured = prove(bare(world.badge()), ed, world.did)
    report = await world.verify(text(edit(secured, pointer, value)))
    assert told(report, "proof") == [finding]
    assert report.verdict == ("invalid" if finding[0] == "fail" else "undetermined")
    assert world.asked == []


async def test_a_proof_under_other_contexts(world: World, ed: Key) -> None:
    secured = prove(bare(world.badge()), ed, world.did, cryptosuite="eddsa-jcs-2022")
    report = await world.verify(text(edit(secured, "/proof/@context", ["https://example.org/ours"])))
    assert told(report, "proof") == [("fail", "proof.context")]


async def test_a_proof_that_has_expired(world: World, ed: Key) -> None:
    secured = prove(bare(world.badge()), ed, world.did, expires=stamp(NOW + timedelta(days=1)))
    assert (await world.verify(text(secured))).verdict == "valid"
    world.now += timedelta(days=2)
    report = await world.verify(text(secured))
    assert (report.verdict, report.currency) == ("invalid", "expired")
    # The credential's own end is years away, or there is none.
    assert report.sentence.startswith("Genuine, but its signature has expired. It was signed for a time that")
    endless = prove(bare(world.badge(validUntil=...)), ed, world.did, expires=stamp(NOW))
    assert "its signature has expired" in (await world.verify(text(endless))).sentence


# Several proofs.


async def test_every_proof_of_the_issuer_must_hold(world: World, ed: Key) -> None:
    both = prove(prove(bare(world.badge()), ed, world.did), ed, world.did, cryptosuite="eddsa-jcs-2022")
    report = await world.verify(text(both))
    assert told(report, "signature") == [("pass", "signature.verified")] * 2
    assert report.verdict == "valid"
    other = prove(bare(world.badge()), ed, world.did, created=stamp(NOW - timedelta(days=1)))
    mixed = edit(both, "/proof/1/proofValue", other["proof"]["proofValue"])
    assert (await world.verify(text(mixed))).authenticity == "not_genuine"


async def test_a_chain_of_proofs(world: World, ed: Key) -> None:
    first = prove(bare(world.badge()), ed, world.did, id="urn:uuid:first")
    chain = prove(first, ed, world.did, previous="urn:uuid:first")
    assert (await world.verify(text(chain))).verdict == "valid"
    broken = edit(chain, "/proof/0/created", "2020-01-01T00:00:00Z")
    assert (await world.verify(text(broken))).authenticity == "not_genuine"


async def test_a_long_document_is_not_canonicalised_for_ever_so_many_proofs(world: World, ed: Key) -> None:
    work = [{"type": ["Evidence"], "name": f"Work {number}"} for number in range(2_000)]
    proof = prove(bare(world.badge()), ed, world.did)["proof"]
    for count, finding in ((2, ("pass", "proof.recognised")), (16, ("unknown", "proof.complexity"))):
        document = {**bare(world.badge()), "evidence": work, "proof": [proof] * count}
        report = await world.verify(text(document))
        assert told(report, "proof") == [finding]
        assert report.verdict != "valid"


async def test_a_proof_that_we_do_not_read_counts_for_nothing(world: World, ed: Key) -> None:
    secured = prove(bare(world.badge()), ed, world.did)
    unread = {**secured["proof"], "cryptosuite": "ecdsa-sd-2023"}
    report = await world.verify(text({**secured, "proof": [secured["proof"], unread]}))
    assert told(report, "proof") == [("warn", "proof.not_counted")]
    assert report.verdict == "valid"


async def test_somebody_elses_proof_counts_for_nothing(world: World, ed: Key) -> None:
    stranger = Key("EdDSA")
    secured = prove(bare(world.badge()), ed, world.did)
    report = await world.verify(text(prove(secured, stranger, "did:web:witness.example")))
    assert ("warn", "proof.not_counted") in told(report, "proof")
    assert report.verdict == "valid"
    report = await world.verify(text(prove(bare(world.badge()), stranger, "did:web:witness.example")))
    assert told(report, "issuer_key") == [("fail", "issuer_key.untrusted")]
    assert report.authenticity == "not_genuine"


# Graphs whose parts are alike.


async def test_a_graph_whose_parts_are_alike_is_named_in_the_sandbox(world: World, ed: Key) -> None:
    steps = data_integrity.drafting(
        twins(world), verification_method=f"{world.did}#{ed.kid}", created=stamp(NOW)
    )
    hard = next(steps)
    answer = await shared().run(Chore("graph", hard.nquads))
    assert isinstance(answer, Done)
    with pytest.raises(StopIteration) as ended:
        steps.send(answer.data)
    made = ended.value.value
    secured = made.finish(ed.sign(made.signing_input))
    assert (await world.verify(secured)).verdict == "valid"
    busy = await world.verify(secured, sandbox=Sandbox(waiting=0))
    assert told(busy, "proof")[-1] == ("unknown", "proof.complexity")
    assert (busy.verdict, busy.authenticity) == ("undetermined", "cannot_tell")


# The data model 1.1, and presentations.


async def test_a_document_of_the_older_model(world: World, ed: Key) -> None:
    document = old(world)
    document["@context"].append("https://w3id.org/security/data-integrity/v2")
    secured = prove(document, ed, world.did)
    report = await world.verify(text(secured))
    assert (report.verdict, report.authenticity) == ("valid", "genuine"), report


async def test_a_presentation_with_a_proof(world: World, ed: Key) -> None:
    holder = World("did:web:holder.example")
    key = Key("EdDSA")
    holder.publish_keys(key)
    world.published |= holder.published
    badge = edit(bare(world.badge()), "credentialSubject/id", holder.did)
    shown = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": holder.did,
        "verifiableCredential": [prove(badge, ed, world.did)],
    }
    options = {"purpose": "authentication", "challenge": "n-1", "domain": "panel.example"}
    secured = text(prove(shown, key, holder.did, **options))
    report = await world.verify(secured, nonce="n-1", audience="panel.example")
    assert (report.verdict, told(report, "recipient")) == ("valid", [("pass", "recipient.presented")]), report
    report = await world.verify(secured, nonce="n-2")
    assert told(report, "recipient") == [("fail", "recipient.nonce")]


async def test_somebody_elses_proof_does_not_answer_for_the_holder(world: World, ed: Key) -> None:
    shown = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": world.did,
        "verifiableCredential": [
            prove(edit(bare(world.badge()), "credentialSubject/id", world.did), ed, world.did)
        ],
    }
    asked = {"nonce": "n-2", "audience": "panel.example"}
    options = {"purpose": "authentication", "domain": "panel.example"}
    captured = prove(shown, ed, world.did, challenge="n-1", **options)
    forged = prove(captured, Key("EdDSA"), "did:web:thief.example", challenge="n-2", **options)
    for proofs in (forged["proof"], forged["proof"][::-1]):
        report = await world.verify(text({**forged, "proof": proofs}), **asked)
        assert told(report, "recipient") == [("fail", "recipient.nonce")]
        assert report.verdict == "invalid"
    # Nor do they end it: what somebody else adds must not take a genuine badge away.
    ended = {"expires": stamp(NOW - timedelta(days=1))}
    secured = prove(prove(bare(world.badge()), ed, world.did), Key("EdDSA"), "did:web:thief.example", **ended)
    assert (await world.verify(text(secured))).verdict == "valid"


async def test_offline_it_is_only_a_question_of_the_key(world: World, ed: Key) -> None:
    report = await world.verify(text(prove(bare(world.badge()), ed, world.did)), fetch=Offline())
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")
    assert data_integrity.MAX_PROOFS == 16
