"""What is answered has been committed: a commit that fails is an error to the caller, and nothing stays."""

from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlmodel import select

from access_log.models import AccessEvent, Kiosk
from tests.web.conftest import Web
from tests.web.kiosks import device, ready, scans


class CommitFailsError(RuntimeError):
    """The database takes every statement and not the last word."""


@pytest.fixture
def no_commit(web: Web) -> Any:
    """From now on every commit fails."""

    def begin() -> None:
        event.listen(web.engine, "commit", _fail)

    yield begin
    if event.contains(web.engine, "commit", _fail):
        event.remove(web.engine, "commit", _fail)


def _fail(_connection: Connection) -> None:
    raise CommitFailsError


@pytest.mark.asvs("2.3.3")
def test_a_form_whose_commit_fails_is_not_answered_as_done(web: Web, no_commit: Any) -> None:
    admin = web.as_(web.cast.admin)
    admin.client = type(admin.client)(web.app, base_url="https://testserver", raise_server_exceptions=False, cookies=admin.client.cookies)
    form = {"door": str(web.cast.door.id), "direction": "both", "code": "K7"}
    no_commit()
    assert admin.post("/admin/kiosks/new", form).status_code == 500
    event.remove(web.engine, "commit", _fail)
    with web.db() as session:
        assert session.exec(select(Kiosk.code)).all() == ["K1"]
    assert admin.post("/admin/kiosks/new", form).status_code in (200, 303), "the same form is good once the database is"


def test_a_scan_whose_commit_fails_is_no_verdict(web: Web, no_commit: Any) -> None:
    _visit, code = ready(web)
    kiosk = device(web)
    kiosk.browser.client = type(kiosk.browser.client)(
        web.app, base_url="https://testserver", raise_server_exceptions=False, cookies=kiosk.browser.client.cookies
    )
    no_commit()
    assert kiosk.scan(code).status_code == 500
    event.remove(web.engine, "commit", _fail)
    assert scans(web) == []
    assert kiosk.verdict(code)["outcome"] == "id_pending"
    with web.db() as session:
        assert len(session.exec(select(AccessEvent).where(AccessEvent.kiosk_id == web.cast.kiosk.id)).all()) == 1
