"""`verify`: one credential on the command line.

Exit status: 0 valid, 1 invalid, 2 undetermined; 64 usage, 66 unreadable input, 70 internal error. Without a
Report it is never 0 to 2, whatever goes wrong.
"""

import io
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import rich_click as click
from click.exceptions import Exit
from rich.console import Console
from rich.text import Text

from schemas.report import Check, Outcome, Reason, Report
from schemas.times import TimeRefused, date_time_stamp
from verifier.carriers import MAX_EVIDENCE, MAX_PICTURE
from verifier.carriers.url import find as find_url
from verifier.drive import verify as verify_evidence
from verifier.errors import OriginRefused, PolicyRefused, TrustRefused
from verifier.fetch import Clock, Fetch, First, utc_now
from verifier.guard import MAX_URL, authority_of, loopback
from verifier.https import Https
from verifier.policy import Policy, read_policy
from verifier.recorded import MAX_RECORDING, Recorded, read_recording
from verifier.trust import TrustStore, open_trust
from verifier.words import caution, last_read, tidy, words

VERDICT_STATUS = {"valid": 0, "invalid": 1, "undetermined": 2}
USAGE = 64
UNREADABLE = 66
INTERNAL = 70
INTERRUPTED = 130
HELP = {"help_option_names": ["-h", "--help"]}

_LOOKS = {"good": "bold green", "neutral": "bold blue", "warn": "bold yellow", "bad": "bold red"}
_MARKS = {
    Outcome.PASS: ("✓", "green"),
    Outcome.WARN: ("!", "yellow"),
    Outcome.FAIL: ("✗", "red"),
    Outcome.UNKNOWN: ("?", "blue"),
    Outcome.SKIPPED: ("-", "dim"),
}


class Misused(click.UsageError):
    """The command was called wrongly: no Report."""

    exit_code = USAGE


class Unreadable(click.ClickException):
    """Something that the caller named cannot be read: no Report."""

    exit_code = UNREADABLE


class Broken(click.ClickException):
    """Our own failure: no Report."""

    exit_code = INTERNAL


def guarded(ctx: click.Context, run: Callable[[], Any]) -> Any:
    """Run a step: click ends with 2 on usage errors and Python with 1 on crashes, which mean verdicts."""
    try:
        return run()
    except click.UsageError as error:
        raise Misused(error.format_message(), error.ctx) from None
    except (click.ClickException, Exit):
        raise
    except (KeyboardInterrupt, click.Abort):
        ctx.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has left; Python would stumble over the same pipe once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        ctx.exit(INTERNAL)
    except Exception as error:
        raise Broken(f"Internal error ({type(error).__name__}). Nothing was verified.") from error


class _Moment(click.ParamType[datetime]):
    """A time with an offset, as credentials have them."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it; another text is a usage error."""
        try:
            return date_time_stamp(value)
        except TimeRefused as refused:
            self.fail(f"{tidy(str(value))} is {refused}.", param, ctx)


class Online(First):
    """Sources of documents with the network among them."""


class VerifyCommand(click.RichCommand):
    """A command whose every end has one of the documented statuses, alone or within a group."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; a usage error ends with 64."""
        parsed: list[str] = guarded(ctx, lambda: super(VerifyCommand, self).parse_args(ctx, args))
        return parsed

    def invoke(self, ctx: click.Context) -> Any:
        """Run; a crash ends with 70."""
        return guarded(ctx, lambda: super(VerifyCommand, self).invoke(ctx))


