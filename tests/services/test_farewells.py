"""Before the address goes a visitor is told, unasked, what is deleted when; the date is not moved for the letter."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import OutboxMessage, SendState, Template, VaultItem, Visit
from access_log.policy.codes import Item, VisitState
from access_log.sending import send_due
from access_log.services import farewells, letters
from access_log.services.farewells import AHEAD
from access_log.services.outbox import RETRIES
from access_log.settings import Settings
from access_log.sweeping import sweep
from tests.cast import Cast, make_cast, with_pass
from tests.mail.servers import Taker
from tests.moments import NOON
from tests.services.test_checks import at_the_door, attest
from tests.services.test_scans import scan

LEFT = NOON + timedelta(hours=2)
GONE = LEFT + timedelta(hours=24)
SECOND = timedelta(seconds=1)


@pytest.fixture
def left(session: Session, ring: KeyRing, cast: Cast) -> Visit:
    """Wei was admitted and left at two."""
    visit = at_the_door(session, ring, cast)
    attest(session, ring, cast, visit)
    session.flush()
    scan(session, ring, cast, visit, nonce="out", minutes=120)
    session.refresh(visit)
    return visit


def queued(session: Session) -> Sequence[OutboxMessage]:
    found = select(OutboxMessage).where(OutboxMessage.template == Template.FAREWELL)
    return session.exec(found.order_by("id")).all()


def tell(session: Session, cast: Cast, now: datetime) -> int:
    return farewells.queue_due(session, site=cast.site, now=now)


@pytest.mark.clause("4.4.b")
def test_one_letter_is_queued_six_hours_before_the_address_goes(session: Session, cast: Cast, left: Visit) -> None:
    assert tell(session, cast, GONE - AHEAD - SECOND) == 0
    assert tell(session, cast, GONE - AHEAD) == 1
    assert tell(session, cast, GONE - AHEAD + SECOND) == 0, "told once"
    (message,) = queued(session)
    assert (message.visit_id, message.subject_id, message.language) == (left.id, left.subject_id, left.language)


def test_the_letter_may_be_refused_as_often_as_any_before_its_address_is_gone() -> None:
    assert sum(RETRIES, timedelta()) < AHEAD


def test_what_is_due_already_goes_without_a_letter(session: Session, cast: Cast, left: Visit) -> None:
    assert tell(session, cast, GONE) == 0
    assert queued(session) == []


def test_whoever_left_no_address_is_not_written_to(session: Session, cast: Cast, left: Visit) -> None:
    item = session.get_one(VaultItem, (left.subject_id, Item.CONTACT))
    session.delete(item)
    session.flush()
    assert tell(session, cast, GONE - SECOND) == 0


def test_who_has_come_back_meanwhile_is_told_when_they_have_left_again(session: Session, cast: Cast, left: Visit) -> None:
    tell(session, cast, GONE - AHEAD)
    (message,) = queued(session)
    left.state = VisitState.ADMITTED
    assert letters.overtaken(session, message, now=GONE - AHEAD)
    message.state, message.error = SendState.DROPPED, farewells.OVERTAKEN
    left.state = VisitState.EXITED
    session.add_all([message, left])
    session.flush()
    assert tell(session, cast, GONE - SECOND) == 1


def test_who_never_came_is_told_before_their_address_goes_a_day_after_the_window(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    visit.state = VisitState.NO_SHOW
    session.add(visit)
    session.flush()
    gone = visit.window_until + timedelta(hours=24)
    assert tell(session, cast, gone - AHEAD - SECOND) == 0
    assert tell(session, cast, gone - AHEAD) == 1


@pytest.mark.parametrize("sent", [True, False])
def test_the_address_goes_on_its_day_whether_the_letter_was_sent_or_not(engine: Engine, ring: KeyRing, tmp_path: Path, sent: bool) -> None:
    settings = Settings(data_dir=tmp_path, public_url="https://testserver", _env_file=None)  # type: ignore[call-arg]
    with transaction(engine) as session:
        (visit,) = with_pass(session, ring, make_cast(session, ring))
        visit.state = VisitState.NO_SHOW
        gone, subject = visit.window_until + timedelta(hours=24), visit.subject_id
        session.add(visit)
        for message in session.exec(select(OutboxMessage)).all():
            session.delete(message)
    post = Taker([])
    assert sweep(engine, lambda: gone - SECOND) == 1
    if sent:
        send_due(engine, ring, settings, post, lambda: gone - SECOND)
    sweep(engine, lambda: gone)
    with transaction(engine) as session:
        assert session.get(VaultItem, (subject, Item.CONTACT)) is None
        assert session.get(VaultItem, (subject, Item.NAME)) is not None
    send_due(engine, ring, settings, post, lambda: gone)
    assert [letter.body.count("2026-12-01") for letter in post.letters] == ([1] if sent else []), "the day of the name, a week later"
    with transaction(engine) as session:
        (message,) = queued(session)
        assert message.state is (SendState.SENT if sent else SendState.DROPPED)
        row = " ".join(map(str, message.model_dump().values()))
    assert "魏伟明" not in row
    assert "@" not in row
