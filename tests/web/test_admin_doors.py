"""Who may enter the administration, and that nothing of another site is reached from here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.models import Area, Contact, Customer, Door, Kiosk, OutboxMessage, SendState, Site, Staff, StandingRule, Template, Visit
from access_log.policy.actors import system
from access_log.policy.codes import Purpose, Role, VisitState
from access_log.services import contacts, customers, kiosks, notices, roster, rules, sites, staff, visits
from access_log.services.contacts import ContactFacts
from access_log.services.roster import PersonFacts
from kiosk.web.policy import policies
from tests.cast import Maker, as_contact
from tests.moments import NOON
from tests.web.conftest import Web

NOTICE = "staff:administrator,privacy_officer"
OFFICER = "staff:privacy_officer"
ADMINISTRATOR = "staff:administrator"


@dataclass
class Things:
    """One of each thing that an address of the administration may name."""

    site: Site
    area: Area
    door: Door
    kiosk: Kiosk
    customer: Customer
    contact: Contact
    staff: Staff
    rule: StandingRule
    message: OutboxMessage
    visit: Visit

    def address(self, path: str) -> str:
        """A route's path with this site's own numbers in it."""
        names = {name: getattr(self, name).id for name in ("area", "door", "kiosk", "customer", "contact", "staff", "rule", "message")}
        known = {f"{name}_id": number for name, number in names.items()}
        known |= {"act": "suspend", "version": "default-1", "visit_id": self.visit.id}
        return path.format(**known)


def one_of_each(session: Session, ring: KeyRing, site: Site) -> Things:
    """Made by the services, as an administrator would."""
    by: dict[str, Any] = {"actor": system(site.id or 0), "now": NOON}
    site_id = site.id or 0
    area = sites.add_area(session, site_id=site_id, code="Z9", name="Z9", name_en="Z9", **by)
    door = sites.add_door(session, area=area, code="D9", name="D9", name_en="D9", way="", way_en="", **by)
    kiosk = kiosks.add(session, site_id=site_id, door_id=door.id or 0, code="K9", direction=kiosks.Direction.BOTH, **by)
    areas = [area.id or 0]
    customer = customers.add(session, site_id=site_id, name=f"Ninth of {site.code}", licence="", second_approval=False, areas=areas, **by)
    facts = ContactFacts("陈晨", f"ninth@{site.code}.example", "", may_request=True, may_approve=True, may_report=False)
    contact = contacts.add(session, ring, customer=customer, facts=facts, **by)
    mail = f"guard@{site.code}.example"
    person = staff.add(session, ring, site_id=site_id, number=f"99{site_id}", name="芮睿", mail=mail, role=Role.GUARD, language="en", **by)
    week = range(7)
    rule = rules.add(session, site_id=site_id, name="Ninth", customer_id=None, purposes=[Purpose.AUDIT], max_hours=1, weekdays=week, **by)
    notices.publish_default(session, site_id=site_id, now=NOON)
    message = OutboxMessage(site_id=site_id, template=Template.ACCOUNT, subject_id=contact.subject_id, due_at=NOON, created_at=NOON)
    message.state, message.error = SendState.FAILED, "smtp_550"
    session.add(message)
    session.flush()
    visit = approved_visit(session, ring, customer, contact, area)
    return Things(site, area, door, kiosk, customer, contact, person, rule, message, visit)


def approved_visit(session: Session, ring: KeyRing, customer: Customer, contact: Contact, area: Area) -> Visit:
    """Somebody may come tomorrow."""
    by = as_contact(contact)
    technician = roster.add(session, ring, customer=customer, facts=PersonFacts("魏伟明", "w@nine.example", ""), actor=by, now=NOON)
    tomorrow = NOON + timedelta(days=1)
    wish = visits.Wish([technician.id], [area.id or 0], tomorrow, tomorrow + timedelta(hours=4), Purpose.REPAIR, "", "nine")
    visits.request(session, ring, wish=wish, contact=by, now=NOON)
    visit = session.exec(select(Visit).where(Visit.technician_id == technician.id)).one()
    return visits.approve_for_operator(session, ring, visit=visit, staff=system(customer.site_id), now=NOON)


@pytest.fixture
def own(web: Web) -> Things:
    with web.db() as session:
        return one_of_each(session, web.ring, session.merge(web.cast.site))


@pytest.fixture
def foreign(web: Web) -> Things:
    """The same at another site of this installation."""
    with web.db() as session:
        site = Site(code="BER1", name="Berlin", name_en="Berlin", zone="Europe/Berlin", created_at=NOON)
        session.add(site)
        session.flush()
        return one_of_each(session, web.ring, site)


def routes(web: Web) -> Iterator[tuple[str, str, str]]:
    """(method, path, policy) of the administration's routes, as the application itself has them. Lists: tests/web/test_imports_web.py."""
    console = next(route.app for route in web.app.routes if getattr(route, "path", "") == "/console")  # type: ignore[attr-defined]
    for method, path, policy in policies(console):
        if path.startswith("/admin") and not path.startswith("/admin/import/") and method in ("GET", "POST"):
            yield method, path, policy or ""


