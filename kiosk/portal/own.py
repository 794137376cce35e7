"""A contact's own account, and who else speaks for the company."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from access_log.models import Contact
from access_log.policy.actors import Actor
from access_log.services import company_visits, contacts
from kiosk.portal.show import show
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import contact
from kiosk.web.render import redirect

router = APIRouter()
Somebody = Annotated[Actor, Depends(contact())]


class LanguageForm(BaseModel):
    language: Literal["zh-CN", "en"]


@router.get("/my-account")
def account_page(request: Request, somebody: Somebody, session: Transaction, ring: Ring, language: Language) -> Response:
    """What this account may do, its language, its password, its second factor."""
    mine = session.get_one(Contact, somebody.id)
    return _page(request, mine, session, ring, empty(language, language=mine.language))


@router.post("/my-account/language")
def set_language(
    request: Request, form: Annotated[Filled[LanguageForm], Depends(filled(LanguageForm))], somebody: Somebody, session: Transaction,
    ring: Ring, now: Now,
) -> Response:  # fmt: skip
    """The language of the messages to this contact."""
    mine = session.get_one(Contact, somebody.id)
    if not form.ok:
        return _page(request, mine, session, ring, form, 422)
    contacts.set_language(session, contact=mine, language=form.it.language, now=now)
    return redirect(request, "/my-account", flash="saved")


@router.get("/my-account/language")
def back(request: Request, somebody: Somebody) -> Response:
    """What is only there after a POST: back to the account."""
    del somebody
    return redirect(request, "/my-account")


@router.get("/contacts")
def listed(request: Request, somebody: Somebody, session: Transaction, ring: Ring) -> Response:
    """The company's contacts and their rights, masked. The site's administrator changes them."""
    rows = contacts.listed(session, somebody.customer_id or 0)
    names = company_visits.contact_labels(session, ring, [row.id for row in rows])
    return show(request, "contacts.html", rows=rows, names=names, me=somebody.id)


def _page(request: Request, mine: Contact, session: Transaction, ring: Ring, form: Filled[LanguageForm], status: int = 200) -> Response:
    names = company_visits.contact_labels(session, ring, [mine.id])
    return show(request, "my_account.html", status, mine=mine, name=names.get(mine.id or 0, ""), form=form)
