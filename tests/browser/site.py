"""A site somebody has lived in: the demo's fortnight, one of everything the routes name, and whoever looks at it. Nothing sent stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, event
from sqlmodel import Session, SQLModel, col, select

from access_log import demo
from access_log.crypto.codes import token_digest
from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.mail import DEMO_INBOX
from access_log.models import (
    Area,
    Contact,
    Customer,
    Door,
    ImportKind,
    Kiosk,
    RatchetRun,
    ReportRun,
    ReportSchedule,
    RunState,
    Site,
    Staff,
    StandingRule,
    Subject,
    Technician,
    Visit,
)
from access_log.policy.attest import Look
from access_log.policy.codes import DocumentType, Item, Mismatch, Outcome, Purpose, Refusal, SampleReason, SampleRefusal
from access_log.runtime import REPORTS_KEYS
from access_log.services import checks, erasure, erasure_receipts, imports, keks, notices, operator_approvals, samples, visits
from access_log.services.labels import read_labels
from access_log.services.letters import Letter
from access_log.services.own_visit import as_visitor
from access_log.services.scan_values import ReadScan
from access_log.services.scans import record_scans
from access_log.services.spreadsheets import read_pasted
from access_log.settings import Settings
from kiosk.app import make_app
from kiosk.web.state import State
from reports.run import run_due
from tests.authz.objects import Object, Objects, make_objects
from tests.authz.principals import Principal, contact_principal, make_principals, visitor_principal
from tests.cast import KIOSK_CREDENTIAL, Cast, Maker, as_contact, as_staff, requested, visits_of, with_pass
from tests.moments import NOON
from tests.services.test_scans import scan
from tests.web.running import Served

NEVER_CAME = "李失约"
LONG_NAMES = ("阿卜杜热合曼·阿卜杜拉·买买提江", "Maximiliane von Hohenstein-Wallenberg")
LONG_CUSTOMER = "Intercontinental Exchange Networking and Peering Services (Shanghai) Company Limited"
CAST = ("林岚", "陈晨", "郝好", "欧阳娜娜", "司马光", "Kestrel Contact")
WRITTEN = (
    "浦东新区法院",
    "《民事诉讼法》第七十条",
    "与该客户的托管合同",
    "法律文书",
    "笔记本电脑遗失",
    "账号已停用",
    "工单",
    "夜间抢修",
    "阿卜杜拉·买买提",
    "上海一号数据中心：您的来访",
    "您好：",
    "简体中文",
)
"""By contacts, administrators and the demo's mail; and a language's name in itself."""
PASTED = """姓名\t邮箱\t手机
欧阳娜娜\touyang@nimbus.example\t
阿卜杜拉·买买提\tabdulla@nimbus.example\t139
\tsomebody@nimbus.example\t
欧阳娜娜\touyang@nimbus.example\t
"""


@dataclass
class LivedIn:
    """What there is, who looks at it, and the few values that forms need beyond the addresses of the routes."""

    objects: Objects
    people: dict[str, Principal]
    draft: int = 0
    order: str = ""
    receipt: str = ""
    samples: dict[str, object] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


class BrowserSite(Served):
    """The site behind a server of its own. From the first page on, every commit is a rollback: no page sees what another one did."""

    def __init__(self, engine: Engine, ring: KeyRing, folder: Path) -> None:
        settings = Settings(data_dir=folder, demo=True, _env_file=None)  # type: ignore[call-arg]
        self.app = make_app(settings, clock=lambda: NOON, engine=engine, ring=ring)
        with transaction(engine) as session:
            self.known = _lived_in(session, self.app.state.register)
        report = _yesterdays_report(engine, ring)
        self.known.objects.factories["run_id"] = lambda _face, _path: Object(report)
        letter = Letter("wei@yunfan.example", "上海一号数据中心：您的来访", "您好：\n\nhttp://127.0.0.1:8000/visit/AAAA\n")
        DEMO_INBOX.send(letter, "", lambda: True)
        event.listen(engine, "commit", _forget)
        super().__init__(self.app)

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


def _forget(connection: Connection) -> None:
    connection.connection.driver_connection.rollback()  # type: ignore[union-attr]


@contextmanager
def browser_site(engine: Engine, ring: KeyRing, folder: Path) -> Iterator[BrowserSite]:
    """Over an empty, migrated database."""
    made = BrowserSite(engine, ring, folder)
    yield made
    made.stop()


def _lived_in(session: Session, state: State) -> LivedIn:
    ring = state.ring
    demo.load(session, ring, NOON)
    cast = _cast_of_demo(session, ring)
    stories = _Stories(session, ring, cast, Maker(session, ring, cast.site.id or 0, NOON))
    told = stories.tell()
    receipt = _erased(session, cast, told, stories.came_never(NEVER_CAME))
    keks.write_down(session, ring, now=NOON)
    session.add(RatchetRun(started_at=NOON, seen_at=NOON, finished_at=NOON, state="done", made=4, moved=1234567, longest_ms=48))
    objects = make_objects(session, state, cast)
    people = {person.name: person for person in make_principals(session, ring, objects)}
    people["lin"] = contact_principal(session, "lin", cast.lin, NOON)
    people["rival_password_only"] = contact_principal(session, "rival_password_only", cast.rival, None)
    people |= {f"visitor_{name}": visitor_principal(session, f"visitor_{name}", visit) for name, visit in told.items()}
    table = read_pasted(PASTED, imports.LAYOUTS[ImportKind.TECHNICIANS], guess=False)
    draft = imports.stage(session, ring, table=table, kind=ImportKind.TECHNICIANS, actor=as_contact(cast.lin), now=NOON)
    waiting = operator_approvals.waiting(session, ring, site_id=cast.site.id or 0, now=NOON)
    order = " ".join(f"{one.row.visit_id.hex}:{one.seen}" for one in waiting)
    return LivedIn(
        objects, people, draft.id or 0, order, receipt, _samples(session, cast, list(told.values())), told, _names(session, ring)
    )


def _erased(session: Session, cast: Cast, told: dict[str, Visit], refuser: Visit) -> str:
    """One item of somebody who left, and everything of somebody who said no to the notice. Returns that receipt's number."""
    erasure.erase(session, [erasure.Target(told["left"].subject_id, Item.DOCUMENT)], reason="due", actor=as_staff(cast.pang), now=NOON)
    notices.decline(session, visit=refuser, actor=as_visitor(refuser), now=NOON)
    return str(erasure_receipts.latest(session, refuser.subject_id))


