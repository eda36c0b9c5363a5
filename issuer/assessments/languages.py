"""In which language somebody is asked: what a bank offers, what a browser prefers, and the texts in it. Pure.

One sitting has one language, from its first question to its result (docs/decisions). Only a bank that is
whole in a language offers it: `lint` refuses a translation that lacks a text.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from schemas.assessment import Area, Bank, Started
from schemas.items import Item, Text
from schemas.problems import ProblemError

LONGEST_WISH = 1_000  # characters of Accept-Language that are read

# In its own words, as its readers look for it; a language that is not here is called by its tag.
NAMES = {
    "ar": "العربية",
    "bg": "Български",
    "ca": "Català",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "ga": "Gaeilge",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "mt": "Malti",
    "nl": "Nederlands",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sr": "Српски",
    "sv": "Svenska",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
}
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "ug", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})
_SCRIPT = 4  # letters of a script's subtag


class Tongue(Struct, frozen=True):
    """A language as a page needs it: its tag for `lang`, its own name, and the direction of its writing."""

    tag: str
    name: str
    dir: str


def tongue(tag: str) -> Tongue:
    """The language with this tag (BCP 47); a script in the tag decides on the direction."""
    primary, *rest = tag.lower().split("-")
    name = NAMES.get(primary, tag)
    if rest and name != tag:
        name = f"{name} ({tag})"
    scripts = [subtag for subtag in rest if len(subtag) == _SCRIPT and subtag.isalpha()]
    right_to_left = scripts[0] in _RIGHT_TO_LEFT_SCRIPTS if scripts else primary in _RIGHT_TO_LEFT
    return Tongue(tag, name, "rtl" if right_to_left else "ltr")


def offered(bank: Bank) -> tuple[Tongue, ...]:
    """The languages to choose among, the author's own first; none where there is nothing to choose."""
    return tuple(map(tongue, bank.languages)) if bank.translations else ()


def preferred(languages: tuple[str, ...], accepts: str) -> str:
    """The one of these languages that a browser wants most (`Accept-Language`, RFC 4647 look-up).

    The first, where it wants none of them.
    """
    for wish in _wishes(accepts[:LONGEST_WISH]):
        subtags = wish.split("-")
        for length in range(len(subtags), 0, -1):
            sought = "-".join(subtags[:length])
            for language in languages:
                if f"{language.lower()}-".startswith(f"{sought}-"):
                    return language
    return languages[0]


def chosen(bank: Bank, wanted: str | None, before: str | None = None) -> str | None:
    """What a sitting's log says of its language; None where the bank has one only.

    `wanted` is what the person chose; without it, what they were asked in `before`, if that is still there,
    or the bank's own. Raises problem `session.language` for one that the bank is not in.
    """
    if wanted is not None and wanted not in bank.languages:
        raise ProblemError("session.language", f"The languages are: {', '.join(bank.languages)}.")
    if not bank.translations:
        return None
    kept = before if before in bank.languages else bank.language
    return kept if wanted is None else wanted


def language_of(bank: Bank, started: Started) -> str:
    """The language in which a session is asked."""
    return started.language or bank.language


def item_texts(bank: Bank, language: str, item_id: str) -> Mapping[str, str]:
    """An item's texts in a translation, by place; none where they are the bank's own."""
    translation = bank.translations.get(language)
    return {} if translation is None else translation.items.get(item_id, {})


def title(bank: Bank, language: str) -> str:
    """What the assessment is called in a language."""
    translation = bank.translations.get(language)
    return bank.title if translation is None else translation.title


def description(bank: Bank, language: str) -> str:
    """What is measured, in a language."""
    translation = bank.translations.get(language)
    return bank.description if translation is None else translation.description


def areas(bank: Bank, language: str) -> tuple[Area, ...]:
    """The content areas with their names and descriptions in a language; links are the author's."""
    translation = bank.translations.get(language)
    if translation is None:
        return bank.areas
    return tuple(
        replace(area, name=texts["name"], description=texts["description"])
        for area in bank.areas
        for texts in (translation.areas[area.id],)
    )


def scored_in(item: Item, language: str) -> Item:
    """The item as it is scored in a language: of a short text, the answers that are accepted there.

    Every other kind is the same in each: what is recorded are ids and numbers.
    """
    if not isinstance(item, Text) or all(one.language is None for one in item.accepted):
        return item
    return replace(item, accepted=tuple(one for one in item.accepted if one.language in {None, language}))


def _wishes(accepts: str) -> Iterator[str]:
    """The ranges of the header, the most wanted first; malformed ones and `*` are passed over."""
    weighed = []
    for place, part in enumerate(accepts.split(",")):
        wish, _, parameter = part.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
        except ValueError:
            continue
        if 0 < weight <= 1 and wish.strip() not in {"", "*"}:
            weighed.append((-weight, place, wish.strip().lower()))
    return (wish for _, _, wish in sorted(weighed))
