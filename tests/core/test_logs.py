"""The log: one JSON object a line, and nothing that anybody typed, whatever goes wrong."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from access_log.logs import Lines, set_up_logging

TYPED = "张伟-13800138000"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written; everything as it was afterwards."""
    root = logging.root
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    set_up_logging()
    yield stream
    root.handlers, level, sys.excepthook, threading.excepthook, sys.unraisablehook = before
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """Each line, read; none with what was typed."""
    assert TYPED not in log.getvalue()
    return [json.loads(line) for line in log.getvalue().rstrip("\n").split("\n")]


def broken() -> None:
    raise ValueError(f"cannot take {TYPED}")


def test_an_exception_is_told_by_kind_and_place(log: io.StringIO) -> None:
    try:
        broken()
    except ValueError:
        logging.getLogger("kiosk").exception("a request failed", extra={"route": "GET /p/{token}", "status": 500, "path": f"/p/{TYPED}"})
    (line,) = lines(log)
    assert line["message"] == "a request failed"
    assert line["error"] == "ValueError"
    assert line["at"].startswith("broken:")
    assert (line["route"], line["status"], line["level"]) == ("GET /p/{token}", 500, "error")
    assert set(line) == {"time", "level", "logger", "message", "route", "status", "error", "at"}


def test_a_library_s_values_are_left_out(log: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.warning("refused %s", TYPED)
    library.warning(f"refused {TYPED}")
    assert [line["message"] for line in lines(log)] == ["refused %s", "(library message)"]


def test_what_nobody_catches_is_a_line_as_well(log: io.StringIO) -> None:
    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    try:
        broken()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    found = lines(log)
    assert [(line["level"], line["message"], line["error"]) for line in found] == [("critical", "not caught", "ValueError")] * 2
    assert all("broken:" in line["at"] for line in found)


def test_a_warning_is_told_by_place_and_kind(log: io.StringIO) -> None:
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(False)
            logging.captureWarnings(True)
            warnings.showwarning(UserWarning(f"odd: {TYPED}"), UserWarning, "place.py", 7)
    finally:
        logging.captureWarnings(False)
    (line,) = lines(log)
    assert line["message"] == "place.py:7: UserWarning"


def test_a_line_that_cannot_be_written_says_only_that(log: io.StringIO) -> None:
    ours = next(handler for handler in logging.root.handlers if isinstance(handler, Lines))
    ours.handle(logging.LogRecord("kiosk", logging.WARNING, __file__, 1, "%d seconds", (TYPED,), None))
    (line,) = lines(log)
    assert line == {"level": "error", "logger": "kiosk", "message": "a line of the log could not be written"}
    log.close()
    ours.handle(logging.LogRecord("kiosk", logging.WARNING, __file__, 1, "nobody hears it", (), None))


def test_a_line_stays_one_line(log: io.StringIO) -> None:
    logging.getLogger("kiosk").warning("first\nsecond\u2028third")
    (line,) = lines(log)
    assert line["message"] == "first\nsecond\u2028third"