def _names(session: Session, ring: KeyRing) -> frozenset[str]:
    """What has one spelling, whatever language a page speaks: people, masked and in clear, companies, rules, what somebody typed."""
    masked = read_labels(session, ring, session.exec(select(Subject.id)).all())
    demos = [name for name, *_others in demo._TECHNICIANS] + [name for _number, name, _role in demo._STAFF]
    of_customers = session.exec(select(Customer.name)).all()
    of_rules = session.exec(select(StandingRule.name)).all()
    signs = [one.name for one in demo.sign_ins()]
    return frozenset([*masked.values(), *demos, *of_customers, *of_rules, *signs, *LONG_NAMES, *CAST, *WRITTEN, NEVER_CAME])


def _cast_of_demo(session: Session, ring: KeyRing) -> Cast:
    """The demo's people as the cast of the tests, with those that the demo has not."""

    def every(model: type[SQLModel], order: str = "id") -> list[Any]:
        return list(session.exec(select(model).order_by(order)).all())

    site: Site = every(Site)[0]
    maker = Maker(session, ring, site.id or 0, NOON)
    (hall, cage), (door, cage_door), (kiosk,) = every(Area), every(Door), every(Kiosk)
    (nimbus, kestrel), (lin, chen), staff = every(Customer), every(Contact), {one.number: one for one in every(Staff)}
    kiosk.credential_digest, kiosk.enrolled_at, kiosk.seen_at = token_digest(KIOSK_CREDENTIAL), NOON, NOON
    technicians = every(Technician, "created_at")
    return Cast(
        site=site, hall=hall, cage=cage, door=door, cage_door=cage_door, kiosk=kiosk, nimbus=nimbus, kestrel=kestrel, lin=lin, chen=chen,
        rival=maker.contact(kestrel, "Kestrel Contact", "contact@kestrel.example", may_approve=True, may_report=True),
        wei=next(one for one in technicians if one.language != "en"), ana=next(one for one in technicians if one.language == "en"),
        hao=maker.technician(kestrel, "郝好", mail="hao@kestrel.example"),
        mei=staff["1001"], rui=staff["2001"], pang=staff["3001"], xu=staff["4001"], admin=staff["9001"],
    )  # fmt: skip


