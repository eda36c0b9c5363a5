"""Presentations: who shows a credential, to whom and when. As vp+jwt, with embedded proofs, on model 1.1."""

from collections.abc import Iterator
from typing import Any

from tests.vectors.maker.embed import V1, secure
from tests.vectors.maker.jose import VC_JWT
from tests.vectors.maker.keys import Key, compact, key, segment
from tests.vectors.maker.world import (
    INDEX,
    ISSUER,
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

JWT, EMBEDDED = "vp-jwt", "vp-integrity"
NONCE, AUDIENCE = "n-0S6_WzA2Mj", "https://panel.example"
ASKED: dict[str, Any] = {"nonce": NONCE, "audience": AUDIENCE}
HOLDER = key("holder", "EdDSA")
ID = HOLDER.did_key
METHOD = f"{ID}#{HOLDER.multibase}"
IAT = 1_795_435_180  # twenty seconds before the clock
RULE = "VC-JOSE-COSE, section 3.1.2; RFC 8725, section 3.9"


def cases() -> Iterator[Case]:
    yield from _controls()
    yield from _occasions()
    yield from _holders()
    yield from _enclosed()
    yield from _proofs()
    yield from _older()


def held(**changes: Any) -> Document:
    """The badge, issued to the holder's own identifier."""
    return edit(ISSUER.badge(**changes), "credentialSubject/id", ID)


def envelope(token: str, kind: str = "Credential", media: str = "vc+jwt") -> Document:
    return {"@context": V2, "id": f"data:application/{media},{token}", "type": f"EnvelopedVerifiable{kind}"}


def show(*items: Any, **changes: Any) -> Document:
    document = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": ID,
        "verifiableCredential": list(items) or [envelope(VC_JWT.token(held()))],
    }
    return without({**document, **changes})


def token(
    document: Document | None = None, *, signer: Key = HOLDER, header: Document | None = None, **claims: Any
) -> str:
    """A presentation as vp+jwt, by the holder, for the one who asks."""
    usual = {"alg": "EdDSA", "kid": METHOD, "typ": "vp+jwt", "cty": "vp"}
    content = without(
        {**(show() if document is None else document), "nonce": NONCE, "aud": AUDIENCE, "iat": IAT, **claims}
    )
    return signer.token(without({**usual, **(header or {})}), content)


def _case(
    name: str, title: str, evidence: str, expect: Expect, asked: Document | None = None, **more: Any
) -> Case:
    return case(f"{JWT}/{name}", title, RULE, evidence, expect, **(ASKED if asked is None else asked), **more)


def _controls() -> Iterator[Case]:
    yield _case(
        "valid",
        "The holder shows a badge, in answer to what was asked.",
        token(),
        valid("recipient.presented"),
    )
    yield _case(
        "valid-nobody-asked",
        "The same without a question: it may be a copy.",
        token(),
        valid("recipient.replayable"),
        {},
    )
    yield _case(
        "valid-several-audiences",
        "Meant for several, the one who asks among them.",
        token(aud=["https://other.example", AUDIENCE]),
        valid("recipient.presented"),
    )
    yield _case(
        "valid-without-iat",
        "It does not say when it was made; the nonce is fresh.",
        token(iat=...),
        valid("recipient.presented"),
    )
    yield _case(
        "valid-one-not-listed",
        "A credential alone instead of a list of one.",
        token(show(verifiableCredential=envelope(VC_JWT.token(held())))),
        valid("recipient.presented"),
    )
    wrapped = envelope(token(), "Presentation", "vp+jwt")
    yield _case(
        "valid-enveloped",
        "The presentation is in an envelope.",
        compact(wrapped).decode(),
        valid("recipient.presented"),
    )
    yield _case(
        "valid-recipient",
        "The caller also says whom to expect.",
        token(),
        valid("recipient.matched"),
        {**ASKED, "expected_recipient": "ada@example.org"},
    )


