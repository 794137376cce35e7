"""All tables. Import from here; one file a noun below."""

from access_log.models.access import SignInFailure, WebSession
from access_log.models.access_review import AccessReview
from access_log.models.customer import Contact, Customer, CustomerArea, StandingRule, StoredSecret, Technician
from access_log.models.disclosure import Authority, DisclosedPerson, Disclosure, DisclosureState
from access_log.models.erasure import Carried, Erasure, Tombstone
from access_log.models.event import IS_LOOK, AccessEvent, GuardCall, RecordEntry, RecordPending
from access_log.models.hold import DeferredErasure, HeldSubject, HoldEnd, HoldGround, LegalHold
from access_log.models.imports import ImportBatch, ImportedRow, ImportKind, ImportState
from access_log.models.incident import Audience, Incident, IncidentEnd, IncidentKind, IncidentNotice
from access_log.models.keys import BackupRun, Escrow, Kek, RatchetRun
from access_log.models.notice import Notice
from access_log.models.outbox import MailState, OutboxMessage, SendState, Template
from access_log.models.policy import Effect, PolicyVersion
from access_log.models.record import RecordCheckpoint, RecordLeaf, RecordNode, RecordPruning
from access_log.models.report import ReportFile, ReportKind, ReportRecipient, ReportReview, ReportRun, ReportSchedule, RunState, TrafficCell
from access_log.models.retention import RetentionClock, RetentionRun
from access_log.models.rights import RightsCode, RightsPause, RightsRequest, RightsRestriction
from access_log.models.sample import NameSample, NameSampleVisit
from access_log.models.site import Area, Door, Kiosk, Site
from access_log.models.staff import Staff
from access_log.models.vault import BlindIndex, Subject, VaultItem, VaultLabel
from access_log.models.verification import RecordCosignature, RecordVerification, RecordWitness
from access_log.models.visit import Approval, Pass, Presence, Visit, VisitArea, VisitOrder

__all__ = [
    "IS_LOOK", "AccessEvent", "Approval", "Area", "BackupRun", "BlindIndex", "Carried", "Contact", "Customer", "CustomerArea", "Door",
    "Effect", "Erasure", "Escrow", "GuardCall", "ImportBatch", "ImportKind", "ImportState", "ImportedRow", "Kek", "Kiosk", "MailState",
    "NameSample", "NameSampleVisit", "Notice", "OutboxMessage", "Pass", "PolicyVersion", "Presence", "RatchetRun", "RecordCheckpoint",
    "RecordCosignature", "RecordEntry", "RecordLeaf", "RecordNode", "RecordPending", "RecordPruning", "RecordVerification", "RecordWitness",
    "ReportFile", "ReportKind", "ReportRecipient", "ReportReview", "ReportRun", "ReportSchedule", "RetentionClock", "RetentionRun",
    "RightsCode", "RightsPause", "RightsRequest", "RightsRestriction", "RunState", "SendState", "SignInFailure", "Site", "Staff",
    "StandingRule", "StoredSecret", "Subject", "Technician", "Template", "Tombstone", "TrafficCell", "VaultItem", "VaultLabel", "Visit",
    "VisitArea", "VisitOrder", "WebSession",
]  # fmt: skip
__all__ += [
    "AccessReview",
    "Audience",
    "Authority",
    "DeferredErasure",
    "DisclosedPerson",
    "Disclosure",
    "DisclosureState",
    "HeldSubject",
    "HoldEnd",
    "HoldGround",
    "Incident",
    "IncidentEnd",
    "IncidentKind",
    "IncidentNotice",
    "LegalHold",
]
