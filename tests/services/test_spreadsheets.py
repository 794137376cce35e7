"""Files of lists: whatever spreadsheet wrote them, they are read the same; what is no list is refused in words."""

import io
import random
import subprocess
import sys
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from access_log.models import ImportKind
from access_log.services.csv_safe import guarded
from access_log.services.imports import LAYOUTS
from access_log.services.spreadsheets import FileRefusedError, Layout, Table, csv_template, read_file, read_pasted, xlsx_template
from access_log.services.spreadsheets.extent import look
from access_log.services.spreadsheets.workbook import as_text
from tests.corpus import spreadsheets as corpus
from tests.corpus.spreadsheets import CELLS, HEADINGS, REFUSED, TAKEN, WEI, csv, xlsx

ROSTER = LAYOUTS[ImportKind.TECHNICIANS]


def people(table: Table) -> list[tuple[str, str, str]]:
    return [(row.values.get("name", ""), row.values.get("mail", ""), row.values.get("phone", "")) for row in table.rows]


def refusal(data: bytes, layout: Layout = ROSTER) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as caught:
        read_file(data, layout)
    return caught.value


@pytest.mark.parametrize("name", TAKEN)
def test_every_spreadsheets_file_is_read_the_same(name: str) -> None:
    table = read_file(TAKEN[name], ROSTER)
    assert [(name, mail, phone.removeprefix("+86")) for name, mail, phone in people(table)] == [WEI]
    assert not table.rows[0].problems


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_list_is_refused_at_once_and_by_name(name: str) -> None:
    data, code = REFUSED[name]
    began = time.process_time()
    assert refusal(data).code == code
    assert time.process_time() - began < 2


UNGUARDED = """
import io, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from python_calamine import CalamineWorkbook
CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0).to_python()
"""


@pytest.mark.parametrize(("data", "survives"), [(corpus.good(), True), (corpus.far_cells(), False)])
def test_without_the_first_look_two_cells_end_the_process(data: bytes, survives: bool) -> None:
    done = subprocess.run([sys.executable, "-c", UNGUARDED], input=data, capture_output=True, timeout=30, check=False)
    assert (done.returncode == 0) is survives


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("encoding", ["xlsx", "utf-8", "utf-16", "gb18030"])
def test_names_of_every_script_arrive_as_they_were_written(cell: str, encoding: str) -> None:
    rows = [HEADINGS, (cell, *WEI[1:])]
    data = xlsx(*rows) if encoding == "xlsx" else csv(*rows, encoding=encoding)
    assert read_file(data, ROSTER).rows[0].values["name"] == cell.strip()


def test_the_missing_headings_are_named_and_one_of_a_group_is_enough() -> None:
    assert refusal(csv(("语言",), ("中文",))).columns == (("name",), ("mail", "phone"))
    assert refusal(csv(("姓名",), ("魏伟明",))).columns == (("mail", "phone"),)
    assert people(read_file(csv(("姓名", "电话"), ("魏伟明", "139")), ROSTER)) == [("魏伟明", "", "139")]


def test_a_heading_that_stands_twice_is_named() -> None:
    assert refusal(csv(("姓名", "手机", "电话"), ("魏", "1", "2"))).columns == (("phone",),)


def test_columns_that_are_not_wanted_are_named_and_their_cells_are_not_kept() -> None:
    table = read_file(csv(("姓名", "身份证号", "手机"), ("魏伟明", "11010519491231002X", "139")), ROSTER)
    assert table.unused == ["身份证号"]
    assert "11010519491231002X" not in repr([(row.values, row.problems) for row in table.rows])


def test_rows_keep_the_numbers_the_spreadsheet_shows() -> None:
    rows = [["名单"], [], HEADINGS, WEI, [], ("郝好", "", "")]
    for data in (xlsx(*rows), csv(*rows)):
        assert [row.line for row in read_file(data, ROSTER).rows] == [4, 6]


def test_a_cell_of_more_than_500_characters_is_cut_and_told_by_row() -> None:
    for data in (xlsx(HEADINGS, ("名" * 501, *WEI[1:])), csv(HEADINGS, ("名" * 501, *WEI[1:]))):
        row = read_file(data, ROSTER).rows[0]
        assert (len(row.values["name"]), row.problems) == (500, {"name": "too_long"})


def test_a_formula_that_failed_is_told_by_row_instead_of_passing_as_empty() -> None:
    row = read_file(xlsx(HEADINGS, (WEI[0], WEI[1], ("=", "=1/0", "#DIV/0!"))), ROSTER).rows[0]
    assert row.problems == {"phone": "formula_failed"}
    second = xlsx(HEADINGS, (WEI[0], WEI[1], ("=", "=1/0", "#DIV/0!")), before=["notes"])
    assert read_file(second, ROSTER).rows[0].problems == {"phone": "formula_failed"}


