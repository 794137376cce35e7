"""Exported cells never run as formulas, and every text can be read back as it was."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_log.services.csv_safe import guarded, plain, write_csv

NASTY = st.text(st.sampled_from("=+-@＝＋－＠'\"\t\r\n ;,|\u3000\u200b\ufeffa1.九𠮷"), max_size=12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | NASTY


def read_back(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", " =", "\u3000＝", "\t=", "\ufeff=", '"=', "'="])
def test_a_text_that_would_run_gets_one_apostrophe_in_front(start: str) -> None:
    assert guarded(f"{start}cmd|' /C calc'!A0")[0] == "'"


@pytest.mark.parametrize(
    "text",
    ["", "魏伟明", "O'Brien", "'tis", "2025-11-24 09:30", "-5", "-12.50", "12", "a=b", "L. P**", "WO-4711", "3 - 2", "a; b"],
)
def test_other_texts_numbers_and_dates_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize("text", ["-5+1", "-5 ", "--5", "-٣", "-1e5", "+8613912345678", "-5\n"])
def test_what_only_looks_like_a_number_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(TEXTS)
def test_every_text_can_be_read_back(text: str) -> None:
    assert plain(guarded(text)) == text


@given(NASTY)
def test_no_cell_begins_as_a_formula_whatever_separator_the_spreadsheet_takes(text: str) -> None:
    for part in re.split(r"[;\t\r\n]", guarded(text)):
        assert not re.match(r'[\s"\u200b\ufeff]*[=+\-@＝＋－＠]', part) or re.fullmatch(r"-\d+(\.\d+)?", guarded(text))


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=4))
def test_a_written_file_is_read_back_cell_by_cell(rows: list[list[str]]) -> None:
    assert [[plain(cell) for cell in row] for row in read_back(write_csv(rows))] == rows


def test_a_file_begins_with_a_byte_order_mark_and_ends_its_lines_as_rfc_4180_says() -> None:
    assert (
        write_csv([("姓名", "次数"), ("张*明", -3), (None, 2), ('a"b', 0)])
        == b"\xef\xbb\xbf" + '姓名,次数\r\n张*明,-3\r\n,2\r\n"a""b",0\r\n'.encode()
    )


def test_a_plain_csv_writer_would_let_a_formula_through() -> None:
    text = io.StringIO()
    csv.writer(text).writerow(["=1+1"])
    assert text.getvalue().startswith("=")
    assert write_csv([["=1+1"]]).decode("utf-8-sig").startswith("'=")
