"""Words of the pages on which lists are brought in. Each is a gettext id."""

from access_log.models import ImportKind, ImportState

TITLES: dict[ImportKind, str] = {
    ImportKind.TECHNICIANS: "Bring in a list of technicians",
    ImportKind.CONTACTS: "Bring in a list of contacts",
    ImportKind.CUSTOMERS: "Bring in a list of customers",
}
COUNTED: dict[ImportKind, str] = {
    ImportKind.TECHNICIANS: "Technicians: {n}",
    ImportKind.CONTACTS: "Contacts: {n}",
    ImportKind.CUSTOMERS: "Customers: {n}",
}
APPLY: dict[ImportKind, str] = {
    ImportKind.TECHNICIANS: "Add to the roster: {n}",
    ImportKind.CONTACTS: "Add and invite: {n}",
    ImportKind.CUSTOMERS: "Add: {n}",
}
WHAT_HAPPENS: dict[ImportKind, str] = {
    ImportKind.TECHNICIANS: "Nobody is written to. A technician gets an invitation when you ask for a visit.",
    ImportKind.CONTACTS: "Each gets a mail with a link to set a password. The link works for seven days.",
    ImportKind.CUSTOMERS: "Each can then be given contacts. Nobody is written to.",
}
UNDO: dict[ImportKind, str] = {
    ImportKind.TECHNICIANS: "Taken off the roster: {n}. What is held about them is erased.",
    ImportKind.CONTACTS: "Invitations that stop working: {n}. What is held about these people is erased.",
    ImportKind.CUSTOMERS: "Customers that are ended: {n}. Their names and credit codes are free again.",
}
STANDING: dict[str, str] = {
    "visits": "A visit has been asked for by now: the list can no longer be undone as a whole. Take people off one by one.",
    "changed": "An entry of this list has been changed by now: it can no longer be undone as a whole. Remove entries one by one.",
    "signed_in": "One of these contacts has set a password by now: the list can no longer be undone as a whole. End contacts one by one.",
    "in_use": "One of these customers has contacts, technicians, visits or a rule by now: the list can no longer be undone as a whole.",
}
CONFLICTS: dict[str, str] = {
    "import_changed": "Something has changed since you looked. This is how it stands now; please look again.",
    "import_over": "This list has been decided on already.",
    "import_in_use": "It is too late to undo this list as a whole.",
}
STATES: dict[ImportState, str] = {
    ImportState.PREVIEW: "Waits for your decision",
    ImportState.APPLIED: "Added",
    ImportState.UNDONE: "Undone",
}
COLUMNS: dict[tuple[ImportKind, str], str] = {
    (ImportKind.TECHNICIANS, "name"): "As on the identity document. Needed.",
    (ImportKind.TECHNICIANS, "mail"): "The pass is sent there. A mail address or a phone number is needed.",
    (ImportKind.TECHNICIANS, "phone"): "Outside China with + and the country code. Without a mail address you pass the pass on yourself.",
    (ImportKind.TECHNICIANS, "language"): "Chinese or English; empty means Chinese.",
    (ImportKind.CONTACTS, "customer"): "The customer's name exactly as in this register, or its credit code. Needed.",
    (ImportKind.CONTACTS, "name"): "Needed.",
    (ImportKind.CONTACTS, "mail"): "The name to sign in with; the invitation is sent there. Needed.",
    (ImportKind.CONTACTS, "phone"): "Outside China with + and the country code.",
    (ImportKind.CONTACTS, "request"): "Yes or no; empty means yes.",
    (ImportKind.CONTACTS, "approve"): "Yes or no; empty means no. Whoever may approve needs a second factor.",
    (ImportKind.CONTACTS, "report"): "Yes or no; empty means no.",
    (ImportKind.CONTACTS, "language"): "Chinese or English; empty means Chinese.",
    (ImportKind.CUSTOMERS, "name"): "Needed.",
    (ImportKind.CUSTOMERS, "licence"): "18 characters, checked. Empty for customers from abroad.",
    (ImportKind.CUSTOMERS, "areas"): "Codes of the areas open to its people, with commas between them.",
    (ImportKind.CUSTOMERS, "second_approval"): "Yes or no; empty means no: whoever asks may approve it.",
}
SHEET, NOTES = "List", "How to fill it in"
ENCODINGS: dict[str, str] = {
    "gb18030": "The file was read as GB18030. If names look wrong, save it as UTF-8 and bring it again.",
    "utf-16-le": "The file was read as UTF-16. If names look wrong, save it as UTF-8 and bring it again.",
    "utf-16-be": "The file was read as UTF-16. If names look wrong, save it as UTF-8 and bring it again.",
}
"""Said where the encoding was guessed."""
