"""Traffic at the console: anonymous, with its rule; what is hidden says so, on the page and in the table that is handed on."""

from access_log.models import TrafficCell
from tests.moments import NOON
from tests.web.conftest import Web


def publish(web: Web) -> None:
    site = web.cast.site.id or 0
    with web.db() as session:
        for area, entries in ((web.cast.hall.id, 120), (web.cast.cage.id, None), (None, None)):
            session.add(TrafficCell(site_id=site, month="2026-10", area_id=area, entries=entries, published_at=NOON))


def test_nothing_published_yet_says_when_it_will_be(web: Web) -> None:
    assert "Nothing is published yet" in web.as_(web.cast.rui).get("/traffic").text


def test_numbers_and_what_is_hidden_stand_there_in_both_languages(web: Web) -> None:
    publish(web)
    page = web.as_(web.cast.rui).get("/traffic").text
    assert "120" in page
    assert page.count('<span class="muted">hidden</span>') == 2
    assert "at least 5 people of at least 2 customers" in page
    chinese = web.as_(web.cast.rui).get("/traffic", headers={"accept-language": "zh-CN"}).text
    assert "去标识化" in chinese
    assert "匿名化" in chinese


def test_the_table_to_hand_on_holds_the_same(web: Web) -> None:
    publish(web)
    got = web.as_(web.cast.admin).get("/traffic/download")
    assert got.headers["content-disposition"] == 'attachment; filename="traffic.csv"'
    assert got.content.decode("utf-8-sig").splitlines() == ["Month,A1,C7,Whole site", "2026-10,120,hidden,hidden"]
