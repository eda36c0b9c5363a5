"""The catalogue of problems (schemas/problems.py): outside providers and their receipts."""

from schemas.problem_type import ProblemType

RECEIPT_PROBLEMS: dict[str, ProblemType] = {
    "provider.unknown": ProblemType("This provider is not known here.", 404, "Check its id."),
    "provider.exists": ProblemType(
        "This issuer, or this program, belongs to a registered provider.",
        409,
        "Revoke that one first. A program delivers for one provider.",
    ),
    "provider.invalid": ProblemType(
        "This provider cannot be registered.", 422, "The detail says what is not as it must be."
    ),
    "receipt.malformed": ProblemType(
        "This is not a receipt that can be read.",
        422,
        "The detail names the first thing that is not as it must be. Nothing was stored.",
    ),
    "receipt.type": ProblemType(
        "This token is of another type than a receipt.",
        422,
        "Sign receipts with the typ assessment-receipt+jwt.",
    ),
    "receipt.provider": ProblemType(
        "No provider with this issuer is registered here.",
        422,
        "Check `iss`. An organisation registers providers with assay provider add.",
    ),
    "receipt.revoked": ProblemType(
        "The registration of this provider was revoked.", 422, "Nothing of it is accepted any more."
    ),
    "receipt.key": ProblemType(
        "This provider has no such key.", 422, "Sign with a key of its registered set, and name it by kid."
    ),
    "receipt.keys_unreachable": ProblemType(
        "The provider's keys cannot be fetched.", 503, "Nothing was stored. Try again in a minute."
    ),
    "receipt.signature": ProblemType(
        "The signature is not the provider's.", 422, "Send the receipt exactly as it was signed."
    ),
    "receipt.audience": ProblemType(
        "This receipt is meant for somebody else.",
        422,
        "Name this organisation in `aud`, as the detail says.",
    ),
    "receipt.stale": ProblemType(
        "This receipt is too old, or from the future.",
        422,
        "Send a receipt within ten minutes of signing it (`iat`), and check the clock.",
    ),
    "receipt.replayed": ProblemType(
        "This receipt was accepted before.",
        409,
        "Nothing was lost, and nothing is stored twice. A new result needs a new id (`jti`).",
    ),
    "receipt.assessment": ProblemType(
        "This assessment of the provider is not mapped to anything here.",
        422,
        "Check its URI and version against the registration.",
    ),
    "receipt.level": ProblemType(
        "The level of this result is not known here.", 422, "Check it against the mapped levels."
    ),
    "receipt.score": ProblemType(
        "The score cannot be used.", 422, "State a score within its scale, and the scale that was mapped."
    ),
    "receipt.cut": ProblemType("The cut cannot be used.", 422, "State a cut within its scale."),
    "receipt.error": ProblemType(
        "The standard error is missing.",
        422,
        "State it, or let the organisation declare that the bare score may decide.",
    ),
    "receipt.assurance": ProblemType(
        "The assurance is less than the organisation accepts.",
        422,
        "State how the taking was supervised, if it was.",
    ),
    "receipt.subject": ProblemType(
        "Nobody here is meant by this subject.",
        422,
        "Name an e-mail address with a name, or the id of an invitation or a person of ours.",
    ),
    "receipt.unbound": ProblemType(
        "This token's program delivers for no provider.",
        403,
        "Register the provider with this program, or send receipts that the provider signed.",
    ),
    "receipt.unfinished": ProblemType(
        "This result is not final.",
        422,
        "Only a completed activity that is fully graded counts; send it again when it is.",
    ),
    "receipt.unknown": ProblemType("This receipt is not known here.", 404, "Check the id."),
}
