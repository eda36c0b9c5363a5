"""Single terms as canonical N-Quads write them (RDFC-1.0, section 5; JSON-LD 1.1 API, section 8.2)."""

import re
from functools import cache
from typing import Any

from keys.proofs.integrity_refused import IntegrityRefused
from schemas import jcs
from schemas.scopes import prefixes

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

# From here on a number without a fraction is a double too.
_INTEGERS_END = 1e21
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_LITERAL = frozenset(("@value", "@type", "@language"))
_ESCAPED = re.compile('[\x00-\x1f"\\\\\x7f\ufffe\uffff]')
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def escaped(text: str) -> str:
    """A literal's text between its quotation marks."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return _ESCAPED.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _SHORT.get(character) or f"\\u{ord(character):04X}"


def suffix(datatype: str | None) -> str:
    """What ends a literal's text: the quotation mark, and the datatype if it is not xsd:string."""
    return '"' if datatype in (None, XSD + "string") else f'"^^<{datatype}>'


@cache
def absolute_iri() -> re.Pattern[str]:
    """An absolute IRI that nothing can end early or escape, and that is no compact one."""
    compact = "|".join(sorted(map(re.escape, prefixes())))
    return re.compile(rf"(?!(?:{compact}):(?!//))[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{{}}|^`\\\x7f]*")


def iri(value: Any) -> str:
    """An absolute IRI; anything else is refused as shape.iri."""
    if not isinstance(value, str) or not absolute_iri().fullmatch(value):
        raise IntegrityRefused("shape.iri", "An id is no absolute IRI, or one that a parser could misread.")
    return f"<{value}>"


def value_object(value: dict[str, Any]) -> str:
    """A value object (JSON-LD 1.1, section 9.5) with a language or a datatype, or neither."""
    content, kind, language = value["@value"], value.get("@type"), value.get("@language")
    if value.keys() - _LITERAL or None in value.values() or {"@type", "@language"} <= value.keys():
        raise not_signed("A literal has a direction, null, or another member that is not signed.")
    if "@language" in value:
        if not (isinstance(content, str) and isinstance(language, str) and _LANGUAGE.fullmatch(language)):
            raise IntegrityRefused("shape.iri", "A language tag is none, or its literal is no text.")
        # Processors fold the case of tags.
        return f'"{escaped(content)}"@{language.lower()}'
    if "@type" in value:
        iri(kind)
    return f'"{escaped(content)}{suffix(kind)}' if isinstance(content, str) else number(content, kind)


def json_literal(value: Any) -> str:
    """A JSON literal, canonical by RFC 8785."""
    try:
        return f'"{escaped(jcs.canonical(value).decode())}{suffix(RDF + "JSON")}'
    except jcs.JcsRefused as refused:
        raise IntegrityRefused("shape.number", str(refused)) from None


def number(value: Any, datatype: str | None) -> str:
    """A number or a boolean, by JSON-LD 1.1 API, section 8.2.2."""
    if isinstance(value, bool):
        return f'"{str(value).lower()}{suffix(datatype or XSD + "boolean")}'
    if not isinstance(value, int | float):
        raise not_signed("A literal is no text, number or boolean.")
    if isinstance(value, int) and float(value) != value:
        raise IntegrityRefused("shape.number", "An integer is one that not every reader holds exactly.")
    if datatype == XSD + "double" or value % 1 or abs(value) >= _INTEGERS_END:
        mantissa, _, exponent = f"{value:.15E}".partition("E")
        mantissa = mantissa.rstrip("0")
        digits = mantissa + "0" * mantissa.endswith(".")
        return f'"{digits}E{int(exponent)}{suffix(datatype or XSD + "double")}'
    return f'"{int(value)}{suffix(datatype or XSD + "integer")}'


def not_signed(detail: str) -> IntegrityRefused:
    """What RDF drops or merges, so that a signature would not cover it."""
    return IntegrityRefused("shape.not_signed", detail)
