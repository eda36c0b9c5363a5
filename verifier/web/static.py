"""Style sheet, scripts and icon from the package, served under their digest: browsers may keep them."""

import functools
import hashlib
from importlib import resources

import msgspec

MEDIA_TYPES = {
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "svg": b"image/svg+xml",
}


class Asset(msgspec.Struct, frozen=True):
    """One static file: its bytes, media type and strong entity tag."""

    body: bytes
    media_type: bytes
    etag: bytes


@functools.cache
def assets() -> dict[str, Asset]:
    """Return every file of the static folder by name; they are read once."""
    found = {}
    for file in sorted(
        resources.files(__package__).joinpath("static").iterdir(), key=lambda entry: entry.name
    ):
        body = file.read_bytes()
        media_type = MEDIA_TYPES[file.name.rpartition(".")[2]]
        found[file.name] = Asset(body, media_type, b'"%s"' % hashlib.sha256(body).hexdigest()[:32].encode())
    return found


@functools.cache
def release() -> str:
    """Return one digest over all files, so that a module finds its neighbours under the same folder."""
    whole = hashlib.sha256()
    for name, asset in assets().items():
        whole.update(b"%s\0%s\0" % (name.encode(), asset.etag))
    return whole.hexdigest()[:16]


def static_url(name: str) -> str:
    """Return the address of a static file; a name that is not there is a defect and raises KeyError."""
    assets()[name]
    return f"/static/{release()}/{name}"
