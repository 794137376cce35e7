"""Whatever somebody does to a pack, access-log-verify names the file and the row, place or visit.

Tamperings are drawn at random: a hundred, in the long lane a thousand.
"""

import base64
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from access_log.crypto.checkpoint import LogKeys
from access_log.crypto.merkle import Frontier
from access_log.crypto.record import canonical_json, leaf_hash
from access_log.crypto.suites import Suite
from access_log.verify_alone import FILES, LINES, MANIFEST, PACK
from tests.audit.conftest import Site, files_of, judged, zipped
from tests.conftest import LONG
from tests.moments import NOON
from tests.rings import new_test_ring

ROUNDS = 1000 if LONG else 100
BY_ROW = ("visits.csv", "index.zh-CN.html", "index.en.html", "checkpoints.jsonl", "outside.json", "entries.jsonl")
Files = dict[str, bytes]
Named = str
"""A pattern of what one finding has to say."""


def rows_of(files: Files, name: str) -> list[bytes]:
    """Rows with their ends."""
    return files[name].splitlines(keepends=True)


def changed(draw: random.Random, row: bytes) -> bytes:
    """One character of a row is another, its end excepted."""
    place = draw.randrange(len(row.rstrip(b"\r\n")))
    return row[:place] + bytes([row[place] ^ draw.choice((1, 2, 4))]) + row[place + 1 :]


def edit_a_row(draw: random.Random, files: Files) -> Named:
    name = draw.choice(BY_ROW)
    rows = rows_of(files, name)
    number = draw.randrange(len(rows))
    while not rows[number].strip():
        number = draw.randrange(len(rows))
    rows[number] = changed(draw, rows[number])
    files[name] = b"".join(rows)
    return rf"{name}: row {number + 1}\b"


def delete_a_row(draw: random.Random, files: Files) -> Named:
    name = draw.choice(BY_ROW)
    rows = rows_of(files, name)
    number = draw.randrange(len(rows))
    gone = rows.pop(number)
    files[name] = b"".join(rows)
    if name == "entries.jsonl":
        return rf"{name}: row {number + 1}: the entry at place {json.loads(gone)['index']}\b|{name}: row 0: the entry at place"
    return rf"{name}: row {number + 1}: from here on|{name}: row \d+: from here on"


def swap_two_rows(draw: random.Random, files: Files) -> Named:
    name = draw.choice(BY_ROW)
    rows = rows_of(files, name)
    one, other = sorted(draw.sample(range(len(rows)), 2))
    while rows[one] == rows[other]:
        one, other = sorted(draw.sample(range(len(rows)), 2))
    rows[one], rows[other] = rows[other], rows[one]
    files[name] = b"".join(rows)
    return rf"{name}: row {one + 1}\b"


def repeat_a_row(draw: random.Random, files: Files) -> Named:
    name = draw.choice(BY_ROW)
    rows = rows_of(files, name)
    number = draw.randrange(len(rows))
    rows.insert(number, rows[number])
    files[name] = b"".join(rows)
    return rf"{name}: row {number + 2}\b|{name}: row \d+: from here on"


def cut_a_file(draw: random.Random, files: Files) -> Named:
    name = draw.choice((*FILES, MANIFEST))
    files[name] = files[name][: draw.randrange(len(files[name]))]
    return rf"{name}: "


def edit_a_hash(draw: random.Random, files: Files) -> Named:
    place = draw.randrange(len(files["leaves.bin"]))
    data = bytearray(files["leaves.bin"])
    data[place] ^= 1 << draw.randrange(8)
    files["leaves.bin"] = bytes(data)
    begin = json.loads(files[MANIFEST].decode().splitlines()[1])["begin"]
    return rf"leaves.bin: the hash at place {begin + place // 32}\b"


def edit_any_byte(draw: random.Random, files: Files) -> Named:
    name = draw.choice((*FILES, MANIFEST))
    place = draw.randrange(len(files[name]))
    files[name] = files[name][:place] + bytes([files[name][place] ^ 1]) + files[name][place + 1 :]
    return rf"{name}: "


