"""A finding as one line that a person can act on."""

from access_log.i18n import text
from access_log.policy.lint.findings import Defect, Finding
from access_log.policy.lint.words import FINDINGS, MISSING
from access_log.policy.told.spoken import listed

LONGEST_FACT = 200


def finding_words(finding: Finding, language: str) -> str:
    """What is wrong and what to write instead, in one line."""
    facts = {name: one_line(fact) for name, fact in finding.facts.items()}
    if "missing" in facts:
        facts["missing"] = listed((text(language, MISSING[name]) for name in facts["missing"].split()), language)
    code = "controller_unfilled" if finding.defect is Defect.CONTROLLER_UNNAMED and "place" in facts else finding.defect
    return text(language, FINDINGS[code]).format(**facts)


def one_line(fact: str) -> str:
    """Words of somebody's file, short, and without anything that would move a terminal's cursor."""
    clean = "".join(character if character.isprintable() else " " for character in fact)
    return clean if len(clean) <= LONGEST_FACT else f"{clean[:LONGEST_FACT]}…"
