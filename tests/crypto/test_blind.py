"""The blind index finds one spelling of a value, says nothing about it, and dies with its key."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from access_log.crypto.blind import IndexKind, blind_candidates, blind_index, normalise, reindex
from access_log.crypto.errors import KeyMissing
from access_log.crypto.ring import KeyKind, KeyRing, Purpose, new_key
from access_log.crypto.suites import Suite
from tests.crypto.conftest import RINGS
from tests.moments import NOON

PHONE = "+8613800138000"
NUMBER = "11010519491231002X"


def next_day(ring: KeyRing) -> KeyRing:
    """The same ring with a newer index KEK; the older one still lives."""
    return ring.with_key(new_key(Purpose.INDEX, version=2, now=NOON))


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (IndexKind.PHONE, "+86 138-0013-8000", PHONE),
        (IndexKind.PHONE, " +86\u00a0138 0013 8000 ", PHONE),
        (IndexKind.PHONE, "＋８６１３８００１３８０００", PHONE),
        (IndexKind.PHONE, "+86 (138) 0013.8000", PHONE),
        (IndexKind.PHONE, "\u202a+86 138\u201100138000\u202c", PHONE),
        (IndexKind.PHONE, "+86\u2012138\u20130013\u2014800\u22120", PHONE),
        (IndexKind.DOCUMENT, "11010519491231002x", NUMBER),
        (IndexKind.DOCUMENT, "110105 19491231 002x", NUMBER),
        (IndexKind.DOCUMENT, "１１０１０５１９４９１２３１００２Ｘ", NUMBER),
        (IndexKind.DOCUMENT, "e12345678", "E12345678"),
        (IndexKind.MAIL, " Lin@Nimbus.Example ", "lin@nimbus.example"),
        (IndexKind.MAIL, "ｌｉｎ＠nimbus.example", "lin@nimbus.example"),
        (IndexKind.MAIL, "\u200blin@nimbus.example\ufeff", "lin@nimbus.example"),
        (IndexKind.MAIL, "ANA-LUCÍA.ÑÚÑEZ@example.org", "ana-lucía.ñúñez@example.org"),
    ],
)
def test_the_spellings_of_one_value_meet(ring: KeyRing, kind: IndexKind, typed: str, kept: str) -> None:
    assert normalise(kind, typed) == kept
    assert blind_index(ring, site_id=1, kind=kind, value=typed) == blind_index(ring, site_id=1, kind=kind, value=kept)


@pytest.mark.parametrize(
    ("one", "other"),
    [("lin.chen@example.org", "linchen@example.org"), ("lin-chen@example.org", "linchen@example.org"), ("a@b.cn", "a@b.com")],
)
def test_points_and_hyphens_of_a_mail_address_count(ring: KeyRing, one: str, other: str) -> None:
    values = {blind_index(ring, site_id=1, kind=IndexKind.MAIL, value=value) for value in (one, other)}
    assert len(values) == 2


@given(kind=st.sampled_from(IndexKind), value=st.text(max_size=30))
@example(kind=IndexKind.PHONE, value="\u0345ß\u0149")
@settings(deadline=None)
def test_normalising_twice_changes_nothing_more(kind: IndexKind, value: str) -> None:
    once = normalise(kind, value)
    assert normalise(kind, once) == once


@given(value=st.text(st.characters(codec="utf-8"), max_size=30), kind=st.sampled_from(IndexKind), suite=st.sampled_from(Suite))
@settings(deadline=None)
def test_any_text_has_a_value_of_16_bytes_that_finds_it(value: str, kind: IndexKind, suite: Suite) -> None:
    ring = RINGS[suite]
    stored = blind_index(ring, site_id=1, kind=kind, value=value)
    assert len(stored) == 16
    assert stored in blind_candidates(ring, site_id=1, kind=kind, value=value)
    assert len(blind_candidates(ring, site_id=1, kind=kind, value=value)) == len(Suite), "one a suite: values of both may be there"


def test_site_kind_and_value_each_make_another_value(either: KeyRing) -> None:
    values = [
        blind_index(either, site_id=1, kind=IndexKind.PHONE, value=PHONE),
        blind_index(either, site_id=2, kind=IndexKind.PHONE, value=PHONE),
        blind_index(either, site_id=1, kind=IndexKind.DOCUMENT, value=PHONE),
        blind_index(either, site_id=1, kind=IndexKind.PHONE, value="+8613800138001"),
    ]
    assert len(set(values)) == 4


def test_the_value_is_no_digest_that_anyone_could_make(either: KeyRing) -> None:
    """All phone numbers of a country can be hashed in minutes: neither key alone may be enough."""
    stored = blind_index(either, site_id=1, kind=IndexKind.PHONE, value=PHONE)
    _version, mac_key = either.secret(KeyKind.INDEX_MAC)
    for name in ("md5", "sha1", "sha256", "sha512", "sm3"):
        assert hashlib.new(name, PHONE.encode()).digest()[:16] != stored
        assert hmac.new(mac_key, PHONE.encode(), name).digest()[:16] != stored
    for other in (
        either.without(Purpose.INDEX, 1).with_key(new_key(Purpose.INDEX, version=1, now=NOON)),
        either.without(KeyKind.INDEX_MAC, 1).with_key(new_key(KeyKind.INDEX_MAC, version=1, now=NOON)),
    ):
        assert blind_index(other, site_id=1, kind=IndexKind.PHONE, value=PHONE) != stored


def test_look_ups_work_while_values_are_re_encrypted(either: KeyRing) -> None:
    old = blind_index(either, site_id=1, kind=IndexKind.PHONE, value=PHONE)
    later = next_day(either)
    new = blind_index(later, site_id=1, kind=IndexKind.PHONE, value=PHONE)
    assert new != old
    assert {old, new} < set(blind_candidates(later, site_id=1, kind=IndexKind.PHONE, value=PHONE))


def test_a_value_of_the_other_suite_is_found_too(either: KeyRing) -> None:
    """After a change of suite values of both are in one database, until they are all moved."""
    other = replace(either, suite=Suite.GM if either.suite is Suite.STD else Suite.STD)
    stored = blind_index(other, site_id=1, kind=IndexKind.PHONE, value=PHONE)
    assert stored != blind_index(either, site_id=1, kind=IndexKind.PHONE, value=PHONE)
    assert stored in blind_candidates(either, site_id=1, kind=IndexKind.PHONE, value=PHONE)


def test_re_encrypting_needs_no_plaintext_and_arrives_at_the_same_value(either: KeyRing) -> None:
    values = [PHONE, "+8613800138001", "+8613800138002"]
    old = [blind_index(either, site_id=1, kind=IndexKind.PHONE, value=value) for value in values]
    later = next_day(either)
    moved = [blind_index(later, site_id=1, kind=IndexKind.PHONE, value=value) for value in values]
    assert reindex(later, old, from_version=1, suite=either.suite) == moved
    assert reindex(later, [], from_version=1, suite=either.suite) == []


def test_an_old_backup_confirms_no_number_once_its_key_is_destroyed(either: KeyRing) -> None:
    backup = blind_index(either, site_id=1, kind=IndexKind.PHONE, value=PHONE)
    today = next_day(either).without(Purpose.INDEX, 1)
    assert backup not in blind_candidates(today, site_id=1, kind=IndexKind.PHONE, value=PHONE)
    with pytest.raises(KeyMissing):
        reindex(today, [backup], from_version=1, suite=either.suite)


def test_a_ring_without_the_index_keys_looks_nothing_up(either: KeyRing) -> None:
    reports = either.subset({Purpose.LABEL, Purpose.REPORT})
    with pytest.raises(KeyMissing):
        blind_candidates(reports, site_id=1, kind=IndexKind.PHONE, value=PHONE)
