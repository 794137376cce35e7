"""Every letter, as its addressee gets it: in their language, readable as plain text, with links that lead there, and nobody else in it."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from access_log.i18n import LANGUAGES
from access_log.models import (
    Contact,
    OutboxMessage,
    ReportKind,
    ReportRun,
    ReportSchedule,
    RightsCode,
    RunState,
    SendState,
    Template,
    Visit,
)  # fmt: skip
from access_log.policy.codes import HowKnown, Purpose, Refusal, VisitState
from access_log.policy.rights import Channel, RightsKind
from access_log.sending import send_due
from access_log.services import accounts, letters, policy_publishing, rights, rights_codes, rules, visits
from access_log.services.letters import Letter
from access_log.services.own_visit import as_visitor
from access_log.services.rights_asked import Asked, about_visit
from kiosk.console.admin.words import TEMPLATES
from tests.cast import as_contact, as_staff, requested, with_pass
from tests.mail.servers import Taker
from tests.moments import NOON
from tests.services.test_policies import LONGER, file
from tests.web.conftest import Browser, Web

ROOT = "https://testserver"
OPENS: dict[Template, list[str]] = {
    Template.INVITATION: ["/visit/"],
    Template.PASS: ["/visit/"],
    Template.RECEIPT: ["/visit/"],
    Template.FAREWELL: ["/visit/"],
    Template.VISIT_CANCELLED: [],
    Template.POLICY_CHANGED: [],
    Template.ACCOUNT: ["/portal/account/"],
    Template.REPORT_READY: ["/console/reports/"],
    Template.RIGHTS_CODE: ["/visit/"],
    Template.RIGHTS_RECEIVED: ["/visit/"],
    Template.RIGHTS_ANSWERED: ["/visit/"],
    Template.RIGHTS_REMINDER: ["/console/rights/"],
}
"""Where a letter's links lead; all others to the page of their visit."""
TO_VISITORS = {
    Template.INVITATION,
    Template.PASS,
    Template.RECEIPT,
    Template.FAREWELL,
    Template.VISIT_CANCELLED,
    Template.POLICY_CHANGED,
    Template.RIGHTS_CODE,
    Template.RIGHTS_RECEIVED,
    Template.RIGHTS_ANSWERED,
}
TO_STAFF = {Template.REPORT_READY: "芮睿", Template.RIGHTS_REMINDER: "庞磅"}
OTHERS = (
    "魏",
    "Ana",
    "郝",
    "陈",
    "梅",
    "芮",
    "Pang",
    "云帆",
    "Kestrel",
    "nimbus.example",
    "operator.example",
    "1391234",
    "WO-4711",
    "2001",
)
"""What stands in the register about the cast, and in no letter: names but the addressee's own, companies, addresses, orders, numbers."""


