"""How much of a file is taken, and how one that is not taken is refused. Far above any real list, far below what hurts."""

from access_log.errors import RefusedInputError

LARGEST_FILE = 2 * 1024 * 1024
"""Bytes as uploaded."""
MOST_ROWS = 2000
MOST_COLUMNS = 100
LONGEST_CELL = 500
"""Characters. A longer cell is cut and refused by row, so that no draft holds a book."""
HEADINGS_WITHIN = 10
"""Rows from the top in which the headings are looked for: lists often begin with a title."""
LARGEST_UNPACKED = 16 * 1024 * 1024
"""Bytes of XML in an XLSX file. 2,000 rows of 30 columns take a quarter of it."""
HIGHEST_RATIO = 100
"""Unpacked to packed, for files that unpack to more than RATIO_FROM. Real sheets reach 10 to 20."""
RATIO_FROM = 4 * 1024 * 1024
MOST_MEMBERS = 1000
MOST_SHEETS = 10
MOST_TEXT = 32 * 1024 * 1024
"""Characters, counting a shared text once for every cell that shows it."""


class FileRefusedError(RefusedInputError):
    """The file as a whole cannot be taken. `columns` are keys of the headings it is about; of a group in it, one would do."""

    def __init__(self, code: str, *columns: tuple[str, ...]) -> None:
        super().__init__("file", code)
        self.columns = columns
