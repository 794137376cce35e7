"""An authority gets what its paper names, once two people have released it; nobody else gets anything that the policy does not name."""

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.models import AccessEvent, Authority, DisclosedPerson, Disclosure, DisclosureState, Visit
from access_log.policy.codes import EventType
from access_log.policy.file.content import Policy
from access_log.policy.periods import add_months
from access_log.services import disclosures, policies, recipients, stays
from access_log.services.disclosures import Demand
from access_log.services.stays import Days
from tests.cast import Cast, as_contact, as_staff
from tests.moments import NOON
from tests.services.test_holds import LATER, LONG_AFTER, found, left, swept

DEMAND = Demand(
    Authority.POLICE,
    "市公安局网安支队",
    "《刑事诉讼法》第五十四条",
    "沪公调证字〔2026〕114号",
    date(2026, 11, 23),
    "012345 067890",
    ("name", "times"),
)
HEADINGS = {name: name for name in ("number", "name", "organisation", "work_order", "reach", "entered", "left")}
TODAY = Days(date(2026, 11, 24), date(2026, 11, 24))
__all__ = ["left"]


def asked(session: Session, ring: KeyRing, cast: Cast, demand: Demand = DEMAND) -> Disclosure:
    return disclosures.request(session, demand=demand, people=found(session, ring, cast), actor=as_staff(cast.pang), now=LATER)


def released(session: Session, ring: KeyRing, cast: Cast) -> Disclosure:
    row = asked(session, ring, cast)
    disclosures.release(session, row=row, actor=as_staff(cast.xu), now=LATER)
    return row


def downloaded(session: Session, ring: KeyRing, cast: Cast, row: Disclosure) -> bytes:
    return disclosures.download(session, ring, row=row, headings=HEADINGS, actor=as_staff(cast.pang), now=LATER)


def kinds(session: Session) -> list[EventType]:
    told = session.exec(select(AccessEvent.type).order_by("id")).all()
    return [kind for kind in told if kind.value.startswith("disclosure:")]


def with_recipients(monkeypatch: pytest.MonkeyPatch, change: object) -> None:
    real = policies.in_force

    def changed(session: Session, site: object) -> Policy:
        policy = real(session, site)  # type: ignore[arg-type]
        return replace(policy, recipients=change(policy.recipients))  # type: ignore[operator]

    monkeypatch.setattr(policies, "in_force", changed)


@pytest.mark.clause("2.2.b", "1.4.g", "3.2.c")
def test_the_file_holds_exactly_what_the_paper_names(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    row = released(session, ring, cast)
    body = downloaded(session, ring, cast, row)
    with zipfile.ZipFile(io.BytesIO(body)) as bundle:
        table, manifest = bundle.read("disclosure.csv"), json.loads(bundle.read("manifest.json"))
    lines = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
    number = found(session, ring, cast)[0].number
    assert lines == [["number", "name", "entered", "left"], [number, "魏伟明", "2026-11-24 12:02", "2026-11-24 14:00"]]
    assert manifest["sha256_of_table"] == hashlib.sha256(table).hexdigest()
    assert row.sha256 == hashlib.sha256(body).digest()
    event = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.DISCLOSURE_HANDED_OVER)).one()
    assert event.detail["sha256"] == hashlib.sha256(body).hexdigest()
    look = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_REVEALED).order_by("id")).all()[-1]
    assert (look.subject_id, look.detail["purpose"]) == (left.subject_id, "disclosure")
    assert kinds(session) == [EventType.DISCLOSURE_REQUESTED, EventType.DISCLOSURE_RELEASED, EventType.DISCLOSURE_HANDED_OVER]


