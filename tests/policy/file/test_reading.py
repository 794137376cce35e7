"""A policy file is read as it is written, and what could hurt or mislead is refused before it is built."""

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_log.policy.file.building import load_policy
from access_log.policy.file.problems import PolicyFileError
from access_log.policy.file.reading import MOST_BYTES, read_tree
from tests.policy.file.edited import edited, problems, within

BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("data", "line", "code"),
    [
        (b"", 0, "empty"),
        (b" \n\n", 0, "empty"),
        (b"\xef\xbb\xbf", 0, "empty"),
        (b"# only a comment\n", 1, "not_a_mapping"),
        (b"- a\n- b\n", 1, "not_a_mapping"),
        (b"just text", 1, "not_a_mapping"),
        (b"a: 1\nb: [1, 2\nc: 3\n", 3, "not_yaml"),
        (b"a: 1\nb: 'not closed\n", 2, "not_yaml"),
        (b"a: 1\n\tb: 2\n", 2, "not_yaml"),
        (b"a: 1\n  b: 2\n", 2, "not_yaml"),
        (b"a: 1\nb: 2\na: 3\n", 3, "double_key"),
        (b"a:\n  b: 1\n  c: {d: 1,\n    d: 2}\n", 4, "double_key"),
        (b"a: &x 1\nb: 2\n", 1, "alias"),
        (BOMB.encode(), 1, "alias"),
        (b"a: 1\nb: !!python/object/apply:os.system [x]\n", 2, "tag"),
        (b"a: 1\nb: !include /etc/passwd\n", 2, "tag"),
        (b"a: 1\n---\nb: 2\n", 2, "second_document"),
        (b"a: 1\n? [b, c]\n: 2\n", 2, "key_shape"),
        (b"a: 1\n? {b: c}\n: 2\n", 2, "key_shape"),
        (b"%YAML 1.1\n---\na: yes\n", 2, "directive"),
        (b"a: 1\nb: " + b"[" * 5000, 2, "too_deep"),
        (b"a:\n" + b"  - b\n" * 12000, 10000, "too_many"),
        (b"a: 1\nb: \x00\n", 2, "control_characters"),
        ("a: 1\nb: \u202etxt\n".encode(), 2, "control_characters"),
        ("a: 1\nb: 姓名\n".encode("gbk"), 2, "not_utf8"),
        ("a: 1\n".encode("utf-16"), 1, "utf16"),
        ("a: 1\n".encode("utf-16-be"), 1, "control_characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_read_says_where_and_why(data: bytes, line: int, code: str) -> None:
    with pytest.raises(PolicyFileError) as refused:
        read_tree(data)
    assert [(problem.line, problem.code) for problem in refused.value.problems] == [(line, code)]


def test_ten_megabytes_are_refused_without_being_looked_at() -> None:
    data = b"a: b\n" * (2 * 1024 * 1024)
    tracemalloc.start()
    begun = time.perf_counter()
    with pytest.raises(PolicyFileError, match="too_long"):
        read_tree(data)
    assert time.perf_counter() - begun < 0.1
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_the_longest_file_that_is_taken_is_read() -> None:
    data = edited()
    padded = data + b"#" * (MOST_BYTES - len(data))
    assert load_policy(padded).version == "default-1"
    assert [problem.code for problem in problems(padded + b"#")] == ["too_long"]


def test_a_byte_order_mark_and_foreign_line_ends_do_no_harm() -> None:
    for data in (b"\xef\xbb\xbf" + edited(), edited().replace(b"\n", b"\r\n")):
        assert load_policy(data).fields.keys() == load_policy(edited()).fields.keys()


def test_a_word_that_older_yaml_takes_for_a_number_or_a_truth_stays_a_word() -> None:
    """The country code NO, a version 1.10, the octal 010: each is what stands there."""
    read = load_policy(within(within(edited(), "policy:", "default-1", "1.10"), "controller:", "region: CN", "region: NO"))
    assert (read.version, read.controller.region) == ("1.10", "NO")


def test_a_merge_key_is_a_key_like_any_other() -> None:
    found = problems(within(edited(), "policy:", "  id:", "  <<: {id: sneaked-in}\n  id:"))
    assert [(problem.key, problem.code) for problem in found] == [("policy.<<", "unknown_key")]


@given(st.binary(max_size=300))
def test_no_bytes_whatever_break_the_reader(data: bytes) -> None:
    assert problems(data)


@settings(max_examples=20)
@given(st.integers(0, 16000), st.text(max_size=12), st.integers(0, 40))
def test_no_mutilation_of_a_good_file_breaks_the_reader(place: int, put: str, cut: int) -> None:
    data = edited().decode()
    found = problems((data[:place] + put + data[place + cut :]).encode("utf-8", "replace"))
    assert all(problem.line >= 0 for problem in found)
