"""The ledger on disk: a file beside the keys, outside the database. Lines are added and put on the disk, never changed.

Its first line says which ledger it is. A last line that a crash cut short was never acted on: it is taken off before the next one.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from access_log.crypto.errors import LedgerBroken, LedgerMissing
from access_log.crypto.ledger import FORMAT, Head, LedgerKey, Line, Order, first_head, head_after, next_line, read, written
from access_log.crypto.private_file import check_private, sync_directory, write_private
from access_log.crypto.record import canonical_json

TAIL = 8192
"""Bytes in which the last line certainly begins."""


class FileLedger:
    """The ledger at `path`. Several processes may use it at once: each addition locks the file."""

    def __init__(self, path: Path, key: LedgerKey) -> None:
        self.path = path
        self.key = key

    def exists(self) -> bool:
        """Whether there is a ledger at all."""
        return self.path.exists()

    def create(self) -> None:
        """Begin a new ledger where there is none."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        header = canonical_json({"format": FORMAT, "ledger": str(uuid4())})
        fresh = self.path.with_name(f"{self.path.name}.{uuid4().hex}")
        write_private(fresh, header + b"\n")
        try:
            os.link(fresh, self.path)
        except FileExistsError:
            pass  # another process was quicker
        finally:
            fresh.unlink()
        sync_directory(self.path.parent)

    def append(self, orders: Sequence[Order]) -> list[Line]:
        """Add a line an order; they are on the disk when this returns. Raises LedgerMissing, LedgerBroken, RingPermissions."""
        with self._locked() as handle:
            head = self._tail(handle)
            lines = []
            for order in orders:
                lines.append(next_line(self.key, head, order))
                head = head_after(head, lines[-1])
            _write_all(handle, b"".join(written(line) for line in lines))
        return lines

    def head(self) -> Head:
        """Where the ledger stands, by its last line. Raises LedgerMissing, LedgerBroken."""
        with self._locked() as handle:
            return self._tail(handle)

    def lines(self) -> Iterator[Line]:
        """Every line, each checked against the one before. Raises LedgerMissing, LedgerBroken."""
        self._check()
        with self.path.open("rb") as file:
            head = first_head(self.key, _ledger_id(file.readline()))
            for raw in file:
                if not raw.endswith(b"\n"):
                    return  # cut short by a crash, or just being written: nothing was done about it yet
                line = read(self.key, head, raw)
                yield line
                head = head_after(head, line)

    def _check(self) -> None:
        if not self.path.exists():
            raise LedgerMissing(f"the ledger of erasures {self.path} is not there: put it back from its copy")
        check_private(self.path.parent, 0o700)
        check_private(self.path, 0o600)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self._check()
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def _tail(self, handle: int) -> Head:
        size = os.fstat(handle).st_size
        whole = self._cut_short(handle, size)
        begin = max(whole - TAIL, 0)
        complete = os.pread(handle, whole - begin, begin).splitlines()
        first = os.pread(handle, TAIL, 0).splitlines()
        ledger = _ledger_id(first[0] if first else b"")
        if begin == 0 and len(complete) == 1:
            return first_head(self.key, ledger)
        return _claimed(ledger, complete[-1])

    @staticmethod
    def _cut_short(handle: int, size: int) -> int:
        """Take off an unfinished last line. Returns the size that is left."""
        begin = max(size - TAIL, 0)
        end = os.pread(handle, size - begin, begin)
        if end.endswith(b"\n"):
            return size
        whole = begin + end.rfind(b"\n") + 1
        os.ftruncate(handle, whole)
        os.fsync(handle)
        return whole


def _ledger_id(raw: bytes) -> UUID:
    try:
        header = json.loads(raw)
        if header["format"] == FORMAT:
            return UUID(header["ledger"])
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    raise LedgerBroken("the ledger's first line does not say which ledger it is")


def _claimed(ledger: UUID, raw: bytes) -> Head:
    """What a line says of itself; whether it is true, `lines` tells."""
    try:
        fields = json.loads(raw)
        return Head(ledger, int(fields["n"]), base64.b64decode(fields["mac"], validate=True))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise LedgerBroken("the ledger's last line cannot be read") from None


def _write_all(handle: int, data: bytes) -> None:
    """All of it, on the disk, or nothing."""
    size = os.fstat(handle).st_size
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise
