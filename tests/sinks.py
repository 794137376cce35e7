"""Look for plaintext where none may be: every table of a database, its files, and any bytes, in every spelling a text could have there."""

import base64
import hashlib
import json
import quopri
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel


def spellings(text: str) -> Iterator[bytes]:
    """A text as UTF-8, UTF-16, GB 18030, in JSON, in an address, in a mail, as hex and base64, and its digests without a key."""
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield text.encode("gb18030")
    yield json.dumps(text).strip('"').encode()
    yield quote(text, safe="").encode()
    yield quopri.encodestring(plain, quotetabs=True)
    yield from _inside_base64(plain)
    for digest in (plain, hashlib.sha256(plain).digest(), hashlib.md5(plain).digest(), hashlib.sha1(plain).digest(), _sm3(plain)):
        yield digest
        yield digest.hex().encode()
        yield base64.b64encode(digest).rstrip(b"=")


def _inside_base64(plain: bytes) -> Iterator[bytes]:
    """As it stands in a longer text: shifted by one or two bytes, without the letters that its neighbours share."""
    for shift in (1, 2):
        whole = base64.b64encode(bytes(shift) + plain + bytes(3))
        yield whole[-(-shift * 8 // 6) : (shift + len(plain)) * 8 // 6]


def _sm3(data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes

    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def found_in(haystack: bytes, *texts: str) -> list[str]:
    """Those of `texts` that stand in these bytes in any spelling. Texts below four bytes would be found by chance: refused."""
    assert all(len(text.encode()) >= 4 for text in texts)
    return [text for text in texts if any(spelling in haystack for spelling in spellings(text))]


def rows(session: Session) -> bytes:
    """Every value of every row of every table."""
    values: list[bytes] = []
    for table in SQLModel.metadata.sorted_tables:
        for row in session.execute(select(table)):
            values += [value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass") for value in row]
    return b"\n".join(values)


def files(engine: Engine) -> bytes:
    """The database's files, where it has files of its own."""
    if engine.dialect.name != "sqlite":
        return b""
    path = Path(engine.url.database or "")
    return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
