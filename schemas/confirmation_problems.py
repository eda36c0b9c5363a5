"""The catalogue of problems (schemas/problems.py): supervised confirmations and their cases."""

from schemas.problem_type import ProblemType

CONFIRMATION_PROBLEMS: dict[str, ProblemType] = {
    "confirmation.person": ProblemType(
        "Only a person supervises or decides; this token is a program's.",
        403,
        "Use a token that was made for a person: assay token create --person.",
    ),
    "confirmation.own": ProblemType(
        "Nobody supervises or judges a confirmation of their own.", 403, "Ask somebody else to do it."
    ),
    "confirmation.assured": ProblemType(
        "There is nothing to raise: the credential says that it was supervised, or confirmed.",
        409,
        "Nothing needs to be done.",
    ),
    "confirmation.source": ProblemType(
        "This credential cannot be confirmed here.",
        409,
        "Only one that rests on a session of our own, with its answers kept, can be. The detail says what is "
        "missing.",
    ),
    "confirmation.too_few": ProblemType(
        "Too few questions are left that this person has not met.",
        409,
        "A confirmation asks only unseen ones. It becomes possible with a larger bank.",
    ),
    "confirmation.done": ProblemType(
        "There was a confirmation of this credential already.",
        409,
        "Where it settled nothing, a person decides: assay confirmation cases. They can allow another one.",
    ),
    "confirmation.supervisor": ProblemType(
        "Another supervisor's sitting is under way.", 409, "Who opened it can give a new code for it."
    ),
    "confirmation.code": ProblemType(
        "This code opens nothing.",
        403,
        "Look at it again, or ask your supervisor for a new one: a code works once, for a quarter of an "
        "hour, and not after five wrong ones.",
    ),
    "confirmation.unknown": ProblemType(
        "No such confirmation is here.", 404, "Ask your supervisor, or list the cases that wait."
    ),
    "confirmation.supervised": ProblemType(
        "Whoever supervised a sitting does not judge it.", 403, "Leave the case to somebody else."
    ),
    "confirmation.unfinished": ProblemType(
        "A sitting that was cut short confirms nothing.",
        409,
        "Leave the credential, or allow another sitting.",
    ),
    "confirmation.decided": ProblemType(
        "This case is decided.", 409, "What was decided stands, and the person was told."
    ),
    "confirmation.why": ProblemType(
        "Say why, in at most 1,000 printable characters.", 422, "The person reads it, as you write it."
    ),
}
