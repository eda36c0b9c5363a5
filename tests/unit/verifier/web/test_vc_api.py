"""The VC API: who may use it, under which ids it signs, and what it says of what is not as it should be."""

import copy
import itertools
from collections.abc import AsyncIterator, Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from keys.did.key import did_key
from keys.proofs import data_integrity
from keys.proofs.data_integrity import Draft
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.rdfc import HardGraph
from keys.stores.memory import ThrowAway
from verifier.fetch import Need, Unreachable
from verifier.web.app import WebSettings, create_app
from verifier.web.vc_api import AccessRefused, Conformance, grant
from verifier.web.vc_api.issuers import PROFILES, drafted
from verifier.web.vc_api.lists import LENGTH, StatusList

BASE = "https://verify.example"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
V2 = "https://www.w3.org/ns/credentials/v2"
TOKEN = "t" * 32
STATUS = {"credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}}


def ticking() -> Callable[[], datetime]:
    """A clock that goes on with each look at it: of two lists of one second, neither is the newer one."""
    seconds = itertools.count()
    return lambda: NOW + timedelta(seconds=next(seconds))


def application(mode: str = "open", token: str | None = None) -> Any:
    access = grant(mode, token, ("127.0.0.1", "::1", "localhost"))
    return create_app(WebSettings(base_url=BASE, vc_api=access), ticking())


def client_of(application: Any, address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url=BASE)


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application()) as client:
        yield client


def credential(**members: Any) -> dict[str, Any]:
    document = {
        "@context": [V2],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }
    return {name: value for name, value in document.items() if value is not ...}


