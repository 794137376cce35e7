"""Words of the administration alone. Each is an English sentence and at the same time the gettext id of its translation."""

from collections.abc import Callable, Collection, Sequence

from access_log.policy.codes import Purpose
from access_log.services.kiosks import Condition
from access_log.services.operator_approvals import Doubt
from access_log.words import MAIL_FAULTS, MAIL_MENDS, NOBODY_SENDS, PURPOSES, START_A_WORKER
from kiosk.web.words import MESSAGES, as_begun

Say = Callable[[str], str]

CONFLICTS: dict[str, str] = {
    "not_active": "This account is not active. Take it up again first.",
    "ended": "This account has ended, and whose it was has been erased. Add the person anew.",
    "window_over": "The time of this visit is over. Nobody could come in on it any more.",
    "customer_not_active": "This customer is suspended or has ended: a pass would open nothing.",
    "visit_is_pass_issued": "This visit has been approved already.",
    "visit_is_id_pending": "This visit has been approved already, and the visitor stands at the door.",
    "visit_is_exited": "This visit has taken place already.",
}

CONDITIONS: dict[Condition, str] = {
    Condition.NEW: "Not enrolled yet",
    Condition.CODE_WAITS: "Waits for its enrolment code",
    Condition.HEARD: "Works",
    Condition.SILENT: "Silent",
    Condition.REVOKED: "Revoked",
}
DOUBTS: dict[Doubt, str] = {
    Doubt.WINDOW_OVER: "The time is over: it can only be refused.",
    Doubt.CUSTOMER_NOT_ACTIVE: "The customer is suspended or has ended: it can only be refused.",
    Doubt.CONTACT_NOT_ACTIVE: "The contact who asked is suspended or has left: the pass would not open.",
    Doubt.AREA_CLOSED: "An area is closed now.",
    Doubt.SAME_PERSON: "This technician has another visit at the same time.",
    Doubt.BEGUN: "The time has begun already.",
}

TEMPLATES = MESSAGES

SEND_ERRORS: dict[str, str] = {
    "no_address": "There is no mail address. The contact can hand over the pass in another way.",
    "overtaken": "By the time it could be sent, it was of no use any more.",
    "bounced": "A mail server further on sent it back: the address is wrong or the mailbox is full.",
    "bounced_5.1": "A mail server further on sent it back: there is no such address.",
    "bounced_5.2": "A mail server further on sent it back: the mailbox is full or takes no mail.",
    "bounced_5.7": "A mail server further on sent it back: its rules do not let it in.",
    "bounced_4": "A mail server further on gave up after trying for long.",
    "address_unusable": "The address cannot be written to. Check it.",
    "needs_smtputf8": "Our mail server cannot write to an address with these letters before the @. Use another address.",
    "notfounderror": "What it was about no longer exists.",
    "internal_error": "It could not be written. The log of the worker says where.",
    "unanswered": "The mail server was handed it six times and never said that it has it. It may have arrived.",
    "smtp_550": "The mail server says that there is no such mailbox.",
    "smtp_552": "The mailbox is full.",
    "smtp_554": "The mail server refused the message.",
}
OTHER_SEND_ERROR = "It was refused with the code {code}."

MAIL_WORDS = {"why": MAIL_FAULTS, "mend": MAIL_MENDS, "nobody": NOBODY_SENDS, "start": START_A_WORKER}
"""For the pages that say why no letter goes out."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY_DAY = "every day of the week"
WORKING_DAYS = "Monday to Friday"
COMMA = ", "
EVERY_CUSTOMER = "every customer"
HOURS_OF_DAYS = "{hours} hours ({days} days)"
HOURS = "{hours} hours"
ONE_HOUR = "one hour"
RULE = "Visits of {customer} for {purposes}, of at most {hours}, on {days} only."


def rule_words(*, customer: str, purposes: Collection[str], max_hours: int, weekdays: Sequence[int], say: Say) -> str:
    """What a standing rule approves, as one sentence."""
    return say(RULE).format(
        customer=customer or say(EVERY_CUSTOMER),
        purposes=say(COMMA).join(say(words) for purpose, words in PURPOSES.items() if Purpose(purpose).value in purposes),
        hours=_hours(max_hours, say),
        days=_days(sorted(weekdays), say),
    )


def _hours(hours: int, say: Say) -> str:
    if hours == 1:
        return say(ONE_HOUR)
    if hours >= 48 and hours % 24 == 0:
        return say(HOURS_OF_DAYS).format(hours=hours, days=hours // 24)
    return say(HOURS).format(hours=hours)


def _days(weekdays: list[int], say: Say) -> str:
    if weekdays == list(range(7)):
        return say(EVERY_DAY)
    if weekdays == list(range(5)):
        return say(WORKING_DAYS)
    return say(COMMA).join(say(WEEKDAYS[day]) for day in weekdays)


def send_error(code: str, say: Say) -> str:
    """Why a message was not delivered."""
    known = next((key for key in as_begun(code) if key in SEND_ERRORS), None)
    return say(SEND_ERRORS[known]) if known else say(OTHER_SEND_ERROR).format(code=code)
