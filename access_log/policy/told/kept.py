"""The categories of a policy as rows for a page: what, what for, on what basis, how long, what then, who sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from access_log.i18n import text
from access_log.policy.file.content import Field, Policy, Store
from access_log.policy.told.spoken import NOT_ABOUT_VISITORS, kept_words, viewers_words
from access_log.policy.told.words import AFTER, BASES, SEES


class Audience(StrEnum):
    """Who reads: everybody finds what is about them, staff everything."""

    VISITORS = "visitors"
    CONTACTS = "contacts"
    STAFF = "staff"


ABOUT_CONTACTS = frozenset({"contact_account", "credentials", "sign_in", "import_draft", "customer", "roster"})
"""Of what is not about visitors, the part that is about customers and their contacts."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One category in words. `then` is empty where nothing is recorded, `seen` where nobody sees it."""

    name: str
    purposes: Sequence[str]
    bases: Sequence[str]
    kept: str
    then: str
    optional: bool
    seen: Sequence[str]


def kept_rows(policy: Policy, language: str, audience: Audience) -> list[Kept]:
    """What a policy says of each category, in the order of its file."""
    return [_row(policy, field, language) for field in policy.fields.values() if _concerns(field, audience)]


def _concerns(field: Field, audience: Audience) -> bool:
    if audience is Audience.STAFF or field.id not in NOT_ABOUT_VISITORS:
        return True
    return audience is Audience.CONTACTS and field.id in ABOUT_CONTACTS


def _row(policy: Policy, field: Field, language: str) -> Kept:
    purposes = [policy.purposes[name] for name in field.purposes]
    seen = ((text(language, words), viewers_words(field, see, language)) for see, words in SEES.items())
    return Kept(
        field.texts[language],
        [purpose.texts[language] for purpose in purposes],
        list(dict.fromkeys(named(text(language, BASES[purpose.basis]), purpose.source[language], language) for purpose in purposes)),
        kept_words(policy, field.id, language),
        "" if field.store is Store.MEMORY else text(language, AFTER[field.after]),
        field.optional,
        [named(how, who, language) for how, who in seen if who],
    )


def named(name: str, what: str, language: str) -> str:
    """masked: Auditor."""
    return f"{name}{'：' if language == 'zh-CN' else ': '}{what}"
