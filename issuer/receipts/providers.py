"""/api/providers: register outside assessment providers, list and revoke them."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from issuer.db.pool import Pool, unavailable
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from issuer.receipts import store
from issuer.receipts.mapping import ProviderRequest
from issuer.receipts.messages import Providers, ProviderSummary, told_provider
from issuer.receipts.register import register, revoke
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

SCOPE: Scope = "providers:write"
OK = 200

ProviderId = Annotated[UUID, PathParameter(description="The provider's id here.")]


@post(
    "/api/providers",
    tags=["Providers"],
    summary="Register an outside assessment provider",
    operation_id="createProvider",
    security=[{"bearer": [SCOPE]}],
    response_description="It is registered; the records of its assessments are published.",
    opt={
        "documented": Documented(
            (*ASKED, *AUTHENTICATED, "provider.invalid", "provider.exists", "achievement.unknown")
        )
    },
)
async def create_provider(
    data: JSONBody[ProviderRequest],
    pool: NamedDependency[Pool],
    clock: NamedDependency[Callable[[], datetime]],
    principal: NamedDependency[Principal],
) -> ProviderSummary:
    """Register a provider: how its receipts are known, and what its results lead to here.

    To change a registration, revoke it and register anew.
    """
    provider, assessments = await register(
        pool, principal.organization_id, data, principal_id=principal.id, at=clock()
    )
    return told_provider(provider, assessments)


@get(
    "/api/providers",
    tags=["Providers"],
    summary="List the outside assessment providers",
    operation_id="readProviders",
    security=[{"bearer": [SCOPE]}],
    response_description="All that were ever registered.",
    opt={"documented": Documented(AUTHENTICATED)},
)
async def read_providers(pool: NamedDependency[Pool], principal: NamedDependency[Principal]) -> Providers:
    """List your organisation's providers, revoked ones too."""
    organization_id = principal.organization_id
    with unavailable():
        found = await store.providers(pool, organization_id)
        told = [told_provider(one, await store.assessments(pool, organization_id, one.id)) for one in found]
    return Providers(tuple(told))


@post(
    "/api/providers/{provider_id:uuid}/revoke",
    status_code=OK,
    tags=["Providers"],
    summary="Revoke an outside assessment provider",
    operation_id="revokeProvider",
    security=[{"bearer": [SCOPE]}],
    response_description="Nothing of it is accepted any more.",
    opt={
        "documented": Documented(
            (*AUTHENTICATED, "request.not_found", "provider.unknown"), {"revokedAt": "2026-11-23T10:30:00Z"}
        )
    },
)
async def revoke_provider(
    provider_id: ProviderId,
    pool: NamedDependency[Pool],
    clock: NamedDependency[Callable[[], datetime]],
    principal: NamedDependency[Principal],
) -> ProviderSummary:
    """Revoke a provider. Credentials that its results led to stay: revoke those by themselves."""
    organization_id = principal.organization_id
    provider = await revoke(pool, organization_id, provider_id, principal_id=principal.id, at=clock())
    with unavailable():
        return told_provider(provider, await store.assessments(pool, organization_id, provider_id))


handlers = (create_provider, read_providers, revoke_provider)
