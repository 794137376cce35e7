"""Ciphers, digests and nonces of both suites, against the vectors of their standards."""

import hashlib
import hmac
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_log.crypto import suites
from access_log.crypto.errors import SealBroken
from access_log.crypto.suites import Suite, aead_open, aead_seal, digest, mac, sm4_key, suite_named
from tests.conftest import LONG

KEY = bytes(range(32))
SEALS = 1_000_000 if LONG else 100_000


@pytest.fixture
def rfc_8998(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give SM4 the vector's own key and nonce in place of derived and random ones."""
    monkeypatch.setattr(suites, "sm4_key", lambda key: key[:16])
    monkeypatch.setattr(os, "urandom", lambda size: bytes.fromhex("00001234567800000000ABCD"))


@pytest.mark.asvs("V11.3.2")
@pytest.mark.usefixtures("rfc_8998")
def test_sm4_gcm_gives_the_vector_of_rfc_8998_appendix_a_1() -> None:
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210") + bytes(16)
    plaintext = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
    aad = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    sealed = aead_seal(Suite.GM, key, plaintext, aad)
    assert sealed[12:-16].hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    assert sealed[-16:].hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    assert aead_open(Suite.GM, key, sealed, aad) == plaintext


def test_hmac_sm3_gives_the_vectors_of_gm_t_0042_appendix_d_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "joined", lambda *parts: b"".join(parts))
    key = bytes(range(1, 33))
    message = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
    assert mac(Suite.GM, key, message).hex() == "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"


def test_hmac_sha_256_gives_the_vector_of_rfc_4231_case_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "joined", lambda *parts: b"".join(parts))
    made = mac(Suite.STD, b"Jefe", b"what do ya want for nothing?")
    assert made.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_digests_give_the_standards_vectors_for_abc() -> None:
    assert digest(Suite.STD, b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(Suite.GM, b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_the_sm4_key_is_hkdf_with_sm3_of_all_256_bits() -> None:
    extracted = hmac.new(bytes(32), KEY, "sm3").digest()
    expanded = hmac.new(extracted, b"access-log/1 sm4\x01", "sm3").digest()
    assert sm4_key(KEY) == expanded[:16]
    assert sm4_key(KEY[:16] + bytes(16)) != sm4_key(KEY)


@pytest.mark.parametrize("suite", Suite)
@given(plaintext=st.binary(max_size=200), aad=st.binary(max_size=50))
@settings(deadline=None)
def test_what_is_sealed_opens_again(suite: Suite, plaintext: bytes, aad: bytes) -> None:
    assert aead_open(suite, KEY, aead_seal(suite, KEY, plaintext, aad), aad) == plaintext


@pytest.mark.asvs("V11.3.3")
@pytest.mark.parametrize("suite", Suite)
def test_any_flipped_bit_breaks_the_seal(suite: Suite) -> None:
    sealed = aead_seal(suite, KEY, b"Wei", b"place")
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            aead_open(suite, KEY, bytes(changed), b"place")


@pytest.mark.asvs("V11.2.5")
@pytest.mark.parametrize("suite", Suite)
def test_every_way_to_fail_says_the_same_and_nothing_of_key_or_text(suite: Suite) -> None:
    sealed = aead_seal(suite, KEY, b"Wei", b"place")
    tries = [(KEY[::-1], sealed, b"place"), (KEY, sealed, b"elsewhere"), (KEY, sealed[:-1], b"place"), (KEY, sealed + b"\0", b"place")]
    said = set()
    for key, blob, aad in tries:
        with pytest.raises(SealBroken) as caught:
            aead_open(suite, key, blob, aad)
        assert caught.value.__cause__ is None
        said.add(str(caught.value))
    assert said == {"the seal does not hold"}


@pytest.mark.parametrize("length", range(28))
def test_less_than_a_nonce_and_a_tag_is_a_broken_seal(length: int) -> None:
    with pytest.raises(SealBroken):
        aead_open(Suite.STD, KEY, bytes(length), b"")


@pytest.mark.parametrize("suite", [0, 3, 255])
def test_a_suite_nobody_knows_does_not_open(suite: int) -> None:
    with pytest.raises(SealBroken):
        aead_open(suite, KEY, aead_seal(Suite.STD, KEY, b"Wei", b""), b"")


def test_one_suite_does_not_open_the_other() -> None:
    for sealed_as, opened_as in ((Suite.STD, Suite.GM), (Suite.GM, Suite.STD)):
        with pytest.raises(SealBroken):
            aead_open(opened_as, KEY, aead_seal(sealed_as, KEY, b"Wei", b""), b"")


def distinct_nonces(suite: Suite, count: int) -> int:
    return len({aead_seal(suite, KEY, b"", b"")[:12] for _ in range(count)})


@pytest.mark.asvs("V11.3.4")
@pytest.mark.parametrize(("suite", "count"), [(Suite.STD, SEALS), (Suite.GM, SEALS // 10)])
def test_no_nonce_is_ever_drawn_twice(suite: Suite, count: int) -> None:
    assert distinct_nonces(suite, count) == count


def test_the_count_of_nonces_would_see_a_generator_that_repeats_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [bytes([number % 100]) * 12 for number in range(101)]
    monkeypatch.setattr(os, "urandom", lambda size: drawn.pop())
    assert distinct_nonces(Suite.STD, 101) == 100


@given(parts=st.lists(st.binary(max_size=6), max_size=4), others=st.lists(st.binary(max_size=6), max_size=4))
@settings(deadline=None)
def test_different_parts_never_meet_in_one_mac(parts: list[bytes], others: list[bytes]) -> None:
    assert (mac(Suite.STD, KEY, *parts) == mac(Suite.STD, KEY, *others)) == (parts == others)


def test_moving_a_boundary_changes_the_mac_in_both_suites() -> None:
    for suite in Suite:
        assert mac(suite, KEY, b"ab", b"c") != mac(suite, KEY, b"a", b"bc")
        assert len(mac(suite, KEY)) == 32
    assert mac(Suite.STD, KEY, b"a") == hmac.new(KEY, b"\0\0\0\1a", hashlib.sha256).digest()


def test_suites_have_the_names_of_the_setting() -> None:
    assert (suite_named("std"), suite_named("gm")) == (Suite.STD, Suite.GM)
    with pytest.raises(KeyError):
        suite_named("none")
