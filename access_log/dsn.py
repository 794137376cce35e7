"""Delivery status notifications (RFC 3464, 6533): what a mail server says that could not deliver a letter. Bytes in, a Bounce or None out.

Nothing of a notification is kept but our own token and the status: the addresses in it are read over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import compat32

STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_PARTS = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
ENVELOPE = re.compile(r"\s*([0-9a-f]{24})\s*")
MESSAGE_ID = re.compile(r"<([0-9a-f]{24})@")
STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Bounce:
    """`token`: of the letter's Message-ID. `failed`: given up, not merely late. `status`: such as 5.1.1, or empty."""

    token: str
    failed: bool
    status: str


def read(content: bytes) -> Bounce | None:
    """The notification in a message; None where it is none, or about no letter with a token."""
    try:
        message = BytesParser(policy=compat32).parsebytes(content)
        parts = list(message.walk())
        status_part = next((part for part in parts if part.get_content_type() in STATUS_PARTS), None)
        if status_part is None:
            return None
        blocks = list(_blocks(status_part))
        token = _token(message, parts, blocks)
        return Bounce(token, *_outcome(blocks)) if token else None
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):  # the parser's own ways to meet what no server sends
        return None


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields: one about the letter, then one a recipient."""
    inside = part.get_payload()
    if isinstance(inside, list):
        text = "\n\n".join(sub.as_bytes().decode("utf-8", "replace") for sub in inside if isinstance(sub, Message))
    else:
        text = _text_of(part)
    for group in re.split(r"\r?\n(?:[ \t]*\r?\n)+", text):
        if group.strip():
            yield HeaderParser(policy=compat32).parsestr(group.lstrip())


def _text_of(part: Message) -> str:
    decoded = part.get_payload(decode=True)
    return decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else str(part.get_payload())


def _token(message: Message, parts: list[Message], blocks: list[Message]) -> str:
    """From the envelope's id where the servers know RFC 3461, else from the returned letter, else from what the notification answers."""
    for block in blocks:
        found = ENVELOPE.fullmatch(str(block.get("Original-Envelope-Id", "")))
        if found:
            return found.group(1)
    returned = [header for part in parts if part.get_content_type() in RETURNED_PARTS for header in _ids(part)]
    for said in (*returned, str(message.get("In-Reply-To", "")), str(message.get("References", ""))):
        found = MESSAGE_ID.search(said)
        if found:
            return found.group(1)
    return ""


def _ids(part: Message) -> Iterator[str]:
    inside = part.get_payload()
    if isinstance(inside, list):
        yield from (str(sub.get("Message-ID", "")) for sub in inside if isinstance(sub, Message))
    else:
        yield str(HeaderParser(policy=compat32).parsestr(_text_of(part).lstrip()).get("Message-ID", ""))


def _outcome(blocks: list[Message]) -> tuple[bool, str]:
    """Whether a recipient was given up, and why."""
    for block in blocks:
        if str(block.get("Action", "")).strip().lower() == "failed":
            found = STATUS.match(str(block.get("Status", "")))
            return True, found.group(1) if found else ""
    return False, ""
