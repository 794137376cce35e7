"""What a way for letters is, and the demo's: an inbox that lives in memory and is shown on a page. The real one is smtp.py.

Two kinds of failure, kept apart: SendError is about one letter and counts against it; TransportError is about the settings or the server
as a whole, and letters wait until it is mended.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from access_log.policy.codes import MailFault
from access_log.services.letters import Letter


class SendError(Exception):
    """The mail server did not take this letter. `code` holds no address; `permanent` means that trying again is useless."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class TransportError(Exception):
    """No letter can be sent at present. `reply` is the number the mail server said no with, where it said anything."""

    def __init__(self, fault: MailFault, reply: int | None = None) -> None:
        super().__init__(f"{fault.value} {reply}" if reply else fault.value)
        self.fault = fault
        self.reply = reply


class Connection(Protocol):
    """An open way to a mail server, for one letter after the other."""

    def send(self, letter: Letter, token: str, still_ours: Callable[[], bool]) -> bool:
        """Hand over a letter; `token` goes into its Message-ID. Raises SendError, TransportError.

        Asks `still_ours` at the last moment before it cannot be taken back. False: it said no, and nothing was sent.
        """
        ...


class Transport(Protocol):
    """Anything that letters can leave by. `connect` raises TransportError before any letter is opened."""

    def connect(self) -> AbstractContextManager[Connection]: ...


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """A letter in the demo's inbox."""

    at: datetime
    letter: Letter


class Inbox:
    """The demo's mail: the last hundred letters, in memory only, so that trying the product out leaves no plaintext on the disk."""

    def __init__(self) -> None:
        self._kept: deque[Kept] = deque(maxlen=100)

    def connect(self) -> AbstractContextManager["Inbox"]:
        """Always there."""
        return nullcontext(self)

    def send(self, letter: Letter, token: str, still_ours: Callable[[], bool]) -> bool:
        """Keep the letter. Addresses that begin with `bounce` are refused, so that the failure can be tried out too."""
        del token
        if letter.to.startswith("bounce"):
            raise SendError("smtp_550", permanent=True)
        if not still_ours():
            return False
        self._kept.appendleft(Kept(datetime.now(UTC), letter))
        return True

    def __iter__(self) -> Iterator[Kept]:
        return iter(list(self._kept))


DEMO_INBOX = Inbox()
"""Of this process. The demo's web process sends its own mail, so that its page can show it."""
