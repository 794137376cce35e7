"""Words of the console alone: conflicts, groups of events, and what an event's codes say. Each is a gettext id."""

from collections.abc import Callable

from access_log.models import ReportKind
from access_log.policy.codes import ActorKind, SampleReason, SampleRefusal
from access_log.services.happened import GROUPS, Happening
from access_log.services.samples import Standing
from kiosk.web.words import ALL

CONFLICTS: dict[str, str] = {
    "signed_already": "The review of this report has been signed already.",
    "report_not_failed": "This report has been written meanwhile, or is being written.",
    "already_answered": "Another guard was faster: this person is no longer waiting.",
    "inside_already": "This person is already inside, on this visit or another. Record that exit first.",
    "not_inside": "Nobody is inside on this visit any more.",
    "not_late": "This person has left, or is still within the time of the visit.",
    "no_badge_out": "This badge has been returned already.",
    "visit_is_requested": "This visit has not been approved yet. Only the customer and the site can do that.",
    "visit_is_customer_approved": "This visit still waits for the site's approval.",
    "visit_is_approved": "This visit has no pass yet.",
    "visit_is_refused": "This visit was refused.",
    "visit_is_admitted": "This person is already inside on this visit.",
    "visit_is_turned_away": "This visit was ended at the door.",
    "visit_is_closed_unknown": "This visit is closed.",
    "visit_is_no_show": "The time of this visit is over. The customer has to ask for a new one.",
    "visit_is_cancelled": "This visit was cancelled.",
    "check_running": "A check of the record is under way already.",
    "record_damaged": "The record is damaged here: no proof can be made. Have it verified.",
    "on_site": "They are inside. See them out and record the exit first; then everything about them is erased.",
    "nothing_sealed": "Nothing is sealed yet: there is nothing that a pack could prove.",
    "pack_running": "A pack of yours is on its way already. Please wait until it has arrived.",
    "sample_decided": "Somebody has decided on this sample already.",
    "sample_closed": "These names are not shown: they are not released, or their time is over.",
    "no_agreement": "No confidentiality agreement of yours is on file, so no name is open to you. The administrator can enter it.",
    "access_changed": "An account or a right has changed since the list was shown. Please look again, then sign.",
    "held": "This person's data is under a legal hold: nobody can change it, and only the privacy officer can open it.",
    "changed": "This has changed meanwhile. Please look again.",
    "settled": "This request has been settled already.",
    "paused": "The clock of this request stands still already.",
    "person_known": "It is known already whose data this request is about.",
    "not_verified": "Nobody has shown yet that whoever asks is the person. Nothing can be changed or shown before.",
    "no_item": "The person has not said which item is meant. Ask them, and stop the clock meanwhile.",
    "no_answer_to_print": "There is no answer here to print.",
    "erased": "What was held about this person has been erased.",
    "too_many_codes": "Five codes have been sent within an hour. The newest one still works.",
    "too_many_requests": "Twelve requests about this person are open already. Answer them first.",
}

GROUP_NAMES: dict[str, str] = {
    "door": "At the doors",
    "looks": "Looks at identities",
    "identity": "Identity: registered, checked, corrected, erased",
    "visits": "Visits and passes",
    "sign_in": "Sign-ins",
    "reports": "Reports and reviews",
    "law": "Holds, disclosures, incidents",
    "rights": "Requests about own data",
    "administration": "Administration",
}
assert GROUP_NAMES.keys() == GROUPS.keys()

WITNESS: dict[str, str] = {
    "watching": "watches",
    "silent": "has fallen silent",
    "never": "has not begun",
    "disputes": "disputes the record",
}
"""How a kiosk is as a witness (services/witnesses.py)."""

FAULTS: dict[str, str] = {
    "rolled_back": "It was shown a shorter record than it had seen: a backup was restored, or the end was cut off.",
    "rewritten": "It was shown a record that does not begin with the one it had seen.",
    "not_signed": "It was shown a checkpoint that is not signed by the key it knows.",
    "another_record": "It was shown the record of another installation, or of a new key ring.",
    "unreadable": "It was shown something that is no checkpoint.",
}

