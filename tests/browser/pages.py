"""Every page there is, from the application's own routes: what each answers to the right person, asked for or sent an empty form."""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from kiosk.app import PREFIXES
from tests.authz.matrix import Row, rows
from tests.authz.principals import Principal
from tests.browser.site import BrowserSite
from tests.notice_texts import both

RIGHT_PERSON = {
    "public": ("nobody",),
    "signed_in": ("administrator_password_only", "guard_locked", "contact_approve_password_only", "rival_password_only"),
    "visitor": ("visitor",),
    "contact": ("lin",),
}
"""By kind of policy, in the order they are tried. A kiosk's own routes answer its one page, which test_kiosk_screens.py looks at."""
ONE_LANGUAGE = {"/reports/{run_id}/page": "zh-CN"}
"""A report is written in its schedule's language, and stays as it was written."""
OUTSIDE = frozenset({303, 308})
"""Answers that are no page of their own: on to another one, which is looked at where it lives."""


@dataclass(frozen=True)
class Page:
    """A page, and how one gets there. `form` None: by its address; else by sending it. `name` is for messages and file names.

    `speaks`: the one language it has, whatever is asked for.
    """

    face: str
    name: str
    path: str
    who: Principal
    form: dict[str, str] | None = None
    status: int = 200
    speaks: str = ""


@dataclass(frozen=True)
class Told:
    """What a server said before any browser looked."""

    status: int
    kind: str


@dataclass(frozen=True)
class Pages:
    """All pages of a site, by face. `skipped` are routes that answered with something else than a page."""

    found: list[Page] = field(default_factory=list)
    skipped: dict[str, Told] = field(default_factory=dict)

    def of(self, face: str) -> list[Page]:
        return [page for page in self.found if page.face == face]


def every_page(site: BrowserSite) -> Pages:
    """By address and by empty form; then what takes more than that to see."""
    made = Pages()
    for row in rows(site.app, site.known.objects):
        if row.object in ("-", "own") and row.policy != "kiosk":
            _take(site, made, row)
    for page in [*_not_there(site), *_filled(site), *_as_others_see_it(site)]:
        told = ask(site, page.path, page.who, page.form)
        assert told.kind == "text/html", (page, told)
        assert told.status == page.status, (page, told)
        made.found.append(page)
    return made


def _take(site: BrowserSite, made: Pages, row: Row) -> None:
    form: dict[str, str] | None = None if row.method == "GET" else {}
    said = Told(0, "")
    for who in _right_people(site, row):
        said = ask(site, row.sent, who, form)
        if said.kind == "text/html" and said.status not in OUTSIDE:
            name = f"{row.method} {PREFIXES.get(row.face, '')}{row.path}"
            made.found.append(Page(row.face, name, row.sent, who, form, said.status, ONE_LANGUAGE.get(row.path, "")))
            return
    made.skipped[f"{row.method} {row.face} {row.path}"] = said


def _right_people(site: BrowserSite, row: Row) -> Iterator[Principal]:
    kind, _colon, named = row.policy.partition(":")
    names = sorted(named.split(","), key=["guard", "reviewer"].__contains__, reverse=True) if kind == "staff" else RIGHT_PERSON[kind]
    for name in names:
        person = site.known.people[name]
        if person.face in ("", row.face):
            yield person


