"""The mail server is down, refuses, hangs: letters wait and go once, and nobody at a door waits for it."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine
from sqlalchemy.engine import URL
from sqlmodel import select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import OutboxMessage, SendState
from access_log.sending import send_due
from access_log.services import outbox
from access_log.settings import Settings
from access_log.smtp import SmtpTransport
from tests.cast import make_cast, with_pass
from tests.faults.crowd import at_once
from tests.faults.served import Asked, site
from tests.journeys.running import Letters, free_port
from tests.moments import NOON

pytestmark = pytest.mark.fault


class Post:
    """An outbox with letters in it, and a mail server that is not there yet."""

    def __init__(self, engine: Engine, ring: KeyRing, settings: Settings) -> None:
        self.engine, self.ring, self.settings = engine, ring, settings
        self.letters = Letters()
        self.port = free_port()
        self.server: Any = None
        self.now: datetime = NOON
        with transaction(engine) as session:
            cast = make_cast(session, ring)
            with_pass(session, ring, cast, cast.wei)
            self.wanted = len(session.exec(select(OutboxMessage.id).where(OutboxMessage.state == SendState.WAITING)).all())

    def open(self, letters: Any = None) -> None:
        self.server = Controller(letters or self.letters, hostname="127.0.0.1", port=self.port)
        self.server.start()

    def close(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None

    def send(self) -> int:
        """One look of a worker at the outbox."""
        transport = SmtpTransport(f"smtp://127.0.0.1:{self.port}?tls=none", "register@operator.example")
        return send_due(self.engine, self.ring, self.settings, transport, lambda: self.now)

    def states(self) -> Counter[tuple[str, str]]:
        with transaction(self.engine) as session:
            return Counter((row.state.value, row.error) for row in session.exec(select(OutboxMessage)).all())

    def taken(self) -> Counter[tuple[str, str]]:
        return Counter((str(letter["To"]), str(letter["Subject"])) for letter in self.letters.taken)


@pytest.fixture
def post(engine: Engine, ring: KeyRing, settings: Settings) -> Iterator[Post]:
    made = Post(engine, ring, settings)
    yield made
    made.close()


def test_letters_wait_for_a_mail_server_that_is_down_and_go_once_when_it_is_up(post: Post) -> None:
    assert (post.send(), post.wanted > 0) == (0, True)
    assert post.states() == {("waiting", ""): post.wanted}, "nothing is said against a letter"
    post.open()
    assert post.send() == 0, "not before half a minute is over"
    post.now += timedelta(minutes=1)
    at_once([post.send] * 3)
    assert post.states() == {("sent", ""): post.wanted}
    assert post.taken().total() == len(post.taken()) == post.wanted
    post.now += timedelta(hours=5)
    assert post.send() == 0


def test_a_mail_server_that_says_later_gets_the_letter_once_later(post: Post) -> None:
    class Later(Letters):
        async def handle_RCPT(self, *_: Any) -> str:  # aiosmtpd's own name
            return "451 greylisted"

    post.open(Later())
    post.send()
    assert post.states() == {("waiting", "smtp_451"): post.wanted}
    post.close()
    post.open()
    post.now += timedelta(minutes=1)
    post.send()
    assert post.taken().total() == len(post.taken()) == post.wanted


def test_what_a_dead_worker_had_claimed_is_sent_by_another_after_its_lease(post: Post) -> None:
    post.open()
    with transaction(post.engine) as session:
        assert all(outbox.claim(session, now=post.now) for _ in range(post.wanted))
    assert post.send() == 0
    post.now += outbox.LEASE + timedelta(seconds=1)
    post.send()
    assert post.taken().total() == len(post.taken()) == post.wanted


def test_a_lost_claim_settles_nothing(post: Post) -> None:
    """The control of the fence: a worker that was slower than its lease does not undo what the other one did."""
    with transaction(post.engine) as session:
        slow = [claim for _ in range(post.wanted) if (claim := outbox.claim(session, now=post.now)) is not None]
    post.open()
    post.now += outbox.LEASE + timedelta(seconds=1)
    post.send()
    with transaction(post.engine) as session:
        for claim in slow:
            outbox.refused(session, claim, error="unreachable", permanent=True, now=post.now)
    assert post.states() == {("sent", ""): post.wanted}


def test_doors_do_not_wait_for_a_mail_server_that_hangs(database: URL, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, site(database, tmp_path, people=2) as made:
        address = f"smtp://127.0.0.1:{silent.getsockname()[1]}?tls=none"
        process = made.process(ACCESS_LOG_OUTBOX_IN_PROCESS="true", ACCESS_LOG_SMTP_URL=address)
        try:
            silent.settimeout(30)
            silent.accept()[0].detach()  # a worker is here, and waits for a greeting
            began = time.monotonic()
            for number in range(10):
                assert process.scan(Asked(made.kiosks[0], made.passes[number % 2]))[0] == 200
            assert time.monotonic() - began < 10, "the mail server alone would take twenty seconds"
        finally:
            process.kill()
