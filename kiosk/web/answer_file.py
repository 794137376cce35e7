"""An answer about somebody's data as a page of a face, or as one file that can be read without this system."""

from datetime import datetime
from functools import partial
from typing import Any

from fastapi import Request

from access_log.i18n import local_time
from kiosk.web.deps import language_of
from kiosk.web.render import environment


def context_of(told: dict[str, Any]) -> dict[str, Any]:
    """What the templates of an answer are given: the document as it was sealed, and its times in the site's zone."""
    zone = str(told.get("site", {}).get("zone", "UTC"))
    return {"told": told, "time_of": partial(_time, zone=zone)}


def _time(text: str, zone: str) -> str:
    return local_time(datetime.fromisoformat(text), zone) if text else "–"


def as_page(request: Request, told: dict[str, Any]) -> str:
    """One HTML file that loads nothing: style and all are in it."""
    template = environment(language_of(request)).get_template("shared/answer_file.html")
    return template.render(context_of(told))