class Desk:
    """Everything a letter may speak of, and the addressee of each."""

    def __init__(self, session: Session, web: Web) -> None:
        self.session, self.web = session, web
        (self.visit,) = with_pass(session, web.ring, web.cast)
        self.visit.entered_at, self.visit.left_at = NOON, NOON + timedelta(hours=2)
        self.visit.left_known = HowKnown.SCAN
        session.add(self.visit)
        self.reference = ""

    def letter(self, template: Template, language: str) -> Letter:
        """As the worker would write it now."""
        subject, visit = self._addressee(template)
        message = OutboxMessage(
            site_id=self.visit.site_id, template=template, subject_id=subject, visit_id=visit.id if visit else None,
            reference=self.reference, language=language, due_at=NOON, created_at=NOON,
        )  # fmt: skip
        self.session.add(message)
        self.session.flush()
        made = letters.compose(self.session, self.web.ring, self.web.settings, message=message, now=NOON)
        assert made is not None
        return made

    def _addressee(self, template: Template) -> tuple[UUID, Visit | None]:
        if template is Template.ACCOUNT:
            accounts.invite(self.session, account=self._own(self.web.cast.lin), now=NOON)
        if template is Template.REPORT_READY:
            self.reference = str(self._run())
            return self.web.cast.rui.subject_id, None
        if template.value.startswith("rights_"):
            self.reference = str(self._code() if template is Template.RIGHTS_CODE else self._request())
            return (self.web.cast.pang if template in TO_STAFF else self.visit).subject_id, None
        if template is Template.POLICY_CHANGED:
            policy_publishing.publish_default(self.session, site=self.web.cast.site, now=NOON)
            self.reference = self._policy()
        if template is Template.VISIT_REFUSED:
            self.visit.state, self.visit.refusal = VisitState.REFUSED, Refusal.NO_WORK_ORDER
        visitors = template in TO_VISITORS
        return (self.visit if visitors else self.web.cast.lin).subject_id, None if template is Template.ACCOUNT else self.visit

    def _own(self, contact: Contact) -> Contact:
        return self.session.get_one(Contact, contact.id)

    def _policy(self) -> str:
        body, pang = file("2026-12", LONGER), as_staff(self.web.cast.pang)
        return policy_publishing.publish(self.session, site=self.web.cast.site, body=body, templates=None, actor=pang, now=NOON).version

    def _code(self) -> UUID:
        assert rights_codes.send_code(self.session, visit=self.visit, now=NOON)
        return self.session.exec(select(RightsCode.id)).one()

    def _request(self) -> UUID:
        asked = Asked(RightsKind.ACCESS, Channel.OWN_PAGE)
        return rights.receive(
            self.session,
            self.web.ring,
            asked=asked,
            about=about_visit(self.visit),
            actor=as_visitor(self.visit),
            received_at=NOON,
            now=NOON,
        ).id

    def _run(self) -> UUID:
        schedule = ReportSchedule(site_id=self.visit.site_id, kind=ReportKind.ACCESS_DAILY, from_at=NOON, created_at=NOON)
        self.session.add(schedule)
        self.session.flush()
        run = ReportRun(
            id=uuid4(), site_id=self.visit.site_id, schedule_id=schedule.id, slot=NOON, period_from=NOON - timedelta(days=1),
            period_until=NOON, state=RunState.DONE, finished_at=NOON,
        )  # fmt: skip
        self.session.add(run)
        self.session.flush()
        return run.id


def links(letter: Letter) -> list[str]:
    return re.findall(r"https?://\S+", letter.body)


def spoken(letter: Letter, *names: str) -> str:
    """What is said, without addresses, codes and names."""
    said = re.sub(r"https?://\S+|\b[0-9A-Z]{5}[- ][0-9A-Z]{5}\b", "", f"{letter.subject}\n{letter.body}")
    for name in names:
        said = said.replace(name, "")
    return said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", Template)
def test_a_letter_is_whole_readable_and_about_nobody_else(web: Web, template: Template, language: str) -> None:
    name = TO_STAFF.get(template, "魏伟明" if template in TO_VISITORS else "林岚")
    with web.db() as session:
        letter = Desk(session, web).letter(template, language)
        site = web.cast.site.name if language == "zh-CN" else web.cast.site.name_en
    assert "\n" not in letter.subject
    assert 5 < len(letter.subject) <= 78
    assert not re.search(r"[{}<>]|None|&\w+;", f"{letter.subject}\n{letter.body}")
    assert all(len(line) <= 400 for line in letter.body.splitlines())
    assert "\n\n-- \n" in letter.body, "mail programs know where a signature begins"
    assert site in letter.body
    assert (letter.subject + letter.body).count(name) == 1, "the greeting alone"
    assert name in letter.body.splitlines()[0]
    said = spoken(letter, name, site)
    assert [other for other in OTHERS if other in said] == []
    foreign = r"[A-Za-z]{3,}" if language == "zh-CN" else r"[\u3000-\u9fff\uff00-\uffef]"
    assert re.findall(foreign, said) == [], said


