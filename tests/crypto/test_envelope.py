"""Sealed values stay where they were put: every transplant fails to open."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from access_log.crypto.envelope import Sealed, commitment, item_aad, rewrap, seal, unpad
from access_log.crypto.errors import CryptoError, KeyMissing, SealBroken
from access_log.crypto.opening import open_sealed
from access_log.crypto.ring import KeyRing, Purpose, new_key
from access_log.crypto.suites import Suite, aead_open
from tests.conftest import LONG
from tests.crypto.conftest import RINGS
from tests.moments import NOON

WEI = UUID("11111111-1111-4111-8111-111111111111")
ANA = UUID("22222222-2222-4222-8222-222222222222")
ROUNDS = 20_000 if LONG else 200


def with_second_keks(ring: KeyRing) -> KeyRing:
    """The same ring a day later: a newer KEK for each purpose, the older ones still live."""
    for purpose in Purpose:
        ring = ring.with_key(new_key(purpose, version=2, now=NOON))
    return ring


LATER = {suite: with_second_keks(ring) for suite, ring in RINGS.items()}


@dataclass(frozen=True)
class Place:
    """Everything a sealed value is bound to."""

    suite: Suite
    purpose: Purpose
    subject: UUID
    item: str
    version: int
    row: int


places = st.builds(
    Place,
    suite=st.sampled_from(Suite),
    purpose=st.sampled_from(Purpose),
    subject=st.sampled_from([WEI, ANA]),
    item=st.sampled_from(["name", "contact", "nam", "names", ""]),
    version=st.sampled_from([1, 2]),
    row=st.sampled_from([1, 2]),
)


def sealed_at(place: Place) -> Sealed:
    ring = RINGS[place.suite] if place.version == 1 else LATER[place.suite]
    return seal(ring, purpose=place.purpose, subject=place.subject, item=place.item, plaintext=b"row %d" % place.row)


def open_at(place: Place, sealed: Sealed) -> bytes:
    """Open `sealed` as if it stood at `place`."""
    stored = replace(sealed, suite=int(place.suite), kek_version=place.version)
    return open_sealed(LATER[place.suite], stored, purpose=place.purpose, subject=place.subject, item=place.item)


@given(place=places)
@settings(max_examples=ROUNDS, deadline=None)
def test_at_its_own_place_a_value_opens(place: Place) -> None:
    assert open_at(place, sealed_at(place)) == b"row %d" % place.row


@pytest.mark.asvs("V11.3.3")
@given(here=places, there=places)
@settings(max_examples=ROUNDS, deadline=None)
def test_nothing_opens_at_another_place(here: Place, there: Place) -> None:
    assume(replace(here, row=there.row) != there)
    with pytest.raises(SealBroken):
        open_at(there, sealed_at(here))


@given(here=places, there=places)
@settings(max_examples=ROUNDS, deadline=None)
def test_half_of_one_row_never_opens_with_half_of_another(here: Place, there: Place) -> None:
    one, other = sealed_at(here), sealed_at(there)
    for place in (here, there):
        with pytest.raises(SealBroken):
            open_at(place, replace(one, ciphertext=other.ciphertext))
        with pytest.raises(SealBroken):
            open_at(place, replace(one, wrapped_key=other.wrapped_key))


@pytest.mark.parametrize("changed", ["suite", "purpose", "subject", "item", "version"])
@pytest.mark.parametrize("suite", Suite)
def test_each_single_change_of_place_is_enough_to_break_the_seal(suite: Suite, changed: str) -> None:
    here = Place(suite, Purpose.IDENTITY, WEI, "name", 1, 1)
    elsewhere: dict[str, object] = {
        "suite": Suite.GM if suite is Suite.STD else Suite.STD,
        "purpose": Purpose.LABEL,
        "subject": ANA,
        "item": "contact",
        "version": 2,
    }
    sealed = sealed_at(here)
    with pytest.raises(SealBroken):
        open_at(replace(here, **{changed: elsewhere[changed]}), sealed)  # type: ignore[arg-type]
    assert open_at(here, sealed) == b"row 1"


def test_a_ciphertext_is_bound_to_its_place_even_for_one_who_has_the_item_key(ring: KeyRing) -> None:
    """The wrap would catch a moved row alone; the ciphertext does not lean on it."""
    sealed = seal(ring, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei")
    key = item_key(ring, sealed)
    assert unpad(aead_open(1, key, sealed.ciphertext, item_aad(1, WEI, "name"))) == b"Wei"
    for elsewhere in (item_aad(2, WEI, "name"), item_aad(1, ANA, "name"), item_aad(1, WEI, "contact")):
        with pytest.raises(SealBroken):
            aead_open(1, key, sealed.ciphertext, elsewhere)


@pytest.mark.parametrize("suite", [0, 3, 256, -1])
def test_a_suite_nobody_knows_is_a_broken_seal(suite: int) -> None:
    sealed = replace(sealed_at(Place(Suite.STD, Purpose.IDENTITY, WEI, "name", 1, 1)), suite=suite)
    with pytest.raises(SealBroken):
        open_sealed(RINGS[Suite.STD], sealed, purpose=Purpose.IDENTITY, subject=WEI, item="name")


def test_both_suites_live_in_one_database(either: KeyRing) -> None:
    """A ring opens what was sealed under the other suite, since each value says which one it was."""
    value = seal(either, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext="张伟".encode())
    turned = KeyRing(Suite.GM if either.suite is Suite.STD else Suite.STD, either.keys)
    assert open_sealed(turned, value, purpose=Purpose.IDENTITY, subject=WEI, item="name").decode() == "张伟"


@given(plaintext=st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_come_back_whole(plaintext: bytes) -> None:
    ring = RINGS[Suite.STD]
    sealed = seal(ring, purpose=Purpose.REPORT, subject=WEI, item="pdf", plaintext=plaintext)
    assert open_sealed(ring, sealed, purpose=Purpose.REPORT, subject=WEI, item="pdf") == plaintext


def test_a_file_of_a_report_comes_back_whole(either: KeyRing) -> None:
    file = bytes(range(256)) * 8192
    sealed = seal(either, purpose=Purpose.REPORT, subject=WEI, item="xlsx", plaintext=file)
    assert open_sealed(either, sealed, purpose=Purpose.REPORT, subject=WEI, item="xlsx") == file


@pytest.mark.parametrize("name", ["李", "欧阳娜娜", "阿卜杜拉·买买提", "Ana Lucía Ñúñez"])
def test_the_length_of_a_name_does_not_show(ring: KeyRing, name: str) -> None:
    sealed = seal(ring, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=name.encode())
    assert len(sealed.ciphertext) == 12 + 32 + 16


@pytest.mark.parametrize("framed", [b"", b"\0\0\0", b"\0\0\0\5name", b"\xff\xff\xff\xff" + bytes(28)])
def test_a_frame_that_promises_more_than_it_holds_is_broken(framed: bytes) -> None:
    with pytest.raises(SealBroken):
        unpad(framed)


def test_every_write_draws_a_key_of_its_own(ring: KeyRing) -> None:
    first, second = (seal(ring, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei") for _ in range(2))
    with pytest.raises(SealBroken):
        open_sealed(ring, replace(second, ciphertext=first.ciphertext), purpose=Purpose.IDENTITY, subject=WEI, item="name")


def test_rewrapping_moves_to_the_newest_kek_and_touches_no_ciphertext(either: KeyRing) -> None:
    old = seal(either, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei")
    later = LATER[either.suite]
    new = rewrap(later, old, purpose=Purpose.IDENTITY, subject=WEI, item="name")
    assert (old.kek_version, new.kek_version) == (1, 2)
    assert new.ciphertext == old.ciphertext
    assert open_sealed(later, new, purpose=Purpose.IDENTITY, subject=WEI, item="name") == b"Wei"


def test_after_the_old_kek_is_destroyed_a_backup_opens_with_nothing(either: KeyRing) -> None:
    """The ratchet: what was rewrapped lives on, the wrapped keys in older backups are noise."""
    backup = seal(either, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei")
    live = rewrap(LATER[either.suite], backup, purpose=Purpose.IDENTITY, subject=WEI, item="name")
    ratcheted = LATER[either.suite].without(Purpose.IDENTITY, 1)
    assert open_sealed(ratcheted, live, purpose=Purpose.IDENTITY, subject=WEI, item="name") == b"Wei"
    with pytest.raises(KeyMissing):
        open_sealed(ratcheted, backup, purpose=Purpose.IDENTITY, subject=WEI, item="name")
    with pytest.raises(SealBroken):
        open_sealed(ratcheted, replace(backup, kek_version=2), purpose=Purpose.IDENTITY, subject=WEI, item="name")


@pytest.mark.parametrize(("subject", "item", "version"), [(ANA, "name", 1), (WEI, "contact", 1), (WEI, "name", 2)])
def test_rewrapping_refuses_what_was_moved(either: KeyRing, subject: UUID, item: str, version: int) -> None:
    sealed = seal(either, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei")
    later = LATER[either.suite]
    with pytest.raises(SealBroken):
        rewrap(later, replace(sealed, kek_version=version), purpose=Purpose.IDENTITY, subject=subject, item=item)
    assert rewrap(later, sealed, purpose=Purpose.IDENTITY, subject=WEI, item="name")


def test_the_reports_ring_opens_labels_and_no_identity(either: KeyRing) -> None:
    reports = either.subset({Purpose.LABEL, Purpose.REPORT})
    name = seal(either, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei")
    label = seal(either, purpose=Purpose.LABEL, subject=WEI, item="label", plaintext=b"W*")
    assert open_sealed(reports, label, purpose=Purpose.LABEL, subject=WEI, item="label") == b"W*"
    for purpose in Purpose:
        with pytest.raises(CryptoError):
            open_sealed(reports, name, purpose=purpose, subject=WEI, item="name")


def hkdf(key: bytes, *, hash_name: str, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 in six lines, from the standard library alone."""
    extracted = hmac.new(salt or bytes(hashlib.new(hash_name).digest_size), key, hash_name).digest()
    made, block, count = b"", b"", 0
    while len(made) < length:
        count += 1
        block = hmac.new(extracted, block + info + bytes([count]), hash_name).digest()
        made += block
    return made[:length]


