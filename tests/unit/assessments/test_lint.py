"""Every sentence of the lints, by what was changed in a bank that is clean."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from issuer.assessments import kinds
from issuer.assessments.bank import BankRefused, parse_bank, read_bank, shipped
from issuer.assessments.lint import lint, lint_conditions, lint_tier
from schemas.assessment import Bank, Conditions

PROSE = (Path(__file__).parents[3] / "docs/assessments.md").read_text()
DOCUMENT: dict[str, Any] = json.loads(
    next(found for found in re.findall(r"```json\n(.*?)```", PROSE, re.DOTALL) if '"id": "kinds"' in found)
)
PLACES = [item["id"] for item in DOCUMENT["items"]]


def changed(changes: dict[str, Any], document: dict[str, Any] = DOCUMENT) -> Bank:
    """The bank with other values at dotted paths; an item is named by its id, `None` leaves a member out."""
    document = copy.deepcopy(document)
    for where, value in changes.items():
        *path, last = [
            PLACES.index(part) if part in PLACES and at == 1 else int(part) if part.isdigit() else part
            for at, part in enumerate(where.split("/"))
        ]
        place: Any = document
        for part in path:
            place = place[part]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return parse_bank(json.dumps(document).encode())


def test_a_clean_bank_has_no_findings() -> None:
    assert list(lint(changed({}))) == []


# The first 24 bytes of a PNG of one pixel: no lint unpacks it.
PICTURE = {"mediaType": "image/png", "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB", "alt": "A dot"}

OF_ITEMS: list[tuple[str, Any, str]] = [
    ("rows/stem", " ", "Item rows has no question."),
    ("rows/exhibit", " ", "Item rows has an exhibit without content; leave it out."),
    ("rows/options/0/text", "2", "Item rows, option 'a', has the same text as another option."),
    ("restore/key", ["tell", "back", "find"], "has a key that does not name each of its options once."),
    ("restore/key/0", "test", "has a key that does not name each of its options once."),
    ("restore/options/1/rationale", "", "Item restore, option 'back', has no rationale."),
    ("charts/key/parts", "cake", "Item charts, option 'parts', has a key that is not among the targets."),
    ("charts/key/parts", None, "Item charts has a key that does not name each of its options once."),
    ("charts/targets", [{"id": "line", "text": "Line"}], "Item charts needs at least 2 targets."),
    ("charts/targets/1/text", " ", "Item charts, target 'scatter', has no text."),
    ("charts/targets/1/id", "Bar!", "has the target id 'Bar!', which is malformed or used twice."),
    ("join/gaps", [], "Item join has no gap."),
    ("join/gaps/0/id", "A", "has the gap id 'A', which is malformed or used twice."),
    ("join/text", "{{join}} {{join}} {{where}}", "does not name each of its gaps once, as in {{gap}}."),
    ("join/gaps/0/key", "outer", "Item join, gap 'join', has a key that is not among its options."),
    ("join/gaps/0/options/1/rationale", " ", "Item join, gap 'join', option 'inner', has no rationale."),
    ("capital/accepted", [], "Item capital has no accepted answer."),
    ("capital/accepted/0/text", "!", "accepts '!', of which nothing is left after normalisation."),
    ("capital/accepted/0/text", "x" * 201, "of more than 200 characters, which nobody can write."),
    ("capital/accepted/0/rationale", "", "Item capital, accepted answer 'ORDER BY', has no rationale."),
    ("capital/normalisation", ["case", "case"], "Item capital names a normalisation twice."),
    ("vat/value", "1e3", "has a value that is not a plain decimal of at most 40 characters"),
    ("vat/value", "1" * 41, "has a value that is not a plain decimal of at most 40 characters"),
    ("vat/tolerance", "", "has a tolerance that is not a plain decimal"),
    ("vat/tolerance", "-1", "Item vat has a tolerance below zero."),
    ("vat/rationale", " ", "Item vat has no rationale."),
    ("vat/unit", " ", "Item vat has an empty unit; leave it out."),
    ("rows/pictures", [PICTURE | {"alt": " "}], "needs a text (alt) of 1 to 500 characters"),
    ("rows/pictures", [PICTURE | {"data": "!"}], "Item rows, picture 1, is not in base64."),
    ("rows/pictures", [PICTURE | {"mediaType": "image/jpeg"}], "does not begin as image/jpeg does."),
    ("rows/pictures", [PICTURE | {"data": "iVBORw0KGgo="}], "must say its size, of 1 to 4096 pixels a side."),
    ("rows/pictures", [PICTURE] * 5, "Item rows has more than 4 pictures."),
    ("reply/pictures", [PICTURE], "Item reply is a task, and its raters see no pictures; leave them out."),
    ("capital/accepted/0/points", 0, "Item capital gives 'ORDER BY' 0 points; it must be 1 to 20."),
    ("rows/credit", {"parts": {"b": 1}, "most": 0}, "Item rows gives 0 points at most; it must be 1 to 20."),
    ("rows/credit", {"parts": {"9": 1}, "most": 1}, "has credit for '9', which is no part of an answer."),
    ("rows/credit", {"parts": {"a": 1}, "most": 21}, "has a key that is not worth the most points."),
    ("join/credit", {"parts": {"a>a": 1}, "most": 1}, "has credit for 'a>a', which is no part of an answer."),
    ("charts/credit", {"parts": {}, "most": 3, "other": 1}, "is both partial and has credit"),
    ("reply/wordsAtMost", 0, "Item reply must allow between 1 and 5000 words."),
    ("reply/aids", "", "Item reply has empty aids; leave them out where the assessment's own hold."),
    ("reply/rubric", [], "Item reply has no criterion to rate."),
    ("reply/rubric/0/id", "tone", "has the criterion id 'tone', which is malformed or used twice."),
    ("reply/rubric/0/name", "Tone", "criterion 'facts', has the same name as another criterion."),
    ("reply/rubric/0/name", "", "Item reply, criterion 'facts', has no name."),
    ("reply/rubric/0/levels/1", None, "Item reply, criterion 'facts', needs at least 2 levels."),
    ("reply/rubric/0/levels/0/points", 1, "has levels whose points do not ascend from 0."),
    ("reply/rubric/0/needed", 0, "needs 0 points, which is not a level above the lowest."),
    ("reply/rubric/1/levels/1/description", "", "has a level of 1 points without description."),
    ("rows/area", "elsewhere", "Item rows is in an area that the bank does not have."),
    ("rows/enemies", ["rows"], "Item rows is its own enemy."),
    ("rows/enemies", ["nobody"], "Item rows has the enemy 'nobody', which the bank does not have."),
    ("rows/enemies", ["vat", "vat"], "Item rows names an enemy twice."),
    ("rows/skills", ["sql/joins"], "Item rows has the skill 'sql/joins', which is no absolute URI."),
    ("rows/exposureCap", 0.0, "has the exposure cap 0; it lies above 0 and is 1 at most."),
    ("rows/exposureCap", 1.5, "has the exposure cap 1.5; it lies above 0 and is 1 at most."),
    ("rows/parameters", {"model": "2pl", "a": 1, "b": 0}, "has parameters, and the bank is uncalibrated."),
]


@pytest.mark.parametrize(("where", "value", "says"), OF_ITEMS)
def test_what_is_wrong_with_an_item_is_said(where: str, value: Any, says: str) -> None:
    found = list(lint(changed({f"items/{where}": value})))
    assert any(says in one for one in found), found
    assert where.split("/", maxsplit=1)[0] in found[0]


def test_what_is_wrong_with_a_range_that_is_right_in_part_is_said() -> None:
    near = {"value": "1", "tolerance": "-1", "points": 2}
    found = list(lint(changed({"items/vat/points": 2, "items/vat/nearly": [near]})))
    assert found == [
        "Item vat, nearly right at 1, has a tolerance below zero.",
        "Item vat gives what is right in part 2 points of 2.",
    ]
    assert list(lint(changed({"items/vat/points": 21}))) == ["Item vat gives 21 points; it must be 1 to 20."]


def test_a_range_without_width_has_its_ends() -> None:
    found = list(lint(changed({"items/vat/tolerance": "0.00", "items/vat/ends": "lower"})))
    assert found == [
        "Item vat has a tolerance of zero, so both ends of the range are the value: no number is right."
    ]


def test_two_answers_that_are_the_same_after_normalisation() -> None:
    accepted = [{"text": text, "rationale": "Yes."} for text in ("Order by", "ORDER BY")]
    found = list(lint(changed({"items/capital/accepted": accepted})))
    assert found == ["Item capital accepts 'ORDER BY', which is another accepted answer after normalisation."]


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        ("title", " ", "The bank has no title."),
        ("version", "", "The bank has no version."),
        ("language", "English", "The bank's language 'English' is no language tag"),
        ("id", "Kinds", "The id 'Kinds' may hold"),
        ("areas/0/name", "", "Area work has no name."),
        ("areas/0/weight", 0, "Area work has the weight 0; it must be 1 or more."),
        ("areas/0/links/0/url", "http://example.org", "Area work has a link that is not https."),
    ],
)
def test_what_is_wrong_with_a_bank_is_said(where: str, value: Any, says: str) -> None:
    assert any(says in one for one in lint(changed({where: value})))


def test_an_area_of_drafts_or_tasks_alone_has_no_live_items() -> None:
    states = {f"items/{name}/state": "pilot" for name in PLACES if name != "reply"}
    assert list(lint(changed(states))) == ["Area work has no live items besides tasks."]


CALIBRATION = {
    "model": "2pl",
    "source": "recorded",
    "people": 2000,
    "responses": "0" * 64,
    "logLikelihood": -1.5,
}


def calibrated(model: str, /, **parameters: Any) -> list[str]:
    """Findings in a bank in which the item `rows` has these parameters, and the others make sense."""
    fitting: dict[str, Any] = {"model": model, "a": 1.0, "b": 0.0, "n": 2000}
    changes: dict[str, Any] = {"calibration": CALIBRATION | {"model": model}}
    for item in changed({}).items:
        most = kinds.most(item)
        thresholds = {"b": list(range(most))} if model == "grm" else {}
        changes[f"items/{item.id}/parameters"] = (
            fitting | thresholds | (parameters if item.id == "rows" else {})
        )
    return list(lint(changed(changes)))


def test_parameters_that_make_sense() -> None:
    for model in ("rasch", "2pl", "3pl", "grm"):
        assert calibrated(model) == []
    assert calibrated("3pl", c=0.2, seA=0.1, seB=0.1) == []


@pytest.mark.parametrize(
    ("model", "parameters", "says"),
    [
        ("2pl", {"a": 0.0}, "Item rows has a = 0; a discrimination lies above 0."),
        ("3pl", {"c": 1.0}, "Item rows has c = 1; a lower asymptote is 0 or more and below 1."),
        ("3pl", {"c": -0.1}, "a lower asymptote is 0 or more and below 1."),
        ("2pl", {"c": 0.2}, "Item rows has a lower asymptote, which the model 2pl does not have."),
        ("2pl", {"n": -1}, "Item rows counts -1 responses."),
        ("2pl", {"b": [0.0]}, "Item rows must have b as one number."),
        ("grm", {"b": 0.0}, "Item rows must have b as thresholds, in a list."),
        ("grm", {"b": [0.0, 1.0]}, "Item rows has 2 thresholds, and 1 points can be had."),
        ("grm", {"b": [1.0, 0.0]}, "Item rows has thresholds that do not ascend."),
        ("2pl", {"seB": [0.1, 0.1]}, "Item rows has a standard error of b for another number of thresholds."),
        ("2pl", {"seA": -0.1}, "Item rows has a standard error below 0."),
        ("2pl", {"model": "rasch"}, "Item rows has the model rasch, and the bank's is 2pl."),
        ("rasch", {"a": 1.1}, "The bank's model is Rasch, and its items differ in a."),
    ],
)
def test_parameters_that_make_no_sense(model: str, parameters: dict[str, Any], says: str) -> None:
    assert any(says in one for one in calibrated(model, **parameters))


def test_a_calibrated_bank_has_parameters_for_what_is_live() -> None:
    changes: dict[str, Any] = {"calibration": CALIBRATION, "items/rows/state": "pilot"}
    found = list(lint(changed(changes)))
    assert "Item vat is live without parameters in a calibrated bank." in found
    assert not any("rows" in one for one in found)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"fit": {"items": 3, "misfits": 4, "criterion": "p"}}, "says: 4 of 3 items do not fit"),
        ({"fit": {"items": 3, "misfits": 1, "criterion": " "}}, "do not fit, by ' '."),
        (
            {"dif": [{"comparison": "b against a", "a": -1, "b": 0, "c": 0, "insufficient": 0}]},
            "comparison 'b against a' has no name or counts below 0.",
        ),
        (
            {"dif": [{"comparison": "", "a": 1, "b": 0, "c": 0, "insufficient": 0}]},
            "comparison '' has no name or counts below 0.",
        ),
    ],
)
def test_findings_that_cannot_be_are_said(found: dict[str, Any], says: str) -> None:
    bank = changed({"calibration": CALIBRATION | found})
    assert any(says in one for one in lint(bank))


def test_a_tier_asks_for_its_responses() -> None:
    changes: dict[str, Any] = {"calibration": CALIBRATION}
    for name, n in (("rows", 499), ("vat", 500)):
        changes[f"items/{name}/parameters"] = {"model": "2pl", "a": 1, "b": 0, "n": n}
    assert list(lint_tier(changed(changes))) == [
        "Item rows has 499 responses; the model 2pl needs 500. Keep it as a pilot item until then."
    ]
    assert list(lint_tier(changed({}))) == []


def translation() -> dict[str, Any]:
    """Every text of the bank in capitals, but for the names of gaps."""
    bank = changed({})
    words = {
        item.id: {place: f"« {text} »" for place, text in kinds.places(item).items()} for item in bank.items
    }
    areas = {area.id: {"name": area.name, "description": area.description} for area in bank.areas}
    return {"title": "Titel", "description": "Beschreibung", "areas": areas, "items": words}


def test_a_whole_translation_is_clean() -> None:
    assert list(lint(changed({"translations": {"de": translation()}}))) == []


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        ("de/title", "", "The translation 'de' has no title."),
        ("de/description", " ", "The translation 'de' has no description."),
        ("de/areas/work", {}, "The translation 'de', area work, lacks 'name'."),
        ("de/areas/play", {}, "The translation 'de' has the area 'play', which the bank does not have."),
        ("de/items/rows/stem", None, "The translation 'de', item rows, lacks 'stem'."),
        ("de/items/rows/exhibit", " ", "The translation 'de', item rows, lacks 'exhibit'."),
        ("de/items/rows", None, "The translation 'de', item rows, lacks 'options.b'."),
        ("de/items/rows/key", "a", "item rows, has a text at 'key', which is no place of it."),
        ("de/items/nobody", {}, "The translation 'de' has the item 'nobody', which the bank does not have."),
        ("de/items/join/text", "{{join}}", "item join, does not name each of its gaps once in 'text'."),
        ("en", translation(), "The translation 'en' is not in another language"),
        ("Deutsch", translation(), "The translation 'Deutsch' is not in another language"),
    ],
)
def test_what_a_translation_lacks_is_said(where: str, value: Any, says: str) -> None:
    document = DOCUMENT | {"translations": {"de": translation()}}
    found = list(lint(changed({f"translations/{where}": value}, document)))
    assert any(says in one for one in found), found


def test_too_few_items_for_what_is_to_be_asked() -> None:
    bank = read_bank(shipped())

    def found(**chosen: Any) -> list[str]:
        return list(lint_conditions(bank, Conditions(permitted_aids="None.", **chosen)))

    assert found() == []
    assert found(exposure_cap=0.25) == []
    (capped,) = found(exposure_cap=0.1)
    assert capped.startswith(
        "With at least 20 items a session and an exposure cap of 0.1, it takes 250 live items;"
    )
    assert capped.endswith("the bank has 215.")
    assert found(exposure_cap=0.0) == ["An exposure cap lies above 0 and is 1 at most; this is 0."]
    assert found(items_per_step=216, items_at_most=216) == [
        "A step asks at least 216 items; live in the bank: 215."
    ]
    assert found(tasks=3) == ["The first step asks 3 tasks; live in the bank: 2."]
    assert found(pilots_per_step=2) == ["A step tries out 2 pilot items; in the bank: 0."]


def test_conditions_that_make_no_sense_are_said() -> None:
    bank = read_bank(shipped())
    wrong = Conditions(
        permitted_aids=" ", items_per_step=0, pauses=-1, epochs=0, minutes_per_step=0.0, delivery="adaptive",
        items_at_least=61,
    )  # fmt: skip
    found = list(lint_conditions(bank, wrong))
    assert [one.partition(" is ")[0] for one in found if "must be" in one] == [
        "items_per_step", "pauses", "epochs", "items_at_first",
    ]  # fmt: skip
    assert any("no time" in one for one in found)
    assert any("help is permitted" in one for one in found)
    assert any("calibrated from responses" in one for one in found)


def test_a_bank_is_refused_by_its_first_finding() -> None:
    document = msgspec.json.encode(changed({"title": "", "items/rows/stem": ""}))
    with pytest.raises(BankRefused, match="no title") as refused:
        read_bank(document)
    assert refused.value.code == "bank.lint"
