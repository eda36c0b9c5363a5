"""Step 9: who, if anyone, vouches for the issuer. Every source is told; a warning outweighs any praise."""

from collections.abc import Generator, Mapping
from typing import Any

from schemas.report import Outcome, Reason
from verifier.claim import issuer_name
from verifier.fetch import Answer, Need
from verifier.phrases import QUOTES, plain
from verifier.question import Question
from verifier.trail import Trail
from verifier.trust.source import Says, Standing

CHECK = "standing"
_TELL: dict[Says, tuple[Outcome, Reason]] = {
    "own": (Outcome.PASS, Reason.STANDING_OWN),
    "vouched": (Outcome.PASS, Reason.STANDING_VOUCHED),
    "distrusted": (Outcome.FAIL, Reason.STANDING_DISTRUSTED),
    "not_listed": (Outcome.WARN, Reason.STANDING_NOT_LISTED),
    "lapsed": (Outcome.WARN, Reason.STANDING_LAPSED),
    "unreachable": (Outcome.UNKNOWN, Reason.STANDING_UNREACHABLE),
    "invalid": (Outcome.UNKNOWN, Reason.STANDING_INVALID),
    "stale": (Outcome.UNKNOWN, Reason.STANDING_STALE),
}
# The worst first: who reads one finding only reads the one that counts.
_ORDER = ("distrusted", "own", "vouched")
_VOUCHING = frozenset({"own", "vouched"})
_SEVERAL = 2


def standing(
    document: Mapping[str, Any], issuer_id: str, question: Question, trail: Trail
) -> Generator[Need, Answer, None]:
    """Ask every source and note what each of them says, and where nobody vouches, that nobody does."""
    told = yield from question.trust.standing(issuer_id, question.now)
    for said in told if len(told) < _SEVERAL else sorted(told, key=_place):
        outcome, reason = _TELL[said.says]
        trail.add(CHECK, outcome, reason, said.statement, source=said.source, at=said.at)
    if vouching := [said for said in told if said.says in _VOUCHING]:
        if any(said.names for said in vouching):
            _compare_names(document, vouching, trail)
    elif all(said.says != "distrusted" for said in told):
        detail = "Nobody that we rely on has confirmed who controls this issuer."
        trail.unknown(CHECK, Reason.STANDING_UNKNOWN, detail)


def _place(said: Standing) -> int:
    return _ORDER.index(said.says) if said.says in _ORDER else len(_ORDER)


def _compare_names(document: Mapping[str, Any], vouching: list[Standing], trail: Trail) -> None:
    """An issuer that is listed under one name must not be shown in green under another."""
    named = [said for said in vouching if said.names]
    claimed = issuer_name(document)
    listed = {_same(name) for said in named for name in said.names}
    if claimed is None or _same(claimed) in listed:
        return
    said, claimed = named[0], plain(claimed).translate(QUOTES)
    detail = f"{said.source} knows this issuer as “{said.names[0]}”; the credential calls it “{claimed}”."
    trail.add(CHECK, Outcome.WARN, Reason.STANDING_OTHER_NAME, detail, source=said.source, at=said.at)


def _same(name: str) -> str:
    """A name without the differences that do not make it another one."""
    return " ".join(name.casefold().split())
