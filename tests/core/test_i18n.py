"""Texts are read straight from the .po files: a broken file stops the start, not a page; a missing text is its English."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from access_log.i18n import CORE_LOCALES, local_time, pick_language, text, translations

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


def room(folder: Path, name: str, body: str) -> Path:
    """A folder of texts like a room's own."""
    (folder / "zh_CN").mkdir(exist_ok=True)
    (folder / "zh_CN" / name).write_text(PO + body, encoding="utf-8")
    return folder


def test_a_room_s_texts_are_found_and_english_is_the_id(tmp_path: Path) -> None:
    mine = room(
        tmp_path, "mine.po", 'msgid "Cage"\nmsgstr "机笼"\n\nmsgid "One door"\nmsgid_plural "%(num)s doors"\nmsgstr[0] "%(num)s 个门"\n'
    )
    assert translations("zh-CN", mine).gettext("Cage") == "机笼"
    assert translations("zh-CN", mine).ngettext("One door", "%(num)s doors", 2) == "%(num)s 个门"
    assert translations("en", mine).gettext("Cage") == "Cage"
    assert translations("zh-CN", mine).gettext("Nobody has translated this") == "Nobody has translated this"


def test_several_files_speak_together_with_those_of_the_core(tmp_path: Path) -> None:
    room(tmp_path, "a.po", 'msgid "First"\nmsgstr "一"\n')
    both = translations("zh-CN", room(tmp_path, "b.po", 'msgid "Second"\nmsgstr "二"\n'))
    assert (both.gettext("First"), both.gettext("Second")) == ("一", "二")
    core = next(iter((CORE_LOCALES / "zh_CN").glob("*.po"))).read_text(encoding="utf-8")
    known = next(line[7:-1] for line in core.splitlines() if line.startswith("msgid ") and len(line) > 9 and "\\" not in line)
    assert both.gettext(known) == text("zh-CN", known) != known


def test_a_text_marked_as_unsure_is_not_used(tmp_path: Path) -> None:
    assert translations("zh-CN", room(tmp_path, "f.po", '#, fuzzy\nmsgid "Guess"\nmsgstr "猜"\n')).gettext("Guess") == "Guess"


@pytest.mark.parametrize("body", ["nonsense\n", 'msgid "A"\nmsgstr[x] "b"\n'])
def test_a_broken_file_is_refused_at_once(tmp_path: Path, body: str) -> None:
    with pytest.raises(Exception, match=r".+"):
        translations("zh-CN", room(tmp_path, "broken.po", body))


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("zh-TW", "zh-CN"), ("ZH", "zh-CN"), ("en-GB,en;q=0.9", "en"), ("de,en;q=0.5", "en"),
        ("de", "zh-CN"), ("", "zh-CN"), (None, "zh-CN"), ("*", "zh-CN"), ("x" * 10_000, "zh-CN"), (";;,,;", "zh-CN"),
    ],
)  # fmt: skip
def test_the_first_language_that_is_spoken_is_taken(header: str | None, language: str) -> None:
    assert pick_language(header) == language
    if header in (None, "", "de"):
        assert pick_language(header, "en") == "en"


def test_times_are_the_sites_own() -> None:
    moment = datetime(2026, 3, 29, 0, 59, 7, tzinfo=UTC)
    assert local_time(moment, "Asia/Shanghai") == "2026-03-29 08:59"
    assert local_time(moment, "Europe/Berlin", seconds=True) == "2026-03-29 01:59:07"
    assert local_time(moment.replace(hour=1), "Europe/Berlin") == "2026-03-29 03:59", "the hour that summer time leaves out"
