"""What stands in a policy, in words for the people it is about: periods, recipients, bases. From here come the notice's own lines."""

from collections.abc import Iterable, Sequence

from access_log.i18n import text
from access_log.policy.file.agreeing import kept_for
from access_log.policy.file.content import Field, Policy, Recipient, See, Store, Viewer
from access_log.policy.file.diff import Change
from access_log.policy.file.words import CHANGES
from access_log.policy.period import Period, parse_period
from access_log.policy.told.words import AFTER, AT_ONCE, BASES, CHANNELS, OTHERWISE, SINCE, UNITS, VIEWERS

NOT_ABOUT_VISITORS = (
    "contact_account", "staff_account", "credentials", "sign_in", "review", "import_draft", "customer", "installation", "transient",
    "proof", "system_log",
)  # fmt: skip
"""Stands in the file so that nothing is left out, and is about somebody else, or about nobody."""


def period_words(period: Period, language: str) -> str:
    """Six months, 30 days, 24 hours; the units from the largest."""
    years, months = divmod(period.months, 12)
    if years and months:
        years, months = 0, period.months  # thirteen months, as people say it
    hours, minutes = divmod(period.minutes, 60)
    parts = {"years": years, "months": months, "days": period.days, "hours": hours, "minutes": minutes}
    said = [text(language, UNITS[unit if number != 1 else unit[:-1]]).format(number=number) for unit, number in parts.items() if number]
    return (" " if language == "en" else "").join(said or [text(language, UNITS["days"]).format(number=0)])


def kept_words(policy: Policy, field_id: str, language: str) -> str:
    """How long a field is kept, and from when: 6 months after the visit."""
    field = policy.fields[field_id]
    if field.store is Store.MEMORY:
        return text(language, OTHERWISE["memory"])
    lengths = sorted(kept_for(policy, field_id), key=lambda period: (period.months, period.days, period.minutes))
    longest = text(language, OTHERWISE["or"]).join(period_words(period, language) for period in lengths)
    return text(language, SINCE[field.since] if any(lengths) else AT_ONCE[field.since]).format(period=longest)


def field_lines(policy: Policy, language: str) -> list[str]:
    """What a visitor is told of the categories: what for, on what basis, how long, what then. What is alike stands in one line."""
    alike: dict[tuple[object, ...], list[Field]] = {}
    for field in policy.fields.values():
        if field.id not in NOT_ABOUT_VISITORS:
            alike.setdefault((field.purposes, kept_words(policy, field.id, language), field.after, field.optional), []).append(field)
    return [_line(policy, fields, language) for fields in alike.values()]


def _line(policy: Policy, fields: Sequence[Field], language: str) -> str:
    field = fields[0]
    purposes = [policy.purposes[name] for name in field.purposes]
    kind = "line_memory" if field.store is Store.MEMORY else "line_optional" if field.optional else "line"
    said = text(language, OTHERWISE[kind]).format(
        name=listed((field.texts[language] for field in fields), language),
        purposes=listed((purpose.texts[language] for purpose in purposes), language),
        basis=listed(dict.fromkeys(text(language, BASES[purpose.basis]) for purpose in purposes), language),
        kept=kept_words(policy, field.id, language),
        after=text(language, AFTER[field.after]),
    )
    return said[0].upper() + said[1:]


def recipient_line(policy: Policy, recipient: Recipient, language: str) -> str:
    """One recipient: who, how to reach them, what, what for, how."""
    said = text(language, OTHERWISE["recipient"]).format(
        name=recipient.texts[language],
        contact=recipient.contact[language],
        fields=listed((policy.fields[name].texts[language] for name in recipient.fields), language),
        purposes=listed((policy.purposes[name].texts[language] for name in recipient.purposes), language),
        method=recipient.method[language],
    )
    return said[0].upper() + said[1:]


def sensitive_lines(policy: Policy, language: str) -> list[str]:
    """Each sensitive purpose with why it is needed and what it may do to a person (PIPL 30)."""
    sensitive = (purpose for purpose in policy.purposes.values() if purpose.sensitive)
    say = text(language, OTHERWISE["sensitive"])
    said = (say.format(name=purpose.texts[language], impact=purpose.impact[language]) for purpose in sensitive)
    return [line[0].upper() + line[1:] for line in said]


def channel_words(policy: Policy, language: str) -> str:
    """The ways to make a request."""
    return listed((text(language, CHANNELS[channel]) for channel in policy.controller.rights_channel), language)


def viewers_words(field: Field, see: See, language: str) -> str:
    """Who sees a field in one way."""
    return listed((text(language, VIEWERS[viewer]) for viewer in Viewer if field.see.get(viewer) is see), language)


def change_words(change: Change, old: Policy, new: Policy, language: str) -> str:
    """One change as a sentence, with the names and periods a person knows instead of keys."""
    return text(language, CHANGES[change.code]).format(**{name: _said(fact, old, new, language) for name, fact in change.facts.items()})


def _said(fact: str, old: Policy, new: Policy, language: str) -> str:
    """A key of either policy, a code or a period, in words; anything else as it is."""
    named = {str(code): text(language, words) for code, words in [*VIEWERS.items(), *CHANNELS.items(), *BASES.items()]}
    for policy in (old, new):
        named |= {purpose.id: purpose.texts[language] for purpose in policy.purposes.values()}
        named |= {field.id: field.texts[language] for field in policy.fields.values()}
        named |= {recipient.id: recipient.texts[language] for recipient in policy.recipients}
        named |= {bound.id: bound.source[language] for bound in policy.bounds}
    if fact in named:
        return named[fact]
    try:
        return text(language, OTHERWISE["or"]).join(period_words(parse_period(part), language) for part in fact.split(" / "))
    except ValueError:
        return fact


def listed(parts: Iterable[str], language: str) -> str:
    """Several things in one sentence; semicolons, because there are commas in them."""
    return ("；" if language == "zh-CN" else "; ").join(parts)
