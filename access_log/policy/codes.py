"""Every code that is stored, shown or recorded. Texts for people are gettext ids kept beside the faces that show them."""

from enum import StrEnum


class Outcome(StrEnum):
    """What a scan came to (visit.md, outcome codes). Stored with the event; shown to the visitor in words."""

    GRANTED = "granted"
    EXITED = "exited"
    ALREADY_INSIDE = "already_inside"
    EXIT_WHILE_OUTSIDE = "exit_while_outside"
    TOO_EARLY = "too_early"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN_PASS = "unknown_pass"
    BAD_SIGNATURE = "bad_signature"
    NOT_A_PASS = "not_a_pass"
    WRONG_SITE = "wrong_site"
    WRONG_AREA = "wrong_area"
    NOT_APPROVED = "not_approved"
    VISIT_CANCELLED = "visit_cancelled"
    NO_NOTICE = "no_notice"
    ID_PENDING = "id_pending"
    ID_MISMATCH = "id_mismatch"
    DORMANT_CONTACT = "dormant_contact"
    CUSTOMER_SUSPENDED = "customer_suspended"
    MINOR = "minor"
    OVERSTAY_EXIT = "overstay_exit"
    OPEN_VISIT_ELSEWHERE = "open_visit_elsewhere"
    AREA_CLOSED = "area_closed"
    KIOSK_UNPAIRED = "kiosk_unpaired"


class EventType(StrEnum):
    """`noun:past-participle`, the one list of things that happen (product.md, Words)."""

    VISIT_REQUESTED = "visit:requested"
    VISIT_EDITED = "visit:edited"
    VISIT_APPROVED = "visit:approved"
    VISIT_REFUSED = "visit:refused"
    VISIT_CANCELLED = "visit:cancelled"
    VISIT_EXPIRED = "visit:expired"
    PASS_ISSUED = "pass:issued"
    PASS_REVOKED = "pass:revoked"
    PASS_VIEWED = "pass:viewed"
    POLICY_PUBLISHED = "policy:published"
    POLICY_IN_FORCE = "policy:taken_effect"
    NOTICE_PUBLISHED = "notice:published"
    NOTICE_SHOWN = "notice:shown"
    NOTICE_DECLINED = "notice:declined"
    ARRIVAL_RECORDED = "arrival:recorded"
    SCAN_REPEATED = "scan:repeated"
    ENTRY_GRANTED = "entry:granted"
    ENTRY_REFUSED = "entry:refused"
    EXIT_RECORDED = "exit:recorded"
    EXIT_CLOSED_UNKNOWN = "exit:closed_unknown"
    BADGE_HANDED_OUT = "badge:handed_out"
    BADGE_RETURNED = "badge:returned"
    GUARD_CALLED = "guard:called"
    GUARD_ANSWERED = "guard:answered"
    IDENTITY_REGISTERED = "identity:registered"
    IDENTITY_ATTESTED = "identity:attested"
    IDENTITY_REVEALED = "identity:revealed"
    IDENTITY_SEARCHED = "identity:searched"
    IDENTITY_CORRECTED = "identity:corrected"
    IDENTITY_ERASED = "identity:erased"
    IDENTITY_RESTRICTED = "identity:restricted"
    IDENTITY_DELIVERED = "identity:delivered"
    HOLD_SET = "hold:set"
    HOLD_CONFIRMED = "hold:confirmed"
    HOLD_DECLINED = "hold:declined"
    HOLD_LAPSED = "hold:lapsed"
    HOLD_RELEASE_ASKED = "hold:release_asked"
    HOLD_RELEASED = "hold:released"
    ERASURE_DEFERRED = "hold:erasure_deferred"
    DISCLOSURE_REQUESTED = "disclosure:requested"
    DISCLOSURE_REFUSED = "disclosure:refused"
    DISCLOSURE_RELEASED = "disclosure:released"
    DISCLOSURE_HANDED_OVER = "disclosure:handed_over"
    INCIDENT_ENTERED = "incident:entered"
    INCIDENT_CHANGED = "incident:changed"
    INCIDENT_TOLD = "incident:told"
    INCIDENT_CLOSED = "incident:closed"
    MINOR_TURNED_AWAY = "minor:turned_away"
    REPORT_GENERATED = "report:generated"
    REPORT_SENT = "report:sent"
    REPORT_DOWNLOADED = "report:downloaded"
    REPORT_EXPORTED = "report:exported"
    REVIEW_SIGNED = "review:signed"
    AUDIT_PACK_EXPORTED = "audit_pack:exported"
    SAMPLE_REQUESTED = "sample:requested"
    SAMPLE_RELEASED = "sample:released"
    SAMPLE_REFUSED = "sample:refused"
    SAMPLE_OPENED = "sample:opened"
    ACCESS_REVIEWED = "review:access_signed"
    REQUEST_RECEIVED = "request:received"
    REQUEST_CODE_SENT = "request:code_sent"
    REQUEST_VERIFIED = "request:verified"
    REQUEST_NOT_VERIFIED = "request:not_verified"
    REQUEST_PAUSED = "request:paused"
    REQUEST_RESUMED = "request:resumed"
    REQUEST_REMINDED = "request:reminded"
    REQUEST_ANSWERED = "request:answered"
    REQUEST_REFUSED = "request:refused"
    REQUEST_TAKEN_BACK = "request:taken_back"
    ANSWER_FETCHED = "answer:fetched"
    RECORD_VERIFIED = "record:verified"
    RECORD_DISPUTED = "record:disputed"
    RECORD_PRUNED = "record:pruned"
    KEY_CREATED = "key:created"
    KEY_DESTROYED = "key:destroyed"
    BACKUP_MADE = "backup:made"
    BACKUP_RESTORED = "backup:restored"
    SITE_CHANGED = "site:changed"
    CUSTOMER_CHANGED = "customer:changed"
    CONTACT_CHANGED = "contact:changed"
    TECHNICIAN_CHANGED = "technician:changed"
    STAFF_CHANGED = "staff:changed"
    RULE_CHANGED = "rule:changed"
    KIOSK_ENROLLED = "kiosk:enrolled"
    KIOSK_REVOKED = "kiosk:revoked"
    IMPORT_APPLIED = "import:applied"
    IMPORT_UNDONE = "import:undone"
    SIGN_IN_SUCCEEDED = "sign_in:succeeded"
    SIGN_IN_REFUSED = "sign_in:refused"
    MAIL_FAILED = "mail:failed"


