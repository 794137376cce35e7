"""Where a policy file contradicts itself or the law it cites. Every rule yields problems; none stops at the first."""

from collections.abc import Iterator, Mapping

from access_log.policy.file.agreeing_product import Capability, with_product
from access_log.policy.file.content import BoundKind, Policy, Since, Store
from access_log.policy.file.never import NEVER
from access_log.policy.file.problems import Problem
from access_log.policy.file.tables import LANGUAGES
from access_log.policy.period import Period

CHANNELS = ("visitor_page", "portal", "desk", "mail", "post", "phone")
GROUPS = ("group", "chat", "qq", "wechat", "weixin", "forum")
WITH_THE_NAME = ("organisation", "times", "authoriser", "work_order", "badge", "pass")
"""Leads back to the person while it stands beside the rest, and goes on the same day as the name."""
NOT_AFTER_THE_NAME = ("document", "reach", "unused")
OUTER_MOST = Period(days=30)


def disagreements(policy: Policy, product: Mapping[str, Capability]) -> list[Problem]:
    """Every contradiction, by line."""
    parts = (_head, _channels, _clock, _never, _purposes, _bounds, _needs, _limits, _together, _recipients)
    found = [problem for part in parts for problem in part(policy)]
    return sorted([*found, *with_product(policy, product)])


def _head(policy: Policy) -> Iterator[Problem]:
    for language in LANGUAGES:
        if language not in policy.languages:
            yield policy.problem("policy.lang", "lang_missing", language=language)
    for language in policy.languages:
        if language not in LANGUAGES:
            yield policy.problem("policy.lang", "lang_unknown", language=language[:20], known=", ".join(LANGUAGES))
    if policy.supersedes and policy.supersedes == policy.version:
        yield policy.problem("policy.supersedes", "supersedes_itself")
    known = sorted({bound.when for bound in policy.bounds if bound.when})
    for profile in policy.profiles:
        if profile not in known:
            yield policy.problem("policy.profiles", "unknown_profile", given=profile[:60], known=", ".join(known))


def _channels(policy: Policy) -> Iterator[Problem]:
    for channel in policy.controller.rights_channel:
        if any(word in channel.lower() for word in GROUPS):
            yield policy.problem("controller.rights_channel", "channel_group", given=channel[:60])
        elif channel not in CHANNELS:
            yield policy.problem("controller.rights_channel", "not_one_of", given=channel[:60], known=", ".join(CHANNELS))
    region = policy.controller.region
    if len(region) != 2 or not region.isascii() or not region.isupper():
        yield policy.problem("controller.region", "not_a_region", given=region[:60])


def _clock(policy: Policy) -> Iterator[Problem]:
    outer = policy.clocks.outer
    if not outer or outer.exceeds(OUTER_MOST):
        yield policy.problem("clock.outer", "outer_long", most=OUTER_MOST)


def _never(policy: Policy) -> Iterator[Problem]:
    for name in policy.never:
        if name not in NEVER:
            yield policy.problem("never", "not_one_of", given=name[:60], known=", ".join(NEVER))


def _purposes(policy: Policy) -> Iterator[Problem]:
    used = {name for field in policy.fields.values() for name in field.purposes}
    for name in policy.purposes:
        if name not in used:
            yield policy.problem(f"purposes.{name}", "purpose_unused")


def _bounds(policy: Policy) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, bound in enumerate(policy.bounds):
        path = f"bounds[{number}]"
        if bound.id in seen:
            yield policy.problem(f"{path}.id", "double_id", given=bound.id, line=seen[bound.id])
        seen.setdefault(bound.id, policy.lines.get(f"{path}.id", 0))
        if not bound.period and bound.kind is BoundKind.FLOOR:
            yield policy.problem(f"{path}.period", "bound_zero")
        for name in bound.applies:
            if name not in policy.fields:
                yield policy.problem(f"{path}.applies", "unknown_field_here", given=name[:60])


def _needs(policy: Policy) -> Iterator[Problem]:
    for field in policy.fields.values():
        gone_at_once = field.since in (Since.REMOVED, Since.ENDED) or field.store is Store.MEMORY
        if not field.need and not gone_at_once:
            yield policy.problem(f"fields.{field.id}.need", "need_zero")
        if field.need and field.store is Store.MEMORY:
            yield policy.problem(f"fields.{field.id}.need", "memory_kept")


def _limits(policy: Policy) -> Iterator[Problem]:
    """A floor above a ceiling is refused, never bent; a need above the shortest-necessary needs a floor that asks for it."""
    for field in policy.fields.values():
        path, floors = f"fields.{field.id}.need", policy.floors(field.id)
        for ceiling in policy.ceilings(field.id):
            if field.need.exceeds(ceiling.period):
                yield policy.problem(path, "need_above_ceiling", given=field.need, bound=ceiling.id, most=ceiling.period)
            for floor in floors:
                if floor.period.exceeds(ceiling.period):
                    at, facts = f"bounds[{policy.bounds.index(floor)}].period", {"given": floor.period, "field": field.id}
                    yield policy.problem(at, "floor_above_ceiling", bound=ceiling.id, most=ceiling.period, **facts)
        for rule in policy.shortest(field.id):
            asked_for = any(not field.need.exceeds(floor.period) for floor in floors)
            if field.need.exceeds(rule.period) and not asked_for:
                yield policy.problem(path, "need_above_shortest", given=field.need, bound=rule.id, most=rule.period)


def _together(policy: Policy) -> Iterator[Problem]:
    """What leads back to a person goes with the name, and nothing that is sealed under the name outlives it."""
    if "name" not in policy.fields:
        return
    wanted = kept_for(policy, "name")
    said = " / ".join(sorted(map(str, wanted)))
    for other in WITH_THE_NAME:
        if other in policy.fields and kept_for(policy, other) != wanted:
            yield policy.problem(f"fields.{other}.need", "not_with_name", name=said)
    for other in NOT_AFTER_THE_NAME:
        if other in policy.fields and any(all(period.exceeds(most) for most in wanted) for period in kept_for(policy, other)):
            yield policy.problem(f"fields.{other}.need", "after_name", given=policy.fields[other].need, name=said)


def kept_for(policy: Policy, field_id: str) -> frozenset[Period]:
    """The periods of which the latest to end is the day a field goes: its need and its floors, without those that never count."""
    every = {policy.fields[field_id].need, *(floor.period for floor in policy.floors(field_id))}
    return frozenset(one for one in every if not any(other.exceeds(one) and not one.exceeds(other) for other in every))


def _recipients(policy: Policy) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, recipient in enumerate(policy.recipients):
        path = f"recipients[{number}]"
        if recipient.id in seen:
            yield policy.problem(f"{path}.id", "double_id", given=recipient.id, line=seen[recipient.id])
        seen.setdefault(recipient.id, policy.lines.get(f"{path}.id", 0))
        for name in recipient.fields:
            if name not in policy.fields:
                yield policy.problem(f"{path}.fields", "unknown_field_here", given=name[:60])
        for name in recipient.purposes:
            if name not in policy.purposes:
                yield policy.problem(f"{path}.purpose", "unknown_purpose", given=name[:60])
