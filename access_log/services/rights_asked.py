"""What somebody asks about whose data, as plain values, and the text as which it is sealed."""

import json
from dataclasses import dataclass
from uuid import UUID

from access_log.models import Visit
from access_log.policy.codes import Item
from access_log.policy.rights import Channel, RightsKind


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What somebody asks. `words` are theirs; `mail`, `phone`, `name` what should stand there instead; `reply_to` for letters."""

    kind: RightsKind
    channel: Channel
    item: Item | None = None
    words: str = ""
    name: str = ""
    mail: str = ""
    phone: str = ""
    reply_to: str = ""
    language: str = "zh-CN"

    def paper(self) -> str:
        """As it is sealed."""
        given = {"words": self.words, "name": self.name, "mail": self.mail, "phone": self.phone, "reply_to": self.reply_to}
        return json.dumps({name: value for name, value in given.items() if value}, ensure_ascii=False)

    @property
    def says_what(self) -> bool:
        """Whether somebody could act on it."""
        return bool(self.words or self.name or self.mail or self.phone)


def read(paper: str | None) -> dict[str, str]:
    """What was sealed by `Asked.paper`, opened; empty where it was erased."""
    given: dict[str, str] = json.loads(paper) if paper else {}
    return given


@dataclass(frozen=True, slots=True)
class About:
    """Whose data it is about; all None where that is not known yet."""

    subject_id: UUID | None = None
    visit_id: UUID | None = None
    customer_id: int | None = None


def about_visit(visit: Visit) -> About:
    """The visitor of a visit."""
    return About(visit.subject_id, visit.id, visit.customer_id)
