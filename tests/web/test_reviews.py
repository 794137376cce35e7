"""Reports in the console: who may open them, what is recorded, the signature, the schedules."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from access_log.models import AccessEvent, ReportKind, ReportRecipient, ReportReview, ReportRun, ReportSchedule
from access_log.policy.codes import EventType
from access_log.runtime import REPORTS_KEYS
from reports.run import run_due
from tests.cast import with_pass
from tests.moments import NOON
from tests.services.test_scans import scan
from tests.web.conftest import Browser, Web

MORNING = NOON + timedelta(days=1)


@pytest.fixture
def written(web: Web) -> ReportRun:
    """A day with Wei at the door, and its report."""
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
        scan(session, web.ring, web.cast, visit)
        schedule = ReportSchedule(site_id=web.cast.site.id or 0, kind=ReportKind.ACCESS_DAILY, from_at=NOON, created_at=NOON)
        session.add(schedule)
    web.clock.now = MORNING
    assert run_due(web.engine, web.engine, web.ring.subset(REPORTS_KEYS), web.clock) == (1, 0)
    with web.db() as session:
        return session.exec(select(ReportRun)).one()


def opened(web: Web) -> list[tuple[int | None, str]]:
    with web.db() as session:
        found = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.REPORT_DOWNLOADED)).all()
        return [(event.actor_id, event.detail["format"]) for event in found]


@pytest.mark.parametrize("who", ["rui", "pang", "xu"])
def test_who_reviews_or_audits_opens_a_report_and_it_is_recorded(web: Web, written: ReportRun, who: str) -> None:
    person = getattr(web.cast, who)
    browser = web.as_(person)
    assert "2026-11-24" in browser.get("/reports").text
    page = browser.get(f"/reports/{written.id}/page")
    assert page.status_code == 200
    assert "云帆网络" in page.text or "Nobody came in" in page.text or "本期无人进入" in page.text
    assert opened(web) == [(person.id, "html")]


@pytest.mark.parametrize("who", ["mei", "admin"])
def test_nobody_else_does(web: Web, written: ReportRun, who: str) -> None:
    browser = web.as_(getattr(web.cast, who))
    for path in ("/reports", f"/reports/{written.id}", f"/reports/{written.id}/page", f"/reports/{written.id}/csv/download"):
        assert browser.get(path).status_code == 403
    assert opened(web) == []


def test_the_page_may_run_and_load_nothing(web: Web, written: ReportRun) -> None:
    page = web.as_(web.cast.rui).get(f"/reports/{written.id}/page")
    csp = page.headers["content-security-policy"]
    assert csp.startswith("default-src 'none'; style-src 'sha256-")
    assert "sandbox" in csp
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("format_", "begins"), [("csv", "\ufeff".encode()), ("pdf", b"%PDF-")])
def test_files_have_names_without_people(web: Web, written: ReportRun, format_: str, begins: bytes) -> None:
    answer = web.as_(web.cast.rui).get(f"/reports/{written.id}/{format_}/download")
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"] == f'attachment; filename="access-daily-2026-11-24.{format_}"'
    assert opened(web) == [(web.cast.rui.id, format_)]


def test_unknown_reports_and_formats_are_not_there(web: Web, written: ReportRun) -> None:
    rui = web.as_(web.cast.rui)
    for path in (f"/reports/{uuid4()}", f"/reports/{uuid4()}/page", f"/reports/{written.id}/xls/download", "/reports/none"):
        assert rui.get(path).status_code == 404


def test_a_broken_place_in_the_list_is_its_beginning(web: Web, written: ReportRun) -> None:
    rui = web.as_(web.cast.rui)
    for page in ("x", "-1", "99999999999"):
        assert "2026-11-24" in rui.get(f"/reports?page={page}").text
    assert "No reports yet" in rui.get("/reports?page=7").text


def test_a_report_past_its_time_opens_no_more(web: Web, written: ReportRun) -> None:
    web.clock.now = MORNING + timedelta(days=200)
    rui = web.as_(web.cast.rui)
    assert rui.get(f"/reports/{written.id}/page").status_code == 404
    assert "This report has expired" in rui.get(f"/reports/{written.id}").text


def sign(browser: Browser, run: ReportRun, **given: str) -> object:
    return browser.post(f"/reports/{run.id}/sign", {"finding": "none"} | given)


def test_a_review_is_signed_once_and_for_good(web: Web, written: ReportRun) -> None:
    rui = web.as_(web.cast.rui)
    page = rui.follow(sign(rui, written))
    assert "Signed by 2001" in page.text
    assert sign(rui, written).status_code == 409  # type: ignore[attr-defined]
    with web.db() as session:
        review = session.exec(select(ReportReview)).one()
        assert (review.finding, review.staff_id) == ("none", web.cast.rui.id)
        assert len(session.exec(select(AccessEvent).where(AccessEvent.type == EventType.REVIEW_SIGNED)).all()) == 1


def test_a_finding_needs_its_reference_and_what_was_chosen_is_kept(web: Web, written: ReportRun) -> None:
    rui = web.as_(web.cast.rui)
    page = sign(rui, written, finding="incident")
    assert page.status_code == 422  # type: ignore[attr-defined]
    assert "Please fill this in." in page.text  # type: ignore[attr-defined]
    assert sign(rui, written, finding="incident", reference="魏伟明").status_code == 422  # type: ignore[attr-defined]
    assert sign(rui, written, finding="incident", reference="INC-2026/117").status_code == 303  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", ["pang", "xu", "mei", "admin"])
def test_only_a_reviewer_signs(web: Web, written: ReportRun, who: str) -> None:
    assert sign(web.as_(getattr(web.cast, who)), written).status_code == 403  # type: ignore[attr-defined]


def test_a_report_that_nobody_signed_ages_visibly(web: Web, written: ReportRun) -> None:
    web.clock.now = MORNING + timedelta(days=4)
    page = web.as_(web.cast.rui).get("/reports").text
    assert "waits for a signature, 4 days" in page
    assert "1 reports wait for a signature" in page


def test_the_administrator_sets_when_and_for_whom(web: Web, written: ReportRun) -> None:
    admin = web.as_(web.cast.admin)
    assert "all reviewers" in admin.get("/reports/schedules").text
    given = {"time": "07:30", "day": "5", "language": "en", "active": "yes", "recipients": [str(web.cast.pang.id)]}
    assert admin.post("/reports/schedules/1", given).status_code == 303
    page = admin.get("/reports/schedules").text
    assert "07:30" in page
    assert "3001" in page
    with web.db() as session:
        assert [row.staff_id for row in session.exec(select(ReportRecipient))] == [web.cast.pang.id]


@pytest.mark.parametrize(("field", "value"), [("time", "25:00"), ("language", "fr"), ("recipients", "1")])
def test_a_plan_that_cannot_be_meant_is_refused_beside_its_field(web: Web, written: ReportRun, field: str, value: str) -> None:
    admin = web.as_(web.cast.admin)
    given = {"time": "07:30", "day": "5", "language": "en", "active": "yes"}
    page = admin.post("/reports/schedules/1", given | {field: value})
    assert page.status_code == 422
    assert f'id="e-{field}"' in page.text
    with web.db() as session:
        assert session.get_one(ReportSchedule, 1).local_minute == 360


def test_a_guard_at_rest_sees_no_schedules(web: Web, written: ReportRun) -> None:
    assert web.as_(web.cast.mei).get("/reports/schedules").status_code == 403
    assert web.as_(web.cast.admin).get("/reports/schedules/77").status_code == 404