@pytest.mark.parametrize("template", Template)
def test_links_stand_alone_on_their_line_and_open_for_the_addressee(web: Web, template: Template) -> None:
    with web.db() as session:
        desk = Desk(session, web)
        letter = desk.letter(template, "en")
        visit = desk.visit
    assert all(link in letter.body.splitlines() for link in links(letter))
    assert [link.removeprefix(ROOT)[: len(begins)] for link, begins in zip(links(letter), begins_of(template), strict=True)] == begins_of(
        template
    )
    for link in links(letter):
        path = link.removeprefix(ROOT)
        browser, prefix = browser_of(web, path)
        answer = browser.get(path.removeprefix(prefix))
        assert answer.status_code == 200, path
    if begins_of(template) == ["/portal/visits/"]:
        assert links(letter) == [f"{ROOT}/portal/visits/{visit.id}"]


def begins_of(template: Template) -> list[str]:
    return OPENS.get(template, ["/portal/visits/"])


def browser_of(web: Web, path: str) -> tuple[Browser, str]:
    if path.startswith("/portal/visits/"):
        return web.as_(web.cast.lin), "/portal"
    if path.startswith("/console/"):
        return web.as_(web.cast.pang if path.startswith("/console/rights/") else web.cast.rui), "/console"
    return web.browser("portal" if path.startswith("/portal/") else "visitor"), "/portal" if path.startswith("/portal/") else "/visit"


def test_the_console_has_words_for_every_letter() -> None:
    assert set(TEMPLATES) == set(Template)


def queued(session: Session) -> list[tuple[Template, UUID]]:
    rows = session.exec(select(OutboxMessage).where(OutboxMessage.state == SendState.WAITING).order_by(col(OutboxMessage.id))).all()
    return [(row.template, row.subject_id) for row in rows]


def test_where_the_technician_has_only_a_phone_the_contact_is_told_to_hand_over_the_pass(web: Web) -> None:
    with web.db() as session:
        by_mail, by_phone = requested(session, web.ring, web.cast, web.cast.wei, web.cast.ana)
        for visit in (by_mail, by_phone):
            visits.approve_for_operator(session, web.ring, visit=visit, staff=as_staff(web.cast.admin), now=NOON)
        assert queued(session) == [
            (Template.INVITATION, by_mail.subject_id),
            (Template.INVITATION, by_phone.subject_id),
            (Template.VISIT_APPROVED, web.cast.lin.subject_id),
        ]
        wanted = by_phone.id
    taker = Taker([])
    assert send_due(web.engine, web.ring, web.settings, taker, web.clock) == 3
    to_wei, to_lin = taker.letters
    assert (to_wei.to, to_lin.to) == ("wei@nimbus.example", "lin@nimbus.example")
    assert links(to_lin) == [f"{ROOT}/portal/visits/{wanted}"]
    with web.db() as session:
        states = session.exec(
            select(OutboxMessage.template, OutboxMessage.state, OutboxMessage.error).order_by(col(OutboxMessage.id))
        ).all()
    assert [tuple(row) for row in states] == [
        (Template.INVITATION, SendState.SENT, ""),
        (Template.INVITATION, SendState.DROPPED, "no_address"),
        (Template.VISIT_APPROVED, SendState.SENT, ""),
    ]


@pytest.mark.parametrize(("asks", "told"), [("lin", False), ("chen", True)])
def test_a_contact_whose_own_click_approved_it_is_not_written_to(web: Web, asks: str, told: bool) -> None:
    """A standing rule says yes at once: Lin sees that on the page, Chen's request waits for Lin."""
    with web.db() as session:
        rules.add(
            session, site_id=web.cast.site.id or 0, name="Repairs", customer_id=None, purposes=list(Purpose), max_hours=24,
            weekdays=range(7), actor=as_staff(web.cast.admin), now=NOON,
        )  # fmt: skip
        contact: Contact = getattr(web.cast, asks)
        (visit,) = requested(session, web.ring, web.cast, web.cast.ana, contact=contact)
        if asks == "chen":
            visits.approve_for_customer(session, web.ring, visit=visit, contact=as_contact(web.cast.lin), now=NOON)
        assert ((Template.VISIT_APPROVED, contact.subject_id) in queued(session)) is told
