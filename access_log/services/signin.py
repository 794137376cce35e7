"""Sign-in: password, then second factor; a PIN to take over at the guards' desk.

Guessing is slowed in buckets that a stranger cannot fill for the owner: failures from a browser that has signed in before
(a signed device cookie) count for that browser, all others for the network they come from. Unknown accounts cost the same
time and give the same answer.
"""

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, func, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.passwords import dummy_verify, hash_password, needs_rehash, verify_password, verify_pin
from access_log.crypto.ring import KeyKind, KeyRing
from access_log.crypto.suites import mac, mac_holds
from access_log.models import Contact, SignInFailure, Staff
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, EventType, Role, SubjectKind
from access_log.services import accounts, events, vault
from access_log.services.accounts import Account, kind_of

WITHIN = timedelta(minutes=15)
MOST = 5


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where a try comes from: the browser's device cookie (may be empty or forged) and its network address."""

    device: str
    address: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """`account` is None where it did not work; `fault` is then `wrong` or `too_many`."""

    account: Account | None
    fault: str = ""


def find_staff(session: Session, number: str) -> Staff | None:
    """A member of staff by the number on their card."""
    return session.exec(select(Staff).where(Staff.number == number)).one_or_none()


def find_contact(session: Session, ring: KeyRing, *, site_id: int, mail: str) -> Contact | None:
    """A contact by mail address, through the blind index: nothing is opened."""
    found = vault.find_subjects(session, ring, site_id=site_id, kind=IndexKind.MAIL, value=mail, of=SubjectKind.CONTACT)
    ids = [subject.id for subject in found]
    contacts = session.exec(select(Contact).where(col(Contact.subject_id).in_(ids), Contact.state == Active.ACTIVE)).all()
    return contacts[0] if contacts else None


def with_password(
    session: Session, ring: KeyRing, *, account: Account | None, name: str, site_id: int, password: str, attempt: Attempt, now: datetime
) -> SignIn:
    """Check a password. `name` is what was typed, so that unknown accounts have buckets too."""
    bucket = _bucket(ring, account, name, attempt)
    if _failures(session, bucket, now) >= MOST:
        dummy_verify(password)
        return SignIn(None, "too_many")
    ready = account is not None and account.password_hash is not None and accounts.usable(session, account)
    right = verify_password(account.password_hash or "", password) if account and ready else dummy_verify(password)
    if account is None or not right:
        _failed(session, bucket, site_id=site_id, account=account, now=now)
        return SignIn(None, "wrong")
    if needs_rehash(account.password_hash or ""):
        account.password_hash = hash_password(password)
    session.exec(delete(SignInFailure).where(col(SignInFailure.bucket) == bucket))
    account.used_at = now
    session.add(account)
    return SignIn(account)


def present_password(session: Session, ring: KeyRing, account: Account, password: str, attempt: Attempt, now: datetime) -> str:
    """Whether somebody who is signed in knows the account's password: empty, or the fault, `wrong_password` or `too_many`."""
    bucket = _bucket(ring, account, "present-password", attempt)
    if _failures(session, bucket, now) >= MOST:
        return "too_many"
    if verify_password(account.password_hash or "", password):
        return ""
    _failed(session, bucket, site_id=account.site_id, account=account, now=now)
    return "wrong_password"


def stranger_bucket(ring: KeyRing, attempt: Attempt, what: str) -> bytes:
    """Where tries of somebody are counted who has no account: by the network they come from."""
    return _bucket(ring, None, what, attempt)


def note_stranger(session: Session, bucket: bytes, *, site_id: int, now: datetime) -> None:
    """Count one try. What was tried is recorded by whoever asks this."""
    session.exec(delete(SignInFailure).where(col(SignInFailure.at) <= now - WITHIN))
    session.add(SignInFailure(site_id=site_id, bucket=bucket, at=now))
    session.flush()


def code_bucket(ring: KeyRing, account: Account, attempt: Attempt) -> bytes:
    """Where wrong one-time codes are counted: the password was right already, so the account's owner is near."""
    return _bucket(ring, account, "second-factor", attempt)


def too_many(session: Session, bucket: bytes, now: datetime, most: int = MOST) -> bool:
    """Whether a bucket is full for now."""
    return _failures(session, bucket, now) >= most


