"""Kiosks: made by the administrator, enrolled once by a code, recognised by a credential that only the device holds."""

import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, func, select

from access_log.crypto.codes import code_digest, normalise_code, random_code, random_token, token_digest
from access_log.crypto.ring import KeyRing
from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import AccessEvent, Door, Kiosk
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, Direction, EventType, Outcome
from access_log.services import events
from access_log.services.sites import clean_code

CODE_FOR = timedelta(minutes=30)
WITHIN = timedelta(minutes=5)
MOST = 5
SEEN_EVERY = timedelta(seconds=14)
SILENT_AFTER = timedelta(seconds=60)


class Condition(StrEnum):
    """How a kiosk is: made but never enrolled, a code waiting to be typed in, heard of, silent for a minute, revoked."""

    NEW = "new"
    CODE_WAITS = "code_waits"
    HEARD = "heard"
    SILENT = "silent"
    REVOKED = "revoked"


def condition(kiosk: Kiosk, now: datetime) -> Condition:
    """How this kiosk is at this moment."""
    if kiosk.credential_digest is not None and kiosk.revoked_at is None:
        heard = kiosk.seen_at is not None and now - kiosk.seen_at <= SILENT_AFTER
        return Condition.HEARD if heard else Condition.SILENT
    if kiosk.enrol_until is not None and kiosk.enrol_until >= now:
        return Condition.CODE_WAITS
    return Condition.REVOKED if kiosk.revoked_at is not None else Condition.NEW


def add(session: Session, *, site_id: int, door_id: int, code: str, direction: Direction, actor: Actor, now: datetime) -> Kiosk:
    """A kiosk beside a door, not yet enrolled. Raises RefusedInputError naming the field."""
    code = clean_code(code)
    if session.exec(select(Kiosk.id).where(Kiosk.site_id == site_id, func.lower(col(Kiosk.code)) == code.lower())).first() is not None:
        raise RefusedInputError("code", "code_taken")
    door = session.get(Door, door_id)
    if door is None or door.site_id != site_id:
        raise RefusedInputError("door", "enum")
    kiosk = Kiosk(site_id=site_id, door_id=door_id, code=code, direction=direction)
    session.add(kiosk)
    session.flush()
    events.record(session, EventType.SITE_CHANGED, site_id=site_id, now=now, actor=actor, door_id=door_id, detail={"kiosk": kiosk.id})
    return kiosk


def change(session: Session, *, kiosk: Kiosk, door_id: int, direction: Direction, actor: Actor, now: datetime) -> None:
    """Move a kiosk to another door, or let it do one direction only."""
    door = session.get(Door, door_id)
    if door is None or door.site_id != kiosk.site_id:
        raise RefusedInputError("door", "enum")
    kiosk.door_id, kiosk.direction = door_id, direction
    session.add(kiosk)
    session.flush()
    events.record(session, EventType.SITE_CHANGED, site_id=kiosk.site_id, now=now, actor=actor, door_id=door_id, detail={"kiosk": kiosk.id})


def enrol_code(session: Session, ring: KeyRing, *, kiosk: Kiosk, now: datetime, actor: Actor | None = None) -> str:
    """A new one-use code, good for 30 minutes; shown once, kept as a keyed digest. The device enrolled before stays until it is used."""
    code = random_code()
    kiosk.enrol_digest, kiosk.enrol_until = code_digest(ring, code), now + CODE_FOR
    session.add(kiosk)
    session.flush()
    detail = {"kiosk": kiosk.id, "code": "made"}
    events.record(session, EventType.SITE_CHANGED, site_id=kiosk.site_id, now=now, actor=actor, door_id=kiosk.door_id, detail=detail)
    return code


def enrol(session: Session, ring: KeyRing, *, text: str, now: datetime) -> tuple[Kiosk, str]:
    """Turn a code into a device's credential. Raises RefusedInputError("code", "wrong_enrol_code")."""
    code = normalise_code(text)
    wanted = code_digest(ring, code) if code else b""
    kiosk = session.exec(select(Kiosk).where(Kiosk.enrol_digest == wanted).with_for_update()).one_or_none() if code else None
    if kiosk is None or kiosk.enrol_until is None or kiosk.enrol_until < now or not hmac.compare_digest(kiosk.enrol_digest or b"", wanted):
        raise RefusedInputError("code", "wrong_enrol_code")
    credential = random_token()
    kiosk.credential_digest, kiosk.enrolled_at, kiosk.revoked_at = token_digest(credential), now, None
    kiosk.enrol_digest = kiosk.enrol_until = None
    kiosk.seen_at = now
    session.add(kiosk)
    session.flush()
    actor = Actor(ActorKind.KIOSK, kiosk.id, kiosk.site_id)
    events.record(session, EventType.KIOSK_ENROLLED, site_id=kiosk.site_id, now=now, actor=actor, door_id=kiosk.door_id)
    return kiosk, credential


def find(session: Session, credential: str) -> Kiosk | None:
    """The enrolled kiosk that holds this credential."""
    found = session.exec(select(Kiosk).where(Kiosk.credential_digest == token_digest(credential))).one_or_none()
    return found if found is not None and found.revoked_at is None else None


def revoke(session: Session, *, kiosk: Kiosk, actor: Actor, now: datetime) -> None:
    """A lost or replaced device: it can register nobody from this moment."""
    kiosk.revoked_at, kiosk.credential_digest, kiosk.enrol_digest, kiosk.enrol_until = now, None, None, None
    session.add(kiosk)
    session.flush()
    events.record(session, EventType.KIOSK_REVOKED, site_id=kiosk.site_id, now=now, actor=actor, door_id=kiosk.door_id)


def seen(session: Session, *, kiosk: Kiosk, now: datetime) -> None:
    """The device has been heard of."""
    if kiosk.seen_at is None or now - kiosk.seen_at > SEEN_EVERY:
        kiosk.seen_at = now
        session.add(kiosk)


def code_tries(session: Session, *, kiosk_id: int, now: datetime) -> int:
    """Typed codes of the last five minutes that led to no pass. Scanned passes carry a digest and never count."""
    statement = (
        select(func.count())
        .select_from(AccessEvent)
        .where(
            AccessEvent.kiosk_id == kiosk_id,
            AccessEvent.outcome == Outcome.UNKNOWN_PASS,
            col(AccessEvent.pass_digest).is_(None),
            col(AccessEvent.at) > now - WITHIN,
        )
    )
    return session.exec(statement).one()


def get(session: Session, *, kiosk_id: int, site_id: int) -> Kiosk:
    """A kiosk of this site. Raises NotFoundError."""
    kiosk = session.get(Kiosk, kiosk_id)
    if kiosk is None or kiosk.site_id != site_id:
        raise NotFoundError
    return kiosk


def listed(session: Session, site_id: int) -> list[tuple[Kiosk, Door]]:
    """Every kiosk of a site with the door it stands at, by code; revoked ones too."""
    statement = select(Kiosk, Door).join(Door, col(Door.id) == Kiosk.door_id).where(Kiosk.site_id == site_id)
    return list(session.exec(statement.order_by(col(Kiosk.code))).all())
