import base64
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.proofs.jose import read
from schemas.report import CHECKS, Report
from tests.unit.verifier.world import NOW, World, edit, segment, told
from verifier import Policy, Snapshot, TrustStore
from verifier.authenticity import signature
from verifier.fetch import Fetched
from verifier.trail import Trail
from verifier.trust import write_trust_folder


async def test_a_genuine_badge_is_valid_and_says_so(world: World) -> None:
    report = await world.verify(world.sign())
    assert (report.verdict, report.authenticity, report.currency) == ("valid", "genuine", "current")
    assert [found.check for found in report.checks] == list(CHECKS)
    assert told(report, "signature") == [("pass", "signature.verified")]
    assert told(report, "standing") == [("pass", "standing.vouched")]
    assert report.of("standing")[0].time == "2026-11-22T12:00:00Z"
    assert [need.url for need in world.asked] == [f"{world.base}/did.json", world.list_url]
    assert report.claim is not None
    assert report.claim.assurance is not None
    assert "help from people or AI tools not excluded" in report.claim.assurance.sentence


async def test_the_report_travels_as_documented(world: World) -> None:
    token = world.sign()
    document = msgspec.json.decode(msgspec.json.encode(await world.verify(token)))
    assert set(document) == {
        "verdict", "authenticity", "currency", "sentence", "claim", "checks",
        "inputDigest", "verifiedAt", "verifier",
    }  # fmt: skip
    assert document["verifiedAt"] == "2026-11-23T12:00:00Z"
    assert document["verifier"].startswith("assay/")
    assert document["inputDigest"].startswith("sha256-")
    assert document["checks"][0] == {
        "check": "carrier", "outcome": "pass", "reason": "carrier.token", "detail": "A compact token.",
    }  # fmt: skip
    assert msgspec.convert(document, Report) == await world.verify(token)


# Totality and tampering.


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(evidence=st.one_of(st.binary(max_size=400), st.text(max_size=200)))
async def test_any_evidence_gets_a_report(world: World, evidence: bytes | str) -> None:
    report = await world.verify(evidence)
    assert report.verdict != "valid"
    assert report.claim is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
MEMBERS = st.sampled_from(
    [
        "@context", "id", "type", "name", "issuer", "validFrom", "validUntil", "credentialSubject",
        "evidence", "credentialStatus", "relatedResource", "iss", "jti", "sub", "nbf", "exp", "awardedDate",
        "endorsement", "credentialSubject/id", "credentialSubject/type", "credentialSubject/achievement",
        "credentialSubject/result", "credentialSubject/identifier", "credentialSubject/achievement/criteria",
        "credentialSubject/achievement/resultDescription", "credentialSubject/achievement/alignment",
        "credentialSubject/achievement/image", "credentialStatus/statusListIndex", "credentialStatus/type",
        "credentialStatus/statusPurpose", "credentialStatus/statusListCredential", "issuer/name",
        "credentialStatus/statusSize", "issuer/type",
    ]
)  # fmt: skip


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(member=MEMBERS, value=JSON)
async def test_any_signed_document_gets_a_report(world: World, member: str, value: Any) -> None:
    payload = json.dumps(edit(world.badge(), member, value), ensure_ascii=True).encode()
    header = {"alg": "ES256", "typ": "JWT", "kid": f"{world.base}/keys/{world.key.kid}"}
    report = await world.verify(world.key.token(header, payload), expected_recipient="ada@example.org")
    assert report.verdict in {"valid", "invalid", "undetermined"}
    assert msgspec.json.encode(report)


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(data=st.data())
async def test_any_changed_character_is_never_valid(world: World, data: st.DataObject) -> None:
    token = world.sign()
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(
        st.sampled_from("ABCXYZabcxyz0189-_.=~ \n{é").filter(lambda letter: letter != token[place])
    )
    report = await world.verify(token[:place] + other + token[place + 1 :])
    assert report.verdict != "valid"
    assert report.authenticity != "genuine"


async def test_lone_surrogates_are_refused_not_raised(world: World) -> None:
    assert (await world.verify("\ud800")).verdict == "invalid"
    assert told(await world.verify('{"a": "\ud800"}'), "well_formed") == [("fail", "json.utf8")]


@pytest.mark.parametrize("attempt", ["header", "payload"])
async def test_a_duplicated_member_is_refused_wherever_it_stands(world: World, attempt: str) -> None:
    header, payload, signature = world.sign().split(".")
    raw = base64.urlsafe_b64decode((header if attempt == "header" else payload) + "==")
    name = next(iter(json.loads(raw)))
    doubled = segment(raw[:-1] + b"," + json.dumps({name: "x"}).encode()[1:])
    token = f"{doubled}.{payload}.{signature}" if attempt == "header" else f"{header}.{doubled}.{signature}"
    report = await world.verify(token)
    assert told(report, "well_formed") == [("fail", "json.duplicate_key")]
    assert report.authenticity == "not_genuine"
    assert world.asked == []


