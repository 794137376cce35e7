"""The ledger of erasures: what is added stays, what is changed shows, what a crash cut short was never acted on."""

import json
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from access_log.crypto import ledger_file
from access_log.crypto.errors import LedgerBroken, LedgerMissing, RingPermissions
from access_log.crypto.ledger import EVERYTHING, LedgerKey, Order, ledger_key, tombstone, tombstones
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.suites import Suite
from tests.moments import NOON
from tests.rings import new_test_ring

WEI = UUID("00000000-0000-4000-8000-000000000001")


def order(subject: UUID = WEI, item: str = EVERYTHING, **changed: object) -> Order:
    values = {"site_id": 1, "subject": subject, "item": item, "reason": "request", "at": NOON} | changed
    return Order(**values)  # type: ignore[arg-type]


@pytest.fixture(params=list(Suite))
def key(request: pytest.FixtureRequest) -> LedgerKey:
    return ledger_key(new_test_ring(request.param))


@pytest.fixture
def ledger(tmp_path: Path, key: LedgerKey) -> FileLedger:
    made = FileLedger(tmp_path / "ledger" / "erasures.ledger", key)
    made.create()
    return made


def test_what_was_added_is_read_back_in_order_and_the_head_is_the_last_line(ledger: FileLedger) -> None:
    first = ledger.append([order(), order(item="contact", fence=False)])
    second = ledger.append([order(uuid4(), at=NOON + timedelta(seconds=1))])
    assert list(ledger.lines()) == first + second
    assert [line.number for line in ledger.lines()] == [1, 2, 3]
    assert (ledger.head().number, ledger.head().mac) == (3, second[0].mac)
    assert ledger.lines is not None
    assert next(iter(ledger.lines())).order.fence is True


def test_a_new_ledger_is_never_put_over_an_old_one(ledger: FileLedger) -> None:
    (line,) = ledger.append([order()])
    ledger.create()
    assert list(ledger.lines()) == [line]
    assert [path.name for path in ledger.path.parent.iterdir()] == ["erasures.ledger"]


def change_reason(lines: list[bytes]) -> None:
    lines[2] = lines[2].replace(b'"request"', b'"mistake"')


def change_subject(lines: list[bytes]) -> None:
    lines[2] = lines[2].replace(str(WEI).encode(), str(uuid4()).encode())


def drop(lines: list[bytes]) -> None:
    del lines[2]


def swap(lines: list[bytes]) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def repeat(lines: list[bytes]) -> None:
    lines.insert(2, lines[2])


def lift_the_fence(lines: list[bytes]) -> None:
    lines[2] = lines[2].replace(b'"fence":true', b'"fence":false')


def other_ledger(lines: list[bytes]) -> None:
    lines[0] = lines[0].replace(json.loads(lines[0])["ledger"].encode(), str(uuid4()).encode())


def rubbish(lines: list[bytes]) -> None:
    lines[2] = b"[1, 2]\n"


@pytest.mark.parametrize("tamper", [change_reason, change_subject, drop, swap, repeat, lift_the_fence, other_ledger, rubbish])
def test_whoever_changes_a_line_is_found_out(ledger: FileLedger, tamper: Callable[[list[bytes]], None]) -> None:
    ledger.append([order() for _ in range(4)])
    assert len(list(ledger.lines())) == 4
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    tamper(lines)
    ledger.path.write_bytes(b"".join(lines))
    with pytest.raises(LedgerBroken):
        list(ledger.lines())


def test_another_ring_does_not_read_it(ledger: FileLedger) -> None:
    ledger.append([order()])
    with pytest.raises(LedgerBroken):
        list(FileLedger(ledger.path, ledger_key(new_test_ring(Suite.STD))).lines())


@pytest.mark.fault
def test_a_line_cut_short_anywhere_is_taken_off_before_the_next(ledger: FileLedger) -> None:
    kept = ledger.append([order(), order()])
    whole = ledger.path.read_bytes()
    ledger.append([order()])
    longer = ledger.path.read_bytes()
    for cut in range(len(whole) + 1, len(longer) - 1, 29):
        ledger.path.write_bytes(longer[:cut])
        assert list(ledger.lines()) == kept
        (after,) = ledger.append([order()])
        assert list(ledger.lines()) == [*kept, after]


@pytest.mark.fault
@pytest.mark.parametrize("failing", ["write", "fsync"])
def test_a_full_disk_leaves_the_ledger_as_it_was(ledger: FileLedger, failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ledger.append([order()])
    real = os.write

    def full(handle: int, *data: bytes) -> int:
        if data:
            real(handle, data[0][:100])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(ledger_file.os, failing, full)
        with pytest.raises(OSError, match="No space"):
            ledger.append([order(), order()])
    assert list(ledger.lines()) == kept
    assert ledger.append([order()])[0].number == 2


def test_several_at_once_number_their_lines_without_gaps(ledger: FileLedger) -> None:
    threads = [threading.Thread(target=lambda: [ledger.append([order()]) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [line.number for line in ledger.lines()] == list(range(1, 81))


def test_a_ledger_that_others_may_read_or_that_is_not_there_is_refused(ledger: FileLedger, key: LedgerKey) -> None:
    ledger.path.chmod(0o640)
    with pytest.raises(RingPermissions, match="chmod 0600"):
        ledger.append([order()])
    ledger.path.unlink()
    with pytest.raises(LedgerMissing, match=r"erasures\.ledger"):
        list(ledger.lines())


def test_a_tombstone_says_nothing_without_the_key_and_knows_item_and_suite(key: LedgerKey) -> None:
    stones = {tombstone(key, WEI, item, suite) for item in (EVERYTHING, "name", "contact") for suite in Suite}
    assert len(stones) == 6
    assert set(tombstones(key, WEI, "name")) == {tombstone(key, WEI, item, suite) for item in (EVERYTHING, "name") for suite in Suite}
    assert tombstone(ledger_key(new_test_ring()), WEI, "name") not in stones
    assert key.material.hex() not in repr(key)
