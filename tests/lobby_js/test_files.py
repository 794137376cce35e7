"""What the page is made of: vendored files as published, a small shell, complete words."""

import hashlib
import re
import zlib

import pytest

from access_log.policy.codes import Outcome
from kiosk.lobby.texts import TEXTS
from kiosk.web.render import KIOSK, STATIC, text_in

LOBBY = STATIC / "lobby"
VENDOR = LOBBY / "vendor" / "zxing"
LOOKS = (LOBBY / "looks.js").read_text()


def test_the_decoder_is_the_published_one() -> None:
    lines = [line.split(maxsplit=1) for line in (VENDOR / "SHA256SUMS").read_text().splitlines()]
    recorded = {name.removeprefix("./"): digest for digest, name in lines}
    found = {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.rglob("*") if path.is_file() and path.name != "SHA256SUMS"}
    assert recorded == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}


def test_the_shell_stays_small() -> None:
    """30 kB besides the vendored decoder. Deflate is a little larger than the brotli that the goal names."""
    files = [path for path in LOBBY.glob("*") if path.suffix in {".js", ".css"}]
    packed = sum(len(zlib.compress(path.read_bytes(), 9)) for path in files)
    assert 5_000 < packed <= 30_000


def test_every_word_has_its_chinese_with_the_same_places() -> None:
    pages = "".join(path.read_text() for path in (KIOSK / "templates" / "lobby").glob("*.html"))
    for message in [*TEXTS.values(), *re.findall(r'_\("([^"]+)"\)', pages)]:
        chinese = text_in("zh-CN", message)
        assert re.search("[一-鿿]", chinese), message
        assert sorted(re.findall(r"{\w+}", chinese)) == sorted(re.findall(r"{\w+}", message)), message


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_look_and_words(outcome: Outcome) -> None:
    same = re.search(rf'{outcome.value}: "(\w+)"', LOOKS)
    name = same.group(1) if same else outcome.value
    assert re.search(rf"^  {name}: \[", LOOKS, re.MULTILINE)
    assert {f"verdict.{name}.{part}" for part in ("title", "text", "help")} <= TEXTS.keys()


def test_every_word_the_page_asks_for_is_there() -> None:
    source = "".join(path.read_text() for path in LOBBY.glob("*.js"))
    asked = set(re.findall(r'say\("([\w.]+)"', source))
    assert asked
    assert asked <= TEXTS.keys()


def test_no_markup_is_made_from_text() -> None:
    source = "".join(path.read_text() for path in LOBBY.glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|https?://(?!www\.w3\.org)", source)
