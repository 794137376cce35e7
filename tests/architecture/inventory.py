"""Everything that holds, takes or shows something: read from the product itself, to be compared with the inventory that ships.

Columns from the tables' metadata, form fields and what a kiosk sends from the models that the applications' routes read, event details and
answers to kiosks from the source, log keys from the log's own list, report columns from what a report is made of.
"""

import ast
import csv
import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from sqlmodel import SQLModel

import access_log.models
from access_log.logs import FIELDS
from access_log.policy.codes import Item
from kiosk.lobby import answers
from reports import content
from reports.table import HEADINGS

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "access_log" / "notices" / "inventory.csv"
Place = tuple[str, str, str]
"""Kind, holder, name: `column`, `visit`, `work_order`."""
ALWAYS_LOGGED = ("time", "level", "logger", "message", "error", "at")


def inventory(text: str | None = None) -> dict[Place, str]:
    """What ships: each place with the field of the policy it belongs to. Raises ValueError where a place stands twice."""
    rows = list(csv.reader((FILE.read_text(encoding="utf-8") if text is None else text).splitlines()))[1:]
    found = {(kind, holder, name): field for kind, holder, name, field in rows}
    if len(found) != len(rows):
        raise ValueError("a place stands twice")
    return found


def columns(metadata: Any = SQLModel.metadata) -> Iterator[Place]:
    """Every column of every table."""
    assert access_log.models
    for table in metadata.sorted_tables:
        yield from (("column", table.name, column.name) for column in table.columns)


def forms(apps: list[FastAPI]) -> Iterator[Place]:
    """Every field of a form or a body, and every value of a query, that any route reads."""
    for app in apps:
        for route in iter_route_contexts(app.routes):
            if (dependant := getattr(route, "dependant", None)) is not None:
                yield from _read_by(dependant)


def read_by_hand() -> Iterator[Place]:
    """Fields of forms that a route reads itself: uploads."""
    for path in sorted((ROOT / "kiosk").rglob("*.py")):
        yield from (("form", "by hand", name) for name in re.findall(r'\bform\.get\("(\w+)"\)', path.read_text(encoding="utf-8")))


def _read_by(dependant: Dependant) -> Iterator[Place]:
    for query in dependant.query_params:
        yield "query", "-", str(query.alias)
    for body in dependant.body_params:
        yield from _fields(body.field_info.annotation)
    for one in dependant.dependencies:
        if one.call is not None:
            for model in _closed_over(one.call):
                yield from _fields(model)
        yield from _read_by(one)


def _closed_over(call: Callable[..., Any]) -> Iterator[Any]:
    """`filled(Model)` is a function that remembers its model."""
    for cell in getattr(call, "__closure__", None) or ():
        if isinstance(cell.cell_contents, type) and issubclass(cell.cell_contents, BaseModel):
            yield cell.cell_contents


def _fields(model: Any) -> Iterator[Place]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        yield from (("form", model.__name__, name) for name in model.model_fields)


def details(*folders: str) -> Iterator[Place]:
    """Keys of what an event says beside its columns: literals given or assigned to `detail`."""
    for folder in folders or ("access_log", "reports", "kiosk"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from details_in(path.read_text(encoding="utf-8"))


def details_in(source: str) -> Iterator[Place]:
    """As `details`, of one file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "detail":
            yield from _keys(node.value)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "detail" for target in targets):
                yield from _keys(node.value)


def _keys(value: ast.expr) -> Iterator[Place]:
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            yield from (("detail", "-", name) for name in _names(node))


def _names(node: ast.Dict) -> Iterator[str]:
    return (key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def kiosk_answers() -> Iterator[Place]:
    """Keys of what a kiosk is answered."""
    for path in (Path(answers.__file__), Path(answers.__file__).with_name("routes.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                yield from (("answer", "lobby", name) for name in _names(node))


def log_keys() -> Iterator[Place]:
    """Keys of a line of the log."""
    yield from (("log", "-", name) for name in (*ALWAYS_LOGGED, *FIELDS))


def report_columns() -> Iterator[Place]:
    """What a report is made of, and the headings of its table."""
    for name, made in vars(content).items():
        if dataclasses.is_dataclass(made) and getattr(made, "__module__", "") == content.__name__:
            yield from (("report", name, field.name) for field in dataclasses.fields(made))
    yield from (("report", "table", heading) for heading in HEADINGS)


def items() -> Iterator[Place]:
    """What is sealed of a person, each under a key of its own."""
    yield from (("item", "vault", item.value) for item in Item)


def inputs() -> Iterator[str]:
    """The names that pages give what one types or chooses."""
    for path in sorted((ROOT / "kiosk" / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        yield from re.findall(r'<(?:input|select|textarea|button)[^>]*? name="(\w+)"', text)
        yield from re.findall(r'\b(?:field|select|choices|check|chips)\(\w+, "(\w+)"', text)


def everything(apps: list[FastAPI]) -> set[Place]:
    """Every place there is."""
    return {*columns(), *items(), *forms(apps), *read_by_hand(), *details(), *kiosk_answers(), *log_keys(), *report_columns()}
