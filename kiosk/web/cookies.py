"""The faces' cookies: __Host- means Secure, this host only, path /."""

import re

from fastapi import Request
from fastapi.responses import Response

from access_log.models import WebSession

WANTED_FOR = 15 * 60
WANTED = re.compile(r"/[A-Za-z0-9_-][A-Za-z0-9_/.-]{0,200}")
"""Paths that a cookie can hold and a redirect may lead to: every page's own, nothing that somebody made up."""
DEVICE = "__Host-device"
LANGUAGE = "__Host-lang"


def set_session(request: Request, answer: Response, row: WebSession, token: str) -> None:
    """Hand the browser its session."""
    seconds = int((row.expires_at - row.created_at).total_seconds())
    answer.set_cookie(f"__Host-{request.app.state.face}", token, max_age=seconds, secure=True, httponly=True, samesite="lax", path="/")


def drop_session(request: Request, answer: Response) -> None:
    """Take it back."""
    answer.delete_cookie(f"__Host-{request.app.state.face}", path="/", secure=True, httponly=True, samesite="lax")


def set_language(answer: Response, language: str) -> None:
    """Remember the language that somebody chose, for all faces."""
    answer.set_cookie(LANGUAGE, language, max_age=365 * 86400, secure=True, httponly=True, samesite="lax", path="/")


def set_device(answer: Response, value: str) -> None:
    """Remember that this browser has signed in completely before: strangers' failures then do not count against it."""
    answer.set_cookie(DEVICE, value, max_age=365 * 86400, secure=True, httponly=True, samesite="lax", path="/")


def remember_wanted(request: Request, answer: Response) -> None:
    """Where somebody was going when they were asked to sign in: links in messages lead to a page, not to its door."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    if WANTED.fullmatch(path):
        answer.set_cookie(_wanted(request), path, max_age=WANTED_FOR, secure=True, httponly=True, samesite="lax", path="/")


def take_wanted(request: Request) -> str:
    """Where they were going, a path of this face; the start page where nothing is remembered. `forget_wanted` the cookie afterwards."""
    path = request.cookies.get(_wanted(request), "/")
    return path if WANTED.fullmatch(path) else "/"


def forget_wanted(request: Request, answer: Response) -> None:
    """They have arrived."""
    if _wanted(request) in request.cookies:
        answer.delete_cookie(_wanted(request), path="/", secure=True, httponly=True, samesite="lax")


def _wanted(request: Request) -> str:
    return f"__Host-{request.app.state.face}-wanted"
