"""Make the zip while somebody reads it: pieces of a second's fraction, nothing on the disk, no lock of a writer."""

import csv
import hashlib
import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine

from access_log.audit import page, record, visits
from access_log.audit.scope import Scope
from access_log.crypto.checkpoint import LogKeys, hashes_text
from access_log.crypto.merkle import prove
from access_log.crypto.record import canonical_json
from access_log.crypto.ring import KeyRing
from access_log.db import reading
from access_log.errors import ConflictError
from access_log.services.record_proofs import FORMAT, Proven
from access_log.services.record_tree import StoredNodes
from access_log.verify_alone import BY_LINE, COLUMNS, LINES, MANIFEST, PACK, Told

HERE = Path(__file__).parent
STAMP = (1980, 1, 1, 0, 0, 0)
"""Every file's time: a zip that is made twice should differ in nothing but what it says."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come, in entries and visits."""

    done: int
    of: int


@dataclass
class _Sums:
    """SHA-256 of a file as it is written, and of its rows where it is one of those that people read row by row."""

    name: str
    whole: Any = field(default_factory=hashlib.sha256)
    rows: list[str] = field(default_factory=list)
    rest: bytes = b""

    def take(self, data: bytes) -> None:
        self.whole.update(data)
        if self.name in BY_LINE:
            *ended, self.rest = (self.rest + data).split(b"\n")
            self.rows += [_short(row) for row in ended]

    def end(self) -> str:
        if self.name in BY_LINE:
            self.rows.append(_short(self.rest))
        return str(self.whole.hexdigest())


def _short(row: bytes) -> str:
    return hashlib.sha256(row).hexdigest()[:16]


