"""The next form of a session: a whole step at once, or in an adaptive session one item after another.

A form is a function of bank, log and `barred`, the items that are suspended or at their exposure cap just
now; which of them mattered is recorded in the form, and asking again with those alone gives the same form.
"""

from collections import Counter
from collections.abc import Set as AbstractSet

from issuer.assessments.assemble import admissible, draw, next_items, place, rank, ranked
from issuer.assessments.scoring import estimate, scored_room
from issuer.assessments.session import Session
from issuer.measurement.selection import Candidate, choose
from schemas.assessment import Bank, Form, Placed
from schemas.items import Item

FRESH: frozenset[str] = frozenset()


def form_for(bank: Bank, session: Session, barred: AbstractSet[str] = FRESH, second: int = 0) -> Form:
    """What is asked next; without items when the session may ask no more or there is nothing left.

    `second` is now, counted from the session's start. Where time is limited a step's first form records it,
    and no later one: how long each answer took is not the log's business.
    """
    form = (
        _adaptive(bank, session, barred)
        if session.started.delivery == "adaptive"
        else _whole(bank, session, barred)
    )
    timed = session.started.minutes_per_step is not None and not session.open_forms
    return Form(form.step, form.items, form.barred, second if timed else 0)


def step_length(session: Session) -> int:
    """How many scored items the step under way asks at most."""
    started = session.started
    first = started.items_at_first if started.delivery == "adaptive" and session.step == 1 else 0
    return first or started.items_per_step


def _whole(bank: Bank, session: Session, barred: AbstractSet[str]) -> Form:
    """A step of a fixed or an on-the-fly form, with the items that are tried out and the tasks."""
    started, step = session.started, session.step
    own = bytes.fromhex(started.seed)
    chosen_by = bytes.fromhex(started.bank_digest) if started.delivery == "fixed" else own
    seen = session.seen | set(started.excluded)
    room = max(min(started.items_per_step, scored_room(bank, session)), 0)
    names = next_items(bank, seen, chosen_by, step, room, unasked=barred)
    items = {item.id: item for item in bank.items}
    scored = [place(items[name], own) for name in names]
    if not scored:
        return Form(step, (), _mattered(bank, seen, barred))
    pilots = draw(
        admissible(bank, seen | set(names), state="pilot"), own, step, started.pilots_per_step, "pilot"
    )
    mixed = _mixed(scored, [place(item, own, pilot=True) for item in pilots], own, step)
    tasks: tuple[Item, ...] = ()
    if step == 1:
        tasks = draw(admissible(bank, seen, tasks=True), own, step, started.tasks, "task")
    return Form(step, (*mixed, *(place(item, own) for item in tasks)), _mattered(bank, seen, barred))


def _mixed(scored: list[Placed], pilots: list[Placed], seed: bytes, step: int) -> tuple[Placed, ...]:
    """Pilot items among the scored ones, where the seed says; nobody can tell which they are."""
    if not pilots:
        return tuple(scored)
    return tuple(sorted((*scored, *pilots), key=lambda one: rank(seed, "place", step, one.item)))


def _mattered(bank: Bank, seen: AbstractSet[str], barred: AbstractSet[str]) -> tuple[str, ...]:
    return tuple(sorted(item.id for item in admissible(bank, seen) if item.id in barred)) if barred else ()


def _adaptive(bank: Bank, session: Session, barred: AbstractSet[str]) -> Form:
    started, step = session.started, session.step
    seed = bytes.fromhex(started.seed)
    in_step = [placed for form in session.open_forms for placed in form.items]
    scored = sum(not placed.pilot for placed in in_step)
    if min(step_length(session) - scored, scored_room(bank, session)) <= 0:
        return Form(step, ())
    items = {item.id: item for item in bank.items}
    seen = session.seen | set(started.excluded)
    if len(in_step) in _pilot_places(session, seed):
        pilots = draw(admissible(bank, seen, state="pilot"), seed, len(in_step), 1, "pilot")
        if pilots:
            return Form(step, (place(pilots[0], seed, pilot=True),))
    covered = Counter(items[placed.item].area for placed in session.placed if not placed.pilot)
    candidates = [
        Candidate(item.id, item.area, item.parameters) for item in admissible(bank, seen) if item.parameters
    ]
    weights = {area.id: area.weight for area in bank.areas}
    order = ranked(seed, "next", len(session.placed))
    # A confirmation's items may not depend on its answers: its score is held against what was expected of
    # these items. They tell most where it matters, at the cut.
    target = started.levels[0].cut if started.confirms else estimate(bank, session)
    choice = choose(candidates, covered, weights, target, order, barred)
    if choice is None:
        return Form(step, (), _mattered(bank, seen, barred))
    return Form(step, (place(items[choice.item], seed),), choice.barred)


def _pilot_places(session: Session, seed: bytes) -> frozenset[int]:
    """Where in the step the items that are tried out stand: among the first ones, which everybody meets."""
    count = session.started.pilots_per_step
    among = range(session.started.items_at_least + count)
    order = sorted(among, key=lambda at: rank(seed, "pilot-place", session.step, at))
    return frozenset(order[:count])
