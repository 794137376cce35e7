"""The operator's own people. One role each."""

from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import Site, Staff, Subject
from access_log.policy.actors import Actor, system
from access_log.policy.codes import EXCLUSIVE_ROLES, Active, EventType, Role, SubjectKind
from access_log.policy.names import clean_text, text_problem
from access_log.services import accounts, agreements, events, vault
from access_log.services.reachable import clean_mail, clean_name

IDLE_AFTER = timedelta(days=90)


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
    signed_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> Staff:
    """A new member of staff, invited by mail. Raises RefusedInputError naming the field.

    One person, one account: a second one under the same mail address could hold a role that excludes the first.
    """
    number = clean_text(number)
    problem = text_problem(number, 16)
    if problem is not None:
        raise RefusedInputError("number", problem)
    if session.exec(select(Staff.id).where(Staff.number == number)).first() is not None:
        raise RefusedInputError("number", "number_taken")
    agreed = agreements.checked(session, signed_on, site_id=site_id, now=now)
    name, mail, _moved = _clean(session, ring, site_id, name, mail)
    subject = vault.new_subject(session, site_id=site_id, kind=SubjectKind.STAFF, now=now)
    vault.register(session, ring, subject=subject, name=name, mail=mail, actor=actor, now=now)
    staff = Staff(site_id=site_id, subject_id=subject.id, number=number, role=role, language=language, created_at=now)
    staff.confidentiality_signed_at = agreed
    session.add(staff)
    session.flush()
    _changed(session, staff, actor, now, "created")
    accounts.invite(session, account=staff, now=now)
    return staff


def correct(session: Session, ring: KeyRing, *, staff: Staff, name: str, mail: str, actor: Actor, now: datetime) -> None:
    """Put name or mail right. An invitation still on its way to another address is dead, and a new one is sent."""
    name, mail, moved = _clean(session, ring, staff.site_id, name, mail, but=staff.subject_id)
    subject = session.get_one(Subject, staff.subject_id)
    vault.register(session, ring, subject=subject, name=name, mail=mail, actor=actor, now=now)
    _changed(session, staff, actor, now, "corrected")
    if moved and staff.invited_at is not None:
        accounts.invite(session, account=staff, now=now)


def _clean(session: Session, ring: KeyRing, site_id: int, name: str, mail: str, but: object = None) -> tuple[str, str, bool]:
    """Name, mail, and whether the address is another one than `but` has."""
    name, mail = clean_name(name), clean_mail(mail)
    if not mail:
        raise RefusedInputError("mail", "required")
    found = vault.find_subjects(session, ring, site_id=site_id, kind=IndexKind.MAIL, value=mail, of=SubjectKind.STAFF)
    if any(subject.id != but for subject in found):
        raise RefusedInputError("mail", "mail_taken")
    return name, mail, not found


def invite_again(session: Session, *, staff: Staff, actor: Actor, now: datetime) -> None:
    """Send the invitation once more; the link in the older one is dead. Raises ConflictError("not_active")."""
    if staff.state is not Active.ACTIVE:
        raise ConflictError("not_active")
    accounts.invite(session, account=staff, now=now)
    _changed(session, staff, actor, now, "invited")


def start_over(session: Session, *, staff: Staff, actor: Actor, now: datetime) -> None:
    """Phone or password lost: nothing of the old sign-in works any more, PIN included, and a new invitation is sent.

    Raises ConflictError: "not_active", "last_administrator".
    """
    if staff.state is not Active.ACTIVE:
        raise ConflictError("not_active")
    _keep_an_administrator(session, staff)
    accounts.start_over(session, account=staff, now=now)
    _changed(session, staff, actor, now, "sign_in_reset")


def change_role(session: Session, *, staff: Staff, role: Role, actor: Actor, now: datetime) -> None:
    """Give another role; all sessions end, so that nothing of the old one is left.

    Raises ConflictError: "last_administrator"; "exclusive_roles" between two roles that watch each other, because whoever went from
    one to the other would check their own work (GB/T 22239, separation of duty).
    """
    if staff.role is not role:
        if {staff.role, role} <= EXCLUSIVE_ROLES:
            raise ConflictError("exclusive_roles")
        _keep_an_administrator(session, staff)
        staff.role = role
        session.add(staff)
        session.flush()
        accounts.end_sessions(session, account=staff)
        _changed(session, staff, actor, now, role.value)


def set_state(session: Session, *, staff: Staff, state: Active, actor: Actor, now: datetime) -> None:
    """Suspend, take up again or let go, which erases who it was. Raises ConflictError: "last_administrator", "ended"."""
    if staff.state is Active.ENDED:
        raise ConflictError("ended")
    if state is not Active.ACTIVE:
        _keep_an_administrator(session, staff)
        accounts.end_sessions(session, account=staff)
    staff.state = state
    staff.resumed_at = now if state is Active.ACTIVE else staff.resumed_at
    session.add(staff)
    session.flush()
    if state is Active.ENDED:
        vault.erase_subject(session, subject=session.get_one(Subject, staff.subject_id), reason="ended", actor=actor, now=now)
    _changed(session, staff, actor, now, state.value)


def suspend_idle(session: Session, *, site: Site, now: datetime) -> int:
    """Suspend whoever has not signed in for 90 days. Returns how many. An administrator can take them up again.

    Of the administrators the one who was here last stays: otherwise nobody could take anybody up again.
    """
    active = Staff.site_id == site.id, Staff.state == Active.ACTIVE
    since = func.coalesce(Staff.used_at, Staff.created_at)
    people = session.exec(select(Staff).where(*active).order_by(since.desc(), col(Staff.id)).with_for_update()).all()
    keeps = next((person.id for person in people if person.role is Role.ADMINISTRATOR and person.password_hash is not None), None)
    idle = [person for person in people if _last_seen(person) <= now - IDLE_AFTER and person.id != keeps]
    for person in idle:
        accounts.end_sessions(session, account=person)
        person.state = Active.SUSPENDED
        session.add(person)
        session.flush()
        _changed(session, person, system(person.site_id), now, "idle")
    return len(idle)


def _last_seen(staff: Staff) -> datetime:
    return max(moment for moment in (staff.used_at, staff.resumed_at, staff.created_at) if moment is not None)


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
    """Somebody else must be able to sign in as administrator. The rows are locked: two of them may be about to let each other go."""
    if staff.role is not Role.ADMINISTRATOR:
        return
    able = session.exec(
        select(Staff.id)
        .where(
            Staff.site_id == staff.site_id,
            Staff.role == Role.ADMINISTRATOR,
            Staff.state == Active.ACTIVE,
            col(Staff.password_hash).is_not(None),
        )
        .order_by(col(Staff.id))
        .with_for_update()
    ).all()
    if not any(id_ != staff.id for id_ in able):
        raise ConflictError("last_administrator")


def _changed(session: Session, staff: Staff, actor: Actor, now: datetime, how: str) -> None:
    detail = {"how": how, "role": staff.role.value}
    events.record(session, EventType.STAFF_CHANGED, site_id=staff.site_id, now=now, actor=actor, subject_id=staff.subject_id, detail=detail)
