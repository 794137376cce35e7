"""What people read of a pack: one page in each language, every visit in a line, without a server behind it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape

from access_log.audit import words
from access_log.audit.scope import Scope
from access_log.audit.visits import Row
from access_log.i18n import local_time, text
from access_log.policy.codes import HowKnown, Purpose
from access_log.words import KNOWN, PURPOSES

STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:1.5rem;color:#16242b;background:#fff}h1{font-size:1.4rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:#55656d}dd{margin:0}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}p{max-width:50rem}"
    "table{border-collapse:collapse;width:100%;font-size:13px}th,td{border-bottom:1px solid #ccd5d9;padding:.35rem .5rem;text-align:start;"
    "vertical-align:top}th{position:sticky;top:0;background:#eef3f5}td span{display:block;color:#55656d}"
    ".scroll{overflow-x:auto}@media(prefers-color-scheme:dark){body{background:#12191d;color:#e6edf0}th{background:#1f2a30}"
    "dt,td span{color:#a9b7be}th,td{border-color:#33424a}}@media print{th{position:static}body{margin:0}}"
)
CSP = "default-src 'none'; style-src 'unsafe-inline'"


def head(scope: Scope, language: str, *, visits: int, made_at: datetime, note: str) -> str:
    """Everything above the visits: what it is, for whom, what it shows and what it leaves out."""

    def say(message: str) -> str:
        return text(language, message)

    zone, site = scope.site.zone, scope.site
    wanted = scope.wanted
    told = {
        "site": f"{site.code} {site.name if language == 'zh-CN' else site.name_en}",
        "period": f"{local_time(wanted.begins, zone)} – {local_time(wanted.ends, zone)}",
        "zone": zone,
        "customer": scope.customer or say(words.ALL_CUSTOMERS),
        "for": say(words.AUDITOR),
        "purpose": say(words.AUDIT),
        "made_at": local_time(made_at, zone),
        "policy": scope.policy.version,
        "visits": str(visits),
        "entries": f"{scope.end - scope.begin} ({scope.begin} – {scope.end})",
        "destroy_by": local_time(scope.destroy_by, zone)[:10],
    }
    facts = "".join(f"<dt>{escape(say(words.FACTS[name]))}</dt><dd>{escape(value)}</dd>\n" for name, value in told.items())
    title = escape(say(words.TITLE))
    headings = "".join(f'<th scope="col">{escape(say(name))}</th>' for name in words.HEADINGS)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{CSP}">\n'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>\n'
        f"<dl>\n{facts}</dl>\n<p>{escape(say(words.LEAVES_OUT))}</p>\n<p>{escape(say(words.PROVES))}</p>\n"
        f"<h2>{escape(say(words.FACTS['newest']))}</h2>\n<pre>{escape(note)}</pre>\n"
        + (f'<div class="scroll"><table><thead><tr>{headings}</tr></thead><tbody>\n' if visits else f"<p>{escape(say(words.EMPTY))}</p>\n")
    )


def foot(visits: int) -> str:
    """The end of the page."""
    return "</tbody></table></div></body></html>\n" if visits else "</body></html>\n"


def lines(rows: Iterable[Row], language: str, zone: str) -> Iterator[str]:
    """One table row a line."""
    for row in rows:
        yield "<tr>" + "".join(f"<td>{_cell(parts)}</td>" for parts in _cells(row, language, zone)) + "</tr>\n"


def _cell(parts: Iterable[str]) -> str:
    first, *rest = [escape(part) for part in parts if part] or [""]
    return (first or "–") + "".join(f"<span>{part}</span>" for part in rest)


def _cells(row: Row, language: str, zone: str) -> Iterator[tuple[str, ...]]:
    record, register = row.record, row.register

    def say(message: str) -> str:
        return text(language, message) if message else ""

    def at(name: str) -> str:
        return _local(record[name], zone)

    def decided(side: str, by: str) -> tuple[str, ...]:
        said = record[f"{side}_said"]
        return (say(words.APPROVED if said == "approved" else words.REFUSED) if said else "", at(f"{side}_at"), register[by])

    def passed(way: str) -> tuple[str, ...]:
        known = record[f"{way}_known"]
        unknown = words.UNKNOWN if way == "exit" and known == HowKnown.UNKNOWN.value else ""
        how = "" if unknown or known not in set(HowKnown) else KNOWN[HowKnown(known)]
        area = register["area_entered"] if way == "entry" else ""
        return (at(f"{way}_at") or say(unknown), area, register[f"{way}_door_code"], say(how))

    purpose = record["purpose"]
    yield register["number"], record["stay"] if record["stay"] not in ("0", "1") else ""
    yield (register["name"] or (say(words.ERASED) if register["erased_at"] else ""),)
    yield (register["customer"],)
    yield register["areas"], say(PURPOSES[Purpose(purpose)]) if purpose in set(Purpose) else "", register["work_order"]
    yield at("requested_at"), f"{at('window_from')} – {at('window_until')}" if record["window_from"] else ""
    yield decided("customer", "approved_for_customer_by")
    yield decided("operator", "approved_for_site_by")
    yield at("checked_at"), register["checked_by_number"]
    yield passed("entry")
    yield passed("exit")
    yield (say(words.ESCORTS.get(record["escort"], "")),)
    yield record["badge"], at("badge_back_at")
    yield (record["refused"] if record["refused"] != "0" else "",)


def _local(said: str, zone: str) -> str:
    try:
        return local_time(datetime.fromisoformat(said), zone) if said else ""
    except ValueError:
        return said
