"""Feedback becomes the reason of an option; what is not kept of an item is said."""

from issuer.imports.question import NO_REASON
from schemas.items import Numeric, Single, Text
from tests.unit.imports.writer import (
    ENTRY,
    MATCH_CORRECT,
    SCORE,
    THREE,
    base,
    choice,
    correct,
    default,
    item,
    outcome,
    processing,
    put,
    response,
    take,
    taken,
    variable,
    when,
)


def test_feedback_in_an_option_is_its_reason() -> None:
    said = '<qti-feedback-inline outcome-identifier="F" identifier="x">Not first.</qti-feedback-inline>'
    body = choice(THREE).replace("Alpha", f"Alpha {said}")
    ours = take(item(body, response(("y",)), SCORE, outcome("F", "identifier"), MATCH_CORRECT))
    assert isinstance(ours, Single)
    assert {one.text: one.rationale for one in ours.options} == {
        "Alpha": "Not first.",
        "Beta": NO_REASON,
        "Gamma": NO_REASON,
    }


def modal(identifier: str, text: str, how: str = "show") -> str:
    return (
        f'<qti-modal-feedback outcome-identifier="F" identifier="{identifier}" show-hide="{how}">'
        f"<qti-content-body><p>{text}</p></qti-content-body></qti-modal-feedback>"
    )


def test_feedback_beside_the_body_is_the_reason_of_the_option_that_brings_it_up() -> None:
    rules = processing(
        put("F", variable()),
        when(f"<qti-match>{variable()}{correct()}</qti-match>", put("SCORE", base(1))),
    )
    ours = take(
        item(
            choice(THREE),
            response(("y",)),
            SCORE,
            outcome("F", "identifier"),
            modal("y", "Second letter."),
            modal("y", "Not the second.", "hide"),
            rules,
        )
    )
    assert isinstance(ours, Single)
    assert {one.text: one.rationale for one in ours.options} == {
        "Alpha": "Not the second.",
        "Beta": "Second letter.",
        "Gamma": "Not the second.",
    }


def test_feedback_on_a_text_and_a_number_is_their_reason() -> None:
    more = outcome("F", "identifier", default("none"))
    yes = put("F", base("yes", "identifier"))
    rule = when(f"<qti-match>{variable()}{correct()}</qti-match>", put("SCORE", base(1)) + yes)
    for kind, right in (("string", "York"), ("integer", "12")):
        ours = take(
            item(
                ENTRY, response((right,), base=kind), SCORE, more, modal("yes", "So it is."), processing(rule)
            )
        )
        assert isinstance(ours, Text | Numeric)
        reason = ours.accepted[0].rationale if isinstance(ours, Text) else ours.rationale
        assert reason == "So it is."


def test_what_is_not_kept_is_said() -> None:
    fixed = choice(THREE).replace('shuffle="true"', "")
    body = (
        '<qti-rubric-block view="scorer" use="scoring"><qti-content-body><p>Hm.</p></qti-content-body>'
        f"</qti-rubric-block>{fixed}"
    )
    ours, lost = taken(item(body, response(("y",)), SCORE, "<qti-catalog-info/>", MATCH_CORRECT))
    assert ours.stem == "Which one?"
    assert lost == (
        "a rubric for scorer is left out",
        "the order in which choices are shown",
        "the catalogue of alternatives for accessibility",
    )


BLOCK = '<qti-feedback-block outcome-identifier="F" identifier="x">%s</qti-feedback-block>'


def test_feedback_that_is_no_text_is_left_out_and_said() -> None:
    said = BLOCK % "<qti-content-body><video/></qti-content-body>"
    document = item(choice(THREE) + said, response(("y",)), SCORE, outcome("F", "identifier"), MATCH_CORRECT)
    assert "feedback that has no form in plain text" in taken(document)[1]
