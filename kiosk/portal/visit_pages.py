"""A company's visits: the list, one visit with what happens next, and what a contact may do about it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from access_log.models import Customer, Site, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import VisitState
from access_log.services import company_approvals, company_people, company_visits, customers, deliveries, desk, mail_state, passes, visits
from access_log.services.company_visits import Wanted
from access_log.services.desk import Row
from kiosk.portal import what, words
from kiosk.portal.people import Asker, page_number
from kiosk.portal.show import show
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite, contact
from kiosk.web.render import elsewhere, redirect, text_in

router = APIRouter(prefix="/visits")
Reader = Annotated[Actor, Depends(contact("request", "approve"))]
Edit = Annotated[Filled[what.WhatForm], Depends(filled(what.WhatForm))]


@router.get("")
def listed(
    request: Request, reader: Reader, session: Transaction, ring: Ring, scope: str = "coming", state: str = "", number: str = "",
    page: str = "1",
) -> Response:  # fmt: skip
    """The company's visits. What is no scope, state or number narrows nothing."""
    wanted = Wanted(
        scope=scope if scope in words.SCOPES else "coming",
        state=VisitState(state) if state in list(VisitState) else None,
        number=int(number) if number.isascii() and number.isdigit() and len(number) <= 9 else None,
        page=page_number(page),
    )
    found = company_visits.listed(session, ring, customer_id=reader.customer_id or 0, wanted=wanted)
    return show(request, "visits.html", found=found, wanted=wanted, scopes=words.SCOPES, states=list(VisitState))


