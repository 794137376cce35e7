"""What every kind of list is given and gives back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from access_log.crypto.ring import KeyRing
from access_log.models.imports import ImportBatch
from access_log.policy.actors import Actor
from access_log.services.imports.checked import Checked
from access_log.services.spreadsheets import Row


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a list belongs, who acts, and when."""

    session: Session
    ring: KeyRing
    site_id: int
    customer_id: int | None
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of list. `make` returns a reference for each row it made; `standing` a code for what would not survive taking them away."""

    check: Callable[[Scope, Sequence[Row]], list[Checked]]
    make: Callable[[Scope, Sequence[Checked]], list[str]]
    standing: Callable[[Scope, ImportBatch, Sequence[str]], str]
    unmake: Callable[[Scope, Sequence[str]], None]
