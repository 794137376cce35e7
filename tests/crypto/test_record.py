"""The record's bytes: one spelling for equal values, and the leaf hash of RFC 6962."""

import hashlib
import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_log.crypto.record import canonical_json, leaf_hash

texts = st.text(st.characters(codec="utf-8"), max_size=10)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=15)


class Code(StrEnum):
    GRANTED = "granted"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, b"null"),
        (True, b"true"),
        (-1, b"-1"),
        ([], b"[]"),
        ({}, b"{}"),
        ((1, "a"), b'[1,"a"]'),
        (Code.GRANTED, b'"granted"'),
        ({"b": 1, "a": {"d": False, "c": None}}, b'{"a":{"c":null,"d":false},"b":1}'),
        ("张*明 é", '"张*明 é"'.encode()),
        ('"\\/\b\f\n\r\t\x00\x1f\x7f', b'"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f"'),
        (2**53 - 1, b"9007199254740991"),
    ],
)
def test_values_have_the_spelling_of_rfc_8785(value: Any, expected: bytes) -> None:
    assert canonical_json(value) == expected


def test_keys_are_in_the_order_of_rfc_8785_section_3_2_3() -> None:
    """The RFC's own example: by UTF-16 code units, so the emoji comes before the Hebrew letter of a higher plane's lower number."""
    names = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    order = ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face"]
    assert list(json.loads(canonical_json(names)).values()) == [*order, "Hebrew Letter Dalet With Dagesh"]
    assert list(json.loads(canonical_json([{"a": names}]))[0]["a"].values())[-1] == "Hebrew Letter Dalet With Dagesh"


def test_text_is_not_normalised() -> None:
    assert canonical_json("e\u0301") != canonical_json("\u00e9")


@given(value=values)
@settings(deadline=None)
def test_what_is_written_reads_back_and_writes_the_same_again(value: Any) -> None:
    written = canonical_json(value)
    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written


@given(fields=st.dictionaries(texts, scalars, max_size=6), random=st.randoms())
@settings(deadline=None)
def test_the_order_in_which_fields_were_set_does_not_show(fields: dict[str, Any], random: Any) -> None:
    shuffled = list(fields.items())
    random.shuffle(shuffled)
    assert canonical_json(dict(shuffled)) == canonical_json(fields)


@pytest.mark.parametrize("value", [1.0, float("nan"), b"bytes", {1}, object(), {1: "a"}, {None: "a"}, [1.5], {"a": {"b": [0.1]}}, 1j])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), [2**64], "\udcff", {"\udcff": 1}])
def test_what_another_reader_would_change_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)


def test_leaf_hashes_are_those_of_rfc_6962() -> None:
    """The empty leaf, as in the reference trees of Certificate Transparency; without the 0x00 it would be a node's or a file's hash."""
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert leaf_hash(b"a") != hashlib.sha256(b"a").digest()