@pytest.mark.parametrize(
    ("salt", "info", "expected"),
    [
        (
            bytes(range(13)),
            bytes(range(0xF0, 0xFA)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (b"", b"", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
    ],
)
def test_the_yardstick_gives_the_vectors_of_rfc_5869_cases_1_and_3(salt: bytes, info: bytes, expected: str) -> None:
    assert hkdf(bytes([0x0B]) * 22, hash_name="sha256", salt=salt, info=info, length=42).hex() == expected


def test_a_commitment_is_an_hmac_under_a_key_derived_from_the_item_key(either: KeyRing) -> None:
    sealed = seal(either, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei")
    made = commitment(either, sealed, purpose=Purpose.IDENTITY, subject=WEI, item="name", field="name", value=b"Wei")
    hash_name = "sha256" if either.suite is Suite.STD else "sm3"
    key = hkdf(item_key(either, sealed), hash_name=hash_name, salt=b"", info=b"access-log/1 commit", length=32)
    assert made == hmac.new(key, b"\0\0\0\4name\0\0\0\3Wei", hash_name).digest()


def item_key(ring: KeyRing, sealed: Sealed) -> bytes:
    """Unwrap by hand, by what the format says."""
    _version, kek = ring.kek(Purpose.IDENTITY, sealed.kek_version)
    parts = [b"access-log/1 wrap", bytes([sealed.suite]), b"identity", sealed.kek_version.to_bytes(4, "big"), WEI.bytes, b"name"]
    aad = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return aead_open(sealed.suite, kek, sealed.wrapped_key, aad)


def test_a_commitment_says_nothing_once_the_item_is_sealed_anew(ring: KeyRing) -> None:
    """An auditor with the value alone cannot confirm it: the key that made it is gone with the erased row."""
    made = []
    for _ in range(2):
        sealed = seal(ring, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei")
        made.append(commitment(ring, sealed, purpose=Purpose.IDENTITY, subject=WEI, item="name", field="name", value=b"Wei"))
    assert made[0] != made[1]


def test_a_commitment_survives_rewrapping(either: KeyRing) -> None:
    old = seal(either, purpose=Purpose.IDENTITY, subject=WEI, item="name", plaintext=b"Wei")
    new = rewrap(LATER[either.suite], old, purpose=Purpose.IDENTITY, subject=WEI, item="name")
    made = [
        commitment(LATER[either.suite], sealed, purpose=Purpose.IDENTITY, subject=WEI, item="name", field="name", value=b"Wei")
        for sealed in (old, new)
    ]
    assert made[0] == made[1]
