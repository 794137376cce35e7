"""What will be destroyed, when and by which rule; what was; and a clock that nobody may believe."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from access_log.machine import tick
from access_log.models import Site
from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.policy.file.content import Policy
from access_log.policy.told.spoken import kept_words
from access_log.services import policies, retention_ahead, retention_rows, retention_runs
from kiosk.console.show import show
from kiosk.console.words import RETENTION
from kiosk.web.deps import Language, Now, Transaction, changed
from kiosk.web.policy import OwnSite, staff
from kiosk.web.render import redirect

router = APIRouter(prefix="/retention")
Reader = Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR))]
Trusting = Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER))]
OF_VISITS = ("name", "document", "reach", "unused")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it is in force: what, how long, and which laws ask for at least so long."""

    name: str
    kept: str
    floors: tuple[str, ...]


@router.get("")
def page(request: Request, reader: Reader, session: Transaction, site: OwnSite, language: Language, now: Now) -> Response:
    """Tonight one by one, thirty days by the day, the rules, and the last runs. Opens nothing."""
    policy = policies.in_force(session, site)
    runs = retention_runs.listed(session, site.id or 0)
    return show(
        request,
        "retention.html",
        ahead=retention_ahead.ahead(session, site=site, now=now),
        why=lambda coming: kept_words(coming.promise.told, coming.rule, language),
        named=lambda code: _named(policy, code, language),
        rules=_rules(policy, language),
        runs=runs,
        behind=bool(runs) and now - runs[0].ended_at > retention_runs.LATE,
        clock=retention_runs.clock(session),
        may_trust=reader.role is Role.PRIVACY_OFFICER,
        words=RETENTION,
    )


def _named(policy: Policy, code: str, language: str) -> str:
    """A rule as the policy calls it."""
    rule = retention_rows.RULES_BY_CODE.get(code)
    return policy.fields[rule.field if rule else code].texts[language]


def _rules(policy: Policy, language: str) -> list[Rule]:
    fields = dict.fromkeys([*OF_VISITS, *(rule.field for rule in retention_rows.RULES)])
    return [
        Rule(
            policy.fields[name].texts[language],
            kept_words(policy, name, language),
            tuple(bound.source[language] for bound in policy.floors(name)),
        )
        for name in fields
    ]


@router.post("/clock")
def trust(request: Request, officer: Trusting, session: Transaction, site: OwnSite, now: Now) -> Response:
    """The clock is right: what it says is believed from now on, and the record says who said so."""
    retention_runs.trust(session, tick=tick(lambda: now), actor=officer)
    changed(session, _id(site))
    return redirect(request, "/retention", flash="clock_trusted")


def _id(site: Site) -> int:
    return site.id or 0