def leave_a_file_out(draw: random.Random, files: Files) -> Named:
    name = draw.choice((*FILES, MANIFEST))
    del files[name]
    return rf"{name}: is missing"


def add_a_file(draw: random.Random, files: Files) -> Named:
    name = draw.choice(("visits (2).csv", "index.html", "note.txt"))
    files[name] = b"something"
    return rf"{re.escape(name)}: does not belong"


def swap_two_files(draw: random.Random, files: Files) -> Named:
    one, other = draw.sample(FILES, 2)
    files[one], files[other] = files[other], files[one]
    return rf"{one}: is not the file"


ACTS: tuple[Callable[[random.Random, Files], Named], ...] = (
    edit_a_row, delete_a_row, swap_two_rows, repeat_a_row, cut_a_file, edit_a_hash, edit_any_byte, leave_a_file_out, add_a_file,
    swap_two_files,
)  # fmt: skip


def test_every_random_tampering_is_named(pack: bytes, once: Site, tmp_path: Path) -> None:
    draw, whole = random.Random(4711), files_of(pack)
    missed = []
    for number in range(ROUNDS):
        files = dict(whole)
        act = ACTS[number % len(ACTS)]
        named = act(draw, files)
        assert files != whole
        _shown, findings = judged(zipped(files), once.keys, tmp_path)
        if not any(re.search(named, finding) for finding in findings):
            missed.append((number, act.__name__, named, findings[:5]))
    assert missed == []


def test_nothing_is_found_in_a_pack_that_was_only_zipped_again(pack: bytes, once: Site, tmp_path: Path) -> None:
    assert judged(zipped(files_of(pack)), once.keys, tmp_path)[1] == []


def signed_again(site: Site, files: Files, **facts: object) -> Files:
    """As whoever holds the register's key would: sums, rows and manifest fit what the files say now."""
    from access_log.audit.pack import _Sums

    sums = {}
    for name in FILES:
        if name != LINES:
            sums[name] = _Sums(name)
            sums[name].take(files[name])
            sums[name].end()
    files[LINES] = b"".join(f"{row} {name}\n".encode() for name, one in sums.items() for row in one.rows)
    sums[LINES] = _Sums(LINES)
    sums[LINES].take(files[LINES])
    said = json.loads(files[MANIFEST].decode().splitlines()[1])
    said |= facts | {"files": {name: one.end() for name, one in sums.items()}}
    files[MANIFEST] = str(LogKeys.of(site.ring).sign_text(f"{PACK}\n{canonical_json(said).decode()}\n")).encode()
    return files


def place_of(files: Files, kind: str) -> int:
    """The row of an entry of this kind in entries.jsonl, from 0."""
    return next(number for number, row in enumerate(rows_of(files, "entries.jsonl")) if f'\\"type\\":\\"{kind}\\"'.encode() in row)


def test_an_operator_who_changes_a_time_and_signs_the_pack_again_is_named(pack: bytes, once: Site, tmp_path: Path) -> None:
    files = files_of(pack)
    rows = rows_of(files, "visits.csv")
    rows[1] = rows[1].replace(b"2026-11-25T05:30:00+00:00", b"2026-11-25T09:30:00+00:00")
    files["visits.csv"] = b"".join(rows)
    (finding,) = judged(zipped(signed_again(once, files)), once.keys, tmp_path)[1]
    assert finding.startswith("visits.csv: row 2: exit_at says '2026-11-25T09:30:00+00:00'")


def test_an_operator_who_leaves_a_visit_out_and_signs_the_pack_again_is_named(pack: bytes, once: Site, tmp_path: Path) -> None:
    files = files_of(pack)
    rows = rows_of(files, "visits.csv")
    visit = rows[4].split(b",")[0].decode()
    files["visits.csv"] = b"".join(rows[:4])
    (finding,) = judged(zipped(signed_again(once, files)), once.keys, tmp_path)[1]
    assert finding == f"visits.csv: visit {visit}, stay 0: is missing"


