"""The notice's Markdown with its places filled from the policy, so that what people read is what runs.

A place is {{name}} on its own in a line or inside one. What it is filled with is text: nothing in it is a place again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from access_log.i18n import text
from access_log.policy.file.content import Policy
from access_log.policy.told.spoken import channel_words, field_lines, period_words, recipient_line, sensitive_lines

PLACE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
DESK = "the guard desk"


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the data, in one language, with the site's own facts filled in."""

    name: str
    officer: str
    contact: str


class UnknownPlaceError(ValueError):
    """A place that no policy can fill, and those that it can."""

    def __init__(self, place: str, known: Iterable[str]) -> None:
        super().__init__(f"{{{{{place}}}}} is no place that a policy fills: {', '.join(known)}")
        self.place = place


def controller_of(policy: Policy, language: str, site: Mapping[str, str]) -> Controller:
    """The policy's controller; {site}, {site_en} and {phone} in it are facts of the site (`site`)."""
    facts = {"site": site["site"], "site_en": site["site_en"], "phone": site["phone"] or text(language, DESK)}
    controller = policy.controller
    filled = (_facts(words[language], facts) for words in (controller.name, controller.officer, controller.contact))
    return Controller(*filled)


def _facts(words: str, facts: Mapping[str, str]) -> str:
    return re.sub(r"\{(site|site_en|phone)\}", lambda found: facts[found[1]], words)


def fill_places(template: str, policy: Policy, language: str, site: Mapping[str, str]) -> str:
    """The text as people will read it. Raises UnknownPlaceError(name)."""
    controller = controller_of(policy, language, site)
    fillings: dict[str, Callable[[], str]] = {
        "controller": lambda: controller.name,
        "officer": lambda: controller.officer,
        "contact": lambda: controller.contact,
        "channels": lambda: channel_words(policy, language),
        "fields": lambda: "\n\n".join(field_lines(policy, language)),
        "recipients": lambda: "\n\n".join(recipient_line(policy, recipient, language) for recipient in policy.recipients),
        "sensitive": lambda: "\n\n".join(sensitive_lines(policy, language)),
        "answer_days": lambda: f"{policy.clocks.answer_working_days}",
        "outer": lambda: period_words(policy.clocks.outer, language),
        "change_notice": lambda: period_words(policy.clocks.change_notice, language),
        "version": lambda: policy.version,
    }

    def filling(found: re.Match[str]) -> str:
        if found[1] not in fillings:
            raise UnknownPlaceError(found[1], fillings)
        return fillings[found[1]]()

    return PLACE.sub(filling, template)