def _occasions() -> Iterator[Case]:
    """Replays: made for somebody else, at another time, or for nobody."""
    rows: tuple[tuple[str, str, Document, str], ...] = (
        ("nonce-other", "It answers another nonce.", {"nonce": "n-1"}, "recipient.nonce"),
        (
            "nonce-missing",
            "It has no nonce: one that is missing is a wrong one.",
            {"nonce": ...},
            "recipient.nonce",
        ),
        ("nonce-empty", "Its nonce is empty.", {"nonce": ""}, "recipient.nonce"),
        ("nonce-number", "Its nonce is a number.", {"nonce": 5}, "recipient.nonce"),
        (
            "nonce-list",
            "Its nonce is a list with the right one in it.",
            {"nonce": [NONCE]},
            "recipient.nonce",
        ),
        ("nonce-prefix", "Its nonce begins like the right one.", {"nonce": NONCE + "x"}, "recipient.nonce"),
        (
            "audience-other",
            "It is meant for somebody else.",
            {"aud": "https://other.example"},
            "recipient.audience",
        ),
        ("audience-missing", "It is meant for nobody in particular.", {"aud": ...}, "recipient.audience"),
        ("audience-empty", "It is meant for an empty list of readers.", {"aud": []}, "recipient.audience"),
        (
            "audience-prefix",
            "It is meant for an address that begins like the reader's.",
            {"aud": AUDIENCE + ".evil.example"},
            "recipient.audience",
        ),
        ("audience-object", "Its audience is an object.", {"aud": {"id": AUDIENCE}}, "recipient.audience"),
        ("old", "It was made an hour ago.", {"iat": IAT - 3_600}, "recipient.stale"),
        ("old-seven-minutes", "It was made seven minutes ago.", {"iat": IAT - 400}, "recipient.stale"),
        ("to-come", "It was made in an hour.", {"iat": IAT + 3_600}, "recipient.stale"),
        ("iat-boolean", "When it was made is no time.", {"iat": True}, "recipient.stale"),
        ("iat-word", "When it was made is a word.", {"iat": "now"}, "recipient.stale"),
    )
    for name, title, claims, reason in rows:
        yield _case(name, title, token(**claims), flawed(reason))
    yield _case("exp-past", "Its own end is past.", token(exp=IAT - 3_600), flawed("validity.expired"))


def _holders() -> Iterator[Case]:
    thief = key("attacker", "EdDSA")
    stolen = show(holder=thief.did_key)
    by_thief = {"kid": f"{thief.did_key}#{thief.multibase}"}
    yield _case(
        "stolen",
        "A thief shows somebody else's badge, honestly signed with their own key.",
        token(stolen, signer=thief, header=by_thief),
        genuine("undetermined", "current", "recipient.not_holder"),
    )
    yield _case(
        "impersonated",
        "A thief signs in the holder's name.",
        token(signer=thief),
        forged("signature.invalid"),
    )
    yield _case(
        "impersonated-kid",
        "A thief signs in the holder's name and names their own key.",
        token(signer=thief, header=by_thief),
        forged("issuer_key.untrusted"),
    )
    yield _case(
        "iss-other",
        "iss is another than the holder.",
        token(iss=thief.did_key),
        forged("proof.issuer_mismatch"),
    )
    yield _case(
        "valid-without-holder",
        "It does not name its holder, whose key says it.",
        token(show(holder=...)),
        valid("recipient.presented"),
    )
    yield _case("holder-number", "The holder is a number.", token(show(holder=5)), flawed("shape.holder"))
    two = [
        envelope(VC_JWT.token(held())),
        envelope(VC_JWT.token(ISSUER.badge(id="urn:uuid:00000000-0000-4000-8000-000000000002"))),
    ]
    yield _case(
        "one-of-another",
        "One of two badges is about somebody else.",
        token(show(*two)),
        genuine("undetermined", "current", "recipient.not_holder"),
    )
    yield _case(
        "expected-other",
        "Shown by its holder, who is not the one expected.",
        token(),
        flawed("recipient.mismatch"),
        {**ASKED, "expected_recipient": "grace@example.org"},
    )


