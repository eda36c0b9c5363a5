"""What a genuine credential says, taken from the bytes that were signed.

Results are matched to their descriptions by id; of whatever has another form than expected, nothing is
claimed. A signature over RDF covers neither the order of a list nor whether one value stands in a list: what
is claimed depends on neither, or else whoever holds a badge could choose it.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from schemas.report import (
    Claim,
    ClaimAchievement,
    ClaimAssessment,
    ClaimAssurance,
    ClaimIssuer,
    ClaimLevel,
    ClaimRecipient,
)
from verifier.lint.rule import inside, types

T = TypeVar("T")

# The place of a level on its scale, which nobody divides any finer.
_PLACES: dict[str | None, int] = {str(place): place for place in range(100)}
# Letters and marks by category, yet nothing to see.
_SHAPELESS = re.compile("FILLER|SELECTOR|JOINER|INHERENT")
# Scripts with letters that one cannot tell apart.
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_NAME_EXAMINED = 400
_UNSUPERVISED = "Taken without supervision: help from people or AI tools not excluded."

ASSURANCES = {
    "unsupervised": _UNSUPERVISED,
    "identity-checked": "Identity checked, not supervised: help from people or AI tools not excluded.",
    "supervised": "Taken under supervision.",
    "confirmed": "Confirmed in a short supervised sitting on questions not seen before.",
    "unstated": "Not stated whether it was supervised: help from people or AI tools not excluded.",
}


def claim(document: Mapping[str, Any], issuer_id: str) -> Claim:
    """The claim of a credential whose signature is genuine."""
    subject = _single(inside(document, "credentialSubject")) or {}
    achievement = _single(inside(subject, "achievement"))
    described = _by_id(achievement or {}, "resultDescription")
    results = [
        (description, result)
        for result in inside(subject, "result")
        if (description := described.get(str(result.get("resultDescription")))) is not None
    ]
    return Claim(
        recipient=ClaimRecipient(_text(subject.get("id")), _name(subject)),
        achievement=None if achievement is None else _achievement(achievement),
        level=_level(results, described),
        issuer=_issuer(document, issuer_id),
        valid_from=_text(document.get("validFrom") or document.get("issuanceDate")),
        valid_until=_text(document.get("validUntil") or document.get("expirationDate")),
        assurance=_assurance(results),
        assessment=_assessment(document),
    )


def _achievement(achievement: Mapping[str, Any]) -> ClaimAchievement:
    criteria = next(iter(inside(achievement, "criteria")), {})
    image = _single(inside(achievement, "image"))
    return ClaimAchievement(
        id=_text(achievement.get("id")),
        name=_text(achievement.get("name")),
        description=_text(achievement.get("description")),
        image=_text(achievement.get("image") if image is None else image.get("id")),
        criteria=_text(criteria.get("narrative")) or _text(criteria.get("id")),
    )


def _level(
    results: list[tuple[dict[str, Any], dict[str, Any]]], described: Mapping[str, dict[str, Any]]
) -> ClaimLevel | None:
    """The level of the one result that has one, with its own cut, never that of another level."""
    leveled = _single([pair for pair in results if "achievedLevel" in pair[1]])
    if leveled is None:
        return None
    description, result = leveled
    levels = _by_id(description, "rubricCriterionLevel")
    reached = levels.get(str(_text(result["achievedLevel"])), {})
    name = _text(reached.get("name"))
    if name is None:
        return None
    required = levels.get(str(_text(description.get("requiredLevel"))), {})
    return ClaimLevel(
        name=name,
        description=_text(reached.get("description")),
        scale=_scale(levels.values()),
        required=_text(required.get("name")),
        cut=_cut(str(reached.get("id")), results, described),
    )


def _scale(levels: Collection[Mapping[str, Any]]) -> tuple[str, ...]:
    """The names of all levels, lowest first, where each says by a number of its own which place it has."""
    placed = {
        place: name
        for level in levels
        if (place := _PLACES.get(_text(level.get("level")))) is not None
        and (name := _text(level.get("name"))) is not None
    }
    return tuple(map(placed.__getitem__, sorted(placed))) if len(placed) == len(levels) else ()


def _cut(
    level_id: str,
    results: list[tuple[dict[str, Any], dict[str, Any]]],
    described: Mapping[str, dict[str, Any]],
) -> str | None:
    """The cut of a level: the description `…#cut-<code>` beside the level `…#<code>`.

    Or else the one cut that a result marks as reached; where several are, none is claimed.
    """
    achievement, _, code = level_id.rpartition("#")
    own = described.get(f"{achievement}#cut-{code}", {})
    # A level that was reached elsewhere, in somebody else's assessment: its issuer says so.
    if any(
        description is own and _text(result.get("value")) == "not applied" for description, result in results
    ):
        return None
    if _text(own.get("resultType")) == "ext:CutScore":
        return _text(own.get("requiredValue"))
    return _single(
        [
            _text(description.get("requiredValue"))
            for description, result in results
            if _text(description.get("resultType")) == "ext:CutScore"
            and _text(result.get("value")) == "reached"
        ]
    )


def _assurance(results: list[tuple[dict[str, Any], dict[str, Any]]]) -> ClaimAssurance | None:
    """What is declared; a missing declaration is unstated, never guessed, and so are two that differ."""
    codes = {
        code
        for description, result in results
        if _text(description.get("resultType")) == "ext:Assurance" and (code := _text(result.get("value")))
    }
    code = _single([*codes])
    if code is None:
        return None
    return ClaimAssurance(code, ASSURANCES.get(code, "The issuer's own word, which we do not know."))


def _assessment(document: Mapping[str, Any]) -> ClaimAssessment | None:
    evidence = _single([one for one in inside(document, "evidence") if "Evidence" in types(one)])
    if evidence is None:
        return None
    return ClaimAssessment(
        name=_text(evidence.get("name")),
        narrative=_text(evidence.get("narrative")),
        record=_text(evidence.get("id")),
    )


def issuer_name(document: Mapping[str, Any]) -> str | None:
    """What the issuer calls itself, as it is claimed here."""
    issuer = document.get("issuer")
    return _text(issuer.get("name")) if isinstance(issuer, dict) else None


def _issuer(document: Mapping[str, Any], issuer_id: str) -> ClaimIssuer:
    name = issuer_name(document)
    domain, notice = _proven(issuer_id)
    notice = notice or (None if name is None else mixed_letters(name))
    return ClaimIssuer(id=issuer_id, name=name, domain=domain, notice=notice)


@lru_cache(maxsize=256)
def _proven(issuer_id: str) -> tuple[str | None, str | None]:
    """The domain that an identifier stands under, and its warning; one that is a key has none."""
    if issuer_id.startswith("did:web:"):
        domain = issuer_id.removeprefix("did:web:").partition(":")[0].replace("%3A", ":").replace("%3a", ":")
    elif issuer_id.startswith(("https://", "http://")):
        domain = issuer_id.partition("//")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    else:
        return None, None
    return domain, look_alike(domain)


def mixed_letters(name: str) -> str | None:
    """A warning where one word of a name mixes scripts whose letters look alike (UTS 39)."""
    if name.isascii():
        return None
    for word in name[:_NAME_EXAMINED].split():
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
        if len(mixed := scripts & _ALIKE) > 1:
            named = " and ".join(sorted(script.title() for script in mixed))
            return f"The name that it gives itself mixes {named} letters, which can look like another one."
    return None


def look_alike(domain: str) -> str | None:
    """A warning where the domain is one that browsers would show in other letters than it is written in."""
    domain = domain.lower()
    if "xn--" not in domain:
        return None
    shown = ".".join(_unicode(label) for label in domain.partition(":")[0].split("."))
    scripts = {unicodedata.name(letter, "?").split()[0].title() for letter in shown if letter.isalpha()}
    mixed = f" It mixes {' and '.join(sorted(scripts))} letters." if len(scripts) > 1 else ""
    return f"This address may be shown as {shown}, which can look like another one.{mixed}"


def _unicode(label: str) -> str:
    """The label as browsers would show it; as it is written where that holds what nobody could see."""
    try:
        shown = label.removeprefix("xn--").encode().decode("punycode") if label.startswith("xn--") else label
    except UnicodeError:
        return label
    return label if any(map(_unseen, shown)) else shown


def _unseen(letter: str) -> bool:
    """Whether this is a surrogate, a control, not assigned, a space, or a letter without a shape."""
    return unicodedata.category(letter)[0] in "CZ" or bool(_SHAPELESS.search(unicodedata.name(letter, "")))


def _name(subject: Mapping[str, Any]) -> str | None:
    """The name that the issuer gave in plain text, among the identity objects."""
    return _single(
        [
            _text(identity.get("identityHash"))
            for identity in inside(subject, "identifier")
            if _text(identity.get("identityType")) == "name" and identity.get("hashed") is False
        ]
    )


def _by_id(holder: Mapping[str, Any], member: str) -> dict[str, dict[str, Any]]:
    return {str(value.get("id")): value for value in inside(holder, member)}


def _single(found: Sequence[T]) -> T | None:
    """The one of its kind; of several, none."""
    return found[0] if len(found) == 1 else None


def _text(value: Any) -> str | None:
    """A string or the string of a value object, alone or in a list of one; anything else says nothing."""
    if value.__class__ is str:  # as nearly all are
        return value or None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) and value else None
