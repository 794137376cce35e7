"""`access-log verify` and `access-log record`: whole or not, in words and for machines, and what others may hold against it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from access_log.crypto.checkpoint import LogKeys, Verifier
from access_log.crypto.ring import KeyRing
from access_log.crypto.suites import Suite
from access_log.runtime import utc_now
from access_log.sealing import seal_all
from access_log.settings import Settings
from tests.cast import make_cast
from tests.cli.conftest import Run, said
from tests.moments import NOON
from tests.rings import new_test_ring
from tests.tampering import unguarded


@pytest.fixture
def engine_with_a_record(installed: Settings, engine: Engine, ring: KeyRing) -> Engine:
    from access_log.db import transaction

    del installed
    with transaction(engine) as session:
        make_cast(session, ring)
    seal_all(engine, ring, utc_now())
    return engine


def test_a_whole_record_is_said_to_be_whole(run: Run, engine_with_a_record: Engine) -> None:
    del engine_with_a_record
    result = run("verify")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "the record is whole")
    facts = json.loads(run("verify", "--json").output)
    assert (facts["whole"], facts["findings"]) == (True, [])
    assert facts["size"] == facts["bodies"] == facts["events"] > 10


def test_a_changed_entry_is_named_and_the_status_says_so(run: Run, engine_with_a_record: Engine) -> None:
    with unguarded(engine_with_a_record) as session:
        session.execute(text("update record_entry set body = :other where id = 4"), {"other": b"{}"})
    result = run("verify")
    assert result.exit_code == 1
    assert "WRONG  Entry 4 was changed." in result.output
    assert "THE RECORD IS NOT WHOLE" in result.output.splitlines()[-1]
    found = json.loads(run("verify", "--json").output)["findings"]
    assert ("entry_edited", 4) in [(one["code"], one["entry"]) for one in found]


def test_a_checkpoint_that_was_kept_shows_a_record_set_back(run: Run, engine_with_a_record: Engine, ring: KeyRing, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(run("record", "checkpoint").output, encoding="utf-8")
    assert run("verify", "--against", str(kept)).exit_code == 0
    longer = tmp_path / "longer.json"
    longer.write_text(json.dumps({"checkpoint": str(LogKeys.of(ring).sign(size=10**6, root=bytes(32), now=NOON))}), encoding="utf-8")
    result = run("verify", "--against", str(longer))
    assert result.exit_code == 1
    assert "longer.json holds a checkpoint of 1000000" in result.output
    del engine_with_a_record


@pytest.mark.parametrize("held", ["", "nonsense", "{}", "{", "\udcff"])
def test_what_is_no_checkpoint_is_said_to_be_none(run: Run, engine_with_a_record: Engine, tmp_path: Path, held: str) -> None:
    del engine_with_a_record
    file = tmp_path / "held"
    file.write_bytes(held.encode("utf-8", "surrogateescape"))
    assert said(run("verify", "--against", str(file)))
    assert "cannot read" in said(run("verify", "--against", str(tmp_path / "nothing")))


def test_another_installations_checkpoint_is_refused(run: Run, engine_with_a_record: Engine, tmp_path: Path) -> None:
    del engine_with_a_record
    file = tmp_path / "theirs.txt"
    file.write_text(str(LogKeys.of(new_test_ring(Suite.STD)).sign(size=1, root=bytes(32), now=NOON)), encoding="utf-8")
    assert "not a checkpoint of this record" in said(run("verify", "--against", str(file)))


def test_the_public_key_is_printed_and_nothing_else(run: Run, installed: Settings, ring: KeyRing) -> None:
    del installed
    printed = run("record", "key").output
    assert Verifier.parse(printed.strip()) == LogKeys.of(ring).verifiers[0]


def test_a_record_that_has_not_begun_has_no_checkpoint(run: Run, installed: Settings) -> None:
    del installed
    assert "nothing is sealed yet" in said(run("record", "checkpoint"))
    assert run("verify").exit_code == 0
