"""What the path parameters of the routes name: for each an own object, one of a stranger and an unknown one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import Session, select

from access_log.crypto.codes import token_digest
from access_log.crypto.envelope import seal
from access_log.crypto.ring import KeyRing
from access_log.crypto.ring import Purpose as SealedFor
from access_log.models import (
    Area,
    Authority,
    Contact,
    Customer,
    CustomerArea,
    DisclosedPerson,
    Disclosure,
    DisclosureState,
    Door,
    GuardCall,
    HeldSubject,
    HoldGround,
    Incident,
    IncidentKind,
    Kiosk,
    LegalHold,
    NameSample,
    NameSampleVisit,
    Notice,
    OutboxMessage,
    RecordEntry,
    ReportFile,
    ReportKind,
    ReportRun,
    ReportSchedule,
    SendState,
    Site,
    Staff,
    StandingRule,
    Template,
    Visit,
)
from access_log.models.imports import ImportBatch, ImportKind, ImportState
from access_log.models.report import RunState
from access_log.policy.attest import Look
from access_log.policy.codes import ActorKind, DocumentType, Outcome, Purpose, Role, SampleReason, SubjectKind
from access_log.policy.rights import Channel, RightsKind
from access_log.services import accounts, checks, notices, rights, sealer, vault, visit_making, visits
from access_log.services.own_visit import as_visitor
from access_log.services.rights_asked import About, Asked, about_visit
from kiosk.lobby.device import ticket
from kiosk.web.state import State
from tests.cast import Cast, Maker, as_contact, as_staff, requested, visits_of, with_pass
from tests.moments import NOON
from tests.services.test_scans import scan

REVOKED_CREDENTIAL = "credential-of-a-revoked-kiosk-00000000000000"
NEIGHBOUR_CREDENTIAL = "credential-of-another-site-000000000000000000"
NUMBER = 2**31 - 2
"""A row that no table here has."""


@dataclass(frozen=True)
class Object:
    """The values one path parameter may take. A `stranger` belongs to another customer, another site or another kiosk.

    `cousin`: same site, but not part of the object that the address names before it. `odd`: a fixed word that is none.
    """

    own: object
    stranger: object = None
    unknown: object = None
    cousin: object = None
    odd: object = None


@dataclass(frozen=True)
class Objects:
    """The installation's objects, before any request. `factories` are the values of the parameters, by name, for a face and a path."""

    cast: Cast
    other: "Neighbour"
    coming: Visit
    of_kestrel: Visit
    at_desk: Visit
    inside: Visit
    factories: dict[str, Callable[[str, str], Object]]


@dataclass(frozen=True)
class Neighbour:
    """A second site in the same database, with one of everything."""

    site: Site
    area: Area
    door: Door
    kiosk: Kiosk
    customer: Customer
    contact: Contact
    staff: Staff
    visit: Visit


def make_neighbour(session: Session, ring: KeyRing) -> Neighbour:
    """The second site. Flushed, not committed."""
    site = _save(session, Site(code="BJ2", name="北京二号数据中心", name_en="Beijing Two", created_at=NOON))
    area = _save(session, Area(site_id=site.id, code="B1", name="B1 机房", name_en="Hall B1"))
    door = _save(session, Door(site_id=site.id, area_id=area.id, code="D1", name="北门", name_en="North door"))
    digest = token_digest(NEIGHBOUR_CREDENTIAL)
    kiosk = _save(session, Kiosk(site_id=site.id, door_id=door.id, code="K1", credential_digest=digest, enrolled_at=NOON, seen_at=NOON))
    customer = _save(session, Customer(site_id=site.id, name="Kestrel Systems", created_at=NOON))
    _save(session, CustomerArea(customer_id=customer.id, area_id=area.id, site_id=site.id))
    maker = Maker(session, ring, site.id, NOON)
    contact = maker.contact(customer, "Chen Chen", "chen@kestrel.example", may_approve=True, may_report=True)
    technician = maker.technician(customer, "Hao Hao", mail="hao@beijing.example")
    staff = maker.staff("8001", "Xu Xu", Role.GUARD)
    wish = visits.Wish(
        technicians=[technician.id],
        areas=[area.id],
        window_from=NOON - timedelta(hours=1),
        window_until=NOON + timedelta(hours=8),
        purpose=Purpose.REPAIR,
        work_order="WO-1",
        nonce=uuid4().hex,
    )
    order = visits.request(session, ring, wish=wish, contact=as_contact(contact), now=NOON)
    return Neighbour(site, area, door, kiosk, customer, contact, staff, visits_of(session, order.id)[0])


