"""Which stretch of the record a pack covers, and how large it will be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from access_log.errors import ConflictError, NotFoundError
from access_log.models import AccessEvent, Customer, RecordEntry, RecordLeaf, Site
from access_log.policy.file.content import Policy
from access_log.policy.periods import due_at
from access_log.services import policies, record_proofs, record_tree

BYTES_AN_ENTRY, BYTES_A_VISIT = 32 + 20, 700
"""What a leaf and its line, and a visit in table and pages, come to in the zip, beside the entry's own text."""
PACKED = 0.45
"""Text of entries is packed to about this share of its size."""
SAMPLE = 200
AN_AUDIT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: a site's time from `begins` to before `ends`, of one customer or of all."""

    site_id: int
    begins: datetime
    ends: datetime
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the pack will hold: places `begin` … `end`-1 of a record of `size`.

    `destroy_by`: when the first of its masked names is due, but not before a month has passed; names that are due sooner are left out.
    """

    wanted: Wanted
    site: Site
    customer: str
    begin: int
    end: int
    size: int
    policy: Policy
    destroy_by: datetime

    def names(self, ended_at: datetime) -> bool:
        """Whether the name of a visit that ended then may stand in a pack that is kept until `destroy_by`."""
        return due_at(self.policy, "name", ended_at, self.site.zone) >= self.destroy_by


def scope_of(session: Session, wanted: Wanted, *, now: datetime) -> Scope:
    """Raises ConflictError("nothing_sealed") before there is a record, NotFoundError for another site's customer."""
    site = session.get(Site, wanted.site_id)
    customer = session.get(Customer, wanted.customer_id) if wanted.customer_id else None
    if site is None or (wanted.customer_id and (customer is None or customer.site_id != wanted.site_id)):
        raise NotFoundError
    head = record_tree.head(session)
    if head is None or not head.size:
        raise ConflictError("nothing_sealed")
    begin, end = record_proofs.between(session, wanted.begins, wanted.ends, head)
    policy = policies.in_force(session, site)
    due = due_at(policy, "report", wanted.begins, site.zone)
    return Scope(wanted, site, customer.name if customer else "", begin, end, head.size, policy, max(due, now + AN_AUDIT))


@dataclass(frozen=True, slots=True)
class Estimate:
    """How much there is: visits, entries, bytes of the zip (about)."""

    visits: int
    entries: int
    size: int


def estimate(session: Session, scope: Scope) -> Estimate:
    """Before anything is made. The size is a guess from a few hundred entries; what is counted is right."""
    wanted = scope.wanted
    mine = [] if wanted.customer_id is None else [AccessEvent.customer_id == wanted.customer_id]
    at = col(AccessEvent.at)
    seen = select(func.count(func.distinct(AccessEvent.visit_id))).where(AccessEvent.site_id == wanted.site_id, *mine)
    visits = session.exec(seen.where(at >= wanted.begins, at < wanted.ends)).one()
    some = (
        select(func.length(RecordEntry.body).label("size"))
        .join(RecordLeaf, col(RecordLeaf.entry_id) == col(RecordEntry.id))
        .where(RecordLeaf.leaf_index >= scope.begin, RecordLeaf.leaf_index < scope.end)
        .order_by(col(RecordLeaf.leaf_index).desc())
        .limit(SAMPLE)
        .subquery()
    )
    average = float(session.exec(select(func.avg(some.c.size))).one() or 0)
    entries = scope.end - scope.begin
    return Estimate(visits, entries, int(entries * (average * PACKED + BYTES_AN_ENTRY) + visits * BYTES_A_VISIT))
