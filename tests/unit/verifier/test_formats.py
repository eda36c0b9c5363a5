"""Every form in which a credential or a presentation may be secured as a token, and what is in them."""

from typing import Any

import msgspec
import pytest

from tests.unit.verifier.world import NOW, VALID_FROM, Key, World, edit, stamp, told
from verifier import Policy

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CLAIMS = ("iss", "sub", "jti", "nbf", "exp")


def bare(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in CLAIMS}


def vc_jwt(world: World, document: dict[str, Any] | None = None, **header: Any) -> str:
    header = {"typ": "vc+jwt", "cty": "vc", "kid": f"{world.did}#{world.key.kid}", **header}
    return world.sign(bare(world.badge()) if document is None else document, **header)


def old(world: World, **changes: Any) -> dict[str, Any]:
    """A badge of the data model 1.1."""
    document = bare(world.badge())
    document["@context"] = [V1, OB]
    document["issuanceDate"] = document.pop("validFrom")
    document["expirationDate"] = document.pop("validUntil")
    del document["credentialStatus"], document["relatedResource"]
    return {name: value for name, value in {**document, **changes}.items() if value is not ...}


def enveloped(token: str, kind: str = "Credential", media: str = "vc+jwt") -> dict[str, Any]:
    return {"@context": V2, "type": f"EnvelopedVerifiable{kind}", "id": f"data:application/{media},{token}"}


class Holder:
    """A person with a key, whose identifier is that key."""

    def __init__(self) -> None:
        self.world = World("did:web:holder.example")

    @property
    def id(self) -> str:
        return self.world.did

    def present(self, world: World, *items: Any, typ: str = "vp+jwt", **changes: Any) -> str:
        world.published |= self.world.published
        document = {
            "@context": [V2],
            "type": ["VerifiablePresentation"],
            "holder": self.id,
            "verifiableCredential": list(items),
            "nonce": "n-1",
            "aud": "https://panel.example",
            "iat": int(NOW.timestamp()) - 20,
            **changes,
        }
        document = {name: value for name, value in document.items() if value is not ...}
        kid = f"{self.id}#{self.world.key.kid}"
        return self.world.sign(document, typ=typ, kid=kid, cty="vp")


@pytest.fixture
def holder() -> Holder:
    return Holder()


def held(world: World, holder: Holder) -> dict[str, Any]:
    return edit(bare(world.badge()), "credentialSubject/id", holder.id)


# Tokens of the data model 2.0.


async def test_a_token_of_the_w3c_is_read(world: World) -> None:
    report = await world.verify(vc_jwt(world))
    assert report.verdict == "valid", report
    assert told(report, "proof") == [("pass", "proof.recognised")]
    assert report.claim is not None
    assert report.claim.achievement is not None


async def test_a_missing_content_type_is_told(world: World) -> None:
    report = await world.verify(vc_jwt(world, cty=...))
    assert told(report, "proof") == [("warn", "proof.type_missing")]
    assert report.verdict == "valid"


async def test_any_credential_is_verified_not_only_badges(world: World) -> None:
    document = {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": world.did,
        "validFrom": stamp(VALID_FROM),
        "credentialSubject": {"id": "urn:uuid:9f7d4bb5-5d6c-4f6e-9a57-51b2e5a7c001"},
    }
    report = await world.verify(vc_jwt(world, document))
    assert (report.verdict, told(report, "shape")) == ("valid", [("pass", "shape.ok")])


@pytest.mark.parametrize("issuer", ["did:web:elsewhere.example", 7])
async def test_who_issues_is_said_once(world: World, issuer: object) -> None:
    report = await world.verify(vc_jwt(world, {**bare(world.badge()), "iss": issuer}))
    assert told(report, "proof") == [("fail", "proof.issuer_mismatch")]


async def test_the_older_claim_does_not_belong_in_a_newer_token(world: World) -> None:
    report = await world.verify(vc_jwt(world, {**bare(world.badge()), "vc": {}}))
    assert ("fail", "shape.claims") in told(report, "shape")
    assert report.verdict == "invalid"


# Tokens of the data model 1.1.


def claims(world: World, inner: dict[str, Any]) -> dict[str, Any]:
    return {
        "iss": world.did,
        "jti": inner.get("id"),
        "sub": inner["credentialSubject"].get("id"),
        "nbf": int(VALID_FROM.timestamp()),
        "vc": inner,
    }


