"""The linter: every rule over one text. `lint` of the text alone; `lint_with` also against the policy file that runs."""

from collections.abc import Callable

from access_log.policy.file.content import Policy
from access_log.policy.lint import rules_data, rules_people
from access_log.policy.lint.findings import Finding
from access_log.policy.lint.reading import Document, read_document
from access_log.policy.lint.rules_policy import differs_from_policy

RULES: tuple[Callable[[Document], Finding | None], ...] = (
    rules_data.no_period,
    rules_data.no_after_expiry,
    rules_data.recipients_not_named,
    rules_data.sensitive_unexplained,
    rules_people.consent_by_use,
    rules_people.rights_incomplete,
    rules_people.controller_unnamed,
    rules_people.channel_inconvenient,
    rules_people.clocks_differ,
    rules_people.refusal_unexplained,
    rules_people.under_14_missing,
    rules_people.effective_at_once,
    rules_people.successor_unnamed,
)
"""In the order of the research: each finds one kind of defect."""


def lint(text: str) -> list[Finding]:
    """What is wrong with a privacy policy or notice, by line; empty where nothing is."""
    document = read_document(text)
    return sorted(finding for rule in RULES if (finding := rule(document)) is not None)


def lint_with(text: str, policy: Policy) -> list[Finding]:
    """As `lint`, and where the text says other periods than the policy that runs."""
    differs = differs_from_policy(read_document(text), policy)
    return sorted([*lint(text), *([differs] if differs else [])])
