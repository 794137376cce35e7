"""Open consoles hear that something changed, after it is committed, from whichever process; and no stream keeps one from stopping."""

import asyncio
import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from sqlmodel import col, select

from access_log.db import make_engine, reading, transaction
from access_log.models import AccessEvent, Contact, Staff, Visit
from access_log.services import notices, passes
from kiosk.web import live
from kiosk.web.live import EVERY_SITE, EVERYBODY, Listener
from tests.moments import NOON
from tests.web.conftest import Web
from tests.web.desk import again, at_the_door, expected
from tests.web.kiosks import device
from tests.web.running import Running, Stream

QUIET = 0.4


@pytest.fixture
def run(web: Web) -> Iterator[Callable[..., Running]]:
    """Starts servers; stops them afterwards."""
    started: list[Running] = []

    def start(**options: object) -> Running:
        started.append(Running(web, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for server in started:
        server.end()


def opened(running: Running, who: Staff | Contact | None = None) -> Stream:
    """An open page (Mei's desk), after the `changed` that every connection begins with."""
    stream = running.person(who or running.web.cast.mei).listen()
    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert stream.headers["cache-control"] == "no-store"
    assert stream.next() == "changed", "whoever was cut off looks again"
    return stream


def shown_at_the_kiosk(running: Running, text: str) -> dict[str, object]:
    body = json.dumps({"nonce": str(uuid4()), "how": "scanner", "text": text})
    status, answer = running.kiosk().ask("POST", "/lobby/scan", body)
    assert status == 200, answer
    return dict(json.loads(answer))


def code_of(web: Web, visit: Visit) -> str:
    with web.db() as session:
        live_pass = passes.live_pass(session, visit=visit)
        assert live_pass is not None
        return passes.token_of(web.ring, live_pass)


def test_a_scan_and_its_check_are_heard_and_looking_is_not(web: Web, run: Callable[..., Running]) -> None:
    (visit,) = expected(web)
    running = run()
    stream = opened(running)
    mei = running.person(web.cast.mei)
    assert shown_at_the_kiosk(running, code_of(web, visit))["outcome"] == "id_pending"
    assert stream.next() == "changed"
    assert mei.ask("GET", "/console/desk")[0] == 200
    assert mei.post(f"/checks/{visit.id}") == 200
    assert stream.next(QUIET) == "", "a look that is told would make the page look again, for ever"
    assert mei.post(f"/checks/{visit.id}/answer", verdict="admit") == 303
    assert stream.next() == "changed"


def test_a_call_and_a_notice_read_at_the_kiosk_are_heard(web: Web, run: Callable[..., Running]) -> None:
    (visit,) = expected(web)
    with web.db() as session:
        row = session.merge(visit)
        row.notice_read_at = row.notice_version = None
        notices.publish_default(session, site_id=row.site_id, now=NOON)
    running = run()
    kiosk = running.kiosk()
    shown = shown_at_the_kiosk(running, code_of(web, visit))
    assert shown["outcome"] == "no_notice"
    stream = opened(running)
    read = json.dumps({"nonce": str(uuid4()), "token": shown["notice"]["token"], "answer": "read"})  # type: ignore[index]
    assert kiosk.ask("POST", "/lobby/notice", read)[0] == 200
    assert stream.next() == "changed"
    assert again(web, visit).state.value == "id_pending"
    assert kiosk.ask("POST", "/lobby/call", json.dumps({"nonce": str(uuid4())}))[0] == 200
    assert stream.next() == "changed"


def test_what_was_not_committed_is_not_told(web: Web, run: Callable[..., Running]) -> None:
    visit = at_the_door(web)
    running = run()
    mei = running.person(web.cast.mei)
    assert mei.post(f"/checks/{visit.id}/answer", verdict="admit") == 303
    stream = opened(running)
    assert mei.post(f"/checks/{visit.id}/answer", verdict="admit") == 409
    assert stream.next(QUIET) == ""


def test_whoever_is_told_finds_it_committed(web: Web) -> None:
    """A page that looks before the commit shows what was, and is not told again."""
    (visit,) = expected(web)
    live, found = web.app.state.register.live, []

    def look(site_id: int, customer_id: int = 0) -> None:
        with reading(web.engine) as session:  # a connection of its own sees what is committed
            last = session.exec(select(AccessEvent).order_by(col(AccessEvent.id).desc()).limit(1)).one()
            found.append((last.type.value, site_id, customer_id))

    live.relay = look
    site, nimbus, kiosk = web.cast.site.id, web.cast.nimbus.id, device(web)
    kiosk.scan(code_of(web, visit))
    mei = web.as_(web.cast.mei)
    mei.post(f"/checks/{visit.id}")
    assert mei.post(f"/checks/{visit.id}/answer", {"verdict": "admit"}).status_code == 303
    assert mei.post(f"/checks/{visit.id}/answer", {"verdict": "admit"}).status_code == 409
    assert found == [("arrival:recorded", site, nimbus), ("entry:granted", site, nimbus)]


def test_a_contacts_page_hears_of_its_own_company_alone(web: Web, run: Callable[..., Running]) -> None:
    (visit,) = expected(web)
    running = run()
    own, rival, desk = opened(running, web.cast.lin), opened(running, web.cast.rival), opened(running)
    assert shown_at_the_kiosk(running, code_of(web, visit))["outcome"] == "id_pending"
    assert [own.next(), desk.next(), rival.next(QUIET)] == ["changed", "changed", ""]
    mei = running.person(web.cast.mei)
    mei.post(f"/checks/{visit.id}")
    assert mei.post(f"/checks/{visit.id}/answer", verdict="admit") == 303
    assert [own.next(), desk.next(), rival.next(QUIET)] == ["changed", "changed", ""]
    assert running.kiosk().ask("POST", "/lobby/call", json.dumps({"nonce": str(uuid4())}))[0] == 200
    assert [desk.next(), own.next(QUIET), rival.next(QUIET)] == ["changed", "", ""], "a ring at the desk is no customer's matter"
    running.state.live.wake(EVERY_SITE, EVERYBODY)
    assert [stream.next() for stream in (own, rival, desk)] == ["changed"] * 3


def test_a_page_that_cannot_be_told_any_more_undoes_nothing(web: Web) -> None:
    """Its loop has ended between the commit and the word of it."""
    loop = asyncio.new_event_loop()
    loop.close()
    hub = web.app.state.register.live
    hub._listeners.add(Listener(loop, web.cast.site.id or 0, None))
    assert web.as_(web.cast.mei).post("/lock").status_code == 303
    hub.publish(web.cast.site.id or 0)


def test_a_change_at_another_site_is_not_told_and_one_everywhere_is(web: Web, run: Callable[..., Running]) -> None:
    running = run()
    stream = opened(running)
    running.state.live.publish(web.cast.site.id + 1)
    assert stream.next(QUIET) == ""
    running.state.live.publish_all()
    assert stream.next() == "changed"


def test_many_changes_at_once_are_one_word(web: Web, run: Callable[..., Running]) -> None:
    running = run()
    stream = opened(running)
    for _ in range(50):
        running.state.live.publish(web.cast.site.id)
    assert [stream.next(), stream.next(QUIET)] == ["changed", ""]


def test_a_quiet_stream_says_that_it_is_still_there(web: Web, run: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.1)
    stream = opened(run())
    assert [stream.next(), stream.next()] == ["still-here", "still-here"]


def test_a_page_that_went_away_is_forgotten(web: Web, run: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    running = run()
    gone, stays = opened(running), opened(running)
    assert running.state.live.open_pages == 2
    gone.close()
    for _ in range(40):
        assert stays.next() == "still-here"
        if running.state.live.open_pages == 1:
            break
    assert running.state.live.open_pages == 1


def test_a_stop_ends_the_streams_and_waits_for_none(web: Web, run: Callable[..., Running]) -> None:
    running = run()
    streams = [opened(running) for _ in range(3)]
    assert running.stop() < 5, "uvicorn waits for open connections as long as it is allowed to"
    assert [stream.next() for stream in streams] == ["end", "end", "end"]


def test_nobody_hears_who_is_not_signed_in_or_whose_desk_is_locked(web: Web, run: Callable[..., Running]) -> None:
    running = run()
    mei = running.person(web.cast.mei)
    assert mei.post("/lock") == 303
    for person in (mei, running.kiosk()):
        assert person.listen().status == 401


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_one_process_commits_the_consoles_of_another_hear(web: Web, run: Callable[..., Running]) -> None:
    visit = at_the_door(web)
    engine = make_engine(web.engine.url)
    first, second = run(), run(engine=engine)
    stream = opened(second)
    drain(stream)
    assert first.person(web.cast.mei).post(f"/checks/{visit.id}/answer", verdict="admit") == 303
    assert stream.next() == "changed"
    second.stop()
    engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_scan_at_one_process_is_heard_at_another(web: Web, run: Callable[..., Running]) -> None:
    (visit,) = expected(web)
    engine = make_engine(web.engine.url)
    first, second = run(), run(engine=engine)
    stream = opened(second)
    drain(stream)
    assert shown_at_the_kiosk(first, code_of(web, visit))["outcome"] == "id_pending"
    assert stream.next() == "changed"
    with transaction(engine) as session:
        assert session.get_one(Visit, visit.id).state.value == "id_pending"
    second.stop()
    engine.dispose()


def drain(stream: Stream) -> None:
    """Whatever joining the other process set off."""
    while stream.next(QUIET):
        pass