async def test_claims_stand_for_members(world: World) -> None:
    inner = old(world, id=..., issuer=..., issuanceDate=..., expirationDate=...)
    subject = {name: value for name, value in inner["credentialSubject"].items() if name != "id"}
    payload = claims(world, {**inner, "credentialSubject": subject})
    payload |= {"jti": "urn:uuid:1", "sub": "urn:uuid:2", "exp": int(NOW.timestamp()) - 3600}
    report = await world.verify(world.sign(payload))
    assert report.authenticity == "genuine"
    assert report.currency == "expired"
    assert report.claim is not None
    assert report.claim.recipient is not None
    assert report.claim.recipient.id == "urn:uuid:2"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "did:web:elsewhere.example"}, "proof.issuer_mismatch"),
        ({"jti": "urn:uuid:other"}, "proof.issuer_mismatch"),
        ({"sub": "urn:uuid:other"}, "proof.issuer_mismatch"),
        ({"nbf": 1}, "proof.times"),
        ({"nbf": "soon"}, "proof.times"),
    ],
)
async def test_a_token_that_says_two_things_is_refused(
    world: World, changes: dict[str, Any], reason: str
) -> None:
    report = await world.verify(world.sign({**claims(world, old(world)), **changes}))
    assert told(report, "proof") == [("fail", reason)]
    assert report.authenticity == "not_genuine"


async def test_a_claim_that_holds_no_credential(world: World) -> None:
    report = await world.verify(world.sign({"vc": [], "iss": world.did}))
    assert told(report, "well_formed") == [("fail", "well_formed.not_a_credential")]


# Envelopes.


async def test_an_envelope_is_opened(world: World) -> None:
    report = await world.verify(jsonned(enveloped(vc_jwt(world))))
    assert report.verdict == "valid"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"id": "https://a.example/x"}, ("well_formed", "fail", "well_formed.envelope")),
        ({"@context": []}, ("well_formed", "fail", "well_formed.envelope")),
        ({"@context": "https://example.org/"}, ("well_formed", "fail", "well_formed.envelope")),
        ({"id": "data:application/vc+sd-jwt,a~"}, ("proof", "unknown", "proof.unsupported")),
        ({"id": "data:application/vc+jwt,abc"}, ("well_formed", "fail", "well_formed.token")),
    ],
)
async def test_envelopes_that_hold_something_else(
    world: World, change: dict[str, Any], finding: tuple[str, str, str]
) -> None:
    report = await world.verify(jsonned({**enveloped(""), **change}))
    check, outcome, reason = finding
    assert told(report, check) == [(outcome, reason)]
    assert report.verdict != "valid"


async def test_an_envelope_holds_what_it_says(world: World, holder: Holder) -> None:
    for document in (enveloped(world.sign()), enveloped(holder.present(world, vc_jwt(world)))):
        report = await world.verify(jsonned(document))
        assert told(report, "proof") == [("fail", "proof.type")]


async def test_a_token_does_not_choose_the_rules_it_is_held_against(world: World) -> None:
    for member, value, reason in (
        ("@context", [V1, OB], "shape.context"),
        ("type", ["VerifiablePresentation"], "shape.type"),
    ):
        report = await world.verify(vc_jwt(world, {**bare(world.badge()), member: value}))
        assert ("fail", reason) in told(report, "shape")
        assert report.verdict == "invalid"


def jsonned(document: Any) -> bytes:
    return msgspec.json.encode(document)


# Presentations.


async def test_a_presentation_by_its_holder(world: World, holder: Holder) -> None:
    token = vc_jwt(world, held(world, holder))
    shown = holder.present(world, enveloped(token))
    report = await world.verify(shown, nonce="n-1", audience="https://panel.example")
    assert report.verdict == "valid", report
    assert told(report, "recipient") == [("pass", "recipient.presented")]
    assert [found.role for found in report.enclosed] == ["credential"]
    assert report.claim == report.enclosed[0].claim


