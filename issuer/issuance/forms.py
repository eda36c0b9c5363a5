"""/api/forms: which secured forms the organisation releases its credentials in."""

from typing import Annotated

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from issuer.db.pool import unavailable
from issuer.issuance import choice
from issuer.issuance.choice import Wanted
from issuer.issuance.desk import Desk
from issuer.issuance.profiles import PROFILES
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

READ: Scope = "credentials:read"
WRITE: Scope = "forms:write"

ProfileName = Annotated[
    str,
    Meta(
        description="The format: " + ", ".join(f"`{profile.name}`" for profile in PROFILES) + ".",
        examples=[PROFILES[0].name],
    ),
]
AlgorithmName = Annotated[
    str,
    Meta(description="What new ones are signed with, a JOSE name.", examples=[PROFILES[0].algorithms[0]]),
]


class ChosenForm(Struct, frozen=True, rename="camel"):
    """A form that credentials are released in."""

    profile: ProfileName
    algorithm: AlgorithmName
    media_type: Annotated[str, Meta(description="Its media type.", examples=[PROFILES[0].media_type])]


class Forms(Struct, frozen=True):
    """What an organisation releases, the primary form first."""

    forms: Annotated[
        tuple[ChosenForm, ...],
        Meta(description="What every credential in good standing has or is getting, the primary one first."),
    ]


class AskedForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A form to release credentials in."""

    profile: ProfileName
    algorithm: Annotated[
        str | None,
        Meta(
            description="What new ones are signed with; the usual algorithm of the format if left away.",
            examples=[PROFILES[0].algorithms[0]],
        ),
    ] = None


class FormsRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole choice: at least one form, each format once, in any order."""

    forms: Annotated[tuple[AskedForm, ...], Meta(description="At least one form, each format once.")]


@get(
    "/api/forms",
    tags=["Forms"],
    summary="See which forms credentials are released in",
    operation_id="readForms",
    security=[{"bearer": [READ]}],
    response_description="What your organisation releases.",
    opt={"documented": Documented(AUTHENTICATED)},
)
async def read_forms(desk: NamedDependency[Desk], principal: NamedDependency[Principal]) -> Forms:
    """See which secured forms your organisation releases its credentials in."""
    with unavailable():
        return _told(await choice.chosen(desk.pool, principal.organization_id))


@put(
    "/api/forms",
    tags=["Forms"],
    summary="Choose which forms credentials are released in",
    operation_id="chooseForms",
    security=[{"bearer": [WRITE]}],
    response_description="It is chosen.",
    opt={
        "documented": Documented(
            (*ASKED, *AUTHENTICATED, "forms.none", "forms.unknown", "forms.algorithm", "forms.repeated")
        )
    },
)
async def choose_forms(
    data: JSONBody[FormsRequest], desk: NamedDependency[Desk], principal: NamedDependency[Principal]
) -> Forms:
    """Choose the forms anew. Credentials in good standing get those that they lack, within minutes.

    What was released before stays valid, and is renewed when that becomes necessary, also in a form that is
    not chosen any more.
    """
    asked = choice.parse([(form.profile, form.algorithm) for form in data.forms])
    organization_id = principal.organization_id
    with unavailable():
        await choice.choose(
            desk.pool,
            desk.keystore,
            desk.settings,
            organization_id,
            asked,
            desk.clock,
            principal_id=principal.id,
        )
        await desk.publications.refresh()
    return _told(asked)


def _told(forms: tuple[Wanted, ...]) -> Forms:
    return Forms(tuple(ChosenForm(one.profile.name, one.algorithm, one.profile.media_type) for one in forms))


handlers = (read_forms, choose_forms)
