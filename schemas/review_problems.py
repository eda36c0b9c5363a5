"""What looking again may answer: requests for review, annulments, approvals (issuer.review)."""

from schemas.problem_type import ProblemType

REVIEW_PROBLEMS: dict[str, ProblemType] = {
    "annulment.unknown": ProblemType("This proposal is not known here.", 404, "Check the id."),
    "annulment.why": ProblemType(
        "A reason is needed.", 422, "Say why, for the people whose result changes, in 1 to 500 characters."
    ),
    "annulment.interested": ProblemType(
        "This list changes a result of whoever proposes it.",
        403,
        "Let somebody else propose it: whoever proposes has nothing to win or lose by it.",
    ),
    "annulment.closed": ProblemType(
        "This proposal is decided already.", 409, "Propose it again if there is still something to change."
    ),
    "annulment.digest": ProblemType(
        "This is not the list that is to be approved.",
        409,
        "Read the proposal again, and approve the digest that stands there.",
    ),
    "annulment.stale": ProblemType(
        "The list has changed since it was made.",
        409,
        "Nothing was approved. Read the new list, which the detail names, and approve that one.",
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
    "approval.interested": ProblemType(
        "This list changes a result of your own.",
        403,
        "Leave it to others: whoever decides has nothing to win or lose by it.",
    ),
    "approval.given": ProblemType(
        "You have approved this before.",
        409,
        "An approval counts once and stays as it was given. Reject the proposal if it should not be done.",
    ),
    "principal.unnamed": ProblemType(
        "It is not said here which person this role is.",
        403,
        "Say it once: assay review reviewer ROLE --email ADDRESS. So nobody judges their own case.",
    ),
    "review.unknown": ProblemType("This request is not known here.", 404, "List the requests that wait."),
    "review.words": ProblemType(
        "Some words are needed.", 422, "Write what it is about, in 1 to 2,000 characters of plain text."
    ),
    "review.open": ProblemType(
        "You have asked before, and a person is still to answer.", 409, "The same page shows how far it is."
    ),
    "review.often": ProblemType(
        "This was asked and answered three times.",
        409,
        "Speak with the organisation itself; its answers stay where they are.",
    ),
    "review.own": ProblemType("This is a request of your own.", 403, "Leave it to another person."),
    "review.rated": ProblemType(
        "You rated a text that this request is about.", 403, "Leave it to somebody who has not judged it."
    ),
    "review.answered": ProblemType(
        "This request is answered already.", 409, "The person can ask once more on their own page."
    ),
    "review.unmet": ProblemType(
        "This proposal does not concern the session.",
        422,
        "Name a proposal with an item that the session was asked, or leave it away.",
    ),
}