class VisitState(StrEnum):
    """visit.md, States. `draft` lives only in the browser until it is sent."""

    REQUESTED = "requested"
    CUSTOMER_APPROVED = "customer_approved"
    APPROVED = "approved"
    REFUSED = "refused"
    PASS_ISSUED = "pass_issued"
    ID_PENDING = "id_pending"
    ADMITTED = "admitted"
    TURNED_AWAY = "turned_away"
    EXITED = "exited"
    CLOSED_UNKNOWN = "closed_unknown"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class Direction(StrEnum):
    BOTH = "both"
    IN = "in"
    OUT = "out"
    NONE = "none"


class HowKnown(StrEnum):
    """How an entry or exit time is known: no time is ever invented (visit.md, Rules)."""

    SCAN = "scan"
    GUARD_SAW = "guard_saw"
    DOOR_EVENT = "door_event"
    ESCORT_STATEMENT = "escort_statement"
    VISITOR_STATEMENT = "visitor_statement"
    TRANSCRIBED = "transcribed"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """Why a visit takes place: a code, never free text about a person."""

    INSTALL = "install"
    REPAIR = "repair"
    INSPECT = "inspect"
    REMOVE = "remove"
    CABLING = "cabling"
    AUDIT = "audit"
    TOUR = "tour"
    OTHER = "other"


class Refusal(StrEnum):
    """Why a request was refused; each text names who can mend it."""

    OUTSIDE_HOURS = "outside_hours"
    NO_WORK_ORDER = "no_work_order"
    AREA_NOT_AVAILABLE = "area_not_available"
    PERSON_NOT_KNOWN = "person_not_known"
    DUPLICATE = "duplicate"
    MAINTENANCE = "maintenance"
    CONTRACT = "contract"


