"""What a new version changes for the people it is about, decided by code: nobody can call a reduction a detail (clause 7.b).

Reduces: longer, more, to more people, for other purposes, by somebody else, with fewer ways to ask. What people were told in words
counts too, but for spaces and punctuation.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from access_log.policy.file.agreeing import kept_for
from access_log.policy.file.agreeing_product import LEAVES, SEEN
from access_log.policy.file.content import Basis, Bound, BoundKind, Field, Policy, Recipient, Texts
from access_log.policy.period import Period, outlasts

Value = TypeVar("Value")


class Weight(IntEnum):
    """What a change is for people; the heaviest of a version's changes is the version's."""

    NEUTRAL = 0
    IMPROVES = 1
    REDUCES = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `key` is the path in the file; `code` a key of words.CHANGES, filled with `facts`."""

    weight: Weight
    key: str
    code: str
    facts: dict[str, str] = field(default_factory=dict)


def weight_of(changes: Iterable[Change]) -> Weight:
    """What a whole version is for people: one reduction makes it one, whatever else gets better."""
    return max((change.weight for change in changes), default=Weight.NEUTRAL)


def differences(old: Policy, new: Policy) -> list[Change]:
    """Every difference that means something, the heaviest first."""
    parts = (_fields, _purposes, _bounds, _recipients, _never, _controller, _clock)
    return sorted((change for part in parts for change in part(old, new)), key=lambda change: (-change.weight, change.key))


def _longer(more: bool, less: bool) -> Weight:
    return Weight.REDUCES if more else Weight.IMPROVES if less else Weight.NEUTRAL


