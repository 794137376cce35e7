"""A notice with a defect is not published, whoever publishes it and from where."""

from collections.abc import Mapping
from dataclasses import replace

from access_log.models import Site
from access_log.policy.file.content import Policy
from access_log.policy.lint.findings import DefectiveNoticeError, Finding
from access_log.policy.lint.linter import lint_with
from access_log.policy.told.notice_text import fill_places


def site_facts(site: Site) -> dict[str, str]:
    """What a policy's controller may name of a site."""
    return {"site": site.name, "site_en": site.name_en, "phone": site.guard_phone}


def refuse_defective(texts: Mapping[str, str], policy: Policy) -> None:
    """Texts that are published as they stand. Raises DefectiveNoticeError."""
    _refuse({language: lint_with(text, policy) for language, text in texts.items()})


def refuse_defective_filled(templates: Mapping[str, str], policy: Policy, facts: Mapping[str, str]) -> None:
    """Texts whose places the policy fills. Raises DefectiveNoticeError, UnknownPlaceError."""
    _refuse({language: defects_filled(template, policy, language, facts) for language, template in templates.items()})


def _refuse(found: Mapping[str, list[Finding]]) -> None:
    if any(found.values()):
        raise DefectiveNoticeError({language: findings for language, findings in found.items() if findings})


def defects_filled(template: str, policy: Policy, language: str, facts: Mapping[str, str]) -> list[Finding]:
    """What is wrong with a text once its places are filled, by the lines of the text as it was given. Raises UnknownPlaceError."""
    filled = [fill_places(line, policy, language, facts) for line in template.split("\n")]
    lines = [number for number, text in enumerate(filled, 1) for _line in text.split("\n")]
    found = lint_with("\n".join(filled), policy)
    return [replace(finding, line=lines[min(finding.line, len(lines)) - 1]) for finding in found]
