"""Policy versions: kept byte for byte, in force when people were told, and every visit keeps what its visitor was promised."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError, PolicyAlteredError
from access_log.models import AccessEvent, Effect, Notice, OutboxMessage, PolicyVersion, Site, Template, Visit
from access_log.policy.codes import EventType, Outcome, VisitState
from access_log.policy.file.building import default_bytes, default_policy
from access_log.policy.file.problems import PolicyFileError
from access_log.policy.lint.findings import Defect, DefectiveNoticeError
from access_log.policy.told.notice_text import UnknownPlaceError
from access_log.services import change_notices, notices, policies, policy_publishing, receipts
from access_log.services.policy_publishing import publish_default, take_effect
from tests.cast import Cast, as_contact, as_staff, with_pass
from tests.moments import NOON
from tests.notice_texts import both
from tests.policy.file.edited import edited, within
from tests.services.test_scans import scan

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def file(version: str, *changes: tuple[str, str, str], supersedes: str = "") -> bytes:
    """The default file as another version: each change is (after, old, new)."""
    data = within(edited(), "policy:", "version: default-1", f"version: {version}")
    for after, old, new in changes:
        data = within(data, after, old, new)
    return within(data, "policy:", 'supersedes: ""', f'supersedes: "{supersedes}"')


LONGER = ("\n  reach:", "need: PT24H", "need: P3D")
SHORTER = ("\n  reach:", "need: PT24H", "need: PT1H")


def publish(session: Session, cast: Cast, body: bytes, now: datetime = NOON, templates: dict[str, str] | None = None) -> PolicyVersion:
    return policy_publishing.publish(session, site=cast.site, body=body, templates=templates, actor=as_staff(cast.pang), now=now)


@pytest.fixture
def begun(session: Session, cast: Cast) -> Cast:
    """A site as set-up leaves it."""
    publish_default(session, site=cast.site, now=NOON - DAY)
    return cast


def read_notice(session: Session, cast: Cast, visit: Visit, now: datetime = NOON) -> None:
    visit.notice_read_at, visit.notice_version = None, None
    notices.acknowledge(session, visit=visit, language="en", where="home", actor=as_contact(cast.lin), now=now)


def reach_until(session: Session, visit: Visit) -> datetime:
    return next(row.until for row in receipts.held(session, visit) if row.what == "contact")


def test_a_site_without_a_version_runs_by_the_one_that_ships(session: Session, cast: Cast) -> None:
    assert policies.in_force(session, cast.site) == default_policy()
    cast.site.retention_months = 13
    assert policies.in_force(session, cast.site).profiles == ("annual_audit",)


@pytest.mark.clause("0.1")
def test_the_bytes_are_kept_as_they_were_given_and_nobody_publishes_them_twice(session: Session, begun: Cast) -> None:
    row = policies.version_of(session, version="default-1", site_id=begun.site.id or 0)
    assert (row.body, row.sha256) == (default_bytes(), hashlib.sha256(default_bytes()).digest())
    with pytest.raises(ConflictError, match="version_exists"):
        publish(session, begun, default_bytes())
    with pytest.raises(NotFoundError):
        policies.version_of(session, version="2026-12", site_id=begun.site.id or 0)


def test_the_notice_says_what_the_policy_says(session: Session, begun: Cast) -> None:
    publish(session, begun, file("2026-12", ("\n  document:", "need: P30D", "need: P14D")))
    for language, said in (("zh-CN", "离开后 14 天"), ("en", "14 days after the visit")):
        notice = notices.current(session, site_id=begun.site.id or 0, language=language)
        assert notice.version == "2026-12"
        assert said in notice.body
        assert "{{" not in notice.body
        assert notice.sha256 == hashlib.sha256(notice.body.encode()).digest()


@pytest.mark.clause("0.1")
def test_every_visit_leads_to_the_bytes_its_visitor_was_shown(session: Session, ring: KeyRing, begun: Cast) -> None:
    (visit,) = with_pass(session, ring, begun)
    read_notice(session, begun, visit)
    found = session.exec(
        select(PolicyVersion).join(Notice, Notice.policy_id == PolicyVersion.id).where(Notice.version == visit.notice_version)  # type: ignore[arg-type]
    ).all()
    assert {row.version for row in found} == {"default-1"}
    publish(session, begun, file("2026-12", SHORTER))
    assert policies.told_of(session, begun.site, visit.notice_version) == default_policy()


def test_an_improvement_holds_at_once_and_for_everybody(session: Session, ring: KeyRing, begun: Cast) -> None:
    (visit,) = with_pass(session, ring, begun)
    read_notice(session, begun, visit)
    row = publish(session, begun, file("2026-12", SHORTER))
    assert (row.effect, row.in_force_at) == (Effect.IMPROVES, NOON)
    session.refresh(visit)
    assert visit.notice_read_at == NOON  # nobody is asked again
    assert reach_until(session, visit) == visit.window_until + timedelta(hours=1)
    assert session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.POLICY_CHANGED)).all() == []


@pytest.mark.clause("7.b")
def test_a_reduction_waits_until_people_were_told_and_is_then_asked_again(session: Session, ring: KeyRing, begun: Cast) -> None:
    (visit,) = with_pass(session, ring, begun, hours=24 * 30)
    read_notice(session, begun, visit)
    row = publish(session, begun, file("2026-12", LONGER))
    assert (row.effect, row.effective_at, row.in_force_at) == (Effect.REDUCES_RIGHTS, NOON + 7 * DAY, None)
    assert notices.current(session, site_id=begun.site.id or 0, language="en").version == "default-1"
    assert take_effect(session, site=begun.site, now=NOON + 7 * DAY - MINUTE) == 0
    assert take_effect(session, site=begun.site, now=NOON + 7 * DAY) == 1
    assert take_effect(session, site=begun.site, now=NOON + 8 * DAY) == 0
    session.refresh(visit)
    assert (visit.notice_read_at, visit.notice_version) == (None, "default-1")
    assert notices.current(session, site_id=begun.site.id or 0, language="en").version == "2026-12"
    assert scan(session, ring, begun, visit, minutes=60 * 24 * 8).outcome is Outcome.NO_NOTICE
    said = change_notices.since_read(session, visit, begun.site, "en")
    assert said == ["Kept longer: work mail or phone of the visitor, 3 days (before: 24 hours)"]


@pytest.mark.clause("7.b", "4.4.a")
def test_whoever_came_before_a_reduction_keeps_what_they_were_promised(session: Session, ring: KeyRing, begun: Cast) -> None:
    (visit,) = with_pass(session, ring, begun)
    read_notice(session, begun, visit)
    visit.state, visit.entered_at, visit.left_at = VisitState.EXITED, NOON, NOON + timedelta(hours=1)
    session.add(visit)
    publish(session, begun, file("2026-12", LONGER))
    take_effect(session, site=begun.site, now=NOON + 7 * DAY)
    assert reach_until(session, visit) == NOON + timedelta(hours=25)
    (later,) = with_pass(session, ring, begun, begun.ana, now=NOON + 8 * DAY)
    read_notice(session, begun, later, NOON + 8 * DAY)
    assert reach_until(session, later) == later.window_until + 3 * DAY


@pytest.mark.clause("7.b")
def test_a_reduction_is_told_to_every_contact_and_to_everybody_still_to_come(session: Session, ring: KeyRing, begun: Cast) -> None:
    (coming,) = with_pass(session, ring, begun)
    (gone,) = with_pass(session, ring, begun, begun.ana)
    gone.state = VisitState.NO_SHOW
    session.add(gone)
    publish(session, begun, file("2026-12", LONGER))
    letters = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.POLICY_CHANGED)).all()
    assert {letter.subject_id for letter in letters} == {
        begun.lin.subject_id, begun.chen.subject_id, begun.rival.subject_id, coming.subject_id,
    }  # fmt: skip
    (said,) = change_notices.announced(session, site_id=begun.site.id or 0, language="zh-CN", now=NOON)
    assert (said.effective_at, said.in_force) == (NOON + 7 * DAY, False)
    assert said.changes == ("保存时间变长：来访人的工作邮箱或电话，3 天（原为 24 小时）",)
    assert change_notices.announced(session, site_id=begun.site.id or 0, language="en", now=NOON + 38 * DAY) == []


def test_before_the_first_visit_nobody_has_to_be_told(session: Session, begun: Cast) -> None:
    assert publish(session, begun, file("2026-12", LONGER)).in_force_at == NOON


@pytest.mark.clause("7.b")
def test_a_day_that_leaves_no_time_to_tell_people_is_refused(session: Session, ring: KeyRing, begun: Cast) -> None:
    with_pass(session, ring, begun)
    with pytest.raises(ConflictError, match="too_soon"):
        publish(session, begun, file("2026-12", LONGER, ("policy:", "effective: on-publication", "effective: 2026-11-30")))
    row = publish(session, begun, file("2026-12", LONGER, ("policy:", "effective: on-publication", "effective: 2026-12-10")))
    assert row.effective_at == datetime(2026, 12, 9, 16, tzinfo=UTC)


def test_two_people_do_not_publish_past_each_other(session: Session, begun: Cast) -> None:
    publish(session, begun, file("2026-12", SHORTER, supersedes="default-1"))
    with pytest.raises(ConflictError, match="not_superseding"):
        publish(session, begun, file("2026-12b", SHORTER, supersedes="default-1"), NOON + MINUTE)


def test_versions_come_into_force_in_their_order(session: Session, ring: KeyRing, begun: Cast) -> None:
    with_pass(session, ring, begun)
    publish(session, begun, file("2026-12", LONGER))
    with pytest.raises(ConflictError, match="before_pending"):
        publish(session, begun, file("2026-13"), NOON + DAY)
    publish(session, begun, file("2026-13", ("policy:", "effective: on-publication", "effective: 2026-12-20")), NOON + DAY)
    take_effect(session, site=begun.site, now=NOON + 40 * DAY)  # the worker was down for a month
    assert policies.in_force(session, begun.site).version == "2026-13"


def test_a_file_with_problems_is_not_published_and_leaves_nothing(session: Session, begun: Cast) -> None:
    with pytest.raises(PolicyFileError):
        publish(session, begun, file("2026-12", ("\n  reach:", "need: PT24H", "need: soon")))
    with pytest.raises(UnknownPlaceError, match="weather"), session.begin_nested():
        publish(session, begun, file("2026-12"), templates={"zh-CN": "# 一 {{weather}}", "en": "# One"})
    assert [row.version for row in policies.versions(session, begun.site.id or 0)] == ["default-1"]


def test_publishing_and_coming_into_force_stand_in_the_record(session: Session, ring: KeyRing, begun: Cast) -> None:
    with_pass(session, ring, begun)
    publish(session, begun, file("2026-12", LONGER))
    take_effect(session, site=begun.site, now=NOON + 9 * DAY)
    kinds = (EventType.POLICY_PUBLISHED, EventType.POLICY_IN_FORCE)
    found = [event for event in session.exec(select(AccessEvent).order_by("id")).all() if event.type in kinds]  # type: ignore[arg-type]
    assert [(event.type.value, event.detail["version"]) for event in found] == [
        ("policy:published", "default-1"), ("policy:taken_effect", "default-1"),
        ("policy:published", "2026-12"), ("policy:taken_effect", "2026-12"),
    ]  # fmt: skip
    assert (found[2].detail["effect"], found[2].actor_id) == ("reduces_rights", begun.pang.id)


def test_the_year_of_audits_is_a_version_like_any_other(session: Session, ring: KeyRing, begun: Cast) -> None:
    with_pass(session, ring, begun)
    site: Site = begun.site
    row = policy_publishing.choose_audit(session, site=site, audit=True, actor=as_staff(begun.admin), now=NOON)
    assert (row.version, row.effect, row.in_force_at) == ("2026-11-24", Effect.REDUCES_RIGHTS, None)
    assert site.retention_months == 6
    take_effect(session, site=site, now=NOON + 7 * DAY)
    assert site.retention_months == 13
    again = policy_publishing.choose_audit(session, site=site, audit=False, actor=as_staff(begun.admin), now=NOON + 7 * DAY)
    assert (again.effect, site.retention_months) == (Effect.IMPROVES, 6)


def test_a_notice_that_would_say_something_else_than_the_file_is_published_with_neither(session: Session, begun: Cast) -> None:
    """A text without places keeps its periods; a file with others is refused until the text is changed with it."""
    own = both("来访告知", "What we record")
    publish(session, begun, file("2026-12"), templates=own)
    shorter = file("2026-13", ("\n  document:", "need: P30D", "need: P14D"))
    with pytest.raises(DefectiveNoticeError) as refused:
        publish(session, begun, shorter, NOON + DAY)
    assert {(one.defect, own[name].split("\n")[one.line - 1][:10]) for name, found in refused.value.found.items() for one in found} == {
        (Defect.DIFFERS_FROM_POLICY, "  我们会登记来访人"), (Defect.DIFFERS_FROM_POLICY, "- **At the")
    }  # fmt: skip
    with pytest.raises(ConflictError, match="notice_by_hand"):
        policy_publishing.choose_audit(session, site=begun.site, audit=True, actor=as_staff(begun.admin), now=NOON + DAY)
    assert [row.version for row in policies.versions(session, begun.site.id or 0)] == ["2026-12", "default-1"]
    mended = {language: text.replace("30 天", "14 天").replace("30 days", "14 days") for language, text in own.items()}
    assert publish(session, begun, shorter, NOON + DAY, mended).in_force_at == NOON + DAY


def test_a_defect_in_a_filled_place_is_found_where_the_place_stands(session: Session, begun: Cast) -> None:
    unfilled = file(
        "2026-12", ("controller:", 'name: {zh-CN: "{site}", en: "{site_en}"}', "name: {zh-CN: 【公司名称】, en: '[company name]'}")
    )
    with pytest.raises(DefectiveNoticeError) as refused:
        publish(session, begun, unfilled)
    templates = notices.default_templates()
    assert set(refused.value.found) == {"zh-CN", "en"}
    for language, (one,) in refused.value.found.items():
        assert one.defect is Defect.PLACEHOLDER
        assert "{{controller}}" in templates[language].split("\n")[one.line - 1]


def test_an_odd_name_does_not_stop_set_up(session: Session, cast: Cast) -> None:
    cast.site.name = "【待填写】"
    assert publish_default(session, site=cast.site, now=NOON).in_force_at == NOON


@pytest.mark.clause("0.1")
def test_a_single_altered_byte_of_the_archive_is_noticed(session: Session, begun: Cast) -> None:
    row = publish(session, begun, file("2026-12", SHORTER))
    row.body = row.body.replace(b"PT1H", b"PT9H")
    session.add(row)
    session.flush()
    with pytest.raises(PolicyAlteredError):
        policies.read(row)
