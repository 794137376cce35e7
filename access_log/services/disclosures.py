"""Disclosures to authorities: only on a written demand, only what it names, released by two people, each row recorded.

The bundle is made when it is downloaded and stored nowhere. What the register keeps for three years is the paper's reference, who decided,
and the bundle's hash; the rows lead to subjects, which are erased on their own days.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, delete, func, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.i18n import local_time
from access_log.models import Authority, DisclosedPerson, Disclosure, DisclosureState, Presence, Site, Staff
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item, RevealPurpose
from access_log.policy.names import clean_text, text_problem
from access_log.policy.periods import add_months
from access_log.policy.work_order import names_a_person
from access_log.services import events, identity, recipients, visit_finding
from access_log.services.csv_safe import write_csv
from access_log.services.held import HOLD_OFFICER
from access_log.services.holds import MAY_CONFIRM
from access_log.services.identity import Person
from access_log.services.rows import insert_many
from access_log.services.visit_finding import FoundVisit

MOST = 500
KEPT_MONTHS = 36
OPEN_FOR = timedelta(days=7)
"""After the release the bundle can be downloaded so long."""
FIELDS = ("name", "organisation", "times", "work_order", "reach")
"""What a bundle can hold, if the policy declares it for the authorities."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What the paper says."""

    authority: Authority
    office: str
    legal_basis: str
    instrument: str
    instrument_on: date
    officers: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A disclosure with the staff numbers it names."""

    row: Disclosure
    people: int
    staff: dict[int, str]


def offered(session: Session, *, site: Site, now: datetime) -> list[str]:
    """The fields that may be given to an authority at all. Raises ConflictError as `recipients.allowed`."""
    declared = recipients.allowed(session, site=site, recipient=recipients.AUTHORITY, fields=(), now=now)
    return [name for name in FIELDS if name in declared.fields]


def checked(session: Session, demand: Demand, *, site: Site, now: datetime) -> Demand:
    """The demand with its texts tidied. Raises RefusedInputError, and ConflictError where the policy forbids it."""
    texts = {}
    for name, longest in (("office", 80), ("legal_basis", 120), ("instrument", 60), ("officers", 60)):
        texts[name] = clean_text(getattr(demand, name))
        problem = text_problem(texts[name], longest) or ("names_a_person" if names_a_person(texts[name]) else None)
        if problem is not None:
            raise RefusedInputError(name, problem)
    if demand.instrument_on.year < 1950:
        raise RefusedInputError("instrument_on", "invalid")
    if _begin(demand.instrument_on, site) > now:
        raise RefusedInputError("instrument_on", "in_the_future")
    if demand.authority is not Authority.FOREIGN:
        if not demand.fields:
            raise RefusedInputError("fields", "required")
        recipients.allowed(session, site=site, recipient=recipients.AUTHORITY, fields=demand.fields, now=now)
    return Demand(
        demand.authority, texts["office"], texts["legal_basis"], texts["instrument"], demand.instrument_on, texts["officers"], demand.fields
    )


def _begin(day: date, site: Site) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(site.zone))


def request(session: Session, *, demand: Demand, people: Sequence[FoundVisit], actor: Actor, now: datetime) -> Disclosure:
    """Enter a demand. One of a foreign authority is entered as refused: it needs the approval of the competent one (PIPL 41, DSL 36).

    Raises RefusedInputError, ConflictError, NotAllowedError.
    """
    if actor.role is not HOLD_OFFICER:
        raise NotAllowedError
    site = session.get_one(Site, actor.site_id)
    demand = checked(session, demand, site=site, now=now)
    foreign = demand.authority is Authority.FOREIGN
    if not foreign and not people:
        raise RefusedInputError("numbers", "nobody_to_hold")
    row = Disclosure(
        site_id=actor.site_id,
        authority=demand.authority,
        office=demand.office,
        legal_basis=demand.legal_basis,
        instrument=demand.instrument,
        instrument_at=_begin(demand.instrument_on, site),
        officers=demand.officers,
        fields=[] if foreign else [name for name in FIELDS if name in demand.fields],
        state=DisclosureState.REFUSED if foreign else DisclosureState.REQUESTED,
        refusal="foreign" if foreign else "",
        asked_by=actor.id or 0,
        asked_at=now,
        decided_at=now if foreign else None,
    )
    session.add(row)
    session.flush()
    named = [] if foreign else people
    insert_many(
        session,
        DisclosedPerson,
        [{"disclosure_id": row.id, "subject_id": one.subject_id, "visit_id": one.visit_id, "site_id": row.site_id} for one in named],
    )
    kind = EventType.DISCLOSURE_REFUSED if foreign else EventType.DISCLOSURE_REQUESTED
    _record(session, kind, row, actor, now, authority=row.authority.value, people=len(named))
    return row


def release(session: Session, *, row: Disclosure, actor: Actor, now: datetime) -> None:
    """The second person's yes. Raises ConflictError: "disclosure_decided", "second_person", or what the policy forbids by now."""
    _decide(session, row, actor)
    site = session.get_one(Site, row.site_id)
    recipients.allowed(session, site=site, recipient=recipients.AUTHORITY, fields=row.fields, now=now)
    if actor.id == row.asked_by:
        raise ConflictError("second_person")
    _decided(session, row, DisclosureState.RELEASED, actor, now)
    _record(session, EventType.DISCLOSURE_RELEASED, row, actor, now)


