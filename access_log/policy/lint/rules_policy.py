"""Where the words and the policy that runs say different things."""

import re

from access_log.policy.file.agreeing import kept_for
from access_log.policy.file.content import Policy
from access_log.policy.lint import vocabulary as say
from access_log.policy.lint.findings import Defect, Finding
from access_log.policy.lint.reading import Document
from access_log.policy.period import Period

NUMERALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
ENGLISH = {"one": 1, "two": 2, "three": 3, "six": 6, "seven": 7, "twelve": 12, "thirty": 30, "ninety": 90}
UNITS = {
    "年": Period(months=12), "year": Period(months=12), "月": Period(months=1), "month": Period(months=1), "周": Period(days=7),
    "星期": Period(days=7), "week": Period(days=7), "日": Period(days=1), "天": Period(days=1), "day": Period(days=1),
    "小时": Period(minutes=60), "hour": Period(minutes=60), "分钟": Period(minutes=1), "minute": Period(minutes=1),
}  # fmt: skip


SPOKEN_OF: dict[str, tuple[str, ...]] = {
    r"姓名|\bnames?\b": ("name",),
    r"进出|出入|进入|离开的时间|\bentr(?:y|ies)\b|\bexits?\b": ("times", "event"),
    r"证件|\bdocuments?\b": ("document",),
    r"工单|事由|\bwork orders?\b": ("work_order",),
    r"访客证|\bbadges?\b": ("badge",),
    r"电话|手机|邮箱|\bphones?\b|\bmail\b|\be-?mail\b": ("reach", "contact_account", "unused"),
    r"联系人|账户|\bcontacts?\b|\baccounts?\b": ("contact_account",),
    r"名册|\brosters?\b": ("roster",),
    r"未到访|未使用|\bnever came\b|\bunused\b": ("unused",),
    r"报告|\breports?\b": ("report",),
    r"日志|\blogs?\b": ("system_log",),
    r"消息|\bmessages?\b": ("message",),
}
"""What a paragraph that says a period is about, by its nouns: then the period has to be one of these fields'."""


def differs_from_policy(document: Document, policy: Policy) -> Finding | None:
    """A period of keeping in the text that is not the one of what it speaks of; of no field where it names none."""
    for block in document.blocks():
        known = _periods(" ".join(sentence.text for sentence in block), policy)
        for sentence in block:
            kept = say.KEEPS.search(sentence.text) and not say.ANSWERS.search(sentence.text)
            for found in say.PERIOD.finditer(sentence.text) if kept else ():
                period = read_period(found[0])
                if period is not None and not any(_same(period, other) for other in known):
                    return Finding(sentence.line, sentence.article, Defect.DIFFERS_FROM_POLICY, {"period": found[0]})
    return None


def _periods(text: str, policy: Policy) -> set[Period]:
    """How long what a paragraph speaks of is kept."""
    by_noun = {name for noun, names in SPOKEN_OF.items() if re.search(noun, text, re.IGNORECASE) for name in names}
    plain = text.casefold()
    named = {name for name, field in policy.fields.items() if any(words.casefold() in plain for words in field.texts.values())}
    fields = (by_noun & policy.fields.keys()) | named
    return {period for name in fields or policy.fields for period in kept_for(policy, name)}


def _same(one: Period, other: Period) -> bool:
    """24 hours and a day, twelve months and a year are the same to whoever reads it."""
    return (one.months, one.days * 1440 + one.minutes) == (other.months, other.days * 1440 + other.minutes)


def read_period(text: str) -> Period | None:
    """Six months, 30 天, 十二个月; None of working days and of what is no number."""
    if "工作" in text or "working" in text.lower() or "business" in text.lower():
        return None
    unit = next((unit for unit in sorted(UNITS, key=len, reverse=True) if unit in text.lower()), None)
    number = _number(text.lower())
    if unit is None or number is None:
        return None
    one = UNITS[unit]
    return Period(one.months * number, one.days * number, one.minutes * number)


def _number(text: str) -> int | None:
    digits = re.search(r"\d+", text)
    if digits:
        return int(digits[0])
    for word, number in ENGLISH.items():
        if text.startswith(word):
            return number
    return _chinese(text)


def _chinese(text: str) -> int | None:
    """Up to ninety-nine, as periods are written."""
    found = re.match(r"([一二两三四五六七八九])?(十)?([一二两三四五六七八九])?", text)
    if found is None or not found[0]:
        return None
    tens = (NUMERALS[found[1]] if found[1] else 1) * 10 if found[2] else 0
    ones = NUMERALS[found[3]] if found[3] else (NUMERALS[found[1]] if found[1] and not found[2] else 0)
    return tens + ones
