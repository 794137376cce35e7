"""Reports that leave the security team: two years of them put together, by exact linear algebra, give no hidden cell away."""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest

from access_log.policy.anonymous import CUSTOMERS, PEOPLE, Cell, Month, publishable, together

AREAS = ("A1", "A2", "B1", "C7", "MMR")
MONTHS = 24


def cell(entries: int, people: int, customers: int, first: int = 0) -> Cell:
    return Cell(entries, frozenset(range(first, first + people)), frozenset(range(customers)))


def month(luck: random.Random) -> dict[str, Cell]:
    """Few or many in each area; the same people come again in others."""
    made = {}
    for area in AREAS:
        people = luck.choice([0, 0, 1, 1, 2, 3, 4, 5, 6, 9, 30])
        made[area] = cell(people + luck.randrange(3 * people + 1), people, min(people, luck.randrange(1, 5)), luck.randrange(40))
    return made


Row = dict[int, Fraction]


def reduced(row: Row, by: Mapping[int, Row]) -> Row:
    """A row without what other rows explain; empty where they explain all of it. Exact: rounding would find what is not there."""
    row = dict(row)
    while pivot := next((column for column in sorted(row) if column in by), None):
        factor = row[pivot]
        for column, value in by[pivot].items():
            row[column] = row.get(column, Fraction(0)) - factor * value
            if not row[column]:
                del row[column]
    return row


def solved(equations: Sequence[Row]) -> dict[int, Row]:
    """Rows by their first column, each made 1 there."""
    by: dict[int, Row] = {}
    for equation in equations:
        left = reduced(equation, by)
        if left:
            pivot = min(left)
            by[pivot] = {column: value / left[pivot] for column, value in left.items()}
    return by


def recovered(published: Sequence[Month], truth: Sequence[Mapping[str, Cell]]) -> list[tuple[int, str]]:
    """Hidden cells that follow exactly from all published numbers: their unit vector lies in the space of the equations.

    One unknown is a cell of a month; each shown cell and each total is an equation. A remainder of nothing gives away that all are empty.
    """
    places = {(number, area): place + 1 for place, (number, area) in enumerate((n, a) for n in range(len(published)) for a in AREAS)}
    equations: list[Row] = []
    found = []
    for number, shown in enumerate(published):
        equations += [{places[number, area]: Fraction(1)} for area in AREAS if shown.cells[area] is not None]
        if shown.total is not None:
            equations.append({places[number, area]: Fraction(1) for area in AREAS})
            hidden = [area for area in AREAS if shown.cells[area] is None]
            if hidden and sum(truth[number][area].entries for area in hidden) == 0:
                found += [(number, area) for area in hidden]
    by = solved(equations)
    for (number, area), place in places.items():
        if published[number].cells[area] is None and not reduced({place: Fraction(1)}, by):
            found.append((number, area))
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.clause("1.4.e")
def test_two_years_of_reports_together_give_no_hidden_cell_away(seed: int) -> None:
    luck = random.Random(seed)
    truth = [month(luck) for _month in range(MONTHS)]
    published = [publishable(cells) for cells in truth]
    hidden = sum(shown is None for one in published for shown in one.cells.values())
    assert hidden > MONTHS
    assert any(one.total is not None for one in published)
    assert recovered(published, truth) == []


def naive(cells: Mapping[str, Cell]) -> Month:
    """Hide the small ones, and show the total: what one would do first."""
    return Month({area: one.entries if one.safe else None for area, one in cells.items()}, together(cells).entries)


def test_the_attack_finds_cells_where_only_the_small_ones_are_hidden() -> None:
    luck = random.Random(1)
    truth = [{area: cell(30, 20, 3) for area in AREAS} | {luck.choice(AREAS): cell(1, 1, 1)} for _month in range(MONTHS)]
    assert len(recovered([naive(cells) for cells in truth], truth)) == MONTHS
    assert recovered([publishable(cells) for cells in truth], truth) == []


@pytest.mark.parametrize("seed", range(300))
def test_what_is_shown_and_what_is_left_are_both_large_and_mixed(seed: int) -> None:
    cells = month(random.Random(seed))
    made = publishable(cells)
    for area, shown in made.cells.items():
        assert shown is None or (shown == cells[str(area)].entries and cells[str(area)].safe)
    hidden = {area: cells[area] for area in AREAS if made.cells[area] is None}
    if made.total is not None and hidden:
        rest = together(hidden)
        assert len(hidden) >= 2
        assert len(rest.people) >= PEOPLE
        assert len(rest.customers) >= CUSTOMERS


def test_a_single_small_cell_takes_the_smallest_shown_one_with_it() -> None:
    made = publishable({"A1": cell(90, 30, 4), "A2": cell(40, 20, 3), "B1": cell(2, 2, 1)})
    assert made == Month({"A1": 90, "A2": None, "B1": None}, 132)


def test_one_customer_alone_is_not_shown_however_many_came() -> None:
    assert publishable({"A1": cell(500, 100, 1)}) == Month({"A1": None}, None)


def test_where_everything_is_large_everything_is_shown() -> None:
    assert publishable({"A1": cell(9, 5, 2), "A2": cell(9, 5, 2)}) == Month({"A1": 9, "A2": 9}, 18)
