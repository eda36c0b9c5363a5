"""What is claimed in the Report, and what is not when a document has another form."""

from typing import Any

import pytest

from schemas.report import Claim, ClaimAssurance, ClaimIssuer
from tests.unit.verifier.world import World, edit
from verifier.claim import claim, look_alike

SUBJECT = "credentialSubject"


def claimed(world: World, pointer: str, value: Any) -> Claim:
    return claim(edit(world.badge(), pointer, value), world.did)


def test_an_empty_document_claims_nothing(world: World) -> None:
    found = claim({}, world.did)
    assert (found.achievement, found.level, found.assurance, found.assessment) == (None, None, None, None)
    assert found.issuer == ClaimIssuer(world.did, None, "issuer.example")


def test_texts_of_other_forms(world: World) -> None:
    tagged = {"@value": "SQL für Analysten", "@language": "de"}
    found = claimed(world, f"{SUBJECT}/achievement/name", tagged).achievement
    assert found is not None
    assert found.name == "SQL für Analysten"
    assert found.image == f"{found.id}.svg"
    found = claimed(world, f"{SUBJECT}/achievement/image", "https://issuer.example/a.svg").achievement
    assert found is not None
    assert found.image == "https://issuer.example/a.svg"
    found = claimed(
        world, f"{SUBJECT}/achievement/criteria", {"id": "https://issuer.example/criteria"}
    ).achievement
    assert found is not None
    assert found.criteria == "https://issuer.example/criteria"
    assert claimed(world, "issuer", world.did).issuer == ClaimIssuer(world.did, None, "issuer.example")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("unsupervised", "help from people or AI tools not excluded"),
        ("identity-checked", "help from people or AI tools not excluded"),
        ("supervised", "under supervision"),
        ("confirmed", "supervised sitting"),
        ("blessed", "which we do not know"),
    ],
)
def test_assurances(world: World, code: str, sentence: str) -> None:
    found = claimed(world, f"{SUBJECT}/result/0/value", code).assurance
    assert isinstance(found, ClaimAssurance)
    assert found.code == code
    assert sentence in found.sentence


def test_what_is_missing_is_unstated(world: World) -> None:
    assert claimed(world, f"{SUBJECT}/result/0/value", 7).assurance is None
    assert claimed(world, f"{SUBJECT}/result/1/achievedLevel", "urn:x").level is None
    assert (
        claimed(world, f"{SUBJECT}/achievement/resultDescription/0/rubricCriterionLevel/0/name", 7).level
        is None
    )
    assert claimed(world, f"{SUBJECT}/result/1/resultDescription", "urn:x").level is None
    assert claimed(world, "evidence", [{"type": "Other"}]).assessment is None
    found = claimed(world, f"{SUBJECT}/achievement/resultDescription/1/resultType", "ext:Other").level
    assert found is not None
    assert found.cut is None
    recipient = claimed(world, f"{SUBJECT}/identifier/1/hashed", True).recipient  # noqa: FBT003 — a value
    assert recipient is not None
    assert recipient.name is None


def test_the_cut_is_that_of_the_level_reached(world: World) -> None:
    document = world.badge()
    subject = document[SUBJECT]
    achievement = subject["achievement"]["id"]
    fluent = {
        "id": f"{achievement}#cut-fluent",
        "type": ["ResultDescription"],
        "resultType": "ext:CutScore",
        "requiredValue": "0.8",
    }
    subject["achievement"]["resultDescription"].append(fluent)

    def cut() -> str | None:
        found = claim(document, world.did).level
        assert found is not None
        return found.cut

    assert cut() == "0.6"
    subject["result"][1]["achievedLevel"] = f"{achievement}#fluent"
    assert cut() == "0.8"
    # Named otherwise: only a result that says so ties a cut to the level, and only one.
    fluent["id"] = f"{achievement}#second"
    assert cut() is None
    mark = {"type": ["Result"], "resultDescription": fluent["id"], "value": "reached"}
    subject["result"].append(mark)
    assert cut() == "0.8"
    subject["result"].append({**mark, "resultDescription": f"{achievement}#cut-working"})
    assert cut() is None


