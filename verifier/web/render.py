"""Pages from templates: escaping on, every string through gettext, only what is passed within reach.

A template is named `<package>/<file>`, say `issuer.sharing/share.html`, and lives in the package's own
`templates` folder, so that a capability keeps its pages beside its code.
"""

import functools
import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime
from gettext import NullTranslations
from importlib import resources
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape

from verifier.web.scale import score_scale
from verifier.web.seal import verdict_seal
from verifier.web.static import static_url
from verifier.web.wrapped import as_it_is, unwrapped

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
TRANSLATIONS = NullTranslations()
gettext = TRANSLATIONS.gettext
DAYS_A_MONTH = 30.44
TWO_MONTHS = 61
TWO_YEARS = 730
RULED = re.compile(r"-+(\+-+)*")


def source(name: str) -> tuple[str, str, Callable[[], bool]]:
    """Return a template's text, its name for tracebacks, and that it never changes while we run."""
    package, _, file = name.partition("/")
    try:
        text = resources.files(package).joinpath("templates", file).read_text("utf-8")
    except (ImportError, OSError, ValueError) as error:
        raise TemplateNotFound(name) from error
    return text, name, lambda: True


def day(at: datetime) -> str:
    """Return a date in words: 3 May 2026."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def moment(at: datetime) -> str:
    """Return a date and time in words: 3 May 2026, 14:05 UTC."""
    return f"{day(at)}, {at:%H:%M} UTC"


def duration(start: datetime, end: datetime) -> str:
    """Return how long ago `start` was, as people say it: today, 12 days ago, 5 months ago, 3 years ago."""
    days = (end - start).days
    if days < 1:
        return "today"
    if days < TWO_MONTHS:
        return f"{days} days ago" if days > 1 else "yesterday"
    if days < TWO_YEARS:
        return f"{int(days / DAYS_A_MONTH)} months ago"
    return f"{days // 365} years ago"


def parse(stamp: str | None) -> datetime | None:
    """Return an RFC 3339 time as an aware datetime, or None where it is not one."""
    try:
        at = datetime.fromisoformat(stamp or "")
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):  # the calendar's first and last day have no UTC beyond them
        return None


def when(stamp: str) -> str:
    """Return an RFC 3339 time in words; what is not one stays as it is."""
    at = parse(stamp)
    return moment(at) if at else stamp


def isolated(text: str) -> Markup:
    """Return the text with what stands between first-strong isolates (U+2068, U+2069) in <bdi> elements."""
    first, *rest = text.split("\N{FIRST STRONG ISOLATE}")
    whole = Markup("{}").format(plain(first))
    for part in rest:
        name, closed, after = part.partition("\N{POP DIRECTIONAL ISOLATE}")
        whole += Markup("<bdi>{}</bdi>{}").format(name, plain(after) if closed else "")
    return whole


def plain(text: str) -> str:
    """Return the text without first-strong isolates, for places that cannot hold elements."""
    return text.replace("\N{FIRST STRONG ISOLATE}", "").replace("\N{POP DIRECTIONAL ISOLATE}", "")


def prose(text: str) -> Markup:
    """Return plain text as paragraphs (at blank lines), `backticks` as code, everything else escaped."""
    paragraphs = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(inline(part)) for part in paragraphs)


def inline(text: str) -> Markup:
    """Return one run of plain text with `backticks` as code; a lone backtick stays a backtick."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd else escape(part)
        for odd, part in ((index % 2, part) for index, part in enumerate(parts))
    )


def exhibit(text: str) -> Markup:
    """Return material line by line, no word of it lost; for inside <pre class="exhibit">.

    A line may wrap, under its own indentation. A block with a ruled line is a table and stays as it is. Prose
    that was wrapped by hand flows (verifier/web/wrapped.py).
    """
    pieces = []
    for blank, block in itertools.groupby(text.split("\n"), key=lambda line: not line.strip()):
        lines = list(block)
        if any(RULED.fullmatch(line) for line in lines):
            pieces.append(Markup('<code class="table">{}\n</code>').format("\n".join(lines)))
            continue
        for line in map(as_it_is, lines) if blank else unwrapped(lines):
            kind = "line" if line.under else "line hang"
            pieces.append(
                Markup('<code class="{}"><code>{}</code><code>{}\n</code></code>').format(
                    kind, line.before, line.text
                )
            )
    return Markup("").join(pieces)


def followable(address: str | None) -> str | None:
    """Return the address if a browser may follow it; `javascript:` and its like are never links."""
    try:
        return address if address and urlsplit(address).scheme in {"https", "http"} else None
    except ValueError:
        return None


@functools.cache
def environment() -> Environment:
    """Return the one template environment; it holds no state but compiled templates."""
    made = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    install: Callable[..., None] = made.install_gettext_translations  # type: ignore[attr-defined]  # the extension's
    install(TRANSLATIONS, newstyle=True)
    made.filters.update(
        day=day,
        moment=moment,
        when=when,
        prose=prose,
        inline=inline,
        exhibit=exhibit,
        isolated=isolated,
        plain=plain,
        followable=followable,
    )
    made.globals.update(static=static_url, verdict_seal=verdict_seal, score_scale=score_scale, ago=duration)
    return made


def render(template: str, **context: object) -> bytes:
    """Return the page as UTF-8. Lone surrogates, which cannot be encoded, become question marks."""
    return environment().get_template(template).render(context).encode("utf-8", "replace")