class Pack:
    """One pack. `pieces` writes it into `out`, which need not be seekable."""

    def __init__(self, engine: Engine, ring: KeyRing, scope: Scope, *, made_by: str, now: datetime) -> None:
        self.engine, self.ring, self.scope, self.now = engine, ring, scope, now
        self.keys = LogKeys.of(ring)
        self.facts: dict[str, Any] = {"made_by": made_by, "made_at": now.isoformat()}
        self.told: dict[str, Told] = {}
        self.files: dict[str, str] = {}
        self.rows: list[str] = []
        self.withheld, self.done = bytearray(), 0

    def pieces(self, out: IO[bytes]) -> Iterator[Progress]:
        """Write it, piece by piece. Raises ConflictError("record_damaged") where the record has a hole."""
        with zipfile.ZipFile(out, "w") as opened:
            self.zip = opened
            yield from self._record()
            yield from self._outside()
            yield from self._visits()
            self._file(LINES, "".join(self.rows).encode())
            self._file(MANIFEST, str(self.keys.sign_text(f"{PACK}\n{canonical_json(self._said()).decode()}\n")).encode(), signed=False)
        yield Progress(self._of, self._of)

    @property
    def _of(self) -> int:
        """Leaves count a quarter, visits as three entries: about what they cost."""
        return self.scope.end - self.scope.begin + 3 * len(self.told)

    def _write(self, name: str, pieces: Iterator[bytes], *, signed: bool = True) -> Iterator[Progress]:
        info, sums = zipfile.ZipInfo(name, STAMP), _Sums(name)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        with self.zip.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                sums.take(piece)
                yield Progress(min(self.done, self._of), self._of)
        if signed:
            self.files[name] = sums.end()
            self.rows += [f"{row} {name}\n" for row in sums.rows]

    def _file(self, name: str, content: bytes, *, signed: bool = True) -> None:
        for _progress in self._write(name, iter([content]), signed=signed):
            pass

    def _record(self) -> Iterator[Progress]:
        for language in ("zh-CN", "en"):
            self._file(f"README.{language}.txt", (HERE / f"readme.{language}.txt").read_bytes())
        self._file("keys.txt", "".join(f"{verifier}\n" for verifier in self.keys.verifiers).encode())
        notes = record.notes(self.engine, self.scope)
        self.note = dict(notes)[self.scope.size]
        self._file("checkpoints.jsonl", b"".join(_json({"size": size, "note": note}) + b"\n" for size, note in notes))
        self._file("proofs.json", _json(record.proofs(self.engine, self.scope)))
        yield from self._write("leaves.bin", record.leaves(self.engine, self.scope))
        yield from self._write("entries.jsonl", self._entries())

    def _entries(self) -> Iterator[bytes]:
        wanted, place = self.scope.wanted, self.scope.begin
        begins, ends = wanted.begins.isoformat(), wanted.ends.isoformat()
        for piece in record.lines(self.engine, self.scope.begin, self.scope.end):
            written = []
            for line in piece:
                if line.index != place:
                    raise ConflictError("record_damaged")
                place += 1
                said = json.loads(line.body) if line.body else {}
                written.append(record.as_line(self.scope, line, said))
                self._hide(line.index - self.scope.begin, hidden=bool(record.withheld(self.scope, line, said)))
                if "visit" in said and line.site_id == wanted.site_id and wanted.customer_id in (None, said.get("customer")):
                    told = self.told.setdefault(said["visit"], Told(said["visit"]))
                    told.feed(line.index, said)
                    told.wanted |= begins <= said["at"] < ends
            self.done += len(piece)
            yield b"".join(written)

    def _hide(self, bit: int, *, hidden: bool) -> None:
        if not bit % 8:
            self.withheld.append(0)
        self.withheld[-1] |= hidden << bit % 8

    def _outside(self) -> Iterator[Progress]:
        self.told = {name: told for name, told in self.told.items() if told.wanted}
        found: list[Proven] = []
        for some in record.outside(self.engine, self.scope, self.told):
            for proven, said in some:
                self.told[said["visit"]].feed(proven.index, said)
                found.append(proven)
            yield Progress(self.done, self._of)
        with reading(self.engine) as session:
            indexes = [one.index for one in found]
            hashes = prove(StoredNodes(session), indexes, self.scope.size) if indexes else []
        facts = {"format": FORMAT, "size": self.scope.size, "hashes": hashes_text(hashes), "checkpoint": self.note}
        rows = b",\n".join(_json(one.as_json) for one in found)
        self._file("outside.json", _json(facts)[:-1] + b',"entries":[\n' + rows + b"\n]}\n")

    def _visits(self) -> Iterator[Progress]:
        ordered = visits.in_order(self.engine, list(self.told.values()))
        self.facts |= {"visits": len(ordered), "rows": sum(len(one.rows()) for one in ordered)}
        yield from self._write("visits.csv", self._table(ordered))
        for language in ("zh-CN", "en"):
            yield from self._write(f"index.{language}.html", self._page(ordered, language))

    def _table(self, ordered: list[Told]) -> Iterator[bytes]:
        yield _csv([[*COLUMNS, *visits.REGISTER]]).encode("utf-8-sig")
        for rows in visits.rows(self.engine, self.ring, self.scope, ordered):
            self.done += len(rows)
            yield _csv([row.cells for row in rows]).encode()

    def _page(self, ordered: list[Told], language: str) -> Iterator[bytes]:
        count, zone = len(ordered), self.scope.site.zone
        yield page.head(self.scope, language, visits=count, made_at=self.now, note=self.note).encode()
        for rows in visits.rows(self.engine, self.ring, self.scope, ordered):
            self.done += len(rows)
            yield "".join(page.lines(rows, language, zone)).encode()
        yield page.foot(count).encode()

    def _said(self) -> dict[str, Any]:
        scope = self.scope
        wanted = {
            "site": scope.wanted.site_id,
            "customer": scope.wanted.customer_id,
            "zone": scope.site.zone,
            "policy": scope.policy.version,
        }
        period = {
            "from": scope.wanted.begins.isoformat(),
            "until": scope.wanted.ends.isoformat(),
            "destroy_by": scope.destroy_by.isoformat(),
        }
        stretch = {"begin": scope.begin, "end": scope.end, "size": scope.size, "withheld": b64encode(self.withheld).decode()}
        return self.facts | wanted | period | stretch | {"files": self.files}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


class Outgoing(io.RawIOBase):
    """Where a zip is written to while it is sent: `taken` hands out what has come since."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """Yes, and neither readable nor seekable."""
        return True

    def write(self, data: Any) -> int:
        """Keep it."""
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        """What has come, once."""
        data = bytes(self._held)
        self._held.clear()
        return data


def sent(pack: Pack, rest: Callable[[], None] = lambda: None, told: Callable[[Progress], None] = lambda _: None) -> Iterator[bytes]:
    """The zip's bytes as they come. `rest` is called between two pieces, `told` with how far it is."""
    out = Outgoing()
    for progress in pack.pieces(out):  # type: ignore[arg-type]  # zipfile only writes
        told(progress)
        if data := out.taken():
            yield data
        rest()
    yield out.taken()
