"""The report as a table: one row a stay, or a visit that nobody came in on; safe to open in a spreadsheet."""

from collections.abc import Iterator

from access_log.i18n import local_time
from access_log.services.csv_safe import write_csv
from access_log.words import KNOWN, OUTCOMES, PURPOSES
from reports import words
from reports.content import Line, Refused, Report, Stay

HEADINGS = (
    "Visit", "Name (masked)", "Customer", "Requested areas", "Purpose", "Work order", "Authorised for the customer",
    "Authorised for the site", "Area", "Entered at", "How known", "Left at", "How known", "Overstay (minutes)", "Badge",
    "Badge returned at", "Refusals", "To look at",
)  # fmt: skip


def table(report: Report) -> bytes:
    """CSV, UTF-8 with a byte order mark. Times are the site's, named in the heading."""
    say, zone = words.speaker(report.frame.language), report.frame.zone
    headings = [f"{say(name)} ({zone})" if name in ("Entered at", "Left at") else say(name) for name in HEADINGS]
    rows = [row for line in report.lines for row in _rows(report, line)]
    strangers = [_stranger(report, refused) for refused in report.strangers]
    return write_csv([headings, *rows, *strangers, *_checkpoint(report)])


def _checkpoint(report: Report) -> list[list[str | int | None]]:
    """The checkpoint below the table, a line a row."""
    if not report.frame.checkpoint:
        return []
    title = words.speaker(report.frame.language)("Checkpoint of the record")
    rows: list[list[str | int | None]] = [[], [title]]
    return rows + [[line] for line in report.frame.checkpoint.splitlines()]


def _rows(report: Report, line: Line) -> Iterator[list[str | int | None]]:
    say, zone = words.speaker(report.frame.language), report.frame.zone
    for stay in line.stays or (None,):
        yield [
            line.number,
            line.name,
            line.customer,
            "; ".join(line.areas),
            say(PURPOSES[line.purpose]),
            line.work_order,
            line.customer_authoriser,
            line.site_authoriser,
            *_times(report, stay),
            int(line.overstay.total_seconds()) // 60 if line.overstay else None,
            line.badge,
            local_time(line.badge_returned_at, zone) if line.badge_returned_at else "",
            "; ".join(f"{local_time(refused.at, zone)} {say(OUTCOMES[refused.outcome])}" for refused in line.refusals),
            "; ".join(say(words.FLAGS[code]) for code in line.flags),
        ]


def _times(report: Report, stay: Stay | None) -> list[str | int | None]:
    if stay is None:
        return [None] * 5
    say, zone = words.speaker(report.frame.language), report.frame.zone
    left = stay.exit_time
    return [
        stay.area,
        local_time(stay.entered_at, zone),
        say(KNOWN[stay.entered_known]),
        local_time(left, zone) if left else "",
        say(KNOWN[stay.left_known]) if stay.left_known else "",
    ]


def _stranger(report: Report, refused: Refused) -> list[str | int | None]:
    say, zone = words.speaker(report.frame.language), report.frame.zone
    row: list[str | int | None] = [None] * len(HEADINGS)
    row[-2] = f"{local_time(refused.at, zone)} {refused.door} {say(OUTCOMES[refused.outcome])}"
    row[-1] = say("Code of no visit")
    return row
