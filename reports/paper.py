"""The report on paper: PDF by typst. Texts are handed over as data, so that nothing in them is ever markup."""

import json
from collections.abc import Callable
from typing import Any

from access_log.i18n import local_time
from access_log.words import KNOWN, OUTCOMES, PURPOSES
from reports import TEMPLATES, words
from reports.content import Line, Report
from reports.figures import entries_over_time, totals
from reports.page import clock, lasting

HEADINGS = ("Visit", "Person and customer", "Areas and purpose", "Authorised by", "Entry", "Exit", "Badge", "To look at")
MOST_LINES = 2000
"""Visits on paper; a longer report says on its last page where the rest stands."""


def paper(report: Report) -> bytes:
    """A4 landscape PDF."""
    import typst

    data = {"data": json.dumps(_data(report), ensure_ascii=False)}
    made: bytes = typst.compile(str(TEMPLATES / "access.typ"), root=str(TEMPLATES), format="pdf", sys_inputs=data)
    return made


def _data(report: Report) -> dict[str, Any]:
    frame, say = report.frame, words.speaker(report.frame.language)
    shown = report.lines[:MOST_LINES]
    left_over = len(report.lines) - len(shown)
    return {
        "lang": "zh" if frame.language == "zh-CN" else "en",
        "title": say(words.TITLES[frame.kind]),
        "site": f"{frame.site} ({frame.site_code})",
        "facts": _facts(report),
        "purpose": say(words.PURPOSE),
        "left_out": say(words.LEFT_OUT),
        "totals": [[say(name), str(count)] for name, count in totals(report)],
        "chart_title": say("Entries by hour") if len(entries_over_time(report)) == 24 else say("Entries by day"),
        "bars": [[bar.label, bar.count] for bar in entries_over_time(report)],
        "headings": [say(name) for name in HEADINGS],
        "rows": [_row(report, line) for line in shown],
        "empty": say("Nobody came in and nobody was refused in this period."),
        "strangers_title": say("Codes of no visit"),
        "strangers": [
            f"{local_time(refused.at, frame.zone)}  {refused.door}  {say(OUTCOMES[refused.outcome])}" for refused in report.strangers[:200]
        ],
        "more": say("{count} more visits stand in the CSV file and on the page.").format(count=left_over) if left_over else "",
        "page_of": say("Page"),
        "checkpoint_title": say("Checkpoint of the record"),
        "checkpoint_use": say(words.CHECKPOINT),
        "checkpoint": frame.checkpoint or "–",
    }


def _facts(report: Report) -> list[list[str]]:
    frame, say = report.frame, words.speaker(report.frame.language)
    return [
        [say("Period"), f"{local_time(frame.begins, frame.zone)} – {local_time(frame.ends, frame.zone)} ({frame.zone})"],
        [say("Written"), local_time(frame.generated_at, frame.zone)],
        [say("Privacy notice version"), frame.notice_version or "–"],
        [say("Sealed entries when written"), str(frame.record_size)],
        [say("Visits"), str(len(report.lines))],
    ]


def _erased(line: Line, say: Callable[[str], str]) -> str:
    return say("erased on {day}").format(day=line.erased_on) if line.erased_on else say("erased")


def _row(report: Report, line: Line) -> list[str]:
    frame, say = report.frame, words.speaker(report.frame.language)
    entries = [f"{clock(stay.entered_at, frame.begins, frame.zone)} {stay.area}\n{say(KNOWN[stay.entered_known])}" for stay in line.stays]
    exits = [
        f"{clock(stay.exit_time, frame.begins, frame.zone)}\n{say(KNOWN[stay.left_known]) if stay.left_known else say('Still inside')}"
        for stay in line.stays
    ]
    refusals = [f"{clock(refused.at, frame.begins, frame.zone)} {say(OUTCOMES[refused.outcome])}" for refused in line.refusals]
    flags = [say(words.FLAGS[code]) + (f" {lasting(line.overstay)}" if code == "overstay" and line.overstay else "") for code in line.flags]
    badge = [line.badge or "–"]
    if line.badge_returned_at:
        badge.append(say("returned {time}").format(time=clock(line.badge_returned_at, frame.begins, frame.zone)))
    return [
        line.number,
        f"{line.name or _erased(line, say)}\n{line.customer}",
        f"{'; '.join(line.areas)}\n{say(PURPOSES[line.purpose])} {line.work_order}".strip(),
        f"{line.customer_authoriser or '–'}\n{line.site_authoriser or '–'}",
        "\n".join(entries) or "–",
        "\n".join(exits) or "–",
        "\n".join(badge),
        "\n".join(flags + refusals) or "–",
    ]
