"""Embedded proofs: eddsa-rdfc-2022, eddsa-jcs-2022, their ECDSA siblings, and what escapes a signature."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.vectors.maker.embed import secure
from tests.vectors.maker.keys import base58, compact, key, segment
from tests.vectors.maker.world import (
    INDEX,
    ISSUER,
    OB,
    STRANGER,
    V2,
    Document,
    case,
    edit,
    flawed,
    forged,
    genuine,
    untold,
    valid,
    without,
)
from verifier.conformance.case import Case, Expect

RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"
SUITES = (RDFC, JCS)
ED = ISSUER.key("EdDSA")
RULE = "VC Data Integrity 1.0, section 4.4"
# Without blank nodes: with P-384, RDFC-1.0 numbers them by SHA-384, which PyLD does not know.
PLAIN = {
    "@context": [V2],
    "id": "urn:uuid:5d0ea1a0-6d6e-4d8f-8f3a-5a2c2b0e0001",
    "type": ["VerifiableCredential"],
    "issuer": ISSUER.did,
    "credentialSubject": {"id": "did:web:a.example"},
}
Change = Callable[[Document], Document]


def cases() -> Iterator[Case]:
    for suite in SUITES:
        yield from _controls(suite)
        yield from _proofs(suite)
        yield from _contents(suite)
        yield from _keys(suite)
        yield from _judged(suite)
        yield from _lists(suite)
        yield from _sets(suite)
    yield from _meaning()
    yield from _ecdsa()


def signed(suite: str = RDFC, document: Document | None = None, **changes: Any) -> Document:
    """The issuer's badge, or another document, with the issuer's proof."""
    return secure(ISSUER.badge() if document is None else document, ED, ISSUER.multikey, suite, **changes)


def _case(
    suite: str, name: str, title: str, evidence: Document, expect: Expect, rule: str = RULE, **asked: Any
) -> Case:
    return case(f"{suite}/{name}", title, rule, evidence, expect, **asked)


def _controls(suite: str) -> Iterator[Case]:
    badge = ISSUER.badge()
    right = valid("signature.verified", "status.clear", "shape.ok")
    yield _case(suite, "valid", "A genuine badge with an embedded proof.", signed(suite), right)
    yield _case(
        suite,
        "valid-list-of-one",
        "The proof stands in a list.",
        {**signed(suite), "proof": [signed(suite)["proof"]]},
        right,
    )
    reversed_ = dict(reversed(list(signed(suite).items())))
    yield _case(suite, "valid-member-order", "The members stand in another order.", reversed_, right)
    yield _case(
        suite,
        "valid-without-created",
        "The proof does not say when it was made.",
        signed(suite, created=...),
        right,
    )
    yield _case(
        suite,
        "valid-expires-later",
        "The proof has an end that is to come.",
        signed(suite, expires="2027-01-01T00:00:00Z"),
        right,
    )
    yield _case(
        suite,
        "valid-no-end",
        "A badge without an end or a status.",
        signed(suite, without({**badge, "validUntil": ..., "credentialStatus": ...})),
        valid("status.none"),
    )
    yield _case(
        suite,
        "valid-plain",
        "A credential that is no badge.",
        signed(suite, PLAIN),
        valid("signature.verified"),
    )
    did = key("did-key", "EdDSA")
    own = edit(without({**badge, "credentialStatus": ...}), "issuer/id", did.did_key)
    yield _case(
        suite,
        "valid-did-key",
        "A stranger's did:key: genuine, whoever it is.",
        secure(own, did, f"{did.did_key}#{did.multibase}", suite),
        valid("standing.unknown"),
        network={},
    )
    yield _case(
        suite,
        "valid-unicode",
        "Names in several scripts, quotes and line breaks.",
        signed(suite, edit(badge, "issuer/name", 'Академия "学院" \\ \n 🎓')),
        right,
    )


def _proofs(suite: str) -> Iterator[Case]:
    """What is wrong with the proof itself."""
    made = signed(suite)
    value = made["proof"]["proofValue"]
    raw = ED.sign(b"another message")
    wrong = forged("signature.invalid")
    rows: tuple[tuple[str, str, Document, Expect], ...] = (
        (
            "value-of-another",
            "A signature of the right key over something else.",
            {"proofValue": "z" + base58(raw)},
            wrong,
        ),
        ("value-zeros", "A signature of zeros.", {"proofValue": "z" + base58(bytes(64))}, wrong),
        (
            "value-changed",
            "One character of the signature was changed.",
            {"proofValue": value[:20] + ("2" if value[20] != "2" else "3") + value[21:]},
            wrong,
        ),
        ("value-missing", "There is no proofValue.", {"proofValue": ...}, forged("proof.encoding")),
        (
            "value-short",
            "The signature lacks a byte.",
            {"proofValue": "z" + base58(raw[:-1])},
            forged("proof.encoding"),
        ),
        (
            "value-long",
            "A byte follows the signature.",
            {"proofValue": "z" + base58(raw + b"\0")},
            forged("proof.encoding"),
        ),
        (
            "value-base64url",
            "The signature is in another multibase.",
            {"proofValue": "u" + segment(raw)},
            forged("proof.encoding"),
        ),
        (
            "value-alphabet",
            "A character that base58 does not have.",
            {"proofValue": value[:-1] + "0"},
            forged("proof.encoding"),
        ),
        ("value-number", "The proofValue is a number.", {"proofValue": 5}, forged("proof.encoding")),
        (
            "value-space",
            "White space within the proofValue.",
            {"proofValue": value[:9] + " " + value[9:]},
            forged("proof.encoding"),
        ),
        ("created-changed", "The proof's time was changed.", {"created": "2020-01-01T00:00:00Z"}, wrong),
        (
            "created-not-a-time",
            "The proof's time is no time.",
            {"created": "yesterday"},
            forged("proof.malformed"),
        ),
        (
            "created-local",
            "The proof's time has no offset.",
            {"created": "2026-05-03T09:30:00"},
            forged("proof.malformed"),
        ),
        ("expires-added", "An end was added to the proof.", {"expires": "2030-01-01T00:00:00Z"}, wrong),
        ("domain-added", "A domain was added to the proof.", {"domain": "verifier.example"}, wrong),
        ("challenge-added", "A challenge was added to the proof.", {"challenge": "n-1"}, wrong),
        (
            "purpose-changed",
            "The purpose was changed to authentication.",
            {"proofPurpose": "authentication"},
            forged("proof.purpose"),
        ),
        ("purpose-missing", "There is no purpose.", {"proofPurpose": ...}, forged("proof.malformed")),
        (
            "purpose-list",
            "The purpose is a list.",
            {"proofPurpose": ["assertionMethod"]},
            forged("proof.malformed"),
        ),
        (
            "method-missing",
            "There is no verification method.",
            {"verificationMethod": ...},
            forged("proof.malformed"),
        ),
        (
            "method-object",
            "The verification method is an object with a key in it.",
            {"verificationMethod": {"id": ISSUER.multikey, "publicKeyMultibase": ED.multibase}},
            forged("proof.malformed"),
        ),
        ("type-missing", "The proof has no type.", {"type": ...}, forged("proof.malformed")),
        (
            "type-unknown",
            "A proof of a type that nobody knows.",
            {"type": "BestSignature2030"},
            untold("proof.unsupported"),
        ),
        (
            "suite-unknown",
            "A suite that nobody knows.",
            {"cryptosuite": "eddsa-best-2030"},
            untold("proof.unsupported"),
        ),
        (
            "suite-sd",
            "A suite for selective disclosure, whose value is base64url.",
            {"cryptosuite": "ecdsa-sd-2023", "proofValue": "u2V0AhVhA"},
            untold("proof.unsupported"),
        ),
        ("suite-missing", "The proof names no suite.", {"cryptosuite": ...}, untold("proof.unsupported")),
        (
            "suite-swapped",
            "The proof names the other EdDSA suite.",
            {"cryptosuite": JCS if suite == RDFC else RDFC},
            forged(),
        ),
        (
            "previous-missing",
            "previousProof names a proof that is not there.",
            {"previousProof": "urn:uuid:00000000-0000-4000-8000-000000000001"},
            forged("proof.previous"),
        ),
    )
    for name, title, changes, expect in rows:
        proof = without({**made["proof"], **changes})
        yield _case(suite, f"proof-{name}", title, {**made, "proof": proof}, expect)
    yield _case(
        suite, "proof-text", "The proof is a text.", {**made, "proof": "z"}, forged("proof.malformed")
    )
    yield _case(
        suite,
        "proof-empty",
        "The proof is an empty object.",
        {**made, "proof": {}},
        forged("proof.malformed"),
    )
    yield _case(
        suite, "proof-none", "The list of proofs is empty.", {**made, "proof": []}, forged("proof.missing")
    )
    yield _case(
        suite,
        "proof-removed",
        "The proof was removed.",
        without({**made, "proof": ...}),
        forged("proof.missing"),
    )
    yield _case(
        suite,
        "proof-expired",
        "The proof's end, which was signed, is past.",
        signed(suite, expires="2026-11-01T00:00:00Z"),
        genuine("invalid", "expired", "validity.expired"),
        "VC Data Integrity 1.0, section 2.1 (expires)",
    )
    yield _case(
        suite,
        "proof-for-authentication",
        "Honestly signed, for another purpose than to assert.",
        signed(suite, proofPurpose="authentication"),
        forged("proof.purpose"),
    )
    doubled = (
        compact(made)
        .decode()
        .replace('"proofPurpose":', '"proofPurpose":"assertionMethod","proofPurpose":', 1)
    )
    yield case(
        f"{suite}/proof-duplicate-member",
        "The proof names its purpose twice.",
        "RFC 8259, section 4",
        doubled,
        forged("json.duplicate_key"),
    )
    two = compact(made)[:-1].decode() + ',"proof":' + compact(made["proof"]).decode() + "}"
    yield case(
        f"{suite}/proof-twice",
        "The document has two members named proof.",
        "RFC 8259, section 4",
        two,
        forged("json.duplicate_key"),
    )


def _contents(suite: str) -> Iterator[Case]:
    """The content was changed after signing."""
    made = signed(suite)
    wrong = forged("signature.invalid")
    achievement = "credentialSubject/achievement"
    changes: tuple[tuple[str, str, str, Any], ...] = (
        ("name", "The achievement has another name.", f"{achievement}/name", "Medicine"),
        (
            "recipient",
            "Another recipient.",
            "credentialSubject/id",
            "urn:uuid:00000000-0000-4000-8000-000000000001",
        ),
        ("issuer-name", "The issuer has another name.", "issuer/name", "Harvard University"),
        ("until-later", "The end was moved.", "validUntil", "2099-05-03T09:30:00Z"),
        ("until-removed", "The end was removed.", "validUntil", ...),
        ("status-removed", "The status entry was removed.", "credentialStatus", ...),
        ("status-index", "The status entry has another index.", "credentialStatus/statusListIndex", "5"),
        (
            "status-list",
            "The status entry names another list.",
            "credentialStatus/statusListCredential",
            f"{ISSUER.list_url}0",
        ),
        ("result", "A result has another value.", "credentialSubject/result/0/value", "99"),
        (
            "identity",
            "Another e-mail address's hash.",
            "credentialSubject/identifier/0/identityHash",
            "sha256$" + "0" * 64,
        ),
        (
            "type-added",
            "A type was added.",
            "type",
            ["VerifiableCredential", "OpenBadgeCredential", "EndorsementCredential"],
        ),
        ("description-removed", "The description was removed.", f"{achievement}/description", ...),
    )
    for name, title, pointer, value in changes:
        yield _case(suite, f"changed-{name}", title, edit(made, pointer, value), wrong)
    added = edit(made, "credentialSubject/role", "Chief physician")
    yield _case(suite, "added-member", "A member that the contexts define was added.", added, wrong)
    other = signed(suite, ISSUER.badge(id="urn:uuid:00000000-0000-4000-8000-000000000002"))
    yield _case(
        suite,
        "proof-of-another",
        "The proof of another badge of the same issuer.",
        {**made, "proof": other["proof"]},
        wrong,
    )


def _keys(suite: str) -> Iterator[Case]:
    badge = ISSUER.badge()
    attacker = key("attacker", "EdDSA")
    rule = "VC Data Integrity 1.0, section 4.5; Controlled Identifiers 1.0, section 3.3"
    untrusted = forged("issuer_key.untrusted")
    both = {**ISSUER.network(), **STRANGER.network()}
    yield _case(
        suite,
        "key-forged",
        "The issuer's method is named, another key signed.",
        secure(badge, attacker, ISSUER.multikey, suite),
        forged("signature.invalid"),
        rule,
    )
    yield _case(
        suite,
        "key-unlisted",
        "A method that the issuer's document does not list.",
        secure(badge, attacker, f"{ISSUER.did}#evil", suite),
        untrusted,
        rule,
    )
    yield _case(
        suite,
        "key-of-a-stranger",
        "The stranger's own method, in the issuer's name.",
        secure(badge, STRANGER.key("EdDSA"), STRANGER.multikey, suite),
        untrusted,
        rule,
        network=both,
    )
    yield _case(
        suite,
        "key-did-key",
        "A did:key of the attacker's, in the issuer's name.",
        secure(badge, attacker, f"{attacker.did_key}#{attacker.multibase}", suite),
        untrusted,
        rule,
    )
    honest = key("did-key", "EdDSA")
    own = edit(without({**badge, "credentialStatus": ...}), "issuer/id", honest.did_key)
    fragment = secure(own, attacker, f"{honest.did_key}#{attacker.multibase}", suite)
    yield _case(
        suite,
        "key-other-fragment",
        "A did:key whose fragment holds the attacker's key.",
        fragment,
        untrusted,
        rule,
        network={},
    )
    yield _case(
        suite,
        "key-url",
        "The method is an address that answers with the attacker's key.",
        secure(badge, attacker, "https://attacker.example/key", suite),
        untrusted,
        rule,
        network=ISSUER.network(
            urls={
                "https://attacker.example/key": {
                    "id": "https://attacker.example/key",
                    "type": "Multikey",
                    "controller": ISSUER.did,
                    "publicKeyMultibase": attacker.multibase,
                }
            }
        ),
    )
    lists: tuple[tuple[str, str, Document, Expect], ...] = (
        (
            "key-for-authentication",
            "The method is listed for authentication only.",
            {"assertionMethod": [], "authentication": [ISSUER.multikey]},
            untrusted,
        ),
        (
            "key-two-forms",
            "The method holds two keys.",
            {
                "verificationMethod": [
                    {
                        "id": ISSUER.multikey,
                        "type": "Multikey",
                        "controller": ISSUER.did,
                        "publicKeyMultibase": ED.multibase,
                        "publicKeyJwk": attacker.jwk,
                    }
                ]
            },
            forged("issuer_key.unusable"),
        ),
        (
            "key-revoked",
            "The issuer says that the method was revoked.",
            {
                "verificationMethod": [
                    {
                        "id": ISSUER.multikey,
                        "type": "Multikey",
                        "controller": ISSUER.did,
                        "publicKeyMultibase": ED.multibase,
                        "revoked": "2026-11-01T00:00:00Z",
                    }
                ]
            },
            forged("issuer_key.ended"),
        ),
        (
            "key-of-another-type",
            "The method is listed with a P-256 key.",
            {
                "verificationMethod": [
                    {
                        "id": ISSUER.multikey,
                        "type": "Multikey",
                        "controller": ISSUER.did,
                        "publicKeyMultibase": ISSUER.key().multibase,
                    }
                ]
            },
            forged("proof.algorithm"),
        ),
        (
            "key-low-order",
            "The method is listed with a key of small order.",
            {
                "verificationMethod": [
                    {
                        "id": ISSUER.multikey,
                        "type": "Multikey",
                        "controller": ISSUER.did,
                        "publicKeyMultibase": "z" + base58(b"\xed\x01" + b"\1" + bytes(31)),
                    }
                ]
            },
            forged("issuer_key.unusable"),
        ),
    )
    for name, title, changes, expect in lists:
        document = ISSUER.did_document(**{"assertionMethod": [ISSUER.multikey], **changes})
        yield _case(
            suite, name, title, signed(suite), expect, rule, network=ISSUER.network(document=document)
        )
    yield _case(
        suite,
        "key-unreachable",
        "The issuer's document cannot be reached.",
        signed(suite),
        untold("issuer_key.unreachable"),
        rule,
        network={},
    )


def _judged(suite: str) -> Iterator[Case]:
    badge = ISSUER.badge()
    revoked = ISSUER.network(status=ISSUER.status_token(INDEX))
    yield _case(
        suite,
        "revoked",
        "The bit is set: withdrawn.",
        signed(suite),
        genuine("invalid", "revoked", "status.revoked"),
        network=revoked,
    )
    yield _case(
        suite,
        "list-unreachable",
        "The list does not answer.",
        signed(suite),
        genuine("undetermined", "cannot_tell", "status.unreachable"),
        network=ISSUER.network(status=...),
    )
    forged_list = secure(ISSUER.status_list(INDEX), ED, ISSUER.multikey, suite)
    forged_list = {**ISSUER.status_list(), "proof": forged_list["proof"]}
    yield _case(
        suite,
        "list-with-false-proof",
        "The list's content was exchanged under its proof.",
        signed(suite),
        genuine("undetermined", "cannot_tell", "status.list_invalid"),
        network=ISSUER.network(status=forged_list),
    )
    yield _case(
        suite,
        "expired",
        "The validity is over.",
        signed(suite, {**badge, "validUntil": "2026-11-01T00:00:00Z"}),
        genuine("invalid", "expired", "validity.expired"),
    )
    yield _case(
        suite,
        "not-yet",
        "The validity has not begun.",
        signed(suite, {**badge, "validFrom": "2027-11-01T00:00:00Z"}),
        genuine("invalid", "not_yet", "validity.not_yet"),
    )
    yield _case(
        suite,
        "shape-broken",
        "Honestly signed, but the achievement has no criteria.",
        signed(suite, edit(badge, "credentialSubject/achievement/criteria", ...)),
        flawed("shape.achievement"),
    )
    yield _case(
        suite,
        "recipient-other",
        "The recipient is not the expected one.",
        signed(suite),
        flawed("recipient.mismatch"),
        expected_recipient="grace@example.org",
    )


def _lists(suite: str) -> Iterator[Case]:
    embedded = ISSUER.network(status=secure(ISSUER.status_list(), ED, ISSUER.multikey, suite))
    yield _case(
        suite,
        "valid-list-with-proof",
        "The list has an embedded proof itself.",
        signed(suite),
        valid("status.clear"),
        network=embedded,
    )
    set_list = ISSUER.network(status=secure(ISSUER.status_list(INDEX), ED, ISSUER.multikey, suite))
    yield _case(
        suite,
        "revoked-list-with-proof",
        "The bit is set in a list with an embedded proof.",
        signed(suite),
        genuine("invalid", "revoked", "status.revoked"),
        network=set_list,
    )


def _sets(suite: str) -> Iterator[Case]:
    """Proof sets and chains."""
    rule = "VC Data Integrity 1.0, sections 2.1.1, 2.1.2 and 4.5"
    first_id, second_id = (
        "urn:uuid:00000000-0000-4000-8000-0000000000a1",
        "urn:uuid:00000000-0000-4000-8000-0000000000a2",
    )
    one = signed(suite, id=first_id)
    both = secure(one, ED, ISSUER.multikey, suite, id=second_id)
    yield _case(suite, "valid-set", "Two proofs of the issuer.", both, valid("signature.verified"), rule)
    yield _case(
        suite,
        "valid-set-reversed",
        "The same, in the other order.",
        {**both, "proof": both["proof"][::-1]},
        valid("signature.verified"),
        rule,
    )
    first, second = both["proof"]
    broken = {**second, "proofValue": "z" + base58(ED.sign(b"x"))}
    for label, proofs in (("last", [first, broken]), ("first", [broken, first])):
        yield _case(
            suite,
            f"set-false-{label}",
            f"One of two proofs is false: the {label}.",
            {**both, "proof": proofs},
            forged("signature.invalid"),
            rule,
        )
    other = {**second, "cryptosuite": "eddsa-best-2030"}
    yield _case(
        suite,
        "valid-set-unknown-suite",
        "One of two proofs is of a suite that nobody knows.",
        {**both, "proof": [first, other]},
        valid("proof.not_counted"),
        rule,
    )
    chain = secure(one, ED, ISSUER.multikey, suite, id=second_id, previous=(one["proof"],))
    yield _case(
        suite,
        "valid-chain",
        "A second proof that covers the first one.",
        chain,
        valid("signature.verified"),
        rule,
    )
    first, second = chain["proof"]
    replaced = {**signed(suite, id=first_id, created="2026-05-04T00:00:00Z")["proof"]}
    yield _case(
        suite,
        "chain-first-replaced",
        "The first proof was replaced by another genuine one.",
        {**chain, "proof": [replaced, second]},
        forged("signature.invalid"),
        rule,
    )
    yield _case(
        suite,
        "chain-first-removed",
        "The first proof of a chain was removed.",
        {**chain, "proof": [second]},
        forged("proof.previous"),
        rule,
    )
    yield _case(
        suite,
        "chain-first-twice",
        "The first proof of a chain stands twice.",
        {**chain, "proof": [first, first, second]},
        forged("proof.previous"),
        rule,
    )
    own = {**second, "previousProof": second_id}
    yield _case(
        suite,
        "chain-of-itself",
        "A proof names itself as the one before.",
        {**chain, "proof": [first, own]},
        forged("proof.previous"),
        rule,
    )
    loop = {**first, "previousProof": second_id}
    yield _case(
        suite,
        "chain-loop",
        "Two proofs name each other.",
        {**chain, "proof": [loop, second]},
        forged("proof.previous"),
        rule,
    )
    many = {**one, "proof": [one["proof"]] * 17}
    yield _case(suite, "set-too-many", "Seventeen proofs.", many, untold("proof.complexity"), rule)


def _meaning() -> Iterator[Case]:
    """RDFC signs what a document means: what has no meaning, or another one, must not pass."""
    made = signed()
    rule = "VC Data Integrity 1.0, section 2.4; JSON-LD 1.1; THREATS: dropped terms"
    escaped = forged("shape.unsigned_term")
    not_signed = forged("shape.not_signed")
    achievement = "credentialSubject/achievement"
    rows: tuple[tuple[str, str, Change, Expect], ...] = (
        (
            "term-added",
            "A member that no context defines was added.",
            _set("clearance", "top secret"),
            escaped,
        ),
        ("term-added-deep", "The same within the achievement.", _set(f"{achievement}/grade", "A"), escaped),
        (
            "term-out-of-scope",
            "A term of another type's scope was added.",
            _set("issuer/encodedList", "uAAAA"),
            escaped,
        ),
        (
            "type-undefined",
            "A type that no context defines was added.",
            _set("type", [*made["type"], "Diploma"]),
            escaped,
        ),
        ("keyword-like", "A member that looks like a keyword.", _set("@clearance", "top secret"), not_signed),
        ("null-added", "A member with null was added.", _set(f"{achievement}/humanCode", None), not_signed),
        ("empty-added", "An empty list was added.", _set("evidence", []), not_signed),
        ("empty-object-added", "An empty object was added.", _set("evidence", [{}]), forged()),
        (
            "type-repeated",
            "A type stands twice.",
            _set("type", [*made["type"], "OpenBadgeCredential"]),
            not_signed,
        ),
        (
            "direction-added",
            "A direction was given to a text.",
            _set(f"{achievement}/name", {"@value": "SQL for analysts", "@direction": "rtl"}),
            forged(),
        ),
        ("index-added", "An @index was added.", _set(f"{achievement}/@index", "x"), not_signed),
        (
            "list-in-list",
            "A list within a list.",
            _set("credentialSubject/result", [made["credentialSubject"]["result"]]),
            forged(),
        ),
        (
            "id-twice",
            "id and @id stand side by side.",
            _set("@id", "urn:uuid:00000000-0000-4000-8000-000000000009"),
            forged(),
        ),
        (
            "id-relative",
            "The id of the achievement is relative.",
            _set(f"{achievement}/id", "achievements/1"),
            forged(),
        ),
    )
    for name, title, change, expect in rows:
        yield _case(RDFC, f"meaning-{name}", title, change(made), expect, rule)
    contexts: tuple[tuple[str, str, Any, Expect], ...] = (
        (
            "vocab",
            "A context with @vocab was added.",
            [V2, OB, {"@vocab": "https://issuer.example/#"}],
            untold("shape.context_unknown"),
        ),
        (
            "inline",
            "A context was added that gives name another meaning.",
            [V2, OB, {"name": "https://schema.org/identifier"}],
            untold("shape.context_unknown"),
        ),
        (
            "unknown",
            "A context that nobody may fetch was added.",
            [V2, OB, "https://issuer.example/context"],
            untold("shape.context_unknown"),
        ),
        ("dropped", "The badges' context was dropped.", [V2], forged()),
        (
            "order",
            "The contexts were exchanged: RDF says the same, the data model does not.",
            [OB, V2],
            flawed("shape.context"),
        ),
        (
            "other-instead",
            "Another context stands in place of the badges'.",
            [V2, "https://www.w3.org/ns/did/v1"],
            forged(),
        ),
    )
    for name, title, value, expect in contexts:
        network = ISSUER.network(urls={"https://issuer.example/context": {"@context": {"@vocab": "urn:x:"}}})
        yield _case(
            RDFC, f"context-{name}", title, edit(made, "@context", value), expect, rule, network=network
        )
    yield from _injections(made)
    extra = {**made, "proof": {**made["proof"], "clearance": "top secret"}}
    yield _case(
        RDFC,
        "meaning-proof-term",
        "A member that no context defines was added to the proof.",
        extra,
        forged(),
        rule,
    )
    results = [
        {"type": ["Result"], "resultDescription": f"{ISSUER.base}/achievements/sql/1#score", "value": value}
        for value in ("85", "86")
    ]
    ordered = signed(RDFC, edit(ISSUER.badge(), "credentialSubject/result", results))
    swapped = edit(ordered, "credentialSubject/result", results[::-1])
    yield _case(
        RDFC,
        "valid-array-order",
        "Two results in another order: RDF has no order, nothing else differs.",
        swapped,
        valid("signature.verified"),
        rule,
    )
    jcs = edit(
        signed(JCS, edit(ISSUER.badge(), "credentialSubject/result", results)),
        "credentialSubject/result",
        results[::-1],
    )
    yield _case(
        JCS,
        "array-order",
        "Two results in another order: JCS signs the order.",
        jcs,
        forged("signature.invalid"),
        rule,
    )
    alike = [{"type": ["Evidence"], "narrative": "the same"} for _ in range(2)]
    yield _case(
        RDFC,
        "valid-alike-nodes",
        "Two nodes without ids that say the same.",
        signed(RDFC, ISSUER.badge(evidence=alike)),
        valid("signature.verified"),
        rule,
    )
    extra = {**signed(JCS), "clearance": "top secret"}
    yield _case(JCS, "term-added", "A member was added: JCS signs all of them.", extra, forged(), rule)
    loose = signed(JCS, ISSUER.badge(clearance="top secret"))
    yield _case(
        JCS,
        "term-undefined",
        "A member that no context defines, honestly signed.",
        loose,
        flawed("shape.unsigned_term"),
        "VC Data Model 2.0, section 5.2",
    )
    context = {**signed(JCS)}
    del context["proof"]["@context"]
    yield _case(
        JCS,
        "proof-context-removed",
        "The contexts were removed from the proof.",
        context,
        forged("signature.invalid"),
        "VC Data Integrity EdDSA Cryptosuites 1.0, section 3.3.2",
    )
    moved = edit(signed(JCS), "proof/@context", [OB, V2])
    yield _case(
        JCS,
        "proof-context-other",
        "The proof was made under other contexts than the document's.",
        moved,
        forged("proof.context"),
        "VC Data Integrity EdDSA Cryptosuites 1.0, section 3.3.2",
    )


def _injections(made: Document) -> Iterator[Case]:
    """Text in an IRI's place that a reader of N-Quads takes for something else."""
    rule = "RDF 1.1 N-Quads, section 4; THREATS: N-Quads injection"
    places = {
        "status": "credentialStatus/statusListCredential",
        "subject": "credentialSubject/id",
        "criteria": "credentialSubject/achievement/id",
    }
    for place, pointer in places.items():
        node: Any = made
        for step in pointer.split("/"):
            node = node[step]
        texts = {
            "comment": f"{node}>.#",
            "escape": node.replace("e", "\\u0065", 1),
            "graph": f"{node}> <urn:g",
            "line-feed": f"{node}\n",
            "space": f"{node} ",
            "quad": f"{node}> .\n<urn:a> <urn:b> <urn:c",
        }
        for label, text in texts.items():
            yield _case(
                RDFC,
                f"injection-{place}-{label}",
                f"An IRI that breaks out of its place: {label}, {place}.",
                edit(made, pointer, text),
                forged(),
                rule,
            )


