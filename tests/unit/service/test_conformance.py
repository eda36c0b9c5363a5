"""The VC API in the service: off by default, and never with an organisation's key."""

import httpx
import msgspec
import pytest

from issuer.app import create_app
from issuer.conformance import conformance_access
from issuer.issuance.desk import Desk
from issuer.settings import SettingsRefused, load
from issuer.sharing.desk import open_desk

EVERYWHERE = "0.0.0.0"  # noqa: S104 — a setting


def test_it_is_off_unless_a_setting_says_otherwise() -> None:
    assert conformance_access(load({})) is None
    assert conformance_access(load({"ASSAY_VC_API": "open"})) is not None
    token = {"ASSAY_VC_API": "token", "ASSAY_VC_API_TOKEN": "t" * 32, "ASSAY_LISTEN": EVERYWHERE}
    assert conformance_access(load(token)) is not None


@pytest.mark.parametrize(
    "environ",
    [
        {"ASSAY_VC_API": "open", "ASSAY_LISTEN": EVERYWHERE},
        {"ASSAY_VC_API": "open", "ASSAY_BASE_URL": "https://skills.example.org"},
        {"ASSAY_VC_API": "token"},
        {"ASSAY_VC_API": "yes"},
        {"ASSAY_VC_API": "open", "ASSAY_WORKERS": "2"},
    ],
)
def test_a_setting_that_would_let_strangers_sign_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsRefused) as raised:
        conformance_access(load(environ))
    assert raised.value.code == "settings.vc_api"
    assert raised.value.detail.endswith((".", "ASSAY_VC_API_TOKEN."))


async def test_it_signs_under_no_organisations_id(desk: Desk) -> None:
    settings = msgspec.structs.replace(desk.settings, vc_api="open")
    application = create_app(open_desk(desk.pool, desk.keystore, settings, desk.publications, desk.clock))
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
        issuers = (await client.get("/vc-api/issuers")).json()
        published = (await client.get("/o/demo/did.json")).json()
        assert not any(issuer in str(published) for issuer in issuers.values())
        credential = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiableCredential"],
            "credentialSubject": {"id": "did:example:subject"},
        }
        for profile in issuers:
            path = f"/vc-api/{profile}/credentials/issue"
            answer = await client.post(path, json={"credential": {**credential, "issuer": published["id"]}})
            assert (answer.status_code, answer.json()["code"]) == (400, "vc_api.issuer")
            answer = await client.post(path, json={"credential": credential})
            assert answer.status_code == 201
            answer = await client.post("/vc-api/credentials/verify", json=answer.json())
            assert answer.json()["verified"]
