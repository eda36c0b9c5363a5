"""The first attempt: what adaptive items, buttons and feedback that is shown from the outset become."""

import pytest

from issuer.assessments import kinds
from issuer.imports.attempt import AGAIN
from issuer.imports.question import NO_REASON
from schemas.items import Inline, Numeric, Single
from tests.unit.imports.writer import (
    ENTRY,
    MATCH_CORRECT,
    SCORE,
    SEASONS,
    THREE,
    base,
    choice,
    default,
    field,
    hit,
    item,
    outcome,
    processing,
    put,
    refusal,
    response,
    take,
    taken,
    variable,
    when,
)

ADAPTIVE = 'adaptive="true"'
BUTTON = '<p><qti-end-attempt-interaction response-identifier="HINT" title="Show hint"/></p>'
SEED = b"\0" * 32


def feedback(inner: str, identifier: str = "more", how: str = "show", tag: str = "block") -> str:
    return (
        f'<qti-feedback-{tag} outcome-identifier="F" identifier="{identifier}" show-hide="{how}">{inner}'
        f"</qti-feedback-{tag}>"
    )


def test_an_adaptive_item_scores_its_first_attempt_as_its_processing_does() -> None:
    """Four points at once, three with a hint, two after three attempts, and minus one for seeing no end."""
    first = f"<qti-lt>{variable('numAttempts')}{base(3, 'integer')}</qti-lt>"
    again = f"<qti-match>{variable('completionStatus')}{base('incomplete', 'identifier')}</qti-match>"
    points = when(first, when(variable("HINT"), put("SCORE", base(3)), put("SCORE", base(4))))
    rules = processing(
        when(hit("RESPONSE"), points, put("SCORE", base(0))),
        when(again, put("SCORE", base(-1))),
        put("completionStatus", base("incomplete", "identifier")),
    )
    hint = response(base="boolean", identifier="HINT")
    body = choice(THREE) + BUTTON + feedback("<p>It is no vowel.</p>")
    ours, lost = taken(
        item(body, response(("y",)), hint, SCORE, outcome("F", "identifier"), rules, attributes=ADAPTIVE)
    )
    assert isinstance(ours, Single)
    scores = {one.text: kinds.score(ours, (one.id,), SEED) for one in ours.options}
    assert scores == {"Alpha": 0, "Beta": 1, "Gamma": 0}
    assert ours.stem == "Which one?"
    assert {one.rationale for one in ours.options} == {NO_REASON}
    assert {AGAIN, "the button 'Show hint', which ends an attempt"} <= set(lost)


def test_a_button_may_stand_in_an_item_that_is_not_adaptive() -> None:
    hint = response(base="boolean", identifier="HINT")
    rules = processing(
        when(variable("HINT"), put("SCORE", base(2)), when(hit("RESPONSE"), put("SCORE", base(1))))
    )
    _, lost = taken(item(choice(THREE) + BUTTON, response(("y",)), hint, SCORE, rules))
    assert AGAIN not in lost


@pytest.mark.parametrize(
    ("identifier", "how", "shown"),
    [("start", "show", True), ("start", "hide", False), ("later", "show", False), ("later", "hide", True)],
)
def test_feedback_that_is_shown_from_the_outset_belongs_to_the_question(
    identifier: str, how: str, *, shown: bool
) -> None:
    told = outcome("F", "identifier", default("start"))
    body = feedback("<p>Think first.</p>", identifier, how) + choice(THREE)
    ours = take(item(body, response(("y",)), SCORE, told, MATCH_CORRECT))
    assert ours.stem == ("Think first.\n\nWhich one?" if shown else "Which one?")
    inline = feedback("Think first.", identifier, how, "inline")
    ours = take(item(f"<p>Now. {inline}</p>{choice(THREE)}", response(("y",)), SCORE, told, MATCH_CORRECT))
    assert ours.stem.startswith("Now. Think first." if shown else "Now.\n\n")


def test_an_interaction_shown_from_the_outset_is_asked() -> None:
    told = outcome("F", "identifier", default("more"))
    assert isinstance(
        take(item(feedback(ENTRY), response(("3",), base="float"), SCORE, told, MATCH_CORRECT)), Numeric
    )


@pytest.mark.parametrize("attributes", [ADAPTIVE, ""])
def test_what_is_asked_only_after_an_attempt_is_refused(attributes: str) -> None:
    document = item(
        choice(THREE) + feedback(ENTRY), response(("y",)), SCORE, MATCH_CORRECT, attributes=attributes
    )
    assert refusal(document) == "item.adaptive"


def test_a_table_in_which_something_is_asked_becomes_a_line_for_each_row() -> None:
    rows = "".join(
        f"<tr><th>{text}:</th><td>{field(name, SEASONS)}</td></tr>"
        for text, name in (("Snow", "R1"), ("Sun", "R2"))
    )
    declared = [response(("w",), identifier="R1"), response(("s",), identifier="R2")]
    every = when(f"<qti-and>{hit('R1')}{hit('R2')}</qti-and>", put("SCORE", base(1)))
    ours = take(
        item(f"<p>When?</p><table><tbody>{rows}</tbody></table>", *declared, SCORE, processing(every))
    )
    assert isinstance(ours, Inline)
    assert (ours.stem, ours.text) == ("When?", "Snow: {{g1}}\n\nSun: {{g2}}")
