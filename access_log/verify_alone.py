"""`access-log-verify`: check a proof of the record, or a whole auditor pack, with nothing but this file and Python's own library.

No server, no database, no package. docs/record.md describes every format it reads, so that an auditor can write it again rather than trust
it. The Ed25519 here is the plain one of RFC 8032, section 6: it only verifies, and no secret passes through it.
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

FORMAT = "access-log/1 proof"
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


class Wrong(Exception):  # noqa: N818  # what it says is wrong with the proof
    """The proof does not hold; the message says where."""


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, point: Point) -> Point:
    made: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            made = _add(made, point)
        point, factor = _add(point, point), factor >> 1
    return made


def _same(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def _x(y: int, sign: int) -> int:
    squared = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(squared, (P + 3) // 8, P)
    if (x * x - squared) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - squared) % P or (not x and sign):
        raise Wrong("the signature is no point of the curve")
    return P - x if x & 1 != sign else x


def _point(data: bytes) -> Point:
    number = int.from_bytes(data, "little")
    y = number & (1 << 255) - 1
    x = _x(y, number >> 255)
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE: Point = (_x(BASE_Y, 0), BASE_Y, 1, _x(BASE_Y, 0) * BASE_Y % P)


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature (64 bytes) of a message is good under a key (32 bytes). RFC 8032, section 5.1.7."""
    if len(key) != 32 or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    try:
        public, commitment = _point(key), _point(signature[:32])
    except Wrong:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return _same(_times(scalar, BASE), _add(commitment, _times(challenge, public)))


def leaf_hash(body: bytes) -> bytes:
    """RFC 6962: SHA-256(0x00 || body)."""
    return hashlib.sha256(b"\0" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaves: list[tuple[int, bytes]], size: int, proof: list[bytes]) -> bytes:
    """The root that (index, leaf hash) pairs lead to, level by level upwards. For one leaf: the audit path of RFC 6962."""
    row, rest = leaves, iter(proof)
    if not row or row[0][0] < 0 or row[-1][0] >= size or any(one[0] >= other[0] for one, other in pairwise(row)):
        raise Wrong("the places of the entries do not fit the tree")
    while size > 1:
        row, size = _above(row, size, rest), (size + 1) // 2
    if next(rest, None) is not None:
        raise Wrong("there are more hashes than the tree needs")
    return row[0][1]


