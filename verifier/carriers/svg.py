"""Baked SVG pictures: the credential stands in one element. Found, and baked.

Open Badges 3.0, 5.3.2 (`openbadges:credential`); Open Badges 2.0, baking (`openbadges:assertion`). It is read
as a stream, and nothing of it but the badge's element is kept: no tree, no entities, nothing external.
"""

from collections.abc import Mapping

from schemas.report import Reason
from verifier.carriers import text
from verifier.carriers.found import Found, refused
from verifier.carriers.inside import MAX_EVIDENCE, inside

# Bytes of a picture at most, and its elements.
MAX_SVG = 524_288
_ELEMENTS = 20_000

NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
_SVG = "{http://www.w3.org/2000/svg}svg"
_CREDENTIAL = f"{{{NAMESPACE}}}credential"
_ASSERTION = "{http://openbadges.org}assertion"
_PLACE = "Baked into an SVG picture"
_BEFORE = b"\xef\xbb\xbf \t\r\n"


class _Stop(Exception):  # noqa: N818 — the house's name: it ends the reading, and is no error
    """Nothing more needs to be read: what was found, or None for what is no SVG picture."""

    def __init__(self, found: Found | None) -> None:
        super().__init__()
        self.found = found


class _Badges:
    """Receives the parser's events and keeps the badge elements: tag, `verify`, and the body's pieces."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, list[str]]] = []
        self._elements = 0
        self._size = 0
        self._body: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self._elements and tag != _SVG:
            raise _Stop(None)
        self._elements += 1
        if self._elements > _ELEMENTS:
            detail = f"This picture has more than {_ELEMENTS} elements."
            raise _Stop(refused(Reason.CARRIER_DAMAGED, detail))
        if tag in (_CREDENTIAL, _ASSERTION):
            self._body = []
            self.found.append((tag, attributes.get("verify", "").strip(), self._body))

    def end(self, _tag: str) -> None:
        self._body = None

    def data(self, content: str) -> None:
        if self._body is not None and self._size <= MAX_EVIDENCE:
            self._size += len(content)
            self._body.append(content)

    def close(self) -> None:
        """The document ended as it should."""


def looks_like(evidence: bytes) -> bool:
    """Whether it begins as an XML document does."""
    return evidence.lstrip(_BEFORE)[:1] == b"<"


def find(evidence: bytes) -> Found | None:
    """Find the one badge element of an SVG picture; other XML is not ours."""
    if not looks_like(evidence):
        return None
    try:
        from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped] # noqa: PLC0415 — no types; an extra
    except ImportError:
        return Found("unsupported", b"", 'Install "assay[carriers]" to read SVG pictures.')
    badges = _Badges()
    parser = DefusedXMLParser(target=badges)
    try:
        parser.feed(evidence)
        parser.close()
    except _Stop as stop:
        return stop.found
    except (ValueError, SyntaxError, LookupError):  # entities; no XML; an unknown encoding
        if b"<svg" not in evidence:
            return None
        detail = "This SVG picture is damaged, or declares what no picture needs."
        return refused(Reason.CARRIER_DAMAGED, detail)
    return _content(badges)


def _content(badges: _Badges) -> Found:
    if not badges.found:
        detail = "This SVG picture has no credential baked into it."
        return refused(Reason.CARRIER_UNRECOGNISED, detail)
    tag, verify, pieces = badges.found[0]
    body = "".join(pieces).strip()
    # In 2.0 the attribute repeats where the assertion is hosted; in 3.0 it stands in place of a body.
    if len(badges.found) > 1 or (tag == _CREDENTIAL and verify and body):
        return refused(Reason.CARRIER_AMBIGUOUS, "More than one credential is baked into this picture.")
    return inside((body or verify).encode(), _PLACE)


def bake(picture: bytes, credential: bytes) -> bytes:
    """Return the SVG picture with the credential (compact token or JSON text, UTF-8) in it.

    Raises ValueError for what is no SVG picture, is no credential, or holds a credential already.
    """
    from lxml import etree  # type: ignore[import-untyped] # noqa: PLC0415 — no types; an extra, only to bake

    found, content = find(picture), text.find(credential)
    if found is None or found.reason is not Reason.CARRIER_UNRECOGNISED:
        raise ValueError("not an SVG picture without a credential")
    if content is None or content.kind not in ("token", "json"):
        raise ValueError("not a credential")
    root = etree.fromstring(picture, etree.XMLParser(resolve_entities=False, no_network=True))
    badge = etree.Element(_CREDENTIAL)
    if content.kind == "token":
        badge.set("verify", content.data.decode())
    else:
        # The end of CDATA cannot stand in it; in JSON this is the same text.
        badge.text = etree.CDATA(content.data.decode().replace("]]>", "]]\\u003e"))
    badge.tail, root.text = root.text, None
    root.insert(0, badge)
    kept = [prefix for prefix in root.nsmap if prefix is not None]
    etree.cleanup_namespaces(root, top_nsmap={"openbadges": NAMESPACE}, keep_ns_prefixes=kept)
    # Any other encoding would write CDATA as character references, which it does not have.
    baked: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return baked
