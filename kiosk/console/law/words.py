"""Words of this room: grounds, states, acts and what came in between. Each is a gettext id."""

from access_log.models import Authority, DisclosureState, HoldEnd, HoldGround

GROUNDS: dict[HoldGround, str] = {
    HoldGround.INVESTIGATION: "Investigation by the police or state security",
    HoldGround.LITIGATION: "Court or arbitration",
    HoldGround.SUPERVISION: "Order of a supervisory authority",
    HoldGround.INCIDENT: "Security incident",
    HoldGround.DISPUTE: "Dispute with a customer or a visitor",
}

HOLD_ENDS: dict[HoldEnd, str] = {
    HoldEnd.DECLINED: "Withdrawn before it was confirmed",
    HoldEnd.LAPSED: "Lapsed: nobody confirmed it in time",
    HoldEnd.RELEASED: "Released",
}

HOLD_ACTS: dict[str, tuple[str, str, str]] = {
    "confirm": (
        "Confirm this hold?",
        "What it names is kept until two people release it. Once a visit is over, only the privacy officer can open its people's data.",
        "Confirm the hold",
    ),
    "decline": (
        "Withdraw this hold?",
        "It keeps nothing any more. What was to be erased meanwhile is erased at once, which cannot be undone.",
        "Withdraw it",
    ),
    "ask-release": (
        "Ask for the release?",
        "A second person has to agree. Until then everything stays as it is.",
        "Ask for the release",
    ),
    "release": (
        "Release this hold?",
        "What is due is erased within the hour, and what was ordered to be erased meanwhile at once. This cannot be undone.",
        "Release it",
    ),
}
"""Heading, what it does, and the button."""

CONFLICTS: dict[str, str] = {
    "hold_over": "This hold is over.",
    "confirmed_already": "This hold has been confirmed already.",
    "second_person": "This takes a second person: another privacy officer, or the auditor. It cannot be you.",
    "not_confirmed": "This hold waits for a second person to confirm it.",
    "release_asked": "The release has been asked for already. It waits for a second person.",
    "not_asked": "Somebody has to ask for the release first.",
    "incident_over": "This incident is closed.",
    "told_already": "It is noted already that they were told.",
    "not_all_told": "Note first who was told, or on which ground they are not: authority, customers and people.",
    "disclosure_decided": "This has been decided already.",
    "not_released": "A second person has to release it first.",
    "bundle_closed": "More than a week has passed since the release. Enter the demand anew if it still stands.",
    "bundle_changed": "Somebody in it was erased or corrected since it was handed over. The file is no longer the one that was recorded.",
    "recipient_undeclared": "The policy in force names no such recipient: nothing may be given. The privacy officer can change it.",
    "recipient_expired": "The policy in force names this recipient only until a day that has passed: nothing may be given.",
    "recipient_fields": "The policy in force does not let this recipient have all of these fields.",
}

AUTHORITIES: dict[Authority, str] = {
    Authority.POLICE: "Police",
    Authority.STATE_SECURITY: "State security",
    Authority.COURT: "Court",
    Authority.PROCURATORATE: "Procuratorate",
    Authority.SUPERVISION: "Supervisory authority",
    Authority.FOREIGN: "An authority outside mainland China",
}

STATES: dict[DisclosureState, str] = {
    DisclosureState.REQUESTED: "Waits for a second person",
    DisclosureState.REFUSED: "Refused",
    DisclosureState.RELEASED: "Released, not handed over",
    DisclosureState.HANDED_OVER: "Handed over",
}

REFUSED: dict[str, str] = {
    "foreign": "Nothing may be given to an authority abroad without the approval of the competent Chinese authority (PIPL article 41).",
    "declined": "Refused by one of the two people.",
}

FIELDS: dict[str, str] = {
    "name": "Name",
    "organisation": "Company",
    "times": "Entry and exit times",
    "work_order": "Work order number",
    "reach": "Mail and phone",
}

HEADINGS: dict[str, str] = {
    "number": "Visit",
    "name": "Name",
    "organisation": "Company",
    "work_order": "Work order number",
    "reach": "Mail and phone",
    "entered": "Entry",
    "left": "Exit",
}
"""Of the table that is handed over."""

DISCLOSURE_ACTS: dict[str, tuple[str, str, str]] = {
    "release": (
        "Release this disclosure?",
        "Compare the paper with the entry: office, number, people, fields. The privacy officer can then download the file for 7 days.",
        "Release it",
    ),
    "refuse": ("Refuse this disclosure?", "Nothing is given. The refusal stays in the register.", "Refuse it"),
}
