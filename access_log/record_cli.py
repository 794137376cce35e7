"""`access-log verify` and `access-log record`: read the record again, and hand out what others may hold against it."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from access_log.crypto.checkpoint import LogKeys, NoteError
from access_log.db import closing_engine, reading
from access_log.runtime import open_ring, utc_now
from access_log.said import fail, said_clearly
from access_log.services import record_tree
from access_log.services.record_check import Finding, Known, RecordCheck, Result
from access_log.settings import Settings
from access_log.words import RECORD

app = typer.Typer(no_args_is_help=True, help="The tamper-evident record.")
FOUND, MOST_SHOWN = 1, 200
"""Exit status where something is wrong; findings shown one by one."""


@said_clearly
def verify(
    against: Annotated[list[Path] | None, typer.Option(help="a checkpoint that somebody else has kept")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Read the whole record again: hashes, tree, checkpoints, kiosks, events. Names what is wrong; exit status 1 where anything is."""
    settings = Settings()
    keys = LogKeys.of(open_ring(settings))
    known = [_known(path) for path in against or []]
    with closing_engine(settings.url, pool_size=1) as engine:
        try:
            check = RecordCheck(engine, keys, now=utc_now(), known=known)
        except NoteError as error:
            fail(f"not a checkpoint of this record: {error}")
        for progress in check.pieces():
            if sys.stderr.isatty():
                typer.echo(f"\r{progress.done} of {progress.of} entries", nl=False, err=True)
    if sys.stderr.isatty():
        typer.echo("\r", nl=False, err=True)
    typer.echo(_json(check.result) if as_json else _words(check.result))
    raise typer.Exit(0 if check.result.whole else FOUND)


def _known(path: Path) -> Known:
    """A checkpoint in a file of its own, or in the proof that comes with a report."""
    try:
        held = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        fail(f"cannot read {path}")
    if held.lstrip().startswith("{"):
        try:
            held = str(json.loads(held)["checkpoint"])
        except (ValueError, KeyError):
            fail(f"there is no checkpoint in {path}")
    return Known(path.name, held)


def _words(result: Result) -> str:
    lines = [
        f"{result.size} entries under {result.heads} checkpoints, {result.waiting} more wait to be sealed",
        f"{result.bodies} contents, {result.events} events and the chains of {result.kiosks} kiosks compared",
        *(in_words(finding) for finding in result.findings[:MOST_SHOWN]),
    ]
    if len(result.findings) > MOST_SHOWN:
        lines.append(f"... and {len(result.findings) - MOST_SHOWN} more")
    lines.append("the record is whole" if result.whole else f"THE RECORD IS NOT WHOLE: {len(result.findings)} findings")
    return "\n".join(lines)


def in_words(finding: Finding) -> str:
    """A finding as one English line."""
    values = {name: ", ".join(value) if isinstance(value, list) else value for name, value in finding.values.items()}
    return "WRONG  " + RECORD[finding.code.value].format(**values)


def _json(result: Result) -> str:
    findings = [{"code": finding.code.value, **finding.values} for finding in result.findings]
    facts = {name: getattr(result, name) for name in ("whole", "size", "heads", "bodies", "events", "kiosks", "waiting", "head")}
    return json.dumps(facts | {"findings": findings}, ensure_ascii=False, indent=1)


@app.command("key")
@said_clearly
def show_key() -> None:
    """Print the public keys under which checkpoints are good, one a line. Auditors should have them from you, not from the record."""
    for verifier in LogKeys.of(open_ring(Settings())).verifiers:
        typer.echo(str(verifier))


@app.command("checkpoint")
@said_clearly
def show_checkpoint() -> None:
    """Print the newest checkpoint. Whoever keeps it can show later that nothing before it was rewritten."""
    with closing_engine(Settings().url, pool_size=1) as engine, reading(engine) as session:
        head = record_tree.head(session)
    if head is None:
        fail("nothing is sealed yet")
    typer.echo(head.note, nl=False)
