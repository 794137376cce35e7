"""Where a ring is kept. The file ring is the one that ships; a KMS or HSM would be another `RingStore` (docs/key-providers.md)."""

from collections.abc import Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from access_log.crypto import ring_file
from access_log.crypto.private_file import PRIVATE, Access
from access_log.crypto.ring import KeyRing
from access_log.crypto.ring_file import Protection
from access_log.crypto.suites import Suite


class RingStore(Protocol):
    """What the product asks of whatever keeps its keys. Every method may raise a CryptoError that says in plain words how to mend it."""

    def load(self) -> KeyRing:
        """The ring as it is now."""

    def save(self, ring: KeyRing) -> None:
        """Make `ring` the one that `load` gives, on stable storage when this returns, all of it or nothing.

        A key that `ring` no longer holds must not be recoverable from the store afterwards: erasure rests on it.
        """

    def changing(self) -> AbstractContextManager[bool]:
        """Hold the right to save, against every other process of the installation; False where another one has it."""

    def stamp(self) -> Hashable:
        """Something that differs once another process has saved. Cheap: asked before every request. Raises OSError."""

    def has_stray_copy(self) -> bool:
        """Whether the store knows of an older copy of the ring that somebody still has to do away with."""


@dataclass(frozen=True)
class RingFile:
    """A ring in a file of this machine."""

    path: Path
    protection: Protection
    access: Access = PRIVATE

    def create(self, *, suite: Suite, now: datetime) -> KeyRing:
        """Make a new ring. Raises RingExists."""
        return ring_file.create_ring(self.path, self.protection, suite=suite, now=now)

    def load(self) -> KeyRing:
        """Read it. Raises RingMissing, RingPermissions, RingUnreadable, RingLocked."""
        return ring_file.load_ring(self.path, self.protection, self.access)

    def save(self, ring: KeyRing) -> None:
        """Replace it, and renew its copy. Raises RingPermissions, RingUnreadable, OSError."""
        ring_file.save_ring(self.path, ring, self.protection, self.access)

    def changing(self) -> AbstractContextManager[bool]:
        """A lock beside the file."""
        return ring_file.changing(self.path, self.access)

    def stamp(self) -> Hashable:
        """Which file it is and when it was written: `save` makes a new file each time."""
        found = self.path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def has_stray_copy(self) -> bool:
        """What `restore-previous` put aside."""
        return ring_file.damaged_of(self.path).exists()

    def restore_previous(self) -> KeyRing:
        """Take the copy in place of the file."""
        return ring_file.restore_previous(self.path, self.protection, self.access)