def _enclosed() -> Iterator[Case]:
    """Every credential is verified; none can hide behind another."""
    good = envelope(VC_JWT.token(held()))
    header, _, signature = VC_JWT.token(held()).split(".")
    changed = segment(compact(edit(held(), "issuer/name", "Harvard University")))
    false = envelope(f"{header}.{changed}.{signature}")
    stranger = envelope(VC_JWT.token(held(), signer=key("attacker")))
    past = envelope(VC_JWT.token(held(validFrom="2024-05-03T09:30:00Z", validUntil="2025-05-03T09:30:00Z")))
    revoked = ISSUER.network(status=ISSUER.status_token(INDEX))
    clear = envelope(
        VC_JWT.token(held(id="urn:uuid:00000000-0000-4000-8000-000000000003", credentialStatus=...))
    )
    for label, items in (("alone", [false]), ("first", [false, good]), ("last", [good, false])):
        yield _case(
            f"changed-{label}",
            f"A credential in it was changed: {label}.",
            token(show(*items)),
            forged("signature.invalid"),
        )
    for label, items in (("first", [stranger, good]), ("last", [good, stranger])):
        yield _case(
            f"forged-{label}",
            f"A credential in it is forged: {label}.",
            token(show(*items)),
            forged("signature.invalid"),
        )
    for label, items in (("alone", [good]), ("first", [good, clear]), ("last", [clear, good])):
        yield _case(
            f"revoked-{label}",
            f"A withdrawn credential: {label}.",
            token(show(*items)),
            genuine("invalid", "revoked", "status.revoked"),
            network=revoked,
        )
    for label, items in (("first", [past, good]), ("last", [good, past])):
        yield _case(
            f"expired-{label}",
            f"An expired credential: {label}.",
            token(show(*items)),
            genuine("invalid", "expired", "validity.expired"),
        )
    unreachable = ISSUER.network(status=...)
    yield _case(
        "list-unreachable",
        "The list of one credential does not answer.",
        token(show(clear, good)),
        genuine("undetermined", "cannot_tell", "status.unreachable"),
        network=unreachable,
    )
    yield _case(
        "issuer-unreachable",
        "The keys of the credential's issuer do not answer.",
        token(),
        untold("issuer_key.unreachable"),
        network={},
    )
    yield _case(
        "unsigned", "A credential in it is signed by nobody.", token(show(held())), forged("proof.missing")
    )
    yield _case(
        "token-as-text",
        "A credential in it is a bare text.",
        token(show(VC_JWT.token(held()))),
        flawed("shape.enclosed"),
    )
    yield _case(
        "number",
        "A number stands in place of a credential.",
        token(show(7)),
        forged("well_formed.not_a_credential"),
    )
    yield _case(
        "empty",
        "There is no credential in it.",
        token(show(verifiableCredential=[])),
        forged("shape.presentation"),
    )
    yield _case(
        "none",
        "It does not even have the member.",
        token(show(verifiableCredential=...)),
        forged("shape.presentation"),
    )
    yield _case(
        "seventeen", "Seventeen credentials.", token(show(*[clear] * 17)), forged("shape.presentation")
    )
    nested = envelope(token(), "Presentation", "vp+jwt")
    yield _case("nested", "A presentation within a presentation.", token(show(nested)), forged("proof.type"))


