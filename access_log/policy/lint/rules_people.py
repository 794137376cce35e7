"""What a policy owes the people it is about: free consent, all their rights, a way to ask, one clock, reasons (PIPL 14 to 50)."""

import re
from collections.abc import Iterator

from access_log.policy.lint import vocabulary as say
from access_log.policy.lint.findings import Defect, Finding
from access_log.policy.lint.reading import Document, Sentence

ADDRESSED = say.words(r"您(?:可以|有权|享有|还可)|有权", r"\byou (?:may|can|have the right)\b")
CLAUSES = re.compile(r"[；;]")


def consent_by_use(document: Document) -> Finding | None:
    """Consent is voluntary, informed and explicit; using something is none of that (PIPL 14, 29)."""
    for one in document.sentences:
        if say.USE.search(one.text) and not say.USE_NOT.search(one.text):
            return Finding(one.line, one.article, Defect.CONSENT_BY_USE)
    return None


def rights_incomplete(document: Document) -> Finding | None:
    """Copy, transfer, restriction, explanation, and what relatives may do after a death (PIPL 44, 45, 48, 49)."""
    told = [one for one in document.sentences if say.RIGHTS_SECTION.search(one.section) or ADDRESSED.search(one.text)]
    missing = [name for name, pattern in say.RIGHTS.items() if not any(pattern.search(one.text) for one in told)]
    if not missing:
        return None
    at = _heading(document, say.RIGHTS_SECTION) or _beginning(document)
    return Finding(at.line, at.article, Defect.RIGHTS_INCOMPLETE, {"missing": " ".join(missing)})


def controller_unnamed(document: Document) -> Finding | None:
    """Who answers, by the legal name; and nothing left to fill in (PIPL 17(1)(1))."""
    unfilled = next((one for one in _everything(document) if say.PLACEHOLDER.search(one.text)), None)
    named = any(say.LEGAL_NAME.search(one.text) for one in _everything(document))
    named = named or any(say.CONTROLLER_SECTION.search(one.section) for one in document.sentences)
    if unfilled is None:
        at = _beginning(document)
        return None if named else Finding(at.line, at.article, Defect.CONTROLLER_UNNAMED)
    found = say.PLACEHOLDER.search(unfilled.text)
    facts = {"place": found[0] if found else ""}
    return Finding(unfilled.line, unfilled.article, Defect.PLACEHOLDER if named else Defect.CONTROLLER_UNNAMED, facts)


def channel_inconvenient(document: Document) -> Finding | None:
    """A convenient way to ask, which a group in which everybody reads it is not (PIPL 50)."""
    told = [one for one in document.sentences if say.CONTACT_SECTION.search(one.section) or say.CONTACT_SENTENCE.search(one.text)]
    if any(say.CONVENIENT.search(one.text) and not say.GROUP.search(one.text) for one in told):
        return None
    at = next((one for one in told if say.GROUP.search(one.text)), told[0] if told else _beginning(document))
    return Finding(at.line, at.article, Defect.CHANNEL_INCONVENIENT)


def clocks_differ(document: Document) -> Finding | None:
    """One time for an answer, from one moment on; an outermost limit beside it is none (PIPL 50)."""
    seen: dict[tuple[str, bool], Sentence] = {}
    for one in document.sentences:
        for clause in CLAUSES.split(one.text):
            for clock in _clock(clause):
                seen.setdefault(clock, one)
    if len(seen) < 2:
        return None
    (first_clock, first), *_between, (last_clock, last) = seen.items()
    facts = {"first": first_clock[0] or "-", "line": f"{first.line}", "second": last_clock[0] or "-"}
    return Finding(last.line, last.article, Defect.CLOCKS_DIFFER, facts)


def _clock(clause: str) -> Iterator[tuple[str, bool]]:
    """(time, whether it begins only after the identity was checked) of an answer."""
    if not say.ANSWERS.search(clause) or say.OUTERMOST.search(clause):
        return
    period, statutory = say.PERIOD.search(clause), say.STATUTORY.search(clause)
    if period or statutory:
        text = re.sub(r"\s+", "", period[0] if period else statutory[0] if statutory else "")
        yield text, bool(say.AFTER_CHECK.search(clause))


def refusal_unexplained(document: Document) -> Finding | None:
    """Where a request is refused: the reason, and the way to a court (PIPL 50)."""
    reasons = any(say.REFUSES.search(one.text) and say.REASON.search(one.text) for one in document.sentences)
    court = any(say.COURT.search(one.text) for one in document.sentences)
    if reasons and court:
        return None
    at = _first(document, say.RIGHTS_SECTION, say.ANSWERS) or _heading(document, say.RIGHTS_SECTION) or _beginning(document)
    missing = [name for name, there in (("reasons", reasons), ("court", court)) if not there]
    return Finding(at.line, at.article, Defect.REFUSAL_UNEXPLAINED, {"missing": " ".join(missing)})


def under_14_missing(document: Document) -> Finding | None:
    """Data of children under 14 is sensitive and has rules of its own (PIPL 28, 31)."""
    minors = [one for one in document.sentences if say.MINORS.search(one.text)]
    if not minors or any(say.UNDER_14.search(one.text) for one in document.sentences):
        return None
    return Finding(minors[0].line, minors[0].article, Defect.UNDER_14_MISSING)


def effective_at_once(document: Document) -> Finding | None:
    """A change that takes something from people holds only after they were told: not from the moment it is posted (PIPL 14, 17)."""
    for one in document.sentences:
        if not (say.AT_ONCE.search(one.text) and (say.CHANGES.search(one.text) or say.CHANGES.search(one.section))):
            continue
        beside = (other for other in document.sentences if other.section == one.section)
        if not any(say.IN_ADVANCE.search(other.text) for other in beside):
            return Finding(one.line, one.article, Defect.EFFECTIVE_AT_ONCE)
    return None


def successor_unnamed(document: Document) -> Finding | None:
    """Whoever takes over is named to people, with how to reach them (PIPL 22)."""
    for block in document.blocks():
        text = " ".join(one.text for one in block)
        if not (say.SUCCESSION.search(text) and say.HANDS_OVER.search(text)):
            continue
        if not (say.TELLS.search(text) and say.NAME_OF.search(text) and say.CONTACT_OF.search(text)):
            at = next(one for one in block if say.SUCCESSION.search(one.text))
            return Finding(at.line, at.article, Defect.SUCCESSOR_UNNAMED)
    return None


def _everything(document: Document) -> Iterator[Sentence]:
    yield from document.headings
    yield from document.sentences


def _heading(document: Document, pattern: re.Pattern[str]) -> Sentence | None:
    return next((one for one in document.headings if pattern.search(one.text)), None)


def _first(document: Document, section: re.Pattern[str], pattern: re.Pattern[str]) -> Sentence | None:
    return next((one for one in document.sentences if section.search(one.section) and pattern.search(one.text)), None)


def _beginning(document: Document) -> Sentence:
    """Where something that stands nowhere belongs."""
    nothing = Sentence("", 1, "", 0, "")
    return next(iter([*document.headings, *document.sentences]), nothing)
