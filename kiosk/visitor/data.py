"""The person's own data: what is held and until when, who looked and why; see it in clear, put it right."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import Visit
from access_log.policy.standing import BEFORE_ENTRY
from access_log.services import erasure_receipts, own_data, receipts
from access_log.services.identity import Person
from access_log.services.labels import read_labels
from access_log.services.letter_texts import HELD
from access_log.services.own_visit import OwnVisit
from kiosk.visitor.show import Own, held_still, show
from kiosk.visitor.words import WHO
from kiosk.web.deps import Language, Now, Ring, SettingsDep, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect

router = APIRouter()


class ReachForm(BaseModel):
    """Both may be empty: then nothing is kept to reach the person by."""

    mail: str = Field(default="", max_length=254)
    phone: str = Field(default="", max_length=40)


@router.get("/receipt")
def receipt(request: Request, own: Own, session: Transaction, settings: SettingsDep, now: Now) -> Response:
    """In plain words and at any time: what is held, until when, what is deleted already, who looked and why."""
    return show(
        request,
        "receipt.html",
        own,
        held=receipts.held(session, own.visit),
        erased=erasure_receipts.of_subject(session, own.visit.subject_id, horizon=settings.horizon, now=now),
        looks=receipts.looks(session, own.visit),
        kinds=HELD,
        who=WHO,
        may_end=own.standing in BEFORE_ENTRY,
    )


@router.get("/data")
def masked(request: Request, own: Own, session: Transaction, ring: Ring, language: Language, now: Now) -> Response:
    """The name is masked until it is asked for."""
    return _page(request, own, session, ring, empty(language), now)


@router.post("/data")
def in_clear(request: Request, own: Own, session: Transaction, ring: Ring, language: Language, now: Now) -> Response:
    """Name, mail and phone as they are recorded. This look is recorded too."""
    person = own_data.show(session, ring, visit=own.visit, now=now)
    return _page(request, own, session, ring, empty(language, mail=person.mail, phone=person.phone), now, person=person)


@router.post("/data/contact")
def correct(
    request: Request, form: Annotated[Filled[ReachForm], Depends(filled(ReachForm))], own: Own, session: Transaction, ring: Ring, now: Now
) -> Response:
    """Put mail and phone right."""
    if form.ok:
        with form.attempt(session):
            own_data.correct_contact(session, ring, visit=held_still(session, own.visit), mail=form.it.mail, phone=form.it.phone, now=now)
            return redirect(request, "/data", flash="contact_corrected")
    return _page(request, own, session, ring, form, now, status=422)


@router.get("/data/contact")
def nothing_to_correct(request: Request, own: Own) -> Response:
    """A reload after an error: back to the page."""
    del own
    return redirect(request, "/data")


@router.post("/data/name")
def name_is_wrong(request: Request, own: Own, session: Transaction, now: Now) -> Response:
    """Ask the contact to put the name right."""
    own_data.say_name_is_wrong(session, visit=held_still(session, own.visit), now=now)
    return redirect(request, "/data", flash="contact_told")


def _page(
    request: Request,
    own: OwnVisit,
    session: Transaction,
    ring: Ring,
    form: Filled[ReachForm],
    now: Now,
    *,
    person: Person | None = None,
    status: int = 200,
) -> Response:
    visit: Visit = own.visit
    return show(
        request,
        "data.html",
        own,
        status,
        form=form,
        person=person,
        label=read_labels(session, ring, [visit.subject_id]).get(visit.subject_id, "–"),
        correctable=visit.state in own_data.CORRECTABLE,
        told=own_data.told_lately(session, visit, now=now),
    )