# What a token may claim to be.


@pytest.mark.parametrize(
    ("header", "check", "finding"),
    [
        ({"alg": "none"}, "proof", ("fail", "proof.algorithm")),
        ({"alg": "HS256"}, "proof", ("fail", "proof.algorithm")),
        ({"alg": "PS256"}, "proof", ("unknown", "proof.unsupported")),
        ({"alg": "ES256K"}, "proof", ("unknown", "proof.unsupported")),
        ({"alg": ["ES256"]}, "proof", ("fail", "proof.algorithm")),
        ({"alg": ...}, "proof", ("fail", "proof.algorithm")),
        ({"typ": "at+jwt"}, "proof", ("fail", "proof.type")),
        ({"typ": "statuslist+jwt"}, "proof", ("fail", "proof.type")),
        ({"typ": None}, "proof", ("fail", "proof.type")),
        ({"typ": "vc+jwt", "cty": "vp"}, "proof", ("fail", "proof.type")),
        ({"crit": ["exp"]}, "proof", ("fail", "proof.header")),
        ({"kid": 7}, "proof", ("fail", "proof.header")),
        ({"kid": ...}, "proof", ("fail", "proof.key_unnamed")),
        ({"typ": ...}, "proof", ("warn", "proof.type_missing")),
        ({"x5c": ["MII"]}, "proof", ("warn", "proof.header_extra")),
    ],
)
async def test_headers(world: World, header: dict[str, Any], check: str, finding: tuple[str, str]) -> None:
    report = await world.verify(world.sign(**header))
    assert told(report, check) == [finding]
    if finding[0] == "warn":
        assert report.verdict == "valid"
    else:
        assert report.verdict == ("undetermined" if finding[0] == "unknown" else "invalid")
        assert world.asked == []


async def test_issuer_claim_must_be_the_issuer(world: World) -> None:
    for claim in ("did:web:elsewhere.example", None, 7):
        report = await world.verify(world.sign({**world.badge(), "iss": claim}))
        assert told(report, "proof") == [("fail", "proof.issuer_mismatch")]
    assert world.asked == []


