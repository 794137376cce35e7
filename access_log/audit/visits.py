"""What the register says beside the record: numbers, masked names, customers, areas, staff numbers. No identity is opened."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from access_log.audit.scope import Scope
from access_log.crypto.ring import KeyRing
from access_log.db import reading
from access_log.models import Area, Contact, Customer, Door, Presence, Staff, StandingRule, Visit, VisitArea, VisitOrder
from access_log.services.csv_safe import guarded
from access_log.services.labels import read_labels
from access_log.services.rows import chunks
from access_log.verify_alone import COLUMNS, Told

REGISTER = (
    "number", "name", "erased_at", "customer", "areas", "work_order", "area_entered", "approved_for_customer_by",
    "approved_for_site_by", "checked_by_number", "entry_door_code", "exit_door_code",
)  # fmt: skip
"""Columns of visits.csv that the record does not tell; the pack's signature alone vouches for them."""
AT_ONCE = 200
NOT_FOR_SO_LONG = "due soon"
"""Instead of the time of an erasure: the name is still there, but would have to go before the pack does."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what the record says, and what the register says beside it, by column."""

    record: dict[str, str]
    register: dict[str, str]

    @property
    def cells(self) -> list[str]:
        """In the order of COLUMNS and REGISTER, safe to open in a spreadsheet."""
        told = [self.record[name] for name in COLUMNS] + [self.register[name] for name in REGISTER]
        return [guarded(" ".join(cell.split("\n"))) for cell in told]


@dataclass
class _Names:
    """Words for opaque ids, of one piece."""

    visits: dict[UUID, Any]
    labels: dict[UUID, str]
    areas: dict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    entered: dict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    actors: dict[str, str] = field(default_factory=dict)
    doors: dict[str, str] = field(default_factory=dict)


def in_order(engine: Engine, told: Collection[Told]) -> list[Told]:
    """Visits by their number; one that the register no longer knows stands at the end."""
    places: dict[str, tuple[int, int]] = {}
    for some in chunks(sorted(one.visit for one in told)):
        statement = select(Visit.id, VisitOrder.number, Visit.place).join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        with reading(engine) as session:
            rows = session.exec(statement.where(col(Visit.id).in_([UUID(one) for one in some]))).all()
        places |= {str(id_): (number, place) for id_, number, place in rows}
    return sorted(told, key=lambda one: (*places.get(one.visit, (2**62, 0)), one.visit))


def rows(engine: Engine, ring: KeyRing, scope: Scope, told: Sequence[Told]) -> Iterator[list[Row]]:
    """The table's lines, some visits at a time."""
    for start in range(0, len(told), AT_ONCE):
        some = told[start : start + AT_ONCE]
        with reading(engine) as session:
            names = _names(session, ring, some)
        yield [Row(row, _register(names, scope, row)) for one in some for row in one.rows()]


def _names(session: Session, ring: KeyRing, told: Sequence[Told]) -> _Names:
    ids = [UUID(one.visit) for one in told]
    columns = (Visit.id, Visit.subject_id, Visit.place, Visit.work_order, Visit.erased_at)
    statement = (
        select(*columns, Visit.window_until, Visit.left_at, VisitOrder.number, Customer.name)  # type: ignore[call-overload]  # nine columns
        .join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        .join(Customer, col(Customer.id) == Visit.customer_id)
        .where(col(Visit.id).in_(ids))
    )
    visits = {row.id: row for row in session.exec(statement)}
    names = _Names(visits, read_labels(session, ring, [row.subject_id for row in visits.values()]))
    areas = select(VisitArea.visit_id, Area.code).join(Area, col(Area.id) == VisitArea.area_id).where(col(VisitArea.visit_id).in_(ids))
    for visit_id, code in session.exec(areas.order_by(col(Area.code))):
        names.areas[visit_id].append(code)
    entered = select(Presence.visit_id, Area.code).join(Area, col(Area.id) == Presence.area_id).where(col(Presence.visit_id).in_(ids))
    for visit_id, code in session.exec(entered.order_by(col(Presence.entered_at), col(Presence.id))):
        names.entered[visit_id].append(code)
    facts = [row for one in told for row in one.rows()]
    names.doors |= _words(session, Door, "code", {row[name] for row in facts for name in ("entry_door", "exit_door")})
    _actors(session, ring, names, {row[name] for row in facts for name in ("customer_by", "operator_by", "checked_by")})
    return names


def _actors(session: Session, ring: KeyRing, names: _Names, actors: Collection[str]) -> None:
    """Staff by number, rules by name, contacts by masked name."""
    ids = {kind: {one.partition(" ")[2] for one in actors if one.startswith(f"{kind} ")} for kind in ("staff", "rule", "contact")}
    subjects = {str(id_): subject for id_, subject in session.exec(_of(select(Contact.id, Contact.subject_id), Contact, ids["contact"]))}
    labels = read_labels(session, ring, list(subjects.values()))
    found = {
        "staff": _words(session, Staff, "number", ids["staff"]),
        "rule": _words(session, StandingRule, "name", ids["rule"]),
        "contact": {id_: labels.get(subject, "") for id_, subject in subjects.items()},
    }
    names.actors |= {f"{kind} {id_}": said for kind, known in found.items() for id_, said in known.items()}


def _words(session: Session, model: Any, column: str, ids: Collection[str]) -> dict[str, str]:
    return {str(id_): said for id_, said in session.exec(_of(select(model.id, getattr(model, column)), model, ids))}


def _of(statement: Any, model: Any, ids: Collection[str]) -> Any:
    return statement.where(col(model.id).in_([int(one) for one in ids if one.isdigit()]))


def _register(names: _Names, scope: Scope, row: dict[str, str]) -> dict[str, str]:
    visit_id, said = UUID(row["visit"]), dict.fromkeys(REGISTER, "")
    visit = names.visits.get(visit_id)
    said["checked_by_number"] = names.actors.get(row["checked_by"], "")
    said["entry_door_code"], said["exit_door_code"] = names.doors.get(row["entry_door"], ""), names.doors.get(row["exit_door"], "")
    if visit is None:
        return said
    said |= {"number": f"{visit.number}-{visit.place}", "customer": visit.name, "areas": "; ".join(names.areas[visit_id])}
    stay, entered = int(row["stay"]), names.entered[visit_id]
    said["area_entered"] = entered[stay - 1] if 0 < stay <= len(entered) else ""
    if visit.erased_at is not None:  # work order and approvers go when the name goes (policy.md)
        return said | {"erased_at": _text(visit.erased_at)}
    approvers = {"approved_for_customer_by": row["customer_by"], "approved_for_site_by": row["operator_by"]}
    said |= {name: names.actors.get(who, "") for name, who in approvers.items()}
    if not scope.names(visit.left_at or visit.window_until):
        return said | {"erased_at": NOT_FOR_SO_LONG}
    return said | {"name": names.labels.get(visit.subject_id, ""), "work_order": visit.work_order}


def _text(moment: datetime) -> str:
    return moment.isoformat()
