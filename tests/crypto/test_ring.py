"""The ring in memory: versions, views for other processes, and silence about its keys."""

import base64
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from access_log.crypto.errors import KeyMissing
from access_log.crypto.ring import KeyKind, KeyRing, Purpose, new_key
from tests.moments import NOON

REPORTS = {Purpose.LABEL, Purpose.REPORT}


def test_a_new_ring_has_version_1_of_every_key_and_no_key_twice(either: KeyRing) -> None:
    materials = [key.material for key in either.all_keys()]
    assert either.purposes == frozenset(Purpose)
    assert len(set(materials)) == len(materials) == len(Purpose) + len(KeyKind)
    assert {(key.version, key.created_at, len(key.material)) for key in either.all_keys()} == {(1, NOON, 32)}


def test_the_newest_kek_is_given_unless_a_version_is_asked_for(ring: KeyRing) -> None:
    later = ring.with_key(new_key(Purpose.IDENTITY, version=2, now=NOON))
    assert later.kek(Purpose.IDENTITY)[0] == 2
    assert later.kek(Purpose.IDENTITY, 1) == ring.kek(Purpose.IDENTITY)
    assert later.kek_versions(Purpose.IDENTITY) == [1, 2]


@pytest.mark.parametrize("version", [0, 1])
def test_a_version_is_never_given_twice(ring: KeyRing, version: int) -> None:
    with pytest.raises(ValueError, match="identity"):
        ring.with_key(new_key(Purpose.IDENTITY, version=version, now=NOON))


def test_a_destroyed_version_is_missing_and_the_others_stay(ring: KeyRing) -> None:
    later = ring.with_key(new_key(Purpose.IDENTITY, version=2, now=NOON)).without(Purpose.IDENTITY, 1)
    assert later.kek_versions(Purpose.IDENTITY) == [2]
    with pytest.raises(KeyMissing):
        later.kek(Purpose.IDENTITY, 1)
    with pytest.raises(KeyMissing):
        later.without(Purpose.IDENTITY, 1)
    assert ring.kek_versions(Purpose.IDENTITY) == [1]


def test_the_last_version_gone_the_purpose_is_gone(ring: KeyRing) -> None:
    left = ring.without(Purpose.IDENTITY, 1)
    assert left.purposes == frozenset(Purpose) - {Purpose.IDENTITY}
    with pytest.raises(KeyMissing):
        left.kek(Purpose.IDENTITY)


def test_a_subset_holds_what_was_named_and_nothing_else(either: KeyRing) -> None:
    reports = either.subset(REPORTS)
    assert reports.suite is either.suite
    assert reports.purposes == REPORTS
    assert {key.name for key in reports.all_keys()} == {"label", "report"}
    for purpose in set(Purpose) - REPORTS:
        with pytest.raises(KeyMissing):
            reports.kek(purpose)
    for kind in KeyKind:
        with pytest.raises(KeyMissing):
            reports.secret(kind)
    with pytest.raises(KeyMissing):
        reports.pass_signing_key()
    assert reports.pass_public_keys() == {}


def test_a_subset_may_name_a_secret(ring: KeyRing) -> None:
    assert ring.subset({KeyKind.COOKIE}).secret(KeyKind.COOKIE) == ring.secret(KeyKind.COOKIE)


def test_a_ring_cannot_be_changed(ring: KeyRing) -> None:
    held: Any = ring
    with pytest.raises(FrozenInstanceError):
        held.keys = {}
    with pytest.raises(TypeError):
        held.keys["identity"] = ()
    with pytest.raises(TypeError):
        held.pass_public_keys()[2] = None


def test_changing_the_mapping_a_ring_was_made_from_does_not_reach_it(ring: KeyRing) -> None:
    keys = dict(ring.keys)
    made = KeyRing(ring.suite, keys)
    keys.clear()
    assert made.purposes == frozenset(Purpose)


def test_public_keys_are_loaded_once_and_belong_to_the_signing_keys(ring: KeyRing) -> None:
    later = ring.with_key(new_key(KeyKind.PASS_SIGNING, version=2, now=NOON))
    assert later.pass_public_keys() is later.pass_public_keys()
    assert set(later.pass_public_keys()) == {1, 2}
    assert later.pass_signing_key()[0] == 2
    for kid, public in later.pass_public_keys().items():
        public.verify(later.pass_signing_key(kid)[1].sign(b"pass"), b"pass")


def test_the_fingerprint_names_the_keys_and_changes_with_them(ring: KeyRing) -> None:
    again = KeyRing(ring.suite, dict(reversed(list(ring.keys.items()))))
    assert ring.fingerprint() == again.fingerprint()
    assert len(ring.fingerprint()) == 16
    others = [ring.subset(REPORTS), ring.with_key(new_key(Purpose.INDEX, version=2, now=NOON)), ring.without(Purpose.INDEX, 1)]
    assert len({ring.fingerprint(), *(other.fingerprint() for other in others)}) == 4


def spellings(material: bytes) -> list[str]:
    """The ways key bytes turn up in logs."""
    return [material.hex(), base64.b64encode(material).decode()[:40], repr(material)[2:-1], str(list(material))[1:-1]]


def test_no_text_about_a_ring_holds_a_key(either: KeyRing) -> None:
    texts = [repr(either), str(either), f"{either}", repr(dict(either.keys)), repr(list(either.all_keys()))]
    assert "identity [1]" in texts[0]
    for key in either.all_keys():
        assert not [spelling for spelling in spellings(key.material) for text in texts if spelling in text]


def test_the_search_for_key_bytes_would_find_them(ring: KeyRing) -> None:
    _version, material = ring.kek(Purpose.IDENTITY)
    for leak in (f"key={material!r}", material.hex(), base64.b64encode(material).decode(), repr(list(material))):
        assert [spelling for spelling in spellings(material) if spelling in leak]


def test_what_is_missing_is_said_by_name(ring: KeyRing) -> None:
    with pytest.raises(KeyMissing, match=r"^identity 7$"):
        ring.kek(Purpose.IDENTITY, 7)
    with pytest.raises(KeyMissing, match=r"^link \(newest\)$"):
        ring.subset(REPORTS).secret(KeyKind.LINK)