def _above(row: list[tuple[int, bytes]], size: int, rest: Iterator[bytes]) -> list[tuple[int, bytes]]:
    known, above = dict(row), []
    for place, digest in row:
        beside = place ^ 1
        if place % 2 and beside in known:
            continue  # its left neighbour has taken it along
        if beside in known or beside < size:
            other = known.get(beside) or next(rest, None)
            if other is None or len(other) != 32:
                raise Wrong("a hash is missing")
            above.append((place // 2, node_hash(other, digest) if place % 2 else node_hash(digest, other)))
        else:
            above.append((place // 2, digest))
    return above


def check_note(note: str, keys: list[str]) -> tuple[int, bytes]:
    """(size, root) of a checkpoint (C2SP tlog-checkpoint) signed by one of `keys`, which are as `access-log record key` prints them."""
    text, blank, lines = note.rpartition("\n\n")
    head = f"{text}\n".split("\n")
    if not blank or len(head) < 4 or not head[1].isdigit():
        raise Wrong("the checkpoint cannot be read")
    if any(_signs(key, f"{text}\n", lines) for key in keys if _key(key)[0] == head[0]):
        return int(head[1]), _bytes(head[2])
    raise Wrong("the checkpoint is not signed by the key you gave")


def _signs(key: str, text: str, lines: str) -> bool:
    """Whether one of the signature lines under a note (C2SP signed-note) is this key's, and good."""
    name, data = _key(key)
    for line in lines.splitlines():
        dash, _, rest = line.partition(" ")
        signer, _, encoded = rest.partition(" ")
        given = _bytes(encoded)
        if dash == "—" and signer == name and len(given) == 68 and signed(data, text.encode(), given[4:]):
            return True
    return False


def _key(text: str) -> tuple[str, bytes]:
    name, _, rest = text.strip().partition("+")
    data = _bytes(rest.partition("+")[2])
    if not name or len(data) != 33 or data[0] != 1:
        raise Wrong("this is no public key of the record: access-log record key prints it")
    return name, data[1:]


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError:
        raise Wrong("a value cannot be read as base64") from None


def check(proof: Any, keys: list[str]) -> str:
    """What a proof shows, in words. Raises Wrong."""
    if not isinstance(proof, dict) or proof.get("format") != FORMAT:
        raise Wrong("this is no proof of the record")
    size, root = check_note(str(proof.get("checkpoint")), keys)
    if size != proof.get("size"):
        raise Wrong("the checkpoint is of a tree of another size")
    entries = proof.get("entries")
    if not isinstance(entries, list) or not all(isinstance(one, dict) and isinstance(one.get("index"), int) for one in entries):
        raise Wrong("the entries cannot be read")
    if entries:
        leaves = [(one["index"], leaf_hash(str(one["body"]).encode()) if "body" in one else _bytes(one.get("leaf"))) for one in entries]
        if root_of(leaves, size, [_bytes(one) for one in proof.get("hashes", [])]) != root:
            raise Wrong("the entries are not those that were signed: at least one was changed, moved, added or left out")
    left = f"; {proof['left_out']} entries were too many and are not in it" if proof.get("left_out") else ""
    return f"{len(entries)} entries stand, unchanged and in this order, in the record of {size} entries that was signed{left}"


PACK = "access-log/1 audit pack"
LINES, MANIFEST = "lines.txt", "manifest.txt"
BY_LINE = ("checkpoints.jsonl", "outside.json", "visits.csv", "index.zh-CN.html", "index.en.html")
FILES = (
    "README.zh-CN.txt", "README.en.txt", "keys.txt", "checkpoints.jsonl", "proofs.json", "leaves.bin", "entries.jsonl", "outside.json",
    "visits.csv", "index.zh-CN.html", "index.en.html", LINES,
)  # fmt: skip
SAID = ("customer_said", "customer_at", "customer_by", "operator_said", "operator_at", "operator_by")
CHECKED = ("checked_at", "checked_by", "check")
OF_VISIT = ("requested_at", "requested_by", "purpose", "window_from", "window_until", *SAID, *CHECKED, "badge", "badge_back_at", "refused")
OF_STAY = ("entry_at", "entry_known", "entry_door", "exit_at", "exit_known", "exit_door", "escort")
COLUMNS = ("visit", "stay", *OF_VISIT, *OF_STAY, "places")
"""The columns of visits.csv that follow from the entries alone."""
MOST = 50
"""Findings of one file that are told one by one."""


@dataclass
class Told:
    """What the entries of one visit say, as rows of visits.csv: one a stay, or one with stay 0 where nobody came in."""

    visit: str
    wanted: bool = False
    places: list[int] = field(default_factory=list)
    facts: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)

    def feed(self, place: int, said: dict[str, Any]) -> None:
        """One entry, in any order."""
        self.places.append(place)
        detail = said.get("detail") or {}
        fact = {
            name: str(detail[name])
            for name in ("purpose", "from", "until", "side", "refusal", "badge", "document", "why")
            if name in detail
        }
        fact |= {name: str(said[name]) for name in ("type", "known", "door") if name in said}
        fact["who"] = f"{said['actor']} {said['actor_id']}" if "actor_id" in said else str(said["actor"])
        if "escort_statement" in (said.get("known"), detail.get("known")) or detail.get("reason") == "escorted_out":
            fact["escort"] = str(detail.get("reason") or "escort_statement")
        self.facts.append((str(detail.get("at", said["at"])), place, fact))

    def rows(self) -> list[dict[str, str]]:
        """The rows. Entries follow one another by the times they tell of; those of one time as they stand in the record."""
        base, stays = dict.fromkeys(OF_VISIT, "") | {"refused": "0"}, list[dict[str, str]]()
        for when, _place, fact in sorted(self.facts, key=lambda one: one[:2]):
            _apply(base, stays, when, fact)
        whole = dict.fromkeys(COLUMNS, "") | base | {"visit": self.visit, "places": " ".join(map(str, sorted(self.places)))}
        return [whole | stay | {"stay": str(number)} for number, stay in enumerate(stays, 1)] or [whole | {"stay": "0"}]


def _apply(base: dict[str, str], stays: list[dict[str, str]], when: str, fact: dict[str, str]) -> None:
    kind, who = fact["type"], fact["who"]
    if kind in ("visit:requested", "visit:edited"):  # a yes or no before was to another wish
        base.update(dict.fromkeys(SAID, ""), requested_at=when, requested_by=who, purpose=fact.get("purpose", ""))
        base.update(window_from=fact.get("from", ""), window_until=fact.get("until", ""))
    elif kind in ("visit:approved", "visit:refused"):
        side = "customer" if fact.get("side") == "customer" else "operator"
        base.update({f"{side}_said": fact.get("refusal", "approved"), f"{side}_at": when, f"{side}_by": who})
    elif kind == "identity:attested":
        base.update(checked_at=when, checked_by=who, check=fact.get("why") or fact.get("document", ""))
    elif kind == "badge:handed_out":
        base.update(badge=fact.get("badge", ""), badge_back_at="")
    elif kind == "badge:returned":
        base["badge_back_at"] = when
    elif kind == "entry:refused":
        base["refused"] = str(int(base["refused"]) + 1)
    elif kind == "entry:granted":
        stays.append({name: base[name] for name in CHECKED} | {"entry_at": when})
        stays[-1].update(entry_known=fact.get("known", ""), entry_door=fact.get("door", ""), escort=fact.get("escort", ""))
    elif kind in ("exit:recorded", "exit:closed_unknown"):
        if not stays or "exit_known" in stays[-1]:
            stays.append({})
        stays[-1].update(exit_at=when if kind == "exit:recorded" else "", exit_known=fact.get("known", ""), exit_door=fact.get("door", ""))
        stays[-1]["escort"] = fact.get("escort") or stays[-1].get("escort", "")


@dataclass
class Edge:
    """The right edge of a growing tree: on each level the complete subtree that has no neighbour yet."""

    size: int
    left: list[bytes]

    @classmethod
    def at(cls, size: int, hashes: list[bytes]) -> "Edge":
        """That of a tree of `size` leaves, from its hashes, the lowest level first."""
        if len(hashes) != size.bit_count():
            raise Wrong("proofs.json: the edge of the tree does not fit its size")
        rest = iter(hashes)
        return cls(size, [next(rest) if size >> level & 1 else b"" for level in range(size.bit_length())])

    def extend(self, leaves: list[bytes]) -> "Edge":
        """The edge with more leaves; this one stays as it is."""
        left, size = list(self.left), self.size
        for leaf in leaves:
            digest, level, bits = leaf, 0, size
            while bits & 1:
                digest, left[level] = node_hash(left[level], digest), b""
                level, bits = level + 1, bits >> 1
            left += [b""] * (level + 1 - len(left))
            left[level], size = digest, size + 1
        return Edge(size, left)

    def root(self) -> bytes:
        """The root; of an empty tree the hash of nothing."""
        root = b""
        for digest in self.left:
            root = (node_hash(digest, root) if root else digest) if digest else root
        return root or hashlib.sha256(b"").digest()


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with that of `old`: RFC 9162, section 2.1.4.2."""
    if old in (0, new):
        return not proof and (old == 0 or old_root == new_root)
    path = [old_root, *proof] if not old & (old - 1) else list(proof)
    if not 0 < old < new or not path:
        return False
    one, other = old - 1, new - 1
    while one & 1:
        one, other = one >> 1, other >> 1
    was = now = path[0]
    for digest in path[1:]:
        if not other:
            return False
        if one & 1 or one == other:
            was, now = node_hash(digest, was), node_hash(digest, now)
            while not one & 1 and one:
                one, other = one >> 1, other >> 1
        else:
            now = node_hash(now, digest)
        one, other = one >> 1, other >> 1
    return not other and (was, now) == (old_root, new_root)


def check_pack(path: Path, keys: list[str], kept: list[tuple[str, str]] | None = None) -> tuple[str, list[str]]:
    """(what a pack shows, everything that is wrong with it, each with its file and its row or place). `kept`: (name, checkpoint)."""
    try:
        with zipfile.ZipFile(path) as opened:
            pack = Pack(opened, keys)
            return pack.check(kept or []), pack.findings
    except zipfile.BadZipFile:
        return "", ["the pack is cut off, or is no zip"]
    except Wrong as error:
        return "", [str(error)]


class Pack:
    """An opened pack. What is wrong with it becomes a line of `findings`."""

    def __init__(self, opened: zipfile.ZipFile, keys: list[str]) -> None:
        self.zip, self.keys = opened, keys
        self.findings: list[str] = []
        self.told: dict[str, Told] = {}
        self.heads: dict[int, bytes] = {}
        self.count: Counter[str] = Counter()
        self.withheld = 0

    def find(self, name: str, what: str) -> None:
        """Note what is wrong with a file; of many things, the first."""
        self.count[name] += 1
        if self.count[name] <= MOST:
            self.findings.append(f"{name}: {what}")

    def check(self, kept: list[tuple[str, str]]) -> str:
        """Go through everything. Returns what it shows where `findings` stays empty."""
        names = self.zip.namelist()
        for name in dict.fromkeys((*FILES, MANIFEST, *names)):
            if name not in names:
                self.find(name, "is missing")
            elif name not in (*FILES, MANIFEST) or names.count(name) > 1:
                self.find(name, "does not belong into a pack, or stands in it twice")
        self._step(MANIFEST, self._manifest)
        if not hasattr(self, "said"):
            return ""
        self._step(LINES, self._digests)
        self._step("checkpoints.jsonl", self._checkpoints)
        self._step("proofs.json", self._proofs)
        self._step("entries.jsonl", self._entries)
        self._step("outside.json", self._outside)
        self._step("visits.csv", self._visits)
        for name, note in kept:
            self._step(name, lambda note=note, name=name: self._against(name, note))
        hidden = f"; of {self.withheld} the hash alone is given (other customers or sites, or over their time)" if self.withheld else ""
        return f"{self.said['visits']} visits; {self.end - self.begin} entries without a gap, from place {self.begin} on{hidden}"

    def _step(self, name: str, act: Any) -> None:
        try:
            act()
        except Wrong as error:
            self.find(name, str(error))
        except (KeyError, ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error, csv.Error):
            self.find(name, "cannot be read")

    def _read(self, name: str) -> bytes:
        try:
            return self.zip.read(name)
        except KeyError:
            raise Wrong("is missing") from None

    def _manifest(self) -> None:
        text, _, lines = self._read(MANIFEST).decode().rpartition("\n\n")
        title, _, facts = text.partition("\n")
        said = json.loads(facts)
        self.begin, self.end, self.size = (int(said[name]) for name in ("begin", "end", "size"))
        self.files, self.said, self.hidden = dict(said["files"]), said, _bytes(said["withheld"])
        if title != PACK or not any(_signs(key, f"{text}\n", lines) for key in self.keys):
            self.find(MANIFEST, "was changed, or is not signed by the key you gave")

    def _digests(self) -> None:
        """Every file is the one that was signed; of a text, the rows that are not."""
        wrong = [name for name in FILES if name in self.zip.namelist() and self._digest(name) != self.files.get(name)]
        for name in wrong:
            self.find(name, "is not the file that was signed")
        if LINES in wrong:
            return
        rows = [line.split(" ") for line in self._read(LINES).decode().splitlines()]
        for name in [one for one in wrong if one in BY_LINE]:
            here = [hashlib.sha256(line).hexdigest()[:16] for line in self._read(name).split(b"\n")]
            there = [row[0] for row in rows if row[1] == name]
            odd = [number for number, pair in enumerate(zip(here, there, strict=False), 1) if pair[0] != pair[1]]
            if len(here) != len(there):
                first = odd[0] if odd else min(len(here), len(there)) + 1
                self.find(
                    name, f"row {first}: from here on rows are missing, added or moved ({len(there)} were signed, {len(here)} are there)"
                )
            else:
                for number in odd:
                    self.find(name, f"row {number} was changed")

    def _digest(self, name: str) -> str:
        digest = hashlib.sha256()
        try:
            with self.zip.open(name) as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            return "damaged"
        return digest.hexdigest()

    def _checkpoints(self) -> None:
        for number, line in enumerate(self._read("checkpoints.jsonl").decode().splitlines(), 1):
            try:
                size, root = check_note(str(json.loads(line)["note"]), self.keys)
            except (Wrong, ValueError, KeyError, TypeError) as error:
                self.find("checkpoints.jsonl", f"row {number}: {error if isinstance(error, Wrong) else 'cannot be read'}")
                continue
            if self.heads.setdefault(size, root) != root:
                self.find("checkpoints.jsonl", f"row {number}: two histories of {size} entries were signed: the record was forked")
        for what, size in (("first", self.begin), ("last", self.end), ("newest", self.size)):
            if size and size not in self.heads:
                self.find("checkpoints.jsonl", f"the {what} checkpoint, of {size} entries, is missing")

    def _proofs(self) -> None:
        proofs = json.loads(self._read("proofs.json"))
        self.edge = Edge.at(self.begin, [_bytes(one) for one in proofs["edge"]])
        if self.begin and self.edge.root() != self.heads.get(self.begin):
            self.find("proofs.json", f"the edge of the tree is not that of the first checkpoint, of {self.begin} entries")
        for old in {self.begin, self.end}:
            hashes = [_bytes(one) for one in proofs["consistency"][str(old)]]
            if not consistent(old, self.size, self.heads.get(old, b""), self.heads.get(self.size, b""), hashes):
                self.find(
                    "proofs.json",
                    f"nothing shows that the newest checkpoint begins with the one of {old} entries: a fork, or another proof",
                )

    def _entries(self) -> None:
        """Leaves lead from one checkpoint to the next; each entry has the hash of its leaf, and none is missing."""
        edge, lines = self.edge, self._lines()
        with self.zip.open("leaves.bin") as leaves:
            for upto in sorted(size for size in self.heads if self.begin < size <= self.end):
                data = leaves.read(32 * (upto - edge.size))
                given = [data[start : start + 32] for start in range(0, len(data), 32)]
                if len(data) != 32 * (upto - edge.size):
                    self.find("leaves.bin", f"ends before place {upto - 1}")
                    return
                said = [next(lines, (0, b"")) for _ in given]
                own = [leaf if body is None else leaf_hash(body) for leaf, (_row, body) in zip(given, said, strict=True)]
                odd = [number for number, leaf in enumerate(given) if own[number] != leaf]
                grown = edge.extend(given)
                if grown.root() == self.heads[upto]:
                    for number in odd:
                        self.find(
                            "entries.jsonl", f"row {said[number][0]}: the entry at place {edge.size + number} was changed or is missing"
                        )
                elif (other := edge.extend(own)).root() == self.heads[upto]:
                    grown = other
                    for number in odd:
                        self.find("leaves.bin", f"the hash at place {edge.size + number} was changed")
                else:
                    where = ", ".join(str(edge.size + number) for number in odd[:MOST]) or "any of them"
                    self.find(
                        "leaves.bin",
                        f"places {edge.size} to {upto - 1} are not what checkpoint {upto} signed (entries.jsonl differs at {where})",
                    )
                    return
                edge = grown
            if leaves.read(1):
                self.find("leaves.bin", f"goes on after place {self.end - 1}")
        for row, _body in lines:
            self.find("entries.jsonl", f"row {row}: goes on after place {self.end - 1}")

    def _lines(self) -> Iterator[tuple[int, bytes | None]]:
        """(row, body) of each place in turn; no body where only the hash is given."""
        place = self.begin
        with self.zip.open("entries.jsonl") as file:
            for row, line in enumerate(io.TextIOWrapper(file, encoding="utf-8", errors="replace"), 1):
                try:
                    one = json.loads(line)
                    index, body = int(one["index"]), None if "withheld" in one else str(one["body"])
                except (ValueError, KeyError, TypeError, AttributeError):
                    index, body = place, ""
                if index < place:
                    self.find("entries.jsonl", f"row {row}: place {index} does not belong here")
                    continue
                for missing in range(place, min(index, self.end)):
                    self.find("entries.jsonl", f"row {row}: the entry at place {missing} should stand before it")
                    yield row, b""
                place = index + 1
                self._feed(index, body)
                self.withheld += body is None
                bit = index - self.begin
                if bit < 8 * len(self.hidden) and (body is None) != bool(self.hidden[bit // 8] >> bit % 8 & 1):
                    self.find("entries.jsonl", f"row {row}: the text at place {index} was {'taken out' if body is None else 'put in'}")
                yield row, None if body is None else body.encode("utf-8", "replace")

    def _feed(self, place: int, body: Any, *, within: bool = True) -> None:
        try:
            said = json.loads(body) if body else {}
            if visit := said.get("visit"):
                told = self.told.setdefault(visit, Told(visit))
                told.feed(place, said)
                told.wanted |= within and said["site"] == self.said["site"] and self.said["from"] <= said["at"] < self.said["until"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # what is no entry has not the hash of one either

    def _outside(self) -> None:
        """Entries of the same visits from before and after, each proven by itself."""
        proof = json.loads(self._read("outside.json"))
        check(proof, self.keys)
        if proof["size"] != self.size:
            raise Wrong("is proven under another checkpoint than the newest")
        for one in proof["entries"]:
            if self.begin <= one["index"] < self.end:
                raise Wrong(f"the entry at place {one['index']} does not stand outside")
            self._feed(one["index"], one.get("body"), within=False)

    def _visits(self) -> None:
        """The table says what the entries say, of every visit that they tell of in the period, and of no other."""
        expected = {(row["visit"], row["stay"]): row for told in self.told.values() if told.wanted for row in told.rows()}
        table = csv.reader(io.StringIO(self._read("visits.csv").decode("utf-8-sig"), newline=""))
        headings = next(table)
        if tuple(headings[: len(COLUMNS)]) != COLUMNS:
            self.find("visits.csv", "row 1: these are not the columns")
            return
        for cells in table:
            row = dict(zip(COLUMNS, cells, strict=False))
            told = expected.pop((row.get("visit", ""), row.get("stay", "")), None)
            if told is None:
                self.find("visits.csv", f"row {table.line_num}: the record tells of no such visit and stay, or it stands there twice")
                continue
            for name in COLUMNS:
                if row.get(name, "").removeprefix("'") != told[name].removeprefix("'"):
                    self.find("visits.csv", f"row {table.line_num}: {name} says {row.get(name, '')!r}, the record says {told[name]!r}")
        for visit, stay in expected:
            self.find("visits.csv", f"visit {visit}, stay {stay}: is missing")

    def _against(self, name: str, note: str) -> None:
        size, root = check_note(note, self.keys)
        if self.heads.get(size, root) != root:
            self.find(name, f"is another history of {size} entries than the one in the pack: the record was forked")
        elif size > self.size:
            self.find(
                name, f"holds {size} entries, the newest checkpoint of the pack {self.size}: the record was cut off, or the pack is older"
            )
        elif size not in self.heads and not self.begin <= size <= self.end:
            self.find(name, f"cannot be compared: the pack begins at {self.begin} entries and ends at {self.end}")
        elif size not in self.heads:
            with self.zip.open("leaves.bin") as leaves:
                data = leaves.read(32 * (size - self.begin))
            if self.edge.extend([data[start : start + 32] for start in range(0, len(data), 32)]).root() != root:
                self.find(name, f"is another history of {size} entries than the one in the pack: the record was forked")


def main() -> None:
    """The command. Exit status 0: all of it holds; 1: it does not; 2: it cannot be read."""
    ask = argparse.ArgumentParser(prog="access-log-verify", description="Check a proof or an auditor pack of the access register, offline.")
    ask.add_argument("given", type=Path, help="a .json proof, or the .zip of an auditor pack")
    ask.add_argument(
        "--key", type=Path, required=True, help="a file with the public key, which you have from the operator, not from the record"
    )
    ask.add_argument(
        "--against", type=Path, action="append", default=[], help="a checkpoint that you kept: the pack must not contradict it"
    )
    told = ask.parse_args()
    try:
        keys = [line for line in told.key.read_text(encoding="utf-8").splitlines() if line.strip()]
        kept = [(path.name, path.read_text(encoding="utf-8")) for path in told.against]
        if zipfile.is_zipfile(told.given) or told.given.suffix == ".zip":
            shown, findings = check_pack(told.given, keys, kept)
        else:
            shown, findings = _one_proof(json.loads(told.given.read_text(encoding="utf-8")), keys)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot be read: {type(error).__name__}\n")
        raise SystemExit(2) from None
    sys.stdout.write("".join(f"WRONG {finding}\n" for finding in findings) or f"GOOD  {shown}\n")
    raise SystemExit(1 if findings else 0)


def _one_proof(proof: Any, keys: list[str]) -> tuple[str, list[str]]:
    try:
        return check(proof, keys), []
    except Wrong as error:
        return "", [str(error)]


if __name__ == "__main__":
    main()
