"""How long what is kept of a visitor: the later of what is needed and any floor, as the policy says (policy.md; clause 4.4).

A visit is bound to the policy its visitor was told of. A shorter period in a later policy holds for them at once; a longer one does not,
unless the law asks for it: a floor without a condition is law, one with a condition is the operator's choice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from access_log.policy.file.agreeing import kept_for
from access_log.policy.file.content import Policy
from access_log.policy.period import add_months

__all__ = ["HeldUntil", "Promise", "Stay", "add_months", "held_until"]

FIELDS = {"contact": "reach", "document": "document", "name": "name", "event": "event"}
"""What is held, by the code the faces show, and the field of the policy that says how long."""


@dataclass(frozen=True, slots=True)
class HeldUntil:
    """One kind of data and the moment (UTC) it is deleted. `what` is a code whose text the faces show."""

    what: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """What one visitor was told, and what holds now; the zone is the site's."""

    told: Policy
    in_force: Policy
    zone: str

    def due_at(self, field_id: str, since: datetime) -> datetime:
        """When something goes whose period began at `since`. Raises KeyError for a field that neither policy has."""
        return self.until(field_id)(since)

    def until(self, field_id: str) -> Callable[[datetime], datetime]:
        """As `due_at`, for one field and many moments."""
        either = [kept_for(policy, field_id) for policy in (self.told, self.in_force) if field_id in policy.fields]
        law = [bound.period for bound in self.in_force.floors(field_id) if not bound.when]
        if not either:
            raise KeyError(field_id)

        def due(since: datetime) -> datetime:
            soonest = min(max(period.after(since, self.zone) for period in kept) for kept in either)
            return max([soonest, *(period.after(since, self.zone) for period in law)])

        return due

    def begun_before(self, field_id: str, now: datetime) -> datetime:
        """A moment such that what began later is not due at `now`."""
        policies = [policy for policy in (self.told, self.in_force) if field_id in policy.fields]
        law = (bound.period.before(now, self.zone) for bound in self.in_force.floors(field_id) if not bound.when)
        soonest = max(min(period.before(now, self.zone) for period in kept_for(policy, field_id)) for policy in policies)
        return min([soonest, *law])


@dataclass(frozen=True, slots=True)
class Stay:
    """A visit as far as periods go: when it ended (or its window does), whether anybody came, whether a document was shown."""

    ends_at: datetime
    came: bool = True
    checked: bool = False


def due_at(policy: Policy, field_id: str, since: datetime, zone: str) -> datetime:
    """The later of need and floors (policy.md)."""
    return max(period.after(since, zone) for period in kept_for(policy, field_id))


def held_until(promise: Promise, stay: Stay) -> list[HeldUntil]:
    """What is held of a visitor and until when, the first to go first. Of somebody who never came nothing outlives the unused entry."""
    kinds = [kind for kind in FIELDS if kind != "document" or stay.checked]
    return sorted((HeldUntil(kind, kind_until(promise, stay, kind)) for kind in kinds), key=lambda row: row.until)


def kind_until(promise: Promise, stay: Stay, kind: str) -> datetime:
    """When one kind of data of a visitor goes; `kind` is a key of FIELDS."""
    until = promise.due_at(FIELDS[kind], stay.ends_at)
    if stay.came or kind == "event":
        return until
    return min(until, promise.due_at("unused", stay.ends_at))