def test_what_rdf_cannot_tell_apart_claims_the_same(world: World) -> None:
    document = world.badge()
    as_signed = claim(document, world.did)
    assert as_signed.level is not None
    assert as_signed.level.scale == ("Working", "Fluent")
    achievement = document[SUBJECT]["achievement"]
    achievement["image"] = [achievement["image"]]
    document[SUBJECT]["achievement"] = [achievement]
    achievement["resultDescription"][0]["rubricCriterionLevel"].reverse()
    for description in achievement["resultDescription"]:
        description["resultType"] = {"@value": description["resultType"]}
    for result in document[SUBJECT]["result"]:
        result |= {name: [result[name]] for name in ("value", "achievedLevel") if name in result}
    document[SUBJECT]["result"].reverse()
    document[SUBJECT] = [document[SUBJECT]]
    assert claim(document, world.did) == as_signed


def test_of_several_none_is_claimed(world: World) -> None:
    subject = world.badge()[SUBJECT]
    assert claimed(world, SUBJECT, [subject, {**subject, "id": "urn:other"}]).achievement is None
    another = {**subject["result"][1], "achievedLevel": f"{subject['achievement']['id']}#fluent"}
    assert claimed(world, f"{SUBJECT}/result", [*subject["result"], another]).level is None
    supervised = {**subject["result"][0], "value": "supervised"}
    assert claimed(world, f"{SUBJECT}/result", [*subject["result"], supervised]).assurance is None
    names = [{**subject["identifier"][1], "identityHash": name} for name in ("Ada", "Eve")]
    recipient = claimed(world, f"{SUBJECT}/identifier", names).recipient
    assert recipient is not None
    assert recipient.name is None
    work = world.badge()["evidence"][0]
    assert claimed(world, "evidence", [work, {**work, "id": "urn:other"}]).assessment is None


@pytest.mark.parametrize("place", [..., "", "first", "1", 2, "99999"])
def test_a_scale_is_claimed_where_every_level_says_its_place(world: World, place: Any) -> None:
    pointer = f"{SUBJECT}/achievement/resultDescription/0/rubricCriterionLevel/1/level"
    found = claimed(world, pointer, place).level
    assert found is not None
    assert (found.name, found.scale) == ("Working", ())


def test_look_alikes_are_named() -> None:
    assert look_alike("paypal.com") is None
    mixed = look_alike("xn--pypal-4ve.com")
    assert mixed is not None
    assert "pаypal.com" in mixed  # noqa: RUF001 — the look-alike itself
    assert "Cyrillic and Latin" in mixed
    plain = look_alike("xn--bcher-kva.example:8443")
    assert plain is not None
    assert "bücher.example" in plain
    assert "mixes" not in plain
    assert "xn--\x80" in (look_alike("xn--\x80.example") or "")


@pytest.mark.parametrize(
    "letter",
    [
        "\ud800",
        "\u0085",
        "\u0378",
        "\ue000",
        "\u2028",
        "\u200b",
        "\u202e",
        "\u3164",
        "\ufe0f",
        "\u034f",
        "\u17b4",
    ],
)
def test_labels_that_hold_what_nobody_sees_stay_as_they_are(letter: str) -> None:
    label = "xn--" + f"a{letter}b".encode("punycode").decode()
    assert f"shown as {label}.example," in (look_alike(f"{label.upper()}.example") or "")


async def test_a_look_alike_is_flagged_in_the_report() -> None:
    world = World("did:web:xn--pypal-4ve.com")
    report = await world.verify(world.sign())
    assert report.claim is not None
    assert report.claim.issuer is not None
    assert report.claim.issuer.domain == "xn--pypal-4ve.com"
    assert "Cyrillic" in (report.claim.issuer.notice or "")


def test_a_port_is_part_of_the_domain() -> None:
    world = World("did:web:localhost%3A8000:o:demo")
    found = claim(world.badge(), world.did).issuer
    assert found is not None
    assert found.domain == "localhost:8000"
