"""What kiosks saw and what checks came to is never taken back, by whatever statement: the database itself refuses."""

from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from access_log.crypto.checkpoint import LogKeys, Note, cosign
from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import ConflictError
from access_log.models import Kiosk, RecordVerification, RecordWitness
from access_log.sealing import seal_all
from access_log.services import verifications, witnesses
from access_log.services.record_check import Result
from tests.cast import Cast, make_cast
from tests.moments import NOON

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(letter * 32) for letter in (b"k", b"o"))
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def cast(engine: Engine, ring: KeyRing) -> Cast:
    """A sealed record, a kiosk that has signed its head, a finished check and one under way."""
    with transaction(engine) as session:
        made = make_cast(session, ring)
        made.kiosk.enrolled_at = NOON - timedelta(days=1)
        session.add(made.kiosk)
    seal_all(engine, ring, NOON)
    with transaction(engine) as session:
        sign(session, ring)
        verifications.finish(session, check_id=verifications.claim(session, now=NOON) or 0, result=Result(size=7), now=NOON)
        session.add(RecordVerification(asked_at=NOON))
    return made


def sign(session: Session, ring: KeyRing, key: Ed25519PrivateKey = KEY, *, size: int = 7, now: datetime = LATER) -> None:
    """The kiosk cosigns a head of ours."""
    keys, kiosk = LogKeys.of(ring), session.get_one(Kiosk, 1)
    note = keys.sign(size=size, root=bytes(32), now=NOON)
    line = cosign(key, witnesses.name_of(keys, kiosk), note.text, NOON)
    said = str(Note(note.text, (*note.lines, line)))
    witnesses.cosigned(session, keys, kiosk=kiosk, key=key.public_key().public_bytes_raw(), text=said, now=now)
    session.flush()


def carried_out(engine: Engine, statement: str) -> int:
    """So many rows a statement changed. Nothing of it stays."""
    with transaction(engine) as session:
        changed = session.connection().execute(text(statement), {"other": b"o" * 32, "later": LATER.replace(tzinfo=None)}).rowcount
        session.rollback()
    return changed


def answer(engine: Engine, statement: str) -> str:
    try:
        return f"changed {carried_out(engine, statement)}"
    except DBAPIError as error:
        return REFUSED if REFUSED in str(error) else str(error)


REFUSED = "the record only grows"
NEVER = (
    "update record_cosignature set note = ''",
    "update record_cosignature set size = 0",
    "delete from record_cosignature",
    "update record_verification set finding_count = 0 where finished_at is not null",
    "update record_verification set finished_at = null where finished_at is not null",
    "update record_verification set asked_at = :later where finished_at is null",
    "update record_verification set asked_by = 1 where finished_at is null",
    "update record_verification set id = 99 where finished_at is null",
    "delete from record_verification",
    "delete from record_verification where finished_at is null",
    "update record_witness set size = size - 1",
    "update record_witness set public_key = :other",
    "update record_witness set since = :later, size = 0",
    "update record_witness set kiosk_id = 2",
    "delete from record_witness",
)


@pytest.mark.usefixtures("cast")
def test_what_was_witnessed_and_checked_stays(engine: Engine) -> None:
    tables = ("record_cosignature", "record_verification", "record_witness")
    emptied = () if engine.dialect.name == "sqlite" else tuple(f"truncate {table} cascade" for table in tables)
    assert {statement: answer(engine, statement) for statement in (*NEVER, *emptied)} == dict.fromkeys((*NEVER, *emptied), REFUSED)


GOES_ON = (
    "update record_verification set done = 4, total = 9, leased_until = :later where finished_at is null",
    "update record_verification set finished_at = :later, size = 9 where finished_at is null",
    "update record_witness set size = size + 1, seen_at = :later",
    "update record_witness set disputed = 'rewritten', disputed_at = :later",
)


@pytest.mark.usefixtures("cast")
def test_checks_and_witnesses_go_on(engine: Engine) -> None:
    """The negative control: the triggers let pass what the services do."""
    assert [carried_out(engine, statement) for statement in GOES_ON] == [1, 1, 1, 1]


def test_a_kiosk_goes_on_with_its_key_from_where_it_was(engine: Engine, ring: KeyRing, cast: Cast) -> None:
    del cast
    for key, size, fault in ((OTHER, 9, "another_key"), (KEY, 6, "older_head")):
        with transaction(engine) as session:
            with pytest.raises(ConflictError, match=fault):
                sign(session, ring, key, size=size)
            session.rollback()
    with transaction(engine) as session:
        sign(session, ring, size=8)
        assert session.get_one(RecordWitness, 1).size == 8


def test_enrolled_anew_it_begins_anew(engine: Engine, ring: KeyRing, cast: Cast) -> None:
    with transaction(engine) as session:
        kiosk = session.get_one(Kiosk, cast.kiosk.id)
        kiosk.enrolled_at = LATER + timedelta(minutes=1)
        session.add(kiosk)
    with transaction(engine) as session:
        sign(session, ring, OTHER, size=3, now=LATER + timedelta(minutes=2))
        witness = session.get_one(RecordWitness, 1)
        assert (witness.size, witness.public_key) == (3, OTHER.public_key().public_bytes_raw())


def test_a_kiosk_that_disputed_before_it_ever_signed_may_sign_later(engine: Engine, ring: KeyRing) -> None:
    with transaction(engine) as session:
        kiosk = make_cast(session, ring).kiosk
        witnesses.disputed(session, kiosk=kiosk, fault="unreadable", now=NOON)
    with transaction(engine) as session:
        sign(session, ring)
        witness = session.get_one(RecordWitness, 1)
        assert (witness.size, witness.disputed, witness.public_key) == (7, "", KEY.public_key().public_bytes_raw())
