"""How every command and every process says what went wrong: in a sentence, without a traceback, without anybody's data."""

import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import typer
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from access_log.crypto.errors import CryptoError
from access_log.errors import AccessLogError, RefusedInputError
from access_log.logs import places

NOT_STARTED = 3
"""The exit status of a process that says: something has to be mended first, do not just start me again."""
REFUSALS = {
    "empty": "is empty",
    "required": "is needed",
    "too_long": "is too long",
    "control_characters": "holds characters that cannot be shown",
    "number_taken": "belongs to somebody already",
    "mail_taken": "belongs to a member of staff already",
    "not_a_mail": "is no mail address",
    "invalid": "is not known",
}
"""What a service may refuse of what a command was given."""


def sentence(error: Exception) -> str:
    """What happened, and where it is known how to mend it. Of an error nobody expected only its kind and place: its text may hold data."""
    if isinstance(error, RefusedInputError):
        return f"{error.field} {REFUSALS.get(error.code, error.code)}"
    if isinstance(error, AccessLogError | CryptoError):
        return str(error) or type(error).__name__
    if isinstance(error, OperationalError):
        return "the database cannot be reached or used. Try: access-log doctor"
    if isinstance(error, SQLAlchemyError):
        return f"the database refused: {type(error).__name__}. Try: access-log doctor"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}, which nobody expected, at {places(error.__traceback__)}"


def said_clearly(act: Callable[..., Any]) -> Callable[..., Any]:
    """For a command: turn what can go wrong into one line and exit status 1."""

    @wraps(act)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return act(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            fail(sentence(error))

    return guarded


def logged_clearly(act: Callable[[], None]) -> Callable[[], None]:
    """For a process: turn what can go wrong at its start into one line of its log and the exit status NOT_STARTED."""

    @wraps(act)
    def guarded() -> None:
        try:
            act()
        except (AccessLogError, CryptoError) as error:
            logging.getLogger("access_log").error(sentence(error))  # noqa: TRY400  # the sentence is all there is to say
            raise SystemExit(NOT_STARTED) from None

    return guarded


def fail(message: str) -> NoReturn:
    """One line and exit status 1."""
    sys.stderr.write(f"access-log: {message}\n")
    raise typer.Exit(1)
