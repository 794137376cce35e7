"""The kiosk's routes. All but the shell and the enrolment answer enrolled devices only."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from access_log.crypto.checkpoint import LogKeys
from access_log.db import reading
from access_log.errors import NotFoundError, RefusedInputError
from access_log.i18n import LANGUAGES, local_time
from access_log.models import Door, Kiosk, Site
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, Direction, Outcome, VisitState
from access_log.services import calls, change_notices, kiosks, notices, passes, visits
from access_log.services.scan_values import ReadScan, ScanAnswer
from access_log.services.scans import read_code, record_scans
from kiosk.lobby import answers
from kiosk.lobby.device import COOKIE, CurrentKiosk, FastKiosk, read_ticket, request_token
from kiosk.lobby.policy import policy_in_force
from kiosk.lobby.texts import page_texts
from kiosk.lobby.witness import config_of
from kiosk.web.deps import CurrentSite, Language, Now, Register, Ring, Transaction, changed
from kiosk.web.faces import forget_files
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import public
from kiosk.web.render import redirect, render, text_in
from kiosk.web.state import State, state_of

router = APIRouter()


class EnrolForm(BaseModel):
    code: str = Field(max_length=64)


class Scan(BaseModel):
    """`nonce` makes a repeated request get its first answer again. `text` has room for whatever a QR code can hold (7,089 digits)."""

    nonce: UUID
    how: Literal["camera", "scanner", "code"]
    text: str = Field(max_length=8192)


class NoticeAnswer(BaseModel):
    nonce: UUID
    token: str = Field(max_length=128)
    answer: Literal["read", "decline", "minor"]


class Call(BaseModel):
    nonce: UUID
    visit: str | None = Field(default=None, max_length=128)
    outcome: str | None = Field(default=None, max_length=32)


@router.post("/scan")
async def scan(request: Request, body: Scan, kiosk_id: FastKiosk) -> Response:
    """One scan: checked, put with whatever else waits into one transaction, answered after its commit.

    Asks the framework for little: each dependency costs as much as reading the scan's body.
    """
    state = state_of(request)
    typed = body.how == "code"
    if typed and await run_in_threadpool(_too_many_codes, state, kiosk_id):
        return JSONResponse({"error": "too_many_codes"}, 429)
    read = read_code(state.ring, kiosk_id=kiosk_id, nonce=str(body.nonce), text=body.text, typed=typed)
    told: dict[str, Any] = await request.app.state.batcher.submit(read)
    return JSONResponse({"error": "unpaired"}, 401) if told["outcome"] == Outcome.KIOSK_UNPAIRED else JSONResponse(told)


def _too_many_codes(state: State, kiosk_id: int) -> bool:
    with reading(state.engine) as session:
        return kiosks.code_tries(session, kiosk_id=kiosk_id, now=state.clock()) >= kiosks.MOST


@router.get("/", dependencies=[Depends(public())])
def shell(request: Request, session: Transaction, ring: Ring, language: Language, state: Register) -> Response:
    """The kiosk's page on an enrolled device; elsewhere the enrolment form. Open to everybody: both show nobody."""
    credential = request.cookies.get(COOKIE, "")
    device = kiosks.find(session, credential) if credential else None
    if device is None:
        return render(request, "lobby/enrol.html", form=empty(language))
    site, door = session.get_one(Site, device.site_id), session.get_one(Door, device.door_id)
    watching = {"record": config_of(LogKeys.of(ring), device)}
    config = _config(state, site, door, device) | watching | {"csrf": request_token(ring, credential)}
    return render(request, "lobby/shell.html", config=config)


def _config(state: State, site: Site, door: Door, device: Kiosk) -> dict[str, Any]:
    return {
        "site": {"name": answers.both(site, "name"), "zone": site.zone, "guard_phone": site.guard_phone},
        "door": {"name": answers.both(door, "name"), "code": door.code},
        "direction": device.direction.value,
        "default_language": state.settings.default_language,
        "idle_seconds": 45,
        "warn_seconds": 20,
        "texts": {language: page_texts(partial(text_in, language)) for language in LANGUAGES},
    }


