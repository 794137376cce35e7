"""Who calls: every kind of principal with the cookie and the request token that their browser would send."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from access_log.crypto.ring import KeyRing
from access_log.models import Contact, Customer, Staff, Visit
from access_log.policy.codes import ActorKind
from access_log.services import sessions
from kiosk.lobby.device import request_token
from tests.authz.objects import REVOKED_CREDENTIAL, Objects
from tests.cast import KIOSK_CREDENTIAL, Maker
from tests.moments import NOON


@dataclass(frozen=True)
class Principal:
    """`face` is where they belong; they show the same cookie on every other face, too."""

    name: str
    face: str
    cookie: str = ""
    csrf: str = ""


RIGHTS = {"request": (True, False, False), "approve": (False, True, False), "report": (False, False, True), "no_right": (False,) * 3}


def make_principals(session: Session, ring: KeyRing, made: Objects) -> list[Principal]:
    """All of them, signed in. Flushed, not committed."""
    cast = made.cast
    people = {"administrator": cast.admin, "privacy_officer": cast.pang, "auditor": cast.xu, "guard": cast.mei, "reviewer": cast.rui}
    found = [Principal("nobody", "")]
    found += [staff_principal(session, name, person, NOON) for name, person in people.items()]
    found.append(staff_principal(session, "administrator_password_only", cast.admin, None))
    found.append(staff_principal(session, "guard_locked", cast.mei, NOON, locked=NOON))
    found += _contacts(session, ring, cast.nimbus)
    found.append(contact_principal(session, "contact_approve_password_only", cast.lin, None))
    found.append(contact_principal(session, "rival", cast.rival, NOON))
    found += [visitor_principal(session, "visitor", made.coming), visitor_principal(session, "visitor_other", made.of_kestrel)]
    devices = {"kiosk": KIOSK_CREDENTIAL, "kiosk_revoked": REVOKED_CREDENTIAL}
    return found + [Principal(name, "lobby", credential, request_token(ring, credential)) for name, credential in devices.items()]


def staff_principal(session: Session, name: str, person: Staff, factor: datetime | None, locked: datetime | None = None) -> Principal:
    """A member of staff. `factor`: when the second factor was given, `locked`: when the console locked itself."""
    row, token = sessions.open_session(
        session,
        site_id=person.site_id,
        face="console",
        kind=ActorKind.STAFF,
        actor_id=person.id or 0,
        now=NOON,
        second_factor_at=factor,
    )
    row.locked_at = locked
    return Principal(name, "console", token, row.csrf)


def _contacts(session: Session, ring: KeyRing, customer: Customer) -> Iterator[Principal]:
    maker = Maker(session, ring, customer.site_id, NOON)
    for right, (may_request, may_approve, may_report) in RIGHTS.items():
        held = {"may_request": may_request, "may_approve": may_approve, "may_report": may_report}
        person = maker.contact(customer, "Lin Lan", f"{right}@nimbus.example", **held)
        yield contact_principal(session, f"contact_{right}", person, NOON)


def contact_principal(session: Session, name: str, person: Contact, factor: datetime | None) -> Principal:
    """A contact. `factor`: when the second factor was given."""
    row, token = sessions.open_session(
        session,
        site_id=person.site_id,
        face="portal",
        kind=ActorKind.CONTACT,
        actor_id=person.id or 0,
        now=NOON,
        second_factor_at=factor,
    )
    return Principal(name, "portal", token, row.csrf)


def visitor_principal(session: Session, name: str, visit: Visit) -> Principal:
    """Whoever opened the link of a visit."""
    made = Principal(name, "visitor")
    row, token = sessions.open_session(
        session, site_id=visit.site_id, face="visitor", kind=ActorKind.VISITOR, actor_id=0, now=NOON, visit_id=str(visit.id)
    )
    return replace(made, cookie=token, csrf=row.csrf)
