"""The last letter to a visitor, while there is still an address: what is deleted and when, unasked, and where it is confirmed afterwards.

Why before and not after: docs/adr/0033. The date is never moved for the sake of a letter.
"""

from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists

from access_log.models import OutboxMessage, Site, Template, VaultItem, Visit
from access_log.policy.codes import Item
from access_log.services import retention
from access_log.services.messages import send

AHEAD = timedelta(hours=6)
"""How long before the address goes: longer than a letter is tried again after refusals (outbox.RETRIES)."""
OVERTAKEN = "overtaken"
"""The error of a letter that was of no use when its turn came: it was not sent, and may be needed again."""


def queue_due(session: Session, *, site: Site, now: datetime) -> int:
    """Queue the last letter to some visitors whose address goes soon. Returns how many; call again while it is not 0.

    What is due already goes without, after an outage: so the sweep first erases.
    """
    address, letter = aliased(VaultItem), aliased(OutboxMessage)
    reachable = exists().where(col(address.subject_id) == col(Visit.subject_id), col(address.item) == Item.CONTACT)
    written = exists().where(
        col(letter.visit_id) == col(Visit.id), col(letter.template) == Template.FAREWELL, col(letter.error) != OVERTAKEN
    )
    soon = retention.due_now(session, site, now + AHEAD, limit=retention.AT_ONCE, lock=True, where=(reachable, ~written))
    visits = {row.visit.id: row.visit for row in islice(soon, retention.MOST) if row.item is not Item.DOCUMENT and row.until > now}
    for visit in visits.values():
        send(session, visit=visit, template=Template.FAREWELL, now=now)
    session.flush()
    return len(visits)
