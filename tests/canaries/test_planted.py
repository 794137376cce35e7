"""People are planted: they go through the whole product, real processes and a real mail server, and through everything that can fail.

What they leave is looked through at the very end of the suite (test_sweep.py). Here it is only made sure that they were really there.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy.engine import URL
from sqlmodel import col, select

from access_log.db import make_engine, transaction
from access_log.models import OutboxMessage, ReportRun, ReportSchedule, SendState, Technician, Visit
from access_log.models.report import ReportKind
from access_log.runtime import open_reports_ring, utc_now
from access_log.services import notices, passes
from access_log.services.labels import read_labels
from reports.run import run_due
from tests.canaries.caller import Caller, signed_in
from tests.canaries.failing import CRASHES, LOSES_THE_DATABASE
from tests.canaries.people import FOREIGN, MAIL, NAME, NUMBER, PHONE, RARE
from tests.faults.served import Asked, Process, Site, site
from tests.journeys.running import Letters, free_port, wait_for

pytestmark = pytest.mark.fault
BOUNCES = f"bounce.{MAIL}"
MASKED = f"{NAME[0]}*{NAME[-1]}"


class Mailbox(Letters):
    """A mail server that says in full whom it does not know."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # aiosmtpd's own name
        if address.startswith("bounce."):
            return f"550 5.1.1 <{address}> ({NAME}) unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.taken if address in str(letter["To"])]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, f"smtp://127.0.0.1:{port}?tls=none"
    server.stop()


@pytest.fixture
def running(database: URL, tmp_path: Path, mailbox: tuple[Mailbox, str]) -> Iterator[Process]:
    with site(database, tmp_path) as made:
        with transaction(made.engine) as session:
            notices.publish_default(session, site_id=made.cast.site.id or 0, now=utc_now())
        process = made.process("tests.canaries.failing", ACCESS_LOG_OUTBOX_IN_PROCESS="true", ACCESS_LOG_SMTP_URL=mailbox[1])
        yield process
        process.stop()


@pytest.mark.clause("2.1.a")
def test_planted_people_go_through_everything_that_works_and_everything_that_fails(running: Process, mailbox: tuple[Mailbox, str]) -> None:
    made, box = running.site, mailbox[0]
    visit = asked_for(running)
    own = opened(running, box.link(MAIL, "/visit/"))
    admitted(running, visit)
    assert running.scan(Asked(made.kiosks[1], digits(made, visit)))[1]["outcome"] == "exited"
    assert PHONE in own.post("/data").text, "their own page shows what is held"
    reported(running)
    at_the_portal(running)
    at_the_kiosk(running)
    wait_for(lambda: len(box.to(MAIL)) >= 2, "the receipt")
    assert any(NAME in letter.get_content() for letter in box.to(MAIL)), "only in letters to themselves"
    assert wait_for(lambda: bounced(made), "the word that a letter came back") == {"smtp_550"}


def bounced(made: Site) -> set[str]:
    """What is said of letters that a mail server did not take; it named the person and the address."""
    with transaction(made.engine) as session:
        return set(session.exec(select(OutboxMessage.error).where(OutboxMessage.state == SendState.FAILED)).all())


def asked_for(running: Process) -> Visit:
    """Brought in with a list, looked up by name, asked for, approved."""
    lin, admin, made = signed_in(running, running.site.cast.lin), signed_in(running, running.site.cast.admin), running.site
    rows = f"姓名\t邮箱\t手机\n{NAME}\t{MAIL}\t{PHONE}\n{RARE}\t{BOUNCES}\t\n{FOREIGN}\t\t+8613800138001\n"
    preview = lin.post("/roster/import/upload", rows=rows)
    assert preview.status == 303, preview.text
    page = lin.get(preview.location)
    assert (NAME in page.text, RARE in page.text) == (True, True)
    assert lin.post(f"{preview.location}/apply", ready=page.value("ready")).status == 303
    assert NAME in lin.post("/roster/search", wanted=NAME).text
    with transaction(made.engine) as session:
        people = session.exec(select(Technician.id).order_by(col(Technician.created_at).desc()).limit(3)).all()
    asked = lin.post(
        "/visits/new",
        technicians=people,
        window="three_days",
        areas=made.cast.hall.id,
        purpose="repair",
        work_order="WO-1",
        nonce=uuid4().hex,
    )
    assert asked.status == 303, asked.text
    boxes = re.findall(r'name="visits" value="([^"]+)"', admin.get("/admin/approvals").text)
    assert len(boxes) == len(people)
    assert admin.post("/admin/approvals/approve", visits=boxes).status == 303
    with transaction(made.engine) as session:
        visits = session.exec(select(Visit).where(col(Visit.technician_id).in_(people))).all()
        labels = read_labels(session, made.ring, [visit.subject_id for visit in visits])
        return next(visit for visit in visits if labels[visit.subject_id] == MASKED)


