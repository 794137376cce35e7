"""How every command line says what went wrong."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import typer
from sqlalchemy.exc import SQLAlchemyError

from access_log.crypto.errors import CryptoError
from access_log.errors import AccessLogError, RefusedInputError, SettingsError


def said_clearly(act: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what can go wrong into one line and exit status 1; never a traceback with somebody's data in it."""

    @wraps(act)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return act(*args, **kwargs)
        except RefusedInputError as error:
            fail(f"{error.field}: {error.code}")
        except (AccessLogError, CryptoError, SettingsError) as error:
            fail(str(error) or type(error).__name__)
        except SQLAlchemyError as error:
            fail(f"the database refused: {type(error).__name__}. Try: access-log doctor")

    return guarded


def fail(message: str) -> NoReturn:
    """One line and exit status 1."""
    sys.stderr.write(f"access-log: {message}\n")
    raise typer.Exit(1)