def test_the_second_download_is_the_same_file_or_none(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    row = released(session, ring, cast)
    assert downloaded(session, ring, cast, row) == downloaded(session, ring, cast, row)
    assert row.downloads == 2
    swept(session, cast, LONG_AFTER)
    with pytest.raises(ConflictError, match="bundle_changed"):
        downloaded(session, ring, cast, row)


@pytest.mark.clause("2.2.b", "1.4.g")
def test_nobody_releases_what_they_entered(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    row = asked(session, ring, cast)
    with pytest.raises(ConflictError, match="second_person"):
        disclosures.release(session, row=row, actor=as_staff(cast.pang), now=LATER)
    with pytest.raises(ConflictError, match="not_released"):
        downloaded(session, ring, cast, row)
    with pytest.raises(NotAllowedError):
        disclosures.release(session, row=row, actor=as_staff(cast.admin), now=LATER)
    disclosures.release(session, row=row, actor=as_staff(cast.xu), now=LATER)
    with pytest.raises(ConflictError, match="disclosure_decided"):
        disclosures.refuse(session, row=row, actor=as_staff(cast.xu), now=LATER)
    with pytest.raises(NotAllowedError):
        disclosures.download(session, ring, row=row, headings=HEADINGS, actor=as_staff(cast.xu), now=LATER)
    with pytest.raises(ConflictError, match="bundle_closed"):
        disclosures.download(session, ring, row=row, headings=HEADINGS, actor=as_staff(cast.pang), now=LATER + timedelta(days=8))


@pytest.mark.clause("2.2.b", "1.4.g")
def test_an_authority_abroad_is_refused_and_the_refusal_is_kept(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    row = asked(session, ring, cast, replace(DEMAND, authority=Authority.FOREIGN))
    assert (row.state, row.refusal) == (DisclosureState.REFUSED, "foreign")
    assert session.exec(select(DisclosedPerson)).all() == []
    with pytest.raises(ConflictError):
        disclosures.release(session, row=row, actor=as_staff(cast.xu), now=LATER)
    assert kinds(session) == [EventType.DISCLOSURE_REFUSED]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("instrument_on", {"instrument_on": date(2026, 11, 26)}),
        ("instrument_on", {"instrument_on": date(1, 1, 1)}),
        ("office", {"office": " "}),
        ("officers", {"officers": "王警官 13912345678"}),
        ("fields", {"fields": ()}),
    ],
)
def test_a_demand_that_cannot_be_is_refused(
    session: Session, ring: KeyRing, cast: Cast, left: Visit, field: str, change: dict[str, object]
) -> None:
    with pytest.raises(RefusedInputError) as refused:
        asked(session, ring, cast, replace(DEMAND, **change))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_more_than_the_policy_lets_an_authority_have_is_refused(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    assert disclosures.offered(session, site=cast.site, now=LATER) == ["name", "organisation", "times"]
    with pytest.raises(ConflictError, match="recipient_fields"):
        asked(session, ring, cast, replace(DEMAND, fields=("name", "reach")))


@pytest.mark.clause("2.2")
def test_an_undeclared_recipient_gets_no_export(
    session: Session, ring: KeyRing, cast: Cast, left: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = {"contact": as_contact(cast.lin), "site": cast.site, "days": TODAY, "now": NOON}
    assert stays.exported(session, ring, names=True, **asked_for)[1] == {left.subject_id: "魏伟明"}  # type: ignore[arg-type]
    with_recipients(monkeypatch, lambda named: tuple(one for one in named if one.id != recipients.CUSTOMER))
    with pytest.raises(ConflictError, match="recipient_undeclared"):
        stays.exported(session, ring, names=False, **asked_for)  # type: ignore[arg-type]


@pytest.mark.clause("2.2.a")
def test_a_recipient_gets_nothing_on_the_day_after_its_last(
    session: Session, ring: KeyRing, cast: Cast, left: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_recipients(monkeypatch, lambda named: tuple(replace(one, until=date(2026, 11, 24)) for one in named))
    assert recipients.allowed(session, site=cast.site, recipient="authority", fields=["name"], now=NOON)
    row = asked(session, ring, cast)
    late = NOON + timedelta(hours=13)  # past midnight in Shanghai
    with pytest.raises(ConflictError, match="recipient_expired"):
        disclosures.release(session, row=row, actor=as_staff(cast.xu), now=late)
    _policy, rows = recipients.register(session, site=cast.site, now=late)
    assert [one.expired for one in rows] == [True, True]


def test_without_names_an_export_needs_no_right_to_names(
    session: Session, ring: KeyRing, cast: Cast, left: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_recipients(monkeypatch, lambda named: tuple(replace(one, fields=("times", "work_order")) for one in named))
    asked_for = {"contact": as_contact(cast.lin), "site": cast.site, "days": TODAY, "now": NOON}
    assert len(stays.exported(session, ring, names=False, **asked_for)[0]) == 1  # type: ignore[arg-type]
    with pytest.raises(ConflictError, match="recipient_fields"):
        stays.exported(session, ring, names=True, **asked_for)  # type: ignore[arg-type]


def test_the_register_says_what_was_given(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    downloaded(session, ring, cast, released(session, ring, cast))
    _policy, rows = recipients.register(session, site=cast.site, now=LATER)
    assert {row.recipient.id: (row.times, row.last_at) for row in rows} == {"customer": (0, None), "authority": (1, LATER)}


def test_an_entry_is_kept_three_years_and_holds_nobodys_identity(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    row = released(session, ring, cast)
    downloaded(session, ring, cast, row)
    swept(session, cast, LONG_AFTER)
    assert [one.name for one in disclosures.people_of(session, ring, row)] == [""]
    over = add_months(LATER, 36, cast.site.zone)
    assert disclosures.forget_old(session, site=cast.site, now=over - timedelta(seconds=1)) == 0
    assert disclosures.forget_old(session, site=cast.site, now=over) == 1
    assert session.exec(select(DisclosedPerson)).all() == []


def test_a_strangers_disclosure_is_not_there(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    row = asked(session, ring, cast)
    assert disclosures.waiting(session, cast.site.id or 0) == 1
    with pytest.raises(NotFoundError):
        disclosures.of(session, disclosure_id=row.id or 0, site_id=(cast.site.id or 0) + 1)
