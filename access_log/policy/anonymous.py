"""What may leave the security team about how many people came: counts that lead to nobody (PIPL art. 73; privacy by rule, not by mask).

A fixed grid of area and calendar month. A cell is shown where at least five people of at least two customers are in it. The site's
total of the month is shown too, so whatever is hidden in it must be so large and so mixed itself, and never one cell alone: where it
is not, the smallest cells that could be shown are hidden with it. Nothing is added up over months, and no other grid exists to be compared.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

PEOPLE, CUSTOMERS = 5, 2


@dataclass(frozen=True, slots=True)
class Cell:
    """Entries into one area in one month, and whose: opaque ids, which never leave."""

    entries: int
    people: frozenset[Hashable] = field(repr=False)
    customers: frozenset[Hashable] = field(repr=False)

    @property
    def safe(self) -> bool:
        """Whether so many and so different people are in it that its count says nothing of any of them."""
        return len(self.people) >= PEOPLE and len(self.customers) >= CUSTOMERS


@dataclass(frozen=True, slots=True)
class Month:
    """What is shown: entries by area, None where hidden; `total` None where nothing may be said of the month at all."""

    cells: Mapping[Any, int | None]
    total: int | None


def together(cells: Mapping[Any, Cell]) -> Cell:
    """Several cells as one."""
    people = frozenset(who for cell in cells.values() for who in cell.people)
    customers = frozenset(which for cell in cells.values() for which in cell.customers)
    return Cell(sum(cell.entries for cell in cells.values()), people, customers)


def publishable(cells: Mapping[Any, Cell]) -> Month:
    """The month as it may be shown. An area nobody entered is hidden like one that few did: that nobody came is known of somebody, too."""
    hidden = {area: cell for area, cell in cells.items() if not cell.safe}
    shown = {area: cell for area, cell in cells.items() if cell.safe}
    if hidden:
        for area in sorted(shown, key=lambda one: (shown[one].entries, str(one))):
            if len(hidden) >= 2 and together(hidden).safe:
                break
            hidden[area] = shown.pop(area)
    whole = together(cells)
    says_total = whole.safe and (not hidden or (len(hidden) >= 2 and together(hidden).safe))
    return Month({area: shown[area].entries if area in shown else None for area in cells}, whole.entries if says_total else None)
