"""Customers under contract, with their licence numbers and the areas open to their people."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import col

from access_log.errors import RefusedInputError
from access_log.models import AccessEvent, Area, Contact, Customer, CustomerArea, StandingRule, Technician, VisitOrder
from access_log.models.base import table
from access_log.models.imports import ImportBatch
from access_log.policy.codes import Active, EventType
from access_log.services.customers import LONGEST_NAME, clean_customer_name, clean_licence
from access_log.services.imports.checked import Checked, begin, yes_or_no
from access_log.services.imports.scope import Kind, Scope
from access_log.services.rows import chunks, fact, insert_many, record_many
from access_log.services.spreadsheets import Row


def check(scope: Scope, rows: Sequence[Row]) -> list[Checked]:
    """Clean every row; look up its areas and the customers that are there."""
    checked = begin(rows)
    areas = _areas(scope)
    for each in checked:
        each.take("name", clean_customer_name)
        each.take("licence", clean_licence)
        each.take("areas", partial(_area_ids, areas=areas))
        each.take("second_approval", partial(yes_or_no, empty=False))
    _find_repeated(checked)
    _find_known(scope, checked)
    return checked


def _areas(scope: Scope) -> dict[str, int]:
    """By code and by either name, in lower case."""
    rows = scope.session.execute(select(Area).where(col(Area.site_id) == scope.site_id)).scalars().all()
    return {key.casefold(): row.id or 0 for row in rows for key in (row.name_en, row.name, row.code)}


def _area_ids(text: str, areas: dict[str, int]) -> list[int]:
    said = [part.strip() for part in re.split(r"[,;、，；/\n]", text) if part.strip()]
    if any(part.casefold() not in areas for part in said):
        raise RefusedInputError("areas", "unknown_area")
    return sorted({areas[part.casefold()] for part in said})


def _find_repeated(rows: Sequence[Checked]) -> None:
    seen: dict[tuple[str, str], Checked] = {}
    for each in rows:
        for key in ("name", "licence"):
            value = each.facts.get(key)
            first = seen.setdefault((key, value.casefold()), each) if value else each
            if first is each:
                continue
            if all(_folded(first, other) == _folded(each, other) for other in ("name", "licence")):
                each.repeated(first.row.line)
            else:
                each.refuse(key, f"{key}_of_row", first.row.line)


def _folded(each: Checked, key: str) -> str:
    return str(each.facts.get(key) or "").casefold()


def _find_known(scope: Scope, rows: Sequence[Checked]) -> None:
    """A name that is there, with the same licence number or none given, is the same customer; anything else is a contradiction."""
    there = scope.session.execute(select(Customer).where(col(Customer.site_id) == scope.site_id)).scalars().all()
    names = {row.name.casefold(): row for row in there}
    licences = {row.licence: row for row in there if row.licence}
    for each in rows:
        by_name, by_licence = names.get(_folded(each, "name")), licences.get(each.facts.get("licence"))
        given = each.facts.get("licence")
        if by_name is not None and (given is None or by_name.licence == given) and by_name.state is not Active.ENDED:
            each.known()
        elif by_name is not None:
            each.refuse("name", "customer_ended" if by_name.state is Active.ENDED else "name_taken")
        elif by_licence is not None:
            each.refuse("licence", "taken")


def make(scope: Scope, ready: Sequence[Checked]) -> list[str]:
    """Add them with their areas."""
    customer = table(Customer)
    rows = [_row(scope, each.facts) for each in ready]
    made = scope.session.execute(insert(customer).returning(customer.c.id, customer.c.name), rows).all()
    ids = {name: id_ for id_, name in made}
    insert_many(
        scope.session,
        CustomerArea,
        [
            {"customer_id": ids[each.facts["name"]], "area_id": area, "site_id": scope.site_id}
            for each in ready
            for area in each.facts["areas"]
        ],
    )
    detail = [(ids[each.facts["name"]], {"how": "imported", "second_approval": each.facts["second_approval"]}) for each in ready]
    _record(scope, detail)
    return [str(id_) for id_ in ids.values()]


def _row(scope: Scope, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "site_id": scope.site_id,
        "name": facts["name"],
        "licence": facts["licence"],
        "second_approval": facts["second_approval"],
        "state": Active.ACTIVE,
        "created_at": scope.now,
    }


def _record(scope: Scope, details: Sequence[tuple[int, dict[str, Any]]]) -> None:
    record_many(
        scope.session,
        [fact(EventType.CUSTOMER_CHANGED, actor=scope.actor, now=scope.now, customer_id=id_, detail=detail) for id_, detail in details],
    )


def standing(scope: Scope, batch: ImportBatch, references: Sequence[str]) -> str:
    """`in_use` where one has contacts, technicians, visits or a rule; `changed` where one was changed since."""
    for chunk in chunks([int(reference) for reference in references]):
        for model in (Contact, Technician, VisitOrder, StandingRule):
            rows = table(model)
            if scope.session.execute(select(rows.c.id).where(rows.c.customer_id.in_(chunk)).limit(1)).first():
                return "in_use"
        changes = select(col(AccessEvent.detail)).where(
            col(AccessEvent.customer_id).in_(chunk),
            col(AccessEvent.type) == EventType.CUSTOMER_CHANGED,
            col(AccessEvent.at) >= batch.applied_at,
            col(AccessEvent.site_id) == scope.site_id,
        )
        if any(detail.get("how") != "imported" for detail in scope.session.execute(changes).scalars()):
            return "changed"
    return ""


def unmake(scope: Scope, references: Sequence[str]) -> None:
    """End them and free their names and licence numbers. The rows stay, so that no other customer ever gets their number."""
    customer = table(Customer)
    for chunk in chunks([int(reference) for reference in references]):
        rows = scope.session.execute(select(customer.c.id, customer.c.name).where(customer.c.id.in_(chunk))).all()
        for id_, name in rows:
            freed = f"{name[: LONGEST_NAME - 14]} · #{id_}"
            scope.session.execute(
                update(customer).where(customer.c.id == id_).values(name=freed, licence=None, state=Active.ENDED, ended_at=scope.now)
            )
        _record(scope, [(id_, {"how": "import_undone"}) for id_, _name in rows])


KIND = Kind(check, make, standing, unmake)
