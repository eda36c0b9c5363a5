"""Damage to genuine credentials of every form: what an attacker without the key can do, by a seeded chance.

Each is made from one of the vectors that must be valid. What means the same afterwards (white space that
mail makes, members in another order) is no damage and gives None.
"""

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests.vectors.maker.keys import compact, segment
from verifier import Report, averify
from verifier.conformance.case import Case, read_cases
from verifier.policy import read_policy
from verifier.recorded import Recorded

VECTORS = Path(__file__).parents[1] / "tests" / "vectors"
FORMS = (
    *("ob-jwt", "vc-jwt", "enveloped", "vp-jwt", "vcdm11-jwt", "issuer-key"),
    *("eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ed25519-signature-2020"),
    "vp-integrity",
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \n"
# In these, something may go without any harm: one proof of several.
_SEVERAL = ("valid-set", "valid-chain")


_Kind = Callable[[str, str, Random], bytes | None]


def controls() -> list[Case]:
    """The vectors that must be valid, of every form that is text; links lead elsewhere."""
    return [
        case
        for case in read_cases(VECTORS)
        if case.format in FORMS
        and case.expect.verdict == "valid"
        and case.input.text is not None
        and not case.input.text.startswith("https:")
        and not any(name in case.id for name in _SEVERAL)
    ]


async def judged(case: Case, evidence: bytes) -> Report:
    """What we say of other evidence in a case's place."""
    recorded = Recorded(case.recording, lambda: case.clock)
    return await averify(
        evidence,
        policy=None if case.policy is None else read_policy(case.policy),
        trust=recorded.trust,
        fetch=recorded,
        clock=lambda: case.clock,
        expected_recipient=case.expected_recipient,
        nonce=case.nonce,
        audience=case.audience,
    )


def damaged(case: Case, others: list[Case], chance: Random) -> bytes | None:
    """One piece of damage, or None where it turned out to be none."""
    text = case.input.text or ""
    kinds: list[_Kind] = [_characters, _bit]
    kinds += [_member, _twice, _exchanged] if text.startswith("{") else [_content, _segments]
    kind = chance.choice(kinds)
    found = kind(text, chance.choice(others).input.text or "", chance)
    return None if found is None or _same(found, text) else found


def _characters(text: str, _other: str, chance: Random) -> bytes:
    """One to three characters changed, dropped or added."""
    letters = list(text)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(letters))
        letters[place : place + chance.randint(0, 1)] = chance.choice(ALPHABET) * chance.randint(0, 1)
    return "".join(letters).encode()


def _bit(text: str, _other: str, chance: Random) -> bytes:
    raw = bytearray(text.encode())
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return bytes(raw)


def _content(text: str, _other: str, chance: Random) -> bytes | None:
    """The payload with a member damaged, under the old signature."""
    header, payload, signature = text.strip().replace("\r\n", "").replace("\n", "").split(".")
    made = _damage(json.loads(_bytes(payload)), chance)
    return None if made is None else f"{header}.{segment(compact(made))}.{signature}".encode()


def _segments(text: str, other: str, chance: Random) -> bytes:
    """Parts of two tokens put together."""
    mine, theirs = text.split("."), other.split(".")
    place = chance.randrange(3)
    mine[place] = theirs[place % len(theirs)] if chance.random() < 0.5 else mine[(place + 1) % 3]
    return ".".join(mine).encode()


def _member(text: str, _other: str, chance: Random) -> bytes | None:
    """A member of the document or its proof dropped, added or changed."""
    made = _damage(json.loads(text), chance)
    return None if made is None else compact(made)


def _twice(text: str, _other: str, chance: Random) -> bytes:
    """A member that stands twice."""
    node = chance.choice([found for found in _objects(json.loads(text)) if found])
    name = chance.choice(list(node))
    inner = compact(node).decode()
    doubled = inner[:-1] + f",{json.dumps(name)}:{compact(node[name]).decode()}}}"
    return text.replace(inner, doubled, 1).encode()


def _exchanged(text: str, other: str, chance: Random) -> bytes | None:
    """The proof, or another member, of another document."""
    if not other.startswith("{"):
        return None
    mine, theirs = json.loads(text), json.loads(other)
    shared = [name for name in mine if name in theirs and name not in ("@context", "type")]
    # The same credential, signed by the same issuer once more, is no forgery.
    if not shared or {**mine, "proof": None} == {**theirs, "proof": None}:
        return None
    name = chance.choice(shared)
    return compact({**mine, name: theirs[name]})


def _damage(document: Any, chance: Random) -> Any:
    made = copy.deepcopy(document)
    node = chance.choice([found for found in _objects(made) if found])
    name = chance.choice(list(node))
    match chance.randrange(4):
        case 0:
            del node[name]
        case 1:
            node[chance.choice(("clearance", "name", "description", "url", "validUntil", "@id"))] = "added"
        case 2 if isinstance(node[name], str):
            place = chance.randrange(len(node[name]) + 1)
            node[name] = node[name][:place] + chance.choice('aZ0-:/#%<>"\\\u00e9 ') + node[name][place:]
        case _:
            node[name] = chance.choice((None, [], {}, "", 0, True, [node[name], node[name]]))
    return made


def _objects(value: Any) -> list[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, dict):
        return [value, *(found for item in value.values() for found in _objects(item))]
    return [found for item in value for found in _objects(item)] if isinstance(value, list) else []


def _same(found: bytes, text: str) -> bool:
    """Whether it says the same in the same way, white space aside where that does not count."""
    try:
        if text.startswith("{"):
            mine, made = json.loads(text), json.loads(found)
            if isinstance(made, dict) and made.get("proof") == [mine.get("proof")] * 2:
                return True  # a proof that stands twice is as good as once
            # Around an envelope's id nothing is signed, and nothing is read.
            enveloped = str(mine.get("id")).startswith("data:") and isinstance(made, dict)
            alike = mine["id"] == made.get("id") if enveloped else mine == made
            # A member that stands twice is damage, whatever a parser makes of it.
            return bool(alike and (enveloped or _members(found) == _members(text)))
        return b"".join(found.split()) == "".join(text.split()).encode()
    except ValueError:
        return False


def _members(text: str | bytes) -> int:
    """How many members all objects of a document have, repeated ones too."""
    counted: list[int] = []
    json.loads(text, object_pairs_hook=lambda pairs: counted.append(len(pairs)))
    return sum(counted)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
