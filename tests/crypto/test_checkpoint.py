"""Checkpoints: read and written as C2SP says, signed by the ring, and refused when a single character differs."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from access_log.crypto.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    Line,
    LogKeys,
    Note,
    NoteError,
    Verifier,
    cosign,
    cosigned_at,
    sign,
)
from access_log.crypto.errors import KeyMissing
from access_log.crypto.ring import KeyKind, KeyRing, Purpose, new_key
from access_log.crypto.suites import Suite
from tests.moments import NOON
from tests.rings import new_test_ring

ROOT = bytes(range(32))
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # published with the specification
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
"""The example of the signed-note specification's first implementation (golang.org/x/mod/sumdb/note), with its keys."""
BEHIND_THE_SOFA = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
"""The example of tlog-checkpoint and tlog-cosignature. Its keys are not published."""


def neumann() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(SKEY.split("+", 4)[4])[1:])


def test_the_specifications_own_note_is_read_checked_and_written_byte_for_byte() -> None:
    verifier = Verifier.parse(VKEY)
    assert (verifier.id.hex(), str(verifier)) == ("c74f20a3", VKEY)
    note = Note.parse(NEUMANN)
    assert note.signed_by(verifier) is not None
    assert str(note) == NEUMANN
    assert str(Note(note.text, (sign(neumann(), "PeterNeumann", note.text),))) == NEUMANN


def test_the_key_of_a_public_log_has_the_id_that_everybody_knows() -> None:
    assert Verifier.parse("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8").name == "sum.golang.org"


def test_the_specifications_own_checkpoint_is_read() -> None:
    note = Note.parse(BEHIND_THE_SOFA)
    head = Checkpoint.parse(note.text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.text == note.text
    assert [line.name for line in note.lines] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert cosigned_at(note.lines[1]) == datetime.fromtimestamp(1679315147, UTC)
    assert str(note) == BEHIND_THE_SOFA


def test_a_cosignature_signs_the_message_of_the_standard() -> None:
    text = Note.parse(BEHIND_THE_SOFA).text
    at = datetime.fromtimestamp(1679315147, UTC)
    line = cosign(neumann(), "witness", text, at)
    message = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    neumann().public_key().verify(line.signature[8:], message.encode())
    verifier = Verifier("witness", neumann().public_key().public_bytes_raw(), COSIGNATURE)
    assert Note(text, (line,)).signed_by(verifier) is line
    later = Line(line.name, line.id, (1679315148).to_bytes(8, "big") + line.signature[8:])
    assert Note(text, (later,)).signed_by(verifier) is None, "the time is signed"


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "a\n\n", "a\n\n— b\n", "a\n\n— b c\n", "a\n\n- b AAAAAAAA\n", "a\n\n— b AAAAAAAA", "a\n— b AAAAAAAA\n", "a\n\n— b AAAA\n",
        "a\tb\n\n— b AAAAAAAA\n", "a\n\n— b+c AAAAAAAA\n", "a\n\n— b AAAAAAAA\n\n", "a\n\n— b AAAA AAAA\n",
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Note.parse(text)


@pytest.mark.parametrize("text", ["", "o\n1\n", f"o\n01\n{'A' * 43}=\n", f"o\n-1\n{'A' * 43}=\n", "o\n1\nAAAA\n", f"o\n1\n{'A' * 43}=",
                                  f"\n1\n{'A' * 43}=\n", f"o\n1\n{'A' * 43}=\n\n", f"o\n٣\n{'A' * 43}=\n"])  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", "a+00000000+AAAA", VKEY.replace("c74f", "c74e"), "a b+c74f20a3+" + VKEY.rpartition("+")[2]]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(text)


def test_the_ring_signs_a_checkpoint_with_its_time(ring: KeyRing) -> None:
    note = Note.parse(str(LogKeys.of(ring).sign(size=7, root=ROOT, now=NOON)))
    keys = LogKeys.of(ring)
    found = keys.check(note)
    assert (found.head.size, found.head.root, found.head.origin, found.at) == (7, ROOT, keys.origin, NOON)
    assert found.by == keys.verifiers[-1]
    assert Checkpoint.parse(note.text).text == note.text, "no extension lines: every reader of checkpoints understands it"


def test_the_records_name_stays_when_its_key_changes_and_old_checkpoints_stay_good(ring: KeyRing) -> None:
    old = LogKeys.of(ring).sign(size=7, root=ROOT, now=NOON)
    renewed = ring.with_key(new_key(KeyKind.LOG_SIGNING, version=2, now=NOON))
    new = LogKeys.of(renewed).sign(size=8, root=ROOT, now=NOON + timedelta(days=1))
    keys = LogKeys.of(renewed)
    assert keys.origin == LogKeys.of(ring).origin
    assert [keys.check(note).by for note in (old, new)] == list(keys.verifiers)
    with pytest.raises(NoteError, match="not signed"):
        LogKeys.of(ring).check(new)


def test_another_rings_checkpoint_is_no_checkpoint_of_this_record(ring: KeyRing) -> None:
    with pytest.raises(NoteError, match="another log"):
        LogKeys.of(ring).check(LogKeys.of(new_test_ring(Suite.STD)).sign(size=7, root=ROOT, now=NOON))


def test_a_checkpoint_whose_time_was_taken_away_or_changed_is_refused(ring: KeyRing) -> None:
    note = LogKeys.of(ring).sign(size=7, root=ROOT, now=NOON)
    with pytest.raises(NoteError, match="time"):
        LogKeys.of(ring).check(Note(note.text, note.lines[:1]))
    later = LogKeys.of(ring).sign(size=7, root=ROOT, now=NOON + timedelta(hours=1)).lines[1]
    forged = Line(later.name, later.id, note.lines[1].signature[:8] + later.signature[8:])
    with pytest.raises(NoteError, match="time"):
        LogKeys.of(ring).check(Note(note.text, (note.lines[0], forged)))


@given(st.data())
def test_a_checkpoint_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    ring = new_test_ring(Suite.STD)
    keys = LogKeys.of(ring)
    whole = str(keys.sign(size=1234, root=ROOT, now=NOON)).encode()
    assert keys.recognise(whole.decode()) == keys.check(Note.parse(whole.decode()))
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    for read in (lambda text: keys.check(Note.parse(text)), keys.recognise):
        with pytest.raises(ValueError):  # NoteError, or no text at all
            read(changed.decode())


def test_a_text_that_would_be_a_checkpoint_is_not_signed(ring: KeyRing) -> None:
    origin = LogKeys.of(ring).origin
    for text in (Checkpoint(origin, 9, ROOT).text, "no end"):
        with pytest.raises(NoteError, match="must not"):
            LogKeys.of(ring).sign_text(text)
    assert LogKeys.of(ring).sign_text("a pack\n").signed_by(LogKeys.of(ring).verifiers[0])


def test_a_ring_without_the_key_signs_nothing(ring: KeyRing) -> None:
    with pytest.raises(KeyMissing):
        LogKeys.of(ring.subset({Purpose.LABEL}))
