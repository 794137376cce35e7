"""Standing rules: what is approved without anybody looking. A rule is read aloud, as a sentence, before it is put in force."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import NotFoundError
from access_log.models import StandingRule
from access_log.policy.codes import Purpose
from access_log.services import customers, rules
from kiosk.console.admin.common import Admin, Id
from kiosk.console.admin.words import WEEKDAYS, rule_words
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, RowId, Transaction, language_of
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite
from kiosk.web.render import redirect, text_in

router = APIRouter(prefix="/admin/rules")
Weekday = Annotated[int, Field(ge=0, le=6)]


class RuleForm(BaseModel):
    """`customer` None: every customer. `sure` comes with the second press, after the sentence was shown."""

    name: str = Field(max_length=80)
    customer: Id | None = None
    purposes: list[Purpose] = []
    max_hours: int = Field(ge=1, le=rules.MOST_HOURS)
    weekdays: list[Weekday] = []
    sure: str = Field(default="", max_length=3)


@router.get("")
def listed(request: Request, admin: Admin, session: Transaction) -> Response:
    """The rules in force, each as a sentence."""
    found = rules.listed(session, admin.site_id)
    sentences = {rule.id: _sentence(request, session, admin, rule) for rule in found}
    return show(request, "admin/rules.html", rows=found, sentences=sentences)


def _sentence(request: Request, session: Transaction, admin: Admin, rule: StandingRule | RuleForm) -> str:
    whose = rule.customer_id if isinstance(rule, StandingRule) else rule.customer
    customer = customers.of(session, customer_id=whose, site_id=admin.site_id).name if whose else ""
    language = language_of(request)
    return rule_words(
        customer=customer,
        purposes=[str(purpose) for purpose in rule.purposes],
        max_hours=rule.max_hours,
        weekdays=rule.weekdays,
        say=lambda words: text_in(language, words),
    )


@router.get("/new")
def new(request: Request, admin: Admin, session: Transaction, language: Language) -> Response:
    """Working days and four hours: narrow by default."""
    form = empty(language, purposes=[], weekdays=list(range(5)), max_hours=4)
    return _form(request, form, admin, session)


@router.post("/new")
def add(
    request: Request,
    form: Annotated[Filled[RuleForm], Depends(filled(RuleForm))],
    admin: Admin,
    session: Transaction,
    site: OwnSite,
    now: Now,
) -> Response:
    """First press: the rule as a sentence, and what it would have approved. Second press: in force."""
    if form.ok:
        given = form.it
        facts: dict[str, Any] = {
            "customer_id": given.customer,
            "purposes": given.purposes,
            "max_hours": given.max_hours,
            "weekdays": given.weekdays,
        }
        with form.attempt(session):
            rules.check(session, site_id=admin.site_id, name=given.name, **facts)
            if given.sure == "yes":
                rules.add(session, site_id=admin.site_id, name=given.name, actor=admin, now=now, **facts)
                return redirect(request, "/admin/rules", flash="rule_on")
            covered, asked = rules.would_have_approved(session, site=site, now=now, **facts)
            sentence = _sentence(request, session, admin, given)
            return show(request, "admin/rule_look.html", form=form, sentence=sentence, covered=covered, asked=asked)
    return _form(request, form, admin, session, 422)


def _form(request: Request, form: Filled[RuleForm], admin: Admin, session: Transaction, status: int = 200) -> Response:
    return show(
        request,
        "admin/rule_form.html",
        status,
        form=form,
        customers=customers.listed(session, admin.site_id),
        purposes=list(Purpose),
        weekdays=list(enumerate(WEEKDAYS)),
    )


@router.get("/{rule_id}/retire")
def ask(request: Request, rule_id: RowId, admin: Admin, session: Transaction) -> Response:
    """What is looked at by a person again, before it is."""
    rule = session.get(StandingRule, rule_id)
    if rule is None or rule.site_id != admin.site_id or not rule.active:
        raise NotFoundError
    return show(request, "admin/rule_retire.html", rule=rule, sentence=_sentence(request, session, admin, rule))


@router.post("/{rule_id}/retire")
def retire(request: Request, rule_id: RowId, admin: Admin, session: Transaction, now: Now) -> Response:
    """It approves nothing any more; what it approved stays approved."""
    rules.retire(session, rule_id=rule_id, site_id=admin.site_id, actor=admin, now=now)
    return redirect(request, "/admin/rules", flash="rule_off")
