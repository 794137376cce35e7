"""Reports in the console: who may open them, what is recorded, the signature, the schedules."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import delete, select

from access_log.i18n import local_time
from access_log.models import AccessEvent, ReportFile, ReportKind, ReportRecipient, ReportReview, ReportRun, ReportSchedule, RunState, Site
from access_log.policy.codes import EventType, Role
from access_log.runtime import REPORTS_KEYS
from reports.run import run_due
from tests.cast import Maker, with_pass
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
    page = browser.post(f"/reports/{written.id}/page")
    assert page.status_code == 200
    assert "云帆网络" in page.text or "Nobody came in" in page.text or "本期无人进入" in page.text
    assert opened(web) == [(person.id, "html")]


@pytest.mark.parametrize("who", ["mei", "admin"])
def test_nobody_else_does(web: Web, written: ReportRun, who: str) -> None:
    browser = web.as_(getattr(web.cast, who))
    for path in ("/reports", f"/reports/{written.id}"):
        assert browser.get(path).status_code == 403
    for path in (f"/reports/{written.id}/page", f"/reports/{written.id}/csv/download", f"/reports/{written.id}/again"):
        assert browser.post(path).status_code == 403
    assert opened(web) == []


def test_the_page_may_run_and_load_nothing(web: Web, written: ReportRun) -> None:
    page = web.as_(web.cast.rui).post(f"/reports/{written.id}/page")
    csp = page.headers["content-security-policy"]
    assert csp.startswith("default-src 'none'; style-src 'sha256-")
    assert "sandbox" in csp
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("format_", "begins"), [("csv", "\ufeff".encode()), ("pdf", b"%PDF-")])
def test_files_have_names_without_people(web: Web, written: ReportRun, format_: str, begins: bytes) -> None:
    answer = web.as_(web.cast.rui).post(f"/reports/{written.id}/{format_}/download")
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"] == f'attachment; filename="access-daily-2026-11-24.{format_}"'
    assert opened(web) == [(web.cast.rui.id, format_)]


def test_a_file_of_another_site_bears_the_day_it_was_there(web: Web) -> None:
    """Midnight in Auckland is the evening before in Shanghai, the installation's first site."""
    with web.db() as session:
        site = Site(code="AKL1", name="奥克兰", name_en="Auckland", zone="Pacific/Auckland", created_at=NOON)
        session.add(site)
        session.flush()
        reviewer = Maker(session, web.ring, site.id or 0, NOON).staff("7002", "别处", Role.REVIEWER)
        session.add(ReportSchedule(site_id=site.id or 0, kind=ReportKind.ACCESS_DAILY, from_at=NOON, created_at=NOON))
    web.clock.now = MORNING
    assert run_due(web.engine, web.engine, web.ring.subset(REPORTS_KEYS), web.clock) == (1, 0)
    with web.db() as session:
        run = session.exec(select(ReportRun)).one()
    there, here = (local_time(run.period_from, zone)[:10] for zone in ("Pacific/Auckland", "Asia/Shanghai"))
    assert there != here
    answer = web.as_(reviewer).post(f"/reports/{run.id}/csv/download")
    assert answer.headers["content-disposition"] == f'attachment; filename="access-daily-{there}.csv"'


def test_unknown_reports_and_formats_are_not_there(web: Web, written: ReportRun) -> None:
    rui = web.as_(web.cast.rui)
    for path in (f"/reports/{uuid4()}", "/reports/none"):
        assert rui.get(path).status_code == 404
    for path in (f"/reports/{uuid4()}/page", f"/reports/{written.id}/xls/download", f"/reports/{uuid4()}/again"):
        assert rui.post(path).status_code == 404


def test_following_a_link_opens_nothing(web: Web, written: ReportRun) -> None:
    """What a browser fetches beforehand, or a mail program looks at, is not recorded as read by anybody."""
    rui = web.as_(web.cast.rui)
    for path in ("page", "csv/download", "pdf/download", "json/download"):
        assert rui.get(f"/reports/{written.id}/{path}").status_code == 405
    assert rui.get(f"/reports/{written.id}").status_code == 200
    assert opened(web) == []


def test_a_broken_place_in_the_list_is_its_beginning(web: Web, written: ReportRun) -> None:
    rui = web.as_(web.cast.rui)
    for page in ("x", "-1", "99999999999"):
        assert "2026-11-24" in rui.get(f"/reports?page={page}").text
    assert "No reports yet" in rui.get("/reports?page=7").text


def test_a_report_past_its_time_opens_no_more(web: Web, written: ReportRun) -> None:
    web.clock.now = MORNING + timedelta(days=200)
    rui = web.as_(web.cast.rui)
    assert rui.post(f"/reports/{written.id}/page").status_code == 404
    assert "This report has expired" in rui.get(f"/reports/{written.id}").text