SAMPLE_REASONS: dict[SampleReason, str] = {
    SampleReason.CONTROL_TEST: "Test of a control: names against contracts or lists",
    SampleReason.INCIDENT: "An incident",
    SampleReason.COMPLAINT: "A complaint",
    SampleReason.AUTHORITY: "An authority or certifier asks for it",
}
SAMPLE_REFUSALS: dict[SampleRefusal, str] = {
    SampleRefusal.MASKED_IS_ENOUGH: "Masked names are enough for this",
    SampleRefusal.TOO_MANY: "Too many: please pick fewer",
    SampleRefusal.REASON_UNCLEAR: "The reason does not show why names are needed",
    SampleRefusal.OTHER_WAY: "It has to be asked for in another way",
}
STANDINGS: dict[Standing, str] = {
    Standing.WAITING: "waits for the privacy officer",
    Standing.RELEASED: "released, not opened yet",
    Standing.OPEN: "open",
    Standing.OVER: "over",
    Standing.REFUSED: "not released",
}

REASONS: dict[str, str] = {
    **{code.value: words for code, words in (*SAMPLE_REASONS.items(), *SAMPLE_REFUSALS.items())},
    "left_before_check": "Left before the check",
    "reissued": "Replaced by a new pass",
    "edited": "The visit was changed",
    "cancelled": "The visit was cancelled",
    "withdrawn": "The site withdrew its approval",
    "notice_declined": "The notice was declined",
    "minor": "Under 18",
    "lost": "Reported lost",
    "due": "Its time was over",
    "request": "The person asked for it",
    "removed": "The person took it away",
    "ended": "The entry or account was ended",
    "imported": "The list was brought in",
    "import_undone": "The list was taken back",
    "discarded": "The list was discarded",
    "replaced": "A newer list took its place",
    "expired": "The list was not decided on within a day",
    "wrong_code": "A wrong code",
    "no_code": "A code that is no longer good",
    "too_many": "Too many wrong codes",
    "too_many_codes": "Too many codes asked for",
    "unknown_address": "An address that nobody is held under",
    "document": "The document was another person's, or there was none",
    "verification": "Waits until it is shown who asks",
    "clarification": "Waits to be told what is meant",
}

ACTORS: dict[ActorKind, str] = {
    ActorKind.STAFF: "Staff",
    ActorKind.CONTACT: "The customer's contact",
    ActorKind.VISITOR: "The visitor",
    ActorKind.KIOSK: "The kiosk",
    ActorKind.RULE: "Standing rule",
    ActorKind.SYSTEM: "The register itself",
}
"""Who did something, where the register names no one more closely."""

ANSWERED_AFTER = "after {seconds} s"
BADGE = "badge {badge}"
HOLD = "hold no. {hold}"
DISCLOSURE = "disclosure no. {disclosure}"
INCIDENT = "incident no. {incident}"
TIME_GIVEN = "time written by hand"
AGAINST = "although the door would have said: {said}"

SECONDS = "{n} s"
MINUTES = "{n} min"
HOURS = "{h} h {m} min"
DAYS = "{n} days"

REPORTS: dict[ReportKind, str] = {
    ReportKind.ACCESS_DAILY: "Access report of the day",
    ReportKind.ACCESS_MONTHLY: "Access report of the month",
}

FINDINGS: dict[str, str] = {
    "none": "Nothing to follow up",
    "followed_up": "Something, and it has been followed up",
    "incident": "An incident",
}

RETENTION: dict[str, str] = {
    "name": "Name, and with it whatever else is held of the person",
    "document": "Type of the document shown",
    "contact": "Mail and phone",
}
"""What is destroyed of a visit, by item."""

Say = Callable[[str], str]


def explain(event: Happening, say: Say) -> list[str]:
    """The codes in an event's detail, in words. What has no words is not shown: details never carry text about people."""
    detail = event.detail
    told = [say(words) for words in (_reason(str(detail.get(name, ""))) for name in ("reason", "why", "purpose")) if words]
    if "hold" in detail:
        told.append(say(HOLD).format(hold=detail["hold"]))
    if "disclosure" in detail:
        told.append(say(DISCLOSURE).format(disclosure=detail["disclosure"]))
    if "incident" in detail:
        told.append(say(INCIDENT).format(incident=detail["incident"]))
    if "badge" in detail:
        told.append(say(BADGE).format(badge=detail["badge"]))
    if "seconds" in detail:
        told.append(say(ANSWERED_AFTER).format(seconds=detail["seconds"]))
    if "at" in detail:
        told.append(say(TIME_GIVEN))
    if detail.get("against") in ALL["outcome"]:
        told.append(say(AGAINST).format(said=say(ALL["outcome"][str(detail["against"])])))
    return told


def _reason(code: str) -> str:
    for words in (ALL["manual"], ALL["mismatch"], ALL["reveal"], REASONS):
        if code in words:
            return words[code]
    return ""
