"""The XML of a package: its namespaces, and the strict parser with the refusals of an import."""

from issuer.imports.refusals import ImportRefused
from issuer.strict_xml import MAX_DEPTH, MAX_ELEMENTS, MAX_FILE, Element, XmlRefused
from issuer.strict_xml import parse as parse_xml

__all__ = ["BASE", "LANGUAGE", "MAX_DEPTH", "MAX_ELEMENTS", "MAX_FILE", "QTI", "Element", "parse"]

QTI = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
BASE = "{http://www.w3.org/XML/1998/namespace}base"
MANIFEST_TIMES = 4  # as large as an item may a manifest be


def parse(content: bytes, *, manifest: bool = False) -> Element:
    """The root element; raises ImportRefused xml.… A manifest may be larger, for it lists many items."""
    try:
        return parse_xml(content, times=MANIFEST_TIMES if manifest else 1)
    except XmlRefused as error:
        raise ImportRefused(error.code, error.detail) from error