def refuse(session: Session, *, row: Disclosure, actor: Actor, now: datetime) -> None:
    """No: by the second person, or by whoever entered it. Raises ConflictError("disclosure_decided")."""
    _decide(session, row, actor)
    row.refusal = "declined"
    _decided(session, row, DisclosureState.REFUSED, actor, now)
    _record(session, EventType.DISCLOSURE_REFUSED, row, actor, now)


def _decide(session: Session, row: Disclosure, actor: Actor) -> None:
    if actor.role not in MAY_CONFIRM:
        raise NotAllowedError
    session.refresh(row, with_for_update=True)  # two people may press at once
    if row.state is not DisclosureState.REQUESTED:
        raise ConflictError("disclosure_decided")


def _decided(session: Session, row: Disclosure, state: DisclosureState, actor: Actor, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.id, now
    session.add(row)
    session.flush()


def download(session: Session, ring: KeyRing, *, row: Disclosure, headings: Mapping[str, str], actor: Actor, now: datetime) -> bytes:
    """The bundle, for the privacy officer to hand over. Each person in it is a recorded look; the second time it is the same bytes.

    Raises ConflictError: "not_released", "bundle_closed" after a week, "bundle_changed" where somebody in it was erased or corrected since.
    """
    if actor.role is not HOLD_OFFICER:
        raise NotAllowedError
    session.refresh(row, with_for_update=True)
    if row.state not in (DisclosureState.RELEASED, DisclosureState.HANDED_OVER) or row.decided_at is None:
        raise ConflictError("not_released")
    if now > row.decided_at + OPEN_FOR:
        raise ConflictError("bundle_closed")
    body = _bundle(session, ring, row, headings, actor, now)
    digest = hashlib.sha256(body).digest()
    if row.sha256 is not None and row.sha256 != digest:
        raise ConflictError("bundle_changed")
    row.state, row.sha256, row.handed_over_at = DisclosureState.HANDED_OVER, digest, row.handed_over_at or now
    row.downloads += 1
    session.add(row)
    session.flush()
    _record(session, EventType.DISCLOSURE_HANDED_OVER, row, actor, now, sha256=digest.hex())
    return body


def _bundle(session: Session, ring: KeyRing, row: Disclosure, headings: Mapping[str, str], actor: Actor, now: datetime) -> bytes:
    people = people_of(session, ring, row)
    items = [Item.NAME] + ([Item.CONTACT] if "reach" in row.fields else [])
    subjects = [one.subject_id for one in people]
    opened = identity.reveal(session, ring, subjects=subjects, items=items, purpose=RevealPurpose.DISCLOSURE, actor=actor, now=now)
    table = write_csv(_table(session, row, people, opened, headings))
    manifest = {
        "disclosure": row.id, "site": session.get_one(Site, row.site_id).code, "office": row.office, "legal_basis": row.legal_basis,
        "instrument": row.instrument, "fields": row.fields, "people": len(people), "released_at": (row.decided_at or now).isoformat(),
        "sha256_of_table": hashlib.sha256(table).hexdigest(),
    }  # fmt: skip
    return _zipped({"disclosure.csv": table, "manifest.json": json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()})


def _table(
    session: Session, row: Disclosure, people: Sequence[FoundVisit], opened: Mapping[UUID, Person], headings: Mapping[str, str]
) -> list[list[str]]:
    zone = session.get_one(Site, row.site_id).zone
    columns = ["number", *(name for name in row.fields if name != "times")] + (["entered", "left"] if "times" in row.fields else [])
    stays = _stays(session, people) if "times" in row.fields else {}
    lines = []
    for one in people:
        person = opened.get(one.subject_id)
        cells = {
            "number": one.number,
            "name": person.name if person else "",
            "organisation": one.customer,
            "work_order": one.work_order,
            "reach": " ".join(part for part in (person.mail, person.phone) if part) if person else "",
        }
        for entered, left in stays.get(one.visit_id, [(None, None)]):
            times = {
                "entered": local_time(entered, zone) if entered else "",
                "left": local_time(left, zone) if left else "",
            }
            lines.append([(cells | times)[name] for name in columns])
    return [[headings[name] for name in columns], *lines]


def _stays(session: Session, people: Sequence[FoundVisit]) -> dict[UUID, list[tuple[datetime | None, datetime | None]]]:
    found: dict[UUID, list[tuple[datetime | None, datetime | None]]] = {}
    visits = [one.visit_id for one in people]
    rows = select(Presence).where(col(Presence.visit_id).in_(visits)).order_by(col(Presence.entered_at), col(Presence.id))
    for presence in session.exec(rows).all():
        found.setdefault(presence.visit_id, []).append((presence.entered_at, presence.left_at))
    return found


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """The same bytes whenever it is made of the same files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as bundle:
        for name, body in files.items():
            bundle.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body)
    return made.getvalue()


def people_of(session: Session, ring: KeyRing, row: Disclosure) -> list[FoundVisit]:
    """The named rows, masked."""
    named = session.exec(select(DisclosedPerson.visit_id).where(DisclosedPerson.disclosure_id == row.id)).all()
    return visit_finding.of_visits(session, ring, site_id=row.site_id, visits=named)


def of(session: Session, *, disclosure_id: int, site_id: int) -> Disclosure:
    """One of this site's. Raises NotFoundError."""
    row = session.get(Disclosure, disclosure_id)
    if row is None or row.site_id != site_id:
        raise NotFoundError
    return row


def listed(session: Session, site_id: int) -> list[Listed]:
    """All that are kept, the newest first."""
    rows = session.exec(select(Disclosure).where(Disclosure.site_id == site_id).order_by(col(Disclosure.id).desc())).all()
    return [facts(session, row) for row in rows]


def facts(session: Session, row: Disclosure) -> Listed:
    """One with its numbers."""
    count = session.exec(select(func.count()).select_from(DisclosedPerson).where(DisclosedPerson.disclosure_id == row.id)).one()
    named = [id_ for id_ in (row.asked_by, row.decided_by) if id_ is not None]
    numbers = session.exec(select(Staff.id, Staff.number).where(col(Staff.id).in_(named))).all()
    return Listed(row, count, {id_ or 0: number for id_, number in numbers})


def waiting(session: Session, site_id: int) -> int:
    """How many wait for a second person."""
    where = Disclosure.site_id == site_id, Disclosure.state == DisclosureState.REQUESTED
    return session.exec(select(func.count(col(Disclosure.id))).where(*where)).one()


def forget_old(session: Session, *, site: Site, now: datetime) -> int:
    """Take out what was entered three years ago. The record keeps its entries, which name nobody. Returns how many."""
    rows = session.exec(select(Disclosure).where(Disclosure.site_id == site.id).order_by(col(Disclosure.id))).all()
    old = [row.id for row in rows if add_months(row.asked_at, KEPT_MONTHS, site.zone) <= now]
    session.exec(delete(DisclosedPerson).where(col(DisclosedPerson.disclosure_id).in_(old)))
    session.exec(delete(Disclosure).where(col(Disclosure.id).in_(old)))
    return len(old)


def _record(session: Session, type_: EventType, row: Disclosure, actor: Actor, now: datetime, **more: int | str) -> None:
    events.record(session, type_, site_id=row.site_id, now=now, actor=actor, detail={"disclosure": row.id or 0} | more)
