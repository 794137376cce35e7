"""The pass as a picture: an SVG for pages, a PNG to save, send and print. Dark on white in every colour scheme: kiosks read no other."""

import base64
import logging
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_NUMBER, QRData

from access_log.crypto.pass_token import DIGITS

log = logging.getLogger("kiosk.pass")

VERSION = 5
QUIET = 4
"""Modules of white around the code, as ISO/IEC 18004 asks for."""
PIXELS = 20
"""A module in the PNG: it survives the shrinking and recompressing of messengers."""
DPI = 300
BIG, SMALL, MARGIN = 44, 36, 80
Font = ImageFont.FreeTypeFont
FONT_FILES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)
SIMPLIFIED = 2
"""Where Noto's collections keep the simplified Chinese face; others have one face only or fall back to their first."""


def pass_svg(digits: str) -> str:
    """A data: URI of the code alone, for an <img>. Raises ValueError for what is no pass."""
    rows = _modules(digits)
    path = "".join(f"M{column} {row}h{width}v1h-{width}z" for row, modules in enumerate(rows) for column, width in _runs(modules))
    size = len(rows)
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()


def pass_png(digits: str, lines: Sequence[str]) -> bytes:
    """The code with lines of text below it, the first one larger. Never hand in a name: such pictures travel through messengers.

    The same input gives the same bytes. Without a font for Chinese, lines in Chinese are left out and the log says so.
    """
    code = _code_image(digits)
    font = _font_file()
    written = [(text, _font(font, SMALL if place else BIG)) for place, line in enumerate(lines) for text in _drawable(line, font)]
    rows = [(row, face) for text, face in written for row in _wrapped(text, face, code.width - 2 * MARGIN)]
    height = code.height + sum(_line_height(face) for _row, face in rows) + (MARGIN if rows else 0)
    sheet = Image.new("L", (code.width, height), 255)
    sheet.paste(code)
    _write(sheet, rows, code.height)
    file = BytesIO()
    sheet.save(file, "PNG", optimize=True, dpi=(DPI, DPI))
    return file.getvalue()


def _modules(digits: str) -> list[list[bool]]:
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise ValueError("not the digits of a pass")
    code = QRCode(version=VERSION, error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(QRData(digits, mode=MODE_NUMBER))
    code.make(fit=False)
    rows: list[list[bool]] = code.get_matrix()
    return rows


def _runs(modules: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """(first column, width) of every stretch of dark modules: a path a fifth as long as one square a module."""
    start: int | None = None
    for column, dark in enumerate([*modules, False]):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            yield start, column - start
            start = None


def _code_image(digits: str) -> Image.Image:
    rows = _modules(digits)
    pixels = bytes(0 if dark else 255 for row in rows for dark in row)
    small = Image.frombytes("L", (len(rows), len(rows)), pixels)
    return small.resize((len(rows) * PIXELS, len(rows) * PIXELS), Image.Resampling.NEAREST)


def _write(sheet: Image.Image, rows: Sequence[tuple[str, Font]], top: int) -> None:
    draw = ImageDraw.Draw(sheet)
    for text, face in rows:
        draw.text((sheet.width / 2, top), text, fill=0, font=face, anchor="ma")
        top += _line_height(face)


def _line_height(face: Font) -> int:
    return round(face.size * 1.5)


def _wrapped(text: str, face: Font, width: float) -> Iterator[str]:
    """Lines no wider than `width`: broken at spaces where there are any, between characters where there are none."""
    line = ""
    for part in _parts(text):
        if line and face.getlength((line + part).rstrip()) > width:
            yield line.strip()
            line = ""
        line += part
    if line.strip():
        yield line.strip()


def _parts(text: str) -> Iterator[str]:
    for word in text.split():
        yield from word if not word.isascii() else [word]
        yield " "


def _drawable(line: str, font: tuple[str, int] | None) -> list[str]:
    return [line] if font is not None or line == line.encode("cp1252", "ignore").decode("cp1252") else []


def _font(font: tuple[str, int] | None, size: int) -> Font:
    if font is not None:
        return ImageFont.truetype(font[0], size, index=font[1])
    face = ImageFont.load_default(size)
    assert isinstance(face, Font)  # Pillow's own, which knows Latin only
    return face


@cache
def _font_file() -> tuple[str, int] | None:
    """(file, face within it) of a font for Chinese, or None."""
    for name, index in [*_by_fontconfig(), *((name, SIMPLIFIED) for name in FONT_FILES)]:
        for face in (index, 0):
            try:
                ImageFont.truetype(name, SMALL, index=face)
            except OSError:
                continue
            return name, face
    log.warning("no font for Chinese: pictures of passes carry their Latin lines only (install fonts-noto-cjk)")
    return None


def _by_fontconfig() -> Iterator[tuple[str, int]]:
    """The system's own choice, if it really covers Chinese: fontconfig always answers with something."""
    command = ["fc-match", "--format=%{file}\n%{index}\n%{lang}", "Noto Sans CJK SC:lang=zh-cn"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.split("\n")  # noqa: S603  # fixed words
    except (OSError, subprocess.SubprocessError):
        return
    if len(said) == 3 and "zh-cn" in said[2].lower().split("|") and Path(said[0]).is_file():
        yield said[0], int(said[1])
