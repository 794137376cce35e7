"""Every table whose rows a KEK wraps is moved by the ratchet: one that was forgotten would be lost when its KEK is destroyed."""

import pytest
from sqlmodel import SQLModel

import access_log.models  # noqa: F401  # fills the metadata
from access_log.crypto.ring import Purpose
from access_log.services.wrapped import WRAPPED, Wrapped


def tables_under_keks() -> set[str]:
    """By the columns they have, not by a list."""
    return {table.name for table in SQLModel.metadata.sorted_tables if "kek_version" in table.columns}


def test_no_table_is_forgotten_and_each_is_moved_once() -> None:
    assert sorted(each.table.name for each in WRAPPED) == sorted(tables_under_keks())
    assert {each.purpose for each in WRAPPED} == set(Purpose)


@pytest.mark.parametrize("each", WRAPPED, ids=lambda each: each.table.name)
def test_a_row_is_named_by_its_primary_key_and_found_by_its_kek(each: Wrapped) -> None:
    assert set(each.key) == {column.name for column in each.table.primary_key}
    assert {each.holds, *each.reads} <= set(each.table.columns.keys())
    assert any(set(index.columns.keys()) == {"kek_version"} for index in each.table.indexes)
