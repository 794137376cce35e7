"""Names of people: kept as they are written, in any script, and masked for everybody who needs no name (clause 2.1)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_log.policy.names import LONGEST_NAME, clean_text, mask_name, text_problem

PEOPLE = [
    "魏伟明",
    "李",
    "欧阳娜娜",
    "阿卜杜拉·买买提",
    "Ana Lucía Ñúñez",
    "Suharto",
    "O'Neil-Smith",
    "عبد الله بن محمد",
    "שרה כהן",
    "ἈΛΈΞΑΝΔΡΟΣ",
    "김철수",
    "Nguyễn Thị Minh Khai",
    "สมชาย ใจดี",
    "𠮷野㐂",
    "䶮",
    "葛\U000e0100城",
    "ක්‍රිෂාන්",
]


@pytest.mark.parametrize("name", PEOPLE)
def test_a_name_of_any_script_is_kept_as_it_is_written(name: str) -> None:
    assert text_problem(clean_text(name)) is None
    assert clean_text(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("character", ["\U00020bb7", "\U00031350", "\U0002ebf0", "\U000323b0", "\U0003347f"])
def test_a_rare_character_is_taken_even_where_it_is_younger_than_pythons_table(character: str) -> None:
    """GB 18030-2022 asks for them because people bear them: extensions B, H, I and J of Unicode."""
    assert text_problem(f"魏{character}") is None
    assert mask_name(f"魏{character}明") == "魏*明"
    assert mask_name(f"{character}明") == f"{character}*"


def test_names_are_put_into_nfc_and_never_into_nfkc() -> None:
    assert clean_text("Nu\u0301n\u0303ez") == "Núñez"
    assert clean_text("ﬁ①㍿") == "ﬁ①㍿"
    assert clean_text("Ｌｉｎ") == "Ｌｉｎ"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  魏  伟明 ", "魏 伟明"),
        ("魏\u3000伟明", "魏 伟明"),
        ("Ana\tLucía\n", "Ana Lucía"),
        ("\u00a0Lin\u2003", "Lin"),
        ("   ", ""),
        ("", ""),
    ],
)
def test_white_space_of_any_kind_is_folded(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


@pytest.mark.parametrize(
    "bad",
    [
        "\0",
        "\x1b",
        "\x7f",
        "\u0085x",
        "\u200b",
        "\u200e",
        "\u200f",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\ud800",
        "\ue000",
        "\ufffe",
        "\U0002ffff",
    ],
    ids=ascii,
)
def test_what_no_name_holds_is_refused_wherever_it_stands(bad: str) -> None:
    for name in (f"魏{bad}伟", f"{bad}魏", f"魏{bad}"):
        assert text_problem(name) == "control_characters"


def test_an_empty_name_and_an_endless_one_are_told_apart() -> None:
    assert text_problem("") == "empty"
    assert text_problem("魏" * LONGEST_NAME) is None
    assert text_problem("魏" * (LONGEST_NAME + 1)) == "too_long"
    assert text_problem("x" * 1_000_000) == "too_long"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("张小明", "张*明"),
        ("李明", "李*"),
        ("李", "李*"),
        ("欧阳娜娜", "欧**娜"),
        ("张 明", "张*"),
        ("张 小 明", "张*明"),
        ("阿卜杜拉·买买提", "阿**·买**"),
        ("·买买提", "买**"),
        ("·", "*"),
        ("Lin Pang", "L. P**"),
        ("Ana Lucía Ñúñez", "A. Ñ**"),
        ("张 Ming", "张. M**"),
        ("Suharto", "S**"),
        ("Xu", "X*"),
        ("O", "O*"),
        ("김철수", "김**"),
        ("e\u0301lan", "e\u0301**"),
        ("葛\U000e0100城市", "葛\U000e0100*市"),
    ],
)
def test_a_label_shows_that_two_rows_may_be_one_person_and_not_who_it_is(name: str, label: str) -> None:
    assert mask_name(name) == label


@given(
    name=st.text(st.characters(categories=("Lo", "Lu", "Ll", "Mn", "Nd", "Pd", "Zs")))
    .map(clean_text)
    .filter(lambda name: not text_problem(name))
)
def test_a_label_is_a_label_for_any_name_at_all(name: str) -> None:
    label = mask_name(name)
    assert "*" in label
    assert text_problem(label) is None or unicodedata.combining(label[0])


@given(first=st.text("魏伟明林岚陈晨", min_size=1, max_size=4), second=st.text("魏伟明林岚陈晨", min_size=1, max_size=4))
def test_a_chinese_name_with_a_space_in_it_is_masked_like_the_same_name_without(first: str, second: str) -> None:
    assert mask_name(f"{first} {second}") == mask_name(first + second)


@given(name=st.text("abcdefg", min_size=3, max_size=12))
def test_the_length_of_a_latin_name_does_not_show(name: str) -> None:
    assert mask_name(name) == f"{name[0]}**"
