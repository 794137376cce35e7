"""The kiosk as a witness of the record: what it asks for, what it signs, what it disputes."""

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from access_log.crypto.checkpoint import LogKeys, hashes_text
from access_log.db import reading
from access_log.errors import RefusedInputError
from access_log.models import Kiosk
from access_log.services import witnesses
from kiosk.lobby.device import CurrentKiosk, FastKiosk
from kiosk.web.deps import Now, Register, Ring, Transaction, changed
from kiosk.web.state import State

router = APIRouter()
EVERY = 45
"""Seconds between two looks of a kiosk: whoever rewrites the record has less than a minute."""
NOTE = 4096
"""Characters of a checkpoint with three signatures, and room to spare."""


class Cosigned(BaseModel):
    """The kiosk's public key, and a checkpoint with its signature under ours."""

    key: str = Field(max_length=64)
    note: str = Field(max_length=NOTE)


class Dispute(BaseModel):
    """What is wrong, what the kiosk holds, and what it was shown."""

    fault: str = Field(max_length=32)
    held: str = Field(default="", max_length=NOTE)
    shown: str = Field(default="", max_length=NOTE)


def config_of(keys: LogKeys, kiosk: Kiosk) -> dict[str, object]:
    """What the kiosk's page has to know: the record's name, its public keys, and the name under which this kiosk signs."""
    enrolled = kiosk.enrolled_at.isoformat() if kiosk.enrolled_at else ""
    verifiers = [str(verifier) for verifier in keys.verifiers]
    return {"origin": keys.origin, "keys": verifiers, "name": witnesses.name_of(keys, kiosk), "enrolled": enrolled, "every": EVERY}


@router.get("/record")
async def record(device: FastKiosk, state: Register, old: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Response:
    """The newest checkpoint, and the proof that it begins with the one this kiosk holds."""
    del device
    return JSONResponse(await run_in_threadpool(_shown, state, old))


def _shown(state: State, old: int) -> dict[str, object]:
    with reading(state.engine) as session:
        found = witnesses.shown(session, old=old)
    if found is None:
        return {"checkpoint": "", "hashes": []}
    return {"checkpoint": found.note, "hashes": hashes_text(found.proof)}


@router.post("/record")
def cosigned(body: Cosigned, device: CurrentKiosk, session: Transaction, ring: Ring, now: Now) -> Response:
    """What the kiosk saw, signed by it."""
    try:
        key = base64.b64decode(body.key, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise RefusedInputError("key", "invalid")
    witnesses.cosigned(session, LogKeys.of(ring), kiosk=device, key=key, text=body.note, now=now)
    return JSONResponse({"kept": True})


@router.post("/record/dispute")
def disputed(body: Dispute, device: CurrentKiosk, session: Transaction, now: Now) -> Response:
    """The record no longer fits what the kiosk holds."""
    witnesses.disputed(session, kiosk=device, fault=body.fault, now=now)
    changed(session, device.site_id)
    return JSONResponse({"noted": True})
