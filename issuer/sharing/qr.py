"""QR codes of a link.

Error correction M, a quiet zone of four modules, black on white in every colour scheme.
"""

import functools
import io

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage

QUIET_ZONE = 4  # modules, ISO/IEC 18004
MODULE_PIXELS = 8
# Choosing the mask is most of the work, and the same link is shown again and again.
KEPT = 512


@functools.lru_cache(maxsize=KEPT)
def png(url: str) -> bytes:
    """Return the code of `url` as PNG."""
    out = io.BytesIO()
    _code(url).make_image(image_factory=PilImage).save(out, format="PNG")
    return out.getvalue()


@functools.lru_cache(maxsize=KEPT)
def svg(url: str) -> bytes:
    """Return the code of `url` as an SVG document."""
    out = io.BytesIO()
    _code(url).make_image(image_factory=SvgPathFillImage).save(out)
    return out.getvalue()


def _code(url: str) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=MODULE_PIXELS, border=QUIET_ZONE)
    code.add_data(url)
    code.make(fit=True)
    return code
