"""The report as a page: one file that loads nothing, runs nothing, and prints."""

from datetime import datetime, timedelta
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from access_log.i18n import local_time
from access_log.words import KNOWN, OUTCOMES, PURPOSES
from reports import TEMPLATES, words
from reports.content import Report
from reports.figures import entries_over_time, stays_by_area, totals, visits_by_customer


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page(report: Report) -> bytes:
    """UTF-8 HTML."""
    frame, say = report.frame, words.speaker(report.frame.language)
    return (
        _environment()
        .get_template("access.html")
        .render(
            report=report,
            frame=frame,
            _=say,
            title=say(words.TITLES[frame.kind]),
            purpose=say(words.PURPOSE),
            left_out=say(words.LEFT_OUT),
            checkpoint_use=say(words.CHECKPOINT),
            totals=[(say(name), count) for name, count in totals(report)],
            over_time=entries_over_time(report),
            by_area=stays_by_area(report),
            by_customer=visits_by_customer(report),
            when=lambda moment: local_time(moment, frame.zone),
            clock=lambda moment: clock(moment, frame.begins, frame.zone),
            lasting=lasting,
            known=lambda code: say(KNOWN[code]),
            outcome=lambda code: say(OUTCOMES[code]),
            doing=lambda code: say(PURPOSES[code]),
            flag=lambda code: say(words.FLAGS[code]),
            looks=[(say(words.LOOKS[purpose]), report.looks[purpose]) for purpose in words.LOOKS if purpose.value in report.looks],
            reasons=[(say(words.REASONS[reason]), count) for reason, count in report.by_hand_reasons.items()],
            css=(TEMPLATES / "access.css").read_text(encoding="utf-8"),
        )
        .encode("utf-8")
    )


def clock(moment: datetime | None, begins: datetime, zone: str) -> str:
    """12:05 on the period's first day, 11-24 12:05 on another, a dash for none."""
    if moment is None:
        return "–"
    local = local_time(moment, zone)
    return local[11:] if local[:10] == local_time(begins, zone)[:10] else local[5:]


def lasting(length: timedelta) -> str:
    """1:05, hours and minutes."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"
