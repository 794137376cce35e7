"""Lists of customers, contacts and technicians from files: staged, looked at, applied as a whole or not at all, undone."""

from access_log.services.imports.batches import Preview, apply, listed, of, preview, standing, undo
from access_log.services.imports.checked import Checked, Problem, RowState
from access_log.services.imports.drafts import discard, stage
from access_log.services.imports.layouts import LAYOUTS
from access_log.services.imports.makers import makers

__all__ = [
    "LAYOUTS",
    "Checked",
    "Preview",
    "Problem",
    "RowState",
    "apply",
    "discard",
    "listed",
    "makers",
    "of",
    "preview",
    "stage",
    "standing",
    "undo",
]
