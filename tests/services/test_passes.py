"""通行码: signed on demand, stored as a digest, one live one a visit."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from access_log.crypto.pass_token import digest, read_pass
from access_log.crypto.ring import KeyRing
from access_log.models import AccessEvent, Pass
from access_log.policy.codes import EventType
from access_log.services import passes
from access_log.services.events import text
from tests import sinks
from tests.cast import Cast, as_contact, as_staff, requested, with_pass
from tests.moments import NOON


def test_a_pass_reads_back_as_what_was_issued_and_says_nothing_of_anybody(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    token = passes.token_of(ring, live)
    assert passes.token_of(ring, live) == token, "the same pass signs to the same digits"
    payload = read_pass(ring.pass_public_keys(), token).payload
    assert payload is not None
    assert (digest(payload), payload.site, payload.serial) == (live.digest, cast.site.id, live.serial)
    assert payload.not_before == visit.window_from.replace(microsecond=0)
    assert payload.not_before + timedelta(minutes=payload.minutes) >= visit.window_until


def test_no_code_is_stored_in_any_form_that_opens_a_door(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    token, short = passes.token_of(ring, live), passes.short_code_of(ring, live)
    kept = sinks.rows(session)
    assert sinks.found_in(kept, token, short) == []
    assert live.digest in kept, "the digest is what stands there"


def test_a_new_pass_kills_the_old_one_at_once(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    old = passes.live_pass(session, visit=visit)
    later = NOON + timedelta(minutes=5)
    new = passes.issue(session, ring, visit=visit, actor=as_contact(cast.lin), now=later)
    assert old is not None
    assert (old.revoked_at, new.revoked_at) == (later, None)
    assert passes.live_pass(session, visit=visit) is new
    assert passes.token_of(ring, old) != passes.token_of(ring, new)
    assert passes.short_code_of(ring, old) != passes.short_code_of(ring, new)


def test_the_database_itself_refuses_two_live_passes_of_a_visit(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    copied = live.model_dump(exclude={"id", "digest", "short_digest"})
    session.add(Pass(**copied, digest=b"another", short_digest=b"another"))
    with pytest.raises(IntegrityError):
        session.flush()


def test_issue_and_revocation_stand_in_the_record_with_the_passs_digest(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    revoked = passes.revoke(session, visit=visit, actor=as_staff(cast.mei), reason="lost", now=NOON)
    assert revoked is not None
    kinds = (EventType.PASS_ISSUED, EventType.PASS_REVOKED)
    noted = session.exec(select(AccessEvent).where(col(AccessEvent.type).in_(kinds)).order_by(col(AccessEvent.id))).all()
    assert [event.detail for event in noted] == [{"pass": text(revoked.digest)}, {"pass": text(revoked.digest), "reason": "lost"}]
    assert passes.revoke(session, visit=visit, actor=as_staff(cast.mei), reason="lost", now=NOON) is None, "there is nothing left to revoke"


def test_a_visit_without_approval_has_no_pass(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast)
    assert passes.live_pass(session, visit=visit) is None


def test_a_pass_for_the_longest_window_fits_into_its_minutes(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast, hours=31 * 24 - 1)
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    payload = read_pass(ring.pass_public_keys(), passes.token_of(ring, live)).payload
    assert payload is not None
    assert payload.not_before + timedelta(minutes=payload.minutes) >= visit.window_until


def test_the_door_opens_the_sites_tolerance_before_the_window(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    cast.site.early_minutes = 45
    assert passes.opens_at(visit, cast.site) == visit.window_from - timedelta(minutes=45)
