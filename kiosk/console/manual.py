"""Entries and exits that no kiosk recorded: written by a guard, with a reason, how it is known, and no invented time."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Site
from access_log.policy.codes import HowKnown, Item, ManualReason, RevealPurpose, VisitState
from access_log.services import desk, identity, presence, visits
from access_log.services.desk import Row
from kiosk.console.desk import Guard
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import CurrentSite, Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect

router = APIRouter(prefix="/by-hand")

MAY_ENTER = frozenset({VisitState.PASS_ISSUED, VisitState.EXITED})
ENTRY_REASONS = (
    ManualReason.KIOSK_DOWN,
    ManualReason.NO_PHONE,
    ManualReason.PASS_UNREADABLE,
    ManualReason.FORGOT_TO_SCAN,
    ManualReason.PAPER_FORM,
)
EXIT_REASONS = (*ENTRY_REASONS, ManualReason.LEFT_BY_OTHER_DOOR, ManualReason.ESCORTED_OUT, ManualReason.NOT_FOUND)
ENTRY_KNOWN = (
    HowKnown.GUARD_SAW,
    HowKnown.ESCORT_STATEMENT,
    HowKnown.VISITOR_STATEMENT,
    HowKnown.DOOR_EVENT,
    HowKnown.TRANSCRIBED,
)
EXIT_KNOWN = (*ENTRY_KNOWN, HowKnown.UNKNOWN)


class ByHandForm(BaseModel):
    """`moment` is in the site's zone. `checked` says that the document matches a person of age: an entry's condition."""

    reason: ManualReason
    known: HowKnown
    moment: datetime | None = None
    checked: str = Field(default="", max_length=3)


Form = Annotated[Filled[ByHandForm], Depends(filled(ByHandForm))]


@router.get("/{visit_id}")
def page(
    request: Request, visit_id: UUID, guard: Guard, session: Transaction, ring: Ring, site: CurrentSite, now: Now, language: Language
) -> Response:
    """What can be recorded for this visit now. The name stays masked."""
    return _page(request, _fresh(language, site, now), _row(session, ring, visit_id, guard), session)


@router.get("/{visit_id}/name")
def no_name(request: Request, visit_id: UUID, guard: Guard) -> Response:
    """A name is never behind an address: back to the form."""
    del guard
    return elsewhere(request, f"/by-hand/{visit_id}")


@router.post("/{visit_id}/name")
def name(
    request: Request, visit_id: UUID, guard: Guard, session: Transaction, ring: Ring, site: CurrentSite, now: Now, language: Language
) -> Response:
    """The name, to compare it with the document of somebody whom no kiosk announced. Recorded as an identity check."""
    row = _row(session, ring, visit_id, guard)
    if row.visit.state not in MAY_ENTER:
        raise ConflictError("changed")
    person = identity.reveal_one(
        session, ring, subject_id=row.subject_id, items=[Item.NAME], purpose=RevealPurpose.IDENTITY_CHECK, actor=guard, now=now
    )
    return _page(request, _fresh(language, site, now), row, session, full_name=person.name)


@router.post("/{visit_id}/entry")
def entry(
    request: Request, visit_id: UUID, form: Form, guard: Guard, session: Transaction, ring: Ring, site: CurrentSite, now: Now
) -> Response:
    """Somebody came in without a scan."""
    row = _row(session, ring, visit_id, guard)
    if form.data is not None and form.it.checked != "yes":
        form.refuse("checked", "Nobody comes in without an identity check. Look at the document, then tick this.")
    at = _moment(form, site, ENTRY_REASONS, ENTRY_KNOWN)
    if form.ok and at is not None:
        try:
            presence.enter_by_hand(session, visit=row.visit, reason=form.it.reason, known=form.it.known, at=at, guard=guard, now=now)
            return redirect(request, "/desk", flash="entered_by_hand")
        except RefusedInputError as error:
            form.refuse("moment", error.code)
    return _page(request, form, row, session, 422)


@router.post("/{visit_id}/exit")
def leave(
    request: Request, visit_id: UUID, form: Form, guard: Guard, session: Transaction, ring: Ring, site: CurrentSite, now: Now
) -> Response:
    """Somebody left without a scan; with how it is known `unknown`, the visit is closed without an exit time."""
    row = _row(session, ring, visit_id, guard)
    unknown = form.data is not None and form.it.known is HowKnown.UNKNOWN
    at = now if unknown else _moment(form, site, EXIT_REASONS, EXIT_KNOWN)
    if form.ok and at is not None:
        try:
            presence.leave_by_hand(session, visit=row.visit, reason=form.it.reason, known=form.it.known, at=at, guard=guard, now=now)
            return redirect(request, "/desk", flash="closed_unknown" if unknown else "left_by_hand")
        except RefusedInputError as error:
            form.refuse("moment", error.code)
    return _page(request, form, row, session, 422)


@router.get("/{visit_id}/{act}")
def back_to_form(request: Request, visit_id: UUID, act: str, guard: Guard) -> Response:
    """A form that was refused, asked for again: the fresh form."""
    del act, guard
    return elsewhere(request, f"/by-hand/{visit_id}")


def _row(session: Transaction, ring: Ring, visit_id: UUID, guard: Guard) -> Row:
    """Locked, so that two guards never write the same exit."""
    visits.get(session, visit_id, site_id=guard.site_id)
    return desk.of_visits(session, ring, [visit_id])[visit_id]


def _fresh(language: str, site: Site, now: datetime) -> Filled[ByHandForm]:
    return empty(language, moment=now.astimezone(ZoneInfo(site.zone)).strftime("%Y-%m-%dT%H:%M"))


def _moment(form: Filled[ByHandForm], site: Site, reasons: tuple[ManualReason, ...], ways: tuple[HowKnown, ...]) -> datetime | None:
    """The time meant, aware. Puts a message beside what is missing or does not fit."""
    if form.data is None:
        return None
    for field, fits in (("reason", form.it.reason in reasons), ("known", form.it.known in ways)):
        if not fits:
            form.refuse(field, "enum")
    if form.it.moment is None:
        form.refuse("moment", "required")
        return None
    return form.it.moment if form.it.moment.tzinfo else form.it.moment.replace(tzinfo=ZoneInfo(site.zone))


def _page(request: Request, form: Filled[ByHandForm], row: Row, session: Transaction, status: int = 200, full_name: str = "") -> Response:
    open_one = presence.inside(session, row.visit)
    return show(
        request,
        "by_hand.html",
        status,
        form=form,
        row=row,
        full_name=full_name,
        open_one=open_one,
        may_enter=row.visit.state in MAY_ENTER,
        waits=row.visit.state is VisitState.ID_PENDING,
        reasons=EXIT_REASONS if open_one else ENTRY_REASONS,
        ways=EXIT_KNOWN if open_one else ENTRY_KNOWN,
    )
