"""The picture of a pass: read back by an independent decoder, as the kiosk reads it."""

import base64
import io
import logging
import re
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from access_log.crypto.pass_token import DIGITS
from kiosk.web import pass_picture
from kiosk.web.pass_picture import pass_png, pass_svg

PASS = ("4711" * 49)[:DIGITS]
LINES = ["上海一号数据中心 Shanghai One", "2026-11-24 11:00 – 20:00", "1001-1", "ABCDE-FGHJK"]


@pytest.fixture
def without_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which no Chinese font is installed."""
    monkeypatch.setattr(pass_picture, "FONT_FILES", ())
    monkeypatch.setattr(pass_picture, "_by_fontconfig", lambda: iter(()))
    pass_picture._font_file.cache_clear()
    yield
    pass_picture._font_file.cache_clear()


def read(image: Image.Image) -> zxingcpp.Barcode:
    found = zxingcpp.read_barcodes(image)
    assert len(found) == 1
    return found[0]


def drawn(svg: str) -> Image.Image:
    """The SVG's path as pixels: only what this picture uses (M, h, v, z)."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    image = Image.new("L", (size * 4, size * 4), 255)
    draw = ImageDraw.Draw(image)
    for column, row, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg.split('fill="#000"')[1]):
        x, y = int(column) * 4, int(row) * 4
        draw.rectangle((x, y, x + int(width) * 4 - 1, y + 3), fill=0)
    return image


def svg_text(uri: str) -> str:
    head, data = uri.split(",")
    assert head == "data:image/svg+xml;base64"
    return base64.b64decode(data).decode()


def test_the_svg_holds_the_196_digits_in_a_version_5_m_code() -> None:
    found = read(drawn(svg_text(pass_svg(PASS))))
    assert (found.text, found.ec_level, found.extra["Version"]) == (PASS, "M", "5")


def test_the_svg_brings_its_own_white_paper_and_quiet_zone() -> None:
    svg = svg_text(pass_svg(PASS))
    assert 'viewBox="0 0 45 45"' in svg, "37 modules of version 5 and 4 of quiet zone on each side"
    assert '<path fill="#fff" d="M0 0h45v45H0z"/>' in svg
    dark = [(int(x), int(y), int(x) + int(w)) for x, y, w in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg.split('fill="#000"')[1])]
    assert min(x for x, _y, _end in dark) == min(y for _x, y, _end in dark) == 4
    assert max(end for _x, _y, end in dark) == max(y for _x, y, _end in dark) + 1 == 41


def test_the_png_reads_back_with_text_below_it() -> None:
    image = Image.open(io.BytesIO(pass_png(PASS, LINES)))
    found = read(image)
    assert (image.format, found.text, found.ec_level, found.extra["Version"]) == ("PNG", PASS, "M", "5")
    below = image.crop((0, 900, image.width, image.height))
    assert image.width == 900
    assert below.getextrema() == (0, 255), "black text on white"


def test_the_png_survives_a_messenger() -> None:
    image = Image.open(io.BytesIO(pass_png(PASS, LINES)))
    small = io.BytesIO()
    image.convert("RGB").resize((image.width // 3, image.height // 3)).save(small, "JPEG", quality=40)
    assert read(Image.open(small)).text == PASS


def test_the_same_pass_makes_the_same_picture() -> None:
    assert pass_png(PASS, LINES) == pass_png(PASS, LINES)
    assert pass_png(PASS, LINES) != pass_png(PASS[::-1], LINES)
    assert pass_svg(PASS) == pass_svg(PASS)


def test_long_lines_are_broken_and_stay_on_the_paper() -> None:
    long = ["上海一号数据中心" * 6, "Shanghai One Data Centre, " * 6]
    image = Image.open(io.BytesIO(pass_png(PASS, long)))
    text = image.crop((0, 900, image.width, image.height)).point(lambda value: 255 - value)
    left, _top, right, bottom = text.getbbox()
    assert left >= 60
    assert right <= image.width - 60
    assert bottom <= text.height - 20


@pytest.mark.usefixtures("without_fonts")
def test_without_a_chinese_font_the_latin_lines_remain_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "kiosk.pass"):
        picture = pass_png(PASS, ["上海一号数据中心", "ABCDE-FGHJK"])
    assert picture == pass_png(PASS, ["上海一号数据中心", "ABCDE-FGHJK"])
    assert picture == pass_png(PASS, ["", "ABCDE-FGHJK"]), "no boxes where characters should be"
    assert read(Image.open(io.BytesIO(picture))).text == PASS
    assert "fonts-noto-cjk" in caplog.text


@pytest.mark.parametrize("wrong", ["", "12a4", "1" * 203, "１" * 196])
def test_what_is_no_pass_makes_no_picture(wrong: str) -> None:
    with pytest.raises(ValueError, match="not the digits"):
        pass_svg(wrong)
