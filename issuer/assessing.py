"""`assay assessment`: everything around a bank and its results; a command is imported when it is used."""

import rich_click as click

from issuer.lazy import Commands, Lazy

# name -> module, attribute, what it does, the extra that it needs
COMMANDS: Commands = {
    "check": ("issuer.assessments.cli", "check", "Say everything that is wrong with an item bank.", ""),
    "move": ("issuer.assessments.cli", "move", "Write a bank's next version, with items made live.", ""),
    "publish": ("issuer.assessments.publish", "publish", "Publish an assessment.", "service"),
    "standard": ("issuer.assessments.standard.cli", "standard", "Set cut scores by a panel's judgement.", ""),
    "replay": ("issuer.review.cli", "replay", "Compute a result again from its log, and compare.", "service"),
    "calibrate": (
        "issuer.assessments.calibrating.cli",
        "command",
        "Estimate item parameters from recorded responses.",
        "measurement",
    ),
    "simulate": (
        "issuer.assessments.simulating",
        "command",
        "What an assessment promises before anybody took it.",
        "service",
    ),
    "import": ("issuer.imports.cli", "import_", "Items of others (QTI 3) as a bank document.", "carriers"),
}


class Assessment(Lazy):
    """The group, over its own table."""

    table = COMMANDS


@click.group(cls=Assessment)
def assessment() -> None:
    """Item banks, their calibration and simulation, and the results of sessions."""