def make_objects(session: Session, state: State, cast: Cast) -> Objects:
    """One of everything at both sites, and a visit in each place where a page wants it. Flushed, not committed."""
    ring = state.ring
    if session.exec(select(Notice.id).where(Notice.site_id == cast.site.id)).first() is None:
        notices.publish_default(session, site_id=cast.site.id or 0, now=NOON)
    other = make_neighbour(session, ring)
    (inside,) = with_pass(session, ring, cast, cast.ana)
    assert scan(session, ring, cast, inside, nonce="inside").outcome is Outcome.ID_PENDING
    _let_in(session, ring, cast, inside)
    coming, at_desk = with_pass(session, ring, cast, cast.wei, _third(session, ring, cast))
    assert scan(session, ring, cast, at_desk, nonce="desk").outcome is Outcome.ID_PENDING
    coming.notice_read_at = None
    (of_kestrel,) = _of_kestrel(session, ring, cast)
    for account in (cast.chen, cast.mei, other.contact, other.staff):
        accounts.invite(session, account=session.merge(account), now=NOON)
    made = Objects(cast, other, coming, of_kestrel, at_desk, inside, {})
    while sealer.seal(session, ring, now=NOON).count:
        pass
    made.factories["hold_id"] = _holds(session, made)
    made.factories["disclosure_id"] = _disclosures(session, made)
    made.factories["incident_id"] = _incidents(session, made)
    made.factories.update(_rights(session, ring, made))
    made.factories["entry_id"] = _always(_entry_of(session, cast.site), _entry_of(session, other.site), NUMBER)
    made.factories.update(_people(ring, made) | _places(session, made) | _papers(session, ring, made) | _of_devices(session, state, made))
    return made


def _holds(session: Session, made: Objects) -> Callable[[str, str], Object]:
    """One at each site, confirmed by a second person."""
    cast, other = made.cast, made.other
    found = []
    for visit, by, second in ((made.of_kestrel, cast.pang, cast.xu), (other.visit, other.staff, cast.xu)):
        times = {"set_at": NOON, "lapses_at": NOON, "confirmed_at": NOON, "review_at": NOON + timedelta(days=30)}
        paper = {"ground": HoldGround.LITIGATION, "instrument": "2026-114", "ordered_by": "浦东新区法院"}
        hold = _save(session, LegalHold(site_id=visit.site_id, set_by=by.id, confirmed_by=second.id, **paper, **times))
        _save(session, HeldSubject(hold_id=hold.id, subject_id=visit.subject_id, visit_id=visit.id, site_id=visit.site_id))
        found.append(hold.id)
    return _always(*found, NUMBER)


def _disclosures(session: Session, made: Objects) -> Callable[[str, str], Object]:
    """One at each site, released by a second person."""
    cast, other = made.cast, made.other
    found = []
    for visit, by in ((made.inside, cast.pang), (other.visit, other.staff)):
        paper = {"authority": Authority.COURT, "office": "浦东新区法院", "legal_basis": "《民事诉讼法》第七十条", "instrument": "2026-117"}
        times = {"instrument_at": NOON, "asked_at": NOON, "decided_at": NOON}
        row = Disclosure(site_id=visit.site_id, asked_by=by.id, decided_by=cast.xu.id, state=DisclosureState.RELEASED, **paper, **times)
        row.officers, row.fields = "012345", ["name", "times"]
        _save(session, row)
        _save(session, DisclosedPerson(disclosure_id=row.id, subject_id=visit.subject_id, visit_id=visit.id, site_id=visit.site_id))
        found.append(row.id)
    return _always(*found, NUMBER)


def _incidents(session: Session, made: Objects) -> Callable[[str, str], Object]:
    """One at each site, of which nobody has been told."""
    cast, other = made.cast, made.other
    found = []
    for by in (cast.pang, other.staff):
        row = Incident(site_id=by.site_id, kind=IncidentKind.LEAK, found_at=NOON, cause="笔记本电脑遗失", measures="账号已停用", people=2,
                       fields=["name", "times"], entered_by=by.id, entered_at=NOON)  # fmt: skip
        _save(session, row)
        found.append(row.id)
    return _always(*found, NUMBER)


def _entry_of(session: Session, site: Site) -> object:
    return session.exec(select(RecordEntry.id).where(RecordEntry.site_id == site.id)).first()


