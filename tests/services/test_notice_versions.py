"""Published notices: kept byte for byte, never changed, and read again by whoever has not arrived yet."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import AccessEvent, Visit
from access_log.policy.codes import EventType, Outcome, VisitState
from access_log.policy.lint.findings import Defect, DefectiveNoticeError
from access_log.services import notices
from tests.cast import Cast, as_contact, as_staff, with_pass
from tests.moments import NOON
from tests.notice_texts import both
from tests.services.test_scans import scan

SHORT = {"zh-CN": "# 告知\r\n\r\n## 一\r\n内容。\r\n", "en": "# Notice\n\n## One\nText\non two lines.\n"}
TEXTS = {language: text.replace("\n", "\r\n") for language, text in both("告知", "Notice").items()}


def publish(session: Session, cast: Cast, version: str = "2026-11", **how: Any) -> int:
    now = NOON + timedelta(minutes=1)
    return notices.publish(session, site_id=cast.site.id or 0, version=version, texts=TEXTS, actor=as_staff(cast.pang), now=now, **how)


def test_the_bytes_are_kept_as_they_were_given(session: Session, cast: Cast) -> None:
    notices.publish_default(session, site_id=cast.site.id or 0, now=NOON)
    publish(session, cast)
    newest, default = notices.versions(session, cast.site.id or 0)
    assert (newest.version, default.version) == ("2026-11", notices.DEFAULT_VERSION)
    assert {text.language: text.sha256 for text in newest.texts} == {
        language: hashlib.sha256(body.encode()).digest() for language, body in TEXTS.items()
    }
    event = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.NOTICE_PUBLISHED).order_by("id")).all()[-1]  # type: ignore[arg-type]
    assert (event.actor_id, event.detail["version"], event.detail["asked_again"]) == (cast.pang.id, "2026-11", 0)


@pytest.mark.parametrize(
    ("language", "old", "new", "defect"),
    [
        ("zh-CN", "阅读本规则不等于同意。", "进入即视为同意本规则。", Defect.CONSENT_BY_USE),
        ("en", "It is kept for 6 months after the visit, then deleted.", "It is deleted some day.", Defect.NO_PERIOD),
        ("en", "kept for 30 days after", "kept for 31 days after", Defect.DIFFERS_FROM_POLICY),
    ],
)
def test_a_notice_with_a_defect_is_not_published(session: Session, cast: Cast, language: str, old: str, new: str, defect: Defect) -> None:
    texts = both("告知", "Notice")
    assert old in texts[language]
    texts[language] = texts[language].replace(old, new)
    site_id = cast.site.id or 0
    with pytest.raises(DefectiveNoticeError) as refused:
        notices.publish(session, site_id=site_id, version="2026-11", texts=texts, actor=as_staff(cast.pang), now=NOON)
    assert {name: [one.defect for one in found] for name, found in refused.value.found.items()} == {language: [defect]}
    assert notices.versions(session, site_id) == []


def test_a_published_version_never_changes(session: Session, cast: Cast) -> None:
    publish(session, cast)
    with pytest.raises(ConflictError, match="version_exists"):
        publish(session, cast)
    with pytest.raises(NotFoundError):
        notices.version_of(session, version="2026-12", site_id=cast.site.id or 0)


def test_whoever_read_an_earlier_version_reads_the_new_one_before_they_come_in(session: Session, ring: KeyRing, cast: Cast) -> None:
    (wei,) = with_pass(session, ring, cast, cast.wei)
    (ana,) = with_pass(session, ring, cast, cast.ana)
    ana.state = VisitState.ADMITTED
    session.add(ana)
    session.flush()
    assert notices.to_be_asked(session, cast.site.id or 0) == 1
    assert publish(session, cast, ask_again=True) == 1
    session.refresh(wei)
    session.refresh(ana)
    assert (wei.notice_read_at, wei.notice_version) == (None, "test")  # what they read before stays known
    assert ana.notice_read_at == NOON  # on site already: told what holds for this visit
    assert scan(session, ring, cast, wei).outcome is Outcome.NO_NOTICE
    session.refresh(wei)
    notices.acknowledge(session, visit=wei, language="en", where="kiosk", actor=as_contact(cast.lin), now=NOON + timedelta(minutes=2))
    assert wei.notice_version == "2026-11"
    assert scan(session, ring, cast, wei, nonce="n2").outcome is Outcome.ID_PENDING


def test_a_correction_asks_nobody_again(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    assert publish(session, cast) == 0
    session.refresh(visit)
    assert (visit.notice_read_at, visit.notice_version) == (NOON, "test")
    assert scan(session, ring, cast, visit).outcome is Outcome.ID_PENDING


def test_visits_of_another_site_are_not_asked(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    assert notices.to_be_asked(session, 4711) == 0
    assert notices.versions(session, 4711) == []
    assert session.get_one(Visit, visit.id).notice_read_at == NOON


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("No title", "notice_title"),
        ("#Title without a space", "notice_title"),
        ("# T\n\x00", "control_characters"),
        ("# T\n\ud800", "control_characters"),
        ("# T\n\u202etxt.exe", "control_characters"),
        ("# T\n" + "字" * 22000, "notice_too_long"),
    ],
)
def test_what_cannot_be_published_is_refused(body: str, code: str) -> None:
    with pytest.raises(RefusedInputError) as refused:
        notices.check_text(body, field="text_zh")
    assert (refused.value.field, refused.value.code) == ("text_zh", code)


def test_the_longest_notice_is_taken_and_rare_characters_stay() -> None:
    body = "# 𠮷 㐂 䶮 é\n" + "a" * (notices.MOST_BYTES - len("# 𠮷 㐂 䶮 é\n".encode()))
    assert notices.check_text(body, field="text_zh") == body


def test_a_heading_needs_no_empty_line_after_it() -> None:
    assert notices.sections_of(SHORT["en"], "en") == ("Notice", [("One", ["Text on two lines."])])
    assert notices.sections_of(SHORT["zh-CN"], "zh-CN") == ("告知", [("一", ["内容。"])])
    assert notices.sections_of("# T\nfirst\n\nsecond", "en") == ("T", [("", ["first", "second"])])
