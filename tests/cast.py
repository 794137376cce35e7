"""The fixed cast of test people (docs/map.md), at a fixed noon. Built from the services, so that it is what a site would have."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, func, insert
from sqlmodel import Session, SQLModel, select

from access_log.crypto.codes import token_digest
from access_log.crypto.passwords import hash_password, hash_pin
from access_log.crypto.ring import KeyRing
from access_log.models import Area, Contact, Customer, CustomerArea, Door, Kiosk, Site, Staff, Subject, Technician, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.codes import ActorKind, Purpose, Role, SubjectKind
from access_log.services import vault, visits
from tests.moments import NOON

PASSWORD = "correct horse battery staple"  # the tests' own, not a secret
PIN = "482915"
KIOSK_CREDENTIAL = "kiosk-credential-of-the-tests-0000000000000"
_hashes: dict[str, str] = {}


@dataclass
class Cast:
    """Everybody, by name. `mei` and the others of the operator are Staff; `lin` and `chen` Contacts; the rest Technicians."""

    site: Site
    hall: Area
    cage: Area
    door: Door
    cage_door: Door
    kiosk: Kiosk
    nimbus: Customer
    kestrel: Customer
    lin: Contact
    chen: Contact
    rival: Contact
    wei: Technician
    ana: Technician
    hao: Technician
    mei: Staff
    rui: Staff
    pang: Staff
    xu: Staff
    admin: Staff


def make_cast(session: Session, ring: KeyRing, now: datetime = NOON) -> Cast:
    """One site with two areas, a kiosk, two customers and their people, in an empty database. Flushed, not committed.

    The services make them once for each ring; later databases get the same rows.
    """
    key = (id(ring), now)
    if key in _kept:
        return _kept[key].again(session)
    made = _make(session, ring, now)
    _kept[key] = _Kept(ring, made, {table: list(session.execute(select(table)).mappings()) for table in SQLModel.metadata.sorted_tables})
    return made


@dataclass
class _Kept:
    """The rows of a cast. Holds its ring, so that no other one can take over its id."""

    ring: KeyRing
    cast: Cast
    rows: dict[Table, list[Any]]

    def again(self, session: Session) -> Cast:
        for table, rows in self.rows.items():
            if rows:
                session.execute(insert(table), [dict(row) for row in rows])
        if session.get_bind().dialect.name == "postgresql":
            self._count_on(session)
        for model in {type(person) for person in vars(self.cast).values()}:
            session.exec(select(model)).all()
        return Cast(**{name: session.get_one(type(row), row.id) for name, row in vars(self.cast).items()})

    def _count_on(self, session: Session) -> None:
        """PostgreSQL's sequences do not see ids that were given."""
        counted = [
            (table, max(row["id"] for row in rows)) for table, rows in self.rows.items() if rows and isinstance(rows[0].get("id"), int)
        ]
        for table, last in counted:  # a role that may not set a sequence may still draw from it
            drawn = func.nextval(func.pg_get_serial_sequence(table.fullname, "id"))
            session.execute(select(func.max(drawn)).select_from(func.generate_series(1, last)))


_kept: dict[tuple[int, datetime], _Kept] = {}


def _make(session: Session, ring: KeyRing, now: datetime) -> Cast:
    site = Site(code="SHA1", name="上海一号数据中心", name_en="Shanghai One", guard_phone="021-5555 0100", created_at=now)
    session.add(site)
    session.flush()
    site_id = site.id or 0
    hall = Area(site_id=site_id, code="A1", name="A1 机房", name_en="Hall A1")
    cage = Area(site_id=site_id, code="C7", name="C7 机笼", name_en="Cage C7")
    session.add_all([hall, cage])
    session.flush()
    door = Door(site_id=site_id, area_id=hall.id or 0, code="D1", name="一楼东门", name_en="East door", way="大厅右转", way_en="Turn right")
    cage_door = Door(
        site_id=site_id, area_id=cage.id or 0, code="D2", name="二楼西门", name_en="West door", way="乘电梯", way_en="Take the lift"
    )
    session.add_all([door, cage_door])
    session.flush()
    kiosk = Kiosk(
        site_id=site_id, door_id=door.id or 0, code="K1", credential_digest=token_digest(KIOSK_CREDENTIAL), enrolled_at=now, seen_at=now
    )
    nimbus = Customer(site_id=site_id, name="云帆网络", created_at=now)
    kestrel = Customer(site_id=site_id, name="Kestrel Systems", created_at=now)
    session.add_all([kiosk, nimbus, kestrel])
    session.flush()
    for customer in (nimbus, kestrel):
        session.add(CustomerArea(customer_id=customer.id or 0, area_id=hall.id or 0, site_id=site_id))
    session.flush()
    maker = Maker(session, ring, site_id, now)
    return Cast(
        site=site, hall=hall, cage=cage, door=door, cage_door=cage_door, kiosk=kiosk, nimbus=nimbus, kestrel=kestrel,
        lin=maker.contact(nimbus, "林岚", "lin@nimbus.example", may_approve=True, may_report=True),
        chen=maker.contact(nimbus, "陈晨", "chen@nimbus.example"),
        rival=maker.contact(kestrel, "Kestrel Contact", "contact@kestrel.example", may_approve=True, may_report=True),
        wei=maker.technician(nimbus, "魏伟明", mail="wei@nimbus.example"),
        ana=maker.technician(nimbus, "Ana Lucía Ñúñez", phone="+8613912345678", language="en"),
        hao=maker.technician(kestrel, "郝好", mail="hao@kestrel.example"),
        mei=maker.staff("1001", "梅梅", Role.GUARD),
        rui=maker.staff("2001", "芮睿", Role.REVIEWER),
        pang=maker.staff("3001", "庞磅", Role.PRIVACY_OFFICER),
        admin=maker.staff("9001", "Administrator", Role.ADMINISTRATOR),
        xu=maker.staff("4001", "徐旭", Role.AUDITOR),
    )  # fmt: skip


