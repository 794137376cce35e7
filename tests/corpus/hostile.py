"""What no person types: into a field, into a form's body, into an address."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

FORM = "application/x-www-form-urlencoded"
MEGABYTE = 1024 * 1024

TEXTS: dict[str, bytes] = {
    "NUL": b"Wei\x00Weiming",
    "lone surrogate": b"Wei\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe\x80Wei",
    "overlong UTF-8": b"\xc0\xaf",
    "directional override": "魏\u202e伟明".encode(),
    "right to left": "عبد الله".encode(),
    "beyond the first plane": "𠮷㐂䶮".encode() * 20,
    "many combining marks": ("e" + "\u0301" * 300).encode(),
    "noncharacter": "魏\uffff".encode(),
    "line break in a header": b"wei@nimbus.example\r\nBcc: all@nimbus.example",
    "long": b"x" * 50_000,
    "template and format": b"{{7*7}}${7*7}%s%n{0.__class__}",
    "statement": b"'; drop table visit; --",
    "formula": b'=HYPERLINK("https://example.org","x")',
    "script": b"<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
}
NUMBERS: dict[str, bytes] = {
    "huge": b"9" * 400,
    "beyond 64 bits": b"9223372036854775808",
    "negative": b"-2147483649",
    "not a number": b"NaN",
    "infinite": b"1e309",
    "other digits": "٣".encode(),
    "last moment": b"9999-12-31T23:59",
    "first moment": b"0001-01-01T00:00",
    "no moment": b"2026-02-30T25:61",
}
IN_ADDRESS: tuple[str, ...] = ("\x00", "\udcff", "9" * 40, "-1", "..", "a b", "魏", "x" * 3000)


def urlencoded(fields: dict[str, list[bytes]]) -> bytes:
    """Any bytes as the value of a field, escaped as a browser would escape them."""
    return b"&".join(f"{name}={quote_from_bytes(value)}".encode() for name, values in fields.items() for value in values)


@dataclass(frozen=True)
class Body:
    """A body with the content type it claims to have."""

    name: str
    kind: str
    content: bytes


def bodies(fields: list[str]) -> Iterator[Body]:
    """Whole bodies that are no form, or too much of one. `fields` are the names that the form knows."""
    names = fields or ["name"]
    first = names[0].encode()
    plain = urlencoded({name: [b"Wei"] for name in names})
    yield Body("empty", FORM, b"")
    yield Body("not escaped", FORM, b"\xff\x00=%zz&&&=&" + first + b"=%")
    yield Body("a megabyte in one field", FORM, first + b"=" + b"x" * MEGABYTE)
    yield Body("three thousand fields", FORM, b"&".join([first + b"=1"] * 3000))
    yield Body("JSON", "application/json", b'{"name": "\\ud800", "number": NaN}')
    yield Body("no kind at all", "", plain)
    yield Body("another kind", "text/plain", plain)
    yield Body("parts without a boundary", "multipart/form-data", plain)
    yield Body("parts that never end", "multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="' + first)
    file = b'--x\r\nContent-Disposition: form-data; name="' + first + b'"; filename="\xff\x00.exe"\r\n\r\n\x00\xff\r\n--x--\r\n'
    yield Body("a file where a text belongs", "multipart/form-data; boundary=x", file)
