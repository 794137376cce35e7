"""Words for codes that pages and reports share. Each is an English sentence and at the same time the gettext id of its translation."""

from access_log.policy.codes import HowKnown, Outcome, Purpose

PURPOSES: dict[Purpose, str] = {
    Purpose.INSTALL: "Install equipment",
    Purpose.REPAIR: "Repair",
    Purpose.INSPECT: "Inspect",
    Purpose.REMOVE: "Remove equipment",
    Purpose.CABLING: "Cabling",
    Purpose.AUDIT: "Audit",
    Purpose.TOUR: "Tour",
    Purpose.OTHER: "Other",
}

KNOWN: dict[HowKnown, str] = {
    HowKnown.SCAN: "Scan at the kiosk",
    HowKnown.GUARD_SAW: "Seen by the guard",
    HowKnown.DOOR_EVENT: "Door system",
    HowKnown.ESCORT_STATEMENT: "Statement of the escort",
    HowKnown.VISITOR_STATEMENT: "Statement of the visitor",
    HowKnown.TRANSCRIBED: "Transcribed from paper",
    HowKnown.UNKNOWN: "Unknown",
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.GRANTED: "Entry",
    Outcome.EXITED: "Exit",
    Outcome.ALREADY_INSIDE: "Refused: already inside",
    Outcome.EXIT_WHILE_OUTSIDE: "Exit scan of somebody who is not inside",
    Outcome.TOO_EARLY: "Refused: too early",
    Outcome.EXPIRED: "Refused: the pass is past its time",
    Outcome.REVOKED: "Refused: the pass was replaced or revoked",
    Outcome.UNKNOWN_PASS: "Refused: pass not in the register",
    Outcome.BAD_SIGNATURE: "Refused: forged or foreign pass",
    Outcome.NOT_A_PASS: "Not a pass",
    Outcome.WRONG_SITE: "Refused: pass of another site",
    Outcome.WRONG_AREA: "Refused: not this area",
    Outcome.NOT_APPROVED: "Refused: not approved",
    Outcome.VISIT_CANCELLED: "Refused: the visit is cancelled",
    Outcome.NO_NOTICE: "Privacy notice not yet read",
    Outcome.ID_PENDING: "Waiting for the identity check",
    Outcome.ID_MISMATCH: "Refused: the document does not match",
    Outcome.DORMANT_CONTACT: "Refused: the contact is no longer active",
    Outcome.CUSTOMER_SUSPENDED: "Refused: the customer is suspended",
    Outcome.MINOR: "Turned away: under 18",
    Outcome.OVERSTAY_EXIT: "Exit after the allowed time",
    Outcome.OPEN_VISIT_ELSEWHERE: "Refused: inside on another visit",
    Outcome.AREA_CLOSED: "Refused: the area is closed",
    Outcome.KIOSK_UNPAIRED: "Refused: the kiosk is not enrolled",
}
