"""The privacy notice: read by two roles, published by one, looked at first, kept byte for byte, read again by who comes after."""

import hashlib
import re
from typing import Any

from sqlmodel import col, select

from access_log.models import AccessEvent, Notice, Visit
from access_log.policy.codes import EventType, VisitState
from access_log.services import notices
from kiosk.console.admin.notice import pack, unpack
from tests.cast import with_pass
from tests.notice_texts import both
from tests.web.conftest import Web
from tests.web.pages import beside, hidden, ticked, typed

TEXTS = both("来访告知", "What we record", more_zh="## 保存期限\n\n六个月。𠮷", more_en="## How long\n\nSix months.")
ZH, EN = TEXTS["zh-CN"], TEXTS["en"]
FORM = {"version": "2026-11", "ask_again": "yes", "text_zh": ZH, "text_en": EN}
NAMES = ("version", "ask_again", "text_zh", "text_en")


def published(web: Web) -> list[Notice]:
    with web.db() as session:
        return list(session.exec(select(Notice).order_by(col(Notice.id))).all())


def sure(look: Any) -> dict[str, str]:
    """What the preview sends along."""
    return {name: hidden(look, name)[0] for name in NAMES}


def test_a_notice_is_looked_at_first_and_then_in_force(web: Web) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    pang = web.as_(web.cast.pang)
    look = pang.post("/admin/notice/upload", FORM, files={"file_text_zh": ("", b"")})
    assert look.status_code == 200
    assert "<h2>What we record</h2>" in look.text
    assert "<h3>保存期限</h3><p>六个月。𠮷</p>" in look.text
    assert "not arrived yet: 1. They read this one" in look.text
    assert published(web) == []
    page = pang.follow(pang.post("/admin/notice/publish/upload", sure(look))).text
    assert "Published. It is in force now." in page
    texts = {notice.language: notice for notice in published(web)}
    assert texts["zh-CN"].body == ZH.strip()  # what is typed into a box has no white space around it
    assert all(notice.sha256 == hashlib.sha256(notice.body.encode()).digest() for notice in texts.values())
    assert texts["en"].sha256.hex() in page
    with web.db() as session:
        assert session.get_one(Visit, visit.id).notice_read_at is None
        event = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.NOTICE_PUBLISHED)).one()
        assert (event.actor_id, event.detail["version"], event.detail["asked_again"]) == (web.cast.pang.id, "2026-11", 1)
    read = web.as_(web.cast.admin).get("/admin/notice/versions/2026-11").text
    assert "How long" in read
    assert "read for 0 visits" in read


def test_a_correction_leaves_visitors_in_peace(web: Web) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    pang = web.as_(web.cast.pang)
    look = pang.post("/admin/notice/upload", FORM | {"ask_again": ""})
    assert "Visitors who have read an earlier version are not asked again." in look.text
    assert pang.post("/admin/notice/publish/upload", sure(look)).status_code == 303
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        assert (row.notice_read_at is None, row.state) == (False, VisitState.PASS_ISSUED)


def test_a_file_is_published_to_the_byte(web: Web) -> None:
    """Windows line ends, white space at the end: the hash of the file is the hash in the record."""
    sent = ZH.replace("\n", "\r\n").encode() + b"\r\n \r\n"
    pang = web.as_(web.cast.pang)
    look = pang.post("/admin/notice/upload", FORM, files={"file_text_zh": ("notice.md", b"\xef\xbb\xbf" + sent, "text/markdown")})
    assert hashlib.sha256(sent).hexdigest() in look.text
    assert pang.post("/admin/notice/publish/upload", sure(look)).status_code == 303
    assert next(notice for notice in published(web) if notice.language == "zh-CN").body.encode() == sent


def test_what_cannot_be_published_stands_beside_its_text_and_everything_typed_stays(web: Web) -> None:
    pang = web.as_(web.cast.pang)
    wrong: list[tuple[dict[str, str], dict[str, bytes], str, str]] = [
        ({"version": ""}, {}, "version", "Please fill this in."),
        ({"version": "../x"}, {}, "version", "This cannot be used. Please check it."),
        ({"version": "x" * 33}, {}, "version", "Too long: at most 32 characters."),
        ({"text_zh": ""}, {}, "text_zh", "Please fill this in."),
        ({"text_en": "No title"}, {}, "text_en", "Begin with the title: a line with # and a space before it."),
        ({"text_en": ZH}, {}, "text_en", "The two texts are the same. Each language needs its own."),
        ({"text_en": "# T\n" + "x" * 65536}, {}, "text_en", "Too long: a notice may have 64 KB."),
        ({"text_en": "# T\x00"}, {}, "text_en", "This contains characters that cannot be stored. Please type it again."),
        ({}, {"text_zh": b"# T\n" + b"x" * 65536}, "text_zh", "Too long: a notice may have 64 KB."),
        ({}, {"text_zh": "# 告知".encode("gb18030")}, "text_zh", "The text encoding of this file is not known. Save it as UTF-8."),
        ({}, {"text_zh": b"# T\n\x00"}, "text_zh", "This contains characters that cannot be stored. Please type it again."),
    ]  # fmt: skip
    for changes, files, field, message in wrong:
        sent = {f"file_{name}": ("notice.txt", data) for name, data in files.items()} or {"file_text_zh": ("", b"")}
        answer = pang.post("/admin/notice/upload", FORM | changes, files=sent)
        assert (answer.status_code, beside(answer, field)) == (422, message), (field, message)
        assert typed(answer, "version") == (FORM | changes)["version"]
        assert ticked(answer, "ask_again") == ["yes"]
        assert "# What we record" in answer.text or "text_en" in changes
    assert published(web) == []


