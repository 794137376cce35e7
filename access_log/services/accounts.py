"""Accounts of contacts and staff: invitation, password, second factor, PIN. Who may do what is decided elsewhere."""

import hmac
import unicodedata
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, delete, select

from access_log.crypto.codes import link_token
from access_log.crypto.passwords import hash_password, hash_pin, password_problem, pin_problem
from access_log.crypto.ring import KeyKind, KeyRing
from access_log.crypto.suites import mac
from access_log.crypto.totp import matching_step
from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import Contact, Customer, OutboxMessage, Staff, Template, WebSession
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, ActorKind, EventType
from access_log.services import events, identity, vault

INVITED_FOR = timedelta(days=7)

Account = Contact | Staff


def kind_of(account: Account) -> ActorKind:
    """What an account acts as."""
    return ActorKind.STAFF if isinstance(account, Staff) else ActorKind.CONTACT


def get(session: Session, kind: ActorKind, id_: int) -> Account | None:
    """The account an actor stands for."""
    return session.get(Staff, id_) if kind is ActorKind.STAFF else session.get(Contact, id_)


def usable(session: Session, account: Account) -> bool:
    """Whether the account may sign in: its own state, and for a contact that its company is still a customer."""
    if account.state is not Active.ACTIVE:
        return False
    return isinstance(account, Staff) or session.get_one(Customer, account.customer_id).state is not Active.ENDED


def needs_second_factor(account: Account) -> bool:
    """Every staff role, and every contact who may approve."""
    return isinstance(account, Staff) or account.may_approve or account.totp_on


def invite(session: Session, *, account: Account, now: datetime) -> None:
    """Send the link with which the person sets their password; an older link is dead."""
    account.invite_generation += 1
    account.invited_at = now
    session.add(account)
    message = OutboxMessage(
        site_id=account.site_id,
        template=Template.ACCOUNT,
        subject_id=account.subject_id,
        language=account.language,
        due_at=now,
        created_at=now,
    )
    session.add(message)
    session.flush()


def invitation_of(ring: KeyRing, account: Account) -> str:
    """The last part of the invitation's link: which account, and a token derived from the ring. Stored nowhere."""
    return f"{account.subject_id.hex}-{link_token(ring, 'account', account.subject_id, account.invite_generation)}"


def invited(session: Session, ring: KeyRing, *, model: type[Staff] | type[Contact], text: str, now: datetime) -> Account:
    """The account an invitation belongs to. Raises NotFoundError: unknown, used, replaced or older than seven days."""
    try:
        subject_id = UUID(hex=text[:32])
    except ValueError:
        raise NotFoundError from None
    account = _by_subject(session, model, subject_id)
    if account is None or not usable(session, account) or account.invited_at is None:
        raise NotFoundError
    right = hmac.compare_digest(text.encode("utf-8", "replace"), invitation_of(ring, account).encode())
    if not right or now - account.invited_at > INVITED_FOR:
        raise NotFoundError
    return account


def _by_subject(session: Session, model: type[Staff] | type[Contact], subject_id: UUID) -> Account | None:
    if model is Staff:
        return session.exec(select(Staff).where(Staff.subject_id == subject_id)).one_or_none()
    return session.exec(select(Contact).where(Contact.subject_id == subject_id)).one_or_none()


def accept(session: Session, *, account: Account, password: str) -> None:
    """Set the password an invitation asked for. The invitation, the second factor and all sessions from before are void.

    Raises RefusedInputError("password", code).
    """
    problem = password_problem(password)
    if problem is not None:
        raise RefusedInputError("password", problem)
    account.password_hash = hash_password(password)
    account.invited_at = None
    account.invite_generation += 1
    account.totp_on, account.totp_step = False, 0
    session.add(account)
    vault.forget_secret(session, subject_id=account.subject_id)
    end_sessions(session, account=account)


def start_over(session: Session, *, account: Account, now: datetime) -> None:
    """Phone lost, password lost: password, second factor, PIN and sessions are void at once, and a new invitation is the only way in."""
    account.password_hash = None
    account.totp_on, account.totp_step = False, 0
    if isinstance(account, Staff):
        account.pin_hash = None
    session.add(account)
    vault.forget_secret(session, subject_id=account.subject_id)
    end_sessions(session, account=account)
    invite(session, account=account, now=now)


def change_password(session: Session, *, account: Account, password: str, keep: WebSession | None, now: datetime) -> None:
    """A new password in place of the present one; every session but `keep` ends. Raises RefusedInputError("password", code)."""
    problem = password_problem(password)
    if problem is not None:
        raise RefusedInputError("password", problem)
    account.password_hash = hash_password(password)
    session.add(account)
    others = delete(WebSession).where(col(WebSession.actor_kind) == kind_of(account), col(WebSession.actor_id) == account.id)
    session.exec(others if keep is None else others.where(col(WebSession.digest) != keep.digest))
    events.record(
        session,
        EventType.CONTACT_CHANGED if isinstance(account, Contact) else EventType.STAFF_CHANGED,
        site_id=account.site_id,
        now=now,
        actor=Actor(kind_of(account), account.id, account.site_id),
        subject_id=account.subject_id,
        customer_id=account.customer_id if isinstance(account, Contact) else None,
        detail={"how": "password"},
    )


def end_sessions(session: Session, *, account: Account) -> None:
    """Sign the person out everywhere."""
    session.exec(delete(WebSession).where(col(WebSession.actor_kind) == kind_of(account), col(WebSession.actor_id) == account.id))


def begin_second_factor(session: Session, ring: KeyRing, *, account: Account, secret: bytes) -> None:
    """Keep a new secret, not yet in force."""
    vault.keep_secret(session, ring, subject_id=account.subject_id, site_id=account.site_id, secret=secret)


def offered_secret(ring: KeyRing, *, session_digest: bytes) -> bytes:
    """The secret that a signed-in session is offered as its second factor. Derived: showing it stores nothing, no other session sees it."""
    _version, key = ring.secret(KeyKind.COOKIE)
    return mac(ring.suite, key, b"second-factor", session_digest)[:20]


def turn_on_second_factor(session: Session, ring: KeyRing, *, account: Account, secret: bytes, code: str, now: datetime) -> bool:
    """Put a secret in force with the first code that an app makes of it. False where it is no such code."""
    step = matching_step(secret, _typed(code), now)
    if step is None:
        return False
    begin_second_factor(session, ring, account=account, secret=secret)
    account.totp_on, account.totp_step = True, step
    session.add(account)
    session.flush()
    return True


def _typed(code: str) -> str:
    return unicodedata.normalize("NFKC", code).replace(" ", "")  # full-width digits of a Chinese input method


def check_code(session: Session, ring: KeyRing, *, account: Account, code: str, now: datetime) -> bool:
    """Whether a typed one-time code is right. Each works once."""
    secret = identity.second_factor(session, ring, subject_id=account.subject_id)
    step = matching_step(secret, _typed(code), now) if secret else None
    if step is None or step <= account.totp_step:
        return False
    account.totp_step = step
    session.add(account)
    session.flush()
    return True


def set_pin(session: Session, *, staff: Staff, pin: str) -> None:
    """The six digits with which a guard takes over at the desk. Raises RefusedInputError("pin", code)."""
    problem = pin_problem(pin)
    if problem is not None:
        raise RefusedInputError("pin", problem)
    staff.pin_hash = hash_pin(pin)
    session.add(staff)
