"""The policy in force as the kiosk's page shows it: everything in both languages, nobody in it."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from access_log.i18n import LANGUAGES, local_time
from access_log.models import Site
from access_log.policy.told.kept import Audience
from access_log.services import policy_page
from access_log.services.policy_page import InForce


def policy_in_force(session: Session, site: Site, now: datetime) -> dict[str, Any]:
    """Version, what is kept and why, who is given it, what is coming."""
    it = {
        language: policy_page.in_force(session, site=site, language=language, audience=Audience.VISITORS, now=now) for language in LANGUAGES
    }
    one = it["en"]
    return {
        "version": one.policy.version,
        "since": local_time(one.since, site.zone)[:10] if one.since else None,
        "controller": {language: f"{said.controller.name} · {said.controller.contact}" for language, said in it.items()},
        "coming": [_coming(it, number, site) for number in range(len(one.coming))],
        "kept": [_kept(it, number) for number in range(len(one.kept))],
        "recipients": [{language: said.recipients[number] for language, said in it.items()} for number in range(len(one.recipients))],
    }


def _coming(it: dict[str, InForce], number: int, site: Site) -> dict[str, Any]:
    change = it["en"].coming[number]
    return {
        "date": local_time(change.effective_at, site.zone)[:10],
        "changes": {language: "\n".join(said.coming[number].changes) for language, said in it.items()},
    }


def _kept(it: dict[str, InForce], number: int) -> dict[str, Any]:
    """Name, then what for, how long and what then, a line each."""
    rows = {language: said.kept[number] for language, said in it.items()}
    lines = {language: [*row.purposes, " → ".join(filter(None, [row.kept, row.then]))] for language, row in rows.items()}
    return {
        "name": {language: row.name for language, row in rows.items()},
        "body": {language: "\n".join(said) for language, said in lines.items()},
    }