class Mismatch(StrEnum):
    """Why a guard did not confirm the document."""

    NO_DOCUMENT = "no_document"
    OTHER_PERSON = "other_person"
    NAME_DIFFERS = "name_differs"
    DOCUMENT_EXPIRED = "document_expired"
    DOCUMENT_DOUBTFUL = "document_doubtful"


class DocumentType(StrEnum):
    """Foreign and 港澳台 documents are first-class (visit.md, Rules)."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGNER_RESIDENCE = "foreigner_residence"
    DRIVING_LICENCE = "driving_licence"
    WORK_CARD = "work_card"


class ManualReason(StrEnum):
    """Why a guard wrote an entry or exit by hand."""

    KIOSK_DOWN = "kiosk_down"
    NO_PHONE = "no_phone"
    PASS_UNREADABLE = "pass_unreadable"
    FORGOT_TO_SCAN = "forgot_to_scan"
    LEFT_BY_OTHER_DOOR = "left_by_other_door"
    ESCORTED_OUT = "escorted_out"
    PAPER_FORM = "paper_form"
    NOT_FOUND = "not_found"


class RevealPurpose(StrEnum):
    """Why somebody looked at an identity. The visitor sees this reason on their own page."""

    IDENTITY_CHECK = "identity_check"
    SEARCH = "search"
    INCIDENT = "incident"
    OVERSTAY_CONTACT = "overstay_contact"
    EVACUATION = "evacuation"
    CUSTOMER_ROSTER = "customer_roster"
    RIGHTS_REQUEST = "rights_request"
    OWN_DATA = "own_data"
    DELIVER = "deliver"
    LEGAL_HOLD = "legal_hold"
    DISCLOSURE = "disclosure"
    ADMINISTRATION = "administration"
    AUDIT_SAMPLE = "audit_sample"


class SampleReason(StrEnum):
    """Why an auditor has to see names."""

    CONTROL_TEST = "control_test"
    INCIDENT = "incident"
    COMPLAINT = "complaint"
    AUTHORITY = "authority"


class SampleRefusal(StrEnum):
    """Why the privacy officer does not release them."""

    MASKED_IS_ENOUGH = "masked_is_enough"
    TOO_MANY = "too_many"
    REASON_UNCLEAR = "reason_unclear"
    OTHER_WAY = "other_way"


class Role(StrEnum):
    GUARD = "guard"
    REVIEWER = "reviewer"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


EXCLUSIVE_ROLES = frozenset({Role.ADMINISTRATOR, Role.PRIVACY_OFFICER, Role.AUDITOR})
"""GB/T 22239 separation of duty: no two of these in one person."""


class ActorKind(StrEnum):
    SYSTEM = "system"
    STAFF = "staff"
    CONTACT = "contact"
    VISITOR = "visitor"
    KIOSK = "kiosk"
    RULE = "rule"


class Item(StrEnum):
    """Retention classes of a subject: each is sealed under a key of its own and expires on its own."""

    NAME = "name"
    DOCUMENT = "document"
    CONTACT = "contact"
    LABEL = "label"
    SECRET = "secret"
    DRAFT = "draft"
    REQUEST = "request"
    ANSWER = "answer"


class SubjectKind(StrEnum):
    VISIT = "visit"
    ROSTER = "roster"
    CONTACT = "contact"
    STAFF = "staff"
    IMPORT = "import"
    REQUEST = "request"


class Active(StrEnum):
    """States of customers, contacts, staff and roster entries."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class MailFault(StrEnum):
    """Why no letter can be sent at all: a fault of the settings or of the mail server, never of a letter."""

    NOT_SET = "not_set"
    SETTING_UNUSABLE = "setting_unusable"
    PASSWORD_UNPROTECTED = "password_unprotected"
    SENDER_UNUSABLE = "sender_unusable"
    NO_SUCH_HOST = "no_such_host"
    UNREACHABLE = "unreachable"
    BROKEN_OFF = "broken_off"
    NO_STARTTLS = "no_starttls"
    TLS_FAILED = "tls_failed"
    CERTIFICATE = "certificate"
    GREETING = "greeting"
    NO_SIGN_IN = "no_sign_in"
    SIGN_IN = "sign_in"
    SENDER = "sender"
    CLIENT = "client"
    BUSY = "busy"
