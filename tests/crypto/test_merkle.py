"""The tree of the record: equal to RFC 6962 word for word, equal to another implementation, and hard to lie with."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from access_log.crypto.merkle import (
    EMPTY,
    STORED,
    Frontier,
    Node,
    consistent,
    node_hash,
    prove,
    prove_consistency,
    proven_root,
    subtree,
)
from access_log.crypto.record import leaf_hash

BODIES = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43", bytes(range(0x50, 0x58)), bytes(range(0x60, 0x70))]
"""The eight leaves that Certificate Transparency's own test suite uses."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Their roots for 1 … 8 leaves, from the same suite."""


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(count)]


def node_of(leaves: list[bytes]) -> Node:
    return lambda level, place: mth(leaves[place << level : place + 1 << level])


@pytest.mark.parametrize("count", range(1, 9))
def test_the_roots_of_certificate_transparencys_own_leaves(count: int) -> None:
    tree = Frontier()
    tree.extend([leaf_hash(body) for body in BODIES[:count]])
    assert tree.root().hex() == ROOTS[count - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY == hashlib.sha256(b"").digest()


def test_every_root_up_to_three_hundred_leaves_is_another_implementations_root() -> None:
    other, tree = InmemoryTree(algorithm="sha256"), Frontier()
    for number in range(300):
        other.append_entry(b"entry %d" % number)
        tree.extend([leaf_hash(b"entry %d" % number)])
        assert tree.root() == other.get_root()


@given(st.lists(st.integers(0, 70), max_size=12))
def test_a_tree_does_not_depend_on_how_its_leaves_arrived(batches: list[int]) -> None:
    leaves = hashes(sum(batches))
    tree, done = Frontier(), 0
    for batch in batches:
        tree.extend(leaves[done : done + batch])
        done += batch
        assert tree.root() == mth(leaves[:done])
    assert Frontier.at(done, node_of(leaves)).root() == tree.root(), "a tree goes on from what is stored of it"


@given(st.lists(st.integers(0, 300), max_size=6))
def test_what_an_append_completes_is_what_has_to_be_stored(batches: list[int]) -> None:
    leaves = hashes(sum(batches))
    tree, done, stored = Frontier(), 0, {}
    for batch in batches:
        for level, place, digest in tree.extend(leaves[done : done + batch]):
            assert (level, place) not in stored, "nothing is stored twice"
            stored[level, place] = digest
        done += batch
    complete = {(STORED, place): node_of(leaves)(STORED, place) for place in range(done >> STORED)}
    assert stored == complete


@given(st.integers(1, 200), st.data())
def test_a_proof_leads_to_the_root_and_only_with_what_it_was_made_for(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    indexes = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=12)))
    proof = prove(node_of(leaves), indexes, size)
    known = [(index, leaves[index]) for index in indexes]
    assert proven_root(known, size, proof) == mth(leaves)
    at = data.draw(st.integers(0, len(known) - 1))
    other = [*known[:at], (known[at][0], leaf_hash(b"another")), *known[at + 1 :]]
    assert proven_root(other, size, proof) != mth(leaves)


@given(st.integers(2, 200), st.data())
def test_a_changed_proof_leads_nowhere(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    index = data.draw(st.integers(0, size - 1))
    proof = prove(node_of(leaves), [index], size)
    at = data.draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :]]
    assert proven_root([(index, leaves[index])], size, changed) != mth(leaves)
    for wrong in (proof[:-1], [*proof, EMPTY], [*proof[:at], b"short", *proof[at + 1 :]]):
        with pytest.raises(ValueError, match="the proof"):
            proven_root([(index, leaves[index])], size, wrong)


@pytest.mark.parametrize("known", [[], [(5, EMPTY)], [(-1, EMPTY)], [(1, EMPTY), (1, EMPTY)], [(2, EMPTY), (1, EMPTY)]])
def test_indexes_that_cannot_be_are_refused(known: list[tuple[int, bytes]]) -> None:
    with pytest.raises(ValueError, match="indexes"):
        proven_root(known, 5, [EMPTY] * 9)


def test_the_proof_of_one_leaf_is_the_audit_path_of_the_standard() -> None:
    """The example of RFC 6962 section 2.1.3: seven leaves, the paths of d0, d3, d4 and d6."""
    leaves = hashes(7)
    a, b, c, d, e, f, j = leaves
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, l = node_hash(g, h), node_hash(i, j)  # noqa: E741  # the standard's own letters
    node = node_of(leaves)
    assert prove(node, [0], 7) == [b, h, l]
    assert prove(node, [3], 7) == [c, g, l]
    assert prove(node, [4], 7) == [f, j, k]
    assert prove(node, [6], 7) == [i, k]
    assert prove_consistency(node, 3, 7) == [c, d, g, l]
    assert prove_consistency(node, 4, 7) == [l]
    assert prove_consistency(node, 6, 7) == [i, j, k]


def test_every_pair_of_sizes_is_consistent_and_no_other_pair_passes_for_one() -> None:
    leaves = hashes(40)
    roots = [mth(leaves[:size]) for size in range(41)]
    for new in range(41):
        for old in range(new + 1):
            proof = prove_consistency(node_of(leaves[:new]), old, new)
            assert consistent(old, new, roots[old], roots[new], proof)
            assert not consistent(old, new, leaf_hash(b"another"), roots[new], proof)
            assert not consistent(old, new, roots[old], leaf_hash(b"another"), proof) or old == 0
            assert not consistent(old, new, roots[old], roots[new], [*proof, EMPTY])
            if proof:
                assert not consistent(old, new, roots[old], roots[new], proof[:-1])


def test_a_fork_has_no_proof() -> None:
    """Two histories that part after leaf 20: no proof that either makes shows the other's root."""
    mine, theirs = hashes(30), [*hashes(20), *[leaf_hash(b"other %d" % number) for number in range(10)]]
    for old, new in pairwise(range(21, 31)):
        proof = prove_consistency(node_of(mine), old, new)
        assert not consistent(old, new, mth(theirs[:old]), mth(mine[:new]), proof)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3), (0, -1)])
def test_sizes_that_cannot_be_are_refused(old: int, new: int) -> None:
    assert not consistent(old, new, EMPTY, EMPTY, [])
    with pytest.raises(ValueError, match="smaller"):
        prove_consistency(node_of([]), old, new)


def test_a_partial_subtree_is_the_standards_own() -> None:
    leaves = hashes(13)
    assert subtree(node_of(leaves), 8, 13) == mth(leaves[8:13])