def test_an_operator_who_changes_an_entry_its_hash_and_the_table_is_named_by_the_checkpoints(
    pack: bytes, once: Site, tmp_path: Path
) -> None:
    files = files_of(pack)
    rows, number = rows_of(files, "entries.jsonl"), place_of(files, "entry:granted")
    one = json.loads(rows[number])
    one["body"] = one["body"].replace("entry:granted", "entry:refused")
    rows[number] = json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    files["entries.jsonl"] = b"".join(rows)
    leaves = files["leaves.bin"]
    files["leaves.bin"] = leaves[: 32 * number] + leaf_hash(one["body"].encode()) + leaves[32 * number + 32 :]
    findings = judged(zipped(signed_again(once, files)), once.keys, tmp_path)[1]
    assert any("are not what checkpoint" in finding and finding.startswith("leaves.bin: places ") for finding in findings)


def test_a_pack_of_another_register_or_signed_by_somebody_else_is_named(pack: bytes, once: Site, tmp_path: Path) -> None:
    other = [str(one) for one in LogKeys.of(new_test_ring(Suite.STD)).verifiers]
    findings = judged(pack, other, tmp_path)[1]
    assert any(finding.startswith("manifest.txt: was changed, or is not signed") for finding in findings)
    assert any(finding.startswith("checkpoints.jsonl: row 1: the checkpoint is not signed") for finding in findings)


def test_a_fork_is_named_by_the_checkpoint_that_somebody_kept(pack: bytes, once: Site, tmp_path: Path) -> None:
    """The operator holds the key and rewrites all: the pack fits itself, and does not fit what was kept."""
    files = files_of(pack)
    said = json.loads(files[MANIFEST].decode().splitlines()[1])
    keys = LogKeys.of(once.ring)
    forked = [leaf_hash(b"%d" % number) for number in range(said["end"])]
    for size in (said["begin"], said["end"], said["end"] - 3, said["size"]):
        edge = Frontier()
        edge.extend(forked[:size])
        note = str(keys.sign(size=size, root=edge.root(), now=NOON))
        findings = judged(pack, once.keys, tmp_path, [("kept.txt", note)])[1]
        assert findings == [f"kept.txt: is another history of {size} entries than the one in the pack: the record was forked"]
    longer = str(keys.sign(size=said["size"] + 1, root=bytes(32), now=NOON))
    assert "cut off" in judged(pack, once.keys, tmp_path, [("kept.txt", longer)])[1][0]
    older = str(keys.sign(size=1, root=bytes(32), now=NOON))
    assert "cannot be compared" in judged(pack, once.keys, tmp_path, [("kept.txt", older)])[1][0]


def test_two_heads_of_one_size_are_a_fork(pack: bytes, once: Site, tmp_path: Path) -> None:
    files = files_of(pack)
    size = json.loads(files[MANIFEST].decode().splitlines()[1])["end"]
    note = str(LogKeys.of(once.ring).sign(size=size, root=bytes(32), now=NOON))
    files["checkpoints.jsonl"] += json.dumps({"size": size, "note": note}).encode() + b"\n"
    findings = judged(zipped(signed_again(once, files)), once.keys, tmp_path)[1]
    assert any("two histories" in finding for finding in findings)


def test_a_newest_head_that_does_not_begin_with_the_last_is_a_fork(pack: bytes, once: Site, tmp_path: Path) -> None:
    files = files_of(pack)
    proofs = json.loads(files["proofs.json"])
    size = json.loads(files[MANIFEST].decode().splitlines()[1])["end"]
    proofs["consistency"][str(size)][0] = base64.b64encode(bytes(32)).decode()
    files["proofs.json"] = json.dumps(proofs).encode()
    (finding,) = judged(zipped(signed_again(once, files)), once.keys, tmp_path)[1]
    assert finding.startswith("proofs.json: nothing shows that the newest checkpoint begins with the one of")


@pytest.mark.parametrize("damage", [b"", b"PK", b"not a zip at all"])
def test_what_is_no_zip_is_said_to_be_none(once: Site, tmp_path: Path, damage: bytes) -> None:
    assert judged(damage, once.keys, tmp_path)[1] == ["the pack is cut off, or is no zip"]
