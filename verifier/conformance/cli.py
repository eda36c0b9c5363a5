"""`assay conformance`: test a verifier with what others wrote down about right answers.

Exit status of `run`: 0 every case was answered rightly, 1 some were not; 64 usage, 66 unreadable vectors.
"""

import asyncio
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from verifier.cli import HELP, Misused, Unreadable, VerifyCommand
from verifier.conformance.case import Case, CaseRefused, read_cases
from verifier.conformance.jose import jose
from verifier.conformance.run import Result
from verifier.conformance.run import run as run_cases
from verifier.words import tidy


@click.group(context_settings=HELP)
def conformance() -> None:
    """Hold a verifier against what the standards say."""


conformance.add_command(jose)


@conformance.command(cls=VerifyCommand, context_settings=HELP)
@click.argument("command")
@click.option(
    "--vectors",
    type=click.Path(path_type=Path),
    default=Path("tests/vectors"),
    show_default=True,
    help="The folder of the vectors.",
)
@click.option("--only", default="*", help="Only the cases whose id matches, such as 'ob-jwt/*'.")
@click.option(
    "--seconds", default=20.0, show_default=True, type=click.FloatRange(0.1), help="Time for each case."
)
@click.option("--json", "as_json", is_flag=True, help="Print every result as JSON.")
@click.pass_context
def run(ctx: click.Context, command: str, *, vectors: Path, only: str, seconds: float, as_json: bool) -> None:
    """Run a verifier's COMMAND, such as "assay verify", on every vector.

    docs/conformance-protocol.md says how it is called and what it must print. There are some 1,200 vectors:
    begin with --only. The exit status is 0 if every answer was right, 1 if not.
    """
    try:
        words = shlex.split(command)
        cases = [case for case in read_cases(vectors) if fnmatchcase(case.id, only)]
    except ValueError as error:
        if isinstance(error, CaseRefused):
            raise Unreadable(f"A vector cannot be read: {tidy(str(error))}.") from None
        raise Misused(f"The command cannot be taken apart: {error}.") from None
    if not words:
        raise Misused("There is no command to run.")
    if not cases:
        where = tidy(str(vectors))
        if not vectors.is_dir():
            raise Unreadable(f"There is no folder {where}. Name their folder with --vectors.")
        raise Unreadable(f"There are no vectors {tidy(only)} in {where}.")
    results = asyncio.run(_all(words, cases, seconds))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_summary(results)), indent=2))
    else:
        _show(results)
    sys.stdout.flush()
    ctx.exit(0 if all(result.passed for result in results) else 1)


async def _all(words: Sequence[str], cases: Sequence[Case], seconds: float) -> list[Result]:
    return [result async for result in run_cases(words, cases, seconds=seconds)]


def _summary(results: Sequence[Result]) -> dict[str, Any]:
    passed = sum(result.passed for result in results)
    return {"cases": len(results), "passed": passed, "failed": len(results) - passed, "results": results}


def _show(results: Sequence[Result]) -> None:
    """What failed, line by line, then the count of each format."""
    console = Console(highlight=False, soft_wrap=True)
    for result in results:
        for wrong in result.wrong:
            console.print(
                Text.assemble(("✗ ", "red"), (result.id, "bold"), f": {tidy(wrong)} ", (result.title, "dim"))
            )
    table = Table("format", "cases", "passed", "failed")
    total, passed = (
        Counter(result.format for result in results),
        Counter(result.format for result in results if result.passed),
    )
    for name in sorted(total):
        table.add_row(name, str(total[name]), str(passed[name]), str(total[name] - passed[name]))
    table.add_section()
    table.add_row("all", str(total.total()), str(passed.total()), str(total.total() - passed.total()))
    console.print(table)