def _proofs() -> Iterator[Case]:
    """The same with embedded proofs."""
    rule = "VC Data Integrity 1.0, sections 2.1, 4.4 and 4.6"
    purpose: dict[str, Any] = {
        "proofPurpose": "authentication",
        "created": "2026-11-23T11:59:40Z",
        "challenge": NONCE,
        "domain": AUDIENCE,
    }
    badge = secure(held(), ISSUER.key("EdDSA"), ISSUER.multikey)

    def made(
        name: str,
        title: str,
        expect: Expect,
        *,
        content: Document | None = None,
        signer: Key = HOLDER,
        method: str = METHOD,
        after: Document | None = None,
        asked: Document = ASKED,
        **proof: Any,
    ) -> Case:
        signed = secure(show(badge) if content is None else content, signer, method, **{**purpose, **proof})
        return case(f"{EMBEDDED}/{name}", title, rule, {**signed, **(after or {})}, expect, **asked)

    yield made(
        "valid", "The holder shows a badge, in answer to what was asked.", valid("recipient.presented")
    )
    yield made(
        "valid-enveloped-badge",
        "The badge in it is an enveloped token.",
        valid("recipient.presented"),
        content=show(),
    )
    yield made(
        "valid-nobody-asked",
        "The same without a question: it may be a copy.",
        valid("recipient.replayable"),
        asked={},
    )
    yield made("challenge-other", "It answers another challenge.", flawed("recipient.nonce"), challenge="n-1")
    yield made("challenge-missing", "It has no challenge.", flawed("recipient.nonce"), challenge=...)
    yield made(
        "domain-other",
        "It is meant for another domain.",
        flawed("recipient.audience"),
        domain="https://other.example",
    )
    yield made("domain-missing", "It is meant for no domain.", flawed("recipient.audience"), domain=...)
    yield made("old", "It was made an hour ago.", flawed("recipient.stale"), created="2026-11-23T10:59:40Z")
    yield made("expired", "Its proof has ended.", flawed("validity.expired"), expires="2026-11-23T11:00:00Z")
    thief = key("attacker", "EdDSA")
    own = f"{thief.did_key}#{thief.multibase}"
    captured = secure(show(badge), HOLDER, METHOD, **{**purpose, "challenge": "n-1"})
    answered = secure(show(badge), thief, own, **purpose)
    yield made(
        "challenge-answered-by-another",
        "A captured presentation; the proof that answers this challenge is a thief's.",
        flawed("recipient.nonce"),
        after={"proof": [answered["proof"], captured["proof"]]},
    )
    yield made(
        "purpose-assertion",
        "Its proof asserts, and authenticates nobody.",
        forged("proof.purpose"),
        proofPurpose="assertionMethod",
    )
    yield made(
        "holder-exchanged",
        "The holder was exchanged after signing.",
        forged(),
        after={"holder": key("attacker", "EdDSA").did_key},
    )
    yield made(
        "credential-exchanged",
        "The credential was exchanged after signing.",
        forged(),
        after={"verifiableCredential": [secure(held(name="Other"), ISSUER.key("EdDSA"), ISSUER.multikey)]},
    )
    yield made(
        "impersonated", "A thief signs in the holder's name.", forged("signature.invalid"), signer=thief
    )
    yield made(
        "stolen",
        "A thief shows somebody else's badge with their own key.",
        genuine("undetermined", "current", "recipient.not_holder"),
        content=show(badge, holder=thief.did_key),
        signer=thief,
        method=own,
    )
    yield made(
        "credential-false",
        "The badge in it was changed before it was shown.",
        forged(),
        content=show(edit(badge, "issuer/name", "Harvard University")),
    )
    unsigned = show(badge)
    yield case(
        f"{EMBEDDED}/unsigned",
        "Nobody signed the presentation.",
        rule,
        unsigned,
        forged("proof.missing"),
        **ASKED,
    )
    older = {**show(badge), "@context": [V1]}
    yield case(
        f"{EMBEDDED}/unsigned-older-model",
        "Nobody signed a presentation of the older model.",
        rule,
        older,
        forged("proof.missing"),
        **ASKED,
    )


def _older() -> Iterator[Case]:
    """The claim vp of the data model 1.1, whose times stand beside it."""
    rule = "VC Data Model 1.1, section 6.3.1; RFC 7519, sections 4.1.4 and 4.1.5"
    content = {**show(VC_JWT.token(held())), "@context": [V1]}
    cases: tuple[tuple[str, str, Expect, Document], ...] = (
        ("valid-older-model", "The claim vp of the data model 1.1.", valid("recipient.presented"), {}),
        ("exp-older-model", "It has ended (exp).", flawed("validity.expired"), {"exp": IAT - 3_600}),
        ("nbf-older-model", "It has not begun (nbf).", flawed("validity.not_yet"), {"nbf": IAT + 3_600}),
    )
    for name, title, expect, times in cases:
        claims = {"iss": ID, "aud": AUDIENCE, "nonce": NONCE, "iat": IAT, "vp": content, **times}
        evidence = HOLDER.token({"alg": "EdDSA", "kid": METHOD, "typ": "JWT"}, claims)
        yield case(f"{JWT}/{name}", title, rule, evidence, expect, **ASKED)