def opened(running: Process, link: str) -> Caller:
    """The technician opens the letter's link, reads the notice, looks at their data and puts it right."""
    own = Caller(running, "/visit")
    path = link.partition("/visit")[2]
    assert own.get(path).status == 200
    assert own.post(path).status == 303
    notice = own.get("/notice")
    own.csrf = notice.value("csrf")
    assert own.post("/notice", sha256=notice.value("sha256")).location == "/pass"
    assert NAME in own.post("/data").text
    assert own.post("/data/contact", mail=MAIL, phone=f"+86{PHONE}").status == 303
    for page in ("/pass", "/pass.png", "/pass/picture", "/calendar.ics", "/receipt", "/data"):
        own.get(page)
    return own


def digits(made: Site, visit: Visit) -> str:
    with transaction(made.engine) as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        return passes.token_of(made.ring, live)


def admitted(running: Process, visit: Visit) -> None:
    """Scanned, looked at by the guard with the number of the document, let in."""
    made = running.site
    mei = signed_in(running, made.cast.mei)
    assert running.scan(Asked(made.kiosks[0], digits(made, visit)))[1]["outcome"] == "id_pending"
    assert NAME in mei.post("/find", wanted=NAME).text
    assert NAME in mei.post(f"/checks/{visit.id}").text
    wrong = mei.post(f"/checks/{visit.id}/answer", verdict="admit", document_number=NUMBER[:-1] + "1", badge=NUMBER)
    assert (wrong.status, NUMBER[:-1] + "1" in wrong.text) == (422, False)
    assert mei.post(f"/checks/{visit.id}/answer", verdict="admit", document_number=NUMBER, badge="V7").status == 303


def reported(running: Process) -> None:
    """Tomorrow's report says who was here, masked; the reviewer opens every file of it."""
    made = running.site
    with transaction(made.engine) as session:
        facts = {"site_id": made.cast.site.id, "from_at": utc_now() - timedelta(days=1), "created_at": utc_now()}
        session.add(ReportSchedule(kind=ReportKind.ACCESS_DAILY, **facts))
    engine = make_engine(made.engine.url)
    written, failed = run_due(engine, engine, open_reports_ring(made.settings), lambda: utc_now() + timedelta(days=1, hours=12))
    engine.dispose()
    assert (written >= 1, failed) == (True, 0)
    rui = signed_in(running, made.cast.rui)
    with transaction(made.engine) as session:
        runs = session.exec(select(ReportRun.id)).all()
    pages = [rui.post(f"/reports/{run}/page").text for run in runs]
    for run in runs:
        for kind in ("csv", "pdf"):
            assert rui.post(f"/reports/{run}/{kind}/download").status == 200
    assert any(MASKED in page for page in pages)
    assert not any(NAME in page for page in pages)


def at_the_portal(running: Process) -> None:
    """Broken acts, wrong fields, wrong addresses, wrong passwords."""
    made = running.site
    lin, nobody = signed_in(running, made.cast.lin), Caller(running, "/portal")
    asked = {"mail": MAIL, "phone": PHONE, "language": "zh-CN"}
    assert lin.post("/roster/new", name=NAME + CRASHES, **asked).status == 500
    assert lin.post("/roster/new", name=NAME + LOSES_THE_DATABASE, **asked).status == 503
    assert lin.post("/roster/new", name=NAME, mail=f"{NAME} {NUMBER}", phone=NUMBER, language=MAIL).status == 422
    assert lin.post("/roster/import/upload", rows=f"{NAME}\t{NUMBER}\n" * 3).status in (303, 422)
    assert lin.post("/visits/new", technicians=NAME, work_order=f"{NAME} {NUMBER}", window="three_days", purpose=PHONE).status == 422
    assert nobody.post("/sign-in", name=MAIL, password=NUMBER).status in (422, 403)
    assert nobody.post("/sign-in", name=NUMBER, password=NAME).status in (422, 403)
    for path in (f"/roster/{NAME}", f"/{NAME}/{NUMBER}", f"/roster?page={NAME}&lang={MAIL}", f"/visits?number={PHONE}&state={NUMBER}"):
        lin.get(path, Referer=f"http://127.0.0.1/{NUMBER}", **{"User-Agent": MAIL})
    assert lin.post("/roster/new", name=NAME, mail=MAIL, phone=PHONE, language="zh-CN").status == 422, "is on the roster already"


def at_the_kiosk(running: Process) -> None:
    """Somebody holds an identity card before the camera, or types a telephone number."""
    made = running.site
    for how, text in (("camera", f"{NAME},{NUMBER}"), ("scanner", NUMBER), ("code", PHONE)):
        credential, token = made.tokens[made.kiosks[0]]
        headers = {"Cookie": f"__Host-lobby={credential}", "X-CSRF": token, "Content-Type": "application/json"}
        body = json.dumps({"nonce": str(uuid4()), "how": how, "text": text})
        assert json.loads(running.ask("POST", "/lobby/scan", body, **headers)[1])["outcome"] == "not_a_pass"
        running.ask("POST", "/lobby/scan", json.dumps({"nonce": text, "how": NAME, "text": [NUMBER]}), **headers)
        running.ask("POST", "/lobby/call", json.dumps({"nonce": str(uuid4()), "outcome": text}), **headers)
