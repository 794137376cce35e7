"""What a handler asks for: the session of its one transaction, the time, the ring, the language."""

import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import event
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import NotFoundError
from access_log.i18n import LANGUAGES, pick_language
from access_log.models import AccessEvent, Site
from access_log.policy.codes import EventType
from access_log.settings import Settings
from kiosk.web.cookies import LANGUAGE
from kiosk.web.live import OPERATOR
from kiosk.web.state import State, state_of


async def _state(request: Request) -> State:
    """Like all the small ones here a coroutine: FastAPI gives every plain function a thread of its own, which costs more than the call."""
    return state_of(request)


Register = Annotated[State, Depends(_state)]


async def _transaction(state: Register) -> AsyncIterator[Session]:
    """One transaction a request, committed before the answer is sent (scope="function"); rolled back on any exception."""
    async with state.turn():
        context = transaction(state.engine)
        session = await run_in_threadpool(context.__enter__)
        happened = noted_events(session)
        try:
            yield session
        except BaseException:
            await run_in_threadpool(context.__exit__, *sys.exc_info())
            raise
        await run_in_threadpool(context.__exit__, None, None, None)
    for site_id, customer_id in sorted(happened):
        state.live.publish(site_id, customer_id)


CHANGES = "changes"
UNSEEN = frozenset({EventType.IDENTITY_REVEALED, EventType.IDENTITY_SEARCHED, EventType.SIGN_IN_SUCCEEDED, EventType.SIGN_IN_REFUSED})
"""Events that change nothing on an open console. Telling it of its own looks would make it look again, for ever."""


def noted_events(session: Session) -> set[tuple[int, int]]:
    """The (site, customer) that something happened to, filled while the session works: what is recorded is told after the commit."""
    changes: set[tuple[int, int]] = session.info.setdefault(CHANGES, set())

    def note(flushed: Session, _context: object) -> None:
        happened = (row for row in flushed.new if isinstance(row, AccessEvent) and row.type not in UNSEEN)
        changes.update((row.site_id, row.customer_id or OPERATOR) for row in happened)

    event.listen(session, "after_flush", note)
    return changes


def changed(session: Session, site_id: int, customer_id: int = OPERATOR) -> None:
    """Tell open pages after the commit of something that no recorded event speaks of (or one written past the ORM)."""
    session.info[CHANGES].add((site_id, customer_id))


async def _now(state: Register) -> datetime:
    return state.clock()


async def _ring(state: Register) -> KeyRing:
    return state.ring


async def _settings(state: Register) -> Settings:
    return state.settings


def language_of(request: Request) -> str:
    """?lang=, else what the browser chose before, else its Accept-Language, else the site's default."""
    default = state_of(request).settings.default_language
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANGUAGE)):
        if chosen in LANGUAGES:
            return str(chosen)
    return pick_language(request.headers.get("accept-language"), default)


async def _language(request: Request) -> str:
    return language_of(request)


Transaction = Annotated[Session, Depends(_transaction, scope="function")]
Now = Annotated[datetime, Depends(_now)]
Ring = Annotated[KeyRing, Depends(_ring)]
SettingsDep = Annotated[Settings, Depends(_settings)]
Language = Annotated[str, Depends(_language)]
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""A row's number in an address. What no database could hold leads nowhere, as an unknown one does."""


def _site(session: Transaction) -> Site:
    site = session.exec(select(Site).order_by("id").limit(1)).one_or_none()
    if site is None:
        raise NotFoundError
    return site


CurrentSite = Annotated[Site, Depends(_site)]
"""The installation's site. (Several sites in one installation: the session's site_id decides; sign-in knows only one.)"""


def address_of(request: Request) -> str:
    """The caller's network address, as the trusted proxy told it."""
    return request.client.host if request.client else ""
