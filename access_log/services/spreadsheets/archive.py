"""The XML inside an XLSX file, unpacked under a limit. What comes out has been counted byte by byte, whatever the directory says."""

import io
import zipfile
import zlib

from access_log.services.spreadsheets.limits import HIGHEST_RATIO, LARGEST_UNPACKED, MOST_MEMBERS, RATIO_FROM, FileRefusedError

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OverflowError, NotImplementedError, RuntimeError, OSError)
"""What zipfile raises for broken, encrypted or invented archives. (struct.error becomes BadZipFile; UnicodeDecodeError is a ValueError.)"""


def unpacked(data: bytes) -> dict[str, bytes]:
    """The XML members by name; pictures, macros and archives inside are left packed. Raises FileRefusedError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive, len(data))
    except _DAMAGED:
        raise FileRefusedError("file_damaged") from None


def _read(archive: zipfile.ZipFile, packed: int) -> dict[str, bytes]:
    members = archive.infolist()
    wanted = [member for member in members if member.filename.lower().endswith((".xml", ".rels"))]
    # zipfile never yields more of a member than its directory entry declares, so the sum of these is a true limit.
    size = sum(member.file_size for member in wanted)
    if len(members) > MOST_MEMBERS or size > LARGEST_UNPACKED or (size > RATIO_FROM and size > HIGHEST_RATIO * packed):
        raise FileRefusedError("file_unsafe")
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in wanted):
        raise FileRefusedError("file_damaged")
    if len({member.filename.lower() for member in wanted}) < len(wanted):
        raise FileRefusedError("file_damaged")  # two members of one name: readers differ on which one counts
    return {member.filename: archive.read(member) for member in wanted}


def repacked(members: dict[str, bytes]) -> io.BytesIO:
    """A fresh archive of exactly these members, so that the next reader sees what was counted and nothing else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    buffer.seek(0)
    return buffer