async def issued(
    api: httpx.AsyncClient, profile: str, document: Any = None, **options: Any
) -> dict[str, Any]:
    body = {"credential": document or credential(), "options": options}
    answer = await api.post(f"/vc-api/{profile}/credentials/issue", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["verifiableCredential"]
    return found


async def verified(api: httpx.AsyncClient, document: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    body = {"verifiableCredential": document, "options": options}
    answer = await api.post("/vc-api/credentials/verify", json=body)
    return answer.status_code, answer.json()


def codes(problems: list[dict[str, Any]]) -> list[str]:
    return [problem["code"] for problem in problems]


# Who may use it.


async def test_it_is_off_unless_somebody_asks_for_it(web: httpx.AsyncClient) -> None:
    assert grant("off", None, ("0.0.0.0",)) is None  # noqa: S104 — that it may listen everywhere then
    for path in ("issuers", "credentials/verify", "vc+jwt/credentials/issue", "status/vc+jwt/revocation"):
        assert (await web.post(f"/vc-api/{path}", json={})).status_code == 404


@pytest.mark.parametrize(
    ("mode", "token", "listen"),
    [
        ("open", None, ("127.0.0.1", "0.0.0.0")),  # noqa: S104 — what is refused
        ("open", None, ("verify.example",)),
        ("token", None, ("127.0.0.1",)),
        ("token", "t" * 31, ("127.0.0.1",)),
        ("on", TOKEN, ("127.0.0.1",)),
    ],
)
def test_a_door_that_strangers_could_use_is_not_opened(
    mode: str, token: str | None, listen: tuple[str, ...]
) -> None:
    with pytest.raises(AccessRefused, match=r"\.$|ASSAY_VC_API_TOKEN"):
        grant(mode, token, listen)


async def test_open_means_on_this_machine() -> None:
    app = application()
    for address in ("192.0.2.1", "2001:db8::1"):
        async with client_of(app, address) as client:
            assert (await client.get("/vc-api/issuers")).status_code == 404
    async with client_of(app, "::1") as client:
        assert (await client.get("/vc-api/issuers")).status_code == 200


async def test_a_client_without_an_address_is_not_on_this_machine() -> None:
    sent: list[Any] = []

    async def never() -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/vc-api/issuers", "headers": []}
    await application()(scope, never, send)
    assert sent[0]["status"] == 404


async def test_with_a_token() -> None:
    async with client_of(application("token", TOKEN), "192.0.2.1") as client:
        for given, code in (
            ({}, "token.missing"),
            ({"authorization": "Basic x"}, "token.missing"),
            ({"authorization": "Bearer "}, "token.missing"),
            ({"authorization": "Bearer " + "u" * 32}, "token.invalid"),
        ):
            answer = await client.get("/vc-api/issuers", headers=given)
            assert (answer.status_code, answer.json()["code"]) == (401, code)
        answer = await client.get("/vc-api/issuers", headers={"authorization": f"bearer {TOKEN}"})
        assert answer.json().keys() == PROFILES.keys()


async def test_other_methods_addresses_and_bodies(api: httpx.AsyncClient) -> None:
    answer = await api.post("/vc-api/issuers", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    answer = await api.get("/vc-api/credentials/verify")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert (await api.post("/vc-api/rsa/credentials/issue", json={})).status_code == 404
    for content, kind, status, code in (
        ("{}", "text/plain", 415, "request.media_type"),
        ("{", "application/json", 400, "request.malformed"),
        ('{"credential":{},"credential":{}}', "application/json", 400, "request.malformed"),
        ("[]", "application/json; charset=utf-8", 400, "request.malformed"),
        ('{"credential":"eyJ"}', "application/json", 400, "request.malformed"),
    ):
        answer = await api.post(
            "/vc-api/vc+jwt/credentials/issue", content=content, headers={"content-type": kind}
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code)


# Issuing.


@pytest.mark.parametrize("profile", PROFILES)
async def test_what_is_issued_is_verified_and_what_is_changed_is_not(
    api: httpx.AsyncClient, profile: str
) -> None:
    document = await issued(api, profile)
    status, answer = await verified(api, document)
    assert (status, answer["verified"], answer["errors"]) == (200, True, [])
    assert codes(answer["warnings"]) == ["standing.unknown"]
    assert answer["report"]["authenticity"] == "genuine"
    changed = copy.deepcopy(document)
    if profile == "vc+jwt":
        assert changed["type"] == "EnvelopedVerifiableCredential"
        changed["id"] = changed["id"][:-4] + "AAAA"
    else:
        changed["credentialSubject"]["id"] = "did:example:other"
    status, answer = await verified(api, changed)
    assert (status, answer["verified"]) == (400, False)
    assert codes(answer["errors"]) == ["signature.invalid"]
    assert answer["errors"][0]["type"] == "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "issuer",
    ["did:web:verify.example:o:demo", "https://verify.example", None, {}, {"id": None}, {"id": "x"}, 7],
)
async def test_nobody_elses_id_is_signed_under(api: httpx.AsyncClient, profile: str, issuer: Any) -> None:
    body = {"credential": credential(issuer=issuer)}
    answer = await api.post(f"/vc-api/{profile}/credentials/issue", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "vc_api.issuer")


async def test_each_profile_has_an_issuer_of_its_own(api: httpx.AsyncClient) -> None:
    issuers = (await api.get("/vc-api/issuers")).json()
    assert len(set(issuers.values())) == len(PROFILES)
    own, other = issuers["eddsa-jcs-2022"], issuers["eddsa-rdfc-2022"]
    named = await issued(api, "eddsa-jcs-2022", credential(issuer={"id": own, "name": "Suite"}))
    assert named["issuer"] == {"id": own, "name": "Suite"}
    answer = await api.post(
        "/vc-api/eddsa-jcs-2022/credentials/issue", json={"credential": credential(issuer=other)}
    )
    assert answer.json()["code"] == "vc_api.issuer"
    async with client_of(application()) as another:
        assert (await another.get("/vc-api/issuers")).json()["eddsa-jcs-2022"] != own


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (credential(type=["Other"]), "shape.type"),
        (credential(favourite=1), "shape.unsigned_term"),
        (credential(**{"@context": [V2, "https://example.org/c"]}), "shape.context_unknown"),
        (credential(validFrom="today"), "shape.times"),
    ],
)
async def test_what_breaks_a_rule_is_not_signed(
    api: httpx.AsyncClient, profile: str, document: dict[str, Any], reason: str
) -> None:
    answer = await api.post(f"/vc-api/{profile}/credentials/issue", json={"credential": document})
    found = answer.json()
    assert (answer.status_code, found["code"], found["reason"]) == (400, "vc_api.credential", reason)
    assert found["type"] == f"{BASE}/docs/problems#vc_api.credential"
    assert found["pointer"].startswith("/")


