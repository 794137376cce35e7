"""The kiosk as a witness of the record, in a real browser: it keeps what it saw, signs it, and says so when the record no longer fits."""

import base64
from typing import Any

import pytest

from access_log.crypto.checkpoint import COSIGNATURE, LogKeys, Note, Verifier, hashes_text
from access_log.crypto.merkle import EMPTY, Frontier, consistent, prove_consistency, subtree
from access_log.crypto.record import leaf_hash
from access_log.crypto.ring import KeyRing
from access_log.crypto.suites import Suite
from tests.lobby_js.stand_in import Kiosk, answer
from tests.moments import NOON
from tests.rings import new_test_ring

pytestmark = pytest.mark.browser


class Log:
    """A record, as the server has it; `told` from some leaf on is another history."""

    def __init__(self, ring: KeyRing, told: int = 10**6) -> None:
        self.keys = LogKeys.of(ring)
        self.leaves = [leaf_hash(b"entry %d%s" % (number, b"'" if number >= told else b"")) for number in range(300)]

    def node(self, level: int, place: int) -> bytes:
        tree = Frontier()
        tree.extend(self.leaves[place << level : place + 1 << level])
        return tree.root()

    def root(self, size: int) -> bytes:
        return subtree(self.node, 0, size) if size else EMPTY

    def shows(self, old: int, size: int) -> dict[str, Any]:
        proof = prove_consistency(self.node, old, size) if old <= size else []
        note = self.keys.sign(size=size, root=self.root(size), now=NOON)
        return {"checkpoint": str(note), "hashes": hashes_text(proof)}


@pytest.fixture
def log(ring: KeyRing) -> Log:
    return Log(ring)


@pytest.fixture
def kiosk(page_of_kiosk: Kiosk, log: Log) -> Kiosk:
    """A kiosk that looks at the record several times a second, and has seen 5 entries."""
    keys = log.keys
    page_of_kiosk.record = {
        "origin": keys.origin,
        "keys": [str(one) for one in keys.verifiers],
        "name": f"{keys.origin}/kiosk/1",
        "enrolled": "1",
        "every": 0.15,
    }
    page_of_kiosk.says["/record"] = log.shows(0, 5)
    page_of_kiosk.says["/record/dispute"] = {"noted": True}
    page_of_kiosk.open()
    cosigned(page_of_kiosk, 5)
    return page_of_kiosk


def sent(kiosk: Kiosk, path: str) -> list[dict[str, Any]]:
    return [body for its_path, body in kiosk.sent if its_path == path]


def cosigned(kiosk: Kiosk, size: int) -> dict[str, Any]:
    """The newest checkpoint that the kiosk signed, once it is one of this size."""

    def newest() -> bool:
        return bool(sent(kiosk, "/record")) and sent(kiosk, "/record")[-1]["note"].split("\n")[1] == str(size)

    kiosk.wait(newest, f"a cosignature of {size}")
    return sent(kiosk, "/record")[-1]


def disputes(kiosk: Kiosk, fault: str) -> dict[str, Any]:
    """The dispute over what the kiosk is shown now; one over what it was shown before may still be on its way."""

    def newest() -> dict[str, Any]:
        return {"shown": None, **(sent(kiosk, "/record/dispute") or [{}])[-1]}

    kiosk.wait(lambda: newest()["shown"] == kiosk.says["/record"]["checkpoint"], f"a dispute ({fault})")
    found = newest()
    assert found["fault"] == fault
    kiosk.wait(lambda: kiosk.page.locator("#disputed").is_visible(), "the alarm on the glass")
    return found


def test_what_it_saw_it_signs_as_the_standard_says(kiosk: Kiosk, log: Log) -> None:
    said = cosigned(kiosk, 5)
    verifier = Verifier(f"{log.keys.origin}/kiosk/1", base64.b64decode(said["key"]), COSIGNATURE)
    note = Note.parse(said["note"])
    assert note.signed_by(verifier)
    assert log.keys.check(Note(note.text, note.lines[:2])).head.root == log.root(5)


def test_it_follows_a_record_that_grows_and_keeps_its_key_over_reloads_and_visitors(kiosk: Kiosk, log: Log) -> None:
    key = cosigned(kiosk, 5)["key"]
    for old, new in ((5, 8), (8, 257), (257, 300)):
        kiosk.says["/record"] = log.shows(old, new)
        assert cosigned(kiosk, new)["key"] == key
        kiosk.says["/record"] = log.shows(new, new)
        kiosk.says["/scan"] = answer("exited")
        kiosk.scanner().until("exited")
        kiosk.open()
    assert sent(kiosk, "/record/dispute") == []
    assert kiosk.page.locator("#disputed").is_hidden()