def test_an_administrator_of_another_site_sees_that_site_and_not_the_first(web: Web) -> None:
    with web.db() as session:
        site = Site(code="BER1", name="柏林", name_en="Berlin One", zone="Europe/Berlin", created_at=NOON)
        session.add(site)
        session.flush()
        there = Maker(session, web.ring, site.id or 0, NOON).staff("7003", "别处", Role.ADMINISTRATOR)
    page = web.as_(there).get("/admin/site").text
    assert "Berlin One" in page
    assert "Shanghai One" not in page


def test_every_page_opens_for_the_administrator(web: Web, own: Things) -> None:
    admin = web.as_(web.cast.admin)
    found = [path for method, path, policy in routes(web) if method == "GET" and "administrator" in policy]
    assert len(found) > 30
    answers = {path: admin.get(own.address(path)).status_code for path in found}
    assert {path: status for path, status in answers.items() if status not in (200, 303)} == {}
    assert sum(status == 200 for status in answers.values()) > 25


def test_every_address_is_closed_to_every_other_role(web: Web, own: Things) -> None:
    allowed = {ADMINISTRATOR: {Role.ADMINISTRATOR}, NOTICE: {Role.ADMINISTRATOR, Role.PRIVACY_OFFICER}, OFFICER: {Role.PRIVACY_OFFICER}}
    people = [web.as_(person) for person in (web.cast.mei, web.cast.rui, web.cast.pang, web.cast.xu, web.cast.admin)]
    roles = [Role.GUARD, Role.REVIEWER, Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR]
    browsers = dict(zip(roles, people, strict=True))
    for place, (method, path, policy) in enumerate(routes(web)):
        shut = [role for role in roles if role not in allowed[policy]]
        role = shut[place % len(shut)]  # in turn: tests/authz tries every role at every route
        answer = browsers[role].get(own.address(path)) if method == "GET" else browsers[role].post(own.address(path))
        assert answer.status_code == 403, (method, path, role)
    assert place > 60


def test_what_belongs_to_another_site_is_not_there(web: Web, foreign: Things) -> None:
    admin = web.as_(web.cast.admin)
    named = [(method, path) for method, path, policy in routes(web) if "_id}" in path and "administrator" in policy]
    assert len(named) > 35
    forms = {
        "refusal": "contract", "name": "X", "code": "X1", "mail": "x@x.example", "may_request": "yes", "role": "guard",
        "door": "1", "direction": "both",
    }  # fmt: skip
    for method, path in named:
        answer = admin.get(foreign.address(path)) if method == "GET" else admin.post(foreign.address(path), forms)
        leads_back = method == "GET" and answer.status_code == 303  # pages that only say where the form was
        assert answer.status_code == 404 or leads_back, (method, path, answer.status_code)
    with web.db() as session:
        assert session.get_one(Customer, foreign.customer.id).state.value == "active"
        assert session.get_one(OutboxMessage, foreign.message.id).state is SendState.FAILED
        assert session.get_one(StandingRule, foreign.rule.id).active
        assert session.get_one(Visit, foreign.visit.id).state is VisitState.PASS_ISSUED


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "99999999999999999999", "x", "１"])
def test_a_number_no_database_holds_leads_nowhere(web: Web, number: str) -> None:
    assert web.as_(web.cast.admin).get(f"/admin/customers/{number}").status_code == 404


def test_a_contact_of_one_customer_is_not_found_under_another(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    assert admin.get(f"/admin/customers/{web.cast.kestrel.id}/contacts/{web.cast.lin.id}").status_code == 404
    assert admin.post(f"/admin/customers/{web.cast.kestrel.id}/contacts/{web.cast.lin.id}/identity").status_code == 404


def test_whoever_is_not_signed_in_is_led_to_the_door(web: Web) -> None:
    answer = web.browser("console").get("/admin")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


def test_the_navigation_shows_each_role_its_own_places(web: Web) -> None:
    page = web.as_(web.cast.admin).get("/admin").text
    assert 'href="/console/admin/customers"' in page
    assert 'href="/console/looks"' not in page
    officer = web.as_(web.cast.pang).get("/admin/notice").text
    assert 'href="/console/admin/notice" aria-current="page"' in officer
    assert 'href="/console/admin/customers"' not in officer
