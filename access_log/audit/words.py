"""Words of the pack's pages. Each is a gettext id."""

TITLE = "Auditor pack: visits side by side"
HEADINGS = (
    "Visit",
    "Name (masked)",
    "Customer",
    "Areas and purpose",
    "Application",
    "Approval for the customer",
    "Approval for the site",
    "Identity check",
    "Entry",
    "Exit",
    "Escort",
    "Badge",
    "Refused scans",
)
FACTS = {
    "site": "Site",
    "period": "Period",
    "zone": "Times are those of",
    "customer": "Customer",
    "for": "Made for",
    "purpose": "Used for",
    "made_at": "Made",
    "policy": "Policy version",
    "visits": "Visits",
    "entries": "Entries of the record",
    "newest": "Newest checkpoint",
    "destroy_by": "Destroy this pack by",
}
ALL_CUSTOMERS = "All customers"
AUDITOR = "the auditor of the site"
AUDIT = "audit of the access register"
LEAVES_OUT = (
    "Names are masked, and documents, phones and mail addresses are left out: the audit does not need them. "
    "Whoever must see names asks the privacy officer for a named sample in the console."
)
PROVES = (
    "Times, doors, decisions and opaque numbers follow from the signed record, and access-log-verify checks each of them. "
    "Numbers, names, customers and work orders come from the register; the signature over this pack vouches for them."
)
EMPTY = "No visit falls into this period."
ERASED = "(erased)"
APPROVED, REFUSED, UNKNOWN = "approved", "refused", "time unknown"
ESCORTS = {"escort_statement": "Statement of the escort", "escorted_out": "Escorted out"}
