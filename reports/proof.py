"""What comes with a report so that its reader can show a rewrite: the newest checkpoint, and the proof of the entries it tells of."""

import json

from reports.content import Report

NONE = {"format": "access-log/1 proof", "size": 0, "entries": [], "hashes": [], "checkpoint": ""}
"""Before anything was sealed."""


def proof(report: Report) -> bytes:
    """JSON, for access-log-verify (docs/record.md)."""
    return json.dumps(report.proof.as_json if report.proof else NONE, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
