"""The catalogue of problems: every error that a person or a program can be told about (RFC 9457).

A code is stable for ever: programs branch on it, and the documentation page `/docs/problems#<code>` explains
it. The title is the same for every occurrence; the detail says what happened this time, without secrets or
personal data.
"""

from typing import Any

import msgspec

from schemas.confirmation_problems import CONFIRMATION_PROBLEMS
from schemas.fairness_problems import FAIRNESS_PROBLEMS
from schemas.problem_type import ProblemType
from schemas.publishing_problems import PUBLISHING_PROBLEMS
from schemas.rating_problems import RATING_PROBLEMS
from schemas.receipt_problems import RECEIPT_PROBLEMS
from schemas.review_problems import REVIEW_PROBLEMS


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document, media type `application/problem+json` (RFC 9457, section 3).

    `type` is the address of the code's documentation, `code` an extension member.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    instance: str | None = None


class ProblemError(Exception):
    """Raised anywhere below a web application or command line; rendered once, at the edge.

    `code` must stand in `PROBLEMS`; `detail` is one kind sentence about this occurrence; `extra` are further
    members of the problem document (RFC 9457, section 3.2), plain JSON values.
    """

    def __init__(self, code: str, detail: str | None = None, **extra: Any) -> None:
        """Look the code up at once: a misspelt one is a defect that must show where it is raised."""
        self.code = code
        self.kind = PROBLEMS[code]
        self.detail = detail
        self.extra = extra
        super().__init__(f"{code}: {detail or self.kind.title}")


def problem(error: ProblemError, base_url: str, instance: str | None = None) -> dict[str, Any]:
    """Return the problem document as plain members, those of the standard first, extensions after."""
    document = Problem(
        type=f"{base_url}/docs/problems#{error.code}",
        title=error.kind.title,
        status=error.kind.status,
        code=error.code,
        detail=error.detail,
        instance=instance,
    )
    return {**error.extra, **msgspec.to_builtins(document)}


