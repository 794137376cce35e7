"""The words of every message; zh-CN in access_log/locales/zh_CN/core.po. {braces} are filled by services/letters.py."""

from dataclasses import dataclass

from access_log.models.outbox import Template
from access_log.policy.codes import Refusal


@dataclass(frozen=True, slots=True)
class Text:
    """A subject and its paragraphs."""

    subject: str
    lines: tuple[str, ...]


GREETING = "Hello {name},"
FOOT = "-- \n{site} · access register\nThis message was sent by a machine; nobody reads answers to it."

WHEN = "When: {from} to {until}\nWhere: {site}\nVisit: {number}"
BRING = "Please bring a valid identity document. A guard looks at it; it is not copied and its number is not kept."

LETTERS: dict[Template, Text] = {
    Template.INVITATION: Text(
        "Your visit to {site}: {from}",
        (
            "You are registered for a visit.",
            WHEN,
            "Your page with the privacy notice and your pass: \n{link}",
            BRING,
        ),
    ),
    Template.PASS: Text(
        "Your new pass for {site}",
        ("You have a new pass. The old code and the old link no longer work.", WHEN, "Your page and your new pass: \n{link}"),
    ),
    Template.VISIT_CANCELLED: Text(
        "Your visit to {site} is cancelled", ("Your visit has been cancelled and your pass no longer works.", WHEN)
    ),
    Template.RECEIPT: Text(
        "Your visit to {site} is over",
        (
            "Entry: {in}\nExit: {out}",
            "What is still held about this visit, and until when:\n{held}",
            "Who looked at your data, and why, stands on your page:\n{link}",
        ),
    ),
    Template.FAREWELL: Text(
        "{site}: your address is deleted, the rest follows by itself",
        (
            "You need not ask for it: what was recorded about you is deleted on these days:\n{held}",
            "This is the last message about this visit: your address goes with the first of them, and nobody can write to you afterwards.",
            "That it was done, when, and from which day no copy can be read either, stands on your page from then on:\n{link}",
        ),
    ),
    Template.VISIT_REFUSED: Text(
        "Visit {number} was refused", ("Reason: {reason}", WHEN, "You can change the visit and ask again: \n{visit}")
    ),
    Template.VISIT_ENDED: Text(
        "Visit {number} has ended before the entry",
        (
            "The visit cannot take place as it was requested. For the protection of the person no reason is given here, "
            "and what was held about them for this visit has been erased.",
            WHEN,
            "You can ask for a visit of another technician: \n{visit}",
        ),
    ),
    Template.VISIT_APPROVED: Text(
        "Visit {number} is approved: please hand over the pass",
        (
            "The technician has no mail address, so nothing has been sent to them.",
            WHEN,
            "On the page of the visit you can copy the invitation, save the pass as a picture or print it: \n{visit}",
        ),
    ),
    Template.APPROVAL_WAITING: Text("A visit waits for your approval", (WHEN, "Approve or refuse it here: \n{visit}")),
    Template.DELIVERY_FAILED: Text(
        "Visit {number}: the invitation did not arrive",
        (
            "The mail server refused the message to the technician.",
            WHEN,
            "On the page of the visit you can copy the invitation or save the pass and send it yourself, or correct the address: \n{visit}",
        ),
    ),
    Template.NAME_WRONG: Text(
        "Visit {number}: please check the technician's name",
        (
            "The technician says that their name is not written as in their identity document. The guard compares the two at the door.",
            WHEN,
            "Only you can correct it, in your list of technicians; it is then right in this visit as well. The visit: \n{visit}",
        ),
    ),
    Template.POLICY_CHANGED: Text(
        "The privacy policy of {site} changes on {effective}",
        (
            "From {effective} this is different for you:\n{changes}",
            "Whoever comes after that day reads the new notice before they come in. What was promised for earlier visits stays.",
            "Questions, requests and objections: {channels}.",
        ),
    ),
    Template.ACCOUNT: Text(
        "Your account at the access register of {site}",
        (
            "An account has been made for you. Set your password here; the link works once and for 7 days: \n{account}",
            "You will be asked for a second factor: have an authenticator app ready on your phone.",
        ),
    ),
    Template.REPORT_READY: Text(
        "Access report ready: {site}",
        (
            "A scheduled access report is ready. Names in it are masked; opening it is recorded.",
            "Read, download and sign it here: \n{report}",
        ),
    ),
}

REFUSALS: dict[Refusal, str] = {
    Refusal.OUTSIDE_HOURS: "The time is outside the hours agreed for your company. Choose another time.",
    Refusal.NO_WORK_ORDER: "The work order is missing or not known. Add its number and ask again.",
    Refusal.AREA_NOT_AVAILABLE: "The area is not available at that time. Choose another time or ask the site.",
    Refusal.PERSON_NOT_KNOWN: "The technician is not known to the site. Check the entry in your roster.",
    Refusal.DUPLICATE: "There is another visit for the same person and time. Use that one.",
    Refusal.MAINTENANCE: "The site has maintenance at that time. Choose another time.",
    Refusal.CONTRACT: "Your contract does not cover this visit. Your account manager at the site can mend it.",
}

HELD = {
    "contact": "Mail and phone",
    "document": "Type of the document shown",
    "name": "Name",
    "event": "Entry and exit times without your name",
}
