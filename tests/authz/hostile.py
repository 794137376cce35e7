"""Every form of every face, filled with what no person types; every address with what no link holds.

In the short lane each route gets a quarter of the corpus, the next route the next quarter; in the long lane each gets everything.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, TypeVar, get_args, get_origin
from urllib.parse import quote_from_bytes

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.authz.matrix import Answer, Installation, Row, cookies, faces, read, rows, send
from tests.authz.principals import Principal
from tests.conftest import LONG
from tests.corpus import hostile

AGREED = read()
SHARES = 4
Value = TypeVar("Value")


@dataclass(frozen=True)
class Form:
    """What a route reads. `choices` are fields that take one of a few words or a number, with one that may be right."""

    texts: list[str]
    choices: dict[str, bytes]

    @property
    def fields(self) -> list[str]:
        return [*self.texts, *self.choices]

    def filled(self, share: "Share") -> Iterator[tuple[str, bytes]]:
        """Each hostile text in every text field beside plausible choices, each hostile number in every field."""
        if self.texts:
            plausible = {field: [choice] for field, choice in self.choices.items()}
            for name, value in share(hostile.TEXTS.items()):
                yield name, hostile.urlencoded({field: [value] for field in self.texts} | plausible)
        if self.fields:
            for name, value in share(hostile.NUMBERS.items()):
                yield name, hostile.urlencoded({field: [value] for field in self.fields})


@dataclass(frozen=True)
class Share:
    """A route's part of the corpus."""

    number: int

    def __call__(self, values: Iterable[Value]) -> list[Value]:
        return [value for place, value in enumerate(values) if LONG or (place + self.number) % SHARES == 0]


Request = tuple[str, Row, dict[str, str], bytes, bytes]
"""What is asked, in words; the route; headers, body and query string."""


class Walk:
    """All requests that are sent to one installation, each by somebody who may. `bodies`: also what no database ever sees."""

    def __init__(self, running: Installation, *, bodies: bool = True) -> None:
        self.running, self.bodies = running, bodies
        self.who = {person.name: person for person in running.principals}
        self.rows = [row for row in rows(running.app, running.objects) if row.object in ("own", "-")]
        self.routes = {
            (face, method, context.path): context.dependant
            for face, its in faces(running.app).items()
            for context in iter_route_contexts(its.routes)
            if getattr(context, "dependant", None) is not None
            for method in context.methods or ()
        }

    def answers(self) -> dict[str, Answer]:
        """Every answer, by what was asked. Asked on the application's own loop."""
        assert self.running.client.portal is not None
        return self.running.client.portal.call(self._answers)

    async def _answers(self) -> dict[str, Answer]:
        found = {}
        for name, row, headers, body, query in self.requests():
            found[name] = await send(self.running.app, row.method, row.sent, headers, body, query)
        return found

    def requests(self) -> Iterator[Request]:
        """Everything that will be asked."""
        for number, row in enumerate(self.rows):
            share = Share(number)
            if row.method == "POST":
                yield from self._forms(row, share)
                yield from self._bodies(row, share) if self.bodies else ()
            yield from self._addresses(row, share)
            yield from self._queries(row, share)

    def _forms(self, row: Row, share: Share) -> Iterator[Request]:
        who = self.allowed(row)
        token = hostile.urlencoded({"csrf": [who.csrf.encode()]})
        for name, body in self.form(row).filled(share):
            yield f"{row.face} {row.path} {name}", row, cookies(row, who) | {"content-type": hostile.FORM}, body + b"&" + token, b""

    def _bodies(self, row: Row, share: Share) -> Iterator[Request]:
        who = self.allowed(row)
        for body in share(hostile.bodies(self.form(row).fields)):
            headers = cookies(row, who) | {"content-type": body.kind, "x-csrf": who.csrf}
            yield f"{row.face} {row.path} body: {body.name}", row, headers, body.content, b""

    def _addresses(self, row: Row, share: Share) -> Iterator[Request]:
        who = self.allowed(row)
        headers = cookies(row, who) | {"x-csrf": who.csrf if row.method == "POST" else ""}
        pattern, sent = row.path.split("/"), row.sent.split("/")
        for place, part in enumerate(pattern):
            for value in share(hostile.IN_ADDRESS) if re.fullmatch(r"{\w+}", part) else []:
                before = place + len(sent) - len(pattern)  # the face's prefix
                path = "/".join([*sent[:before], value, *sent[before + 1 :]])
                yield f"{row.method} {row.face} {row.path} {part}={value[:20]!a}", replace(row, sent=path), headers, b"", b""

    def _queries(self, row: Row, share: Share) -> Iterator[Request]:
        dependant = self.routes.get((row.face, row.method, row.path))
        names = sorted(set(_query_names(dependant))) if row.method == "GET" and dependant is not None else []
        for name, value in share((hostile.TEXTS | hostile.NUMBERS).items()) if names else []:
            query = "&".join(f"{asked}={quote_from_bytes(value[:2000])}" for asked in names).encode()
            yield f"{row.face} {row.path}?{','.join(names)} {name}", row, cookies(row, self.allowed(row)), b"", query

    def allowed(self, row: Row) -> Principal:
        """Somebody of this face who gets past the guard; nobody where the route is open to all."""
        cells = AGREED.get(row.key, {})
        return next(
            (person for name, person in self.who.items() if cells.get(name) == "allow" and person.face in (row.face, "")),
            self.who["nobody"],
        )

    def form(self, row: Row) -> Form:
        dependant = self.routes[row.face, row.method, row.path]
        fields = {name: info for model in _models(dependant) for name, info in model.model_fields.items()}
        if row.path.endswith("/upload"):
            fields |= {"rows": FieldInfo(annotation=str), "file": FieldInfo(annotation=str)}
        choices = {name: choice for name, info in fields.items() if (choice := self._choice(name, info.annotation)) is not None}
        return Form([name for name in fields if name not in choices], choices)

    def _choice(self, name: str, kind: Any) -> bytes | None:
        """A plausible word where the field takes no free text."""
        objects = self.running.objects
        known = {
            "technicians": objects.cast.wei.id,
            "areas": objects.cast.hall.id,
            "area": objects.cast.hall.id,
            "visits": objects.coming.id,
        }
        if name in known:
            return str(known[name]).encode()
        if get_origin(kind) is Literal:
            return str(get_args(kind)[0]).encode()
        for inner in get_args(kind):
            if inner is not type(None) and (found := self._choice(name, inner)) is not None:
                return found
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return next(iter(kind)).value.encode()
        return b"1" if kind in (int, bool) else None


def _models(dependant: Dependant) -> Iterator[type[BaseModel]]:
    """The models that the route's forms are read into (`filled(Model)`)."""
    if getattr(dependant.call, "__qualname__", "").startswith("filled."):
        cells = dependant.call.__closure__ or ()  # type: ignore[union-attr]
        yield from (cell.cell_contents for cell in cells if isinstance(cell.cell_contents, type))
    for inner in dependant.dependencies:
        yield from _models(inner)


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _query_names(inner)
