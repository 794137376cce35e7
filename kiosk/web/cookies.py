"""The faces' cookies: __Host- means Secure, this host only, path /."""

from fastapi import Request
from fastapi.responses import Response

from access_log.models import WebSession

DEVICE = "__Host-device"


def set_session(request: Request, answer: Response, row: WebSession, token: str) -> None:
    """Hand the browser its session."""
    seconds = int((row.expires_at - row.created_at).total_seconds())
    answer.set_cookie(f"__Host-{request.app.state.face}", token, max_age=seconds, secure=True, httponly=True, samesite="lax", path="/")


def drop_session(request: Request, answer: Response) -> None:
    """Take it back."""
    answer.delete_cookie(f"__Host-{request.app.state.face}", path="/", secure=True, httponly=True, samesite="lax")


def set_device(answer: Response, value: str) -> None:
    """Remember that this browser has signed in completely before: strangers' failures then do not count against it."""
    answer.set_cookie(DEVICE, value, max_age=365 * 86400, secure=True, httponly=True, samesite="lax", path="/")
