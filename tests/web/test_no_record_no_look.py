"""No plaintext without a record: where the record cannot be written, no page, no search, no file and no letter shows anybody."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import func, select

from access_log.models import AccessEvent, Kiosk, RecordEntry, ReportKind, ReportRun, ReportSchedule, Visit
from access_log.policy.codes import Outcome
from access_log.runtime import REPORTS_KEYS
from access_log.sending import send_due
from access_log.services.letters import Letter
from reports.run import run_due
from tests.cast import with_pass
from tests.moments import NOON
from tests.services.test_scans import scan
from tests.web.conftest import Browser, Web

REFUSED = {
    "sqlite": ["create trigger no_record before insert on record_entry begin select raise(abort, 'no record today'); end"],
    "postgresql": [
        "create function no_record() returns trigger language plpgsql as $$ begin raise exception 'no record today'; end $$",
        "create trigger no_record before insert on record_entry for each row execute function no_record()",
    ],
}
AGAIN = {
    "sqlite": ["drop trigger no_record"],
    "postgresql": ["drop trigger no_record on record_entry", "drop function no_record()"],
}
WEI, ANA, MASKED, MAIL = "魏伟明", "Ana Lucía Ñúñez", "魏*明", "wei@nimbus.example"


@contextmanager
def no_record(engine: Engine) -> Iterator[None]:
    """The database takes every row but one of the record."""
    _execute(engine, REFUSED)
    try:
        yield
    finally:
        _execute(engine, AGAIN)


def _execute(engine: Engine, statements: dict[str, list[str]]) -> None:
    with engine.begin() as connection:
        for statement in statements[engine.dialect.name]:
            connection.exec_driver_sql(statement)


@dataclass(frozen=True)
class Site:
    """Wei inside and late, Ana at the door, Wei expected once more; yesterday's report."""

    inside: Visit
    waiting: Visit
    expected: Visit
    report: ReportRun


@pytest.fixture
def there(web: Web) -> Site:
    cast = web.cast
    with web.db() as session:
        (inside,) = with_pass(session, web.ring, cast, cast.wei, hours=1)
        assert scan(session, web.ring, cast, inside, nonce="in").outcome is Outcome.ID_PENDING
        session.add(ReportSchedule(site_id=cast.site.id or 0, kind=ReportKind.ACCESS_DAILY, from_at=NOON, created_at=NOON))
    assert web.as_(cast.mei).post(f"/checks/{inside.id}/answer", {"verdict": "admit", "badge": "V07"}).status_code == 303
    web.clock.now = NOON + timedelta(days=1)
    assert run_due(web.engine, web.engine, web.ring.subset(REPORTS_KEYS), web.clock) == (1, 0)
    with web.db() as session:
        (waiting,) = with_pass(session, web.ring, cast, cast.ana, now=web.clock.now)
        assert scan(session, web.ring, cast, waiting, nonce="at", minutes=24 * 60).outcome is Outcome.ID_PENDING
        session.get_one(Kiosk, cast.kiosk.id).seen_at = web.clock.now
        (expected,) = with_pass(session, web.ring, cast, cast.wei, now=web.clock.now)
        report = session.exec(select(ReportRun)).one()
    return Site(inside, waiting, expected, report)


Look = Callable[[Browser, Site, Web], Any]
DAYS = {"first": "2026-11-01", "last": "2026-11-25"}
LOOKS: dict[str, tuple[str, str, Look]] = {
    "a guard's look at who waits": ("mei", ANA, lambda browser, there, _web: browser.post(f"/checks/{there.waiting.id}")),
    "a name for an entry by hand": ("mei", WEI, lambda browser, there, _web: browser.post(f"/by-hand/{there.expected.id}/name")),
    "how to reach who is late": ("mei", MAIL, lambda browser, there, _web: browser.post(f"/by-hand/{there.inside.id}/reach")),
    "a guard's search": ("mei", WEI, lambda browser, _there, _web: browser.post("/find", {"wanted": "伟明"})),
    "staff, to correct them": ("admin", "梅梅", lambda browser, _there, web: browser.post(f"/admin/staff/{web.cast.mei.id}/identity")),
    "a contact, to correct them": (
        "admin",
        "林岚",
        lambda browser, _there, web: browser.post(f"/admin/customers/{web.cast.nimbus.id}/contacts/{web.cast.lin.id}/identity"),
    ),
    "a report's page": ("rui", MASKED, lambda browser, there, _web: browser.post(f"/reports/{there.report.id}/page")),
    "a report's table": ("rui", MASKED, lambda browser, there, _web: browser.post(f"/reports/{there.report.id}/csv/download")),
    "a report on paper": ("rui", "%PDF-", lambda browser, there, _web: browser.post(f"/reports/{there.report.id}/pdf/download")),
    "a customer's names": ("lin", WEI, lambda browser, _there, _web: browser.post("/roster/names")),
    "a customer's search": ("lin", WEI, lambda browser, _there, _web: browser.post("/roster/search", {"wanted": "伟明"})),
    "a roster entry, to correct it": ("lin", MAIL, lambda browser, _there, web: browser.post(f"/roster/{web.cast.wei.id}/open")),
    "a customer's file with names": ("lin", WEI, lambda browser, _there, _web: browser.post("/history/export", DAYS | {"names": "names"})),
    "a customer's masked file": ("lin", MASKED, lambda browser, _there, _web: browser.post("/history/export", DAYS | {"names": "masked"})),
    "a visitor's own data": ("inside", MAIL, lambda browser, _there, _web: browser.post("/data")),
}
"""What shows somebody, or hands out a file: who asks, what the answer holds, and how."""


def recorded(web: Web) -> list[int]:
    with web.db() as session:
        return [session.exec(select(func.count()).select_from(model)).one() for model in (AccessEvent, RecordEntry)]


def asked(web: Web, there: Site, who: str, look: Look) -> Any:
    browser = web.as_(there.inside if who == "inside" else getattr(web.cast, who))
    browser.client = type(browser.client)(
        web.app, base_url="https://testserver", raise_server_exceptions=False, cookies=browser.client.cookies
    )
    return look(browser, there, web)


def test_where_the_record_cannot_be_written_nothing_is_shown_and_nothing_handed_out(web: Web, there: Site) -> None:
    for what, (who, shows, look) in LOOKS.items():
        before = recorded(web)
        with no_record(web.engine):
            answer = asked(web, there, who, look)
        assert answer.status_code >= 400, what
        told = answer.content + str(dict(answer.headers)).encode()
        for secret in (WEI, ANA, MASKED, MAIL, "梅梅", "林岚", "%PDF-", "1001-1"):
            assert secret.encode() not in told, (what, secret)
        assert recorded(web) == before, (what, "and no event without its entry")
        answer = asked(web, there, who, look)
        assert answer.status_code == 200, what
        assert shows.encode() in answer.content, (what, "the same once the record can be written: the look above would have been seen")
        assert recorded(web)[1] > before[1], what


def test_no_letter_is_sent_of_which_nothing_is_recorded(web: Web, there: Site) -> None:
    sent: list[Letter] = []

    class Post:
        """Takes whatever it is given."""

        def connect(self) -> AbstractContextManager["Post"]:
            return nullcontext(self)

        def send(self, letter: Letter, token: str, still_ours: Callable[[], bool]) -> bool:
            del token, still_ours
            sent.append(letter)
            return True

    with no_record(web.engine), suppress(SQLAlchemyError):
        send_due(web.engine, web.ring, web.settings, Post(), web.clock)
    assert sent == []
    web.clock.now += timedelta(hours=1)
    send_due(web.engine, web.ring, web.settings, Post(), web.clock)
    assert MAIL in {letter.to for letter in sent}, "and later it is"