def note_failure(session: Session, bucket: bytes, *, account: Account, now: datetime) -> None:
    """Count a wrong code or PIN."""
    _failed(session, bucket, site_id=account.site_id, account=account, now=now)


def succeeded(session: Session, *, account: Account, how: str, now: datetime) -> None:
    """Record a complete sign-in; `how` is `full` or `pin`."""
    actor = Actor(kind_of(account), account.id, account.site_id)
    events.record(session, EventType.SIGN_IN_SUCCEEDED, site_id=account.site_id, now=now, actor=actor, detail={"how": how})


def with_pin(session: Session, ring: KeyRing, *, number: str, pin: str, desk: str, site_id: int, now: datetime) -> SignIn:
    """A guard takes over a desk that was opened with both factors. `desk` names that sign-in; the fifth wrong PIN closes this way in."""
    staff = find_staff(session, number)
    _version, key = ring.secret(KeyKind.COOKIE)
    bucket = mac(ring.suite, key, b"pin", desk.encode())
    if _failures(session, bucket, now) >= MOST:
        return SignIn(None, "too_many")
    usable = staff is not None and staff.site_id == site_id and staff.state is Active.ACTIVE and staff.role is Role.GUARD
    right = verify_pin(staff.pin_hash, pin) if staff and usable and staff.pin_hash else dummy_verify(pin)
    if staff is None or not right:
        _failed(session, bucket, site_id=site_id, account=staff, now=now)
        return SignIn(None, "too_many" if _failures(session, bucket, now) >= MOST else "wrong")
    staff.used_at = now
    session.add(staff)
    return SignIn(staff)


def device_cookie(ring: KeyRing, account: Account) -> str:
    """What a browser keeps after a complete sign-in: random bytes, signed for this account."""
    nonce = os.urandom(16)
    _version, key = ring.secret(KeyKind.COOKIE)
    return (nonce + mac(ring.suite, key, *_device(account, nonce))).hex()


def _device(account: Account, nonce: bytes) -> tuple[bytes, ...]:
    return b"device", kind_of(account).value.encode(), str(account.id).encode(), nonce


def _knows(ring: KeyRing, account: Account, device: str) -> bool:
    try:
        data = bytes.fromhex(device)
    except ValueError:
        return False
    _version, key = ring.secret(KeyKind.COOKIE)
    return len(data) == 48 and mac_holds(data[16:], key, *_device(account, data[:16]))


def _bucket(ring: KeyRing, account: Account | None, name: str, attempt: Attempt) -> bytes:
    _version, key = ring.secret(KeyKind.COOKIE)
    who = f"{kind_of(account).value}:{account.id}" if account else f"unknown:{name.casefold()}"
    where = f"device:{attempt.device}" if account and _knows(ring, account, attempt.device) else f"net:{_network(attempt.address)}"
    return mac(ring.suite, key, b"bucket", who.encode("utf-8", "replace"), where.encode())


def _network(address: str) -> str:
    """The /24 or /64 an address belongs to: one household or office, not one of its phones."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{address}/{24 if ip.version == 4 else 64}", strict=False))


def _hold(session: Session, bucket: bytes) -> None:
    """Nobody else looks into the bucket before this transaction has ended. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(bucket[:8], "big", signed=True))))


def _failures(session: Session, bucket: bytes, now: datetime) -> int:
    """How many there were. Of guesses made at the same moment each waits for, and counts, those before it."""
    _hold(session, bucket)
    statement = select(func.count()).select_from(SignInFailure).where(SignInFailure.bucket == bucket, col(SignInFailure.at) > now - WITHIN)
    return session.exec(statement).one()


def _failed(session: Session, bucket: bytes, *, site_id: int, account: Account | None, now: datetime) -> None:
    session.exec(delete(SignInFailure).where(col(SignInFailure.at) <= now - WITHIN))
    session.add(SignInFailure(site_id=site_id, bucket=bucket, at=now))
    actor = Actor(kind_of(account), account.id, account.site_id) if account else None
    events.record(session, EventType.SIGN_IN_REFUSED, site_id=site_id, now=now, actor=actor)
