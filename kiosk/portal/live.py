"""The stream that tells open pages to look again. It carries no data: each page asks for what its contact may see."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from access_log.policy.actors import Actor
from kiosk.web.policy import contact
from kiosk.web.state import state_of

router = APIRouter()


@router.get("/live")
def live(request: Request, actor: Annotated[Actor, Depends(contact())]) -> Response:
    """Server-sent events: `changed` at once on every connection, and after each change in a matter of the contact's company."""
    stream = state_of(request).live.stream(actor.site_id, actor.customer_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
