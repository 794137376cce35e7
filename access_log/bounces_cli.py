"""`access-log bounces`: read mail that came back."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from access_log.bounces import LARGEST, Found, collect, take
from access_log.db import make_engine
from access_log.runtime import utc_now
from access_log.said import said_clearly
from access_log.settings import Settings

TRY_LATER = 75
"""EX_TEMPFAIL: a mail server that pipes a message to us keeps it and tries again."""


@said_clearly
def bounces(
    place: Annotated[str, typer.Argument(help="a Maildir, an mbox file, or - for one message on standard input")] = "-",
    keep: Annotated[bool, typer.Option(help="do not destroy the notifications that were understood")] = False,
) -> None:
    """Read mail that came back, and mark the letters it is about as undelivered: their contacts see it and what to do."""
    settings = Settings()
    engine = make_engine(settings.url)
    try:
        if place == "-":
            found = Counter([take(engine, sys.stdin.buffer.read(LARGEST), utc_now())])
        else:
            found = collect(engine, Path(place), utc_now, keep=keep)
    except (SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"access-log: not now ({type(error).__name__}); try again later\n")
        raise typer.Exit(TRY_LATER) from None
    finally:
        engine.dispose()
    for what in Found:
        typer.echo(f"{found[what]:>5}  {what.value}")
