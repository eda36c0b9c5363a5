"""Which rules a document is held against: by its data model, by what it is, and by how it is secured."""

from enum import StrEnum
from typing import Literal

# What a document is taken for.
Kind = Literal["credential", "presentation"]


class Securing(StrEnum):
    """How a document is secured, as far as its form depends on it.

    `jwt`: a token of type JWT whose payload is the credential (the Open Badges 3.0 JWT form); `jose`:
    vc+jwt or vp+jwt; `claim`: a token with a `vc` or `vp` claim (data model 1.1); `proof`: embedded proofs.
    Of Open Badges 2.0, `hosted`: by nothing but its own address; `assertion`: a token around an assertion.
    """

    JWT = "jwt"
    JOSE = "jose"
    CLAIM = "claim"
    PROOF = "proof"
    HOSTED = "hosted"
    ASSERTION = "assertion"


class Profile(StrEnum):
    """A set of rules. `_1_1` is the data model 1.1; the others are 2.0."""

    OPEN_BADGES_JWT = "openbadges-jwt"
    OPEN_BADGES_JOSE = "openbadges-jose"
    OPEN_BADGES_PROOF = "openbadges-proof"
    OPEN_BADGES_1_1_JWT = "openbadges-1.1-jwt"
    OPEN_BADGES_1_1_PROOF = "openbadges-1.1-proof"
    CREDENTIAL_JWT = "credential-jwt"
    CREDENTIAL_PROOF = "credential-proof"
    CREDENTIAL_1_1_JWT = "credential-1.1-jwt"
    CREDENTIAL_1_1_PROOF = "credential-1.1-proof"
    PRESENTATION_JWT = "presentation-jwt"
    PRESENTATION_PROOF = "presentation-proof"
    PRESENTATION_1_1_JWT = "presentation-1.1-jwt"
    PRESENTATION_1_1_PROOF = "presentation-1.1-proof"
    OPEN_BADGES_2 = "assertion"


OPEN_BADGES_2 = frozenset({Profile.OPEN_BADGES_2})
# Of the W3C's data models, that is; Open Badges 2.0 has rules of its own.
EVERY = frozenset(Profile) - OPEN_BADGES_2
MODEL_1_1 = frozenset(profile for profile in Profile if "-1.1-" in profile)
MODEL_2 = EVERY - MODEL_1_1
PRESENTATION = frozenset(profile for profile in Profile if profile.startswith("presentation-"))
CREDENTIAL = EVERY - PRESENTATION
BADGE = frozenset(profile for profile in Profile if profile.startswith("openbadges-"))
# An embedded proof covers what the document means, not its bytes: what has no meaning escapes it.
PROOF = frozenset(profile for profile in EVERY if profile.endswith("-proof"))
JWT = EVERY - PROOF
OPEN_BADGES_JWT = frozenset({Profile.OPEN_BADGES_JWT})
