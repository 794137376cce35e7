"""What a message says. Composed at the moment of sending; the address and the name exist only until the mail server has it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.errors import NotFoundError
from access_log.i18n import local_time, text
from access_log.models import Contact, OutboxMessage, Site, Staff, Template, Visit, VisitOrder
from access_log.policy.codes import Refusal, VisitState
from access_log.policy.periods import Stay, held_until
from access_log.policy.rights import CODE_GOOD_FOR
from access_log.policy.told.spoken import channel_words
from access_log.services import change_notices, identity, policies, rights_messages, rights_texts, visit_making, visits
from access_log.services.accounts import INVITED_FOR, Account, invitation_of
from access_log.services.letter_texts import FOOT, GREETING, HELD, LETTERS, REFUSALS
from access_log.services.retention import ON_SITE
from access_log.settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A message ready to send. Plain text: it must arrive in every mail program, and nothing in it loads or tracks."""

    to: str
    subject: str
    body: str


def compose(session: Session, ring: KeyRing, settings: Settings, *, message: OutboxMessage, now: datetime) -> Letter | None:
    """Open the addressee (recorded as `deliver`) and write the message; None where there is no address any more."""
    person = identity.deliver(session, ring, subject_id=message.subject_id, site_id=message.site_id, now=now)
    if not person.mail:
        return None
    facts = _facts(session, ring, settings, message) | {"name": person.name}
    letter = (LETTERS | rights_texts.LETTERS)[message.template]
    said = [text(message.language, line).format_map(facts) for line in (GREETING, *letter.lines, FOOT)]
    return Letter(person.mail, text(message.language, letter.subject).format_map(facts), "\n\n".join(said) + "\n")


def overtaken(session: Session, message: OutboxMessage, *, now: datetime) -> bool:
    """Whether the message is of no use any more: mail was down for hours, and what it would say is not true now."""
    if message.template is Template.ACCOUNT:
        account = _account_of(session, message)
        return account is not None and (account.invited_at is None or account.invited_at < now - INVITED_FOR)
    if message.template is Template.RIGHTS_CODE:
        return message.created_at <= now - CODE_GOOD_FOR
    visit = session.get(Visit, message.visit_id) if message.visit_id else None
    if visit is None:
        return False
    if message.template in (Template.INVITATION, Template.PASS, Template.VISIT_APPROVED):
        return not visits.may_reissue(visit, now)
    if message.template is Template.FAREWELL:
        return visit.state in ON_SITE
    return message.template is Template.APPROVAL_WAITING and visit.state is not VisitState.REQUESTED


def invitation_text(session: Session, ring: KeyRing, settings: Settings, *, visit: Visit) -> str:
    """What the invitation says, in the visitor's language, without a name: for a contact who sends it by other means than mail."""
    site = session.get_one(Site, visit.site_id)
    facts = _visit_facts(session, ring, settings, visit, site, visit.language)
    facts["site"] = site.name if visit.language == "zh-CN" else site.name_en
    return "\n\n".join(text(visit.language, line).format_map(facts) for line in LETTERS[Template.INVITATION].lines)


def _facts(session: Session, ring: KeyRing, settings: Settings, message: OutboxMessage) -> dict[str, str]:
    site = session.get_one(Site, message.site_id)
    facts = {
        "site": site.name if message.language == "zh-CN" else site.name_en,
        "portal": settings.face_url("portal", "/"),
        "console": settings.face_url("console", "/"),
        "report": settings.face_url("console", f"/reports/{message.reference}"),
    }
    visit = session.get(Visit, message.visit_id) if message.visit_id else None
    if visit is not None:
        facts |= _visit_facts(session, ring, settings, visit, site, message.language)
    if message.template is Template.POLICY_CHANGED:
        facts |= _change_facts(session, message, site)
    if message.template in rights_texts.LETTERS:
        facts |= rights_messages.letter_facts(session, ring, settings, message)
    if message.template is Template.ACCOUNT:
        facts["account"] = _account_link(session, ring, settings, message)
    return facts


def _visit_facts(session: Session, ring: KeyRing, settings: Settings, visit: Visit, site: Site, language: str) -> dict[str, str]:
    order = session.get_one(VisitOrder, visit.order_id)
    ended = visit.left_at or visit.window_until
    stay = Stay(ended, came=policies.came(visit), checked=visit.checked_at is not None)
    held = held_until(policies.promise_of(session, site, visit.notice_version), stay)
    return {
        "number": f"{order.number}-{visit.place}",
        "from": local_time(visit.window_from, site.zone),
        "until": local_time(visit.window_until, site.zone),
        "in": local_time(visit.entered_at, site.zone) if visit.entered_at else "–",
        "out": local_time(visit.left_at, site.zone) if visit.left_at else "–",
        "link": settings.face_url("visitor", f"/{visit_making.link_of(ring, visit)}"),
        "visit": settings.face_url("portal", f"/visits/{visit.id}"),
        "reason": text(language, REFUSALS[visit.refusal or Refusal.CONTRACT]),
        "held": "\n".join(f"- {text(language, HELD[row.what])}: {local_time(row.until, site.zone)[:10]}" for row in held),
    }


def _change_facts(session: Session, message: OutboxMessage, site: Site) -> dict[str, str]:
    row = policies.version_of(session, version=message.reference, site_id=message.site_id)
    said = change_notices.announcement(session, row, message.language)
    return {
        "effective": local_time(said.effective_at, site.zone)[:10],
        "changes": "\n".join(f"- {change}" for change in said.changes),
        "channels": channel_words(policies.read(row), message.language),
    }


def _account_link(session: Session, ring: KeyRing, settings: Settings, message: OutboxMessage) -> str:
    """Where an invited contact or member of staff sets their password. Derived, so that it is stored nowhere."""
    account = _account_of(session, message)
    if account is None:
        raise NotFoundError
    face = "portal" if isinstance(account, Contact) else "console"
    return settings.face_url(face, f"/account/{invitation_of(ring, account)}")


def _account_of(session: Session, message: OutboxMessage) -> Account | None:
    contact = session.exec(select(Contact).where(Contact.subject_id == message.subject_id)).one_or_none()
    return contact or session.exec(select(Staff).where(Staff.subject_id == message.subject_id)).one_or_none()
