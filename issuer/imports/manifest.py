"""A content package's manifest (imsmanifest.xml): which files are items, and what they are about."""

from msgspec import Struct

from issuer.imports.markup import BASE, Element, parse
from issuer.imports.package import MANIFEST, Package, inside
from issuer.imports.refusals import ImportRefused, named

_ITEM = "imsqti_item_xml"


class Listed(Struct, frozen=True):
    """A file that may be an item: its area's name, and whether a manifest says that it is one."""

    name: str
    area: str | None = None
    declared: bool = False


def listed(package: Package) -> tuple[Listed, ...]:
    """The items of a package in its manifest's order; without a manifest all its XML files, by name."""
    if MANIFEST in package.names:
        return _of_manifest(package)
    if package.packed:
        raise ImportRefused("manifest.missing", f"The package has no {MANIFEST} at its top.")
    if len(package.names) == 1:
        return (Listed(package.names[0]),)
    return tuple(Listed(name) for name in package.names if name.casefold().endswith(".xml"))


def _of_manifest(package: Package) -> tuple[Listed, ...]:
    root = parse(package.read(MANIFEST), manifest=True)
    resources = root.first("resources")
    if root.name != "manifest" or resources is None:
        raise ImportRefused("manifest.malformed", "The manifest has no list of resources.")
    if any(BASE in element.attributes for element in root.walk()):
        raise ImportRefused("manifest.malformed", "The manifest moves its own base (xml:base).")
    found: dict[str, Listed] = {}
    for resource in resources.elements("resource"):
        for pointing in [resource, *resource.elements("file")]:
            if pointing.get("href"):
                inside(pointing.get("href"))
        if resource.get("type").startswith(_ITEM):
            name = inside(resource.get("href"))
            if name not in package.names:
                raise ImportRefused(
                    "manifest.missing", f"The manifest names {named(name)}, which is not there."
                )
            found.setdefault(name, Listed(name, _area(resource), declared=True))
    return tuple(found.values())


def _area(resource: Element) -> str | None:
    """What an item is about: the last taxon of its classification, or its first keyword (IEEE LOM)."""
    metadata = resource.first("metadata")
    if metadata is None:
        return None
    taxa = [element for element in metadata.walk() if element.name == "taxon"]
    entries = [entry for taxon in taxa[-1:] for entry in taxon.elements("entry")]
    words = [element for element in metadata.walk() if element.name == "keyword"]
    texts = (" ".join(element.text().split()) for element in entries + words)
    return next((text for text in texts if text), None)