@router.post("/enrol", dependencies=[Depends(public()), Depends(forget_files)])
def enrol(
    request: Request,
    form: Annotated[Filled[EnrolForm], Depends(filled(EnrolForm))],
    session: Transaction,
    ring: Ring,
    site: CurrentSite,
    now: Now,
) -> Response:
    """Open to whoever holds a one-use code. Wrong codes are slowed for the whole site."""
    throttle: dict[int, list[Any]] = request.app.state.wrong_enrolments
    recent = [at for at in throttle.get(site.id or 0, []) if now - at < kiosks.WITHIN]
    if form.ok and len(recent) >= kiosks.MOST:
        form.refuse("code", "too_many")
    if form.ok:
        try:
            _device, credential = kiosks.enrol(session, ring, text=form.it.code, now=now)
            answer = redirect(request, "/")
            answer.set_cookie(COOKIE, credential, max_age=400 * 86400, secure=True, httponly=True, samesite="strict", path="/")
            return answer
        except RefusedInputError as error:
            throttle[site.id or 0] = [*recent, now]
            form.take(error)
    return render(request, "lobby/enrol.html", 422, form=form)


@router.post("/notice")
def notice(
    body: NoticeAnswer, device: CurrentKiosk, session: Transaction, state: Register, ring: Ring, now: Now, language: Language
) -> Response:
    """The visitor's answer to the notice. Read: the scan goes on at once. Declined or under 18: erased."""
    visit = visits.get(session, read_ticket(state, device.id or 0, body.token), site_id=device.site_id)
    actor = Actor(ActorKind.KIOSK, device.id, device.site_id)
    if body.answer == "read":
        notices.acknowledge(session, visit=visit, language=language, where="kiosk", actor=actor, now=now)
        live = passes.live_pass(session, visit=visit)
        if live is None:
            raise NotFoundError
        read = ReadScan(device.id or 0, str(body.nonce), digest=live.digest, pass_site=live.site_id)
        answer = record_scans(session, [read], now)[0]
        session.expire_all()
        changed(session, device.site_id, visit.customer_id)
        return JSONResponse(answers.painted(session, state, [(device.id or 0, answer)])[0])
    act = notices.decline if body.answer == "decline" else notices.minor
    act(session, visit=visit, actor=actor, now=now)
    outcome = Outcome.NO_NOTICE if body.answer == "decline" else Outcome.MINOR
    return JSONResponse(answers.painted(session, state, [(device.id or 0, ScanAnswer(outcome, Direction.IN, now))])[0])


@router.post("/call")
def call(body: Call, device: CurrentKiosk, session: Transaction, state: Register, now: Now) -> Response:
    """Ring at the guards' desk."""
    visit_id = read_ticket(state, device.id or 0, body.visit) if body.visit else None
    outcome = Outcome(body.outcome) if body.outcome in {known.value for known in Outcome} else None
    made = calls.call(session, kiosk=device, nonce=str(body.nonce), visit_id=visit_id, outcome=outcome, now=now)
    return JSONResponse({"called_at": answers.iso(made.called_at), "answered": made.answered_at is not None})


@router.get("/call/{nonce}")
def called(nonce: UUID, device: CurrentKiosk, session: Transaction) -> Response:
    """Is a guard on the way?"""
    made = calls.find(session, kiosk=device, nonce=str(nonce))
    if made is None:
        raise NotFoundError
    return JSONResponse({"answered": made.answered_at is not None})


@router.get("/watch/{visit}")
def watch(visit: str, device: CurrentKiosk, session: Transaction, state: Register) -> Response:
    """What came of the identity check, for the screen that waits for it."""
    row = answers.visit_of(session, read_ticket(state, device.id or 0, visit))
    waiting = row.state is VisitState.ID_PENDING
    return JSONResponse({"state": "id_pending" if waiting else "admitted" if row.state is VisitState.ADMITTED else "turned_away"})


@router.get("/ping")
def ping(device: CurrentKiosk, session: Transaction, now: Now) -> Response:
    """The pulse: the server's clock, and the word that this device is alive."""
    silent = device.seen_at is None or now - device.seen_at > timedelta(seconds=60)
    kiosks.seen(session, kiosk=device, now=now)
    if silent:
        changed(session, device.site_id)
    change = change_notices.next_change(session, site_id=device.site_id, now=now)
    day = local_time(change, session.get_one(Site, device.site_id).zone)[:10] if change else None
    return JSONResponse({"now": answers.iso(now), "waiting": 0, "change": day})


@router.get("/policy")
def policy(device: CurrentKiosk, session: Transaction, now: Now) -> Response:
    """The policy in force, for whoever asks before they scan anything."""
    return JSONResponse(policy_in_force(session, session.get_one(Site, device.site_id), now))