# Append a code at the end of its area's block; never rename one, never give one another meaning.
PROBLEMS: dict[str, ProblemType] = {
    # --- the request itself (verifier.web) ---
    "request.malformed": ProblemType(
        "The request could not be read.",
        400,
        "Compare the body with the API documentation and send it again.",
    ),
    "request.encoding": ProblemType(
        "The text is not valid UTF-8.", 400, "Send text as UTF-8, or send the original file unchanged."
    ),
    "request.too_deep": ProblemType(
        "The request is nested too deeply.", 400, "Send a document with fewer levels of nesting."
    ),
    "request.invalid": ProblemType(
        "Some of the values are missing or not of the expected kind.",
        422,
        "The detail names the first value that is not as expected.",
    ),
    "request.too_large": ProblemType(
        "That is too large.",
        413,
        "Send at most 1 MB (1,048,576 bytes), a picture or a form of at most 5 MB (5,242,880 bytes). "
        "A credential is rarely larger than 100 kB.",
    ),
    "request.media_type": ProblemType(
        "This kind of content is not accepted here.",
        415,
        "Send one of the media types in the API documentation.",
    ),
    "request.content_encoding": ProblemType(
        "Compressed request bodies are not accepted.", 415, "Send the body without Content-Encoding."
    ),
    "request.charset": ProblemType(
        "Only UTF-8 text is accepted.", 415, "Send the text as UTF-8, or leave the charset away."
    ),
    "request.method": ProblemType(
        "This address does not answer that method.",
        405,
        "The Allow header lists the methods that it answers.",
    ),
    "request.not_found": ProblemType(
        "There is nothing at this address.",
        404,
        "Check the address. If a link brought you here, ask who sent it.",
    ),
    "request.refused": ProblemType("The request was refused.", 400, "Check the request and send it again."),
    "request.too_slow": ProblemType(
        "The request took too long to arrive.", 408, "Check the connection and send the request again."
    ),
    "request.too_many": ProblemType(
        "Too many requests in a short time.",
        429,
        "Wait for the time in the Retry-After header, then try again.",
    ),
    "service.failed": ProblemType(
        "Something went wrong on our side.",
        500,
        "Nothing was lost. Try again in a minute; if it stays, tell the operator the request id.",
    ),
    "service.unavailable": ProblemType(
        "The service is not available right now.", 503, "Nothing was lost. Try again in a minute."
    ),
    # --- verifying (verifier) ---
    "policy.malformed": ProblemType(
        "The policy could not be understood.", 400, "Compare the policy with the API documentation."
    ),
    "policy.empty": ProblemType(
        "The policy requires nothing.",
        400,
        "Name what you require, as the API documentation says, or leave the policy away.",
    ),
    "policy.unknown_check": ProblemType(
        "The policy requires a check that does not exist.",
        400,
        "The API documentation lists the checks by name.",
    ),
    "batch.too_large": ProblemType(
        "This batch is too large.",
        413,
        "Send at most 10,000 lines and 200 MB (209,715,200 bytes) in one request.",
    ),
    "batch.busy": ProblemType(
        "Too many batches are being verified just now.", 503, "Send it again when the others are done."
    ),
    # --- the VC API for conformance suites (verifier.web.vc_api) ---
    "vc_api.issuer": ProblemType(
        "The VC API signs under its own issuer ids only.",
        400,
        "Leave the issuer away, or name the one that /vc-api/issuers tells. It has no organisation's key.",
    ),
    "vc_api.credential": ProblemType(
        "This is not a credential that can be issued.",
        400,
        "The detail says which rule it breaks, and the pointer where.",
    ),
    "vc_api.not_signed": ProblemType(
        "This credential cannot be secured.", 400, "The detail says what the securing mechanism refuses."
    ),
    # --- the database (issuer.db) ---
    "database.unavailable": ProblemType(
        "The service cannot reach its database right now.",
        503,
        "Nothing was lost. Verifying still works; try everything else again in a minute.",
    ),
    "database.conflict": ProblemType(
        "Somebody changed the same thing at the same moment.", 409, "Read it again and repeat your change."
    ),
    "deployment.base_url": ProblemType(
        "The base URL differs from the one that credentials were issued under.",
        500,
        "Start the service with its original base URL: signed credentials carry it for ever.",
    ),
    # --- published documents (issuer.publications) ---
    "publication.gone": ProblemType(
        "What was published here has been withdrawn for good.",
        410,
        "A compromised key is not published any more: nothing that it signed is genuine.",
    ),
    # --- tokens and organisations (issuer.organizations) ---
    "token.missing": ProblemType(
        "An API token is needed here.", 401, "Send the header Authorization: Bearer with your token."
    ),
    "token.invalid": ProblemType(
        "This API token is not known, expired or revoked.",
        401,
        "Ask your operator for a new one: assay token create.",
    ),
    "token.scope": ProblemType(
        "This API token may not do that.", 403, "Use a token with the scope that the detail names."
    ),
    "organization.unknown": ProblemType(
        "This organisation is not known here.", 404, "Check the organisation's short id."
    ),
    "organization.unnamed": ProblemType(
        "There are several organisations here, and none was named.",
        422,
        "Name one of those that the detail lists: --organization ID.",
    ),
    "organization.exists": ProblemType(
        "An organisation with this short id exists.", 409, "Choose another short id: one is never used twice."
    ),
    "organization.id": ProblemType(
        "This is not a possible short id for an organisation.",
        422,
        "Use 2 to 31 lower-case letters, digits and hyphens, with a letter first.",
    ),
    # --- keys (keys, issuer.organizations) ---
    "key.unknown": ProblemType(
        "This key is not known here.", 404, "Check the key id: an RFC 7638 thumbprint."
    ),
    "key.compromised": ProblemType(
        "This key was reported as compromised.", 410, "Do not rely on anything that only this key signed."
    ),
    "key.algorithm": ProblemType(
        "No key of this algorithm signs here.", 422, "Choose among the algorithms that the detail lists."
    ),
    # --- people and skills (issuer.people, issuer.skills) ---
    "person.unknown": ProblemType("This person is not known here.", 404, "Check the id."),
    "person.erased": ProblemType(
        "This person's data was erased.", 410, "It cannot be brought back; that is what erasing means."
    ),
    "person.name": ProblemType(
        "A name is needed.", 422, "Give the name as the person writes it, 1 to 200 characters."
    ),
    "person.email": ProblemType("This is not an e-mail address.", 422, "Check the e-mail address."),
    "skill.unknown": ProblemType("This skill is not known here.", 404, "Check the id."),
    "achievement.unknown": ProblemType(
        "This achievement is not known here.", 404, "Check the id and revision."
    ),
    # --- taking an assessment (issuer.assessments) ---
    "assessment.unknown": ProblemType("This assessment is not known here.", 404, "Check its name."),
    **PUBLISHING_PROBLEMS,
    "invitation.unknown": ProblemType(
        "This invitation is not known here.", 404, "Open the link exactly as it was sent to you."
    ),
    "invitation.expired": ProblemType(
        "This invitation has expired.", 410, "Nothing was lost. Ask who invited you for a new link."
    ),
    "invitation.used": ProblemType(
        "This invitation has already been used.",
        409,
        "The assessment is finished; the same link shows how it went.",
    ),
    "session.unknown": ProblemType("This session is not known here.", 404, "Check the id."),
    "session.not_started": ProblemType(
        "This assessment has not begun.", 409, "Open the link that you were sent and begin there."
    ),
    "session.language": ProblemType(
        "This assessment is not offered in that language.",
        422,
        "Nothing has begun. Open the link again and choose one of the languages that are there.",
    ),
    "session.finished": ProblemType(
        "This assessment is finished.", 409, "Nothing was lost. The same link shows how it went."
    ),
    "session.paused": ProblemType(
        "This assessment is paused.", 409, "Go on first: the question is then shown again."
    ),
    "session.no_pause": ProblemType(
        "The clock cannot be stopped now.",
        409,
        "Either no clock runs, or every pause was taken. Your answers are safe.",
    ),
    "session.unfinished": ProblemType(
        "This assessment is not finished yet.", 409, "Open the same link to go on where you were."
    ),
    "answer.not_asked": ProblemType(
        "This question was not asked.", 422, "Open the same link again to see the question that is next."
    ),
    "answer.option": ProblemType(
        "This answer is not one of the options.", 422, "Choose among the options that the question shows."
    ),
    "answer.one_only": ProblemType(
        "This question takes one answer.", 422, "Choose one of the options that the question shows."
    ),
    "answer.missing": ProblemType(
        "Answer the question first.", 422, "Choose or write an answer to all that it asks, then go on."
    ),
    "answer.place_taken": ProblemType(
        "Two lines have the same place.", 422, "Give each line a place of its own, from 1 on."
    ),
    "answer.number": ProblemType(
        "This is not a number that can be read.",
        422,
        "Write it in digits, with a decimal point or comma, and without separating thousands.",
    ),
    "answer.too_long": ProblemType(
        "The answer is too long.", 422, "Nothing was lost. The detail says how much is possible; shorten it."
    ),
    "answer.characters": ProblemType(
        "The answer holds a character that is no text.",
        422,
        "Write it again; what was pasted may hold control characters.",
    ),
    "answer.changed": ProblemType(
        "This question is already answered.", 409, "An answer counts once. Go on with the next question."
    ),
    # --- performance tasks (issuer.assessments.rating) ---
    **RATING_PROBLEMS,
    # --- results from outside providers (issuer.receipts) ---
    **RECEIPT_PROBLEMS,
    # --- issuing (issuer.issuance) ---
    "award.not_awarded": ProblemType(
        "There is no award for this session.",
        409,
        "Where there is one, its credential is issued by itself. Whether the assessment goes on or ended "
        "without an award, only the person is told.",
    ),
    "credential.unknown": ProblemType("This credential is not known here.", 404, "Check the id."),
    "credential.not_released": ProblemType(
        "This credential is still being signed.", 409, "Nothing was lost. Try again in a few seconds."
    ),
    "credential.lint": ProblemType(
        "The credential would not pass our own checks, so it was not signed.",
        500,
        "Nothing was issued. The detail names the check; tell the operator.",
    ),
    "credential.self_check": ProblemType(
        "The signed credential did not verify, so it was not released.",
        500,
        "Nothing was released. The detail names the check; tell the operator.",
    ),
    "credential.signing": ProblemType(
        "The credential could not be signed.",
        503,
        "Nothing was lost: it is finished as soon as the key can be used.",
    ),
    "forms.none": ProblemType(
        "At least one form is needed.", 422, "Name the forms that credentials are to be released in."
    ),
    "forms.unknown": ProblemType(
        "This form of a credential is not known here.", 422, "Choose among the forms that the detail lists."
    ),
    "forms.algorithm": ProblemType(
        "This form is not signed with that algorithm.",
        422,
        "Choose among the algorithms that the detail lists, or leave it away for the usual one.",
    ),
    "forms.repeated": ProblemType("A form is named twice.", 422, "Name each form once."),
    # --- status (issuer.status) ---
    "credential.revoked": ProblemType(
        "This credential is withdrawn, and that is final.",
        409,
        "Issue a new credential after a new decision.",
    ),
    "credential.suspended": ProblemType(
        "This credential is on hold.", 409, "It is released as soon as the hold is lifted."
    ),
    "credential.not_suspended": ProblemType(
        "This credential is not on hold.", 409, "Only a credential on hold can be reinstated."
    ),
    "status.reason": ProblemType(
        "A reason is needed.", 422, "Give one for the holder to read, 1 to 1,000 characters."
    ),
    "status.full": ProblemType(
        "The status list is full.", 503, "Nothing was issued. The operator must allocate a new status list."
    ),
    # --- items, groups and signals under watch (issuer.fairness, issuer.assessments.telemetry) ---
    **FAIRNESS_PROBLEMS,
    # --- looking again (issuer.review) ---
    **REVIEW_PROBLEMS,
    **CONFIRMATION_PROBLEMS,
    # --- sharing (issuer.sharing) ---
    "share.unknown": ProblemType(
        "There is nothing to show at this address.",
        404,
        "The link may be mistyped, or its owner may have taken it back. Ask whoever sent it to you.",
    ),
}
