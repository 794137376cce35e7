"""What a reader of a policy may find wrong, and the law that asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from access_log.errors import AccessLogError


class Defect(StrEnum):
    """One kind each; a document has a kind once, at its first place."""

    NO_PERIOD = "no_period"
    NO_AFTER_EXPIRY = "no_after_expiry"
    RECIPIENTS_NOT_NAMED = "recipients_not_named"
    SENSITIVE_UNEXPLAINED = "sensitive_unexplained"
    CONSENT_BY_USE = "consent_by_use"
    RIGHTS_INCOMPLETE = "rights_incomplete"
    CONTROLLER_UNNAMED = "controller_unnamed"
    PLACEHOLDER = "placeholder"
    CHANNEL_INCONVENIENT = "channel_inconvenient"
    CLOCKS_DIFFER = "clocks_differ"
    REFUSAL_UNEXPLAINED = "refusal_unexplained"
    UNDER_14_MISSING = "under_14_missing"
    EFFECTIVE_AT_ONCE = "effective_at_once"
    SUCCESSOR_UNNAMED = "successor_unnamed"
    DIFFERS_FROM_POLICY = "differs_from_policy"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`line` counts from 1; `article` is the number of the clause, or the heading it stands under."""

    line: int
    article: str
    defect: Defect
    facts: dict[str, str] = field(default_factory=dict, compare=False)


class DefectiveNoticeError(AccessLogError):
    """A notice that is not published, with everything that was found, by language. Lines are those of the text that was given."""

    def __init__(self, found: Mapping[str, Sequence[Finding]]) -> None:
        self.found = found
        lines = (f"{language} line {finding.line}: {finding.defect}" for language, findings in found.items() for finding in findings)
        super().__init__("the notice has defects: " + "; ".join(lines))
