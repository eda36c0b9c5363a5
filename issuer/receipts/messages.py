"""What /api/providers and /api/receipts tell, with the API documentation's meanings and examples."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from issuer.receipts.accept import Accepted
from issuer.receipts.store import Provider, ProviderAssessment


class MappedAssessment(Struct, frozen=True, rename="camel"):
    """An assessment of a provider's as it is registered."""

    id: Annotated[
        UUID,
        Meta(
            description="Its id here: `/api/receipts/lineitems/{id}` is its line item for LTI.",
            examples=["3d0b7c8e-6c1a-4f43-9a36-7c0c6e2a9d51"],
        ),
    ]
    uri: Annotated[str, Meta(description="As receipts name it.", examples=["https://tests.example.org/sql"])]
    version: Annotated[
        str | None, Meta(description="Only this version; null: whatever the version.", examples=[None])
    ]
    title: Annotated[str, Meta(description="What it is called here.", examples=["SQL proficiency test"])]
    record: Annotated[
        str,
        Meta(
            description="Where its assessment record is published; credentials pin its digest.",
            examples=["/o/demo/records/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]


class ProviderSummary(Struct, frozen=True, rename="camel"):
    """A provider as it is registered."""

    id: Annotated[
        UUID, Meta(description="The provider's id here.", examples=["b7e3a8a0-2c55-4a39-8d52-0b5a6a0f4f11"])
    ]
    issuer: Annotated[
        str, Meta(description="The `iss` of its receipts.", examples=["https://tests.example.org"])
    ]
    name: Annotated[str, Meta(description="What it is called here.", examples=["Example Tests"])]
    signs: Annotated[bool, Meta(description="Whether it registered keys, or their address.", examples=[True])]
    registered_at: Annotated[
        datetime, Meta(description="When it was registered.", examples=["2026-11-23T09:00:00Z"])
    ]
    revoked_at: Annotated[
        datetime | None, Meta(description="When it was revoked; null while it stands.", examples=[None])
    ]
    assessments: Annotated[
        tuple[MappedAssessment, ...], Meta(description="What of it leads to achievements of yours.")
    ]


class Providers(Struct, frozen=True):
    """Every provider that was ever registered."""

    providers: Annotated[tuple[ProviderSummary, ...], Meta(description="Oldest first.")]


class AcceptedReceipt(Struct, frozen=True, rename="camel"):
    """A receipt that is stored; it stands for ever and counts once."""

    id: Annotated[
        UUID, Meta(description="The receipt's id here.", examples=["0d8f3b52-0f0f-4f0c-8a39-6c1f4a0a7b10"])
    ]
    digest: Annotated[
        str,
        Meta(
            description="`sha256-` and hexadecimal: of a signed receipt itself, else of what is kept.",
            examples=["sha256-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    secured: Annotated[
        str,
        Meta(description="`signature` of the provider, or its program's `token`.", examples=["signature"]),
    ]
    unstated: Annotated[
        tuple[str, ...],
        Meta(description="What the provider left away, which the credential says.", examples=[["error"]]),
    ]
    credential: Annotated[
        UUID | None,
        Meta(
            description="The credential's id, for `/api/credentials/{id}`; null: none, or none yet.",
            examples=["8f14e45f-ceea-467f-9a3b-2f0d6c1e4b77"],
        ),
    ]


class AcceptedReceipts(Struct, frozen=True):
    """What was stored: all of a delivery."""

    receipts: Annotated[tuple[AcceptedReceipt, ...], Meta(description="In the order of the delivery.")]


def told_provider(provider: Provider, assessments: tuple[ProviderAssessment, ...]) -> ProviderSummary:
    """Return what is told of a provider."""
    return ProviderSummary(
        id=provider.id,
        issuer=provider.issuer,
        name=provider.name,
        signs=provider.jwks is not None or provider.jwks_url is not None,
        registered_at=provider.created_at,
        revoked_at=provider.revoked_at,
        assessments=tuple(
            MappedAssessment(
                id=one.id,
                uri=one.mapped.uri,
                version=one.mapped.version,
                title=one.mapped.title,
                record=f"/o/{one.organization_id}/records/{one.record_digest}",
            )
            for one in assessments
        ),
    )


def told_receipt(accepted: Accepted, credential: UUID | None) -> AcceptedReceipt:
    """Return what is told of a receipt: what the sender knows already, and what became of it."""
    return AcceptedReceipt(
        id=accepted.id,
        digest=f"sha256-{accepted.digest.hex()}",
        secured=accepted.delivery.secured,
        unstated=accepted.delivery.receipt.unstated,
        credential=credential,
    )
