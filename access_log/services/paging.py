"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Page `page` (from 1) of `pages`; `total` counts the rows of all pages."""

    rows: Sequence[Row]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Span:
    """Where a page begins and how long it is at most. A page beyond the end is the last one."""

    total: int
    wanted: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def page(self) -> int:
        """The page that is shown."""
        return min(max(self.wanted, 1), self.pages)

    @property
    def skip(self) -> int:
        """How many rows stand before it."""
        return (self.page - 1) * self.size

    def of(self, rows: Sequence[Row]) -> Page[Row]:
        """The page with its rows."""
        return Page(rows, self.total, self.page, self.pages)
