"""Short codes and links: derived, never stored, read as people type them."""

import hashlib
import secrets
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_log.crypto.codes import (
    CODE_LENGTH,
    CROCKFORD,
    TOKEN_LENGTH,
    code_digest,
    group_code,
    link_token,
    normalise_code,
    random_code,
    random_token,
    short_code,
    token_digest,
)
from access_log.crypto.errors import KeyMissing
from access_log.crypto.ring import KeyKind, KeyRing, Purpose, new_key
from tests.conftest import LONG
from tests.moments import NOON

PASS = UUID("33333333-3333-4333-8333-333333333333")
MANY = 100_000 if LONG else 3_000
crockford = st.text(alphabet=CROCKFORD, min_size=CODE_LENGTH, max_size=CODE_LENGTH)


def test_a_code_is_ten_crockford_characters_and_the_same_every_time(either: KeyRing) -> None:
    code = short_code(either, PASS)
    assert code == short_code(either, PASS)
    assert len(code) == CODE_LENGTH == 10
    assert set(code) <= set(CROCKFORD)
    assert normalise_code(code) == code


def test_pass_generation_and_key_each_make_another_code(either: KeyRing) -> None:
    rotated = either.with_key(new_key(KeyKind.LINK, version=2, now=NOON))
    made = [short_code(either, PASS), short_code(either, PASS, 1), short_code(either, uuid4()), short_code(rotated, PASS)]
    assert len(set(made)) == 4


def test_every_character_of_the_alphabet_turns_up_at_every_place(ring: KeyRing) -> None:
    made = [short_code(ring, UUID(int=number)) for number in range(MANY)]
    assert len(set(made)) == MANY
    for place in range(CODE_LENGTH):
        assert {code[place] for code in made} == set(CROCKFORD)


@given(code=crockford, data=st.data())
@settings(deadline=None)
def test_a_code_is_understood_however_it_is_typed(code: str, data: st.DataObject) -> None:
    looks_like = {"0": "0Oo０", "1": "1IiLl１"}
    typed = "".join(data.draw(st.sampled_from(looks_like.get(character, character + character.lower()))) for character in code)
    for grouped in (typed, f"{typed[:5]}-{typed[5:]}", f" {typed[:5]} {typed[5:]}\n", f"{typed[:3]}\u2011{typed[3:]}"):
        assert normalise_code(grouped) == code


def test_what_a_chinese_input_method_types_in_full_width_is_understood() -> None:
    assert normalise_code("ａｂｃｄｅ－ＦＧＨＪＫ") == "ABCDEFGHJK"
    assert normalise_code("０１２３４　５６７８９") == "0123456789"


NO_CODES = {
    "empty": "",
    "short": "ABCDEFGHJ",
    "long": "ABCDEFGHJKM",
    "U": "ABCDEFGHJU",
    "a sign": "ABCDEFGH!K",
    "arabic": "١٢٣٤٥٦٧٨٩٠",
    "chinese": "中文字符中文字符中文",
    "surrogates": "\udcff" * 10,
    "too much around it": "-" * 60 + "ABCDEFGHJK",
    "a megabyte": "A" * 2**20,
}


@pytest.mark.parametrize("text", NO_CODES.values(), ids=NO_CODES)
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert normalise_code(text) is None


@given(text=st.text(max_size=80))
@settings(max_examples=1_000, deadline=None)
def test_any_text_gives_a_code_or_none(text: str) -> None:
    code = normalise_code(text)
    assert code is None or normalise_code(code) == code


def test_a_code_is_shown_in_two_groups_that_read_back() -> None:
    assert group_code("ABCDEFGHJK") == "ABCDE-FGHJK"
    assert normalise_code(group_code("ABCDEFGHJK")) == "ABCDEFGHJK"


@pytest.mark.asvs("V6.5.2")
def test_what_is_stored_of_a_code_is_keyed(either: KeyRing) -> None:
    code = short_code(either, PASS)
    stored = code_digest(either, code)
    rotated = either.with_key(new_key(KeyKind.LINK, version=2, now=NOON))
    assert stored == code_digest(either, code)
    assert len(stored) == 32
    assert stored != code_digest(rotated, code)
    assert stored not in (hashlib.sha256(code.encode()).digest(), token_digest(code))


def test_a_link_is_26_lower_case_characters_and_the_same_every_time(either: KeyRing) -> None:
    token = link_token(either, "visit", PASS, 0)
    assert token == link_token(either, "visit", PASS, 0)
    assert len(token) == TOKEN_LENGTH == 26
    assert set(token) <= set(CROCKFORD.lower())


def test_purpose_person_generation_and_key_each_make_another_link(either: KeyRing) -> None:
    rotated = either.with_key(new_key(KeyKind.LINK, version=2, now=NOON))
    made = [
        link_token(either, "visit", PASS, 0),
        link_token(either, "account", PASS, 0),
        link_token(either, "visit", PASS, 1),
        link_token(either, "visit", uuid4(), 0),
        link_token(rotated, "visit", PASS, 0),
    ]
    assert len(set(made)) == 5


def test_a_code_is_no_part_of_a_link(ring: KeyRing) -> None:
    assert short_code(ring, PASS).lower() not in link_token(ring, "short-code", PASS, 0)


def test_a_ring_without_the_secret_derives_nothing(ring: KeyRing) -> None:
    reports = ring.subset({Purpose.LABEL, Purpose.REPORT})
    for derive in (lambda: short_code(reports, PASS), lambda: code_digest(reports, "0"), lambda: link_token(reports, "visit", PASS, 0)):
        with pytest.raises(KeyMissing):
            derive()


@given(token=st.text(max_size=100))
@settings(deadline=None)
def test_any_text_has_a_digest(token: str) -> None:
    assert len(token_digest(token)) == 32


def test_a_token_is_stored_as_its_sha_256() -> None:
    assert token_digest("abc") == hashlib.sha256(b"abc").digest()


@pytest.mark.asvs("V11.5.1")
def test_random_tokens_and_codes_come_from_the_systems_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len({random_token() for _ in range(1_000)}) == len({random_code() for _ in range(1_000)}) == 1_000
    assert {len(random_token()) for _ in range(10)} == {43}
    assert normalise_code(random_code()) is not None
    asked: list[int] = []

    def watched(size: int) -> str:
        asked.append(size)
        return "x"

    monkeypatch.setattr(secrets, "token_urlsafe", watched)
    assert random_token() == "x"
    assert asked == [32]
