"""A preview as its page shows it: the rows that need somebody's eye first, and never more than a browser likes."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from access_log.services.csv_safe import guarded
from access_log.services.imports import Checked, Preview, Problem, RowState
from access_log.services.spreadsheets import Column, Layout
from kiosk.web.forms import UNDECODABLE, bad_characters
from kiosk.web.render import text_in
from kiosk.web.words import ERRORS

MOST = 200
"""Rows of one kind on a page."""
MOST_TO_CORRECT = 500
"""Rows that are offered to be corrected in the page."""


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """A text as it can be shown, and what is wrong with it."""

    key: str
    text: str
    error: str


def shown(preview: Preview, layout: Layout, language: str) -> dict[str, Any]:
    """What the template of a preview needs."""
    keys = [column.key for column in layout.columns if _matters(column.key, preview)]
    rows = {state: preview.of(state) for state in RowState}
    return {
        "preview": preview,
        "columns": [layout.column(key) for key in keys],
        "rows": {state.value: found[:MOST] for state, found in rows.items()},
        "counts": {state.value: len(found) for state, found in rows.items()},
        "to_correct": as_rows(preview, [layout.column(key) for key in preview.table.columns], language),
        "cells": lambda row: [_cell(row, key, language) for key in keys],
    }


def as_rows(preview: Preview, columns: Sequence[Column], language: str) -> str:
    """A list with mistakes as rows to correct and send again, the way a spreadsheet copies them; empty where there are too many."""
    if not preview.of(RowState.WRONG) or len(preview.rows) > MOST_TO_CORRECT:
        return ""
    text = io.StringIO()
    lines = [[guarded(visible(each.row.values.get(column.key, ""))) for column in columns] for each in preview.rows]
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows([[column.title(language) for column in columns], *lines])
    return text.getvalue()


def _matters(key: str, preview: Preview) -> bool:
    return key in preview.table.columns or any(key in row.problems for row in preview.rows)


def _cell(row: Checked, key: str, language: str) -> Cell:
    problem = row.problems.get(key)
    return Cell(key, visible(row.row.values.get(key, "")), _said(problem, language) if problem else "")


def _said(problem: Problem, language: str) -> str:
    return text_in(language, ERRORS.get(problem.code, problem.code)).format(line=problem.line)


def visible(text: str) -> str:
    """A cell with a mark in place of what cannot be shown."""
    bad = bad_characters(text, lines=True)
    return "".join(UNDECODABLE if character in bad else character for character in text)
