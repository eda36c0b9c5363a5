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

from issuer.settings import SettingsRefused, StartRefused
from schemas.problems import ProblemError

USAGE = 64
UNAVAILABLE = 69
INTERNAL = 70
SETTINGS = 78
INTERRUPTED = 130

# name -> module, attribute, what it does, the extra that it needs ("" for the base install)
COMMANDS: dict[str, tuple[str, str, str, str]] = {
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
    "trust": (
        "issuer.organizations.cli",
        "trust",
        "Keys and lists for verifying without a network.",
        "service",
    ),
    "person": ("issuer.people.cli", "person", "The people who were measured: erase one.", "service"),
}


class Lazy(click.RichGroup):
    """A group that imports a command when somebody asks for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """Import one; where its extra is not installed, a command that says so."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, summary, extra = COMMANDS[cmd_name]
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if _ours(error):
                raise
            return _missing(cmd_name, summary, extra)
        return command


def _ours(error: ModuleNotFoundError) -> bool:
    """Whether a module of our own is missing, which is a defect; others come with an extra."""
    return error.name is None or error.name.partition(".")[0] in {"issuer", "verifier", "keys", "schemas"}


def _missing(name: str, summary: str, extra: str) -> click.Command:
    def say() -> None:
        raise StartRefused(
            "command.not_installed", f"`assay {name}` is not installed here. Install assay[{extra}]."
        )

    return click.RichCommand(
        name=name,
        callback=say,
        help=summary,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
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
        case ModuleNotFoundError() if not _ours(error):
            sentence = f"This is not installed here: {error.name} is missing. Install assay[local]."
            return f"{sentence} [command.not_installed]", UNAVAILABLE
        case _:
            at = error.__traceback__
            while at is not None and at.tb_next is not None:
                at = at.tb_next
            where = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at is not None else "-"
            return f"This is a defect of ours ({type(error).__name__}, {where}). Please report it.", INTERNAL
