"""The question's page for every kind: fields that `read` understands, what was given kept, and no key."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from issuer.assessments import kinds, views
from issuer.assessments.assemble import option_order
from issuer.assessments.bank import read_bank
from issuer.assessments.languages import tongue
from schemas.items import Item, Picture
from verifier.web.render import render

PROSE = (Path(__file__).parents[3] / "docs/assessments.md").read_text()
DOCUMENT = next(
    found for found in re.findall(r"```json\n(.*?)```", PROSE, re.DOTALL) if '"id": "kinds"' in found
)
BANK = read_bank(DOCUMENT.encode())
FIELDS = {
    "single": {"option"},
    "multiple": {"option"},
    "order": {"place.tell", "place.back", "place.find", "place.test"},
    "match": {"match.time", "match.two", "match.parts"},
    "inline": {"gap.join", "gap.where"},
    "text": {"text"},
    "numeric": {"number"},
    "task": {"work"},
}


def page(item: Item, texts: dict[str, str] | None = None) -> dict[str, Any]:
    """What the page is given for an item."""
    return {
        "organization": "Acme",
        "assessment": BANK.title,
        "tongue": tongue(BANK.language),
        "question": kinds.show(item, option_order(item, bytes(32)), texts),
        "number": 1,
        "total": 8,
        "most": 8,
        "minutes_left": None,
        "pause_action": None,
        "step": 1,
        "action": "/take/x/answers",
        "given": {"text": ['a "b"'], "number": ["12"], "work": ["Draft <b>"], "place.tell": ["2"]},
        "error": "Go on.",
        "notice": None,
        "reached": None,
        "finish_action": None,
    }


def test_the_page_shows_pictures_with_the_words_that_stand_for_them() -> None:
    dot = Picture("image/png", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB", 'A "dot"')
    item = msgspec.structs.replace(BANK.items[0], pictures=(dot, dot))
    assert kinds.places(item)["pictures.1"] == dot.alt
    body = render(views.QUESTION, **page(item, {"pictures.0": "Ein <Punkt>"})).decode()
    assert body.count(f'<img src="data:image/png;base64,{dot.data}"') == 2
    assert 'alt="Ein &lt;Punkt&gt;"><figcaption>Picture 1</figcaption>' in body
    assert 'alt="A &#34;dot&#34;"><figcaption>Picture 2</figcaption>' in body


@pytest.mark.parametrize("item", BANK.items, ids=[item.kind for item in BANK.items])
def test_the_page_has_the_fields_of_the_kind_and_no_key(item: Item) -> None:
    body = render(views.QUESTION, **page(item)).decode()
    assert (
        set(re.findall(r' name="([^"]*)"', body)) - {"item", "viewport", "color-scheme", "robots"}
        == FIELDS[item.kind]
    )
    assert 'href="#option-1"' in body
    assert ' id="option-1"' in body
    kept = {
        "text": "a &#34;b&#34;",
        "numeric": 'value="12"',
        "task": "Draft &lt;b&gt;",
        "order": "<option selected>2",
    }
    assert kept.get(item.kind, "") in body
    document = next(one for one in json.loads(DOCUMENT)["items"] if one["id"] == item.id)
    for rationale in re.findall(r'"rationale": "([^"]*)"', json.dumps(document, ensure_ascii=False)):
        assert rationale not in body
