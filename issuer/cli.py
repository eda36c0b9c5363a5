"""`assay`: every command in one table, imported only when it is used, so that the base install works.

Exit status: 0 done; 64 usage, 69 something needed is not there, 70 a defect, 78 a setting; 130 interrupted.
`assay verify` has its own: 0 to 2 are verdicts there.
"""

import importlib
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import rich_click as click

from issuer.lazy import Commands, Lazy, ours
from issuer.settings import SettingsRefused, StartRefused
from schemas.problems import ProblemError

USAGE = 64
UNAVAILABLE = 69
INTERNAL = 70
SETTINGS = 78
INTERRUPTED = 130

COMMANDS: Commands = {
    "serve": ("issuer.commands", "serve", "Run the service, with its own PostgreSQL if need be.", "local"),
    "worker": (
        "issuer.commands",
        "worker",
        "Run the background jobs of a service, and nothing else.",
        "service",
    ),
    "migrate": ("issuer.commands", "migrate", "Bring the database up to date.", "service"),
    "demo": ("issuer.commands", "demo", "Play the whole story against a service of its own.", "local"),
    "verify": ("verifier.cli", "verify", "Verify a credential.", ""),
    "conformance": (
        "verifier.conformance.cli",
        "conformance",
        "Hold a verifier against what the standards say.",
        "",
    ),
    "assessment": ("issuer.assessing", "assessment", "Item banks, calibration, simulation, replay.", ""),
    "fairness": ("issuer.fairness.cli", "fairness", "Items and groups under watch.", "service"),
    "token": (
        "issuer.organizations.cli",
        "token",
        "API tokens: who may ask the service for what.",
        "service",
    ),
    "keys": (
        "issuer.organizations.cli",
        "keys",
        "Signing keys: list, rotate, report as compromised.",
        "service",
    ),
    "forms": ("issuer.issuance.cli", "forms", "The forms that credentials are released in.", "service"),
    "provider": ("issuer.receipts.cli", "provider", "Outside assessment providers.", "service"),
    "receipts": ("issuer.receipts.cli", "receipts", "Results from outside providers.", "service"),
    "trust": (
        "issuer.organizations.cli",
        "trust",
        "Keys and lists for verifying without a network.",
        "service",
    ),
    "rating": ("issuer.assessments.rating.cli", "rating", "Rate performance tasks.", "service"),
    "confirmation": ("issuer.confirmation.cli", "confirmation", "Supervised confirmations.", "service"),
    "review": ("issuer.review.cli", "review", "Looking again: requests, annulments, approvals.", "service"),
    "person": ("issuer.people.cli", "person", "The people who were measured: erase one.", "service"),
}


class Assay(Lazy):
    """The program, over its own table."""

    table = COMMANDS


@click.group(cls=Assay, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("assay"), prog_name="assay")
def cli() -> None:
    """Signed skill credentials after real assessments, and one honest answer for whoever verifies them."""


def main() -> None:
    """The console script."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["verify"]:  # its exit statuses are part of what it promises
        command: Any = importlib.import_module("verifier.cli").verify
        command.main(arguments[1:], prog_name="assay verify")
    sys.exit(status(lambda: cli.main(arguments, prog_name="assay", standalone_mode=False)))


def status(run: Callable[[], object]) -> int:
    """Run a command to its exit status; whatever goes wrong is one sentence, never a traceback."""
    try:
        result = run()
    except click.UsageError as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: nobody gets a traceback
        sentence, exit_status = _sentence(error)
        click.echo(sentence, err=True)
        return exit_status
    return result if isinstance(result, int) else 0


def _sentence(error: Exception) -> tuple[str, int]:
    """What to say of an exception, and the exit status that it means."""
    match error:
        case click.ClickException():
            return error.format_message(), UNAVAILABLE
        case SettingsRefused():
            return f"{error.detail} [{error.code}]", SETTINGS
        case StartRefused():
            return f"{error.detail} [{error.code}]", UNAVAILABLE
        case ProblemError():
            return f"{error.detail or error.kind.title} [{error.code}]", UNAVAILABLE
        case ModuleNotFoundError() if not ours(error):
            sentence = f"This is not installed here: {error.name} is missing. Install assay[local]."
            return f"{sentence} [command.not_installed]", UNAVAILABLE
        case _:
            at = error.__traceback__
            while at is not None and at.tb_next is not None:
                at = at.tb_next
            where = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at is not None else "-"
            return f"This is a defect of ours ({type(error).__name__}, {where}). Please report it.", INTERNAL
