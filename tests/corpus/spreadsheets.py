"""Files as people and attackers bring them, built here so that each can be read and none has to be trusted."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

import xlsxwriter

HEADINGS = ("姓名", "工作邮箱", "手机")
WEI = ("魏伟明", "wei@nimbus.example", "13912345678")
RARE = "𠮷㐂䶮"
SHEET = "xl/worksheets/sheet1.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def xlsx(*rows: Sequence[Any], before: Sequence[str] = (), hidden: bool = True) -> bytes:
    """A workbook as a spreadsheet writes it. A cell ("=", formula, result) is a formula. `before` are sheets in front of it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        others = [book.add_worksheet(name) for name in before]
        sheet = book.add_worksheet("list")
        sheet.activate()
        for other in others:
            other.write(0, 0, "手机")
            if hidden:
                other.hide()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, tuple):
                    sheet.write_formula(number, place, cell[1], None, cell[2])
                else:
                    sheet.write(number, place, cell)
    return buffer.getvalue()


def csv(*rows: Sequence[str], encoding: str = "utf-8", separator: str = ",", end: str = "\r\n") -> bytes:
    """A CSV file, every cell quoted only where it must be."""
    return "".join(separator.join(map(_quoted, row)) + end for row in rows).encode(encoding)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',;\t"\r\n') else cell


def reworked(data: bytes, members: dict[str, bytes | str], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook with some members replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for name in old.namelist():
            if name not in members:
                new.writestr(name, old.read(name))
        for name, content in members.items():
            new.writestr(name, content)
    return buffer.getvalue()


def sheet_of(cells: str) -> str:
    """The XML of a sheet around rows given as XML."""
    return f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>'


def good() -> bytes:
    """The smallest list that is taken."""
    return xlsx(HEADINGS, WEI)


def bomb(megabytes: int = 40) -> bytes:
    """A sheet that unpacks to far more than it should."""
    return reworked(good(), {SHEET: sheet_of(" " * (megabytes * 1024 * 1024))})


def lying_bomb(megabytes: int = 20) -> bytes:
    """The same, with a directory that declares 1,000 bytes and the checksum of those."""
    content = sheet_of(" " * (megabytes * 1024 * 1024)).encode()
    data = bytearray(reworked(good(), {SHEET: content}))
    told = struct.pack("<LL", zlib.crc32(content[:1000]), 1000)
    local, central = data.rindex(b"PK\x03\x04"), data.rindex(b"PK\x01\x02")
    data[local + 14 : local + 18], data[local + 22 : local + 26] = told[:4], told[4:]
    data[central + 16 : central + 20], data[central + 24 : central + 28] = told[:4], told[4:]
    return bytes(data)


def far_cells() -> bytes:
    """Two cells at opposite corners: a reader that lays out the rectangle between them needs 400 GB."""
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return reworked(good(), {SHEET: sheet_of(cells)})


def far_column() -> bytes:
    """10,000 columns."""
    return xlsx([*HEADINGS, *(f"c{number}" for number in range(9997))], [*WEI, *(["x"] * 9997)])


def one_text_everywhere() -> bytes:
    """A shared text of 1 MB, shown by 20,000 cells: 20 GB once each cell has its copy."""
    rows = ("<row>" + '<c t="s"><v>0</v></c>' * 10 + "</row>") * 2000
    texts = f'<sst xmlns="{_MAIN}"><si><t>{"x" * 1024 * 1024}</t></si></sst>'
    return reworked(good(), {SHEET: sheet_of(rows), "xl/sharedStrings.xml": texts})


def laughs() -> bytes:
    """Entities that grow a thousandfold at every step."""
    steps = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "ha">{steps}]>{sheet_of("<row><c><v>&l9;</v></c></row>")[38:]}'
    return reworked(good(), {SHEET: xml})


