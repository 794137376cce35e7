"""What a policy has to say of each kind of data: how long, what then, who is given it, why the sensitive ones (PIPL 17, 19, 23, 30)."""

import re
from collections.abc import Iterator, Sequence

from access_log.policy.lint import vocabulary as say
from access_log.policy.lint.findings import Defect, Finding
from access_log.policy.lint.reading import Document, Sentence

Block = Sequence[Sentence]
NAME_MOST = 18


def no_period(document: Document) -> Finding | None:
    """Each category needs a period, or the way in which it is determined (PIPL 17(1)(2); Network Data Regulations 21(3))."""
    uncovered = [block for block in _categories(document) if not _has_period(document, block)]
    if not uncovered:
        return None
    at = _first(document, say.KEEPS, say.words(r"期限|期间|时限|最短", r"\b(?:period|as long as|necessary)\b")) or uncovered[0][0]
    return Finding(at.line, at.article, Defect.NO_PERIOD, {"names": _named(uncovered)})


def no_after_expiry(document: Document) -> Finding | None:
    """What happens afterwards, for each: "deleted or anonymised" leaves it open which (Network Data Regulations 21(3))."""
    general = [one for one in _beside(document) if say.OVER.search(one.text) and say.GONE.search(one.text)]
    if any(not say.EITHER_OR.search(one.text) for one in general):
        return None
    uncovered = [block for block in _categories(document) if not _goes(block)]
    if not uncovered:
        return None
    at = general[0] if general else uncovered[0][0]
    return Finding(at.line, at.article, Defect.NO_AFTER_EXPIRY, {"names": _named(uncovered)})


def recipients_not_named(document: Document) -> Finding | None:
    """Who, how to reach them, what for, how, and what (PIPL 23; Network Data Regulations 21, last paragraph)."""
    for block in document.blocks():
        text = _text(block)
        if not (say.SHARES.search(text) and say.SOME_KIND.search(text)) or say.SHARES_NOT.search(text):
            continue
        if not any(_names_recipient(other, block) for other in document.blocks()):
            at = next(sentence for sentence in block if say.SOME_KIND.search(sentence.text))
            found = say.SOME_KIND.search(at.text)
            return Finding(at.line, at.article, Defect.RECIPIENTS_NOT_NAMED, {"kind": found[0] if found else ""})
    return None


def _names_recipient(block: Block, sharing: Block) -> bool:
    """Whether a paragraph beside one that shares says who it is; that a successor will be named does not."""
    beside = block[0].section == sharing[0].section or say.SHARING_SECTION.search(block[0].section)
    return bool(beside) and any(say.NAMED_ONE.search(one.text) and not say.SUCCESSION.search(one.text) for one in block)


def sensitive_unexplained(document: Document) -> Finding | None:
    """Why sensitive data is necessary and what it may do to a person (PIPL 30)."""
    for block in document.blocks():
        if "敏感" not in block[0].section + _text(block) and "ensitive" not in block[0].section + _text(block):
            continue
        whole = f"{block[0].section} {_text(block)}"
        if say.NECESSARY.search(whole) and say.IMPACT.search(whole):
            return None
    for block in document.blocks():
        for sentence in block if say.COLLECTS.search(_text(block)) else ():
            found = say.SENSITIVE_DATA.search(sentence.text)
            if found and not say.NOT_TAKEN.search(sentence.text):
                return Finding(sentence.line, sentence.article, Defect.SENSITIVE_UNEXPLAINED, {"what": found[0]})
    return None


def _categories(document: Document) -> Iterator[list[Sentence]]:
    """Paragraphs and items that say which data is taken: two nouns of data at least, where it is said or under such a heading."""
    for block in document.blocks():
        text, heading = _text(block), block[0].section.rpartition(" / ")[2]
        if say.OTHER_SECTION.search(heading) and not say.COLLECTING_SECTION.search(heading):
            continue
        told = say.COLLECTS.search(text) or say.COLLECTING_SECTION.search(block[0].section)
        if told and len({found.lower() for found in say.DATA.findall(text)}) >= 2 and not say.NOT_TAKEN.search(text):
            yield block


def _beside(document: Document) -> list[Sentence]:
    """Sentences that speak of no one category: what they say may hold for all."""
    own = {block[0].block for block in _categories(document)}
    own |= {block[0].block for block in document.blocks() if say.COLLECTS.search(_text(block)) and say.DATA.search(_text(block))}
    return [sentence for sentence in document.sentences if sentence.block not in own]


def _has_period(document: Document, block: Block) -> bool:
    if _states_period(_text(block)):
        return True
    nouns = {found.lower() for found in say.DATA.findall(_text(block))}
    for sentence in _beside(document):
        if not _states_period(sentence.text):
            continue
        label = block[0].label
        if say.EVERYTHING.search(sentence.text) or (label and label in sentence.text):
            return True
        if nouns & {found.lower() for found in say.DATA.findall(sentence.text)}:
            return True
    return False


def _states_period(text: str) -> bool:
    return bool(say.KEEPS.search(text) and (say.PERIOD.search(text) or say.PERIOD_RULE.search(text))) or bool(say.NOT_TAKEN.search(text))


def _goes(block: Block) -> bool:
    text = _text(block)
    return bool(say.GONE.search(text)) and not say.EITHER_OR.search(text)


def _first(document: Document, *patterns: re.Pattern[str]) -> Sentence | None:
    return next((one for one in document.sentences if all(pattern.search(one.text) for pattern in patterns)), None)


def _text(block: Block) -> str:
    return " ".join(sentence.text for sentence in block)


def _named(blocks: Sequence[Block]) -> str:
    """The categories by their labels, or by how they begin, with their lines."""
    return ", ".join(f"{block[0].label or block[0].text[:NAME_MOST]} ({block[0].line})" for block in blocks)