async def test_a_warning_keeps_nothing_from_being_signed(api: httpx.AsyncClient) -> None:
    document = await issued(
        api, "eddsa-jcs-2022", credential(evidence=[{"type": "urn:example:E", "name": None}])
    )
    assert document["evidence"][0]["name"] is None


async def test_what_a_mechanism_refuses_is_not_signed(api: httpx.AsyncClient) -> None:
    directed = credential(name={"@value": "SQL", "@language": "en", "@direction": "ltr"})
    body = {"credential": directed}
    answer = await api.post("/vc-api/eddsa-rdfc-2022/credentials/issue", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "vc_api.not_signed")
    assert (await verified(api, await issued(api, "eddsa-jcs-2022", directed)))[0] == 200


async def test_parts_that_are_alike_are_told_apart_in_the_sandbox(api: httpx.AsyncClient) -> None:
    twins = credential(termsOfUse=[{"type": "urn:example:Policy"}, {"type": "urn:example:Policy"}])
    assert (await verified(api, await issued(api, "eddsa-rdfc-2022", twins)))[0] == 200


async def test_what_grows_too_long_by_its_status_is_not_signed(api: httpx.AsyncClient) -> None:
    body = {"credential": credential(name="x" * (1_048_576 - 400)), "options": STATUS}
    answer = await api.post("/vc-api/vc+jwt/credentials/issue", json=body)
    assert (answer.status_code, answer.json()["reason"]) == (400, "json.size")


async def test_a_graph_that_the_sandbox_gives_up_is_not_signed() -> None:
    def steps() -> Generator[HardGraph, bytes | None, Draft]:
        answer = yield HardGraph(b"these are no N-Quads")
        raise IntegrityRefused("proof.complexity", f"It answered {answer!r}.")

    with pytest.raises(IntegrityRefused, match="answered None"):
        await drafted(steps())


async def test_a_proof_s_terms_are_added_where_the_older_model_lacks_them(api: httpx.AsyncClient) -> None:
    older = credential(issuanceDate="2026-01-01T00:00:00Z")
    integrity = "https://w3id.org/security/data-integrity/v2"
    for contexts in (
        ["https://www.w3.org/2018/credentials/v1"],
        ["https://www.w3.org/2018/credentials/v1", integrity],
    ):
        document = await issued(api, "eddsa-rdfc-2022", {**older, "@context": contexts})
        assert document["@context"] == ["https://www.w3.org/2018/credentials/v1", integrity]
        assert (await verified(api, document))[0] == 200


# Status.


async def set_status(
    api: httpx.AsyncClient, credential_id: str = "urn:uuid:1", **members: Any
) -> httpx.Response:
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    body = {"credentialId": credential_id, "credentialStatus": entry, **members}
    return await api.post("/vc-api/credentials/status", json=body)


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_status_is_set(api: httpx.AsyncClient, profile: str) -> None:
    await issued(api, profile, credential(id="urn:uuid:0"), **STATUS)
    document = await issued(api, profile, **STATUS)
    assert (await verified(api, document))[0] == 200
    assert (await set_status(api)).json() == {}
    status, answer = await verified(api, document)
    assert (status, codes(answer["errors"])) == (400, ["status.revoked"])
    assert answer["errors"][0]["type"] == "https://www.w3.org/TR/vc-data-model-2.0/#status"
    status, answer = await verified(api, document, checks=["proof"])
    assert (status, answer["verified"]) == (200, True)
    assert "status.revoked" in codes(answer["warnings"])
    assert (await verified(api, document, checks=["proof", "credentialStatus"]))[0] == 400


