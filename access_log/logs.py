"""Logs: one JSON object a line. What people typed never gets in: no paths, no arguments, no values of a traceback."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """time, level, logger, message; for errors the places of the traceback, without the values in it."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if record.name.split(".")[0] in OURS else _quiet(record),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(record.exc_info[2])))[:800]
        return json.dumps(line, ensure_ascii=False)


OURS = frozenset({"access_log", "kiosk", "reports", "uvicorn", "py"})
"""Loggers whose messages are written by us or known to hold no data."""
FIELDS = ("request", "face", "route", "status", "ms")
"""What a line may say about a request: its number, the route's template (never the path: that may hold a token), the outcome."""


def _quiet(record: logging.LogRecord) -> str:
    """Libraries may log values: only their own fixed text, arguments left out."""
    return str(record.msg)[:200] if record.args else "(library message)"


def set_up_logging(level: int = logging.INFO) -> None:
    """Everything to stderr, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("sqlalchemy").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it reports every look at the schema, and health checks look often