async def test_a_presentation_that_nobody_asked_for_may_be_a_copy(world: World, holder: Holder) -> None:
    shown = holder.present(world, enveloped(vc_jwt(world, held(world, holder))))
    report = await world.verify(shown)
    assert told(report, "recipient") == [("warn", "recipient.replayable")]
    assert report.verdict == "valid"
    assert "We did not check that this is the person before you." in report.sentence


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"nonce": ...}, "recipient.nonce"),
        ({"nonce": "other"}, "recipient.nonce"),
        ({"aud": ...}, "recipient.audience"),
        ({"aud": ["https://else.example"]}, "recipient.audience"),
        ({"iat": int(NOW.timestamp()) - 900}, "recipient.stale"),
        ({"iat": int(NOW.timestamp()) + 900}, "recipient.stale"),
        ({"iat": "now"}, "recipient.stale"),
    ],
)
async def test_a_replayed_presentation_fails(
    world: World, holder: Holder, changes: dict[str, Any], reason: str
) -> None:
    shown = holder.present(world, enveloped(vc_jwt(world, held(world, holder))), **changes)
    report = await world.verify(shown, nonce="n-1", audience="https://panel.example")
    assert told(report, "recipient") == [("fail", reason)]
    assert (report.verdict, report.authenticity) == ("invalid", "genuine")
    # Nobody was named whom it should be about.
    (unmet,) = report.of("recipient")
    assert report.sentence.startswith(f"Genuine, but it does not meet what you asked. {unmet.detail}")


async def test_somebody_elses_credential_is_not_the_holders(world: World, holder: Holder) -> None:
    shown = holder.present(world, enveloped(vc_jwt(world)))
    report = await world.verify(shown, nonce="n-1")
    assert told(report, "recipient") == [("unknown", "recipient.not_holder")]
    assert report.verdict == "undetermined"


@pytest.mark.parametrize("order", [0, 1])
async def test_a_withdrawn_credential_does_not_hide_behind_another(
    world: World, holder: Holder, order: int
) -> None:
    world.publish_list(world.list_credential(world.set_bit()))
    good = edit(held(world, holder), "credentialStatus", ...)
    items = [enveloped(vc_jwt(world, held(world, holder))), enveloped(vc_jwt(world, good))]
    report = await world.verify(holder.present(world, *(items if order else reversed(items))))
    assert (report.verdict, report.currency) == ("invalid", "revoked")
    assert {found.verdict for found in report.enclosed} == {"valid", "invalid"}


async def test_a_forged_credential_in_a_presentation(world: World, holder: Holder) -> None:
    forged = world.sign(
        held(world, holder), key=Key(), typ="vc+jwt", cty="vc", kid=f"{world.did}#{world.key.kid}"
    )
    report = await world.verify(holder.present(world, enveloped(forged)))
    assert (report.verdict, report.authenticity, report.claim) == ("invalid", "not_genuine", None)


async def test_credentials_in_it_need_a_form_of_their_own(world: World, holder: Holder) -> None:
    inner = holder.present(world, enveloped(vc_jwt(world)))
    for item, check in (
        (bare(world.badge()), "proof"),
        (7, "well_formed"),
        (enveloped(inner, "Presentation", "vp+jwt"), "proof"),
    ):
        report = await world.verify(holder.present(world, item))
        assert "fail" in {found.outcome.value for found in report.of(check)}
        assert report.verdict == "invalid"


@pytest.mark.parametrize("count", [0, 17])
async def test_presentations_have_a_sensible_number_of_credentials(
    world: World, holder: Holder, count: int
) -> None:
    report = await world.verify(holder.present(world, *[enveloped("x")] * count))
    assert ("fail", "shape.presentation") in told(report, "shape")
    assert report.verdict == "invalid"


async def test_whom_a_presented_credential_names_is_compared(world: World, holder: Holder) -> None:
    shown = holder.present(world, enveloped(vc_jwt(world, held(world, holder))))
    report = await world.verify(shown, nonce="n-1", expected_recipient="ada@example.org")
    assert ("pass", "recipient.matched") in told(report, "recipient")
    assert report.verdict == "valid"
    report = await world.verify(shown, nonce="n-1", expected_recipient="eve@example.org")
    assert report.verdict == "invalid"


async def test_a_presentation_without_holder_is_its_keys(world: World, holder: Holder) -> None:
    shown = holder.present(world, enveloped(vc_jwt(world, held(world, holder))), holder=...)
    assert (await world.verify(shown, nonce="n-1")).verdict == "valid"


async def test_a_presentation_whose_holder_is_unknown(world: World) -> None:
    shown = Holder().present(World(), enveloped(vc_jwt(world)))
    report = await world.verify(shown)
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")


