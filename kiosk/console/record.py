"""The tamper-evident record in plain words: what was verified and when, one entry with its proof, what others may hold against it."""

import json
from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse, Response

from access_log.crypto.checkpoint import LogKeys, hashes_text
from access_log.errors import NotFoundError
from access_log.models import RecordCheckpoint
from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services import record_proofs, record_tree, sealer, verifications, witnesses
from access_log.services.record_check import Finding
from access_log.services.record_proofs import FORMAT, Proof
from access_log.words import RECORD
from kiosk.console.events import read_id
from kiosk.console.show import show
from kiosk.console.words import FAULTS, WITNESS
from kiosk.web.deps import Language, Now, Ring, Transaction, changed
from kiosk.web.policy import staff
from kiosk.web.render import redirect, text_in

router = APIRouter(prefix="/record")
Reader = Annotated[Actor, Depends(staff(Role.AUDITOR, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR))]
EntryId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("")
def page(request: Request, reader: Reader, session: Transaction, ring: Ring, language: Language, now: Now) -> Response:
    """The verdict of the newest check, what is under way, and how somebody else can check."""
    newest = verifications.latest(session)
    head = record_tree.head(session)
    return show(
        request,
        "record.html",
        newest=newest,
        earlier=verifications.listed(session)[1:],
        running=verifications.running(session),
        findings=[in_words(finding, partial(text_in, language)) for finding in verifications.findings(newest)] if newest else [],
        head=head,
        late=head is not None and now - head.signed_at > 2 * sealer.HEARTBEAT,
        waiting=sealer.waiting_count(session),
        witnesses=witnesses.listed(session, site_id=reader.site_id, now=now),
        states=WITNESS,
        faults=FAULTS,
        key=str(LogKeys.of(ring).verifiers[-1]),
        origin=LogKeys.of(ring).origin,
    )


def in_words(finding: Finding, say: Callable[[str], str]) -> str:
    """A finding as a sentence."""
    values = {name: ", ".join(value) if isinstance(value, list) else value for name, value in finding.values.items()}
    return say(RECORD[finding.code.value]).format(**values)


@router.post("/check")
def check(request: Request, reader: Reader, session: Transaction, now: Now) -> Response:
    """Verify now: it begins within seconds, and goes on beside everything else."""
    verifications.ask(session, actor=reader, now=now)
    changed(session, reader.site_id)
    return redirect(request, "/record", flash="check_asked")


@router.get("/checkpoint")
def checkpoint(reader: Reader, session: Transaction) -> Response:
    """The newest signed head, to be kept somewhere else."""
    del reader
    head = _head(session)
    name = f"checkpoint-{head.size}.txt"
    return Response(head.note, media_type="text/plain; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/consistency")
def consistency(reader: Reader, session: Transaction, old: str = "") -> Response:
    """That the record of today begins with the one of `old` entries, as JSON (docs/record.md)."""
    del reader
    size = read_id(old)
    if size is None:
        raise NotFoundError
    shown = record_tree.consistency(session, old=size)
    return JSONResponse(
        {"format": FORMAT, "old": shown.old, "size": shown.size, "hashes": hashes_text(shown.proof), "checkpoint": shown.note}
    )


@router.get("/entry")
def look_up(request: Request, reader: Reader, number: str = "") -> Response:
    """The form with a number in it, on to that entry."""
    del reader
    entry_id = read_id(number)
    if entry_id is None:
        raise NotFoundError
    return redirect(request, f"/record/entry/{entry_id}")


@router.get("/entry/{entry_id}")
def entry(request: Request, entry_id: EntryId, reader: Reader, session: Transaction, ring: Ring) -> Response:
    """One entry: its exact text, its place in the tree, and the proof that it stands there."""
    shown = _entry(session, reader, entry_id)
    signed = LogKeys.of(ring).recognise(shown.note)
    (one,) = shown.entries
    fields = json.loads(one.body) if one.body else {}
    return show(
        request,
        "record_entry.html",
        number=entry_id,
        shown=shown,
        signed=signed,
        index=one.index,
        fields=fields,
        hashes=hashes_text(shown.hashes),
    )


@router.get("/entry/{entry_id}/proof")
def proof(entry_id: EntryId, reader: Reader, session: Transaction) -> Response:
    """The proof for one entry as JSON (docs/record.md)."""
    return JSONResponse(_entry(session, reader, entry_id).as_json)


def _entry(session: Transaction, reader: Actor, entry_id: int) -> Proof:
    if not record_tree.is_of_site(session, entry_id=entry_id, site_id=reader.site_id):
        raise NotFoundError
    return record_proofs.of_entry(session, entry_id=entry_id)


def _head(session: Transaction) -> RecordCheckpoint:
    head = record_tree.head(session)
    if head is None:
        raise NotFoundError
    return head
