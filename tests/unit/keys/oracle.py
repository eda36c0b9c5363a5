"""What PyLD and pyoxigraph make of a document: the other opinion on every canonical text.

PyLD's canonicaliser is URDNA2015 and escapes wrongly, so only its dataset is used, written here with the
escapes of RDFC-1.0. Nothing is fetched: contexts come from the packages that the tables are compiled from.
"""

import json
import re
from typing import Any

from pyld import jsonld

from schemas.compile_contexts import PINS, installed
from schemas.scopes import VOCABULARIES
from schemas.written_contexts import WRITTEN
from verifier.sandbox.worker import graph

CONTEXTS: dict[str, Any] = {
    **{pin.url: json.loads(installed(pin.file)) for pin in PINS},
    **{written.url: {"@context": written.context} for written in WRITTEN},
    **{url: {"@context": {"@vocab": iri}} for url, iri in VOCABULARIES.items()},
}
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_STRING = "http://www.w3.org/2001/XMLSchema#string"


def canonical(document: Any) -> bytes:
    """The canonical N-Quads; raises JsonLdError."""
    return graph(nquads(document))


def nquads(document: Any) -> bytes:
    dataset = jsonld.to_rdf(document, {"documentLoader": load})
    lines = {
        " ".join([*map(_term, (t["subject"], t["predicate"], t["object"])), *_graph(name)]) + " .\n"
        for name, triples in dataset.items()
        for t in triples
    }
    return "".join(sorted(lines)).encode()


def load(url: str, _options: Any) -> dict[str, Any]:
    document, kind = CONTEXTS[url], "application/ld+json"
    return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": kind}


def _graph(name: str) -> list[str]:
    return [] if name == "@default" else [name if name.startswith("_:") else f"<{name}>"]


def _term(term: dict[str, str]) -> str:
    if term["type"] == "IRI":
        return f"<{term['value']}>"
    if term["type"] == "blank node":
        return term["value"]
    text = re.sub(
        '[\x00-\x1f"\\\\\x7f\ufffe\uffff]',
        lambda found: _SHORT.get(found.group()) or f"\\u{ord(found.group()):04X}",
        term["value"],
    )
    if "language" in term:
        return f'"{text}"@{term["language"]}'
    # Its exponents keep a leading zero, which the standard's own regular expression takes away.
    text = re.sub(r"^(-?\d\.\d+E-?)0*(\d+)$", r"\1\2", text)
    return f'"{text}"' if term["datatype"] == _STRING else f'"{text}"^^<{term["datatype"]}>'
