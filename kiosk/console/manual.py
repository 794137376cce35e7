"""Entries and exits that no kiosk recorded: written by a guard, with a reason, how it is known, and no invented time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Area, Site
from access_log.policy.codes import DocumentType, HowKnown, Item, ManualReason, RevealPurpose, VisitState
from access_log.services import badges, by_hand, desk, identity, minors, presence, visits
from access_log.services.by_hand import Seen, Written
from access_log.services.desk import Row
from access_log.services.identity import Person
from access_log.services.manual_times import check_time
from access_log.words import OUTCOMES
from kiosk.console.desk import Guard
from kiosk.console.show import elsewhere, show
from kiosk.console.words import CONFLICTS
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite
from kiosk.web.render import redirect, text_in

router = APIRouter(prefix="/by-hand")

MAY_ENTER = frozenset({VisitState.PASS_ISSUED, VisitState.EXITED})
"""Whoever waits at the door is checked there, not written in."""
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
NOT_CHECKED = "Nobody comes in without an identity check. Look at the document, then tick this."
WOULD_REFUSE = "The door would have said: {said}. Write down only what has happened; the entry is marked for the reviewers."
BACK = "Back to the visit"
NO_TIME = "This closes the visit for good, without an exit time. Search the site first, then tick this."


class ExitForm(BaseModel):
    """`at` is in the site's zone. `sure` confirms what cannot be undone."""

    reason: ManualReason
    known: HowKnown
    at: datetime | None = None
    sure: str = Field(default="", max_length=3)
    badge_back: str = Field(default="", max_length=3)


class EntryForm(BaseModel):
    """`checked` says that the document matches a person of age: an entry's condition. `notice`: they have read the printed one."""

    reason: ManualReason
    known: HowKnown
    at: datetime | None = None
    area: int = 0
    document: DocumentType = DocumentType.RESIDENT_ID
    badge: str = Field(default="", max_length=16)
    checked: str = Field(default="", max_length=3)
    notice: str = Field(default="", max_length=3)
    sure: str = Field(default="", max_length=3)


class SureForm(BaseModel):
    sure: str = Field(default="", max_length=3)


Entry = Annotated[Filled[EntryForm], Depends(filled(EntryForm))]
Exit = Annotated[Filled[ExitForm], Depends(filled(ExitForm))]


@router.get("/{visit_id}")
def page(
    request: Request, visit_id: UUID, guard: Guard, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language
) -> Response:
    """What can be recorded for this visit now. The name stays masked."""
    return _page(request, _fresh(language, site, now), _row(session, ring, visit_id, guard, site, now))


@router.post("/{visit_id}/name")
def name(
    request: Request, visit_id: UUID, guard: Guard, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language
) -> Response:
    """The name, to compare it with the document of somebody whom no kiosk announced. Recorded as an identity check."""
    row = _row(session, ring, visit_id, guard, site, now)
    if row.visit.state not in MAY_ENTER:
        raise ConflictError("changed")
    person = identity.reveal_one(
        session, ring, subject_id=row.subject_id, items=[Item.NAME], purpose=RevealPurpose.IDENTITY_CHECK, actor=guard, now=now
    )
    return _page(request, _fresh(language, site, now), row, person=person)


@router.post("/{visit_id}/reach")
def reach(
    request: Request, visit_id: UUID, guard: Guard, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language
) -> Response:
    """Name, phone and mail of somebody who should have left already. Recorded with that purpose."""
    row = _row(session, ring, visit_id, guard, site, now)
    if row.late is None:
        raise ConflictError("not_late")
    person = identity.reveal_one(
        session,
        ring,
        subject_id=row.subject_id,
        items=[Item.NAME, Item.CONTACT],
        purpose=RevealPurpose.OVERSTAY_CONTACT,
        actor=guard,
        now=now,
    )
    return _page(request, _fresh(language, site, now), row, person=person)


@router.post("/{visit_id}/entry")
def entry(
    request: Request, visit_id: UUID, form: Entry, guard: Guard, session: Transaction, ring: Ring, site: OwnSite, now: Now
) -> Response:
    """Somebody came in without a scan. Where the door would have refused, the guard is asked once more."""
    row = _row(session, ring, visit_id, guard, site, now)
    if row.visit.state not in MAY_ENTER:
        raise ConflictError(f"visit_is_{row.visit.state.value}" if not row.inside else "inside_already")
    if form.data is not None and form.it.checked != "yes":
        form.refuse("checked", NOT_CHECKED)
    at = _moment(form, site.zone, now, ENTRY_REASONS, ENTRY_KNOWN)
    area = _area(form, row)
    if form.ok and at is not None and area is not None:
        broken = by_hand.against(session, visit=row.visit, area_id=area, at=at)
        if broken is not None and form.it.sure != "yes":
            form.refuse("sure", WOULD_REFUSE, said=text_in(form.language, OUTCOMES[broken]))
    if form.ok and at is not None and area is not None:
        with form.attempt(session):
            written = Written(form.it.reason, form.it.known, at)
            seen = Seen(form.it.document, form.it.badge, notice_given=form.it.notice == "yes")
            by_hand.enter(session, ring, visit=row.visit, area_id=area, written=written, seen=seen, guard=guard, now=now)
            return redirect(request, "/desk", flash="entered_by_hand")
    return _page(request, form, row, status=422)