def _people(ring: KeyRing, made: Objects) -> dict[str, Callable[[str, str], Object]]:
    cast, other = made.cast, made.other

    def visit(face: str, path: str) -> Object:
        if face == "portal":
            return Object(made.coming.id, made.of_kestrel.id, uuid4())
        own = made.inside if path.startswith(("/badges", "/by-hand")) else made.at_desk
        return Object(own.id, other.visit.id, uuid4())

    def invitation(face: str, _path: str) -> Object:
        own, wrong = (cast.chen, cast.mei) if face == "portal" else (cast.mei, cast.chen)
        return Object(accounts.invitation_of(ring, own), accounts.invitation_of(ring, wrong), f"{uuid4().hex}-none")

    def fixed(face: str, path: str) -> Object:
        if "{import_id}" in path:
            return Object("apply", odd="none-such")
        words = {
            "portal": "approve",
            "by-hand": "entry",
            "notice": "decline",
            "admin": "suspend",
            "holds": "confirm",
            "disclosures": "release",
        }
        return Object(words[face if face == "portal" else path.split("/")[1]], odd="none-such")

    return {
        "visit_id": visit,
        "invitation": invitation,
        "act": fixed,
        "ending": fixed,
        "technician_id": _always(cast.wei.id, cast.hao.id, uuid4()),
        "customer_id": _always(cast.nimbus.id, other.customer.id, NUMBER),
        "contact_id": _always(cast.chen.id, other.contact.id, NUMBER, cousin=cast.rival.id),
        "staff_id": _always(cast.mei.id, other.staff.id, NUMBER),
        "token": _always(visit_making.link_of(ring, made.coming), None, "A" * 22),
    }


def _places(session: Session, made: Objects) -> dict[str, Callable[[str, str], Object]]:
    cast, other = made.cast, made.other
    rules = [
        _save(session, StandingRule(site_id=site.id, name="Repairs", purposes=["repair"], created_at=NOON))
        for site in (cast.site, other.site)
    ]
    calls = [
        _save(session, GuardCall(site_id=kiosk.site_id, kiosk_id=kiosk.id, nonce=str(uuid4()), called_at=NOON))
        for kiosk in (cast.kiosk, other.kiosk)
    ]
    return {
        "area_id": _always(cast.hall.id, other.area.id, NUMBER),
        "door_id": _always(cast.door.id, other.door.id, NUMBER),
        "kiosk_id": _always(cast.kiosk.id, other.kiosk.id, NUMBER),
        "rule_id": _always(rules[0].id, rules[1].id, NUMBER),
        "call_id": _always(calls[0].id, calls[1].id, NUMBER),
        "nonce": _always(calls[0].nonce, calls[1].nonce, uuid4()),
    }


def _papers(session: Session, ring: KeyRing, made: Objects) -> dict[str, Callable[[str, str], Object]]:
    sites = (made.cast.site.id or 0, made.other.site.id or 0)
    schedules = [
        _save(session, ReportSchedule(site_id=site, kind=ReportKind.ACCESS_DAILY, from_at=NOON, created_at=NOON)) for site in sites
    ]
    runs = [_report(session, ring, schedule) for schedule in schedules]
    about = {"template": Template.INVITATION, "state": SendState.FAILED, "due_at": NOON, "created_at": NOON}
    visits_there = (made.coming, made.other.visit)
    messages = [
        _save(session, OutboxMessage(site_id=visit.site_id, subject_id=visit.subject_id, visit_id=visit.id, **about))
        for visit in visits_there
    ]
    _save(session, Notice(site_id=sites[1], version="beijing-1", language="en", body="# N\n", sha256=b"0" * 32, published_at=NOON))
    return {
        "import_id": _lists(session, made),
        "schedule_id": _always(schedules[0].id, schedules[1].id, NUMBER),
        "sample_id": _always(*(_sample(session, visit, asker) for visit, asker in _askers(made)), uuid4()),
        "run_id": _always(runs[0].id, runs[1].id, uuid4()),
        "format_": _always("csv", None, None, odd="xls"),
        "message_id": _always(messages[0].id, messages[1].id, NUMBER),
        "version": _always(notices.DEFAULT_VERSION, "beijing-1", "none-such"),
    }


def _askers(made: Objects) -> tuple[tuple[Visit, Staff], tuple[Visit, Staff]]:
    return (made.coming, made.cast.xu), (made.other.visit, made.other.staff)


def _sample(session: Session, visit: Visit, asker: Staff) -> object:
    """The names of one visit, asked for and not decided on."""
    made = NameSample(site_id=visit.site_id, auditor_id=asker.id, reason=SampleReason.CONTROL_TEST, reference="AUDIT-7", asked_at=NOON)
    _save(session, made)
    _save(session, NameSampleVisit(sample_id=made.id, visit_id=visit.id, site_id=visit.site_id))
    return made.id


def _rights(session: Session, ring: KeyRing, made: Objects) -> dict[str, Callable[[str, str], Object]]:
    """Requests about two visitors, one of each site, and about two contacts; the words that name what is asked."""
    own, theirs = [], []
    for visit in (made.coming, made.other.visit):
        asked, actor = Asked(RightsKind.OBJECT, Channel.OWN_PAGE, words="reasons"), as_visitor(visit)
        own.append(rights.receive(session, ring, asked=asked, about=about_visit(visit), actor=actor, received_at=NOON, now=NOON).id)
    for contact in (made.cast.lin, made.cast.rival):
        about = About(subject_id=contact.subject_id, customer_id=contact.customer_id)
        asked, actor = Asked(RightsKind.OBJECT, Channel.PORTAL, words="reasons"), as_contact(contact)
        theirs.append(rights.receive(session, ring, asked=asked, about=about, actor=actor, received_at=NOON, now=NOON).id)

    def kind(_face: str, path: str) -> Object:
        return Object("json" if "/file/" in path else "access", odd="none-such")

    def request(face: str, _path: str) -> Object:
        return Object(*(theirs if face == "portal" else own), uuid4())

    return {"request_id": request, "kind": kind}


