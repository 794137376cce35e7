"""What lists of technicians and of contacts have in common: names, ways to reach people, and the same person twice."""

from collections.abc import Callable, Sequence

from sqlmodel import Session

from access_log.crypto.blind import IndexKind, normalise
from access_log.crypto.ring import KeyRing
from access_log.models import Subject
from access_log.policy.codes import SubjectKind
from access_log.policy.names import mask_name
from access_log.services.bulk import find_many
from access_log.services.imports.checked import Checked, RowState, language_code
from access_log.services.labels import read_labels
from access_log.services.reachable import clean_mail, clean_name, clean_phone

REACH = ((IndexKind.MAIL, "mail"), (IndexKind.PHONE, "phone"))


def clean_person(each: Checked) -> None:
    """Name, mail, phone and language of a row, as they are kept."""
    each.take("name", clean_name)
    each.take("mail", clean_mail)
    each.take("phone", clean_phone)
    each.take("language", language_code)


def find_repeated(rows: Sequence[Checked], kinds: Sequence[tuple[IndexKind, str]]) -> None:
    """The same address or number twice in the file: the same person, left out, or two people, which somebody must put right."""
    seen: dict[tuple[str, str], Checked] = {}
    for each in rows:
        for kind, key in kinds:
            value = each.facts.get(key)
            if not value:
                continue
            first = seen.setdefault((key, normalise(kind, value)), each)
            if first is not each:
                _compare(each, first, key)


def _compare(each: Checked, first: Checked, key: str) -> None:
    names = [str(one.facts.get("name", "")).casefold() for one in (each, first)]
    customers = [one.facts.get("customer") for one in (each, first)]
    if names[0] == names[1] and customers[0] == customers[1]:
        each.repeated(first.row.line)
    else:
        each.refuse(key, f"{key}_of_row", first.row.line)


def find_known(
    session: Session,
    ring: KeyRing,
    rows: Sequence[Checked],
    *,
    site_id: int,
    of: SubjectKind,
    kinds: Sequence[tuple[IndexKind, str]],
    same: Callable[[Checked, Subject], bool],
    foreign_matters: bool,
) -> None:
    """Who is in the register already. One with the same masked name is left as it is; another person with the same address is a problem.

    No name is opened for this: labels are compared. `same` says whether a subject belongs to the row's own company; with
    `foreign_matters`, an address that another company's person has is taken as well.
    """
    hits: list[tuple[Checked, str, Subject]] = []
    for kind, key in kinds:
        values = [each.facts[key] for each in rows if each.facts.get(key)]
        found = find_many(session, ring, site_id=site_id, kind=kind, values=values, of=of)
        hits += [(each, key, subject) for each in rows for subject in found.get(normalise(kind, each.facts.get(key, "")), [])]
    hits = [hit for hit in hits if foreign_matters or same(hit[0], hit[2])]
    labels = read_labels(session, ring, {subject.id for _each, _key, subject in hits})
    for each, key, subject in hits:
        if same(each, subject) and _alike(each, labels.get(subject.id, "")):
            each.known()
        else:
            each.refuse(key, f"{key}_taken")


def _alike(each: Checked, label: str) -> bool:
    return each.state is not RowState.WRONG and mask_name(each.facts["name"]) == label
