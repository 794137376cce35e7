"""Receipts of erasures and the page of keys, at the console; and that an erased visitor stays a visit with its day."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from access_log.models import RatchetRun, Technician
from access_log.policy.actors import system
from access_log.policy.codes import Item
from access_log.services import erasure, keks
from access_log.services.erasure import Target
from tests.cast import as_staff
from tests.web.conftest import Web
from tests.web.visitors import again, coming, opened


def text(answer: Any) -> str:
    """The page with its white space folded."""
    return " ".join(answer.text.replace("&#39;", "'").split())


def erase(web: Web, target: Target, reason: str = "request") -> str:
    with web.db() as session:
        (receipt,) = erasure.erase(session, [target], reason=reason, actor=as_staff(web.cast.pang), now=web.clock.now)
        return str(receipt.id)[:8]


def test_the_privacy_officer_reads_each_receipt_with_its_date_and_no_name(web: Web) -> None:
    pang = web.as_(web.cast.pang)
    assert "Nothing has been erased yet" in text(pang.get("/erasures"))
    visit = coming(web)[0]
    erase(web, Target(visit.subject_id, Item.DOCUMENT), "due")
    number = erase(web, Target(visit.subject_id))
    page = text(pang.get("/erasures"))
    first, second = page.split("<tbody>")[1].split("</tr>")[:2]
    for part in (
        "A visitor",
        number,
        "Everything",
        "The person asked for it",
        "From 2026-12-09, no copy made before opens it either.",
        "still to be looked for",
    ):
        assert part in first
    for part in ("A visitor", "Type of the document shown", "Its time was over"):
        assert part in second
    assert "魏" not in page
    assert str(visit.subject_id) not in page
    chinese = text(web.as_(web.cast.xu).get("/erasures", headers={"accept-language": "zh-CN"}))
    assert "自 2026-12-09 起，此前制作的副本也无法再打开。" in chinese


def test_many_receipts_are_read_page_by_page_whatever_number_is_asked_for(web: Web) -> None:
    with web.db() as session:
        targets = [Target(person.subject_id, fence=False) for person in session.exec(select(Technician))]
        for _again in range(20):
            erasure.erase(session, targets, reason="ended", actor=system(web.cast.site.id or 0), now=web.clock.now)
    assert 20 * len(targets) > 50
    xu = web.as_(web.cast.xu)
    assert "Page 1 of 2" in text(xu.get("/erasures"))
    assert "Newer" in text(xu.get("/erasures?page=2"))
    for odd in ("0", "-1", "x", "999999999999", "²", "3"):
        assert xu.get("/erasures", params={"page": odd}).status_code == 200


def test_the_visitor_reads_on_the_receipt_what_is_deleted_already(web: Web) -> None:
    visit = coming(web)[0]
    erase(web, Target(visit.subject_id, Item.DOCUMENT), "due")
    page = text(opened(web, visit).get("/receipt"))
    assert "What is deleted already" in page
    assert "From 2026-12-09" in page


def test_the_visit_of_somebody_erased_stays_with_the_day(web: Web) -> None:
    visit = coming(web)[0]
    erase(web, Target(visit.subject_id))
    assert again(web, visit).technician_id is None
    lin = web.as_(web.cast.lin)
    assert "a visitor, erased on 2026-11-24" in text(lin.get("/visits"))
    assert "一名访客，已于 2026-11-24 删除" in text(lin.get("/visits", headers={"accept-language": "zh-CN"}))


def test_the_page_of_keys_says_how_their_renewal_goes_and_shows_no_key(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    page = text(admin.get("/admin/keys"))
    assert "none yet" in page
    assert web.ring.fingerprint() in page
    with web.db() as session:
        keks.write_down(session, web.ring, now=web.clock.now)
        session.add(
            RatchetRun(
                started_at=web.clock.now, seen_at=web.clock.now, finished_at=web.clock.now, state="done", made=4, moved=9, destroyed=1
            )
        )
    page = text(admin.get("/admin/keys"))
    for part in ("4 keys made · 9 rows moved · 1 key destroyed", "the newest: everything is sealed under it", "· done"):
        assert part in page
    assert not any(key.material.hex() in page for key in web.ring.all_keys())


def test_keys_that_should_be_gone_are_an_alarm_with_its_reasons(web: Web) -> None:
    web.clock.now += timedelta(days=20)
    page = text(web.as_(web.cast.admin).get("/admin/keys"))
    assert "No new keys were made for two days" in page
    assert "Nothing stands in the way." not in page