def _lists(session: Session, made: Objects) -> Callable[[str, str], Object]:
    """Lists that were brought in: a draft is open to one person only, an applied list to everybody whose task it is."""
    cast, other = made.cast, made.other
    company = ActorKind.CONTACT, cast.lin.id or 0
    office = ActorKind.STAFF, cast.admin.id or 0
    people = [_list(session, customer.site_id, ImportKind.TECHNICIANS, company, customer.id) for customer in (cast.nimbus, cast.kestrel)]
    of_office = {
        kind: [_list(session, site.id or 0, kind, office) for site in (cast.site, other.site)]
        for kind in (ImportKind.CUSTOMERS, ImportKind.CONTACTS)
    }

    def found(face: str, path: str) -> Object:
        kind = ImportKind.CONTACTS if "contacts" in path else ImportKind.CUSTOMERS
        own, stranger = people if face == "portal" else of_office[kind]
        return Object(own, stranger, NUMBER)

    return found


def _list(session: Session, site_id: int, kind: ImportKind, by: tuple[ActorKind, int], customer_id: int | None = None) -> int:
    subject = vault.new_subject(session, site_id=site_id, kind=SubjectKind.ROSTER, customer_id=customer_id, now=NOON)
    facts = {"actor_kind": by[0], "actor_id": by[1], "created_at": NOON, "applied_at": NOON}
    row = ImportBatch(site_id=site_id, customer_id=customer_id, kind=kind, state=ImportState.APPLIED, subject_id=subject.id, **facts)
    return _save(session, row).id or 0


def _of_devices(session: Session, state: State, made: Objects) -> dict[str, Callable[[str, str], Object]]:
    revoked = Kiosk(site_id=made.cast.site.id, door_id=made.cast.door.id, code="K9", credential_digest=token_digest(REVOKED_CREDENTIAL))
    revoked.enrolled_at = revoked.revoked_at = NOON
    _save(session, revoked)
    tickets = [ticket(state, kiosk.id or 0, made.at_desk.id) for kiosk in (made.cast.kiosk, made.other.kiosk)]
    return {"visit": _always(tickets[0], tickets[1], f"{uuid4().hex}.0.{'0' * 32}")}


def _report(session: Session, ring: KeyRing, schedule: ReportSchedule) -> ReportRun:
    """A finished report with its three files, sealed as the reports process does."""
    times = {"slot": NOON, "period_from": NOON - timedelta(days=1), "period_until": NOON, "finished_at": NOON}
    run = ReportRun(site_id=schedule.site_id, schedule_id=schedule.id, state=RunState.DONE, expires_at=NOON + timedelta(days=90), **times)
    _save(session, run)
    for format_ in ("html", "csv", "pdf"):
        closed = seal(ring, purpose=SealedFor.REPORT, subject=run.id, item=format_, plaintext=b"<style></style>")
        facts = {
            "suite": closed.suite,
            "kek_version": closed.kek_version,
            "wrapped_key": closed.wrapped_key,
            "ciphertext": closed.ciphertext,
        }
        _save(session, ReportFile(run_id=run.id, format=format_, site_id=run.site_id, size=15, **facts))
    return run


def _let_in(session: Session, ring: KeyRing, cast: Cast, visit: Visit) -> None:
    look = Look(of_age=True, mismatch=None)
    mei = as_staff(cast.mei)
    session.refresh(visit)  # the scan wrote past the session
    checks.attest(session, ring, visit_id=visit.id, look=look, document=DocumentType.PASSPORT, badge="V07", guard=mei, now=NOON)


def _third(session: Session, ring: KeyRing, cast: Cast) -> Any:
    return Maker(session, ring, cast.site.id or 0, NOON).technician(cast.nimbus, "Rui Rui", mail="rui@nimbus.example")


def _of_kestrel(session: Session, ring: KeyRing, cast: Cast) -> list[Visit]:
    made = requested(session, ring, cast, cast.hao, contact=cast.rival)
    for visit in made:
        visits.approve_for_operator(session, ring, visit=visit, staff=as_staff(cast.admin), now=NOON)
    return made


def _always(own: object, stranger: object, unknown: object, **more: object) -> Callable[[str, str], Object]:
    made = Object(own, stranger, unknown, **more)
    return lambda _face, _path: made


def _save(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
