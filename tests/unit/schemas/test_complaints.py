"""Whatever msgspec complains of becomes one plain sentence that names the member, never the value."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest

from schemas.complaints import in_words


class Person(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=3)]


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    person: Person | None = None
    count: int = 0
    id: UUID | None = None
    at: datetime | None = None
    ids: Annotated[list[int], msgspec.Meta(max_length=1)] = []
    good: bool = False
    level: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    word: Literal["a", "b"] = "a"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[]", "The body must be an object."),
        ("{", "The body is not as the documentation says."),
        ('{"person": {}}', "person.name is missing."),
        ('{"person": {"name": 1}}', "person.name must be text."),
        ('{"person": {"name": ""}}', "person.name must not be empty."),
        ('{"person": {"name": "aaaa"}}', "person.name must have at most 3 characters."),
        ('{"person": {"name": "a", "x": 1}}', "person.x is not known here."),
        ('{"person": 3}', "person must be an object or null."),
        ('{"count": "hunter2"}', "count must be a number."),
        ('{"count": 1.5}', "count must be a whole number."),
        ('{"id": "x"}', "id must be an id, as in 0b9f6f0e-6a0c-4a52-9d57-0c1f4f6c6f5e."),
        ('{"at": "x"}', "at must be a time, as in 2026-11-23T09:00:00Z."),
        ('{"ids": ["x"]}', "ids[0] must be a number."),
        ('{"ids": [1, 2]}', "ids must have at most 1 entries."),
        ('{"good": 1}', "good must be true or false."),
        ('{"level": 7}', "level must be at most 5."),
        ('{"word": "hunter2"}', "word is not as the documentation says."),
        (f'{{"{"y" * 100}": 1}}', f"{'y' * 59}… is not known here."),
    ],
)
def test_complaints_in_words(body: str, said: str) -> None:
    with pytest.raises(msgspec.DecodeError) as refused:
        msgspec.json.decode(body, type=Asked)
    assert in_words(str(refused.value)) == said


def test_a_place_that_the_message_does_not_say() -> None:
    assert in_words("Expected `str`, got `int`", path="person.name") == "person.name must be text."
    assert in_words("Something new", "The file") == "The file is not as the documentation says."
