"""Look through everything that a run of the tests has left, for people in any spelling (tests/sinks.py), whatever the files are.

What is looked through:
- the suite's own folder (`TMPDIR` of scripts/run-tests), else pytest's base folder: databases with their WAL, reports and exports,
  logs of processes, key rings, browser profiles and their caches, temporary files; and the log of every test (`suite_log`);
- the data directories of PostgreSQL: tables, indexes, WAL and the server's own log, after a checkpoint;
- every row of its databases as SQL reads it, because a long value may be compressed in the files.
Archives and PDF streams are unpacked. grep finds the files, Python says who is in them.
"""

import io
import os
import re
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL

from tests.sinks import found_in, spellings

SHORTEST = 6
"""Bytes of a spelling that is looked for: shorter ones stand by chance in some hundred megabytes."""
MOST = 64 * 1024 * 1024
PACKED = (b"PK\x03\x04", b"%PDF", b"\x1f\x8b")


@dataclass(frozen=True)
class Hit:
    """Somebody is where nobody may be."""

    place: str
    who: str


def patterns(people: Iterable[str]) -> set[bytes]:
    """What grep looks for. It reads lines, so a spelling with a line break in it is looked for by its longest part."""
    found = {max(spelling.split(b"\n"), key=len) for person in people for spelling in spellings(person)}
    return {pattern for pattern in found if len(pattern) >= SHORTEST}


def in_files(folders: Iterable[Path], people: tuple[str, ...]) -> list[Hit]:
    """Everybody who stands in a file below these folders."""
    folders = [str(folder) for folder in folders if folder.exists()]
    with tempfile.NamedTemporaryFile() as wanted:
        wanted.write(b"\n".join(sorted(patterns(people))) + b"\n")
        wanted.flush()
        skip = f"--exclude={Path(wanted.name).name}"
        command = ["grep", "-rlaFZ", "--devices=skip", skip, "-f", wanted.name, "--", *folders]
        done = subprocess.run(command, env=os.environ | {"LC_ALL": "C"}, capture_output=True, check=False)
    assert done.returncode in (0, 1) or b"No such file" in done.stderr, done.stderr
    places = [Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name]
    return [Hit(str(place), who) for place in places for who in _people_in(place, people)] + _in_packed(folders, people)


def _people_in(place: Path, people: tuple[str, ...]) -> list[str]:
    try:
        data = place.read_bytes()
    except FileNotFoundError:
        return []
    return found_in(data, *people) or ["somebody"]


def _in_packed(folders: list[str], people: tuple[str, ...]) -> list[Hit]:
    hits = []
    for folder in folders:
        for place in Path(folder).rglob("*"):
            if _is_packed(place):
                hits += [Hit(str(place), who) for part in unpacked(place.read_bytes()) for who in found_in(part, *people)]
    return hits


def _is_packed(place: Path) -> bool:
    try:
        if place.is_symlink() or not place.is_file() or place.stat().st_size > MOST:
            return False
        with place.open("rb") as file:
            return file.read(4).startswith(PACKED)
    except OSError:
        return False


def unpacked(data: bytes) -> Iterator[bytes]:
    """What an archive, a workbook or a PDF holds."""
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for member in archive.infolist():
                    if member.file_size < MOST and not member.flag_bits & 1:
                        yield archive.read(member)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
            return
    elif data.startswith(b"%PDF"):
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
            yield _inflated(stream, 15)
    else:
        yield _inflated(data, 31)


def _inflated(data: bytes, window: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(data, MOST)
    except zlib.error:
        return b""


def data_directory(server: URL) -> Path:
    """Where a server keeps its files, everything written out."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text("checkpoint"))
            return Path(connection.execute(text("show data_directory")).scalar_one())
    finally:
        engine.dispose()


def in_rows(server: URL, people: tuple[str, ...]) -> list[Hit]:
    """Everybody who stands in a row of any database of the server, as SQL reads it."""
    engine = create_engine(server)
    with engine.connect() as connection:
        names = connection.execute(text("select datname from pg_database where datallowconn and datname like 'access%'")).scalars().all()
    engine.dispose()
    return [hit for name in names for hit in _in_database(server.set(database=name), people)]


def _in_database(url: URL, people: tuple[str, ...]) -> Iterator[Hit]:
    engine = create_engine(url)
    looking = inspect(engine)
    with engine.connect() as connection:
        for schema in looking.get_schema_names():
            for table in looking.get_table_names(schema) if schema not in ("information_schema", "pg_catalog") else []:
                rows = connection.execute(text(f'select t::text from "{schema}"."{table}" t')).scalars().all()
                for who in found_in("\n".join(rows).encode(), *people):
                    yield Hit(f"{url.database}: {schema}.{table}", who)
    engine.dispose()
