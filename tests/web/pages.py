"""Read a page as a person does: what stands in a field, what is said beside it."""

import re
from html import unescape
from typing import Any


def beside(answer: Any, field: str) -> str:
    """The message beside a field; empty where there is none."""
    found = re.search(rf'id="e-{re.escape(field)}">(.*?)</p>', answer.text, re.DOTALL)
    return unescape(found[1]).strip() if found else ""


def typed(answer: Any, field: str) -> str:
    """What stands in an input of this name, whatever its type."""
    found = re.search(rf'<input[^>]*name="{re.escape(field)}"[^>]*value="([^"]*)"', answer.text, re.DOTALL)
    return unescape(found[1]) if found else ""


def ticked(answer: Any, field: str) -> list[str]:
    """The values of the boxes of this name that are ticked."""
    boxes = re.findall(rf'<input type="(?:checkbox|radio)"(?: id="[^"]*")? name="{re.escape(field)}"([^>]*)>', answer.text)
    return [value[1] for box in boxes if " checked" in box and (value := re.search(r'value="([^"]*)"', box))]


def hidden(answer: Any, field: str) -> list[str]:
    """The values that a page sends along unseen."""
    return [unescape(value) for value in re.findall(rf'<input type="hidden" name="{re.escape(field)}" value="([^"]*)"', answer.text)]


def words_of(page: Any) -> str:
    """A page without its tags, its white space as one sees it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
