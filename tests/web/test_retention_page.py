"""The retention page: tonight one by one, thirty days, the rules, the last runs, and a clock nobody believes."""

import re
from collections import Counter
from datetime import timedelta

from access_log.models import RetentionClock, Visit
from access_log.policy.codes import VisitState
from access_log.services import retention_runs
from tests.cast import requested
from tests.moments import NOON
from tests.web.conftest import Web


def ended(web: Web) -> Visit:
    with web.db() as session:
        (visit,) = requested(session, web.ring, web.cast, web.cast.wei)
        visit.state, visit.left_at, visit.entered_at = VisitState.EXITED, NOON - timedelta(hours=20), NOON - timedelta(hours=22)
        visit.window_from, visit.window_until = NOON - timedelta(days=1), NOON - timedelta(hours=19)
        session.add(visit)
    return visit


def test_the_privacy_officer_reads_what_goes_tonight_and_by_which_rule(web: Web) -> None:
    ended(web)
    page = web.as_(web.cast.pang).get("/retention").text
    assert re.search(r"<b>1</b> <span>items are destroyed by <time[^>]*>2026-11-25 06:00", page)
    assert "work mail or phone of the visitor: 24 hours after the visit" in page
    assert "1001-1" in page
    assert "魏" not in page
    assert "离开后 24" in web.as_(web.cast.pang).get("/retention", headers={"accept-language": "zh-CN"}).text


def test_an_empty_night_and_no_run_say_so(web: Web) -> None:
    page = web.as_(web.cast.xu).get("/retention").text
    assert "Nothing is due tonight" in page
    assert "No run yet" in page
    assert "6 months after the visit" in page


def test_the_last_runs_stand_there_and_a_worker_that_stands_still_is_named(web: Web) -> None:
    with web.db() as session:
        retention_runs.note(session, site_id=web.cast.site.id or 0, erased=Counter({"name": 3, "roster": 1}), doubted=False, now=NOON)
    page = web.as_(web.cast.admin).get("/retention").text
    assert 'name of the visitor <span class="mono">3</span>' in page
    assert "more than two hours" not in page
    web.clock.now += timedelta(hours=3)
    assert "more than two hours" in web.as_(web.cast.admin).get("/retention").text


def test_a_clock_in_doubt_is_said_and_the_privacy_officer_alone_may_trust_it(web: Web) -> None:
    with web.db() as session:
        session.add(
            RetentionClock(believed_at=NOON - timedelta(days=365), wall_at=NOON, uptime=5.0, boot="b", doubted=60.0, claimed_at=None)
        )
    pang, xu = web.as_(web.cast.pang), web.as_(web.cast.xu)
    assert "2025-11-24 12:00" in xu.get("/retention").text
    assert "believe it" not in xu.get("/retention").text
    assert xu.post("/retention/clock", {}).status_code == 403
    assert pang.post("/retention/clock", {}).status_code == 303
    assert "The clock has leapt" not in pang.get("/retention").text
    with web.db() as session:
        clock = retention_runs.clock(session)
        assert clock is not None
        assert (clock.believed_at, clock.doubted) == (web.clock(), None)
