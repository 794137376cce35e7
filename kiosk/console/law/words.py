"""Words of this room: grounds, states, acts and what came in between. Each is a gettext id."""

from access_log.models import HoldEnd, HoldGround

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
}
