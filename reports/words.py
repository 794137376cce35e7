"""Words of the reports alone; codes that pages show too stand in access_log/words.py. Each is a gettext id."""

from collections.abc import Callable
from functools import partial

from access_log.i18n import translations
from access_log.models import ReportKind
from access_log.policy.codes import ManualReason, RevealPurpose
from reports import LOCALES

TITLES: dict[ReportKind, str] = {
    ReportKind.ACCESS_DAILY: "Access report of the day",
    ReportKind.ACCESS_MONTHLY: "Access report of the month",
}

FLAGS: dict[str, str] = {
    "refused": "Refused",
    "overstay": "Overstay",
    "inside": "Still inside",
    "unknown_exit": "Exit time unknown",
    "badge_out": "Badge not returned",
    "by_hand": "Recorded by hand",
}

LOOKS: dict[RevealPurpose, str] = {
    RevealPurpose.IDENTITY_CHECK: "Identity checks at the door",
    RevealPurpose.SEARCH: "Hits of searches by name",
    RevealPurpose.INCIDENT: "Incidents",
    RevealPurpose.OVERSTAY_CONTACT: "Reaching somebody who had not left",
    RevealPurpose.EVACUATION: "Evacuations",
    RevealPurpose.CUSTOMER_ROSTER: "Customers' rosters",
    RevealPurpose.RIGHTS_REQUEST: "Answers to people's requests",
    RevealPurpose.OWN_DATA: "Own data",
    RevealPurpose.DELIVER: "Messages",
    RevealPurpose.ADMINISTRATION: "Administration of accounts",
}

REASONS: dict[ManualReason, str] = {
    ManualReason.KIOSK_DOWN: "Kiosk out of order",
    ManualReason.NO_PHONE: "No phone",
    ManualReason.PASS_UNREADABLE: "Pass unreadable",
    ManualReason.FORGOT_TO_SCAN: "Forgotten scan",
    ManualReason.LEFT_BY_OTHER_DOOR: "Left by another door",
    ManualReason.ESCORTED_OUT: "Escorted out",
    ManualReason.PAPER_FORM: "Paper form",
    ManualReason.NOT_FOUND: "Not found after a search",
}

PURPOSE = "For the security reviewers of the site, to review who was in the machine rooms and on whose authority."
CHECKPOINT = (
    "Keep this report. With this checkpoint anybody can show later whether the record of what happened until then was changed; "
    "the proof that comes with it shows the same of each entry this report tells of."
)
LEFT_OUT = (
    "Names are masked and neither documents nor ways to reach people are contained: "
    "a review needs to tell visits apart, not to know people. People whose data has been erased appear without a name."
)


def speaker(language: str) -> Callable[[str], str]:
    """What turns an English text into one of `language`."""
    return partial(_say, language)


def _say(language: str, message: str) -> str:
    return translations(language, LOCALES).gettext(message)
