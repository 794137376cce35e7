"""Notices without a defect, for tests that publish one of their own: an invented operator's, with a title and sections as wanted."""

from pathlib import Path

HERE = Path(__file__).parent / "policy" / "lint"
CLEAN = {language: (HERE / f"clean.{language}.md").read_text(encoding="utf-8") for language in ("zh-CN", "en")}


def notice(language: str, title: str, *sections: str) -> str:
    """The clean text under another title, with more sections after its own."""
    body = CLEAN[language]
    body = body[body.index("# ") :]
    _title, _break, rest = body.partition("\n")
    return "\n\n".join([f"# {title}\n{rest.rstrip()}", *sections]) + "\n"


def both(zh: str, en: str, *, more_zh: str = "", more_en: str = "") -> dict[str, str]:
    """In both languages."""
    return {"zh-CN": notice("zh-CN", zh, *filter(None, [more_zh])), "en": notice("en", en, *filter(None, [more_en]))}
