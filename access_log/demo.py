"""The demo: an invented site with invented people and a fortnight of history, made by the same services a real site uses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import uuid5
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from access_log.crypto.passwords import hash_password, hash_pin, verify_password
from access_log.crypto.ring import KeyRing
from access_log.crypto.totp import code_at
from access_log.models import Area, Contact, Customer, Door, Kiosk, OutboxMessage, SendState, Site, Staff, Technician, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.attest import Look
from access_log.policy.codes import ActorKind, Direction, DocumentType, Mismatch, Purpose, Role
from access_log.services import badges, checks, contacts, customers, kiosks, notices, passes, roster, rules, sites, staff, vault, visits
from access_log.services.accounts import Account
from access_log.services.scan_values import ReadScan
from access_log.services.scans import record_scans
from access_log.services.sites import SiteFacts

DEMO_PASSWORD = "machine-room-demo"
DEMO_PIN = "482915"
DEMO_SECRET = b"the demo's own secret"
"""Not a secret at all: the start page shows its codes. Real accounts draw theirs at random."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo account; `what` is a gettext id."""

    name: str
    what: str
    sign_in: str
    portal: bool = False


def sign_ins() -> Sequence[SignIn]:
    """Who can sign in to the demo."""
    return (
        SignIn("梅 Mei", "Guard", "1001"),
        SignIn("芮 Rui", "Security reviewer", "2001"),
        SignIn("系统管理员 Administrator", "Administrator", "9001"),
        SignIn("庞 Pang", "Privacy officer", "3001"),
        SignIn("徐 Xu", "Auditor", "4001"),
        SignIn("林 Lin", "Contact who may approve", "lin@yunfan.example", portal=True),
        SignIn("陈 Chen", "Contact who may only request", "chen@yunfan.example", portal=True),
    )


def demo_code(now: datetime) -> str:
    """The second factor of every demo account at this moment."""
    return code_at(DEMO_SECRET, now)


def is_loaded(session: Session) -> bool:
    """Whether there is a site already."""
    return session.exec(select(Site.id)).first() is not None


def is_ours(session: Session) -> bool:
    """Whether the people are the demo's: somebody of them still has its password. On another site's start page nobody wants to see it."""
    numbers = [number for number, _name, _role in _STAFF]
    hashes = session.exec(select(Staff.password_hash).where(col(Staff.number).in_(numbers)).order_by(col(Staff.id))).all()
    return any(verify_password(known, DEMO_PASSWORD) for known in hashes if known)


def load(session: Session, ring: KeyRing, now: datetime) -> str:
    """Fill an empty database. Returns the enrolment code of the kiosk. Call before anything is served."""
    begun = now - timedelta(days=14)
    site = sites.create(session, code="SHA1", facts=_SITE, now=begun)
    maker = _Maker(session, ring, site, begun)
    places = maker.places()
    people = maker.people(places)
    maker.history(people, now)
    maker.today(people, now)
    for message in session.exec(select(OutboxMessage).where(col(OutboxMessage.due_at) < now - timedelta(hours=1))).all():
        message.state, message.sent_at = SendState.SENT, message.due_at  # mail of the invented past is not sent
        session.add(message)
    return kiosks.enrol_code(session, ring, kiosk=places.kiosk, now=now)


_SITE = SiteFacts(name="上海一号数据中心", name_en="Shanghai One", zone="Asia/Shanghai", guard_phone="8000")


@dataclass
class _Places:
    hall: Area
    cage: Area
    door: Door
    kiosk: Kiosk


@dataclass
class _People:
    guard: Staff
    admin: Staff
    lin: Contact
    yunfan: Customer
    technicians: list[Technician]
    kiosk: Kiosk
    hall: Area


