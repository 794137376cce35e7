"""Who acts: an opaque kind and id for the record, with the role or rights that decide what they may do."""

from dataclasses import dataclass

from access_log.policy.codes import ActorKind, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is the row of the staff member, contact, kiosk or rule; a visitor has none but their visit."""

    kind: ActorKind
    id: int | None
    site_id: int
    role: Role | None = None
    customer_id: int | None = None
    rights: frozenset[str] = frozenset()


def system(site_id: int) -> Actor:
    """The product itself: retention, the outbox, schedules."""
    return Actor(ActorKind.SYSTEM, None, site_id)
