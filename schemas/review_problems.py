"""What looking again may answer: requests for review, annulments, approvals (issuer.review)."""

from schemas.problem_type import ProblemType

REVIEW_PROBLEMS: dict[str, ProblemType] = {
    "annulment.unknown": ProblemType("This proposal is not known here.", 404, "Check the id."),
    "annulment.why": ProblemType(
        "A reason is needed.", 422, "Say why, for the people whose result changes, in 1 to 500 characters."
    ),
    "annulment.closed": ProblemType(
        "This proposal is decided already.", 409, "Propose it again if there is still something to change."
    ),
    "annulment.digest": ProblemType(
        "This is not the list that is to be approved.",
        409,
        "Read the proposal again, and approve the digest that stands there.",
    ),
    "annulment.unapproved": ProblemType(
        "Two persons have not approved this yet.", 409, "Nothing was changed. Ask for the missing approval."
    ),
    "approval.person": ProblemType(
        "Only a person decides this; the token is a program's.",
        403,
        "Use a token that was made for a person: assay token create --person.",
    ),
    "approval.own": ProblemType(
        "Nobody approves a proposal of their own.",
        403,
        "Two other persons approve it, each with their token.",
    ),
    "approval.given": ProblemType(
        "You have approved this before.",
        409,
        "An approval counts once and stays as it was given. Reject the proposal if it should not be done.",
    ),
}