async def test_a_suspension_ends_and_a_revocation_does_not(api: httpx.AsyncClient) -> None:
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "suspension"}
    document = await issued(api, "eddsa-rdfc-2022", credentialStatus=[entry, {"statusPurpose": "revocation"}])
    await set_status(api, credentialStatus=entry)
    assert codes((await verified(api, document))[1]["errors"]) == ["status.suspended"]
    assert (await set_status(api, credentialStatus=entry, status=False)).status_code == 200
    assert (await verified(api, document))[0] == 200
    await set_status(api)
    refused = await set_status(api, status=False)
    assert (refused.status_code, refused.json()["code"]) == (409, "credential.revoked")


async def test_several_entries(api: httpx.AsyncClient) -> None:
    wanted = [{"statusPurpose": "revocation"}, {"statusPurpose": "suspension"}]
    document = await issued(api, "eddsa-jcs-2022", credentialStatus=wanted)
    assert [entry["statusPurpose"] for entry in document["credentialStatus"]] == ["revocation", "suspension"]
    entries = [{"type": "BitstringStatusListEntry", **entry} for entry in wanted[1:]]
    assert (await set_status(api, credentialStatus=entries)).status_code == 200
    assert codes((await verified(api, document))[1]["errors"]) == ["status.suspended"]


@pytest.mark.parametrize(
    "wanted", ["revocation", [7], {"statusPurpose": "message"}, {"statusPurpose": ["revocation"]}]
)
async def test_other_purposes_are_refused(api: httpx.AsyncClient, wanted: Any) -> None:
    body = {"credential": credential(), "options": {"credentialStatus": wanted}}
    answer = await api.post("/vc-api/vc+jwt/credentials/issue", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "vc_api.credential")


async def test_what_has_no_entry_has_no_status(api: httpx.AsyncClient) -> None:
    await issued(api, "eddsa-jcs-2022", credential(id=...), **STATUS)
    for credential_id in ("urn:uuid:1", "urn:uuid:2"):
        answer = await set_status(api, credential_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "credential.unknown")
    assert (await api.post("/vc-api/credentials/status", json={})).status_code == 400


def test_a_full_list_gives_no_more_entries() -> None:
    full = StatusList(f"{BASE}/vc-api/status/vc+jwt/revocation", "did:example:issuer", "revocation")
    for number in range(LENGTH):
        full.allocate(number)
    with pytest.raises(Exception, match=r"status\.full"):
        full.allocate("urn:uuid:1")


