"""What every request of a process shares."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request
from sqlalchemy import Engine
from sqlmodel import col, select

from access_log.crypto.ring import KeyRing
from access_log.db import reading
from access_log.models import Site
from access_log.rings import Rings
from access_log.settings import Settings
from kiosk.web.live import Live


@dataclass
class State:
    """One a process. `clock` returns aware UTC; tests hand in a fixed one."""

    engine: Engine
    rings: Rings
    settings: Settings
    clock: Callable[[], datetime]
    live: Live = field(default_factory=Live)
    on_start: list[Callable[[], None]] = field(default_factory=list)
    on_stop: list[Callable[[], None]] = field(default_factory=list)
    _zone: str = ""
    _turn: asyncio.Semaphore | None = None

    @property
    def ring(self) -> KeyRing:
        """The keys as they are now: ask once for what belongs together."""
        return self.rings()

    def start(self) -> None:
        """Start what the faces run beside their requests."""
        for start in self.on_start:
            start()

    def stop(self) -> None:
        """Stop it, streams first."""
        self.live.close()
        for stop in self.on_stop:
            stop()

    def zone(self) -> str:
        """The site's time zone; read once, and again after somebody changes it."""
        if not self._zone:
            with reading(self.engine) as session:
                self._zone = session.exec(select(Site.zone).order_by(col(Site.id)).limit(1)).first() or "Asia/Shanghai"
        return self._zone

    def forget_zone(self) -> None:
        """The site's settings were changed."""
        self._zone = ""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait, without holding a thread, until the database has room for one more transaction of a request."""
        if self._turn is None:
            self._turn = asyncio.Semaphore(1 if self.engine.dialect.name == "sqlite" else 12)
        return self._turn


def state_of(request: Request) -> State:
    """The process's state."""
    state: State = request.app.state.register
    return state
