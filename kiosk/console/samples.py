"""Named samples: the auditor asks, the privacy officer decides, the names are on the auditor's screen for half an hour and nowhere else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from access_log.policy.actors import Actor
from access_log.policy.codes import Role, SampleRefusal
from access_log.services import samples
from access_log.services.samples import Standing
from kiosk.console.show import elsewhere, show
from kiosk.console.words import SAMPLE_REASONS, SAMPLE_REFUSALS, STANDINGS
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import staff
from kiosk.web.render import redirect

router = APIRouter(prefix="/samples")
Reader = Annotated[Actor, Depends(staff(Role.AUDITOR, Role.PRIVACY_OFFICER))]
Officer = Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER))]
Auditor = Annotated[Actor, Depends(staff(Role.AUDITOR))]
WORDS: dict[str, Any] = {"reasons": SAMPLE_REASONS, "refusals": SAMPLE_REFUSALS, "standings": STANDINGS}


class RefuseForm(BaseModel):
    refusal: SampleRefusal


@router.get("")
def index(request: Request, reader: Reader, session: Transaction, now: Now) -> Response:
    """The auditor's own requests; all of them for the privacy officer."""
    return show(request, "samples.html", rows=samples.listed(session, reader=reader, now=now), **WORDS)


@router.get("/{sample_id}")
def sample(request: Request, sample_id: UUID, reader: Reader, session: Transaction, ring: Ring, language: Language, now: Now) -> Response:
    """One request with its visits, masked, and what may be done with it."""
    return _page(request, session, ring, sample_id, reader, empty(language), now)


@router.post("/{sample_id}/release")
def release(request: Request, sample_id: UUID, officer: Officer, session: Transaction, now: Now) -> Response:
    """Yes: the auditor may open the names, once, for half an hour, within three days."""
    samples.release(session, sample_id=sample_id, officer=officer, now=now)
    return redirect(request, f"/samples/{sample_id}", flash="sample_released")


@router.post("/{sample_id}/refuse")
def refuse(
    request: Request,
    sample_id: UUID,
    form: Annotated[Filled[RefuseForm], Depends(filled(RefuseForm))],
    officer: Officer,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """No, with a reason that the auditor reads."""
    if form.ok:
        samples.refuse(session, sample_id=sample_id, refusal=form.it.refusal, officer=officer, now=now)
        return redirect(request, f"/samples/{sample_id}", flash="sample_refused")
    return _page(request, session, ring, sample_id, officer, form, now, 422)


@router.post("/{sample_id}/names")
def names(request: Request, sample_id: UUID, auditor: Auditor, session: Transaction, ring: Ring, now: Now) -> Response:
    """The names, until the half hour is over. The browser leaves the page by itself then, and the server shows nothing any more."""
    found = samples.names(session, ring, sample_id=sample_id, auditor=auditor, now=now)
    known = samples.one(session, sample_id=sample_id, reader=auditor, now=now)
    assert known.until is not None
    left = max(int((known.until - now).total_seconds()), 1)
    answer = show(request, "sample_names.html", sample=known, rows=found, left=left, **WORDS)
    answer.headers["Refresh"] = f"{left}; url={request.scope.get('root_path', '')}/samples/{sample_id}"
    return answer


@router.get("/{sample_id}/names")
@router.get("/{sample_id}/refuse")
def back(request: Request, sample_id: UUID, reader: Reader) -> Response:
    """Asked for again what only a form sends. Names are never behind an address."""
    del reader
    return elsewhere(request, f"/samples/{sample_id}")


def _page(
    request: Request,
    session: Transaction,
    ring: Ring,
    sample_id: UUID,
    reader: Actor,
    form: Filled[RefuseForm],
    now: Now,
    status: int = 200,
) -> Response:
    known = samples.one(session, sample_id=sample_id, reader=reader, now=now)
    return show(
        request,
        "sample.html",
        status,
        form=form,
        sample=known,
        rows=samples.rows_of(session, ring, sample_id=sample_id),
        may_decide=reader.role is Role.PRIVACY_OFFICER and known.standing is Standing.WAITING,
        may_open=reader.role is Role.AUDITOR and known.standing in (Standing.RELEASED, Standing.OPEN),
        shown=int(samples.SHOWN.total_seconds()) // 60,
        **WORDS,
    )
