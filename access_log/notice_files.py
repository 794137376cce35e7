"""Notices as files, for the command line: read, checked, and what is wrong with them said line by line."""

import re
from collections.abc import Sequence
from pathlib import Path

from access_log.errors import RefusedInputError
from access_log.i18n import LANGUAGES
from access_log.policy.file.content import Policy
from access_log.policy.lint.findings import Finding
from access_log.policy.lint.linter import lint, lint_with
from access_log.policy.lint.saying import finding_words, one_line
from access_log.policy.told.notice_text import PLACE, UnknownPlaceError
from access_log.said import fail
from access_log.services import notices
from access_log.services.notice_defects import defects_filled

SUFFIXES = frozenset({".md", ".markdown", ".txt"})
NOBODY = {"site": "本数据中心", "site_en": "this data centre", "phone": ""}
"""Stands for a site where a text is only looked at."""
PROBLEMS = {
    "empty": "is empty",
    "notice_too_long": "is longer than 64 KiB",
    "control_characters": "holds characters that cannot be seen or turn the direction of the text",
    "notice_title": "has to begin with a title: # and a space",
}


def read_notice(path: Path, *, titled: bool = True) -> str:
    """A notice's text, as it can be published; without `titled` any privacy policy in Markdown. Ends the command where it is none."""
    try:
        with path.open("rb") as opened:
            data = opened.read(notices.MOST_BYTES + 1)
        if len(data) > notices.MOST_BYTES:
            fail(f"{path}: {PROBLEMS['notice_too_long']}")
        return notices.check_text(data.decode("utf-8-sig"), field=str(path), titled=titled)
    except OSError as error:
        fail(f"{path}: {error.strerror or 'cannot be read'}")
    except UnicodeDecodeError:
        fail(f"{path}: is not UTF-8")
    except RefusedInputError as error:
        fail(f"{path}: {PROBLEMS.get(error.code, error.code)}")


def findings_of(path: Path, policy: Policy, *, beside: bool) -> list[Finding]:
    """What is wrong with a file. Its places are filled from `policy`; with `beside`, or with places, its periods have to be that one's."""
    body = read_notice(path, titled=False)
    if not PLACE.search(body):
        return lint_with(body, policy) if beside else lint(body)
    try:
        return defects_filled(body, policy, language_of(body), NOBODY)
    except UnknownPlaceError as error:
        fail(f"{path}: {error}")


def language_of(body: str) -> str:
    """The language a text is written in, by its letters."""
    chinese, latin = len(re.findall(r"[㐀-鿿]", body)), len(re.findall(r"[A-Za-z]+", body))
    return "zh-CN" if chinese > latin else "en"


def said_findings(where: str, findings: Sequence[Finding]) -> list[str]:
    """One line each: file, line, article, what is wrong and what to write instead, in both languages."""
    return [
        ": ".join(
            part
            for part in (
                f"{where}:{finding.line}",
                one_line(finding.article),
                " | ".join(finding_words(finding, language) for language in LANGUAGES),
            )
            if part
        )
        for finding in findings
    ]
