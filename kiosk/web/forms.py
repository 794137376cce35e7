"""Forms: what was typed is kept and shown again beside a clear message; bad text never reaches a rule or the database.

`filled(Model)` is a dependency that reads a form into a plain pydantic model. Messages are English sentences (gettext ids).
"""

import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar, get_origin

from fastapi import Request
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartParser

from access_log.errors import RefusedInputError
from kiosk.web.deps import language_of
from kiosk.web.middleware import BodyLimit
from kiosk.web.render import text_in
from kiosk.web.words import ERRORS

MultiPartParser.spool_max_size = BodyLimit.UPLOAD  # a file with names in it never touches the disk

Model = TypeVar("Model", bound=BaseModel)
SECRET_FIELDS = frozenset({"password", "password_again", "present", "pin", "code"})
"""Never shown again."""
_LINES = "several lines"
Lines = Annotated[str, _LINES]
"""A field that may hold line breaks. In any other they are refused: a name with one would break letters and files."""
MOST_TEXT = 1024 * 1024
"""Bytes of one field. Far above what any field takes, so that whoever pasted too much finds the message beside the field."""
UNDECODABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass
class Filled(Generic[Model]):
    """A form as it came in. `data` is None while there are errors; `values` are what was typed, for showing it again."""

    language: str
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    data: Model | None = None

    @property
    def ok(self) -> bool:
        """Nothing to complain about so far."""
        return not self.errors and self.data is not None

    @property
    def it(self) -> Model:
        """The parsed form; only where `ok`."""
        assert self.data is not None
        return self.data

    def refuse(self, name: str, code: str, **facts: object) -> "Filled[Model]":
        """Put a message beside a field. `code` is a key of ERRORS or an English sentence."""
        self.errors[name] = text_in(self.language, ERRORS.get(code, code)).format(**facts)
        return self

    def take(self, error: RefusedInputError) -> "Filled[Model]":
        """Put a service's refusal beside the field it names."""
        return self.refuse(error.field, error.code)

    @contextmanager
    def attempt(self, session: Session) -> Iterator[None]:
        """Call services in here: what one refuses is put beside its field, and nothing it did before that stays."""
        try:
            with session.begin_nested():
                yield
        except RefusedInputError as error:
            self.take(error)


def empty(language: str, /, **values: Any) -> Filled[Any]:
    """A form nobody has sent yet, with defaults."""
    return Filled(language, values)


async def read_form(request: Request) -> FormData:
    """The request's form, read once and with the same limits for whoever asks first. Files stay in memory."""
    return await request.form(max_fields=2000, max_part_size=MOST_TEXT)


def filled(model: type[Model]) -> Callable[[Request], Awaitable[Filled[Model]]]:
    """A dependency that reads the request's form as `model`."""

    async def read(request: Request) -> Filled[Model]:
        return parse(model, await read_form(request), language_of(request))

    return read


def parse(model: type[Model], form: FormData, language: str) -> Filled[Model]:
    """Read form fields into `model`, with a message for each field that cannot be taken."""
    made: Filled[Model] = Filled(language)
    raw: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        typed = [value for value in form.getlist(name) if not isinstance(value, UploadFile)]
        _take_field(made, raw, name, info, typed)
    if not made.errors:
        _validate(made, model, raw)
    return made


def _take_field(made: Filled[Model], raw: dict[str, Any], name: str, info: FieldInfo, typed: list[str]) -> None:
    many = get_origin(info.annotation) in (list, set, tuple)
    values = typed if name in SECRET_FIELDS else [tidy(value) for value in typed]
    if any(bad_characters(value, lines=_LINES in info.metadata) for value in values):
        made.refuse(name, "control_characters")
    if name not in SECRET_FIELDS:
        kept = [without(value, bad_characters(value, lines=True)) for value in values]
        made.values[name] = kept if many else (kept[-1] if kept else "")
    if many:
        raw[name] = [value for value in values if value]
    elif values and values[-1] != "":
        raw[name] = values[-1]
    elif info.is_required() and name not in made.errors:
        made.refuse(name, "required")


def _validate(made: Filled[Model], model: type[Model], raw: dict[str, Any]) -> None:
    try:
        made.data = model.model_validate(raw)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            name = str(problem["loc"][0]) if problem["loc"] else "form"
            context = {key: value for key, value in problem.get("ctx", {}).items() if isinstance(value, int | str)}
            made.refuse(name, _code(problem["type"]), **context)


def _code(kind: str) -> str:
    return kind if kind in ERRORS else "invalid"


def tidy(value: str) -> str:
    """NFC, without white space or a byte order mark around it. Line ends as browsers send them become single."""
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").strip("\ufeff")).strip()


def bad_characters(value: str, *, lines: bool = False) -> set[str]:
    """NUL, lone surrogates, controls, directional overrides, private use: nobody types them, and they break what comes after.

    Characters that this Python's Unicode tables do not know yet are taken: the newest extensions hold characters of people's names.
    """
    return {character for character in value if _bad(character) and not (lines and character in "\n\t")}


def _bad(character: str) -> bool:
    code = ord(character)
    if unicodedata.category(character) == "Cn":
        return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noncharacters
    override = 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return override or character == UNDECODABLE or unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp")


def without(value: str, characters: set[str]) -> str:
    """What can be shown again of it."""
    return "".join(character for character in value if character not in characters)
