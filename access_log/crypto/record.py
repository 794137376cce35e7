"""The record's bytes: canonical JSON (the part of RFC 8785 without floating point) and RFC 6962 leaf hashes."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """One spelling for equal values: sorted keys, no spaces, UTF-8. Raises TypeError for floats and anything JSON does not know."""
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("keys are strings")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    elif not (value is None or isinstance(value, str | int)):
        raise TypeError(f"{type(value).__name__} has no canonical form")


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(0x00 || body), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + body).digest()