@router.post("/{visit_id}/exit")
def leave(
    request: Request, visit_id: UUID, form: Exit, guard: Guard, session: Transaction, ring: Ring, site: OwnSite, now: Now
) -> Response:
    """Somebody left without a scan; with how it is known `unknown`, the visit is closed without an exit time."""
    row = _row(session, ring, visit_id, guard, site, now)
    if row.inside is None:
        raise ConflictError("not_inside")
    unknown = form.data is not None and form.it.known is HowKnown.UNKNOWN
    if unknown and form.it.sure != "yes":
        form.refuse("sure", NO_TIME)
    at = now if unknown else _moment(form, site.zone, now, EXIT_REASONS, EXIT_KNOWN)
    if form.ok and at is not None:
        with form.attempt(session):
            by_hand.leave(session, visit=row.visit, written=Written(form.it.reason, form.it.known, at), guard=guard, now=now)
            if form.it.badge_back == "yes" and row.visit.badge and row.visit.badge_returned_at is None:
                badges.take_back(session, visit=row.visit, guard=guard, now=now)
            return redirect(request, "/desk", flash="closed_unknown" if unknown else "left_by_hand")
    return _page(request, form, row, status=422)


@router.post("/{visit_id}/minor")
def minor(
    request: Request,
    visit_id: UUID,
    form: Annotated[Filled[SureForm], Depends(filled(SureForm))],
    guard: Guard,
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
) -> Response:
    """It has turned out that they are under 18. Asked once more, then everything about the person is erased, earlier visits too."""
    row = _row(session, ring, visit_id, guard, site, now)
    if row.inside is not None:
        raise ConflictError("on_site")
    if not form.ok or form.it.sure != "yes":
        address = f"/by-hand/{visit_id}"
        return show(request, "minor.html", erase=f"{address}/minor", back=f"{address}/page", label=BACK)
    minors.found_out(session, visit=row.visit, actor=guard, now=now)
    return redirect(request, "/desk", flash="minor_found")


@router.post("/{visit_id}/page")
def page_again(
    request: Request, visit_id: UUID, guard: Guard, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language
) -> Response:
    """Back from a question, to the form."""
    return _page(request, _fresh(language, site, now), _row(session, ring, visit_id, guard, site, now))


@router.get("/{visit_id}/{act}")
def back_to_form(request: Request, visit_id: UUID, act: str, guard: Guard) -> Response:
    """What only a POST shows, asked for again: the form. A name is never behind an address."""
    del act, guard
    return elsewhere(request, f"/by-hand/{visit_id}")


def _row(session: Transaction, ring: Ring, visit_id: UUID, guard: Guard, site: Site, now: datetime) -> Row:
    """Locked, so that two guards never write the same exit."""
    visit = visits.get(session, visit_id, site_id=guard.site_id)
    row = desk.of_visits(session, ring, [visit_id])[visit_id]
    open_one = presence.inside(session, visit)
    if open_one is None:
        return row
    late = now - visit.window_until
    return replace(
        row,
        inside=session.get_one(Area, open_one.area_id),
        entered_at=open_one.entered_at,
        entered_known=open_one.entered_known,
        late=late if late > timedelta(minutes=site.overstay_minutes) else None,
    )


def _fresh(language: str, site: Site, now: datetime) -> Filled[Any]:
    local = now.astimezone(ZoneInfo(site.zone)).strftime("%Y-%m-%dT%H:%M")
    return empty(language, at=local, document=DocumentType.RESIDENT_ID.value)


def _moment(
    form: Filled[EntryForm] | Filled[ExitForm], zone: str, now: datetime, reasons: tuple[ManualReason, ...], ways: tuple[HowKnown, ...]
) -> datetime | None:
    """The time meant, aware and one that a guard can know of. Puts a message beside what is missing or does not fit."""
    if form.data is None:
        return None
    for field, fits in (("reason", form.data.reason in reasons), ("known", form.data.known in ways)):
        if not fits:
            form.refuse(field, "enum")
    if form.data.at is None:
        form.refuse("at", "required")
        return None
    at = form.data.at if form.data.at.tzinfo else form.data.at.replace(tzinfo=ZoneInfo(zone))
    try:
        check_time(at, now=now)
    except RefusedInputError as error:
        form.take(error)
    return at


def _area(form: Filled[EntryForm], row: Row) -> int | None:
    """The area chosen, or the only one."""
    if form.data is None:
        return None
    ids = [area.id for area in row.areas]
    if len(ids) == 1 and not form.it.area:
        return ids[0]
    if form.it.area not in ids:
        form.refuse("area", "enum")
        return None
    return form.it.area


def _page(request: Request, form: Filled[Any], row: Row, *, status: int = 200, person: Person | None = None) -> Response:
    state = row.visit.state
    return show(
        request,
        "by_hand.html",
        status,
        form=form,
        row=row,
        person=person,
        may_enter=state in MAY_ENTER,
        waits=state is VisitState.ID_PENDING,
        closed=CONFLICTS.get(f"visit_is_{state.value}", ""),
        reasons=EXIT_REASONS if row.inside else ENTRY_REASONS,
        ways=EXIT_KNOWN if row.inside else ENTRY_KNOWN,
        documents=list(DocumentType),
    )
