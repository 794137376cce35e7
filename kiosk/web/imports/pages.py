"""One router for every kind of list and face: templates, upload or paste, a look before anything is written, all or nothing, undo.

A list is read in memory; what is refused leaves nothing behind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import ImportBatch, ImportKind, ImportState
from access_log.policy.actors import Actor
from access_log.services import imports
from access_log.services.imports import LAYOUTS
from access_log.services.spreadsheets import csv_template, xlsx_template
from kiosk.web.deps import Language, Now, Ring, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.imports import words
from kiosk.web.imports.reading import Sent, Upload, read_upload
from kiosk.web.imports.shown import shown
from kiosk.web.render import redirect, render, text_in

TONES = {ImportState.PREVIEW: "warn", ImportState.APPLIED: "good", ImportState.UNDONE: "grey"}
"""Colours of a list's state."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ApplyForm(BaseModel):
    """`ready` is how many rows were ready on the page somebody decided on."""

    ready: int = Field(ge=1, le=10_000)


@dataclass(frozen=True, slots=True)
class Lists:
    """One kind of list in one face: where its pages are, the template they extend, where people go on from here."""

    kind: ImportKind
    prefix: str
    frame: str
    back: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request by somebody who may bring lists of this kind."""

    lists: Lists
    request: Request
    actor: Actor
    session: Transaction
    ring: KeyRing
    now: Now
    language: str

    def batch(self, import_id: int) -> ImportBatch:
        """A list of theirs. Raises NotFoundError."""
        return imports.of(self.session, batch_id=import_id, kind=self.lists.kind, actor=self.actor)

    def show(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page in the frame of the face."""
        lists = self.lists
        return render(
            self.request, f"shared/{template}", status, lists=lists, words=words, tones=TONES, layout=LAYOUTS[lists.kind], **context
        )

    def to(self, path: str = "", flash: str = "") -> Response:
        """On to another of these pages."""
        return redirect(self.request, self.lists.prefix + path, flash=flash)


def router(kind: ImportKind, policy: Callable[..., Actor], prefix: str, *, frame: str, back: str) -> APIRouter:
    """The pages of one kind of list below `prefix`, for those whom `policy` lets in."""
    lists = Lists(kind, prefix, frame, back)

    def call(
        request: Request, actor: Annotated[Actor, Depends(policy)], session: Transaction, ring: Ring, now: Now, language: Language
    ) -> Call:
        return Call(lists, request, actor, session, ring, now, language)

    made = APIRouter()
    made.include_router(_beginning(prefix, call))
    made.include_router(_decision(f"{prefix}/{{import_id}}", call))
    return made


def _beginning(prefix: str, call: Callable[..., Call]) -> APIRouter:
    routes = APIRouter(prefix=prefix)

    @routes.get("")
    def page(here: Annotated[Call, Depends(call)]) -> Response:
        """Templates, the two ways in, and earlier lists."""
        return _begin(here, empty(here.language))

    @routes.get("/template.xlsx")
    def xlsx(here: Annotated[Call, Depends(call)]) -> Response:
        """An empty list whose columns are texts, with notes."""
        return _xlsx(here)

    @routes.get("/template.csv")
    def csv(here: Annotated[Call, Depends(call)]) -> Response:
        """The headings, for those who write CSV."""
        return _file(csv_template(LAYOUTS[here.lists.kind], here.language), "text/csv; charset=utf-8", here, "csv")

    @routes.get("/upload")
    def again(here: Annotated[Call, Depends(call)]) -> Response:
        """A refused upload, asked for again: the fresh page."""
        return here.to()

    @routes.post("/upload")
    def upload(here: Annotated[Call, Depends(call)], sent: Upload) -> Response:
        """Read it; nothing is written but the sealed draft."""
        return _upload(here, sent)

    return routes