@dataclass
class _Stories:
    """Visits in every state a page speaks of, some with names and numbers as long as they come."""

    session: Session
    ring: KeyRing
    cast: Cast
    maker: Maker

    def tell(self) -> dict[str, Visit]:
        """State → a visit in it."""
        self.maker.save(Customer(site_id=self.cast.site.id or 0, name=LONG_CUSTOMER, created_at=NOON))
        people = [
            self.maker.technician(self.cast.nimbus, name, mail=f"long{place}@nimbus.example") for place, name in enumerate(LONG_NAMES)
        ]
        made = {name: self._came(person, f"{name}-waits") for name, person in zip(("waiting", "waiting_too"), people, strict=True)}
        made |= {"late": self._late(), "left": self._left(), "turned_away": self._turned_away()}
        made["cancelled"], made["refused"] = requested(self.session, self.ring, self.cast, *people)
        visits.cancel(self.session, visit=made["cancelled"], actor=as_contact(self.cast.lin), now=NOON)
        visits.refuse(
            self.session, visit=made["refused"], side="operator", refusal=Refusal.OUTSIDE_HOURS, actor=as_staff(self.cast.admin), now=NOON
        )
        self._large_order([*people, self.cast.wei])
        self._strangers()
        return made

    def _person(self, name: str) -> Technician:
        return self.maker.technician(self.cast.nimbus, name, mail=f"{uuid4().hex[:8]}@nimbus.example")

    def _came(self, person: Technician, nonce: str, minutes: float = -4, began: datetime = NOON, hours: float = 8) -> Visit:
        (visit,) = with_pass(self.session, self.ring, self.cast, person, now=began, hours=hours)
        answer = scan(self.session, self.ring, self.cast, visit, nonce=nonce, minutes=minutes)
        assert answer.outcome is Outcome.ID_PENDING, answer
        self.session.refresh(visit)
        return visit

    def _checked(self, visit: Visit, look: Look, badge: str, minutes: float) -> Visit:
        checks.attest(
            self.session, self.ring, visit_id=visit.id, look=look, document=DocumentType.PASSPORT, badge=badge,
            guard=as_staff(self.cast.mei), now=NOON + timedelta(minutes=minutes),
        )  # fmt: skip
        self.session.refresh(visit)
        return visit

    def came_never(self, name: str) -> Visit:
        """A visit of somebody who is expected and whom nobody saw yet."""
        return with_pass(self.session, self.ring, self.cast, self._person(name), now=NOON)[0]

    def _late(self) -> Visit:
        visit = self._came(self._person("欧阳娜娜"), "late", minutes=-118, began=NOON - timedelta(hours=2), hours=1)
        return self._checked(visit, Look(of_age=True), "V90", -117)

    def _left(self) -> Visit:
        visit = self._checked(self._came(self._person("司马光"), "left", minutes=-40), Look(of_age=True), "V91", -39)
        assert scan(self.session, self.ring, self.cast, visit, nonce="left-again", minutes=-10).outcome is Outcome.EXITED
        self.session.refresh(visit)
        return visit

    def _turned_away(self) -> Visit:
        return self._checked(
            self._came(self._person("Lin Lin"), "away", minutes=-30), Look(of_age=True, mismatch=Mismatch.DOCUMENT_EXPIRED), "", -29
        )

    def _large_order(self, people: list[Technician]) -> None:
        wish = visits.Wish(
            technicians=[person.id for person in people], areas=[self.cast.hall.id or 0, self.cast.cage.id or 0],
            window_from=NOON + timedelta(hours=30), window_until=NOON + timedelta(hours=50), purpose=Purpose.INSTALL,
            work_order="CHG-2026-1118-0000042/工单", nonce=uuid4().hex,
        )  # fmt: skip
        order = visits.request(self.session, self.ring, wish=wish, contact=as_contact(self.cast.lin), now=NOON)
        assert len(visits_of(self.session, order.id)) == len(people)

    def _strangers(self) -> None:
        kiosk = self.cast.kiosk.id or 0
        record_scans(self.session, [ReadScan(kiosk, "forged", digest=b"nobody's pass", pass_site=self.cast.site.id)], NOON)


def _samples(session: Session, cast: Cast, visits: list[Visit]) -> dict[str, object]:
    """Named samples that were decided on."""
    pang, chosen = as_staff(cast.pang), [visit.id for visit in visits]
    wish = {"visits": chosen, "numbers": "", "reason": SampleReason.AUTHORITY, "reference": "AUDIT-8", "auditor": as_staff(cast.xu)}
    made = {name: samples.ask(session, **wish, now=NOON).id for name in ("released", "refused")}  # type: ignore[arg-type]
    samples.release(session, sample_id=made["released"], officer=pang, now=NOON)
    samples.refuse(session, sample_id=made["refused"], refusal=SampleRefusal.TOO_MANY, officer=pang, now=NOON)
    return dict(made)


def _yesterdays_report(engine: Engine, ring: KeyRing) -> Any:
    """As the reports process writes it."""
    with transaction(engine) as session:
        for schedule in session.exec(select(ReportSchedule)).all():
            schedule.from_at = NOON - timedelta(hours=14)
            session.add(schedule)
    written, failed = run_due(engine, engine, ring.subset(REPORTS_KEYS), lambda: NOON)
    assert (written > 0, failed) == (True, 0), (written, failed)
    with transaction(engine) as session:
        newest = select(ReportRun.id).where(ReportRun.state == RunState.DONE, col(ReportRun.row_count) > 0).order_by("period_from").limit(1)
        return session.exec(newest).one()