def test_a_record_set_back_is_disputed_and_what_was_seen_stays_seen(kiosk: Kiosk, log: Log) -> None:
    kiosk.says["/record"] = log.shows(9, 4)
    found = disputes(kiosk, "rolled_back")
    assert found["held"].split("\n")[1] == "5"
    assert found["shown"].split("\n")[1] == "4"
    kiosk.open()
    disputes(kiosk, "rolled_back")
    kiosk.says["/record"] = log.shows(5, 6)
    cosigned(kiosk, 6)
    kiosk.wait(lambda: kiosk.page.locator("#disputed").is_hidden(), "the alarm's end")


@pytest.mark.parametrize("told", [0, 3, 4])
def test_a_rewritten_record_is_disputed_however_well_it_is_signed(kiosk: Kiosk, ring: KeyRing, told: int) -> None:
    """The rewriter has the key, and makes every proof their history has."""
    kiosk.says["/record"] = Log(ring, told).shows(5, 40)
    disputes(kiosk, "rewritten")
    kiosk.says["/record"] = Log(ring, told).shows(5, 5)
    disputes(kiosk, "rewritten")


def test_a_record_rewritten_after_what_was_seen_cannot_be_told_by_this_kiosk(kiosk: Kiosk, ring: KeyRing) -> None:
    """The negative control: only what a witness has seen is safe."""
    kiosk.says["/record"] = Log(ring, 5).shows(5, 40)
    cosigned(kiosk, 40)
    assert sent(kiosk, "/record/dispute") == []


def test_another_key_and_another_record_are_disputed(kiosk: Kiosk, log: Log) -> None:
    foreign = LogKeys.of(new_test_ring(Suite.STD))
    mine = LogKeys(log.keys.origin, foreign.verifiers, foreign.signers)
    kiosk.says["/record"] = {"checkpoint": str(mine.sign(size=9, root=log.root(9), now=NOON)), "hashes": log.shows(5, 9)["hashes"]}
    disputes(kiosk, "not_signed")
    kiosk.says["/record"] = {"checkpoint": str(foreign.sign(size=9, root=log.root(9), now=NOON)), "hashes": []}
    disputes(kiosk, "another_record")
    kiosk.says["/record"] = {"checkpoint": "nonsense", "hashes": []}
    disputes(kiosk, "unreadable")


def test_people_come_and_go_while_the_record_is_disputed(kiosk: Kiosk, log: Log) -> None:
    kiosk.says["/record"] = log.shows(9, 4)
    disputes(kiosk, "rolled_back")
    kiosk.says["/scan"] = answer("exited")
    kiosk.scanner().until("exited")
    assert kiosk.page.locator("#disputed").inner_text() == "本数据中心的记录与本机此前所见不符，请告知保安。"


def test_a_kiosk_enrolled_anew_begins_anew(kiosk: Kiosk, log: Log) -> None:
    kiosk.says["/record"] = log.shows(9, 4)
    disputes(kiosk, "rolled_back")
    kiosk.record = kiosk.record | {"enrolled": "2"}
    before = cosigned(kiosk, 5)["key"]
    kiosk.open()
    assert cosigned(kiosk, 4)["key"] != before


def test_the_browsers_arithmetic_is_the_servers(kiosk: Kiosk, log: Log) -> None:
    """Every pair of sizes up to 20, and as many proofs that are not theirs."""
    roots = [log.root(size) for size in range(21)]
    cases = []
    for new in range(1, 21):
        for old in range(new + 1):
            proof = prove_consistency(log.node, old, new)
            for given in (proof, proof[:-1], [*proof, EMPTY], proof[::-1]):
                expected = consistent(old, new, roots[old], roots[new], given)
                cases.append([old, new, *(base64.b64encode(roots[size]).decode() for size in (old, new)), hashes_text(given), expected])
    wrong = kiosk.page.evaluate(
        """async (cases) => {
          const { bytes, consistent } = await import("/static/lobby/proofs.js");
          const wrong = [];
          for (const [old, size, was, now, proof, expected] of cases) {
            const found = await consistent({ size: old, root: bytes(was) }, { size, root: bytes(now) }, proof.map(bytes));
            if (found !== expected) wrong.push([old, size, expected]);
          }
          return wrong;
        }""",
        cases,
    )
    assert len(cases) > 800
    assert [case for case in wrong if case[0]] == []