def _both(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[tuple[str, Value, Value]]:
    yield from ((name, old[name], new[name]) for name in old if name in new)


def _reworded(old: Texts, new: Texts) -> bool:
    """Whether a text says something else, not only with other spaces or punctuation."""
    return any(_letters(old[language]) != _letters(new.get(language, "")) for language in old)


def _letters(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in normal if unicodedata.category(character)[0] in "LNS")


def _fields(old: Policy, new: Policy) -> Iterator[Change]:
    for name in new.fields.keys() - old.fields.keys():
        yield Change(Weight.REDUCES, f"fields.{name}", "field_added", {"name": name})
    for name in old.fields.keys() - new.fields.keys():
        yield Change(Weight.IMPROVES, f"fields.{name}", "field_removed", {"name": name})
    for name, before, after in _both(old.fields, new.fields):
        path = f"fields.{name}"
        yield from _period(path, name, kept_for(old, name), kept_for(new, name))
        yield from _lists(f"{path}.purpose", before.purposes, after.purposes, "purpose_added", "purpose_removed", name)
        yield from _readers(path, before, after)
        if _reworded(before.texts, after.texts):
            yield Change(Weight.REDUCES, path, "reworded", {"name": name})
        if before.optional is not after.optional:
            yield Change(_longer(before.optional, after.optional), f"{path}.optional", "optional_changed", {"name": name})


def _period(path: str, name: str, before: Iterable[Period], after: Iterable[Period]) -> Iterator[Change]:
    longer, shorter = outlasts(after, before), outlasts(before, after)
    if longer or shorter:
        facts = {"name": name, "before": _said(before), "after": _said(after)}
        yield Change(_longer(longer, shorter), f"{path}.need", "kept_longer" if longer else "kept_shorter", facts)


def _said(periods: Iterable[Period]) -> str:
    return " / ".join(sorted(map(str, periods)))


def _lists(path: str, before: Iterable[str], after: Iterable[str], added: str, removed: str, name: str) -> Iterator[Change]:
    for item in set(after) - set(before):
        yield Change(Weight.REDUCES, path, added, {"name": name, "item": item})
    for item in set(before) - set(after):
        yield Change(Weight.IMPROVES, path, removed, {"name": name, "item": item})


def _readers(path: str, before: Field, after: Field) -> Iterator[Change]:
    for viewer in sorted({*before.see, *after.see}):
        was, now = (SEEN.index(found.see[viewer]) if viewer in found.see else -1 for found in (before, after))
        if was != now:
            facts = {"name": before.id, "item": viewer.value}
            yield Change(_longer(now > was, now < was), f"{path}.see", "seen_more" if now > was else "seen_less", facts)
    was, now = LEAVES.index(before.export), LEAVES.index(after.export)
    if was != now:
        yield Change(
            _longer(now > was, now < was), f"{path}.export", "exported_more" if now > was else "exported_less", {"name": before.id}
        )


def _purposes(old: Policy, new: Policy) -> Iterator[Change]:
    for name in new.purposes.keys() - old.purposes.keys():
        yield Change(Weight.REDUCES, f"purposes.{name}", "purpose_new", {"item": name})
    for name in old.purposes.keys() - new.purposes.keys():
        yield Change(Weight.IMPROVES, f"purposes.{name}", "purpose_gone", {"item": name})
    for name, before, after in _both(old.purposes, new.purposes):
        path = f"purposes.{name}"
        if before.basis is not after.basis:
            weight = Weight.IMPROVES if after.basis is Basis.CONSENT else Weight.REDUCES
            yield Change(weight, f"{path}.basis", "basis_changed", {"item": name, "before": before.basis, "after": after.basis})
        if _reworded(before.texts, after.texts) or _reworded(before.impact, after.impact):
            yield Change(Weight.REDUCES, path, "reworded", {"name": name})
        if before.sensitive is not after.sensitive:
            yield Change(Weight.REDUCES if before.sensitive else Weight.NEUTRAL, f"{path}.sensitive", "sensitive_changed", {"item": name})
        if _reworded(before.source, after.source):
            yield Change(Weight.NEUTRAL, f"{path}.source", "source_reworded", {"item": name})


def _bounds(old: Policy, new: Policy) -> Iterator[Change]:
    """Ceilings and shortest-necessary rules are promises. Floors count where they make something stay longer (`_fields`)."""
    was, now = _promises(old), _promises(new)
    for name in was.keys() - now.keys():
        yield Change(Weight.REDUCES, f"bounds.{name}", "promise_gone", {"item": name})
    for name in now.keys() - was.keys():
        yield Change(Weight.IMPROVES, f"bounds.{name}", "promise_new", {"item": name})
    for name, before, after in _both(was, now):
        longer, shorter = outlasts([after.period], [before.period]), outlasts([before.period], [after.period])
        fewer, more = set(before.applies) - set(after.applies), set(after.applies) - set(before.applies)
        if longer or shorter or fewer or more:
            facts = {"item": name, "before": str(before.period), "after": str(after.period)}
            yield Change(_longer(longer or bool(fewer), True), f"bounds.{name}", "promise_changed", facts)


def _promises(policy: Policy) -> dict[str, Bound]:
    held = (bound for bound in policy.bounds if bound.kind is not BoundKind.FLOOR)
    return {bound.id: bound for bound in held if not bound.when or bound.when in policy.profiles}


def _recipients(old: Policy, new: Policy) -> Iterator[Change]:
    was, now = ({recipient.id: recipient for recipient in policy.recipients} for policy in (old, new))
    for name in now.keys() - was.keys():
        yield Change(Weight.REDUCES, f"recipients.{name}", "recipient_new", {"item": name})
    for name in was.keys() - now.keys():
        yield Change(Weight.IMPROVES, f"recipients.{name}", "recipient_gone", {"item": name})
    for name, before, after in _both(was, now):
        path = f"recipients.{name}"
        yield from _lists(f"{path}.fields", before.fields, after.fields, "given_more", "given_less", name)
        yield from _lists(f"{path}.purpose", before.purposes, after.purposes, "given_for_more", "given_for_less", name)
        yield from _recipient(path, before, after)


def _recipient(path: str, before: Recipient, after: Recipient) -> Iterator[Change]:
    if _reworded(before.texts, after.texts) or _reworded(before.method, after.method):
        yield Change(Weight.REDUCES, path, "reworded", {"name": before.id})
    if before.until != after.until:
        longer = before.until is not None and (after.until is None or after.until > before.until)
        yield Change(_longer(longer, not longer), f"{path}.until", "contract_end_changed", {"item": before.id})
    if before.contract != after.contract or _reworded(before.contact, after.contact):
        yield Change(Weight.NEUTRAL, f"{path}.contract", "contract_changed", {"item": before.id})


def _never(old: Policy, new: Policy) -> Iterator[Change]:
    for name in set(old.never) - set(new.never):
        yield Change(Weight.REDUCES, "never", "never_removed", {"item": name})
    for name in set(new.never) - set(old.never):
        yield Change(Weight.IMPROVES, "never", "never_added", {"item": name})


def _controller(old: Policy, new: Policy) -> Iterator[Change]:
    was, now = old.controller, new.controller
    if _reworded(was.name, now.name):
        yield Change(Weight.REDUCES, "controller.name", "controller_changed")
    if was.region != now.region:
        yield Change(Weight.REDUCES, "controller.region", "region_changed", {"before": was.region, "after": now.region})
    for channel in set(was.rights_channel) - set(now.rights_channel):
        yield Change(Weight.REDUCES, "controller.rights_channel", "channel_gone", {"item": channel})
    for channel in set(now.rights_channel) - set(was.rights_channel):
        yield Change(Weight.IMPROVES, "controller.rights_channel", "channel_new", {"item": channel})
    if _reworded(was.officer, now.officer) or _reworded(was.contact, now.contact):
        yield Change(Weight.NEUTRAL, "controller.contact", "contact_changed")


def _clock(old: Policy, new: Policy) -> Iterator[Change]:
    was, now = old.clocks, new.clocks
    if was.answer_working_days != now.answer_working_days:
        longer = now.answer_working_days > was.answer_working_days
        facts = {"before": f"{was.answer_working_days}", "after": f"{now.answer_working_days}"}
        yield Change(_longer(longer, not longer), "clock.answer_working_days", "answer_changed", facts)
    for key, before, after, more_is_worse in (
        ("outer", was.outer, now.outer, True),
        ("change_notice", was.change_notice, now.change_notice, False),
    ):
        longer, shorter = outlasts([after], [before]), outlasts([before], [after])
        if longer or shorter:
            worse, better = (longer, shorter) if more_is_worse else (shorter, longer)
            yield Change(_longer(worse, better), f"clock.{key}", f"{key}_changed", {"before": str(before), "after": str(after)})
