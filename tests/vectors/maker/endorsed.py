"""Endorsements inside a badge: each is verified; none lifts the verdict, a false one is told."""

from collections.abc import Iterator
from typing import Any

from tests.vectors.maker.embed import secure
from tests.vectors.maker.jose import OB_JWT
from tests.vectors.maker.keys import Key, compact, key, segment
from tests.vectors.maker.world import (
    ISSUER,
    OB,
    STRANGER,
    V2,
    Document,
    case,
    claims,
    edit,
    flawed,
    genuine,
    valid,
    without,
)
from verifier.conformance.case import Case, Expect

FORM = "endorsement"
RULE = "Open Badges 3.0, 8.3 (step 7) and B.1.9 (EndorsementCredential)"
ENDORSER = STRANGER
NETWORK = {**ISSUER.network(), **ENDORSER.network()}
ACHIEVEMENT = "credentialSubject/achievement"


def endorsement(subject: str, **changes: Any) -> Document:
    document = {
        "@context": [V2, OB],
        "id": "urn:uuid:6f1a3b62-4a55-5d9c-8d2e-3d6a3f6f9a09",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement",
        "issuer": {"id": ENDORSER.did, "type": ["Profile"], "name": "Association of Examples"},
        "validFrom": "2026-05-04T09:30:00Z",
        "credentialSubject": {
            "id": subject,
            "type": ["EndorsementSubject"],
            "endorsementComment": "Good work.",
        },
    }
    return without({**document, **changes})


def token(document: Document, signer: Key | None = None, kid: str | None = None) -> str:
    return OB_JWT.token(claims(document), signer=signer or ENDORSER.key(), kid=kid or ENDORSER.kid())


def cases() -> Iterator[Case]:
    badge = ISSUER.badge()
    achievement = badge["credentialSubject"]["achievement"]["id"]

    def made(name: str, title: str, place: str, value: Any, expect: Expect, **more: Any) -> Case:
        evidence = OB_JWT.token(claims(edit(badge, place, value)))
        return case(f"{FORM}/{name}", title, RULE, evidence, expect, **{"network": NETWORK, **more})

    counted, false = valid("endorsements.genuine"), valid("endorsements.not_genuine")
    for label, place, subject in (
        ("badge", "endorsementJwt", badge["id"]),
        ("issuer", "issuer/endorsementJwt", ISSUER.did),
        ("achievement", f"{ACHIEVEMENT}/endorsementJwt", achievement),
    ):
        yield made(
            f"valid-{label}", f"An endorsement of the {label}.", place, [token(endorsement(subject))], counted
        )
        other = token(endorsement("urn:uuid:00000000-0000-4000-8000-000000000001"))
        yield made(
            f"{label}-of-something-else",
            f"At the {label}, an endorsement of something else.",
            place,
            [other],
            false,
        )
    good = endorsement(achievement)
    place = f"{ACHIEVEMENT}/endorsementJwt"
    header, _, signature = token(good).split(".")
    changed = segment(compact(claims(edit(good, "credentialSubject/endorsementComment", "Excellent work."))))
    rows: tuple[tuple[str, str, Any, Expect], ...] = (
        ("changed", "An endorsement that was changed.", f"{header}.{changed}.{signature}", false),
        ("forged", "An endorsement that another key signed.", token(good, key("attacker")), false),
        (
            "unlisted",
            "An endorsement by a key that the endorser does not list.",
            token(good, key("attacker"), f"{ENDORSER.did}#x"),
            false,
        ),
        (
            "none",
            "An unsecured endorsement.",
            f"{segment(compact({'alg': 'none', 'typ': 'JWT'}))}.{changed}.",
            false,
        ),
        ("nonsense", "A text that is no token.", "endorsed", false),
        (
            "expired",
            "An endorsement that has expired.",
            token(endorsement(achievement, validUntil="2026-06-01T00:00:00Z")),
            valid("endorsements.undetermined"),
        ),
        ("badge-instead", "A badge stands in place of an endorsement.", OB_JWT.token(), false),
    )
    for name, title, text, expect in rows:
        yield made(name, title, place, [text], expect)
    yield made(
        "endorser-unreachable",
        "The endorser's keys cannot be reached.",
        place,
        [token(good)],
        valid("endorsements.undetermined"),
        network=ISSUER.network(),
    )
    yield made(
        "five",
        "Five endorsements: no more than four are verified.",
        place,
        [token(good)] * 5,
        valid("endorsements.genuine", "endorsements.not_checked"),
    )
    yield made(
        "genuine-beside-false",
        "A genuine endorsement beside a forged one: both are told.",
        place,
        [token(good), token(good, key("attacker"))],
        valid("endorsements.genuine", "endorsements.not_genuine"),
    )
    required: dict[str, Any] = {"policy": {"require": ["endorsements"]}}
    yield made(
        "valid-required",
        "The caller requires endorsements, and they are genuine.",
        place,
        [token(good)],
        valid("policy.met"),
        **required,
    )
    yield made(
        "required-false",
        "The caller requires endorsements, and one is false.",
        place,
        [token(good, key("attacker"))],
        flawed("policy.unmet"),
        **required,
    )
    yield made(
        "required-unreachable",
        "The caller requires endorsements, and the endorser is out of reach.",
        place,
        [token(good)],
        genuine("undetermined", "current", "policy.undetermined"),
        network=ISSUER.network(),
        **required,
    )
    ed = ENDORSER.key("EdDSA")
    yield made(
        "valid-embedded",
        "An endorsement with an embedded proof.",
        f"{ACHIEVEMENT}/endorsement",
        [secure(good, ed, ENDORSER.multikey)],
        counted,
    )
    false_proof = edit(
        secure(good, ed, ENDORSER.multikey), "credentialSubject/endorsementComment", "Excellent work."
    )
    yield made(
        "embedded-changed",
        "An endorsement that was changed under its embedded proof.",
        f"{ACHIEVEMENT}/endorsement",
        [false_proof],
        false,
    )
    yield made("unsigned", "An endorsement that nobody signed.", f"{ACHIEVEMENT}/endorsement", [good], false)
    self_endorsed = endorsement(
        achievement, issuer={"id": ISSUER.did, "type": ["Profile"], "name": "Example Academy"}
    )
    yield made(
        "valid-by-the-issuer",
        "The issuer endorses its own achievement; its name is told.",
        place,
        [token(self_endorsed, ISSUER.key(), ISSUER.kid())],
        counted,
    )
