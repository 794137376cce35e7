"""From bytes to a policy that agrees with itself and with the product; or every problem at once, each with its line."""

import hashlib
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from access_log.policy.file.agreeing import disagreements
from access_log.policy.file.agreeing_product import SWITCHED, WITHDRAWABLE, Capability
from access_log.policy.file.content import (
    After,
    Basis,
    Bound,
    BoundKind,
    Clocks,
    Controller,
    Export,
    Field,
    Policy,
    Purpose,
    Recipient,
    See,
    Since,
    Store,
    Viewer,
)  # fmt: skip
from access_log.policy.file.problems import PolicyFileError, Problem
from access_log.policy.file.reading import lines_of, read_tree
from access_log.policy.file.tables import ID, VERSION, Table

DEFAULT = Path(__file__).resolve().parents[2] / "notices" / "default.policy.yaml"
STAFF = "staff"
ROLES = (Viewer.GUARD, Viewer.REVIEWER, Viewer.PRIVACY_OFFICER, Viewer.AUDITOR, Viewer.ADMINISTRATOR)
ON_PUBLICATION = frozenset({"on-publication"})


@lru_cache(maxsize=64)
def load_policy(data: bytes) -> Policy:
    """Read a policy file's bytes. Raises PolicyFileError with every problem found; the same bytes are read once."""
    problems: list[Problem] = []
    tree = read_tree(data)
    policy = _policy(Table(tree, "", problems), dict(lines_of(tree)), hashlib.sha256(data).digest())
    if not problems:
        problems += disagreements(policy, capabilities())
    if problems:
        raise PolicyFileError(problems)
    return policy


def default_bytes() -> bytes:
    """The file that ships with the product."""
    return DEFAULT.read_bytes()


@cache
def capabilities() -> dict[str, Capability]:
    """What the product does with each category of data. The file that ships says it; every other one has to agree."""
    found = _policy(Table(read_tree(default_bytes()), "", []), {}, b"").fields
    kept = {name: Capability(made.since, made.store, made.after, made.export, made.see) for name, made in found.items()}
    return {name: replace(one, withdraw=WITHDRAWABLE.get(name, frozenset())) for name, one in kept.items()} | SWITCHED


def default_policy() -> Policy:
    """The policy that ships with the product."""
    return load_policy(default_bytes())


def _policy(root: Table, lines: dict[str, int], sha256: bytes) -> Policy:
    head = root.table("policy") or _nothing(root)
    made = Policy(
        id=head.matching("id", ID, "not_an_id"),
        version=head.matching("version", VERSION, "not_a_version"),
        languages=head.names("lang"),
        effective=head.day("effective", words=ON_PUBLICATION),
        supersedes=head.matching("supersedes", VERSION, "not_a_version", required=False),
        profiles=head.names("profiles", required=False),
        controller=_controller(root.table("controller") or _nothing(root)),
        clocks=_clocks(root.table("clock") or _nothing(root)),
        purposes={name: _purpose(name, table) for name, table in root.tables("purposes")},
        fields={name: _field(name, table) for name, table in root.tables("fields")},
        bounds=tuple(_bound(table) for table in root.rows("bounds")),
        never=root.names("never"),
        recipients=tuple(_recipient(table) for table in root.rows("recipients")),
        lines=lines,
        sha256=sha256,
    )
    head.end()
    root.end()
    return made


def _nothing(root: Table) -> Table:
    """Stands in for a part that is not there, which is a problem already: what is missing in it needs no lines of its own."""
    return Table(read_tree(b"{}"), "", [])


def _controller(table: Table) -> Controller:
    made = Controller(
        name=table.texts_at("name"),
        officer=table.texts_at("officer"),
        contact=table.texts_at("contact"),
        rights_channel=table.names("rights_channel"),
        region=table.text("region", most=2),
    )
    table.end()
    return made


def _clocks(table: Table) -> Clocks:
    made = Clocks(table.whole("answer_working_days", 1, 15), table.period("outer"), table.period("change_notice"))
    table.end()
    return made


def _purpose(name: str, table: Table) -> Purpose:
    texts, basis, source = table.texts(), table.code("basis", Basis), table.texts_at("source")
    sensitive = table.flag("sensitive")
    made = Purpose(name, texts, basis, source, sensitive, table.texts_at("impact", required=sensitive))
    table.end()
    return made


def _field(name: str, table: Table) -> Field:
    made = Field(
        id=name,
        texts=table.texts(),
        purposes=table.names("purpose"),
        need=table.period("need"),
        since=table.code("from", Since),
        optional=table.flag("optional"),
        store=table.code("store", Store),
        see=_see(table),
        export=table.code("export", Export),
        after=table.code("after", After),
    )
    table.end()
    return made


def _see(table: Table) -> dict[Viewer, See]:
    """Who sees it how; `staff` stands for every role of the staff."""
    found: dict[Viewer, See] = {}
    inner = table.table("see")
    for see in See if inner else ():
        assert inner is not None
        for name in inner.names(see.value, required=False):
            if name != STAFF and name not in {viewer.value for viewer in Viewer}:
                inner.wrong(see.value, "not_one_of", given=name[:60], known=", ".join((STAFF, *Viewer)))
                continue
            for viewer in ROLES if name == STAFF else (Viewer(name),):
                if viewer in found:
                    inner.wrong(see.value, "seen_twice", given=viewer.value)
                found[viewer] = see
    if inner:
        inner.end()
    return found


def _bound(table: Table) -> Bound:
    made = Bound(
        id=table.matching("id", ID, "not_an_id"),
        kind=table.code("kind", BoundKind),
        period=table.period("period"),
        applies=table.names("applies"),
        source=table.texts_at("source"),
        when=table.matching("when", ID, "not_an_id", required=False),
    )
    table.end()
    return made


def _recipient(table: Table) -> Recipient:
    made = Recipient(
        id=table.matching("id", ID, "not_an_id"),
        texts=table.texts(),
        contact=table.texts_at("contact"),
        fields=table.names("fields"),
        purposes=table.names("purpose"),
        method=table.texts_at("method"),
        contract=table.text("contract"),
        until=table.day("until"),
    )
    table.end()
    return made