def ask(site: BrowserSite, path: str, who: Principal, form: dict[str, str] | None) -> Told:
    """Status and kind of the answer, as the browser would get it. The body stays unread: a stream has no end."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    headers = {"Accept": "text/html", "Cookie": f"__Host-{who.face}={who.cookie}"}
    if form is None:
        connection.request("GET", path, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", path, urlencode({"csrf": who.csrf} | form), headers)
    answer = connection.getresponse()
    told = Told(answer.status, answer.headers.get_content_type())
    connection.close()
    return told


def _not_there(site: BrowserSite) -> Iterator[Page]:
    people = site.known.people
    for face, who in (("start", "nobody"), ("portal", "lin"), ("console", "guard"), ("visitor", "visitor")):
        yield Page(face, "nothing there", f"{PREFIXES.get(face, '')}/not/there/at/all", people[who], status=404)
    yield Page("console", "not open to them", "/console/admin/site", people["guard"], status=403)
    yield Page("visitor", "ended, with its receipt", f"/visit/ended?receipt={site.known.receipt}", people["nobody"])
    yield Page("visitor", "link of nobody", f"/visit/{'A' * 22}", people["nobody"], status=404)


def _filled(site: BrowserSite) -> Iterator[Page]:
    """Pages that only a filled form leads to, and complaints about what was typed."""
    known, people = site.known, site.known.people
    desk = f"/console/checks/{known.visits['waiting'].id}/answer"
    rule = {"name": "夜间抢修", "purposes": "repair", "max_hours": "4", "weekdays": "0"}
    bad = {"licence": "91310000123456789X", "name": "云帆网络", "mail": "not a mail", "phone": "12", "number": "?", "work_order": "x" * 99}
    wrong = {"name": "9001", "password": "wrong"}
    texts = both("告知", "Notice")
    notice = {"version": "2026-12", "text_zh": texts["zh-CN"], "text_en": texts["en"]}
    defective = notice | {"text_zh": "# 告知\n\n## 我们记录什么\n\n姓名。\n", "text_en": "# Notice\n\n## What\n\nYour name.\n"}
    yield Page("console", "name of somebody who waits", desk.removesuffix("/answer"), people["guard"], {})
    yield Page("console", "under 18, sure?", desk, people["guard"], {"verdict": "minor"})
    yield Page("console", "found by name", "/console/find", people["guard"], {"wanted": "欧阳"})
    yield Page("console", "found nobody", "/console/find", people["guard"], {"wanted": "WO-0"})
    yield Page("console", "wrong password", "/console/sign-in", people["nobody"], wrong, 422)
    yield Page("console", "refuse which reason", "/console/admin/approvals/refuse", people["administrator"], {"order": known.order})
    yield Page("console", "rule read aloud", "/console/admin/rules/new", people["administrator"], rule)
    yield Page("console", "bad customer", "/console/admin/customers/new", people["administrator"], bad, 422)
    yield Page("console", "bad staff", "/console/admin/staff/new", people["administrator"], bad, 422)
    yield Page("console", "notice before it is published", "/console/admin/notice/upload", people["privacy_officer"], notice)
    yield Page("console", "notice with defects", "/console/admin/notice/upload", people["privacy_officer"], defective, 422)
    sample, days = "/console/samples/{}".format, {"first": "2026-11-01", "last": "2026-11-24"}
    yield Page("console", "visits to pick", "/console/pack?first=2026-11-01&last=2026-11-24", people["auditor"])
    yield Page("console", "nothing picked", "/console/pack/sample", people["auditor"], days | {"reason": "control_test"}, 422)
    yield Page("console", "names released", sample(known.samples["released"]), people["auditor"])
    yield Page("console", "names on the screen", f"{sample(known.samples['released'])}/names", people["auditor"], {})
    yield Page("console", "names not released", sample(known.samples["refused"]), people["auditor"])
    whose = {"customer": str(known.objects.cast.nimbus.id), "first": "2026-11-20", "last": "2026-11-24"}
    paper = {"ground": "litigation", "instrument": "2026-115", "ordered_by": "浦东新区法院", "review_on": "2027-01-31", "items": "contact"}
    yield Page("console", "hold: who that is", "/console/holds/new", people["privacy_officer"], whose | paper)
    demand = {"authority": "court", "office": "浦东新区法院", "legal_basis": "《民事诉讼法》第七十条", "instrument": "2026-118"}
    demand |= {"instrument_on": "2026-11-23", "officers": "012345", "fields": "name"}
    yield Page("console", "disclosure: who that is", "/console/disclosures/new", people["privacy_officer"], whose | demand)
    yield Page("portal", "list before it is brought in", f"/portal/roster/import/{known.draft}", people["lin"])
    yield Page("portal", "bad request", "/portal/visits/new", people["lin"], bad, 422)
    yield Page("portal", "bad technician", "/portal/roster/new", people["lin"], bad, 422)
    yield Page("portal", "wrong password", "/portal/sign-in", people["nobody"], wrong | {"name": "lin@yunfan.example"}, 422)


def _as_others_see_it(site: BrowserSite) -> Iterator[Page]:
    """The same address where it says something else to somebody else."""
    people = site.known.people
    for role in ("reviewer", "privacy_officer", "auditor", "administrator"):
        path = {"administrator": "/admin", "reviewer": "/reports"}.get(role, "/events")
        yield Page("console", f"home of {role}", f"/console{path}", people[role])
    for right in ("request", "approve", "report", "no_right"):
        yield Page("portal", f"overview, right {right}", "/portal/", people[f"contact_{right}"])
    yield Page("portal", "overview, nothing yet", "/portal/", people["rival"])
    for name, visit in site.known.visits.items():
        yield Page("visitor", f"pass, {name}", "/visit/pass", people[f"visitor_{name}"])
        yield Page("visitor", f"receipt, {name}", "/visit/receipt", people[f"visitor_{name}"])
        yield Page("portal", f"visit, {name}", f"/portal/visits/{visit.id}", people["lin"])