@dataclass
class _Maker:
    session: Session
    ring: KeyRing
    site: Site
    now: datetime

    @property
    def site_id(self) -> int:
        return self.site.id or 0

    def places(self) -> _Places:
        by = system(self.site_id)
        s, i, n = self.session, self.site_id, self.now
        hall = sites.add_area(s, site_id=i, code="A1", name="A1 机房", name_en="Hall A1", actor=by, now=n)
        cage = sites.add_area(s, site_id=i, code="C7", name="C7 机笼", name_en="Cage C7", actor=by, now=n)
        door = sites.add_door(s, area=hall, code="D1", name="一楼东门", name_en="East door", way="大厅右转，一楼东门", way_en="Turn right in the lobby: east door, ground floor", actor=by, now=n)  # fmt: skip # noqa: E501  # one door, one line
        sites.add_door(s, area=cage, code="D2", name="二楼西门", name_en="West door", way="乘电梯到二楼，左转", way_en="Take the lift to floor 2, turn left", actor=by, now=n)  # fmt: skip # noqa: E501  # one door, one line
        kiosk = kiosks.add(s, site_id=i, door_id=door.id or 0, code="K1", direction=Direction.BOTH, actor=by, now=n)
        return _Places(hall, cage, door, kiosk)

    def people(self, places: _Places) -> _People:
        made = {number: self._staff(number, name, role) for number, name, role in _STAFF}
        yunfan = self._customer("云帆网络", places)
        self._customer("Kestrel Systems", places)
        lin = self._contact(yunfan, "林岚", "lin@yunfan.example", approve=True)
        self._contact(yunfan, "陈晨", "chen@yunfan.example", approve=False)
        by = Actor(ActorKind.CONTACT, lin.id, self.site_id, customer_id=yunfan.id, rights=frozenset({"request", "approve", "report"}))
        technicians = [
            roster.add(self.session, self.ring, customer=yunfan, facts=roster.PersonFacts(*facts), actor=by, now=self.now)
            for facts in _TECHNICIANS
        ]
        rules.add(
            self.session, site_id=self.site_id, name="工作日检修", customer_id=None, purposes=[Purpose.INSPECT], max_hours=4,
            weekdays=range(5), actor=system(self.site_id), now=self.now,
        )  # fmt: skip
        return _People(made["1001"], made["9001"], lin, yunfan, technicians, places.kiosk, places.hall)

    def _staff(self, number: str, name: str, role: Role) -> Staff:
        mail = f"staff{number}@operator.example"
        row = staff.add(
            self.session, self.ring, site_id=self.site_id, number=number, name=name, mail=mail, role=role, language="zh-CN",
            signed_on=self.now.date() - timedelta(days=30), actor=system(self.site_id), now=self.now,
        )  # fmt: skip
        row.pin_hash = hash_pin(DEMO_PIN) if role is Role.GUARD else None
        self._open_account(row)
        return row

    def _open_account(self, account: Account) -> None:
        """Password and second factor as if the invitation had been followed."""
        account.password_hash = _password_hash()
        account.invited_at = None
        account.totp_on = True
        vault.keep_secret(self.session, self.ring, subject_id=account.subject_id, site_id=account.site_id, secret=DEMO_SECRET)
        self.session.add(account)
        self.session.flush()

    def _customer(self, name: str, places: _Places) -> Customer:
        areas = [places.hall.id or 0, places.cage.id or 0]
        return customers.add(
            self.session,
            site_id=self.site_id,
            name=name,
            licence="",
            second_approval=False,
            areas=areas,
            actor=system(self.site_id),
            now=self.now,
        )

    def _contact(self, customer: Customer, name: str, mail: str, *, approve: bool) -> Contact:
        facts = contacts.ContactFacts(name, mail, "", may_request=True, may_approve=approve, may_report=True)
        row = contacts.add(self.session, self.ring, customer=customer, facts=facts, actor=system(self.site_id), now=self.now)
        self._open_account(row)
        return row

    def history(self, people: _People, now: datetime) -> None:
        """Some visits on each of the last thirteen days: entries, exits, a refusal, one that nobody came to."""
        zone = ZoneInfo(self.site.zone)
        today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for days in range(13, 0, -1):
            morning = today - timedelta(days=days) + timedelta(hours=9)
            for place in range(2 + days % 3):
                person = people.technicians[(days + place) % len(people.technicians)]
                self._past_visit(people, person, (morning + timedelta(minutes=47 * place)).astimezone(now.tzinfo), place)

    def _past_visit(self, people: _People, person: Technician, at: datetime, place: int) -> None:
        visit = self._visit(people, [person], at - timedelta(minutes=20), at + timedelta(hours=6), at - timedelta(hours=20))[0]
        if place == 3:
            visits.close_past_windows(self.session, site_id=self.site_id, now=at + timedelta(hours=7))
            return
        self._read(visit, at - timedelta(hours=2))
        self._scan(people, visit, at)
        if place == 2:
            self._check(people, visit, at + timedelta(minutes=2), Look(of_age=True, mismatch=Mismatch.DOCUMENT_EXPIRED))
            self._scan(people, visit, at + timedelta(minutes=10))
            at += timedelta(minutes=10)
        self._check(people, visit, at + timedelta(minutes=1), Look(of_age=True))
        stay = timedelta(hours=7) if place == 1 and at.day % 5 == 0 else timedelta(minutes=70 + 40 * place)
        self._scan(people, visit, at + stay)
        badges.take_back(self.session, visit=visit, guard=self._guard(people), now=at + stay)

    def today(self, people: _People, now: datetime) -> None:
        """One inside, two expected, one waiting for the site's approval."""
        first, second, third, fourth, *_rest = people.technicians
        inside, expected = self._visit(
            people, [first, second], now - timedelta(hours=2), now + timedelta(hours=6), now - timedelta(hours=3)
        )
        self._read(inside, now - timedelta(hours=2))
        self._scan(people, inside, now - timedelta(minutes=95))
        self._check(people, inside, now - timedelta(minutes=94), Look(of_age=True))
        self._read(expected, now - timedelta(minutes=30))
        self._visit(people, [third], now - timedelta(minutes=10), now + timedelta(hours=8), now - timedelta(minutes=5))
        self._ask(people, [fourth], now + timedelta(hours=20), now + timedelta(hours=26), now, Purpose.INSTALL)

    def _visit(self, people: _People, who: list[Technician], start: datetime, end: datetime, asked: datetime) -> list[Visit]:
        made = self._ask(people, who, start, end, asked, Purpose.REPAIR)
        admin = Actor(ActorKind.STAFF, people.admin.id, self.site_id, role=Role.ADMINISTRATOR)
        for visit in made:
            visits.approve_for_operator(self.session, self.ring, visit=visit, staff=admin, now=asked + timedelta(minutes=3))
        return made

    def _ask(
        self, people: _People, who: list[Technician], start: datetime, end: datetime, asked: datetime, purpose: Purpose
    ) -> list[Visit]:
        rights = frozenset({"request", "approve", "report"})
        lin = Actor(ActorKind.CONTACT, people.lin.id, self.site_id, customer_id=people.yunfan.id, rights=rights)
        wish = visits.Wish(
            technicians=[person.id for person in who], areas=[people.hall.id or 0], window_from=start, window_until=end, purpose=purpose,
            work_order=f"WO-{4700 + start.day}", nonce=uuid5(who[0].id, start.isoformat()).hex,
        )  # fmt: skip
        order = visits.request(self.session, self.ring, wish=wish, contact=lin, now=asked)
        return list(self.session.exec(select(Visit).where(Visit.order_id == order.id).order_by(col(Visit.place))).all())

    def _read(self, visit: Visit, at: datetime) -> None:
        actor = Actor(ActorKind.VISITOR, None, self.site_id)
        notices.acknowledge(self.session, visit=visit, language=visit.language, where="home", actor=actor, now=at)

    def _scan(self, people: _People, visit: Visit, at: datetime) -> None:
        live = passes.live_pass(self.session, visit=visit)
        assert live is not None
        nonce = f"demo-{visit.id.hex[:8]}-{int(at.timestamp())}"
        record_scans(self.session, [ReadScan(people.kiosk.id or 0, nonce, digest=live.digest, pass_site=self.site_id)], at)
        self.session.expire_all()

    def _guard(self, people: _People) -> Actor:
        return Actor(ActorKind.STAFF, people.guard.id, self.site_id, role=Role.GUARD)

    def _check(self, people: _People, visit: Visit, at: datetime, look: Look) -> None:
        mei = self._guard(people)
        badge = "" if look.mismatch else f"V{at.minute:02d}"
        checks.open_check(self.session, self.ring, visit=visit, guard=mei, now=at)
        checks.attest(
            self.session, self.ring, visit_id=visit.id, look=look, document=DocumentType.RESIDENT_ID, badge=badge, guard=mei, now=at
        )


_STAFF = (
    ("1001", "梅梅", Role.GUARD),
    ("2001", "芮睿", Role.REVIEWER),
    ("3001", "庞磅", Role.PRIVACY_OFFICER),
    ("4001", "徐旭", Role.AUDITOR),
    ("9001", "Administrator", Role.ADMINISTRATOR),
)
_TECHNICIANS = (
    ("魏伟明", "wei@yunfan.example", "", "zh-CN"),
    ("Ana Lucía Ñúñez", "ana@yunfan.example", "", "en"),
    ("郝好", "hao@yunfan.example", "", "zh-CN"),
    ("魏巍", "", "+8613912345678", "zh-CN"),
)


@cache
def _password_hash() -> str:
    return hash_password(DEMO_PASSWORD)
