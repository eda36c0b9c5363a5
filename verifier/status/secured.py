"""Opening a status list: a credential like any other, signed by the issuer whose credential names it."""

from collections.abc import Generator
from typing import Any

from schemas.report import Reason
from verifier.authenticity import signed_by
from verifier.fetch import Need
from verifier.formats import FormRefused, Opened, open_json, open_token
from verifier.issuer_key import Published
from verifier.lint.profile import Securing
from verifier.question import Question
from verifier.sandbox import Chore
from verifier.status.finding import invalid
from verifier.trail import Trail

# Not the Open Badges token, whose payload is a badge and whose type says nothing of it.
_FORMS = (Securing.JOSE, Securing.CLAIM, Securing.PROOF)


def open_list(body: bytes, published: Published, question: Question) -> Generator[Need | Chore, Any, Opened]:
    """The list in what was fetched, if every proof of it is one of this issuer's; raises Refused."""
    text = body.strip()
    try:
        opened = open_json(text) if text.startswith(b"{") else open_token(text)
    except FormRefused as refused:
        raise invalid(f"The list is not a signed credential. {refused.detail}") from None
    other = opened.securing not in _FORMS or (opened.securing is Securing.JOSE and "vc" in opened.document)
    if other or opened.kind != "credential":
        raise invalid("The list is secured in another form than a credential.")
    trail = Trail()
    signed = yield from signed_by(opened, published, question, trail)
    if not signed:
        raise invalid(f"The list is not signed by its issuer. {trail.checks[-1].detail}")
    # Bitstring Status List 1.0, section 3.2: all proofs verify, or the list does not count.
    notes = {reason for _, reason, _ in opened.notes} | {found.reason for found in trail.checks}
    if Reason.PROOF_NOT_COUNTED in notes:
        raise invalid("The list has a proof that is not one of the issuer's.")
    return opened
