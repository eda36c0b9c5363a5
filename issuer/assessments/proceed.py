"""Do what is due in a session without its taker: ask the next questions, decide."""

from issuer.assessments.course import due
from issuer.assessments.exposure import next_form
from issuer.assessments.finish import decide_step
from issuer.assessments.turn import Turn
from schemas.assessment import Conditions, Decision


async def proceed(turn: Turn, conditions: Conditions) -> Decision | None:
    """Go on as far as the session waits for nobody; returns the decision of a step's end.

    In the transaction of what made it due: whoever comes back meets the very question.
    """
    while (what := due(turn.bank, turn.log)) in {"form", "decision"}:
        if what == "decision":
            return await decide_step(turn)
        await ask(turn, conditions)
    return None


async def ask(turn: Turn, conditions: Conditions) -> None:
    """Append the next form."""
    form = await next_form(turn.db, turn.organization_id, turn.bank, turn.log, conditions, turn.second)
    await turn.append("form", form)
