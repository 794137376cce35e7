"""Which kiosk is calling: the credential cookie of an enrolled device, and a request token that only its own page knows."""

import time
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from access_log.crypto.codes import token_digest
from access_log.crypto.ring import KeyKind, KeyRing
from access_log.crypto.suites import mac, mac_holds
from access_log.errors import NotAllowedError, NotFoundError
from access_log.models import Kiosk
from access_log.services import kiosks
from kiosk.web.deps import Transaction
from kiosk.web.errors import SignInNeeded
from kiosk.web.state import State, state_of

COOKIE = "__Host-lobby"
REMEMBERED = 5.0
"""Seconds a credential and its token are remembered as good on the scan's path; the scan itself checks for a revoked kiosk again."""
TICKET_MINUTES = 20


def request_token(ring: KeyRing, credential: str) -> str:
    """What the kiosk's page sends as X-CSRF: bound to its credential."""
    _version, key = ring.secret(KeyKind.COOKIE)
    return mac(ring.suite, key, *_asked(credential)).hex()


def _asked(credential: str) -> tuple[bytes, ...]:
    return b"kiosk-request", credential.encode()


def _checked_credential(request: Request) -> str:
    credential = request.cookies.get(COOKIE, "")
    if not credential:
        raise SignInNeeded
    if request.method != "GET":
        _version, key = state_of(request).ring.secret(KeyKind.COOKIE)
        if not mac_holds(_hex(request.headers.get("x-csrf", "")), key, *_asked(credential)):
            raise NotAllowedError
    return credential


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def kiosk() -> Any:
    """An enrolled kiosk, with its row."""

    def allowed(request: Request, session: Transaction) -> Kiosk:
        found = kiosks.find(session, _checked_credential(request))
        if found is None:
            raise SignInNeeded
        return found

    allowed.policy = "kiosk"  # type: ignore[attr-defined]
    return allowed


def fast_kiosk() -> Any:
    """An enrolled kiosk's id, without a transaction: for the scan's path."""

    async def allowed(request: Request) -> int:
        known: dict[bytes, tuple[int, float]] = request.app.state.known_kiosks
        shown = token_digest(f"{request.cookies.get(COOKIE)} {request.headers.get('x-csrf')}")
        remembered = known.get(shown)
        if remembered is None or time.monotonic() - remembered[1] > REMEMBERED:
            found = await request.app.state.find_kiosk(_checked_credential(request))
            if found is None:
                known.pop(shown, None)
                raise SignInNeeded
            remembered = known[shown] = (found, time.monotonic())
        return remembered[0]

    allowed.policy = "kiosk"  # type: ignore[attr-defined]
    return allowed


CurrentKiosk = Annotated[Kiosk, Depends(kiosk())]
FastKiosk = Annotated[int, Depends(fast_kiosk())]


def ticket(state: State, kiosk_id: int, visit_id: UUID) -> str:
    """An opaque name for a visit that only this kiosk can use, for some minutes. Says nothing, cannot be made up."""
    stamp = int(state.clock().timestamp() // 60)
    _version, key = state.ring.secret(KeyKind.COOKIE)
    return f"{visit_id.hex}.{stamp}.{mac(state.ring.suite, key, *_named(kiosk_id, visit_id, stamp)).hex()}"


def read_ticket(state: State, kiosk_id: int, text: str) -> UUID:
    """The visit of a ticket. Raises NotFoundError: forged, another kiosk's, or too old."""
    parts = text.split(".")
    try:
        visit_id, stamp = UUID(hex=parts[0]), int(parts[1])
        given = parts[2]
    except (ValueError, IndexError):
        raise NotFoundError from None
    age = state.clock().timestamp() // 60 - stamp
    _version, key = state.ring.secret(KeyKind.COOKIE)
    right = mac_holds(_hex(given), key, *_named(kiosk_id, visit_id, stamp))
    if not right or not 0 <= age <= TICKET_MINUTES:
        raise NotFoundError
    return visit_id


def _named(kiosk_id: int, visit_id: UUID, stamp: int) -> tuple[bytes, ...]:
    return b"kiosk-ticket", str(kiosk_id).encode(), visit_id.bytes, str(stamp).encode()
