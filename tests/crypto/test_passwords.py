"""Passwords and PINs: what is refused, what it costs to guess, and that an unknown account costs the same."""

import pytest
from argon2 import Type, extract_parameters

from access_log.crypto import passwords
from access_log.crypto.passwords import (
    COMMON,
    dummy_verify,
    hash_password,
    hash_pin,
    needs_rehash,
    password_problem,
    pin_problem,
    verify_password,
    verify_pin,
)

WORDS = "correct horse battery staple"  # the tests' own, not a secret
OF_WORDS = hash_password(WORDS)
OLDER = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$PzqHCyvtSARcKZ22V3OFLQLmIUo7qyaqEpqKr8nuR/A"


@pytest.mark.asvs("V6.2.8")
@pytest.mark.parametrize("text", [WORDS.upper(), WORDS[:-1], WORDS + " ", " " + WORDS, "", WORDS + "\0", "\udcff", "x" * 100_000])
def test_only_the_password_itself_is_right(text: str) -> None:
    assert verify_password(OF_WORDS, WORDS)
    assert not verify_password(OF_WORDS, text)


def test_a_password_is_not_cut_at_its_end_or_at_a_letter_of_several_bytes() -> None:
    long = "密" * 127 + "码"
    hashed = hash_password(long)
    assert verify_password(hashed, long)
    assert not verify_password(hashed, long[:-1] + "马")


def test_the_same_password_is_never_hashed_the_same_twice() -> None:
    assert hash_password(WORDS) != OF_WORDS
    assert WORDS not in OF_WORDS


@pytest.mark.asvs("V11.4.2")
@pytest.mark.parametrize("hashed", [OF_WORDS, hash_pin("482915")], ids=["password", "pin"])
def test_hashes_are_argon2id_with_at_least_the_19_mib_and_two_passes_of_owasp(hashed: str) -> None:
    cost = extract_parameters(hashed)
    assert cost.type is Type.ID
    assert cost.memory_cost >= 19 * 1024
    assert cost.time_cost >= 2
    assert cost.salt_len >= 16


DAMAGED = {
    "empty": "",
    "a letter": "x",
    "a prefix": "$argon2id$",
    "bcrypt": "$2b$12$abcdefghijklmnopqrstuv",
    "cut by one": OF_WORDS[:-1],
    "cut in the salt": OF_WORDS[:40],
    "chinese": "密码",
}


@pytest.mark.parametrize("hashed", DAMAGED.values(), ids=DAMAGED)  # ids without salts: every worker must collect the same tests
def test_a_damaged_hash_opens_for_nobody(hashed: str) -> None:
    assert not verify_password(hashed, WORDS)
    assert not verify_pin(hashed, "482915")


def test_a_cheaper_hash_from_before_asks_to_be_made_anew() -> None:
    assert not needs_rehash(OF_WORDS)
    assert needs_rehash(OLDER)


def test_an_unknown_account_is_never_right_and_costs_what_a_known_one_costs() -> None:
    assert dummy_verify(WORDS) is False
    assert dummy_verify("nobody has this password") is False
    assert extract_parameters(passwords._dummy()) == extract_parameters(OF_WORDS)


def test_an_unknown_account_is_really_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def watched(hashed: str, text: str) -> bool:
        checked.append(text)
        return True

    monkeypatch.setattr(passwords, "_verify", watched)
    assert dummy_verify(WORDS) is False
    assert checked == [WORDS]


@pytest.mark.asvs("V6.2.1")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "too_short"),
        ("elevenchars", "too_short"),
        ("twelve chars", None),
        ("x1" * 63 + "yz", None),
        ("x1" * 63 + "yza", "too_long"),
        ("passwordpassword", "common"),
        ("PassWordPassWord", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("121212121212", "common"),
        ("correct\0horse battery", "control_characters"),
        ("correct\nhorse battery", "control_characters"),
        ("correct horse \udcff battery", "control_characters"),
    ],
)
def test_a_password_is_refused_with_its_reason(text: str, problem: str | None) -> None:
    assert password_problem(text) == problem


@pytest.mark.asvs("V6.2.5")
@pytest.mark.parametrize(
    "text", [WORDS, "一二三四五六七八九十百千", "全角 空格 与 标点 。 ！ ？ ——", "🚪🔑🗝️🧱🏢📇🪪🛗🧯🚧🛂🛃", "'; drop table staff; --"]
)
def test_any_script_and_any_sign_is_taken(text: str) -> None:
    assert password_problem(text) is None
    assert verify_password(hash_password(text), text)


@pytest.mark.asvs("V6.2.4")
def test_every_common_password_is_one_that_would_otherwise_be_taken() -> None:
    for text in COMMON:
        assert password_problem(text) == "common"
        assert text == text.casefold()
        assert 12 <= len(text) <= 128


@pytest.mark.parametrize(
    ("pin", "problem"),
    [
        ("482915", None),
        ("112233", None),
        ("", "not_six_digits"),
        ("48291", "not_six_digits"),
        ("4829150", "not_six_digits"),
        ("48291x", "not_six_digits"),
        ("٤٨٢٩١٥", "not_six_digits"),
        ("４８２９１５", "not_six_digits"),
        ("-48291", "not_six_digits"),
        ("000000", "too_simple"),
        ("123456", "too_simple"),
        ("987654", "too_simple"),
    ],
)
def test_a_pin_is_six_digits_and_not_the_first_one_would_try(pin: str, problem: str | None) -> None:
    assert pin_problem(pin) == problem


def test_only_the_pin_itself_is_right() -> None:
    hashed = hash_pin("482915")
    assert verify_pin(hashed, "482915")
    assert not [wrong for wrong in ("482916", "48291", "4829150", "") if verify_pin(hashed, wrong)]
