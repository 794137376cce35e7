"""`access-log-verify`: one file that takes nobody's word. Good proofs are good; whatever is changed in one is found."""

import ast
import base64
import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from access_log import verify_alone
from access_log.crypto.checkpoint import LogKeys
from access_log.crypto.merkle import Frontier, prove, subtree
from access_log.crypto.record import canonical_json, leaf_hash
from access_log.crypto.suites import Suite
from access_log.verify_alone import Wrong, check, signed
from tests.moments import NOON
from tests.rings import new_test_ring

KEYS = LogKeys.of(new_test_ring(Suite.STD))
KEY = str(KEYS.verifiers[0])


def proof_of(indexes: list[int], size: int) -> dict[str, Any]:
    """A proof as the register gives it."""
    bodies = [canonical_json({"type": "entry:granted", "number": number}) for number in range(size)]
    leaves = [leaf_hash(body) for body in bodies]

    def node(level: int, place: int) -> bytes:
        return leaves[place] if not level else verify_alone.node_hash(node(level - 1, 2 * place), node(level - 1, 2 * place + 1))

    edge = Frontier()
    edge.extend(leaves)
    assert edge.root() == subtree(node, 0, size)
    return {
        "format": verify_alone.FORMAT,
        "size": size,
        "entries": [{"index": index, "body": bodies[index].decode()} for index in indexes],
        "hashes": [base64.b64encode(one).decode() for one in prove(node, indexes, size)],
        "checkpoint": str(KEYS.sign(size=size, root=edge.root(), now=NOON)),
    }


@settings(max_examples=30)
@given(st.integers(1, 40), st.data())
def test_every_choice_of_entries_of_every_tree_is_proven(size: int, data: st.DataObject) -> None:
    indexes = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    assert f"{len(indexes)} entries stand" in check(proof_of(indexes, size), [KEY])


CHANGES = {
    "a body": lambda proof: proof["entries"][0].update(body=proof["entries"][0]["body"].replace("granted", "refused")),
    "a place": lambda proof: proof["entries"][0].update(index=proof["entries"][0]["index"] + 1),
    "two bodies": lambda proof: proof["entries"][0].update(body=proof["entries"][1]["body"]),
    "an entry left out": lambda proof: proof["entries"].pop(),
    "a hash": lambda proof: proof["hashes"].__setitem__(0, base64.b64encode(b"x" * 32).decode()),
    "a hash left out": lambda proof: proof["hashes"].pop(),
    "a hash too many": lambda proof: proof["hashes"].append(proof["hashes"][0]),
    "the size": lambda proof: proof.update(size=12),
    "the head": lambda proof: proof.update(checkpoint=proof["checkpoint"].replace("\n13\n", "\n14\n")),
    "no head": lambda proof: proof.update(checkpoint="nothing"),
    "entries that are none": lambda proof: proof.update(entries=["x"]),
    "another format": lambda proof: proof.update(format="something"),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.clause("1.4.g", "2.2.b", "3.2.c", "4.1.e")
def test_whatever_is_changed_is_found(name: str) -> None:
    proof = proof_of([3, 7], 13)
    check(copy.deepcopy(proof), [KEY])
    CHANGES[name](proof)
    with pytest.raises(Wrong):
        check(proof, [KEY])


def test_a_head_signed_by_another_key_or_no_key_at_all_is_refused() -> None:
    other = str(LogKeys.of(new_test_ring(Suite.GM)).verifiers[0])
    with pytest.raises(Wrong, match="not signed"):
        check(proof_of([1], 5), [other])
    with pytest.raises(Wrong, match="no public key"):
        check(proof_of([1], 5), ["my key"])
    with pytest.raises(Wrong, match="not signed"):
        check(proof_of([1], 5), [])


def test_signatures_are_judged_as_the_library_judges_them() -> None:
    """And as RFC 8032 section 7.1, test 2, says."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    known = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert signed(public, b"\x72", bytes.fromhex(known))
    key = Ed25519PrivateKey.generate()
    for message in (b"", b"x" * 1000):
        good = key.sign(message)
        own = key.public_key().public_bytes_raw()
        assert signed(own, message, good)
        assert not signed(own, message + b"y", good)
        assert not signed(public, message, good)
        assert not any(signed(own, message, good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]) for place in (0, 31, 32, 63))
        assert not signed(own, message, good[:32] + (int.from_bytes(good[32:], "little") + verify_alone.ORDER).to_bytes(32, "little"))


def test_the_file_needs_nothing_but_python(tmp_path: Path) -> None:
    source = Path(verify_alone.__file__)
    names = {node.module if isinstance(node, ast.ImportFrom) else alias.name for node in ast.walk(ast.parse(source.read_text()))
             if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}  # fmt: skip
    assert {str(name).partition(".")[0] for name in names} <= sys.stdlib_module_names
    alone = tmp_path / "verify.py"
    alone.write_text(source.read_text(), encoding="utf-8")
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")
    proof = proof_of([0, 4], 9)
    for name, change, status in (("good", {}, 0), ("bad", {"size": 8}, 1)):
        (tmp_path / name).write_text(json.dumps(proof | change), encoding="utf-8")
        command = [sys.executable, "-I", str(alone), str(tmp_path / name), "--key", str(tmp_path / "key")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout[:5].strip()) == (status, "GOOD" if not status else "WRONG"), done
    missing = [sys.executable, "-I", str(alone), str(tmp_path / "none"), "--key", str(tmp_path / "key")]
    assert subprocess.run(missing, capture_output=True, check=False).returncode == 2