@click.command(cls=VerifyCommand, context_settings=HELP)
@click.argument("evidence")
@click.option("--json", "as_json", is_flag=True, help="Print the whole Report as JSON.")
@click.option(
    "--trust",
    multiple=True,
    envvar="ASSAY_TRUST",
    type=click.Path(path_type=Path),
    help="Whom you rely on: a trust file (docs/trust.md), or a folder made by `assay trust export`, which "
    "needs no network. May be repeated.",
)
@click.option(
    "--local-origin",
    "local_origins",
    multiple=True,
    help="Permit http to this service on your own machine, such as http://localhost:8000.",
)
@click.option("--expect", "expected", help="Whom you expect: an e-mail address, an id or a name.")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="What you require: a JSON file (docs/verification-steps.md, step 12).",
)
@click.option("--nonce", help="The nonce that you gave the holder: a presentation must answer it.")
@click.option("--audience", help="You, as you named yourself to the holder of a presentation.")
@click.option("--clock", type=_Moment(), help="For tests: verify as of this time (2026-11-23T12:00:00Z).")
@click.option(
    "--recorded-network",
    "recorded",
    type=click.Path(path_type=Path),
    help="For tests: every answer comes from this file, and nothing else is asked.",
)
@click.pass_context
def verify(
    ctx: click.Context,
    evidence: str,
    *,
    as_json: bool,
    trust: tuple[Path, ...],
    local_origins: tuple[str, ...],
    expected: str | None,
    policy_file: Path | None,
    nonce: str | None,
    audience: str | None,
    clock: datetime | None,
    recorded: Path | None,
) -> None:
    """Verify a credential: a FILE (text or picture), `-` for standard input, or a link to one.

    The exit status is 0 for valid, 1 for invalid, 2 for undetermined; 64, 66 and 70 are errors of usage,
    input and ours, without a verdict.
    """
    link = _is_link(evidence)
    policy = None if policy_file is None else _policy(policy_file)
    now: Clock = utc_now if clock is None else lambda: clock
    if recorded is None:
        store, fetch = _sources(trust, local_origins, now, link=link)
    elif not trust and not local_origins:
        store, fetch = _recorded(recorded, now)
    else:
        raise Misused("A recorded network stands alone: leave out --trust and --local-origin.")
    report = verify_evidence(
        evidence if link else _read(evidence, MAX_PICTURE),
        policy=policy,
        trust=store,
        fetch=fetch,
        clock=now,
        expected_recipient=expected,
        nonce=nonce,
        audience=audience,
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        online = isinstance(fetch, Online)
        _show(report, _remedy(report, local_origins) if online else "")
    sys.stdout.flush()
    ctx.exit(VERDICT_STATUS[report.verdict])


def _is_link(evidence: str) -> bool:
    """Whether this is a link, judged by its beginning: a mistyped one is not the name of a file."""
    text = evidence.strip()
    if not text.lower().startswith(("http://", "https://")):
        return False
    if len(text) > MAX_URL:
        raise Misused(f"This link is longer than {MAX_URL} characters. (link.malformed)")
    if find_url(text.encode("utf-8", "surrogatepass")) is None:
        odd = next((one for one in text if not "!" <= one <= "~"), None)
        why = "ends too early" if odd is None else f"holds {odd!a}, which no link may hold"
        raise Misused(f"This link {why}. Copy the whole link, and put it in quotes. (link.malformed)")
    return True


def _remedy(report: Report, local_origins: tuple[str, ...]) -> str:
    """What to add to the command where an address on the reader's own machine was refused, or nothing."""
    permitted = {authority_of(origin)[1] for origin in local_origins}
    for check in report.checks:
        if check.outcome is not Outcome.UNKNOWN or not (check.source or "").startswith(("http:", "https:")):
            continue
        parts = urlsplit(check.source or "")
        if loopback(parts.hostname or "") and parts.netloc.lower() not in permitted:
            # did:web always says https; what somebody runs on their own machine speaks http.
            scheme = parts.scheme if check.check == "carrier" else "http"
            origin = f"{scheme}://{parts.netloc}"
            return f"This is a service on your own machine: add --local-origin {origin}"
    return ""


def _read(name: str, most: int = MAX_EVIDENCE) -> bytes:
    """At most one byte more than may be there."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(most + 1)
        with Path(name).open("rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "it is not a readable file"
        raise Unreadable(f"{tidy(name)} cannot be read: {why}. (input.unreadable)") from None


def _policy(file: Path) -> Policy:
    try:
        return read_policy(_read(str(file)))
    except PolicyRefused as refused:
        raise Misused(f"{refused.detail} ({refused.code})") from None


def _recorded(file: Path, now: Clock) -> tuple[TrustStore, Fetch]:
    try:
        recorded = Recorded(read_recording(_read(str(file), MAX_RECORDING)), now)
    except TrustRefused as refused:
        raise Unreadable(f"{refused.detail} ({refused.code})") from None
    return recorded.trust, recorded


def _sources(
    trust: tuple[Path, ...], local_origins: tuple[str, ...], now: Clock, *, link: bool
) -> tuple[TrustStore, Fetch]:
    """A trust folder alone never uses the network; a link or a local origin does."""
    try:
        https = Https(local_origins)
        store, folders = open_trust(trust, now())
    except OriginRefused as refused:
        raise Misused(f"{refused.detail} ({refused.code})") from None
    except TrustRefused as refused:
        raise Unreadable(f"{refused.detail} ({refused.code})") from None
    if not folders:
        return store, Online(https)
    return store, Online(*folders, https) if link or local_origins else First(*folders)


def _show(report: Report, remedy: str = "") -> None:
    """Headline, sentence, then the checks; nothing from the credential may steer the terminal."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False, soft_wrap=True)
    said = words(report)
    console.print(Text(tidy(said.headline), _LOOKS[said.look]))
    # Trying again later would not help where the command only lacks an option.
    helpless = bool(remedy) and report.authenticity == "cannot_tell"
    sentence = "" if helpless else said.sentence
    console.print(Text(tidy(f"{sentence} {remedy} {last_read(report)} {caution(report)}")))
    if report.claim is not None and report.claim.assurance is not None:
        console.print(Text(tidy(report.claim.assurance.sentence)))
    console.print()
    for found in report.checks:
        if found.reason != Reason.NOT_REACHED:
            _line(console, found, found.check)
    missed = [found for found in report.checks if found.reason == Reason.NOT_REACHED]
    if missed:
        _line(console, missed[0], ", ".join(found.check for found in missed) + ": ")


def _line(console: Console, found: Check, name: str) -> None:
    mark, style = _MARKS[found.outcome]
    relied_on = [str(found.reason), *(part for part in (found.source, found.time) if part)]
    console.print(
        Text.assemble(
            (mark, style), f" {name:<13}{tidy(found.detail)} ", (tidy(" · ".join(relied_on)), "dim")
        )
    )