def nested() -> bytes:
    """An archive in an archive: no workbook at all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inner.xlsx", good())
    return buffer.getvalue()


def with_archive_inside() -> bytes:
    """A good workbook that carries a bomb as an attachment: nobody unpacks it."""
    return reworked(good(), {"xl/embeddings/oleObject1.bin": bomb(20)}, compression=zipfile.ZIP_STORED)


def twice_the_same_member() -> bytes:
    """Two sheets of one name: readers differ on which one counts."""
    buffer = io.BytesIO(good())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(SHEET.upper(), sheet_of(""))
    return buffer.getvalue()


def encrypted_flag() -> bytes:
    """A member that claims to be encrypted."""
    data = bytearray(good())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + place] |= 1
    return bytes(data)


def wrong_checksum() -> bytes:
    """A byte of the sheet turned round."""
    data = bytearray(reworked(good(), {}, compression=zipfile.ZIP_STORED))
    data[data.index(b"<sheetData>") + 1] ^= 1
    return bytes(data)


def many_members() -> bytes:
    """Thousands of tiny members."""
    return reworked(good(), {f"xl/media/{number}.xml": "<a/>" for number in range(1200)})


def old_xls() -> bytes:
    """The first block of an old XLS file, or of an XLSX file with a password."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024)


def program() -> bytes:
    """The beginning of a Windows program, renamed."""
    header = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8\x00\x00\x00\x00\x00\x00\x00@"
    return (
        header
        + bytes(35)
        + b"\x80\x00\x00\x00"
        + b"\x0e\x1f\xba\x0e\x00\xb4\t\xcd!\xb8\x01L\xcd!This program cannot be run in DOS mode.\r\r\n$"
    )


TAKEN: dict[str, bytes] = {
    "xlsx": good(),
    "xlsx with an archive inside": with_archive_inside(),
    "xlsx with a hidden sheet in front": xlsx(HEADINGS, WEI, before=["notes"]),
    "xlsx with a sheet of notes in front": xlsx(HEADINGS, WEI, before=["notes", "more"], hidden=False),
    "xlsx with a title above": xlsx(["云帆网络 技术人员名单"], [], HEADINGS, WEI),
    "xlsx with numbers": xlsx(HEADINGS, (WEI[0], WEI[1], 13912345678)),
    "xlsx with formulas": xlsx(HEADINGS, (("=", '="魏"&"伟明"', WEI[0]), WEI[1], ("=", "=13912345678", 13912345678))),
    "xlsx with formatted emptiness": reworked(
        good(),
        {
            SHEET: sheet_of(
                '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="inlineStr"><is><t>工作邮箱</t></is></c>'
                '<c r="C1" t="inlineStr"><is><t>手机</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>魏伟明</t></is></c>'
                '<c r="B2" t="inlineStr"><is><t>wei@nimbus.example</t></is></c><c r="C2"><v>13912345678</v></c></row>'
                '<row r="900000"><c r="ZZ900000" s="1"/></row>'
            )
        },
    ),
    "csv utf-8": csv(HEADINGS, WEI),
    "csv utf-8 with a mark": csv(HEADINGS, WEI, encoding="utf-8-sig"),
    "csv utf-16 with a mark": csv(HEADINGS, WEI, encoding="utf-16", separator="\t"),
    "csv utf-16 little end first": csv(HEADINGS, WEI, encoding="utf-16-le"),
    "csv utf-16 big end first": csv(HEADINGS, WEI, encoding="utf-16-be"),
    "csv utf-32": csv(HEADINGS, WEI, encoding="utf-32"),
    "csv gb18030": csv(HEADINGS, WEI, encoding="gb18030"),
    "csv semicolons": csv(HEADINGS, WEI, separator=";"),
    "csv tabs": csv(HEADINGS, WEI, separator="\t"),
    "csv old line ends": csv(HEADINGS, WEI, end="\r"),
    "csv with a hint for Excel": b"sep=;\r\n" + csv(HEADINGS, WEI, separator=";"),
    "csv in English, other order": csv(("Phone ", "E-Mail", "Remark", "NAME*"), (WEI[2], WEI[1], "x", WEI[0])),
    "csv with both languages": csv(("姓名 / Name", "工作邮箱（必填）", "手机\nPhone"), WEI),
    "csv as exported here": csv(HEADINGS, (WEI[0], WEI[1], "'+8613912345678")),
    "csv with empty lines": csv((), HEADINGS, (), WEI, ("", "", "")),
    "csv with numbers and nobody beside them": csv(("序号", *HEADINGS), ("1", *WEI), ("2",), ("3",)),
}
"""Each holds Wei and nobody else."""

REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "file_empty"),
    "only white space": (b"\xef\xbb\xbf\r\n\r\n", "file_empty"),
    "xlsx without cells": (xlsx(), "file_empty"),
    "headings alone": (csv(HEADINGS), "no_rows"),
    "xlsx headings alone": (xlsx(HEADINGS), "no_rows"),
    "no headings": (csv(WEI), "headings_missing"),
    "one heading missing": (csv(("姓名", "语言"), ("魏伟明", "中文")), "headings_missing"),
    "a heading twice": (csv((*HEADINGS, "电话"), (*WEI, "13800138000")), "headings_twice"),
    "too large": (csv(HEADINGS, WEI) + b" " * (2 * 1024 * 1024), "file_too_large"),
    "2,001 rows": (csv(HEADINGS, *[WEI] * 2001), "too_many_rows"),
    "xlsx 2,001 rows": (xlsx(HEADINGS, *[WEI] * 2001), "too_many_rows"),
    "a row far down": (xlsx(HEADINGS, *[WEI] * 2050), "too_many_rows"),
    "10,000 columns": (csv([*HEADINGS, *["x"] * 9997], WEI), "too_many_columns"),
    "xlsx 10,000 columns": (far_column(), "too_many_columns"),
    "cell of 1 MB": (csv(HEADINGS, ("x" * 1024 * 1024, *WEI[1:])), "cell_too_long"),
    "quotation without end": (csv(HEADINGS) + b'"' + csv(WEI) * 4000, "cell_too_long"),
    "bomb": (bomb(), "file_unsafe"),
    "bomb with a lying directory": (lying_bomb(), "file_damaged"),
    "cells at opposite corners": (far_cells(), "too_many_rows"),
    "one text everywhere": (one_text_everywhere(), "too_much_text"),
    "entities": (laughs(), "file_unsafe"),
    "thousands of members": (many_members(), "file_unsafe"),
    "archive in an archive": (nested(), "unknown_format"),
    "not a workbook": (xlsx(HEADINGS, WEI).replace(b"xl/workbook.xml", b"xl/workbook.xmk"), "unknown_format"),
    "truncated": (good()[:-200], "file_damaged"),
    "cut in the middle": (good()[:1500], "file_damaged"),
    "wrong checksum": (wrong_checksum(), "file_damaged"),
    "encrypted member": (encrypted_flag(), "file_damaged"),
    "member twice": (twice_the_same_member(), "file_damaged"),
    "packed by bzip2": (reworked(good(), {}, compression=zipfile.ZIP_BZIP2), "file_damaged"),
    "sheet that is no XML": (reworked(good(), {SHEET: "<worksheet>"}), "file_damaged"),
    "sheet without its workbook's link": (reworked(good(), {"xl/_rels/workbook.xml.rels": "<Relationships/>"}), "file_damaged"),
    "cell with an impossible place": (
        reworked(good(), {SHEET: sheet_of('<row r="1"><c r="1A"><v>1</v></c></row>')}),
        "file_damaged",
    ),
    "XML in another encoding": (reworked(good(), {SHEET: sheet_of("").replace("UTF-8", "cp037").encode("utf-16")}), "file_damaged"),
    "old xls": (old_xls(), "old_or_locked"),
    "program": (program(), "unknown_format"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "unknown_format"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "unknown_format"),
    "utf-8 cut in a character": ("姓名,手机\r\n魏".encode()[:-1], "unknown_encoding"),
    "big5": (csv(("電話", "姓名"), ("1", "許")).decode().encode("big5"), "headings_missing"),
    "utf-8 with a broken byte": (csv(HEADINGS, WEI) + b"\xb0\xa1", "unknown_encoding"),
    "utf-16 cut in a character": (csv(HEADINGS, WEI, encoding="utf-16")[:-1], "unknown_encoding"),
    "utf-16 with half a surrogate": (csv(HEADINGS, WEI, encoding="utf-16-le") + b"\x00\xd8", "unknown_encoding"),
    "zeros": (bytes(5000), "unknown_format"),
}
"""Each with the code of its refusal."""

CELLS: dict[str, str] = {
    "=1+1": "=1+1",
    "@x": "@x",
    RARE: RARE,
    "阿卜杜拉·买买提": "阿卜杜拉·买买提",
    "Ana Lucía Ñúñez": "Ana Lucía Ñúñez",
    "Ana Luci\u0301a": "Ana Lucía",
    "محمد علي": "محمد علي",
    'O\'Brien, "Pat"; Jr.': 'O\'Brien, "Pat"; Jr.',
    "  魏　伟 ": "魏 伟",
}
"""Names as they stand in a cell, and as they are kept."""
