"""What a form gives: a document, who is said to have signed it, and what stands against its form."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from keys.proofs.data_integrity import EmbeddedProof
from keys.proofs.jose import Jws, Secured
from schemas.credential import CREDENTIALS_V1
from schemas.report import Outcome, Reason
from verifier.known import Known
from verifier.lint.profile import Kind, Securing

# One proof, nothing verified yet: a token's, or one of a document's.
Proof = Jws | EmbeddedProof


class Binding(Struct, frozen=True):
    """What ties a presentation to one occasion: for whom (`audience`), in answer to what, and when."""

    nonce: str | None = None
    audience: tuple[str, ...] = ()
    created: Any = None


Note = tuple[Outcome, Reason, str]


class Opened(Struct, frozen=True, kw_only=True):
    """A secured credential or presentation, taken apart.

    `document` is what the signature covers, JWT claims included where the form has them. `notes` are findings
    of step 3 that take the place of the usual one, which `detail` tells; `raw` is the text of just this
    document, where there is one; `ends` are the moments at which its proofs expire, if they do.
    """

    document: dict[str, Any]
    proofs: tuple[Proof, ...]
    securing: Securing
    detail: str
    notes: tuple[Note, ...] = ()
    raw: bytes | None = None
    ends: tuple[str, ...] = ()
    kind: Kind = "credential"
    binding: Binding = Binding()
    known: Known = field(default_factory=Known)


class FormRefused(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """What cannot be opened; `certain` where that speaks against it, and not only against our reading."""

    def __init__(self, check: str, reason: Reason, detail: str, *, certain: bool = True) -> None:
        super().__init__(detail)
        self.check = check
        self.reason = reason
        self.detail = detail
        self.certain = certain


def not_a_credential(detail: str) -> FormRefused:
    """Well written, and something else."""
    return FormRefused("well_formed", Reason.WELL_FORMED_NOT_A_CREDENTIAL, detail)


def first_context(document: Mapping[str, Any]) -> Any:
    """The context that says which data model a document follows."""
    named = document.get("@context")
    return named[0] if isinstance(named, list) and named else named


def on_vcdm1(document: Mapping[str, Any]) -> bool:
    """Whether a document follows the W3C data model 1.1."""
    return bool(first_context(document) == CREDENTIALS_V1)


def key_named(secured: Secured) -> None:
    """A token must say which key signed it; raises FormRefused."""
    if secured.kid is None and "jwk" not in secured.header:
        raise FormRefused("proof", Reason.PROOF_KEY_UNNAMED, "The token does not say which key signed it.")


def audiences(value: Any) -> tuple[str, ...]:
    """For whom a token is (RFC 7519, section 4.1.3): one name or several; anything else names nobody."""
    named = value if isinstance(value, list) else [value]
    return tuple(name for name in named if isinstance(name, str))


def text(value: Any) -> str | None:
    """A string, or nothing."""
    return value if isinstance(value, str) else None
