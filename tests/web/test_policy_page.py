"""The policy in force, as everybody may read it; and a change that takes something: told on every face before, read again after."""

from datetime import timedelta

import pytest

from access_log.models import PolicyVersion, Site, Visit
from access_log.policy.file.building import default_policy
from access_log.policy.told.spoken import NOT_ABOUT_VISITORS
from access_log.services import policy_publishing
from tests.cast import as_staff
from tests.services.test_policies import LONGER, file
from tests.web.conftest import Browser, Web
from tests.web.kiosks import Device, code_of, device
from tests.web.pages import words_of
from tests.web.test_visitor_notice import digest
from tests.web.visitors import again, coming, opened

DAY = timedelta(days=1)
SAID = {
    "en": "Kept longer: work mail or phone of the visitor, 3 days (before: 24 hours)",
    "zh-CN": "保存时间变长：来访人的工作邮箱或电话，3 天（原为 24 小时）",
}

WRITTEN = {
    "zh-CN": ["来访人姓名", "离开后 6 个月", "网络安全法", "明文，每次查看留痕", "为您申请来访的客户", "首个版本"],
    "en": [
        "name of the visitor",
        "6 months after the visit",
        "Cybersecurity Law",
        "The customer who asked for your visit",
        "First version",
    ],
}


@pytest.fixture
def kiosk(web: Web) -> Device:
    """The kiosk of the cast, beside the hall's door."""
    return device(web)


def begin(web: Web) -> None:
    """The site as set-up leaves it."""
    with web.db() as session:
        policy_publishing.publish_default(session, site=session.get_one(Site, web.cast.site.id), now=web.clock.now)


def reduce(web: Web) -> PolicyVersion:
    """Phones are kept for three days instead of one."""
    with web.db() as session:
        site = session.get_one(Site, web.cast.site.id)
        return policy_publishing.publish(
            session, site=site, body=file("2026-12", LONGER), templates=None, actor=as_staff(web.cast.pang), now=web.clock.now
        )


def a_week_later(web: Web) -> None:
    """The worker has carried out what was published."""
    web.clock.now += 7 * DAY
    with web.db() as session:
        policy_publishing.take_effect(session, site=session.get_one(Site, web.cast.site.id), now=web.clock.now)


def pages(web: Web) -> dict[str, Browser]:
    return {"public": web.browser("visitor"), "portal": web.as_(web.cast.chen), "console": web.as_(web.cast.mei)}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.clause("7.a", "2.2")
def test_everybody_reads_what_is_kept_how_long_why_and_who_is_given_it(web: Web, language: str) -> None:
    begin(web)
    policy = default_policy()
    about_visitors = [field.texts[language] for field in policy.fields.values() if field.id not in NOT_ABOUT_VISITORS]
    assert len(about_visitors) > 10
    for name, browser in pages(web).items():
        browser.headers["accept-language"] = language
        page = words_of(browser.get("/policy"))
        assert "default-1" in page
        for words in WRITTEN[language]:
            assert words in page, (name, words)
        assert all(one in page for one in about_visitors)
        staff_data = policy.fields["staff_account"].texts[language]
        contact_data = policy.fields["contact_account"].texts[language]
        assert (contact_data in page, staff_data in page) == (name != "public", name == "console")


def test_the_page_says_what_runs_and_not_what_was_written_once(web: Web) -> None:
    begin(web)
    with web.db() as session:
        site = session.get_one(Site, web.cast.site.id)
        body = file("2026-12", ("\n  document:", "need: P30D", "need: P9D"))
        policy_publishing.publish(session, site=site, body=body, templates=None, actor=as_staff(web.cast.pang), now=web.clock.now)
    page = words_of(web.browser("visitor").get("/policy"))
    assert "9 days after the visit" in page
    assert "Better for people" in page
    assert "Kept for a shorter time: type of the document shown, and whether it matched, 9 days (before: 30 days)" in page


