"""The stream that tells open consoles to look again. It carries no data: the page fetches what its person may see."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from access_log.policy.actors import Actor
from kiosk.web.policy import staff
from kiosk.web.state import state_of

router = APIRouter()


@router.get("/live")
def live(request: Request, actor: Annotated[Actor, Depends(staff())]) -> Response:
    """Server-sent events, `changed` at once on every connection: whoever was cut off catches up by looking again."""
    return StreamingResponse(
        state_of(request).live.stream(actor.site_id), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )
