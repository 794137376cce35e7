"""Words for codes that pages and reports share. Each is an English sentence and at the same time the gettext id of its translation."""

from access_log.policy.codes import HowKnown, MailFault, Outcome, Purpose
from access_log.policy.keys import Alarm, Hold

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

RECORD: dict[str, str] = {
    "entry_edited": "Entry {entry} was changed.",
    "entry_hash_edited": "The hash kept with entry {entry} was changed; the entry itself is what was sealed.",
    "entry_removed": "Entry {entry} was removed; its place in the record is still there.",
    "entry_emptied": "The content of entry {entry} was taken out before its time was over.",
    "emptied_early": "Contents up to place {leaf} were taken out before their time was over.",
    "entry_moved": "Entry {entry} does not stand where it was sealed: what was sealed there now stands at place {here}.",
    "entry_never_sealed": "Entry {entry} was kept from being sealed.",
    "entry_waits": "{count} entries have waited for more than a minute to be sealed, the first of them entry {entry}.",
    "leaf_edited": "The seal of entry {entry} was changed.",
    "leaf_removed": "An entry was removed together with its place in the record: place {leaf}.",
    "leaf_unsigned": "The checkpoints end before place {leaf}: checkpoints were removed, or places were added up to {until}.",
    "stretch_rewritten": "Entries {entry} to {last} are not what was signed: at least one of them was replaced together with its seal.",
    "node_edited": "An inner hash of the tree was changed; the entries below it, places {leaf} to {until}, are what was sealed.",
    "head_removed": "Checkpoints were removed: number {head} to {until}.",
    "head_edited": "The row of checkpoint {head} does not say what was signed.",
    "head_forged": "Checkpoint {head} is not signed by this installation's key.",
    "truncated": "The record was cut off: {size} entries were signed, {leaf} are there. What is gone begins at place {since} or after it.",
    "rolled_back": "The record was set back to {leaf} entries: {source} holds a checkpoint of {size}.",
    "forked": "The record was rewritten: {source} holds a checkpoint of {size} entries that does not lead to these.",
    "kiosk_gap": "Kiosk {kiosk} lost events: after number {expected} was due, entry {entry} has number {found}.",
    "kiosk_chain": "Entry {entry} of kiosk {kiosk} does not follow on entry {before}: one of the two was changed.",
    "kiosk_cut": "Kiosk {kiosk} registered {expected} events; the record ends at {found}, or at another one.",
    "event_edited": "Event {event} does not say what its entry {entry} says. Different: {fields}.",
    "event_removed": "The event of entry {entry} was removed, or changed beyond recognition.",
    "event_unrecorded": "Event {event} has no entry in the record.",
}
"""What a check of the record can find (services/record_check/findings.py). A place counts from 0."""

HOLDS: dict[Hold, str] = {
    Hold.YOUNG: "younger than the horizon",
    Hold.NEWEST: "the newest: everything is sealed under it",
    Hold.IN_USE: "rows are still sealed under it",
    Hold.NOT_ESCROWED: "no key after it is in escrow yet",
    Hold.NO_BACKUP: "no verified backup opens without it yet",
    Hold.STRAY_COPY: "an old key ring was put aside and not deleted yet",
    Hold.OUT_OF_REACH: "the key ring of the reports cannot be written",
}
"""Why a key is not destroyed yet."""

KEY_ALARMS: dict[Alarm, str] = {
    Alarm.RING_BEHIND: "The key ring is older than the database and cannot open all of it. Put the right one back; nothing changes before.",
    Alarm.FAILED: "The last renewal of the keys failed. It is tried again every ten minutes; the log says why.",
    Alarm.PAUSED: "Old keys are not destroyed: with today's keys, an old copy of the database still opens what was erased since.",
    Alarm.STANDING_STILL: "No new keys were made for two days: no worker runs, or it may not write the key ring.",
    Alarm.REPORTS_RING: "The key ring of the reports cannot be written: its keys stay as they are.",
    Alarm.DAMAGED_ROWS: "Somebody changed sealed rows: their seals do not hold, and they cannot be moved to new keys.",
    Alarm.STRAY_COPY: "An old key ring lies beside the ring (ring.json.damaged). Delete it once you are sure that it is not needed.",
}
"""What somebody has to see to."""

MAIL_FAULTS: dict[MailFault, str] = {
    MailFault.NOT_SET: "No mail server is set.",
    MailFault.SETTING_UNUSABLE: "The address of the mail server cannot be used.",
    MailFault.PASSWORD_UNPROTECTED: "The password would go to the mail server unencrypted, over a network.",
    MailFault.SENDER_UNUSABLE: "Our own mail address cannot be used.",
    MailFault.NO_SUCH_HOST: "The name of the mail server is not known.",
    MailFault.UNREACHABLE: "The mail server cannot be reached.",
    MailFault.BROKEN_OFF: "The mail server hangs up, or says nothing.",
    MailFault.NO_STARTTLS: "The mail server offers no encryption.",
    MailFault.TLS_FAILED: "No encrypted connection to the mail server comes about.",
    MailFault.CERTIFICATE: "The mail server's certificate is not trusted, has run out, or bears another name.",
    MailFault.GREETING: "The mail server refuses to talk to us.",
    MailFault.NO_SIGN_IN: "The mail server takes no sign-in.",
    MailFault.SIGN_IN: "The mail server refuses our sign-in.",
    MailFault.SENDER: "The mail server refuses our own address as sender.",
    MailFault.CLIENT: "The mail server refuses this machine.",
    MailFault.BUSY: "The mail server says that it cannot take mail at present.",
}
"""Why no letter goes out at all."""

MAIL_MENDS: dict[MailFault, str] = {
    MailFault.NOT_SET: "Set ACCESS_LOG_SMTP_URL, for example smtp://user:password@mail.example:587, and start the worker again.",
    MailFault.SETTING_UNUSABLE: "Put ACCESS_LOG_SMTP_URL right: smtp://user:password@mail.example:587, or smtps://mail.example:465.",
    MailFault.PASSWORD_UNPROTECTED: "Leave ?tls=none away from ACCESS_LOG_SMTP_URL: it is for a mail server on the same machine.",
    MailFault.SENDER_UNUSABLE: "Set ACCESS_LOG_MAIL_FROM (and ACCESS_LOG_BOUNCES_TO) to a whole address, such as access-log@dc.example.",
    MailFault.NO_SUCH_HOST: "Check the name in ACCESS_LOG_SMTP_URL, and the DNS of this machine.",
    MailFault.UNREACHABLE: "Check host and port in ACCESS_LOG_SMTP_URL, that the server runs, and that firewalls let this machine through.",
    MailFault.BROKEN_OFF: "Check the port in ACCESS_LOG_SMTP_URL: 465 needs smtps://, 587 and 25 smtp://. Then look into the server's log.",
    MailFault.NO_STARTTLS: "Switch STARTTLS on at the mail server, or use smtps:// and its port. Only on this machine itself: ?tls=none.",
    MailFault.TLS_FAILED: "Check the port in ACCESS_LOG_SMTP_URL: smtps:// is for 465, smtp:// for 587 and 25.",
    MailFault.CERTIFICATE: "Use the name that stands in the certificate, renew it, or have this machine trust your own authority.",
    MailFault.GREETING: "Ask the mail server's administrator to let this machine in.",
    MailFault.NO_SIGN_IN: "Leave user and password away from ACCESS_LOG_SMTP_URL, or use the port for submission (587 or 465).",
    MailFault.SIGN_IN: "Check user and password in ACCESS_LOG_SMTP_URL; special characters are written as in a web address (%40 for @).",
    MailFault.SENDER: "Set ACCESS_LOG_MAIL_FROM (and ACCESS_LOG_BOUNCES_TO) to an address that the user signed in there may send as.",
    MailFault.CLIENT: "Ask the mail server's administrator to let this machine send; its address may stand on a blocking list.",
    MailFault.BUSY: "It is tried again by itself. If it lasts, ask the mail server's administrator.",
}
"""How each of them is mended."""

NOBODY_SENDS = "No worker is running: letters wait, and nobody sends them."
START_A_WORKER = "Start access-log worker, or set ACCESS_LOG_OUTBOX_IN_PROCESS=true and start the web process again."
