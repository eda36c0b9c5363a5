"""What msgspec says of a value that is not as expected, in words: `must be a number`, and of which member."""

import re

_EXPECTED = re.compile(r"Expected `(?P<kinds>[^`]+)`(?:, got `(?P<got>[^`]+)`)?(?P<bound>.*)", re.DOTALL)
_LENGTH = re.compile(r" of length (?P<how><=|>=|==) (?P<size>\d+)")
_BOUND = re.compile(r" (?P<how><=|>=|<|>) (?P<size>\S+)")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")

_KINDS = {
    "int": "a number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "uuid": "an id, as in 0b9f6f0e-6a0c-4a52-9d57-0c1f4f6c6f5e",
    "datetime": "a time, as in 2026-11-23T09:00:00Z",
}
_HOW = {"<=": "at most", ">=": "at least", "==": "exactly", "<": "less than", ">": "more than"}
_INVALID = {
    "Invalid UUID": _KINDS["uuid"],
    "Invalid RFC3339 encoded datetime": _KINDS["datetime"],
}


def in_words(message: str, whole: str = "The body", path: str | None = None) -> str:
    """Return one sentence that names the member and what it must be.

    `whole` is what to call the value itself, `path` where the member is (``person.name``) if the message
    does not say. Names of members come from our own types, but for those that are not among them, which the
    sender wrote: they are told up to 60 characters.
    """
    what, _, place = message.partition(" - at `")
    at = place.removesuffix("`").removeprefix("$").removeprefix(".") or path or ""
    for pattern, verb in ((_MISSING, "is missing"), (_UNKNOWN, "is not known here")):
        named = pattern.fullmatch(what)
        if named is not None:
            return f"{'.'.join(part for part in (at, _short(named['name'])) if part)} {verb}."
    return f"{_short(at) or whole} {_must(what)}."


def _must(what: str) -> str:
    expected = _EXPECTED.fullmatch(what)
    if expected is None:
        return f"must be {_INVALID[what]}" if what in _INVALID else "is not as the documentation says"
    kinds = " or ".join(dict.fromkeys(_KINDS.get(kind, kind) for kind in expected["kinds"].split(" | ")))
    if expected["got"] == "float":
        kinds = kinds.replace("a number", "a whole number")
    length, bound = _LENGTH.fullmatch(expected["bound"]), _BOUND.fullmatch(expected["bound"])
    if length is not None:
        unit = "characters" if "str" in expected["kinds"] else "entries"
        if (length["how"], length["size"]) == (">=", "1"):
            return "must not be empty"
        return f"must have {_HOW[length['how']]} {length['size']} {unit}"
    return f"must be {kinds}" if bound is None else f"must be {_HOW[bound['how']]} {bound['size']}"


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:59]}…"  # noqa: PLR2004 - told in the docstring