def sign(browser: Browser, run: ReportRun, **given: str) -> object:
    return browser.post(f"/reports/{run.id}/sign", {"finding": "none"} | given)


def reading(web: Web, run: ReportRun, what: str = "page") -> Browser:
    """Rui, who has opened the report."""
    rui = web.as_(web.cast.rui)
    assert rui.post(f"/reports/{run.id}/{what}").status_code == 200
    return rui


@pytest.mark.parametrize("seen", ["", "json/download"])
def test_nobody_signs_what_they_have_not_opened(web: Web, written: ReportRun, seen: str) -> None:
    """Nor by the proof alone, which no person reads, nor by what somebody else has opened. What was chosen is kept."""
    assert web.as_(web.cast.pang).post(f"/reports/{written.id}/page").status_code == 200
    rui = reading(web, written, seen) if seen else web.as_(web.cast.rui)
    refused = sign(rui, written, finding="incident", reference="INC-1")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "You have not opened this report yet." in refused.text  # type: ignore[attr-defined]
    assert 'value="INC-1"' in refused.text  # type: ignore[attr-defined]
    with web.db() as session:
        assert session.exec(select(ReportReview)).all() == []


@pytest.mark.parametrize("seen", ["page", "pdf/download", "csv/download"])
def test_whoever_has_opened_a_report_in_any_form_signs_it(web: Web, written: ReportRun, seen: str) -> None:
    assert sign(reading(web, written, seen), written).status_code == 303  # type: ignore[attr-defined]


def test_a_review_is_signed_once_and_for_good(web: Web, written: ReportRun) -> None:
    rui = reading(web, written)
    page = rui.follow(sign(rui, written))
    assert "Signed by 2001" in page.text
    assert sign(rui, written).status_code == 409  # type: ignore[attr-defined]
    with web.db() as session:
        review = session.exec(select(ReportReview)).one()
        assert (review.finding, review.staff_id) == ("none", web.cast.rui.id)
        assert len(session.exec(select(AccessEvent).where(AccessEvent.type == EventType.REVIEW_SIGNED)).all()) == 1


def test_a_finding_needs_its_reference_and_what_was_chosen_is_kept(web: Web, written: ReportRun) -> None:
    rui = reading(web, written)
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


def failing(web: Web, run: ReportRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next five tries to write it end in an error; then it is given up."""
    with web.db() as session:
        session.exec(delete(ReportFile))
        row = session.get_one(ReportRun, run.id)
        row.state, row.attempt, row.leased_until, row.finished_at = RunState.DUE, 0, None, None
        session.add(row)
    with monkeypatch.context() as broken:
        broken.setattr("reports.publish.gather", lambda *_facts, **_more: 1 / 0)
        for _ in range(5):
            web.clock.now += timedelta(hours=1)
            assert run_due(web.engine, web.engine, web.ring.subset(REPORTS_KEYS), web.clock) == (0, 1)
    web.clock.now += timedelta(hours=1)
    assert run_due(web.engine, web.engine, web.ring.subset(REPORTS_KEYS), web.clock) == (0, 0)


def test_a_report_that_could_not_be_written_is_written_when_somebody_says_so(
    web: Web, written: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(web, written, monkeypatch)
    rui = web.as_(web.cast.rui)
    assert "Write it now" not in web.as_(web.cast.xu).get(f"/reports/{written.id}").text, "an auditor looks on"
    page = rui.get(f"/reports/{written.id}").text
    assert "could not be written" in page
    assert "Write it now" in page
    assert "It is written again." in rui.follow(rui.post(f"/reports/{written.id}/again")).text
    assert rui.post(f"/reports/{written.id}/again").status_code == 409
    assert run_due(web.engine, web.engine, web.ring.subset(REPORTS_KEYS), web.clock) == (1, 0)
    with web.db() as session:
        run = session.get_one(ReportRun, written.id)
        assert (run.state, run.attempt) == (RunState.DONE, 6)
    assert rui.post(f"/reports/{written.id}/page").status_code == 200


def test_run_again_it_is_given_up_again_after_five_more(web: Web, written: ReportRun, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(web, written, monkeypatch)
    assert web.as_(web.cast.pang).post(f"/reports/{written.id}/again").status_code == 303
    with monkeypatch.context() as broken:
        broken.setattr("reports.publish.gather", lambda *_facts, **_more: 1 / 0)
        tries = 0
        for _ in range(7):
            tries += run_due(web.engine, web.engine, web.ring.subset(REPORTS_KEYS), web.clock)[1]
            web.clock.now += timedelta(hours=1)
    assert tries == 5
    with web.db() as session:
        assert session.get_one(ReportRun, written.id).state is RunState.FAILED
