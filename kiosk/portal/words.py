"""Words of the portal alone: who has to act next, what became of a message, what came in between. Each is a gettext id."""

from collections.abc import Callable

from access_log.models import OutboxMessage, SendState, Template
from access_log.policy.codes import VisitState
from access_log.policy.windows import Preset
from access_log.services.company_visits import About
from kiosk.web.words import as_begun

Say = Callable[[str], str]

NEXT: dict[VisitState, str] = {
    VisitState.REQUESTED: "A contact of your company who may approve has to say yes.",
    VisitState.CUSTOMER_APPROVED: "Your company has approved. The site has to say yes.",
    VisitState.APPROVED: "The pass is being made.",
    VisitState.REFUSED: "Change what stood in the way and ask again, or ask for another visit.",
    VisitState.PASS_ISSUED: "The technician reads the privacy notice and scans the pass at the kiosk.",
    VisitState.ID_PENDING: "The technician stands at the door. A guard looks at their identity document.",
    VisitState.ADMITTED: "The technician is inside and scans out when leaving.",
    VisitState.TURNED_AWAY: "This visit ended before the entry. Ask for a visit of another technician.",
    VisitState.EXITED: "The visit is over. Within its time the same pass still opens the door.",
    VisitState.CLOSED_UNKNOWN: "The visit was closed by a guard: when the technician left is not known.",
    VisitState.NO_SHOW: "Nobody came. Copy the visit to ask for a new time.",
    VisitState.CANCELLED: "Nothing more happens. Copy the visit to ask for a new time.",
}
SECOND = "A second contact of your company has to say yes: not the one who asked."
NOBODY = "Nobody in your company may approve at present. The administrator of the site can give a contact that right."
OVER = "The time of this visit is over."
READ = "The technician has read the privacy notice and scans the pass at the kiosk."

PRESETS: dict[Preset, str] = {Preset.TODAY: "Today", Preset.TONIGHT: "Tonight", Preset.THREE_DAYS: "Three days"}
CONTRADICTION = "You chose a preset and typed times as well. Choose one of the two."
TOO_SHORT = "At least two characters of the name: one would open too many people."
CHOOSE = "Choose at least one request."
HEADINGS = ("Visit", "Technician", "Area", "Purpose", "Work order number", "Entry", "Entry known by", "Exit", "Exit known by")
"""Of the exported file."""

SCOPES: dict[str, str] = {"coming": "Coming and under way", "past": "Past", "all": "All"}

MESSAGES: dict[Template, str] = {Template.INVITATION: "Invitation", Template.PASS: "New pass"}
SENDING: dict[SendState, str] = {
    SendState.WAITING: "Waiting to be sent",
    SendState.SENT: "Handed to the mail server",
    SendState.FAILED: "Not delivered",
    SendState.DROPPED: "Not sent",
}
FAULTS: dict[str, str] = {
    "no_address": "There is no mail address.",
    "overtaken": "By the time it could be sent, it was of no use any more.",
    "bounced": "The mail came back: the address does not exist or does not take it.",
    "bounced_5.1": "The mail came back: there is no such address.",
    "bounced_5.2": "The mail came back: the mailbox is full or takes no mail.",
    "bounced_5.7": "The mail came back: the rules of the mail server there do not let it in.",
    "bounced_4": "The mail came back: the mail server there could not be reached for days.",
    "address_unusable": "The address cannot be used.",
    "needs_smtputf8": "The site's mail server cannot write to an address with these letters before the @. Enter another address.",
    "unanswered": "The mail server never said that it has it. It may have arrived all the same.",
}
REFUSED_BY_SERVER = "The mail server did not take it."
TRIED = "The mail server asks for patience; tried {n} times so far."
MAIL_DOWN = "The site cannot send mail at present. It goes out by itself once that is mended. If it is urgent, hand over the pass yourself."

CONFLICTS: dict[str, str] = {
    "recipient_undeclared": "The privacy policy of the site lets nothing be exported to customers. Please speak to its privacy officer.",
    "recipient_expired": "The time for which the site may give your company data has passed. Please speak to its privacy officer.",
    "recipient_fields": "The privacy policy of the site does not let customers export names. Export without them.",
    "held": "By order of an authority or a court the site keeps this data as it is for now. Its privacy officer can tell you more.",
    "settled": "This request has been settled already.",
    "too_many_requests": "Twelve requests are open already. Please wait until they are answered.",
    "visits_open": "A visit of this technician is to come or under way. Cancel it, or wait until it is over; then remove the entry.",
    "no_pass": "This visit has no pass that opens anything.",
    "being_sent": "This message is on its way, or went out less than ten minutes ago. Please wait a little.",
    "window_over": "The time of this visit is over. Copy it to ask for a new time.",
    "customer_not_active": "Your company's access is suspended. Please speak to your account manager.",
    "changed": "This request has been changed since the page was shown. Please look again.",
    "visit_is_requested": "This visit waits for approval again: somebody has changed it.",
    "visit_is_customer_approved": "A colleague has approved this visit already.",
    "visit_is_approved": "This visit has been approved already.",
    "visit_is_pass_issued": "This visit has been approved already.",
    "visit_is_refused": "This visit has been refused meanwhile.",
    "visit_is_id_pending": "The technician is at the door already. The guards' desk can help.",
    "visit_is_admitted": "The technician is inside already.",
    "visit_is_turned_away": "This visit has ended at the door.",
    "visit_is_exited": "This visit has taken place already.",
    "visit_is_closed_unknown": "This visit is closed.",
    "visit_is_no_show": "The time of this visit is over. Copy it to ask for a new time.",
    "visit_is_cancelled": "This visit has been cancelled meanwhile.",
}


def next_step(about: About, *, second_approval: bool, over: bool, say: Say) -> str:
    """Who has to act next, in a sentence."""
    visit = about.row.visit
    if visit.state is VisitState.REQUESTED and not about.approvers:
        return say(NOBODY)
    if visit.state is VisitState.REQUESTED and second_approval:
        return say(SECOND)
    if over and visit.state in (VisitState.EXITED, VisitState.PASS_ISSUED):
        return say(OVER)
    if visit.state is VisitState.PASS_ISSUED and visit.notice_read_at is not None:
        return say(READ)
    return say(NEXT[visit.state])


def fault(message: OutboxMessage, say: Say, *, mail_down: bool) -> str:
    """What went wrong with a message, or how often it was tried; empty where nothing did."""
    if message.state is SendState.WAITING and mail_down:
        return say(MAIL_DOWN)
    if message.state is SendState.WAITING:
        return say(TRIED).format(n=message.refusals) if message.refusals else ""
    if message.state is SendState.SENT:
        return ""
    return say(next((FAULTS[key] for key in as_begun(message.error) if key in FAULTS), REFUSED_BY_SERVER))
