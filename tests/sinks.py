"""Look for plaintext where none may be: every table of a database, its files, and any bytes, in every spelling a text could have there."""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel


def spellings(text: str) -> Iterator[bytes]:
    """A text as UTF-8, UTF-16, GB 18030, JSON, hex and base64, and its digests without a key."""
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    yield text.encode("gb18030")
    yield json.dumps(text).strip('"').encode()
    for digest in (plain, hashlib.sha256(plain).digest(), hashlib.md5(plain).digest(), hashlib.sha1(plain).digest(), _sm3(plain)):
        yield digest
        yield digest.hex().encode()
        yield base64.b64encode(digest).rstrip(b"=")


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
