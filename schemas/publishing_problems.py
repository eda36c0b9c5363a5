"""The catalogue of problems (schemas/problems.py): publishing an assessment."""

from schemas.problem_type import ProblemType

PUBLISHING_PROBLEMS: dict[str, ProblemType] = {
    "bank.invalid": ProblemType(
        "The item bank cannot be used.", 422, "The detail names the first item that is not as it must be."
    ),
    "bank.unfit": ProblemType(
        "The item bank has too little for what is to be asked of it.",
        422,
        "The detail says what is missing. Nothing was stored.",
    ),
    "bank.synthetic": ProblemType(
        "This item bank is synthetic.",
        422,
        "Its parameters come from simulated responses; only a demonstration may publish it.",
    ),
    "bank.targets": ProblemType(
        "The assessment would be wrong too often.",
        422,
        "The detail says which target its simulation misses and what would mend it. Nothing was stored.",
    ),
    "figures.needed": ProblemType(
        "Nobody simulated this assessment yet.",
        422,
        "Simulate it with the offer's own conditions, and publish with what that wrote.",
    ),
    "figures.unfit": ProblemType(
        "The figures do not belong to what is published, or say too little.",
        422,
        "The detail says what does not fit. Simulate again, with --offer.",
    ),
    "offer.invalid": ProblemType(
        "The assessment cannot be published like this.", 422, "The detail names what is not as it must be."
    ),
    "standard.unfit": ProblemType(
        "The cut scores do not belong to what is published.", 422, "The detail says what does not fit."
    ),
}
