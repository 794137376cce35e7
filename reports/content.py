"""What an access report says: plain values, ready for a page, a table or paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from access_log.models import ReportKind
from access_log.policy.codes import HowKnown, ManualReason, Outcome, Purpose
from access_log.services.record_proofs import Proof


@dataclass(frozen=True, slots=True)
class Refused:
    """A scan or check that let nobody in. `number` is empty where the code belonged to no visit."""

    at: datetime
    outcome: Outcome
    door: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody in an area. No time is invented: `left_known` unknown means that nobody saw them leave."""

    area: str
    entered_at: datetime
    entered_known: HowKnown
    left_at: datetime | None
    left_known: HowKnown | None

    @property
    def exit_time(self) -> datetime | None:
        """When they left, as far as anybody knows it."""
        return None if self.left_known is HowKnown.UNKNOWN else self.left_at


@dataclass(frozen=True, slots=True)
class Line:
    """One visit. `name` is masked, empty once erased (`erased_on`, a day). Authorisers are masked names, staff numbers, names of rules."""

    number: str
    name: str
    customer: str
    areas: tuple[str, ...]
    purpose: Purpose
    work_order: str
    customer_authoriser: str
    site_authoriser: str
    by_rule: bool
    window_until: datetime
    stays: tuple[Stay, ...] = ()
    refusals: tuple[Refused, ...] = ()
    badge: str = ""
    badge_returned_at: datetime | None = None
    overstay: timedelta | None = None
    erased_on: str = ""

    @property
    def inside(self) -> bool:
        """Whether they had not left when the report was written."""
        return any(stay.left_at is None for stay in self.stays)

    @property
    def unknown_exit(self) -> bool:
        """Whether somebody closed the visit without knowing when the visitor left."""
        return any(stay.left_known is HowKnown.UNKNOWN for stay in self.stays)

    @property
    def badge_out(self) -> bool:
        """Whether a badge did not come back."""
        return bool(self.badge) and self.badge_returned_at is None and not self.inside

    @property
    def by_hand(self) -> bool:
        """Whether an entry or exit rests on somebody's word instead of a scan."""
        known = [known for stay in self.stays for known in (stay.entered_known, stay.left_known) if known]
        return any(how is not HowKnown.SCAN for how in known)

    @property
    def flags(self) -> tuple[str, ...]:
        """Codes of what a reviewer should look at."""
        found = {
            "refused": bool(self.refusals),
            "overstay": self.overstay is not None,
            "inside": self.inside,
            "unknown_exit": self.unknown_exit,
            "badge_out": self.badge_out,
            "by_hand": self.by_hand and not self.unknown_exit,
        }
        return tuple(code for code, true in found.items() if true)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands above every report: for whom, about when, under which head of the record, and by which notice."""

    kind: ReportKind
    language: str
    site: str
    site_code: str
    zone: str
    begins: datetime
    ends: datetime
    generated_at: datetime
    notice_version: str
    checkpoint: str
    record_size: int


@dataclass(frozen=True, slots=True)
class Report:
    """A whole access report."""

    frame: Frame
    lines: Sequence[Line]
    strangers: Sequence[Refused]
    looks: dict[str, int]
    by_hand_reasons: dict[ManualReason, int]
    proof: Proof | None = None

    @property
    def exceptions(self) -> int:
        """How many visits and strange codes a reviewer should look at."""
        return sum(bool(line.flags) for line in self.lines) + len(self.strangers)