def _decision(prefix: str, call: Callable[..., Call]) -> APIRouter:
    routes = APIRouter(prefix=prefix)

    @routes.get("")
    def page(here: Annotated[Call, Depends(call)], import_id: RowId) -> Response:
        """What would come of a draft, or what came of a list."""
        return _page(here, here.batch(import_id))

    @routes.post("/apply")
    def apply(
        here: Annotated[Call, Depends(call)], import_id: RowId, form: Annotated[Filled[ApplyForm], Depends(filled(ApplyForm))]
    ) -> Response:
        """All of it or nothing."""
        return _apply(here, here.batch(import_id), form)

    @routes.post("/discard")
    def discard(here: Annotated[Call, Depends(call)], import_id: RowId) -> Response:
        """Destroy a draft."""
        return _discard(here, here.batch(import_id))

    @routes.get("/undo")
    def ask(here: Annotated[Call, Depends(call)], import_id: RowId) -> Response:
        """What undoing means, before it is done."""
        return _ask(here, here.batch(import_id))

    @routes.post("/undo")
    def undo(here: Annotated[Call, Depends(call)], import_id: RowId) -> Response:
        """Take away what the list made."""
        return _undo(here, here.batch(import_id))

    @routes.get("/{act}")
    def back_to_page(here: Annotated[Call, Depends(call)], import_id: RowId, act: Literal["apply", "discard"]) -> Response:
        """An act that was refused, asked for again: the page it belongs to."""
        del act
        return here.to(f"/{import_id}")

    return routes


def _begin(here: Call, form: Filled[Any], status: int = 200) -> Response:
    batches = imports.listed(here.session, kind=here.lists.kind, actor=here.actor)
    return here.show("imports.html", status, form=form, batches=batches, makers=imports.makers(here.session, here.ring, batches))


def _xlsx(here: Call) -> Response:
    kind = here.lists.kind
    say = partial(text_in, here.language)
    lines = [(column.title(here.language), say(words.COLUMNS[kind, column.key])) for column in LAYOUTS[kind].columns]
    book = xlsx_template(LAYOUTS[kind], here.language, sheet=say(words.SHEET), notes=say(words.NOTES), lines=lines)
    return _file(book, XLSX, here, "xlsx")


def _file(data: bytes, media_type: str, here: Call, ending: str) -> Response:
    name = f'attachment; filename="{here.lists.kind.value}.{ending}"'
    return Response(data, media_type=media_type, headers={"Content-Disposition": name})


def _upload(here: Call, sent: Sent) -> Response:
    table, form = read_upload(sent, here.lists.kind, here.language)
    if table is None:
        return _begin(here, form, 422)
    batch = imports.stage(here.session, here.ring, table=table, kind=here.lists.kind, actor=here.actor, now=here.now)
    return here.to(f"/{batch.id}")


def _page(here: Call, batch: ImportBatch, conflict: str = "") -> Response:
    status = 409 if conflict else 200
    if batch.state is ImportState.PREVIEW:
        preview = imports.preview(here.session, here.ring, batch=batch, actor=here.actor, now=here.now)
        context = shown(preview, LAYOUTS[batch.kind], here.language)
        return here.show("imports_preview.html", status, batch=batch, conflict=conflict, form=empty(here.language), **context)
    return here.show("imports_done.html", status, batch=batch, conflict=conflict, standing=_standing(here, batch))


def _standing(here: Call, batch: ImportBatch) -> str:
    if batch.state is not ImportState.APPLIED:
        return ""
    return imports.standing(here.session, here.ring, batch=batch, actor=here.actor, now=here.now)


def _apply(here: Call, batch: ImportBatch, form: Filled[ApplyForm]) -> Response:
    try:
        expected = form.it.ready if form.ok else 0
        imports.apply(here.session, here.ring, batch=batch, expected=expected, actor=here.actor, now=here.now)
    except ConflictError as error:
        return _page(here, batch, error.code)
    return here.to(f"/{batch.id}", flash="imported")


def _discard(here: Call, batch: ImportBatch) -> Response:
    if batch.state is not ImportState.PREVIEW:
        return _page(here, batch, "import_over")
    imports.discard(here.session, batch=batch, reason="discarded", actor=here.actor, now=here.now)
    return here.to(flash="discarded")


def _ask(here: Call, batch: ImportBatch) -> Response:
    if batch.state is not ImportState.APPLIED or _standing(here, batch):
        return here.to(f"/{batch.id}")
    return here.show("imports_undo.html", batch=batch)


def _undo(here: Call, batch: ImportBatch) -> Response:
    try:
        imports.undo(here.session, here.ring, batch=batch, actor=here.actor, now=here.now)
    except ConflictError as error:
        return _page(here, batch, error.code)
    return here.to(f"/{batch.id}", flash="undone")
