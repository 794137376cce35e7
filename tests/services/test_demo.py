"""The demo is made by the services of a real site, on either database, and only once."""

from datetime import timedelta

from sqlmodel import Session, func, select

from access_log import demo
from access_log.crypto.ring import KeyRing
from access_log.models import Presence, Visit
from access_log.policy.codes import VisitState
from tests.moments import NOON


def test_the_demo_site_has_a_past_and_somebody_inside(session: Session, ring: KeyRing) -> None:
    assert not demo.is_loaded(session)
    code = demo.load(session, ring, NOON)
    session.commit()
    assert demo.is_loaded(session)
    assert len(code) == 10
    states = dict(session.exec(select(Visit.state, func.count()).group_by(Visit.state)).all())
    assert states[VisitState.EXITED] > 20
    assert states[VisitState.NO_SHOW] > 0
    assert states[VisitState.ADMITTED] == 1
    inside = session.exec(select(Presence).where(Presence.left_at == None)).one()  # noqa: E711  # SQL, not Python
    assert NOON - timedelta(hours=3) < inside.entered_at < NOON