def test_a_site_without_a_version_of_its_own_shows_the_one_that_came_with_it(web: Web) -> None:
    page = words_of(web.browser("visitor").get("/policy"))
    assert "the register was set up; it came with it" in page
    assert "There was no other version before." in page


def test_another_site_is_named_by_its_code_and_an_unknown_one_is_not_there(web: Web) -> None:
    begin(web)
    with web.db() as session:
        session.add(Site(code="BJ2", name="北京二号", name_en="Beijing Two", zone="Asia/Shanghai", created_at=web.clock.now))
    public = web.browser("visitor")
    assert "Beijing Two" in words_of(public.get("/policy?site=BJ2"))
    assert "Shanghai One" in words_of(public.get(f"/policy?site={web.cast.site.code}"))
    for code in ("XX9", "x" * 400, "%00", "' or 1=1"):
        assert public.get(f"/policy?site={code}").status_code == 404


@pytest.mark.clause("7.b")
def test_a_reduction_is_told_on_every_face_before_it_holds(web: Web, kiosk: Device) -> None:
    begin(web)
    (visit,) = coming(web, hours=24 * 30, publish=False)
    assert kiosk.get("/ping").json()["change"] is None
    reduce(web)
    assert "From 2026-12-01 the privacy policy says something else (version 2026-12)." in words_of(web.as_(web.cast.chen).get("/"))
    visitor = opened(web, visit)
    for page in (web.as_(web.cast.chen).get("/"), visitor.get("/pass"), *(browser.get("/policy") for browser in pages(web).values())):
        assert SAID["en"] in words_of(page)
    assert kiosk.get("/ping").json()["change"] == "2026-12-01"
    [change] = kiosk.get("/policy").json()["coming"]
    assert change == {"date": "2026-12-01", "changes": SAID}


@pytest.mark.clause("7.b")
def test_afterwards_the_visitor_reads_again_what_has_changed_before_the_pass_is_good(web: Web, kiosk: Device) -> None:
    begin(web)
    (visit,) = coming(web, hours=24 * 30, publish=False)
    visitor = opened(web, visit)
    visitor.post("/notice", {"sha256": digest(web)})
    assert "has changed since you read" not in words_of(visitor.get("/pass"))
    reduce(web)
    a_week_later(web)
    assert again(web, visit).notice_read_at is None
    visitor = opened(web, visit)  # the session of last week is over
    assert "The privacy notice has changed since you read it." in words_of(visitor.get("/pass"))
    page = words_of(visitor.get("/notice"))
    assert "This has changed since you read it:" in page
    assert SAID["en"] in page
    answer = kiosk.verdict(code_of(web, visit))
    assert (answer["outcome"], answer["notice"]["version"], answer["notice"]["changed"]) == ("no_notice", "2026-12", SAID)
    assert visitor.post("/notice", {"sha256": digest(web)}).status_code == 303
    assert kiosk.verdict(code_of(web, visit))["outcome"] == "id_pending"


def test_whoever_never_read_one_is_told_of_no_change(web: Web, kiosk: Device) -> None:
    begin(web)
    (visit,) = coming(web, hours=24 * 30, publish=False)
    reduce(web)
    a_week_later(web)
    assert "This has changed since you read it" not in words_of(opened(web, visit).get("/notice"))
    notice = kiosk.verdict(code_of(web, visit))["notice"]
    assert notice["changed"] == {"en": "", "zh-CN": ""}
    with web.db() as session:
        assert session.get_one(Visit, visit.id).notice_read_at is None


def test_the_kiosk_shows_the_policy_before_anything_is_scanned(web: Web, kiosk: Device) -> None:
    begin(web)
    it = kiosk.get("/policy").json()
    assert (it["version"], it["since"], it["coming"]) == ("default-1", "2026-11-24", [])
    first = it["kept"][0]
    assert first["name"] == {"en": "name of the visitor", "zh-CN": "来访人姓名"}
    assert first["body"]["en"].endswith("6 months after the visit → deleted")
    assert len(it["recipients"]) == 2
    assert web.browser("lobby").client.get("/lobby/policy", headers={"accept": "application/json"}).status_code == 401