@pytest.mark.parametrize(("cell", "text"), [(13800138000.0, "13800138000"), (1.5, "1.5"), (True, "TRUE"), (9.1e17, "910000000000000000")])
def test_numbers_read_as_somebody_would_have_typed_them(cell: float, text: str) -> None:
    assert as_text(cell) == text


def test_a_nul_in_a_cell_reaches_the_check_of_that_cell() -> None:
    row = read_file(csv(HEADINGS, ("魏\0伟明", *WEI[1:]), *[WEI] * 20), ROSTER).rows[0]
    assert row.values["name"] == "魏\0伟明"


@pytest.mark.parametrize("kind", list(ImportKind))
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_template_is_understood_when_it_comes_back_filled_in(kind: ImportKind, language: str) -> None:
    layout = LAYOUTS[kind]
    book = xlsx_template(layout, language, sheet="List", notes="Notes", lines=[("=Name", "=1+1")])
    for data in (book, csv_template(layout, language)):
        assert refusal(data, layout).code == "no_rows"
    filled = csv_template(layout, language) + ",".join("x" for _ in layout.columns).encode()
    assert set(read_file(filled, layout).rows[0].values) == {column.key for column in layout.columns}
    notes = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("Notes").to_python()
    assert notes == [["=Name", "=1+1"]]


@pytest.mark.parametrize(
    "text",
    [
        "魏伟明\twei@nimbus.example\t139 1234 5678",
        "1\t139 1234 5678\t魏伟明\twei@nimbus.example",
        "魏伟明, 139 1234 5678, wei@nimbus.example",
        "姓名\t手机\t邮箱\n魏伟明\t139 1234 5678\twei@nimbus.example",
    ],
)
def test_pasted_rows_are_understood_with_headings_and_without(text: str) -> None:
    assert people(read_pasted(text, ROSTER, guess=True)) == [("魏伟明", "wei@nimbus.example", "139 1234 5678")]


@pytest.mark.parametrize(
    ("text", "code"), [("", "file_empty"), ("魏伟明", "not_understood"), ("139 1234 5678\ta@b.example", "not_understood")]
)
def test_pasted_rows_without_a_name_or_an_address_are_refused(text: str, code: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        read_pasted(text, ROSTER, guess=True)
    assert caught.value.code == code


def test_pasted_rows_of_other_lists_need_their_headings() -> None:
    with pytest.raises(FileRefusedError) as caught:
        read_pasted("云帆网络\t魏伟明\twei@nimbus.example", LAYOUTS[ImportKind.CONTACTS], guess=False)
    assert caught.value.code == "headings_missing"


def read_or_refused(data: bytes) -> str:
    try:
        return "read" if read_file(data, ROSTER).rows else "empty"
    except FileRefusedError as error:
        return error.code


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf"):
        assert read_or_refused(start + data) != "empty"


PIECES = (
    "<",
    ">",
    "/",
    '"',
    ' r="XFD1048576"',
    ' r="A2"',
    ' t="s"',
    ' t="e"',
    "<v>",
    "</v>",
    "-1",
    "1e308",
    "<si>",
    "<is>",
    "&#0;",
    "<c/>",
    "\ud7ff",
)


@settings(max_examples=300, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]),
)
def test_a_workbook_with_mistakes_in_its_xml_is_read_or_refused_and_nothing_else(chance: random.Random, member: str) -> None:
    with zipfile.ZipFile(io.BytesIO(corpus.good())) as archive:
        xml = archive.read(member).decode()
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(xml))
        xml = xml[:place] + chance.choice(PIECES) + xml[place + chance.randint(0, 8) :]
    assert read_or_refused(corpus.reworked(corpus.good(), {member: xml})) != "empty"


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_whatever_text_a_cell_holds_is_what_is_read(rows: list[tuple[str, str, str]], encoding: str) -> None:
    expected = [tuple(cell.strip().strip("\ufeff") for cell in row) for row in rows]
    written = csv(HEADINGS, WEI, *[[guarded(cell) for cell in row] for row in rows], encoding=encoding)
    assert people(read_file(written, ROSTER)) == [WEI, *[row for row in expected if any(row)]]


def test_cells_without_a_place_are_counted_as_the_reader_counts_them() -> None:
    seen = look(corpus.sheet_of('<row r="3"><c/><c t="e"><v>#N/A</v></c></row><row><c r="C4"/><c t="e"><v>#N/A</v></c></row>').encode())
    assert seen.failed == {(2, 1), (3, 3)}