@pytest.mark.parametrize(
    "document",
    [
        {"@context": ["https://www.w3.org/2018/credentials/v1"], "issuer": "did:web:issuer.example"},
        {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion"},
    ],
)
async def test_older_forms_are_named_and_not_called_invalid(world: World, document: dict[str, Any]) -> None:
    report = await world.verify(world.sign(document))
    assert told(report, "proof") == [("unknown", "format.legacy")]
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")


@pytest.mark.parametrize(
    ("document", "check", "finding"),
    [
        ([1], "well_formed", ("fail", "well_formed.not_a_credential")),
        ({}, "well_formed", ("fail", "well_formed.not_a_credential")),
        ({"type": ["VerifiableCredential"]}, "proof", ("fail", "proof.missing")),
        ({"@context": [], "proof": {}}, "proof", ("fail", "proof.malformed")),
        ({"type": "EnvelopedVerifiableCredential"}, "well_formed", ("fail", "well_formed.envelope")),
        ({"@context": "https://w3id.org/openbadges/v2"}, "proof", ("unknown", "format.legacy")),
    ],
)
async def test_json_documents(world: World, document: Any, check: str, finding: tuple[str, str]) -> None:
    report = await world.verify(json.dumps(document))
    assert told(report, check) == [finding]
    assert report.authenticity == ("not_genuine" if finding[0] == "fail" else "cannot_tell")


async def test_a_payload_that_is_no_object_is_not_a_credential(world: World) -> None:
    token = world.key.token({"alg": "ES256", "kid": "k", "typ": "JWT"}, b"[]")
    assert told(await world.verify(token), "well_formed") == [("fail", "well_formed.not_a_credential")]


# What follows from the checks.


async def test_shape_errors_leave_it_genuine_but_invalid(world: World) -> None:
    document = edit(world.badge(), "credentialSubject/achievement/criteria", ...)
    report = await world.verify(world.sign(document))
    assert (report.verdict, report.authenticity, report.currency) == ("invalid", "genuine", "current")
    assert told(report, "shape") == [("fail", "shape.achievement")]


async def test_undefined_terms_warn_where_the_bytes_are_signed(world: World) -> None:
    document = edit(world.badge(), "credentialSubject/favouriteColour", "green")
    report = await world.verify(world.sign(document))
    assert told(report, "shape") == [("warn", "shape.undefined_term")]
    assert report.verdict == "valid"


async def test_a_context_that_we_do_not_hold_leaves_it_open(world: World) -> None:
    document = world.badge()
    document["@context"].append("https://example.org/ours")
    report = await world.verify(world.sign(document))
    assert ("unknown", "shape.context_unknown") in told(report, "shape")
    assert report.verdict == "undetermined"


async def test_errors_are_told_before_many_warnings(world: World) -> None:
    document = edit(world.badge(), "validFrom", ...)
    document |= {f"unknown{number}": 1 for number in range(30)}
    report = await world.verify(world.sign(document))
    assert len(report.of("shape")) == 20
    assert told(report, "shape")[0][0] == "fail"


async def test_our_own_organisation_is_said_to_be_ours(world: World) -> None:
    trust = TrustStore(own=lambda issuer: issuer == world.did)
    report = await world.verify(world.sign(), trust=trust)
    assert told(report, "standing") == [("pass", "standing.own")]
    assert report.sentence.startswith("Genuine and current. Issued here by Example Academy")


# The policy of the caller.


@pytest.mark.parametrize(
    ("policy", "finding", "verdict"),
    [
        (Policy(require=("standing",)), ("pass", "policy.met"), "valid"),
        (Policy(accept_issuers=("did:web:issuer.example:o:demo",)), ("pass", "policy.met"), "valid"),
        (
            Policy(accept_issuers=("did:web:other.example",)),
            ("fail", "policy.issuer_not_accepted"),
            "invalid",
        ),
        (Policy(max_age_days=365), ("pass", "policy.met"), "valid"),
        (Policy(max_age_days=30), ("fail", "policy.too_old"), "invalid"),
        (Policy(require=("recipient",)), ("unknown", "policy.undetermined"), "undetermined"),
        (Policy(require=("endorsements",)), ("unknown", "policy.undetermined"), "undetermined"),
    ],
)
async def test_policies(world: World, policy: Policy, finding: tuple[str, str], verdict: str) -> None:
    report = await world.verify(world.sign(), policy=policy)
    assert told(report, "policy") == [finding]
    assert report.verdict == verdict


async def test_a_policy_tells_which_required_check_failed(world: World) -> None:
    policy = Policy(require=("recipient",))
    report = await world.verify(world.sign(), policy=policy, expected_recipient="Grace Hopper")
    assert told(report, "policy") == [("fail", "policy.unmet")]


async def test_an_age_without_a_date_counts_as_too_old(world: World) -> None:
    document = edit(world.badge(), "validFrom", ...)
    report = await world.verify(world.sign(document), policy=Policy(max_age_days=10**6))
    assert told(report, "policy") == [("fail", "policy.too_old")]


async def test_an_absurdly_great_age_is_no_crash(world: World) -> None:
    report = await world.verify(world.sign(), policy=Policy(max_age_days=10**12))
    assert told(report, "policy") == [("pass", "policy.met")]


async def test_what_is_certain_outweighs_what_could_not_be_told(world: World) -> None:
    token = world.sign()
    del world.published[world.list_url]
    assert (await world.verify(token)).currency == "cannot_tell"
    world.now = NOW + timedelta(days=3_000)
    assert (await world.verify(token)).currency == "expired"


def test_a_key_for_another_algorithm_does_not_verify(world: World) -> None:
    secured, trail = msgspec.structs.replace(read(world.sign()), alg="ES384"), Trail()
    assert not signature(secured, world.key.public, trail)
    assert [found.reason for found in trail.checks] == ["proof.algorithm"]


async def test_it_works_from_a_trust_folder(world: World, tmp_path: Path) -> None:
    documents = [answer for answer in world.published.values() if isinstance(answer, Fetched)]
    write_trust_folder(tmp_path, documents, {world.did: "The export"}, at=NOW)
    snapshot = Snapshot(tmp_path)
    report = await world.verify(world.sign(), fetch=snapshot, trust=snapshot.trust)
    assert report.verdict == "valid"
    assert report.of("standing")[0].source == "The export"
    assert world.asked == []


async def test_each_member_doubled_in_turn_is_refused_under_a_real_signature(world: World) -> None:
    header = {"alg": "ES256", "typ": "JWT", "kid": f"{world.base}/keys/{world.key.kid}"}
    payload = json.dumps(world.badge(), separators=(",", ":"))
    members = list(re.finditer(r'"[^"]+":', payload))
    assert len(members) > 80
    for member in members:
        doubled = f"{payload[: member.start()]}{member[0]}0,{payload[member.start() :]}"
        report = await world.verify(world.key.token(header, doubled.encode()))
        assert told(report, "well_formed") == [("fail", "json.duplicate_key")]


@pytest.mark.corpora
async def test_other_peoples_json_gets_a_report_too(world: World, corpora: Path) -> None:
    header = {"alg": "ES256", "typ": "JWT", "kid": f"{world.base}/keys/{world.key.kid}"}
    files = sorted((corpora / "jsontestsuite").rglob("*.json"))
    assert len(files) > 300
    for file in files:
        body = file.read_bytes()
        assert (await world.verify(body)).verdict != "valid"
        assert (await world.verify(world.key.token(header, body))).verdict != "valid"
    assert world.asked == []
