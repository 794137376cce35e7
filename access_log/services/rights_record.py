"""What the record says about requests: their number, their kind, codes. Never a word of what was asked."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from access_log.models import RightsRequest
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType
from access_log.services import events


def note(
    session: Session, request: RightsRequest, type_: EventType, *, actor: Actor, now: datetime, detail: Mapping[str, object] | None = None
) -> None:
    """One event about a request, under the person it is about where that is known."""
    said: dict[str, object] = {"request": request.number, "kind": request.kind.value}
    said |= {"item": request.item.value} if request.item else {}
    events.record(
        session, type_, site_id=request.site_id, now=now, actor=actor, subject_id=request.subject_id, customer_id=request.customer_id,
        detail=said | dict(detail or {}),
    )  # fmt: skip
