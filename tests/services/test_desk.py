"""What the desk shows: the right people in the right column, masked, and names only by a recorded search."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from access_log.crypto.codes import group_code
from access_log.crypto.ring import KeyRing
from access_log.models import AccessEvent, Subject
from access_log.policy.codes import ActorKind, EventType, HowKnown, ManualReason, Outcome, RevealPurpose, VisitState
from access_log.services import badges, by_hand, calls, desk, happened, passes, vault
from access_log.services.by_hand import Written
from access_log.services.desk import Desk
from tests.cast import Cast, as_staff, requested, with_pass
from tests.moments import NOON
from tests.services.test_checks import SOON, at_the_door, attest


def look(session: Session, ring: KeyRing, cast: Cast, *, hours: float = 0) -> Desk:
    now = SOON + timedelta(hours=hours)
    cast.kiosk.seen_at = now
    session.add(cast.kiosk)
    session.flush()
    return desk.look(session, ring, site=cast.site, now=now)


def by_staff(session: Session) -> list[AccessEvent]:
    """What people of the operator did, but for the approval of a request."""
    done = session.exec(select(AccessEvent).where(AccessEvent.actor_kind == ActorKind.STAFF)).all()
    return [event for event in done if event.type not in (EventType.VISIT_APPROVED, EventType.PASS_ISSUED)]


def test_a_visit_moves_from_expected_to_waiting_to_inside(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    with_pass(session, ring, cast, cast.ana)
    shown = look(session, ring, cast)
    assert [row.number for row in shown.waiting] == ["1001-1"]
    assert [row.number for row in shown.expected] == ["1002-1"]
    attest(session, ring, cast, visit)
    shown = look(session, ring, cast)
    assert (shown.waiting, [row.number for row in shown.inside]) == ([], ["1001-1"])
    (inside,) = shown.inside
    assert (inside.inside, inside.entered_at, inside.entered_known) == (cast.hall, SOON, HowKnown.SCAN)
    assert (inside.customer, inside.door, inside.areas, inside.late) == ("云帆网络", cast.door, (cast.hall,), None)
    assert shown.needs_you == 0


def test_names_are_masked_and_gone_once_erased(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    (waiting,) = look(session, ring, cast).waiting
    assert waiting.name.startswith("魏")
    assert "伟" not in waiting.name
    subject = session.get_one(Subject, visit.subject_id)
    vault.erase_subject(session, subject=subject, reason="test", actor=as_staff(cast.pang), now=SOON)
    assert look(session, ring, cast).waiting[0].name == ""


def test_looking_at_the_desk_reveals_nobody(session: Session, ring: KeyRing, cast: Cast) -> None:
    at_the_door(session, ring, cast)
    look(session, ring, cast)
    assert by_staff(session) == []


def test_an_overstay_stays_until_a_human_ends_it(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    attest(session, ring, cast, visit)
    assert look(session, ring, cast, hours=8.4).overstays == []
    (late,) = look(session, ring, cast, hours=72).overstays
    assert late.late == SOON + timedelta(hours=72) - visit.window_until
    by_hand.leave(session, visit=visit, written=Written(ManualReason.NOT_FOUND, HowKnown.UNKNOWN, SOON), guard=as_staff(cast.mei), now=SOON)
    assert look(session, ring, cast, hours=72).overstays == []


def test_expected_is_today_in_the_sites_zone_approved_or_not(session: Session, ring: KeyRing, cast: Cast) -> None:
    (today,) = with_pass(session, ring, cast)
    (asked,) = requested(session, ring, cast, cast.ana)
    (tomorrow,) = with_pass(session, ring, cast, cast.ana, hours=6)
    (cancelled,) = with_pass(session, ring, cast, cast.wei, hours=5)
    tomorrow.window_from = NOON + timedelta(hours=12)  # midnight in Shanghai
    tomorrow.window_until = NOON + timedelta(hours=16)
    cancelled.state = VisitState.CANCELLED
    session.flush()
    assert {row.visit_id for row in look(session, ring, cast).expected} == {today.id, asked.id}


def test_calls_silent_kiosks_and_badges_need_somebody(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    attest(session, ring, cast, visit)
    by_hand.leave(
        session, visit=visit, written=Written(ManualReason.FORGOT_TO_SCAN, HowKnown.GUARD_SAW, SOON), guard=as_staff(cast.mei), now=SOON
    )
    call = calls.call(session, kiosk=cast.kiosk, nonce="c", visit_id=visit.id, outcome=Outcome.EXPIRED, now=SOON)
    cast.kiosk.seen_at = SOON - timedelta(seconds=61)
    session.flush()
    shown = desk.look(session, ring, site=cast.site, now=SOON)
    assert [(ringing.id, ringing.row and ringing.row.number) for ringing in shown.calls] == [(call.id, "1001-1")]
    assert [row.visit.badge for row in shown.badges] == ["V07"]
    assert [silent.kiosk.code for silent in shown.silent] == ["K1"]
    assert shown.needs_you == 3
    calls.answer(session, call_id=call.id or 0, guard=as_staff(cast.mei), now=SOON)
    badges.take_back(session, visit=visit, guard=as_staff(cast.mei), now=SOON)
    assert look(session, ring, cast).needs_you == 0


def test_a_pass_is_found_by_its_numbers_without_opening_a_name(session: Session, ring: KeyRing, cast: Cast) -> None:
    first, second = with_pass(session, ring, cast, cast.wei, cast.ana)
    live = passes.live_pass(session, visit=second)
    assert live is not None
    site = cast.site.id or 0
    by_order = desk.find(session, ring, wanted="1001", site_id=site)
    assert [row.visit_id for row in by_order] == [first.id, second.id]
    assert [row.visit_id for row in desk.find(session, ring, wanted=" 1001-2 ", site_id=site)] == [second.id]
    code = group_code(passes.short_code_of(ring, live))
    assert [row.visit_id for row in desk.find(session, ring, wanted=code.lower(), site_id=site)] == [second.id]
    assert not [event for event in session.exec(select(AccessEvent)).all() if event.type is EventType.IDENTITY_SEARCHED]


@pytest.mark.parametrize("wanted", ["", "9999", "1001-9", "1001-" + "9" * 30, "1" * 40, "１００１", "魏", "AAAAAAAAAA", "--", "1001-x"])
def test_what_is_nobodys_number_finds_nobody(session: Session, ring: KeyRing, cast: Cast, wanted: str) -> None:
    with_pass(session, ring, cast)
    assert desk.find(session, ring, wanted=wanted, site_id=cast.site.id or 0) == []


def test_a_revoked_passs_code_finds_nobody(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    code = passes.short_code_of(ring, live)
    passes.revoke(session, visit=visit, actor=as_staff(cast.mei), reason="lost", now=NOON)
    assert desk.find(session, ring, wanted=code, site_id=cast.site.id or 0) == []


def test_a_search_by_name_is_recorded_and_shows_its_hits_only(session: Session, ring: KeyRing, cast: Cast) -> None:
    at_the_door(session, ring, cast)
    (ana,) = with_pass(session, ring, cast, cast.ana)
    hits = desk.search(session, ring, wanted="ñúÑE", site=cast.site, guard=as_staff(cast.mei), now=SOON)
    assert hits == {ana.id: "Ana Lucía Ñúñez"}
    events = by_staff(session)
    assert [(event.type, event.subject_id) for event in events] == [
        (EventType.IDENTITY_SEARCHED, None),
        (EventType.IDENTITY_REVEALED, ana.subject_id),
    ]
    assert events[1].detail["purpose"] == RevealPurpose.SEARCH


def test_recent_events_are_the_doors_newest_first_and_masked(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    attest(session, ring, cast, visit)
    told = happened.recent(session, ring, site_id=cast.site.id or 0)
    assert [one.type for one in told] == [EventType.ENTRY_GRANTED, EventType.BADGE_HANDED_OUT, EventType.ARRIVAL_RECORDED]
    assert {(one.number, one.customer) for one in told} == {("1001-1", "云帆网络")}
    assert {one.who for one in told} == {"1001", ""}
    assert all("伟" not in one.name for one in told)


def test_pages_of_events_go_on_where_the_last_one_ended(session: Session, ring: KeyRing, cast: Cast) -> None:
    for number in range(60):
        calls.call(session, kiosk=cast.kiosk, nonce=f"c{number}", visit_id=None, outcome=None, now=NOON + timedelta(seconds=number))
    seen: list[int] = []
    before: int | None = None
    while True:
        page = happened.listed(session, ring, site=cast.site, group="door", before=before)
        seen += [one.id for one in page.rows]
        before = page.older
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 60
    assert seen == sorted(seen, reverse=True)


def test_a_days_events_are_the_local_days(session: Session, ring: KeyRing, cast: Cast) -> None:
    just_before = NOON.replace(hour=15, minute=59)  # 23:59 in Shanghai
    for number, at in enumerate((just_before, just_before + timedelta(minutes=1))):
        calls.call(session, kiosk=cast.kiosk, nonce=f"c{number}", visit_id=None, outcome=None, now=at)
    today, tomorrow = just_before.date(), just_before.date() + timedelta(days=1)
    assert [len(happened.listed(session, ring, site=cast.site, group="door", day=day).rows) for day in (today, tomorrow)] == [1, 1]


def test_every_event_type_is_in_exactly_one_group() -> None:
    grouped = [kind for kinds in happened.GROUPS.values() for kind in kinds]
    missing = set(EventType) - set(grouped)
    assert len(grouped) == len(set(grouped))
    assert missing == {EventType.SCAN_REPEATED}, "a repeated scan is no event of its own for people"
