"""Logs: one JSON object a line. What people typed never gets in: no paths, no arguments, no values of a traceback."""

import json
import logging
import sys
import threading
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO


class JsonLines(logging.Formatter):
    """time, level, logger, message; for errors the places of the traceback, without the values in it."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


OURS = frozenset({"access_log", "kiosk", "reports", "uvicorn"})
"""Loggers whose messages are written by us or known to hold no data."""
FIELDS = ("request", "face", "route", "status", "ms")
"""What a line may say about a request: its number, the route's template (never the path: that may hold a token), the outcome."""


def places(trace: TracebackType | None) -> str:
    """The places of a traceback, innermost first, without the values in it."""
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(trace)))[:800]


def _message(record: logging.LogRecord) -> str:
    """Libraries may log values: only their own fixed text, arguments left out. Of a Python warning its place and kind."""
    if record.name.split(".")[0] in OURS:
        return record.getMessage()
    if record.name == "py.warnings":
        return ": ".join(record.getMessage().split(": ", 2)[:2])[-200:]
    return str(record.msg)[:200] if record.args else "(library message)"


class Lines(logging.StreamHandler[TextIO]):
    """A line that cannot be written says only that: logging's own complaint would show the arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Once more, without what could not be written; where the stream itself is gone there is nobody to tell."""
        line = {"level": "error", "logger": record.name, "message": "a line of the log could not be written"}
        with suppress(OSError, ValueError):
            self.stream.write(json.dumps(line) + "\n")


def set_up_logging(level: int = logging.INFO) -> None:
    """Everything to stderr, as JSON lines; also what nobody catches, in any thread."""
    handler = Lines(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("sqlalchemy").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it reports every look at the schema, and health checks look often
    sys.excepthook = _uncaught
    threading.excepthook = lambda seen: _uncaught(seen.exc_type, seen.exc_value, seen.exc_traceback)
    sys.unraisablehook = lambda seen: _uncaught(seen.exc_type, seen.exc_value, seen.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if kind is not SystemExit:  # which a thread may use to end itself
        logging.getLogger("access_log").critical("not caught", exc_info=(kind, error or Exception(), trace))