def _set(pointer: str, value: Any) -> Change:
    return lambda document: edit(document, pointer, value)


def _ecdsa() -> Iterator[Case]:
    rule = "VC Data Integrity ECDSA Cryptosuites 1.0"
    for suite in ("ecdsa-rdfc-2019", "ecdsa-jcs-2019"):
        for alg in ("ES256", "ES384"):
            signer = ISSUER.key(alg)
            method = {
                "id": f"{ISSUER.did}#ec",
                "type": "Multikey",
                "controller": ISSUER.did,
                "publicKeyMultibase": signer.multibase,
            }
            document = ISSUER.did_document(verificationMethod=[method], assertionMethod=[method["id"]])
            network = ISSUER.network(document=document)
            bare = PLAIN if alg == "ES384" else without({**ISSUER.badge(), "credentialStatus": ...})
            made = secure(bare, signer, method["id"], suite)
            yield _case(
                suite,
                f"valid-{alg.lower()}",
                f"A badge signed with {alg}.",
                made,
                valid("signature.verified"),
                rule,
                network=network,
            )
            yield _case(
                suite,
                f"{alg.lower()}-changed",
                f"The content was changed under a signature of {alg}.",
                edit(made, "credentialSubject/id", "did:web:b.example"),
                forged("signature.invalid"),
                rule,
                network=network,
            )
            yield _case(
                suite,
                f"{alg.lower()}-other-key",
                f"Another {alg} key signed.",
                secure(bare, key("attacker", alg), method["id"], suite),
                forged("signature.invalid"),
                rule,
                network=network,
            )