@pytest.mark.parametrize(
    ("profile", "accept", "media_type"),
    [
        ("vc+jwt", "*/*", "application/vc+jwt"),
        ("eddsa-rdfc-2022", "*/*", "application/vc"),
        ("eddsa-rdfc-2022", "application/vc, application/json", "application/vc"),
        ("eddsa-jcs-2022", "application/ld+json, application/json", "application/ld+json"),
    ],
)
async def test_a_list_is_public(api: httpx.AsyncClient, profile: str, accept: str, media_type: str) -> None:
    path = f"/vc-api/status/{profile}/revocation"
    assert (await api.get(path)).status_code == 404
    await issued(api, profile, **STATUS)
    answer = await api.get(path, headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert (answer.headers["access-control-allow-origin"], answer.headers["vary"]) == ("*", "accept")
    head = await api.head(path, headers={"accept": accept})
    assert (head.content, head.headers["content-type"]) == (b"", media_type)
    assert (await api.post(path)).headers["allow"] == "GET, HEAD"


async def test_only_its_own_lists_are_answered_from_memory() -> None:
    conformance = Conformance(BASE, lambda: NOW)
    answer = await conformance.get(Need("issuer_key", f"{BASE}/did.json"))
    assert isinstance(answer, Unreachable)


# Presentations.


class Holder:
    """Somebody with a key who shows credentials."""

    def __init__(self) -> None:
        self.signer = ThrowAway("EdDSA")
        self.did = did_key(self.signer.public)

    async def present(self, *shown: Any, **options: Any) -> dict[str, Any]:
        document = {"@context": [V2], "type": ["VerifiablePresentation"], "holder": self.did}
        if shown:
            document["verifiableCredential"] = list(shown)
        draft = data_integrity.draft(
            document,
            verification_method=f"{self.did}#{self.did.removeprefix('did:key:')}",
            purpose="authentication",
            created=(NOW - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **options,
        )
        signed: dict[str, Any] = msgspec.json.decode(
            draft.finish(await self.signer.sign(draft.signing_input))
        )
        return signed


async def presented(api: httpx.AsyncClient, document: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    body = {"verifiablePresentation": document, "options": options}
    answer = await api.post("/vc-api/presentations/verify", json=body)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_presentation_and_what_it_shows(api: httpx.AsyncClient, profile: str) -> None:
    holder = Holder()
    subject = {"id": holder.did}
    shown = await issued(api, profile, credential(credentialSubject=subject), **STATUS)
    document = await holder.present(shown, challenge="c", domain="us.example")
    status, answer = await presented(api, document, challenge="c", domain="us.example")
    assert (status, answer["errors"]) == (200, [])
    status, answer = await presented(api, document, challenge="d", domain="us.example")
    assert (status, codes(answer["errors"])) == (400, ["recipient.nonce"])
    assert answer["errors"][0]["type"].endswith("#INVALID_CHALLENGE_ERROR")
    await set_status(api)
    status, answer = await presented(api, document, challenge="c", domain="us.example")
    assert (status, codes(answer["errors"])) == (400, ["status.revoked"])


async def test_a_presentation_may_show_nothing(api: httpx.AsyncClient) -> None:
    document = await Holder().present()
    status, answer = await presented(api, document)
    assert (status, answer["verified"]) == (200, True)
    assert "shape.presentation" in codes(answer["warnings"])
    status, answer = await presented(api, {**document, "proof": {**document["proof"], "proofValue": "z1"}})
    assert (status, answer["verified"]) == (400, False)


async def test_a_presentation_that_shows_too_much(api: httpx.AsyncClient) -> None:
    shown = [await issued(api, "vc+jwt", credential(id=f"urn:uuid:{number}")) for number in range(17)]
    document = await Holder().present(*shown)
    assert "shape.presentation" in codes((await presented(api, document))[1]["errors"])


async def test_credentials_and_presentations_have_their_own_addresses(api: httpx.AsyncClient) -> None:
    document = await Holder().present()
    status, answer = await verified(api, document)
    assert (status, answer["code"]) == (400, "request.malformed")
    status, answer = await presented(api, credential())
    assert (status, answer["code"]) == (400, "request.malformed")
    status, answer = await presented(api, document, challenge=7)
    assert (status, answer["code"]) == (400, "request.malformed")


async def test_what_nobody_signed_is_not_verified(api: httpx.AsyncClient) -> None:
    status, answer = await verified(api, credential(issuer="did:example:issuer"))
    assert (status, codes(answer["errors"])) == (400, ["proof.missing"])
    assert answer["errors"][0]["type"] == "https://w3id.org/security#PROOF_VERIFICATION_ERROR"
    status, answer = await verified(api, {"type": ["Nonconforming"]})
    assert (status, answer["verified"]) == (400, False)


async def test_validity_is_an_error_unless_the_caller_asks_for_the_proof_alone(
    api: httpx.AsyncClient,
) -> None:
    document = await issued(api, "eddsa-jcs-2022", credential(validFrom="2999-01-01T00:00:00Z"))
    status, answer = await verified(api, document)
    assert (status, codes(answer["errors"])) == (400, ["validity.not_yet"])
    status, answer = await verified(api, document, checks=["proof"])
    assert (status, "validity.not_yet" in codes(answer["warnings"])) == (200, True)
