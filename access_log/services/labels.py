"""Masked names, for lists and reports: opened with the `label` KEK, which reveals no identity."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.crypto.envelope import Sealed
from access_log.crypto.opening import open_sealed
from access_log.crypto.ring import KeyRing, Purpose
from access_log.models import VaultLabel
from access_log.policy.codes import Item
from access_log.services.frozen import HIDDEN, frozen

AT_ONCE = 500
"""Parameters of one IN list; both databases take more, but plans stay small."""


def read_labels(session: Session, ring: KeyRing, subjects: Collection[UUID]) -> dict[UUID, str]:
    """The masked name of each subject that still has one; an erased subject is absent."""
    wanted = list(subjects)
    labels: dict[UUID, str] = {}
    for start in range(0, len(wanted), AT_ONCE):
        chunk = wanted[start : start + AT_ONCE]
        hidden = frozen(session, chunk)
        for row in session.exec(select(VaultLabel).where(col(VaultLabel.subject_id).in_(chunk))):
            sealed = Sealed(suite=row.suite, kek_version=row.kek_version, wrapped_key=row.wrapped_key, ciphertext=row.ciphertext)
            label = open_sealed(ring, sealed, purpose=Purpose.LABEL, subject=row.subject_id, item=Item.LABEL.value)
            labels[row.subject_id] = HIDDEN if (row.subject_id, Item.NAME) in hidden else label.decode("utf-8")
    return labels
