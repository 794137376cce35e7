"""Bringing in lists, as contacts and administrators do it in a browser."""

import logging
import re
import tempfile
from html import unescape
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, col, select

from access_log.models import AccessEvent, Contact, Customer, ImportBatch, ImportState, OutboxMessage, Technician, WebSession
from access_log.policy.codes import EventType
from access_log.services import outbox
from kiosk.web.words import ERRORS
from tests.cast import requested
from tests.corpus.spreadsheets import HEADINGS, REFUSED, WEI, csv, xlsx
from tests.sinks import files, found_in, rows
from tests.web.conftest import Browser, Web
from tests.web.pages import beside, hidden

ROSTER, CONTACTS, CUSTOMERS = "/roster/import", "/admin/import/contacts", "/admin/import/customers"
LI = ("李四四", "lisi@nimbus.example", "13800138000")
ZHANG = ("张三三", "zhangsan@nimbus.example", "")


def bring(browser: Browser, data: bytes, path: str = ROSTER) -> Any:
    return browser.post(f"{path}/upload", files={"file": ("list", data, "application/octet-stream")})


def paste(browser: Browser, text: str, path: str = ROSTER) -> Any:
    return browser.post(f"{path}/upload", {"rows": text}, files={"nothing": ("", b"")})


def looked_at(browser: Browser, data: bytes, path: str = ROSTER) -> Any:
    return browser.follow(bring(browser, data, path))


def number(page: Any) -> str:
    """The list a preview is about."""
    found = re.search(r"import/(?:\w+/)?(\d+)/discard", page.text)
    assert found, page.text
    return found[1]


def decide(browser: Browser, page: Any, act: str = "apply", path: str = ROSTER) -> Any:
    return browser.post(f"{path}/{number(page)}/{act}", {"ready": "".join(hidden(page, "ready"))})


def roster_of(web: Web) -> int:
    with web.db() as session:
        return len(session.exec(select(Technician).where(Technician.customer_id == web.cast.nimbus.id)).all())


def counted(session: Session) -> dict[str, int]:
    """How many rows every table has."""
    return {table.fullname: len(session.execute(table.select()).all()) for table in SQLModel.metadata.sorted_tables}


