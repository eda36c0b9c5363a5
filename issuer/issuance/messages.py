"""What /api/credentials takes and tells; the meanings and examples are those of the API documentation."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from issuer.issuance.profiles import PROFILES
from issuer.status.change import REASON_AT_MOST

Id = Annotated[
    UUID, Meta(description="The credential's id.", examples=["8f14e45f-ceea-467f-9a3b-2f0d6c1e4b77"])
]
Urn = Annotated[
    str,
    Meta(
        description="The `id` in the credential itself: the same as a URN.",
        examples=["urn:uuid:8f14e45f-ceea-467f-9a3b-2f0d6c1e4b77"],
    ),
]
StandingWord = Annotated[str, Meta(description="`good`, `suspended` or `revoked`.", examples=["good"])]
Since = Annotated[
    datetime | None,
    Meta(
        description="Since when; null if it never was anything but good.", examples=["2026-11-23T10:30:00Z"]
    ),
]


ProfileName = Annotated[
    str, Meta(description="The format that it is secured in.", examples=[PROFILES[0].name])
]


class IssueRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A session that was finished with an award, the invitation that led to it, or a receipt: one of them."""

    session: Annotated[
        UUID | None,
        Meta(
            description="The finished session that earned it.",
            examples=["5f0c1d8a-3f0e-4b8e-8a53-1d2f6f6d9a10"],
        ),
    ] = None
    invitation: Annotated[
        UUID | None, Meta(description="Instead of the session: the invitation that led to it.")
    ] = None
    receipt: Annotated[
        UUID | None, Meta(description="Instead of the session: an outside provider's receipt.")
    ] = None


class ReasonRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Why, in words for the holder: 1 to 1,000 characters."""

    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=REASON_AT_MOST,
            description="Why, in words that the holder may read; 1 to 1,000 characters.",
            examples=["The assessment was taken by somebody else."],
        ),
    ]


class SecuredForm(Struct, frozen=True, rename="camel"):
    """One form as it was released, the same bytes for every request."""

    profile: ProfileName
    media_type: Annotated[str, Meta(description="Its media type.", examples=[PROFILES[0].media_type])]
    credential: Annotated[
        str, Meta(description="A compact JWS, or JSON with its proof.", examples=["eyJhbGciOiJFUzI1NiIs…"])
    ]


class IssuedCredential(Struct, frozen=True, rename="camel"):
    """A released credential: `credential` is its primary form, `forms` are all of them, that one first."""

    id: Id
    credential_id: Urn
    credential: Annotated[
        str,
        Meta(
            description="The signed credential in its primary form, the same bytes for every request: a "
            "compact JWS unless the organisation chose other forms only.",
            examples=["eyJhbGciOiJFUzI1NiIs…"],
        ),
    ]
    forms: Annotated[
        tuple[SecuredForm, ...],
        Meta(description="Every form that the organisation chose, as released; the primary one first."),
    ]


class FormSummary(Struct, frozen=True, rename="camel"):
    """One secured form; `digest` is `sha256-` and hexadecimal, of the bytes as released."""

    profile: ProfileName
    generation: Annotated[
        int, Meta(description="1 for the first form; each successor counts on.", examples=[1])
    ]
    state: Annotated[str, Meta(description="`signing`, `released` or `abandoned`.", examples=["released"])]
    key_id: Annotated[
        str,
        Meta(
            description="The key that signs it, by its RFC 7638 thumbprint.",
            examples=["NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"],
        ),
    ]
    released_at: Annotated[
        datetime | None,
        Meta(description="When it was released; null before.", examples=["2026-11-23T09:00:02Z"]),
    ]
    digest: Annotated[
        str | None,
        Meta(
            description="`sha256-` and the hexadecimal digest of the released bytes; null before.",
            examples=["sha256-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    status_cause: Annotated[
        str | None,
        Meta(
            description="Why its status bit is set: `suspended`, `revoked`, `superseded`; or null.",
            examples=[None],
        ),
    ]


class CredentialSummary(Struct, frozen=True, rename="camel"):
    """What an organisation's programs may know of a credential: ids, level, dates and standing.

    Nothing personal.
    """

    id: Id
    credential_id: Urn
    session: Annotated[
        UUID | None,
        Meta(
            description="The session that earned it; null where an outside provider's receipt did.",
            examples=["5f0c1d8a-3f0e-4b8e-8a53-1d2f6f6d9a10"],
        ),
    ]
    receipt: Annotated[UUID | None, Meta(description="The receipt that earned it, or null.", examples=[None])]
    achievement: Annotated[
        UUID, Meta(description="What was achieved.", examples=["c1f7c1de-4f0b-4d5c-9a64-0e6f1b7f2b33"])
    ]
    revision: Annotated[int, Meta(description="Which revision of the achievement.", examples=[1])]
    level: Annotated[str, Meta(description="The level that was reached.", examples=["working"])]
    decided_at: Annotated[
        datetime, Meta(description="When the award was decided.", examples=["2026-11-23T09:00:00Z"])
    ]
    standing: StandingWord
    standing_since: Annotated[Since, Meta(examples=[None])]
    forms: Annotated[
        tuple[FormSummary, ...],
        Meta(description="Its secured forms, the primary profile first, in each the newest first."),
    ]


class StandingChanged(Struct, frozen=True, rename="camel"):
    """A credential's standing after a change, and since when."""

    id: Id
    standing: StandingWord
    since: Since
