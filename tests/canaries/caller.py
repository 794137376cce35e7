"""Somebody with a browser, in plain HTTP, at a web process of tests/faults/served.py."""

import http.client
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode

from access_log.db import transaction
from access_log.models import Contact, Staff
from access_log.policy.codes import ActorKind
from access_log.runtime import utc_now
from access_log.services import sessions
from tests.faults.served import PATIENCE, Process


@dataclass
class Answer:
    """What came back."""

    status: int
    text: str
    location: str

    def value(self, name: str) -> str:
        """What stands in the first hidden field of this name."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"{name} is not in {self.text[:2000]}"
        return found[1]


class Caller:
    """Keeps the cookies of one face, and the token of its forms."""

    def __init__(self, process: Process, prefix: str) -> None:
        self.process, self.prefix = process, prefix
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, **fields: Any) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode({"csrf": self.csrf} | fields, doseq=True), headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.process.port, timeout=PATIENCE)
        sent = {"Accept": "text/html", "Accept-Language": "zh-CN", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        try:
            connection.request(method, self.prefix + quote(path, safe="/?=&%"), body, sent | headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or []:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            location = (answer.headers["Location"] or "").removeprefix(self.prefix)
            return Answer(answer.status, answer.read().decode("utf-8", "replace"), location)
        finally:
            connection.close()


def signed_in(process: Process, person: Staff | Contact) -> Caller:
    """A member of staff at the console, a contact at the portal."""
    face, kind = ("console", ActorKind.STAFF) if isinstance(person, Staff) else ("portal", ActorKind.CONTACT)
    now = utc_now()
    with transaction(process.site.engine) as session:
        row, token = sessions.open_session(
            session, site_id=person.site_id, face=face, kind=kind, actor_id=person.id or 0, now=now, second_factor_at=now
        )
        csrf = row.csrf
    made = Caller(process, f"/{face}")
    made.cookies[f"__Host-{face}"], made.csrf = token, csrf
    return made
