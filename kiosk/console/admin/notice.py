"""The privacy notice: what is in force, every version there ever was, and a new one, looked at before it is published.

The text travels from the preview to the confirmation packed, so that not one byte of it changes on the way: what is shown is
what is hashed is what is published.
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.datastructures import UploadFile

from access_log.errors import RefusedInputError
from access_log.models import Site
from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.policy.file.content import Policy
from access_log.policy.lint.linter import lint_with
from access_log.policy.lint.saying import finding_words
from access_log.services import notices, policies
from kiosk.console.admin.common import Tick
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import Language, Now, Transaction
from kiosk.web.forms import Filled, Lines, bad_characters, empty, filled, read_form, without
from kiosk.web.policy import OwnSite, staff
from kiosk.web.render import redirect

router = APIRouter(prefix="/admin/notice")
Reader = Annotated[Actor, Depends(staff(Role.ADMINISTRATOR, Role.PRIVACY_OFFICER))]
Officer = Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER))]
FIELDS = {"zh-CN": "text_zh", "en": "text_en"}
Found = dict[str, list[tuple[int, str, str]]]
"""By field: (line, article, what is wrong and what to write instead)."""
SHAPE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"


class NoticeForm(BaseModel):
    version: str = Field(max_length=32, pattern=SHAPE)
    ask_again: Tick = ""
    text_zh: Lines = ""
    text_en: Lines = ""


class PublishForm(BaseModel):
    """`text_…` packed by `pack`."""

    version: str = Field(max_length=32, pattern=SHAPE)
    ask_again: Tick = ""
    text_zh: str
    text_en: str


Packed = Annotated[Filled[PublishForm], Depends(filled(PublishForm))]


@dataclass(frozen=True, slots=True)
class Preview:
    """One language of what is about to be published."""

    language: str
    field: str
    body: str

    @property
    def sections(self) -> tuple[str, list[tuple[str, list[str]]]]:
        """As visitors will see it."""
        return notices.sections_of(self.body, self.language)

    @property
    def sha256(self) -> str:
        """Of the bytes that are published; of the file's own bytes where one was sent."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @property
    def packed(self) -> str:
        """For the form that confirms."""
        return pack(self.body)


@router.get("")
def page(request: Request, reader: Reader, session: Transaction) -> Response:
    """What is in force and what was before, with the hashes."""
    known = notices.versions(session, reader.site_id)
    return show(request, "admin/notice.html", known=known, default=notices.DEFAULT_VERSION)


@router.get("/versions/{version}")
def read(request: Request, version: str, reader: Reader, session: Transaction) -> Response:
    """One version as visitors saw it, and its exact text."""
    found = notices.version_of(session, version=version, site_id=reader.site_id)
    newest = notices.versions(session, reader.site_id)[0].version
    shown = [(text, notices.sections(text)) for text in found.texts]
    return show(request, "admin/notice_version.html", found=found, shown=shown, in_force=newest == version)


@router.get("/new")
def new(request: Request, officer: Officer, session: Transaction, site: OwnSite, language: Language, now: Now) -> Response:
    """Begin with the text in force: most new versions change a line."""
    texts = {FIELDS[text.language]: text.body for known in notices.versions(session, officer.site_id)[:1] for text in known.texts}
    form = empty(language, version=f"{now.astimezone(ZoneInfo(site.zone)):%Y-%m-%d}", ask_again="yes", **texts)
    return _form(request, form, officer, session)


async def files(request: Request) -> dict[str, bytes]:
    """The uploaded texts by field, as they were sent; a field without a file is absent. Read up to one byte more than is taken."""
    form = await read_form(request)
    given = {name: form.get(f"file_{name}") for name in FIELDS.values()}
    read = {name: await sent.read(notices.MOST_BYTES + 1) for name, sent in given.items() if isinstance(sent, UploadFile)}
    return {name: data for name, data in read.items() if data}


@router.post("/upload")
def look(
    request: Request,
    form: Annotated[Filled[NoticeForm], Depends(filled(NoticeForm))],
    sent: Annotated[Mapping[str, bytes], Depends(files)],
    officer: Officer,
    session: Transaction,
    now: Now,
) -> Response:
    """The preview: each language as visitors will see it. Nothing is published yet."""
    texts = {language: _text(form, field, sent) for language, field in FIELDS.items()}
    found = _check(form, session, officer, texts) if form.ok else {}
    if not form.ok:
        return _form(request, form, officer, session, 422, found)
    shown = [Preview(language, FIELDS[language], body) for language, body in texts.items()]
    return show(request, "admin/notice_look.html", form=form, shown=shown, to_be_asked=notices.to_be_asked(session, officer.site_id))


