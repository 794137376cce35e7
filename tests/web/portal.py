"""What the portal's tests share: a request as a contact sends it, and reading a page."""

import html
import re
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select

from access_log.models import AccessEvent, Contact, Customer, Visit, VisitOrder
from access_log.policy.codes import EventType
from access_log.services import visits
from tests.cast import as_staff
from tests.web.conftest import Browser, Web


def request_form(web: Web, **changes: Any) -> dict[str, Any]:
    """A request that is in order: Wei, today, the hall, a repair."""
    form = {
        "technicians": str(web.cast.wei.id),
        "window": "today",
        "areas": str(web.cast.hall.id),
        "purpose": "repair",
        "work_order": "WO-4711",
        "nonce": uuid4().hex,
    }
    return form | changes


def ask(web: Web, browser: Browser, **changes: Any) -> list[Visit]:
    """Send a request that must be taken. Returns its visits."""
    answer = browser.post("/visits/new", request_form(web, **changes))
    assert answer.status_code == 303, errors(answer)
    return latest(web)


def latest(web: Web) -> list[Visit]:
    """The visits of the newest request."""
    made = all_visits(web)
    return [visit for visit in made if visit.order_id == made[-1].order_id]


def all_visits(web: Web) -> list[Visit]:
    """In the order they were asked for."""
    with web.db() as session:
        rows = select(Visit).join(VisitOrder, col(VisitOrder.id) == Visit.order_id).order_by(col(VisitOrder.number), col(Visit.place))
        return list(session.exec(rows).all())


def visit_now(web: Web, visit_id: UUID) -> Visit:
    with web.db() as session:
        return session.get_one(Visit, visit_id)  # type: ignore[no-any-return]


def approve_for_site(web: Web, *made: Visit) -> None:
    """The operator's yes."""
    with web.db() as session:
        for visit in made:
            admin = as_staff(web.cast.admin)
            visits.approve_for_operator(session, web.ring, visit=session.get_one(Visit, visit.id), staff=admin, now=web.clock.now)


def set_rights(web: Web, contact: Contact, *rights: str) -> None:
    with web.db() as session:
        row = session.get_one(Contact, contact.id)
        row.may_request, row.may_approve, row.may_report = "request" in rights, "approve" in rights, "report" in rights
        session.add(row)


def demand_second_approval(web: Web) -> None:
    with web.db() as session:
        row = session.get_one(Customer, web.cast.nimbus.id)
        row.second_approval = True
        session.add(row)


def events(web: Web, type_: EventType, **facts: Any) -> list[AccessEvent]:
    with web.db() as session:
        found = session.exec(select(AccessEvent).where(AccessEvent.type == type_).order_by("id")).all()
    return [event for event in found if all(getattr(event, name) == value for name, value in facts.items())]


def errors(answer: Any) -> dict[str, str]:
    """Field → message, of the messages that stand beside a field."""
    return dict(re.findall(r'<p class="error" id="e-([a-z_]+)">([^<]*)</p>', html.unescape(answer.text)))


def typed(answer: Any, name: str) -> str:
    """What a field shows."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*?value="([^"]*)"', answer.text, re.DOTALL)
    assert found, f"no field {name}"
    return html.unescape(found[1])


def picked(answer: Any, name: str) -> list[str]:
    """The values of the boxes, radios or options that are chosen."""
    boxes = re.findall(rf'<input type="(?:checkbox|radio)" name="{name}" value="([^"]*)"[^>]* checked', answer.text)
    select_ = re.search(rf'<select[^>]*name="{name}".*?</select>', answer.text, re.DOTALL)
    return boxes + (re.findall(r'<option value="([^"]*)" selected', select_[0]) if select_ else [])


def text(answer: Any) -> str:
    """The page's words."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
