import io

import pytest
import zxingcpp
from PIL import Image

from issuer.sharing import qr

URL = "http://localhost:8000/c/demo." + "A" * 43 + "/verify"


def test_the_png_leads_to_the_link_with_a_quiet_zone() -> None:
    image = Image.open(io.BytesIO(qr.png(URL))).convert("L")
    found = zxingcpp.read_barcode(image)
    assert found is not None
    assert found.text == URL
    assert found.ec_level == "M"
    edge = qr.QUIET_ZONE * qr.MODULE_PIXELS
    assert image.size[0] == image.size[1]
    assert image.crop((0, 0, image.size[0], edge)).getextrema() == (255, 255)


def test_the_svg_has_the_same_number_of_modules() -> None:
    drawn = qr.svg(URL)
    assert drawn.startswith(b"<?xml")
    assert b"<svg" in drawn
    assert b"script" not in drawn
    assert b'fill="white"' in drawn


@pytest.mark.parametrize("draw", [qr.png, qr.svg])
def test_the_same_link_is_drawn_once(draw: object) -> None:
    assert callable(draw)
    assert draw(URL) is draw(URL)
