"""Forms: what was typed is kept and shown again beside a clear message; bad text never reaches a rule or the database.

`filled(Model)` is a dependency that reads a form into a plain pydantic model. Messages are English sentences (gettext ids).
"""

import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_origin

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from access_log.errors import RefusedInputError
from access_log.i18n import text
from kiosk.web.words import ERRORS

Model = TypeVar("Model", bound=BaseModel)
SECRET_FIELDS = frozenset({"password", "password_again", "pin", "code"})
_JOINERS = frozenset("\u200c\u200d")


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
        self.errors[name] = text(self.language, ERRORS.get(code, code)).format(**facts)
        return self

    def take(self, error: RefusedInputError) -> "Filled[Model]":
        """Put a service's refusal beside the field it names."""
        return self.refuse(error.field, error.code)


def empty(language: str, **values: Any) -> Filled[Any]:
    """A form nobody has sent yet, with defaults."""
    return Filled(language, values)


def filled(model: type[Model]) -> Callable[[Request], Awaitable[Filled[Model]]]:
    """A dependency that reads the request's form as `model`."""

    async def read(request: Request) -> Filled[Model]:
        from kiosk.web.deps import language_of

        return parse(model, await request.form(max_fields=2000, max_part_size=64 * 1024), language_of(request))

    return read


def parse(model: type[Model], form: FormData, language: str) -> Filled[Model]:
    """Read form fields into `model`, with a message for each field that cannot be taken."""
    made: Filled[Model] = Filled(language)
    raw: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        many = get_origin(info.annotation) in (list, set, tuple)
        values = [value for value in form.getlist(name) if not isinstance(value, UploadFile)]
        if any(bad_text(value) for value in values):
            made.refuse(name, "control_characters")
        cleaned = [value if name in SECRET_FIELDS else tidy(value) for value in values]
        if name not in SECRET_FIELDS:
            made.values[name] = cleaned if many else (cleaned[-1] if cleaned else "")
        if many:
            raw[name] = [value for value in cleaned if value]
        elif cleaned and cleaned[-1] != "":
            raw[name] = cleaned[-1]
        elif info.is_required() is False:
            continue
        elif name not in made.errors:
            made.refuse(name, "required")
    if not made.errors:
        _validate(made, model, raw)
    return made


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
    """NFC, without white space around it. Line ends as browsers send them become single."""
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()


def bad_text(value: str) -> bool:
    """NUL, lone surrogates, controls, directional overrides: nobody types them, and they break what comes after."""
    return any(
        unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")
        or "\u202a" <= character <= "\u202e"
        or "\u2066" <= character <= "\u2069"
        for character in value
        if character not in "\n\r\t"
    )