@dataclass
class Maker:
    """People of one site."""

    session: Session
    ring: KeyRing
    site_id: int
    now: datetime

    def subject(self, kind: SubjectKind, name: str, *, customer_id: int | None = None, mail: str = "", phone: str = "") -> Subject:
        made = vault.new_subject(self.session, site_id=self.site_id, kind=kind, customer_id=customer_id, now=self.now)
        vault.register(self.session, self.ring, subject=made, name=name, mail=mail, phone=phone, actor=system(self.site_id), now=self.now)
        return made

    def save(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def contact(self, customer: Customer, name: str, mail: str, **rights: bool) -> Contact:
        subject = self.subject(SubjectKind.CONTACT, name, customer_id=customer.id, mail=mail)
        row = Contact(
            site_id=self.site_id,
            customer_id=customer.id or 0,
            subject_id=subject.id,
            created_at=self.now,
            used_at=self.now,
            password_hash=hashed(PASSWORD),
            **rights,
        )
        return self.save(row)  # type: ignore[no-any-return]

    def technician(self, customer: Customer, name: str, *, mail: str = "", phone: str = "", language: str = "zh-CN") -> Technician:
        subject = self.subject(SubjectKind.ROSTER, name, customer_id=customer.id, mail=mail, phone=phone)
        row = Technician(
            site_id=self.site_id,
            customer_id=customer.id or 0,
            subject_id=subject.id,
            language=language,
            has_mail=bool(mail),
            created_at=self.now,
        )
        return self.save(row)  # type: ignore[no-any-return]

    def staff(self, number: str, name: str, role: Role) -> Staff:
        subject = self.subject(SubjectKind.STAFF, name, mail=f"staff{number}@operator.example")
        row = Staff(
            site_id=self.site_id,
            subject_id=subject.id,
            number=number,
            role=role,
            created_at=self.now,
            used_at=self.now,
            confidentiality_signed_at=self.now,
            password_hash=hashed(PASSWORD),
            pin_hash=hashed(PIN, pin=True),
        )
        return self.save(row)  # type: ignore[no-any-return]


def hashed(text: str, *, pin: bool = False) -> str:
    """The hash of a test password, made once: argon2id is slow on purpose."""
    if text not in _hashes:
        _hashes[text] = hash_pin(text) if pin else hash_password(text)
    return _hashes[text]


def as_contact(contact: Contact) -> Actor:
    """A contact as an actor with the rights they hold."""
    held = {"request": contact.may_request, "approve": contact.may_approve, "report": contact.may_report}
    rights = frozenset(name for name, has in held.items() if has)
    return Actor(ActorKind.CONTACT, contact.id, contact.site_id, customer_id=contact.customer_id, rights=rights)


def as_staff(staff: Staff) -> Actor:
    """A member of staff as an actor."""
    return Actor(ActorKind.STAFF, staff.id, staff.site_id, role=staff.role)


def requested(
    session: Session, ring: KeyRing, cast: Cast, *people: Technician, now: datetime = NOON, hours: float = 8, contact: Contact | None = None
) -> list[Visit]:
    """Visits of `people` (default Wei) to the hall, from an hour ago for `hours`, asked for by Lin (who may approve) or `contact`."""
    wish = visits.Wish(
        technicians=[person.id for person in people or (cast.wei,)],
        areas=[cast.hall.id or 0],
        window_from=now - timedelta(hours=1),
        window_until=now + timedelta(hours=hours),
        purpose=Purpose.REPAIR,
        work_order="WO-4711",
        nonce=uuid4().hex,
    )
    order = visits.request(session, ring, wish=wish, contact=as_contact(contact or cast.lin), now=now)
    return visits_of(session, order.id)


def visits_of(session: Session, order_id: Any) -> list[Visit]:
    """The visits of an order, in their order."""
    return list(session.exec(select(Visit).where(Visit.order_id == order_id).order_by("place")).all())


def with_pass(session: Session, ring: KeyRing, cast: Cast, *people: Technician, now: datetime = NOON, hours: float = 8) -> list[Visit]:
    """Approved visits with a live pass whose notice has been read: ready for the door."""
    made = requested(session, ring, cast, *people, now=now, hours=hours)
    for visit in made:
        visits.approve_for_operator(session, ring, visit=visit, staff=as_staff(cast.admin), now=now)
        visit.notice_read_at = now
        visit.notice_version = "test"
        session.add(visit)
    session.flush()
    return made