async def test_policies_are_applied_to_every_presented_credential(world: World, holder: Holder) -> None:
    shown = holder.present(world, enveloped(vc_jwt(world, held(world, holder))))
    report = await world.verify(shown, policy=Policy(accept_issuers=("did:web:other.example",)))
    assert told(report, "policy") == [("fail", "policy.issuer_not_accepted")]


# Endorsements.


def endorsement(endorser: World, about: str | None, **changes: Any) -> str:
    document = {
        "@context": [V2, OB],
        "id": "urn:uuid:5f1a3b62-4a55-5d9c-8d2e-3d6a3f6f9a02",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": endorser.did, "type": ["Profile"], "name": "Endorser"},
        "validFrom": stamp(VALID_FROM),
        "credentialSubject": {"id": about, "type": ["EndorsementSubject"], "endorsementComment": "Good."},
        **changes,
    }
    return endorser.sign(document, typ="vc+jwt", cty="vc", kid=f"{endorser.did}#{endorser.key.kid}")


@pytest.mark.parametrize("place", ["", "issuer/", "credentialSubject/achievement/"])
async def test_endorsements_are_verified_and_lift_nothing(world: World, stranger: World, place: str) -> None:
    badge = world.badge()
    carrier: Any = badge
    for step in place.strip("/").split("/") if place else []:
        carrier = carrier[step]
    world.published |= stranger.published
    for about, finding in (
        (carrier["id"], ("pass", "endorsements.genuine")),
        ("urn:uuid:other", ("fail", "endorsements.not_genuine")),
    ):
        document = edit(badge, f"{place}endorsementJwt", [endorsement(stranger, about)])
        report = await world.verify(world.sign(document))
        assert told(report, "endorsements") == [finding]
        assert report.verdict == "valid"
        assert [found.role for found in report.enclosed] == ["endorsement"]


async def test_an_endorsement_that_cannot_be_confirmed(world: World, stranger: World) -> None:
    token = endorsement(stranger, world.badge()["id"])
    report = await world.verify(world.sign(edit(world.badge(), "endorsementJwt", [token])))
    assert told(report, "endorsements") == [("unknown", "endorsements.undetermined")]
    required = Policy(require=("endorsements",))
    report = await world.verify(world.sign(edit(world.badge(), "endorsementJwt", [token])), policy=required)
    assert report.verdict == "undetermined"


async def test_endorsements_beyond_a_few_are_not_checked(world: World) -> None:
    report = await world.verify(world.sign(edit(world.badge(), "endorsement", [{}] * 6)))
    assert told(report, "endorsements") == [
        *[("fail", "endorsements.not_genuine")] * 4,
        ("unknown", "endorsements.not_checked"),
    ]


async def test_a_token_of_the_older_model_is_read(world: World) -> None:
    report = await world.verify(world.sign(claims(world, old(world))))
    assert (report.verdict, report.authenticity, report.currency) == ("valid", "genuine", "current"), report
    assert report.claim is not None
    assert report.claim.valid_from == stamp(VALID_FROM)


async def test_a_presentation_of_the_older_model(world: World, holder: Holder) -> None:
    token = world.sign(
        claims(world, {**old(world), "credentialSubject": held(world, holder)["credentialSubject"]})
    )
    world.published |= holder.world.published
    payload = {
        "iss": holder.id,
        "nonce": "n-1",
        "vp": {"@context": [V1], "type": ["VerifiablePresentation"], "verifiableCredential": [token]},
    }
    kid = f"{holder.id}#{holder.world.key.kid}"
    shown = holder.world.sign(payload, typ="JWT", kid=kid)
    report = await world.verify(shown, nonce="n-1")
    assert (report.verdict, told(report, "recipient")) == ("valid", [("pass", "recipient.presented")]), report
    for times, reason in (
        ({"exp": NOW.timestamp() - 61}, "validity.expired"),
        ({"nbf": NOW.timestamp() + 61}, "validity.not_yet"),
        ({"exp": "soon"}, "validity.malformed"),
    ):
        shown = holder.world.sign({**payload, **times}, typ="JWT", kid=kid)
        report = await world.verify(shown, nonce="n-1")
        assert (report.verdict, told(report, "validity")[0]) == ("invalid", ("fail", reason))
        in_time = "Not a valid credential." if reason == "validity.malformed" else "Genuine, but not shown in"
        assert report.sentence.startswith(in_time)