@router.get("/{visit_id}")
def visit(request: Request, visit_id: UUID, reader: Reader, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
    """One visit. The name is masked."""
    found = company_visits.of(session, visit_id, customer_id=reader.customer_id or 0)
    return _page(request, found, reader, session, ring, now, language)


@router.post("/{visit_id}/name")
def name(request: Request, visit_id: UUID, reader: Reader, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
    """The same with the name, recorded."""
    found = company_visits.of(session, visit_id, customer_id=reader.customer_id or 0)
    known = company_people.names(session, ring, subjects=[found.subject_id], contact=reader, now=now)
    return _page(request, found, reader, session, ring, now, language, full_name=known.get(found.subject_id, ""))


@router.get("/{visit_id}/name")
@router.get("/{visit_id}/send-again")
def back_to_visit(request: Request, visit_id: UUID, reader: Reader) -> Response:
    """What is only there after a POST: back to the visit."""
    del reader
    return elsewhere(request, f"/visits/{visit_id}")


@router.post("/{visit_id}/send-again")
def send_again(request: Request, visit_id: UUID, asker: Asker, session: Transaction, now: Now) -> Response:
    """The invitation once more, to the address the roster has now."""
    deliveries.send_again(session, visit=own(session, visit_id, asker), now=now)
    return redirect(request, f"/visits/{visit_id}", flash="sent")


@router.get("/{visit_id}/edit")
def edit_form(
    request: Request, visit_id: UUID, asker: Asker, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language
) -> Response:
    """When, where and why as they stand."""
    found = company_visits.of(session, visit_id, customer_id=asker.customer_id or 0)
    row = _row(session, ring, found)
    allowed = {area.id or 0 for area in customers.areas_of(session, found.customer_id)}
    form = empty(language, **what.values_of(row, allowed), **what.typed_times(found, site.zone))
    return _edit_page(request, form, row, session, site, now)


@router.post("/{visit_id}/edit")
def edit(request: Request, visit_id: UUID, form: Edit, asker: Asker, session: Transaction, ring: Ring, site: OwnSite, now: Now) -> Response:
    """Change it: back to requested, and the pass is dead."""
    found = own(session, visit_id, asker)
    times = what.check(form, session, session.get_one(Customer, found.customer_id), site, now)
    if form.ok and times is not None:
        with form.attempt(session):
            change = visits.Change(form.it.areas, times.begin, times.end, form.it.purpose, form.it.work_order)
            visits.edit(session, ring, visit=found, change=change, contact=asker, now=now)
            return redirect(request, f"/visits/{visit_id}", flash="changed")
    return _edit_page(request, form, _row(session, ring, found), session, site, now, 422)


@router.get("/{visit_id}/cancel")
def ask_cancel(request: Request, visit_id: UUID, asker: Asker, session: Transaction, ring: Ring) -> Response:
    """What cancelling means."""
    found = company_visits.of(session, visit_id, customer_id=asker.customer_id or 0)
    return show(request, "visit_cancel.html", row=_row(session, ring, found))


@router.post("/{visit_id}/cancel")
def cancel(request: Request, visit_id: UUID, asker: Asker, session: Transaction, now: Now) -> Response:
    """Call it off."""
    visits.cancel(session, visit=own(session, visit_id, asker), actor=asker, now=now)
    return redirect(request, f"/visits/{visit_id}", flash="cancelled")


@router.get("/{visit_id}/reissue")
def ask_reissue(request: Request, visit_id: UUID, asker: Asker, session: Transaction, ring: Ring) -> Response:
    """What a new pass means."""
    found = company_visits.of(session, visit_id, customer_id=asker.customer_id or 0)
    return show(request, "visit_reissue.html", row=_row(session, ring, found))


@router.post("/{visit_id}/reissue")
def reissue(request: Request, visit_id: UUID, asker: Asker, session: Transaction, ring: Ring, now: Now) -> Response:
    """A lost pass: the old one is dead at once."""
    visits.reissue(session, ring, visit=own(session, visit_id, asker), actor=asker, now=now)
    return redirect(request, f"/visits/{visit_id}", flash="reissued")


def own(session: Transaction, visit_id: UUID, who: Actor) -> Visit:
    """A visit of the contact's own company, locked for a change; anybody else's is not found."""
    return visits.get(session, visit_id, customer_id=who.customer_id)


def _row(session: Transaction, ring: Ring, visit: Visit) -> Row:
    return desk.of_visits(session, ring, [visit.id])[visit.id]


def _page(
    request: Request, visit: Visit, reader: Actor, session: Transaction, ring: Ring, now: datetime, language: str, full_name: str = ""
) -> Response:
    about = company_visits.about(session, ring, visit)
    second = session.get_one(Customer, visit.customer_id).second_approval
    over = visit.window_until <= now
    may_ask = "request" in reader.rights
    mail_down = mail_state.fault(session) is not None

    def say(message: str) -> str:
        return text_in(language, message)

    return show(
        request,
        "visit.html",
        about=about,
        row=about.row,
        visit=visit,
        full_name=full_name,
        next_step=words.next_step(about, second_approval=second, over=over, say=say),
        sent=deliveries.of_visit(session, visit),
        has_pass=may_ask and visits.may_reissue(visit, now) and passes.live_pass(session, visit=visit) is not None,
        may_edit=may_ask and visits.may_edit(visit),
        may_cancel=may_ask and visit.state in visits.OPEN,
        may_ask=may_ask,
        may_decide=_may_decide(visit, reader, second),
        seen=company_approvals.seen_of(about.row),
        message_names=words.MESSAGES,
        sending=words.SENDING,
        fault=lambda message: words.fault(message, say, mail_down=mail_down),
    )


def _may_decide(visit: Visit, reader: Actor, second_approval: bool) -> bool:
    mine = second_approval and visit.requested_by == reader.id
    return "approve" in reader.rights and visit.state is VisitState.REQUESTED and not mine


def _edit_page(
    request: Request, form: Filled[Any], row: Row, session: Transaction, site: Site, now: datetime, status: int = 200
) -> Response:
    customer = session.get_one(Customer, row.visit.customer_id)
    return show(
        request,
        "visit_edit.html",
        status,
        form=form,
        row=row,
        may_edit=visits.may_edit(row.visit),
        has_pass=row.visit.state is VisitState.PASS_ISSUED,
        **what.choices(session, customer, site, now, form.language),
    )