def test_a_notice_with_defects_is_refused_line_by_line_in_the_readers_language(web: Web) -> None:
    bad = EN.replace("Reading this is not consent.", "By entering the building you agree to these rules.")
    pang = web.as_(web.cast.pang)
    answer = pang.post("/admin/notice/upload", FORM | {"text_en": bad})
    assert answer.status_code == 422
    assert beside(answer, "text_en").startswith("This notice has defects, listed below")
    line = bad.split("\n").index(next(one for one in bad.split("\n") if one.startswith("By entering"))) + 1
    assert f'<strong>Line {line} · <span lang="en">5</span></strong> Using something is taken for consent here.' in answer.text
    assert "By entering the building" in answer.text
    pang.headers["accept-language"] = "zh-CN"
    chinese = pang.post("/admin/notice/upload", FORM | {"text_en": bad})
    assert f"第 {line} 行" in chinese.text
    assert "此处把使用行为当作同意" in chinese.text
    good = sure(pang.post("/admin/notice/upload", FORM))
    assert pang.post("/admin/notice/publish/upload", good | {"text_en": pack(bad)}).status_code == 422
    assert published(web) == []


def test_a_version_is_published_once(web: Web) -> None:
    pang = web.as_(web.cast.pang)
    look = pang.post("/admin/notice/upload", FORM)
    assert pang.post("/admin/notice/publish/upload", sure(look)).status_code == 303
    again = pang.post("/admin/notice/publish/upload", sure(look))  # pressed twice
    assert again.status_code == 422
    message = "This version exists already, and a published version never changes. Give the new one another name."
    assert beside(again, "version") == message
    assert "六个月。𠮷" in again.text
    assert beside(pang.post("/admin/notice/upload", FORM), "version") == message
    assert len(published(web)) == 2


def test_what_the_preview_sent_along_may_not_be_anything(web: Web) -> None:
    pang = web.as_(web.cast.pang)
    good = sure(pang.post("/admin/notice/upload", FORM))
    bomb = pack("# " + "a" * 50_000_000)
    assert len(bomb) < 100_000
    for packed in ("", "not base64", "𠮷", "AAAA", bomb, pack("no title")):
        answer = pang.post("/admin/notice/publish/upload", good | {"text_en": packed})
        assert answer.status_code == 422, packed[:20]
    assert published(web) == []
    assert len(unpack(bomb)) == notices.MOST_BYTES + 1


def test_one_goes_back_from_the_preview_with_everything(web: Web) -> None:
    pang = web.as_(web.cast.pang)
    page = pang.post("/admin/notice/edit/upload", sure(pang.post("/admin/notice/upload", FORM)))
    assert page.status_code == 200
    assert "六个月。𠮷" in page.text
    assert typed(page, "version") == "2026-11"
    assert ticked(page, "ask_again") == ["yes"]


def test_a_new_version_begins_with_the_text_in_force(web: Web) -> None:
    with web.db() as session:
        notices.publish_default(session, site_id=web.cast.site.id or 0, now=web.clock.now)
    page = web.as_(web.cast.pang).get("/admin/notice/new")
    assert "Coming in does not rest on consent, and reading this is not consenting" in page.text
    assert typed(page, "version") == "2026-11-24"


def test_markup_in_a_notice_is_shown_as_text(web: Web) -> None:
    look = web.as_(web.cast.pang).post(
        "/admin/notice/upload", FORM | {"text_en": EN + "\n## <img src=x onerror=alert(1)>\n\n<script>1</script>\n"}
    )
    assert "&lt;script&gt;" in look.text
    assert not re.search(r"<(img|script>1)", look.text)


def test_the_administrator_reads_and_does_not_publish(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    page = admin.get("/admin/notice").text
    assert "Only the privacy officer publishes it." in page
    assert "/admin/notice/new" not in page
    assert admin.post("/admin/notice/upload", FORM).status_code == 403


def test_an_unknown_version_is_not_there(web: Web) -> None:
    for version in ("2026-12", "..%2f..", "x" * 400):
        assert web.as_(web.cast.admin).get(f"/admin/notice/versions/{version}").status_code == 404
