"""The catalogue of problems (schemas/problems.py): items, groups and signals under watch."""

from schemas.problem_type import ProblemType

FAIRNESS_PROBLEMS: dict[str, ProblemType] = {
    # --- telemetry (issuer.assessments.telemetry) ---
    "telemetry.purpose": ProblemType(
        "A purpose is needed.", 422, "Say what the signal is recorded for, in 1 to 500 characters."
    ),
    "telemetry.off": ProblemType(
        "This signal is off.", 409, "Nothing is recorded of it, and nothing was changed."
    ),
    # --- protected attributes (issuer.fairness.groups) ---
    "groups.question": ProblemType(
        "This cannot be asked like that.",
        422,
        "An attribute is a word in lower case; it needs 2 to 20 different options of up to 100 characters, "
        "and a purpose of up to 500.",
    ),
    "groups.asked": ProblemType(
        "This attribute is asked for already.", 409, "Stop asking first; that deletes its answers."
    ),
    "groups.unknown": ProblemType("This attribute is not asked for.", 404, "List what is asked for."),
    "groups.option": ProblemType(
        "This is none of the options.", 422, "Choose among the options that are offered."
    ),
    # --- retention (issuer.organizations.retention) ---
    "retention.days": ProblemType("Not for so many days.", 422, "The detail says what is possible."),
    "retention.none": ProblemType(
        "There is no such rule.", 404, "This is kept until the person is erased; nothing was changed."
    ),
    # --- items under watch (issuer.fairness) ---
    "fairness.person": ProblemType(
        "Only a person decides this.", 403, "Use a token of a person (`assay token create --person`)."
    ),
    "suspension.unknown": ProblemType(
        "No such suspension stands.", 404, "It may be lifted already. List what is suspended now."
    ),
    "item.suspended": ProblemType(
        "This item is suspended already.", 409, "Nothing was changed. List what is suspended now."
    ),
    "item.unknown": ProblemType(
        "There is no such item.", 404, "Check the bank's id and the item's id; they stand in the bank."
    ),
}