def _text(form: Filled[NoticeForm], field: str, sent: Mapping[str, bytes]) -> str:
    """A file goes before what stands in the box; it then stands there, to be seen and corrected."""
    if field not in sent:
        return getattr(form.data, field) if form.data is not None else ""
    if len(sent[field]) > notices.MOST_BYTES:
        form.refuse(field, "notice_too_long")
        return ""
    try:
        body = sent[field].decode("utf-8-sig")
    except UnicodeDecodeError:
        form.refuse(field, "unknown_encoding")
        return ""
    form.values[field] = without(body, bad_characters(body, lines=True))
    return body


def _check(form: Filled[NoticeForm], session: Session, officer: Actor, texts: Mapping[str, str]) -> Found:
    """Put what cannot be published beside its text. Returns what is wrong with the words, by field."""
    for language, body in texts.items():
        try:
            notices.check_text(body, field=FIELDS[language])
        except RefusedInputError as error:
            form.take(error)
    if len(set(texts.values())) == 1 and not form.errors:
        form.refuse("text_en", "The two texts are the same. Each language needs its own.")
    if notices.is_published(session, site_id=officer.site_id, version=form.it.version):
        form.refuse("version", "version_exists")
    return {} if form.errors else _defects(form, policies.in_force(session, session.get_one(Site, officer.site_id)), texts)


def _defects(form: Filled[NoticeForm], policy: Policy, texts: Mapping[str, str]) -> Found:
    read = {FIELDS[language]: lint_with(body, policy) for language, body in texts.items()}
    found = {field: findings for field, findings in read.items() if findings}
    for field in found:
        form.refuse(field, "notice_defective")
    return {
        field: [(finding.line, finding.article, finding_words(finding, form.language)) for finding in findings]
        for field, findings in found.items()
    }


def _form(
    request: Request, form: Filled[NoticeForm], officer: Actor, session: Session, status: int = 200, found: Found | None = None
) -> Response:
    to_be_asked = notices.to_be_asked(session, officer.site_id)
    return show(request, "admin/notice_new.html", status, form=form, to_be_asked=to_be_asked, found=found or {})


@router.post("/publish/upload")
def publish(request: Request, form: Packed, officer: Officer, session: Transaction, now: Now) -> Response:
    """In force from this moment, in both languages at once. It never changes again."""
    again, texts = _unpacked(form)
    found = _check(again, session, officer, texts) if again.ok else {}
    if again.ok:
        return _published(request, again.it, texts, officer, session, now)
    return _form(request, again, officer, session, 422, found)


@router.post("/edit/upload")
def change_again(request: Request, form: Packed, officer: Officer, session: Transaction) -> Response:
    """Back from the preview to the form, with everything that was in it."""
    again, _texts = _unpacked(form)
    return _form(request, again, officer, session)


def _unpacked(form: Filled[PublishForm]) -> tuple[Filled[NoticeForm], dict[str, str]]:
    texts = {language: unpack(str(form.values.get(field, ""))) for language, field in FIELDS.items()}
    bodies = {FIELDS[language]: body for language, body in texts.items()}
    again: Filled[NoticeForm] = Filled(form.language, form.values | bodies, dict(form.errors))
    if form.ok:
        again.data = NoticeForm(version=form.it.version, ask_again=form.it.ask_again)
    return again, texts


def _published(request: Request, given: NoticeForm, texts: Mapping[str, str], officer: Actor, session: Session, now: Now) -> Response:
    ask_again = given.ask_again == "yes"
    notices.publish(session, site_id=officer.site_id, version=given.version, texts=texts, actor=officer, now=now, ask_again=ask_again)
    return redirect(request, "/admin/notice", flash="notice_published")


@router.get("/upload")
@router.get("/publish/upload")
@router.get("/edit/upload")
def back_to_form(request: Request, officer: Officer) -> Response:
    """Nothing is behind these addresses but what a form sent: back to the notice."""
    del officer
    return elsewhere(request, "/admin/notice")


def pack(body: str) -> str:
    """A text in a form field, byte for byte: browsers change line ends."""
    return base64.b64encode(zlib.compress(body.encode())).decode()


def unpack(packed: str) -> str:
    """Back again; empty where it was tampered with, and never more than a little above what can be published."""
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(base64.b64decode(packed, validate=True), notices.MOST_BYTES + 1).decode("utf-8")
    except (ValueError, zlib.error):
        return ""
