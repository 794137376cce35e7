"""Texts in the person's language. Message ids are the English sentences; each room brings its own .po files.

Read straight from the .po files at start, so that there is no build step to forget.
"""

from datetime import datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("zh-CN", "en")
CORE_LOCALES = Path(__file__).parent / "locales"


@cache
def translations(language: str, *folders: Path) -> NullTranslations:
    """The texts of `language`: all .po files of the core and of `folders`. English is the message id itself."""
    if language != "zh-CN":
        return NullTranslations()
    merged: GNUTranslations | None = None
    for folder in (CORE_LOCALES, *folders):
        for path in sorted((folder / "zh_CN").glob("*.po")):
            loaded = _load(path)
            if merged is not None:
                loaded.add_fallback(merged)
            merged = loaded
    return merged or NullTranslations()


def _load(path: Path) -> GNUTranslations:
    with path.open("rb") as file:
        catalog = read_po(file, locale="zh_CN", abort_invalid=True)
    buffer = BytesIO()
    write_mo(buffer, catalog)
    buffer.seek(0)
    return GNUTranslations(buffer)


def text(language: str, message: str) -> str:
    """`message` in `language`, from the core's own texts (mail, command line, reason codes)."""
    return translations(language).gettext(message)


def pick_language(wanted: str | None, default: str = "zh-CN") -> str:
    """The first language of an Accept-Language header (or a plain code) that the product speaks."""
    for part in (wanted or "").split(","):
        code = part.split(";")[0].strip().lower()
        if code.startswith("zh"):
            return "zh-CN"
        if code.startswith("en"):
            return "en"
    return default


def local_time(moment: datetime, zone: str, *, seconds: bool = False) -> str:
    """2026-11-24 12:05 in the site's zone: the same form in every language, sortable, unambiguous."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
