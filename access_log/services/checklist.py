"""What a site still lacks before it can open, and what needs its administrator now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from access_log.models import Area, Contact, Customer, Door, Kiosk, Notice, Site, Staff
from access_log.policy.codes import Active, Role
from access_log.services import access_reviews, agreements, approvals, backups, incidents, kiosks, outbox, rights_clock
from access_log.services.accounts import INVITED_FOR
from access_log.services.kiosks import Condition
from access_log.services.notices import DEFAULT_VERSION


@dataclass(frozen=True, slots=True)
class SetUp:
    """What there is already. `notice`: the operator has published a notice of their own over the one the product brings."""

    area: bool
    door: bool
    kiosk: bool
    customer: bool
    contact: bool
    guard: bool
    privacy_officer: bool
    notice: bool

    @property
    def complete(self) -> bool:
        """Nothing is left to do."""
        return all(getattr(self, name) for name in SetUp.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for the administrator.

    `access_review_due`: since when. `incidents`: whose clock has run for 80 %. `rights_pressing`: requests nearly late, or late.
    """

    approvals: int
    mail_failed: int
    kiosks: Sequence[tuple[Kiosk, Door, Condition]]
    lapsed_staff: int
    lapsed_contacts: int
    backup_late: bool
    no_agreement: int
    access_review_due: datetime | None
    incidents: int
    rights_pressing: int


def set_up(session: Session, site_id: int) -> SetUp:
    """Go through the list."""

    def there(model: Any, *where: Any) -> bool:
        return session.exec(select(model.site_id).where(model.site_id == site_id, *where).limit(1)).first() is not None

    return SetUp(
        area=there(Area),
        door=there(Door),
        kiosk=there(Kiosk, col(Kiosk.credential_digest).is_not(None)),
        customer=there(Customer, Customer.state == Active.ACTIVE),
        contact=there(Contact, Contact.state == Active.ACTIVE),
        guard=there(Staff, Staff.state == Active.ACTIVE, Staff.role == Role.GUARD),
        privacy_officer=there(Staff, Staff.state == Active.ACTIVE, Staff.role == Role.PRIVACY_OFFICER),
        notice=there(Notice, Notice.version != DEFAULT_VERSION),
    )


def attention(session: Session, *, site_id: int, now: datetime) -> Attention:
    """What waits at this moment."""
    conditions = [(kiosk, door, kiosks.condition(kiosk, now)) for kiosk, door in kiosks.listed(session, site_id)]
    review_due = access_reviews.due_at(session, session.get_one(Site, site_id))
    return Attention(
        approvals=approvals.operator_count(session, site_id),
        mail_failed=outbox.failed_count(session, site_id),
        kiosks=[found for found in conditions if found[2] in (Condition.NEW, Condition.SILENT, Condition.CODE_WAITS)],
        lapsed_staff=_lapsed(session, Staff, site_id, now),
        lapsed_contacts=_lapsed(session, Contact, site_id, now),
        backup_late=backups.is_late(session, now=now),
        no_agreement=agreements.missing(session, site_id),
        access_review_due=review_due if review_due <= now else None,
        incidents=incidents.alarms(session, site_id=site_id, now=now),
        rights_pressing=rights_clock.pressing(session, site_id),
    )


def _lapsed(session: Session, model: Any, site_id: int, now: datetime) -> int:
    """Invitations that ran out before anybody followed them."""
    statement = select(func.count(model.id)).where(
        model.site_id == site_id, model.state == Active.ACTIVE, model.password_hash.is_(None), model.invited_at < now - INVITED_FOR
    )
    return int(session.exec(statement).one())
