"""`access-log bounces`: mail that came back, piped by a mail server or lying in a mailbox."""

import mailbox
from pathlib import Path

import pytest
from sqlalchemy import Engine

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import OutboxMessage, SendState
from access_log.sending import send_due
from access_log.settings import Settings
from tests.cast import make_cast, with_pass
from tests.cli.conftest import Run, said
from tests.mail.notifications import POSTFIX, VACATION, written
from tests.mail.servers import Taker
from tests.moments import NOON


@pytest.fixture
def token(installed: Settings, installed_engine: Engine, ring: KeyRing) -> str:
    """Of a letter that was sent."""
    with transaction(installed_engine) as session:
        with_pass(session, ring, make_cast(session, ring))
    taker = Taker([])
    send_due(installed_engine, ring, installed, taker, lambda: NOON)
    return taker.tokens[0]


def state(engine: Engine) -> tuple[SendState, str]:
    with transaction(engine) as session:
        message = session.get_one(OutboxMessage, 1)
        return message.state, message.error


def test_a_mail_server_pipes_what_came_back(run: Run, installed_engine: Engine, token: str) -> None:
    done = run("bounces", typed=written(POSTFIX, token).decode())
    assert done.exit_code == 0
    assert "1  marked as undelivered" in done.output
    assert state(installed_engine) == (SendState.FAILED, "bounced_5.1.1")


def test_what_is_no_notification_is_taken_and_counted(run: Run, installed_engine: Engine, token: str) -> None:
    done = run("bounces", "-", typed=written(VACATION, token).decode())
    assert done.exit_code == 0
    assert "1  no notification about one of our letters" in done.output
    assert state(installed_engine) == (SendState.SENT, "")


def test_a_maildir_is_read_and_emptied(run: Run, installed_engine: Engine, token: str, tmp_path: Path) -> None:
    mailbox.Maildir(tmp_path / "box", create=True).add(written(POSTFIX, token))
    assert "1  marked as undelivered" in run("bounces", str(tmp_path / "box")).output
    assert list((tmp_path / "box").rglob("*.*")) == []
    assert state(installed_engine)[0] is SendState.FAILED


@pytest.mark.usefixtures("installed")
def test_a_place_that_is_neither_is_named(run: Run, tmp_path: Path) -> None:
    assert said(run("bounces", str(tmp_path / "nowhere"))) == f"{tmp_path / 'nowhere'} is neither a Maildir nor an mbox file"


def test_the_mail_server_is_asked_to_try_again_where_the_database_is_away(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """EX_TEMPFAIL of sysexits.h: else it would give up, and the notification would be lost."""
    monkeypatch.setenv("ACCESS_LOG_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    done = run("bounces", typed=written(POSTFIX, "0" * 24).decode())
    assert done.exit_code == 75
    assert "wei@" not in done.output