def texts(page: Any) -> str:
    """A page without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_thirty_technicians_come_from_a_file_to_the_roster_in_two_steps(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, xlsx(HEADINGS, *[(f"张{n}", f"z{n}@nimbus.example", "") for n in range(30)]))
    assert roster_of(web) == 2
    assert "30 can be added" in texts(page)
    done = lin.follow(decide(lin, page))
    assert "Technicians: 30" in texts(done)
    assert roster_of(web) == 32


def test_rows_are_pasted_without_headings(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = lin.follow(paste(lin, "张三三\tzhangsan@nimbus.example\r\n李四四\t13800138000"))
    assert "2 can be added" in texts(page)
    assert lin.follow(decide(lin, page)).status_code == 200
    assert roster_of(web) == 4


def test_a_template_comes_back_filled_in(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for ending in ("csv", "xlsx"):
        answer = lin.get(f"{ROSTER}/template.{ending}")
        assert answer.headers["content-disposition"] == f'attachment; filename="technicians.{ending}"'
        assert beside(bring(lin, answer.content), "file") == ERRORS["no_rows"]
    filled = lin.get(f"{ROSTER}/template.csv").content + ",".join((*ZHANG, "English")).encode()
    assert "1 can be added" in texts(looked_at(lin, filled))


def test_refused_files_are_answered_in_words_and_leave_nothing(web: Web, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def on_disk(*_args: object, **_options: object) -> None:
        raise AssertionError("a file was put on the disk")

    monkeypatch.setattr(tempfile, "TemporaryFile", on_disk)
    caplog.set_level(logging.DEBUG)
    lin = web.as_(web.cast.lin)
    with web.db() as session:
        before = counted(session)
    for name, (data, code) in REFUSED.items():
        answer = bring(lin, data)
        assert (name, answer.status_code) == (name, 422)
        assert (name, beside(answer, "file").split(":")[0]) == (name, ERRORS[code].split(": {")[0].split(":")[0])
    with web.db() as session:
        assert counted(session) == before
        assert found_in(rows(session), *WEI) == []
    assert found_in(files(web.engine), *WEI) == []
    assert found_in(caplog.text.encode(), *WEI) == []


def test_an_accepted_file_is_nowhere_in_plain_text(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for encoding in ("utf-8", "utf-16", "gb18030"):
        assert looked_at(lin, csv(HEADINGS, LI, encoding=encoding)).status_code == 200
        with web.db() as session:
            assert found_in(rows(session), *LI) == []
            assert found_in(rows(session), "preview") == ["preview"]  # the control
        assert found_in(files(web.engine), *LI) == []


def test_a_refused_file_of_names_is_told_in_the_persons_language(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    lin.headers["accept-language"] = "zh-CN"
    answer = bring(lin, csv(("语言",), ("中文",)))
    assert beside(answer, "file") == "缺少以下列标题：姓名、工作邮箱 / 手机"


def test_refused_pasted_rows_are_shown_again_beside_the_reason(web: Web) -> None:
    answer = paste(web.as_(web.cast.lin), "<b>张三三</b>\0\tnobody")
    assert answer.status_code == 422
    assert "No names with a mail address" in beside(answer, "rows")
    assert "&lt;b&gt;张三三&lt;/b&gt;\tnobody" in answer.text


def test_nothing_chosen_is_said_beside_the_file(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    assert beside(lin.post(f"{ROSTER}/upload"), "file") == ERRORS["choose_a_file"]
    assert beside(paste(lin, " \n "), "file") == ERRORS["choose_a_file"]
    assert lin.get(f"{ROSTER}/upload").headers["location"] == f"/portal{ROSTER}"


def test_three_megabytes_are_answered_in_words(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    assert beside(bring(lin, bytes(2_900_000)), "file") == ERRORS["file_too_large"]
    assert bring(lin, bytes(3_200_000)).status_code == 413


def test_mistakes_stand_beside_their_cells_and_nothing_can_be_added(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, ZHANG, ("=1+1", "no mail", ""), ("张\0\u202e五", "c@nimbus.example", "")))
    assert "1 can be added" in texts(page)
    assert "2 with mistakes" in texts(page)
    assert re.search(r'<td[^>]*class="wrong"><bdi>no mail</bdi><span class="error">This is not a mail address\.</span></td>', page.text)
    assert "<bdi>=1+1</bdi>" in page.text
    assert "张\ufffd\ufffd五" in page.text
    assert hidden(page, "ready") == []
    answer = lin.post(f"{ROSTER}/{number(page)}/apply", {"ready": "1"})
    assert answer.status_code == 409
    assert roster_of(web) == 2


def test_mistakes_are_corrected_in_the_page(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, ZHANG, ('Li "=1" 四', "no mail", ""), ("\n@王\t五", "w@nimbus.example", "")))
    offered = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
    assert offered
    again = lin.follow(paste(lin, unescape(offered[1]).replace("no mail", "li@nimbus.example")))
    assert "3 can be added" in texts(again)
    assert "<bdi>Li &#34;=1&#34; 四</bdi>" in again.text
    assert again.text.count("</bdi>") == page.text.count("</bdi>")


def test_a_list_too_long_to_be_corrected_in_the_page_is_corrected_in_its_file(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, ZHANG, *[(f"李{n}", "no mail", "") for n in range(500)]))
    assert "<textarea" not in page.text
    assert 'type="file"' in page.text


def test_duplicates_are_shown_and_left_out(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, ("魏伟明", "wei@nimbus.example", ""), ZHANG, ZHANG))
    assert "1 can be added 2 left out" in texts(page)
    assert "There already, left as they are" in page.text
    assert "Twice in the list" in page.text
    decide(lin, page)
    assert roster_of(web) == 3


def test_what_was_not_read_and_how_it_was_decoded_is_said(web: Web) -> None:
    page = looked_at(web.as_(web.cast.lin), csv(("身份证号", *HEADINGS), ("11010519491231002X", *ZHANG), encoding="gb18030"))
    assert "neither read nor kept: 身份证号" in texts(page)
    assert "read as GB18030" in texts(page)
    assert "11010519491231002X" not in page.text


def test_what_came_in_between_is_shown_before_anything_is_added(web: Web) -> None:
    lin, chen = web.as_(web.cast.lin), web.as_(web.cast.chen)
    page = looked_at(lin, csv(HEADINGS, ZHANG, LI))
    decide(chen, looked_at(chen, csv(HEADINGS, ZHANG)))
    answer = decide(lin, page)
    assert answer.status_code == 409
    assert "Something has changed since you looked" in texts(answer)
    assert "1 can be added 1 left out" in texts(answer)
    decide(lin, answer)
    assert roster_of(web) == 4


def test_a_list_is_added_once_however_often_the_button_is_pressed(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, ZHANG))
    assert decide(lin, page).status_code == 303
    answer = decide(lin, page)
    assert answer.status_code == 409
    assert "decided on already" in texts(answer)
    assert roster_of(web) == 3


def test_a_discarded_list_is_gone(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, ZHANG))
    assert "A list of yours waits" in lin.get(ROSTER).text
    assert lin.follow(decide(lin, page, "discard")).status_code == 200
    assert "A list of yours waits" not in lin.get(ROSTER).text
    assert lin.get(f"{ROSTER}/{number(page)}").status_code == 404


def test_a_list_is_undone_after_a_question(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    done = lin.follow(decide(lin, looked_at(lin, csv(HEADINGS, ZHANG, LI))))
    undo = re.search(r'href="/portal([^"]*)/undo"', done.text)
    assert undo
    question = lin.get(f"{undo[1]}/undo")
    assert "is erased" in texts(question)
    after = lin.follow(lin.post(f"{undo[1]}/undo"))
    assert "Undone" in texts(after)
    with web.db() as session:
        assert session.exec(select(ImportBatch)).one().state is ImportState.UNDONE
    assert lin.post(f"{undo[1]}/undo").status_code == 409


def test_why_it_is_too_late_to_undo_is_said(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, ZHANG))
    decide(lin, page)
    with web.db() as session:
        made = session.exec(select(Technician).order_by(col(Technician.created_at).desc())).first()
        assert made is not None
        requested(session, web.ring, web.cast, made)
    path = f"{ROSTER}/{number(page)}"
    assert "A visit has been asked for by now" in texts(lin.get(path))
    assert f"{path}/undo" not in lin.get(path).text
    assert lin.get(f"{path}/undo").status_code == 303
    assert lin.post(f"{path}/undo").status_code == 409


def test_a_draft_and_a_list_are_closed_to_others(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    path = f"{ROSTER}/{number(looked_at(lin, csv(HEADINGS, ZHANG)))}"
    for stranger in (web.as_(web.cast.rival), web.as_(web.cast.chen)):
        assert stranger.get(path).status_code == 404
        for act in ("apply", "discard", "undo"):
            assert stranger.post(f"{path}/{act}", {"ready": "1"}).status_code == 404
    lin.post(f"{path}/apply", {"ready": "1"})
    assert web.as_(web.cast.rival).get(path).status_code == 404
    assert "李" not in web.as_(web.cast.chen).get(path).text
    assert web.as_(web.cast.chen).get(path).status_code == 200
    admin = web.as_(web.cast.admin)
    assert admin.get(f"{CONTACTS}/{path.rpartition('/')[2]}").status_code == 404


def test_only_contacts_who_may_ask_for_visits_bring_in_rosters(web: Web) -> None:
    with web.db() as session:
        session.get_one(Contact, web.cast.chen.id).may_request = False
    chen = web.as_(web.cast.chen)
    assert chen.get(ROSTER).status_code == 403
    assert bring(chen, csv(HEADINGS, ZHANG)).status_code == 403
    for path in (CONTACTS, CUSTOMERS):
        assert web.as_(web.cast.mei).get(path).status_code == 403


def test_an_administrator_brings_in_customers_and_then_their_contacts(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    page = looked_at(admin, csv(("客户名称", "区域"), ("北辰数据", "A1")), CUSTOMERS)
    assert "Customers: 1" in texts(admin.follow(decide(admin, page, path=CUSTOMERS)))
    people = csv(("公司", "姓名", "邮箱", "审批"), ("北辰数据", "张三三", "zhang@north.example", "是"))
    page = looked_at(admin, people, CONTACTS)
    assert "Each gets a mail" in texts(page)
    assert admin.follow(decide(admin, page, path=CONTACTS)).status_code == 200
    with web.db() as session:
        north = session.exec(select(Customer).where(Customer.name == "北辰数据")).one()
        contact = session.exec(select(Contact).where(Contact.customer_id == north.id)).one()
        assert contact.may_approve
        claim = outbox.claim(session, now=web.clock.now)
        assert claim is not None
        assert claim.id == session.exec(select(OutboxMessage.id)).one()


def test_what_was_brought_by_whom_stands_in_the_list_of_earlier_ones(web: Web) -> None:
    admin, lin = web.as_(web.cast.admin), web.as_(web.cast.lin)
    decide(admin, looked_at(admin, csv(("客户名称",), ("北辰数据",)), CUSTOMERS), path=CUSTOMERS)
    assert ">9001<" in admin.get(CUSTOMERS).text
    decide(lin, looked_at(lin, csv(HEADINGS, ZHANG)))
    assert ">林*<" in lin.get(ROSTER).text
    assert "林岚" not in lin.get(ROSTER).text


def test_no_page_of_a_list_records_a_look_at_anybody(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, ("魏伟明", "wei@nimbus.example", ""), ZHANG))
    decide(lin, page)
    with web.db() as session:
        kinds = {event.type for event in session.exec(select(AccessEvent).where(AccessEvent.actor_id == web.cast.lin.id)).all()}
    assert EventType.IDENTITY_REVEALED not in kinds
    assert EventType.IMPORT_APPLIED in kinds


def test_two_hundred_rows_are_shown_of_many_and_all_of_them_added(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = looked_at(lin, csv(HEADINGS, *[(f"张{n}", f"z{n}@nimbus.example", "") for n in range(203)]))
    assert "… and 3 more" in texts(page)
    assert page.text.count("@nimbus.example</bdi>") == 200
    decide(lin, page)
    assert roster_of(web) == 205


def test_a_session_that_ended_meanwhile_brings_nothing(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    with web.db() as session:
        for row in session.exec(select(WebSession)).all():
            session.delete(row)
    assert bring(lin, csv(HEADINGS, ZHANG)).status_code == 401
    assert roster_of(web) == 2
