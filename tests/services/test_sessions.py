"""Sessions: the cookie is worth nothing in the database, they end by themselves, and a guards' desk locks instead."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from access_log.models import Contact, Staff, WebSession
from access_log.policy.codes import ActorKind
from access_log.services import sessions
from tests import sinks
from tests.cast import Cast, with_pass
from tests.moments import NOON


def opened(session: Session, person: Staff | Contact, face: str, *, full: bool = True) -> tuple[WebSession, str]:
    kind = ActorKind.STAFF if isinstance(person, Staff) else ActorKind.CONTACT
    return sessions.open_session(
        session, site_id=person.site_id, face=face, kind=kind, actor_id=person.id or 0, now=NOON, second_factor_at=NOON if full else None
    )  # fmt: skip


def found(session: Session, token: str, face: str, at: datetime = NOON, *, used: bool = True) -> WebSession | None:
    return sessions.find_session(session, face=face, token=token, now=at, used=used)


def test_a_session_is_found_by_its_token_on_its_own_face_only(session: Session, cast: Cast) -> None:
    row, token = opened(session, cast.lin, "portal")
    assert found(session, token, "portal") is row
    assert found(session, token, "console") is None
    for wrong in ("", token[:-1], token.swapcase(), "\ud800"):
        assert found(session, wrong, "portal") is None


def test_what_is_stored_signs_nobody_in(session: Session, cast: Cast) -> None:
    _row, token = opened(session, cast.lin, "portal")
    (stored,) = session.exec(select(WebSession.digest)).all()
    assert token.encode() not in sinks.rows(session)
    assert found(session, stored.hex(), "portal") is None


@pytest.mark.parametrize(("face", "minutes"), [("portal", 60), ("console", 30)])
@pytest.mark.clause("4.2.b")
def test_a_session_nobody_uses_ends(session: Session, cast: Cast, face: str, minutes: int) -> None:
    _row, token = opened(session, cast.rui if face == "console" else cast.lin, face)
    assert found(session, token, face, NOON + timedelta(minutes=minutes), used=False) is not None
    assert found(session, token, face, NOON + timedelta(minutes=minutes, seconds=1), used=False) is None


def test_use_keeps_a_session_alive_until_its_longest(session: Session, cast: Cast) -> None:
    _row, token = opened(session, cast.lin, "portal")
    for hours in range(1, 24):
        assert found(session, token, "portal", NOON + timedelta(hours=hours)) is not None
    assert found(session, token, "portal", NOON + timedelta(hours=24)) is None


def test_a_page_that_refreshes_itself_is_no_use(session: Session, cast: Cast) -> None:
    _row, token = opened(session, cast.lin, "portal")
    for minutes in range(5, 61, 5):
        assert found(session, token, "portal", NOON + timedelta(minutes=minutes), used=False) is not None
    assert found(session, token, "portal", NOON + timedelta(minutes=61), used=False) is None


def test_a_guards_desk_locks_after_ten_minutes_and_keeps_its_shift(session: Session, cast: Cast) -> None:
    row, token = opened(session, cast.mei, "console")
    assert found(session, token, "console", NOON + timedelta(minutes=10), used=False) is row
    assert row.locked_at is None
    locked = NOON + timedelta(minutes=11)
    assert found(session, token, "console", locked) is row
    assert row.locked_at == locked
    assert found(session, token, "console", NOON + timedelta(hours=11)) is row, "locked, but the same desk"
    assert row.seen_at == NOON, "a locked desk is used by nobody"
    assert found(session, token, "console", NOON + timedelta(hours=12, seconds=1)) is None


def test_before_the_second_factor_a_guards_session_is_like_any_other(session: Session, cast: Cast) -> None:
    _row, token = opened(session, cast.mei, "console", full=False)
    assert found(session, token, "console", NOON + timedelta(minutes=31)) is None


def test_signing_out_ends_this_session_and_no_other(session: Session, cast: Cast) -> None:
    (row, token), (_other, other_token) = opened(session, cast.lin, "portal"), opened(session, cast.lin, "portal")
    sessions.close_session(session, row)
    assert found(session, token, "portal") is None
    assert found(session, other_token, "portal") is not None


def test_what_has_expired_is_swept_away(session: Session, cast: Cast) -> None:
    opened(session, cast.lin, "portal")
    opened(session, cast.mei, "console")
    sessions.forget_expired(session, now=NOON + timedelta(hours=13))
    assert [row.face for row in session.exec(select(WebSession)).all()] == ["portal"]


def test_two_sessions_share_neither_token_nor_forms_secret(session: Session, cast: Cast) -> None:
    (one, token), (two, other) = opened(session, cast.lin, "portal"), opened(session, cast.lin, "portal")
    assert len({token, other, one.csrf, two.csrf}) == 4
    assert min(map(len, (token, other, one.csrf))) >= 43, "256 bits"


def test_a_new_link_closes_what_the_old_one_had_opened(session: Session, ring, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    one, two = with_pass(session, ring, cast, cast.wei, cast.ana)
    tokens = [
        sessions.open_session(session, site_id=1, face="visitor", kind=ActorKind.VISITOR, actor_id=0, now=NOON, visit_id=str(visit.id))[1]
        for visit in (one, two)
    ]
    sessions.close_sessions_of_visit(session, one.id)
    assert [found(session, token, "visitor") is None for token in tokens] == [True, False]
