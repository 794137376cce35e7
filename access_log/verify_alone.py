"""`access-log-verify`: check a proof of the record with nothing but this file and Python's own library: no server, no database, no package.

docs/record.md describes every format it reads, so that an auditor can write it again rather than trust it. The Ed25519 here is the plain
one of RFC 8032, section 6: it only verifies, and no secret passes through it.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator
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
    for key in keys:
        name, data = _key(key)
        for line in lines.splitlines():
            dash, _, rest = line.partition(" ")
            signer, _, encoded = rest.partition(" ")
            given = _bytes(encoded)
            if dash == "—" and signer == name == head[0] and len(given) == 68 and signed(data, f"{text}\n".encode(), given[4:]):
                return int(head[1]), _bytes(head[2])
    raise Wrong("the checkpoint is not signed by the key you gave")


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


def main() -> None:
    """The command. Exit status 0: the proof holds; 1: it does not; 2: it cannot be read."""
    ask = argparse.ArgumentParser(prog="access-log-verify", description="Check a proof of the access register's record, offline.")
    ask.add_argument("proof", type=Path, help="the .json file that came with a report or from the console")
    ask.add_argument(
        "--key", type=Path, required=True, help="a file with the public key, which you have from the operator, not from the record"
    )
    given = ask.parse_args()
    try:
        proof = json.loads(given.proof.read_text(encoding="utf-8"))
        keys = [line for line in given.key.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot be read: {type(error).__name__}\n")
        raise SystemExit(2) from None
    try:
        sys.stdout.write(f"GOOD  {check(proof, keys)}\n")
    except Wrong as error:
        sys.stdout.write(f"WRONG {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
