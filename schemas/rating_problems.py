"""The catalogue of problems (schemas/problems.py): raters and their ratings."""

from schemas.problem_type import ProblemType

RATING_PROBLEMS: dict[str, ProblemType] = {
    "rating.unknown": ProblemType(
        "No such work is here to rate.", 404, "List the works that wait; its person may have left meanwhile."
    ),
    "rating.person": ProblemType(
        "Only a person rates; this token is a program's.",
        403,
        "Use a token that was made for a person: assay token create --person.",
    ),
    "rating.own": ProblemType(
        "Nobody rates a work of their own.", 403, "Leave it to others; two of them decide."
    ),
    "rating.given": ProblemType(
        "You have rated this work before.",
        409,
        "A rating counts once and stays as it was given. If it was a mistake, tell your organisation.",
    ),
    "rating.closed": ProblemType(
        "This work needs no rating now.",
        409,
        "Others have settled it, or it is not handed in yet. Thank you; nothing was recorded.",
    ),
    "rating.points": ProblemType(
        "These points do not fit the rubric.",
        422,
        "Give each criterion the points of one of its levels. The detail names the first that does not fit.",
    ),
    "principal.unknown": ProblemType(
        "There is no such role here.", 404, "Roles are as they were first written."
    ),
    "principal.email": ProblemType(
        "This e-mail address and this role belong to different people.",
        409,
        "A person has one role and one address here. Use the role that was first named with the address.",
    ),
}
