"""Every text has a Chinese one, the same everywhere, with the same places to fill."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from access_log.demo import sign_ins
from access_log.i18n import CORE_LOCALES, translations
from kiosk.web.render import LOCALES
from tests.texts import ROOT, of_python, of_templates

REPORT_LOCALES = ROOT / "reports" / "locales"
CATALOGS = sorted(path for folder in (CORE_LOCALES, LOCALES, REPORT_LOCALES) for path in folder.rglob("*.po"))
SHOWN_BY_THE_CORE = (*(ROOT / "access_log" / "services").glob("*_texts.py"), *(ROOT / "access_log").rglob("words.py"))
SAME_IN_BOTH = re.compile(r"[\W\d_]*(PIN|QR|IP|CSV|PDF|XLSX|HTML|ID|UTF-8|\{\w+\})?[\W\d_]*")
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def rooms() -> dict[str, Path]:
    """A room is a folder of templates or a package of Python."""
    found = {f"templates of {path.name}": path for path in (ROOT / "kiosk" / "templates").iterdir() if path.is_dir()}
    found |= {f"kiosk/{path.name}": path for path in (ROOT / "kiosk").iterdir() if (path / "__init__.py").exists()}
    return found | {"kiosk": ROOT / "kiosk", "reports": ROOT / "reports", "core": ROOT / "access_log"}


def texts(room: str, folder: Path) -> Iterator[str]:
    """What a room shows. Of the core only its letters and its words: command lines speak English."""
    if room == "core":
        yield from of_python(*SHOWN_BY_THE_CORE)
    elif room == "kiosk":
        yield from (person.what for person in sign_ins())
        yield from of_python(*folder.glob("*.py"))
    else:
        yield from of_templates(folder)
        yield from of_python(*sorted(path for path in folder.rglob("*.py") if path.name != "cli.py"))


def messages() -> Iterator[tuple[Path, Message]]:
    for path in CATALOGS:
        with path.open("rb") as file:
            yield from ((path, message) for message in read_po(file, locale="zh_CN", abort_invalid=True) if message.id)


def pair(message: Message) -> tuple[str, str]:
    """(English, Chinese); of a plural its first form, which is the gettext id."""
    english = message.id if isinstance(message.id, str) else message.id[0]
    chinese = message.string if isinstance(message.string, str) else message.string[0]
    return english, chinese


@pytest.mark.parametrize("room", sorted(rooms()))
def test_every_text_has_a_chinese_one(room: str) -> None:
    chinese = translations("zh-CN", LOCALES, REPORT_LOCALES)
    missing = [text for text in dict.fromkeys(texts(room, rooms()[room])) if chinese.gettext(text) == text]
    assert [text for text in missing if not SAME_IN_BOTH.fullmatch(text)] == []


def test_a_text_has_one_chinese_wherever_it_stands() -> None:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path, message in messages():
        english, chinese = pair(message)
        found[english].setdefault(chinese, path.name)
    assert {english: said for english, said in found.items() if len(said) > 1} == {}


def test_a_chinese_text_fills_the_same_places() -> None:
    wrong = [english for english, chinese in map(pair, (message for _path, message in messages())) if places(english) != places(chinese)]
    assert wrong == []


def places(text: str) -> list[str]:
    return sorted(set(PLACE.findall(text)))


def test_the_search_for_texts_finds_what_it_should(tmp_path: Path) -> None:
    page, code, words = tmp_path / "page.html", tmp_path / "code.py", tmp_path / "words.py"
    page.write_text('{{ _("Of a template") }}{{ ngettext("one", "many", 2) }}')
    code.write_text(
        '"""A docstring is none."""\nlog.info("This is logged")\nform.refuse("name", "That is no name.")\nCODE = "some_code here"\n'
    )
    words.write_text('"""Nor is this."""\nWORDS: dict[str, str] = {"code": "word"}\nLONE = "{n} s"\n')
    assert list(of_templates(tmp_path)) == ["Of a template", "one"]
    assert list(of_python(code, words)) == ["That is no name.", "word", "{n} s"]
