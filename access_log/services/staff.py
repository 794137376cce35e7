"""The operator's own people. One role each."""

from datetime import datetime

from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import Staff, Subject
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, EventType, Role, SubjectKind
from access_log.policy.names import clean_text, text_problem
from access_log.services import accounts, events, vault
from access_log.services.reachable import clean_mail, clean_name


def add(
    session: Session,
    ring: KeyRing,
    *,
    site_id: int,
    number: str,
    name: str,
    mail: str,
    role: Role,
    language: str,
    actor: Actor,
    now: datetime,
) -> Staff:
    """A new member of staff, invited by mail. Raises RefusedInputError naming the field."""
    number = clean_text(number)
    problem = text_problem(number, 16)
    if problem is not None:
        raise RefusedInputError("number", problem)
    if session.exec(select(Staff.id).where(Staff.number == number)).first() is not None:
        raise RefusedInputError("number", "number_taken")
    name, mail = clean_name(name), clean_mail(mail)
    if not mail:
        raise RefusedInputError("mail", "required")
    subject = vault.new_subject(session, site_id=site_id, kind=SubjectKind.STAFF, now=now)
    vault.register(session, ring, subject=subject, name=name, mail=mail, actor=actor, now=now)
    staff = Staff(site_id=site_id, subject_id=subject.id, number=number, role=role, language=language, created_at=now)
    session.add(staff)
    session.flush()
    _changed(session, staff, actor, now, "created")
    accounts.invite(session, account=staff, now=now)
    return staff


def change_role(session: Session, *, staff: Staff, role: Role, actor: Actor, now: datetime) -> None:
    """Give another role; all sessions end, so that nothing of the old one is left. Raises ConflictError("last_administrator")."""
    if staff.role is not role:
        _keep_an_administrator(session, staff)
        staff.role = role
        session.add(staff)
        session.flush()
        accounts.end_sessions(session, account=staff)
        _changed(session, staff, actor, now, role.value)


def set_state(session: Session, *, staff: Staff, state: Active, actor: Actor, now: datetime) -> None:
    """Suspend, take up again or let go. Raises ConflictError("last_administrator")."""
    if state is not Active.ACTIVE:
        _keep_an_administrator(session, staff)
        accounts.end_sessions(session, account=staff)
    staff.state = state
    session.add(staff)
    session.flush()
    if state is Active.ENDED:
        vault.erase_subject(session, subject=session.get_one(Subject, staff.subject_id), reason="ended", actor=actor, now=now)
    _changed(session, staff, actor, now, state.value)


def of(session: Session, *, staff_id: int, site_id: int) -> Staff:
    """A member of this site's staff. Raises NotFoundError."""
    staff = session.get(Staff, staff_id)
    if staff is None or staff.site_id != site_id or staff.state is Active.ENDED:
        raise NotFoundError
    return staff


def listed(session: Session, site_id: int) -> list[Staff]:
    """Everybody who has not left, by number."""
    return list(session.exec(select(Staff).where(Staff.site_id == site_id, Staff.state != Active.ENDED).order_by("number")).all())


def _keep_an_administrator(session: Session, staff: Staff) -> None:
    if staff.role is not Role.ADMINISTRATOR:
        return
    active = session.exec(
        select(Staff.id).where(Staff.site_id == staff.site_id, Staff.role == Role.ADMINISTRATOR, Staff.state == Active.ACTIVE)
    ).all()
    if len(active) <= 1:
        raise ConflictError("last_administrator")


def _changed(session: Session, staff: Staff, actor: Actor, now: datetime, how: str) -> None:
    detail = {"how": how, "role": staff.role.value}
    events.record(session, EventType.STAFF_CHANGED, site_id=staff.site_id, now=now, actor=actor, subject_id=staff.subject_id, detail=detail)
