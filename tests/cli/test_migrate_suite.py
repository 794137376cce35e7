"""`access-log keys migrate-suite`: says what `gm` does not cover, asks, moves everything, and can be called again."""

import os
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from access_log.crypto.ring import KeyRing
from access_log.crypto.suites import Suite
from access_log.db import reading, transaction
from access_log.models import VaultItem
from access_log.policy.codes import Item
from access_log.runtime import open_ring, ring_file
from access_log.services.opening import open_items
from access_log.settings import Settings
from tests.cast import Cast, make_cast
from tests.cli.conftest import Run
from tests.installation import fill

GM = {"ACCESS_LOG_SUITE": "gm"}


@pytest.fixture
def people(installed_engine: Engine, ring: KeyRing) -> Cast:
    with transaction(installed_engine) as session:
        return make_cast(session, ring)


@pytest.fixture
def lived_in(installed: Settings, people: Cast) -> Settings:
    del people
    return installed


def suites(engine: Engine) -> set[int]:
    with reading(engine) as session:
        return set(session.exec(select(VaultItem.suite)))


def test_it_says_what_gm_does_not_cover_before_it_asks_and_a_no_changes_nothing(
    run: Run, lived_in: Settings, installed_engine: Engine
) -> None:
    result = run("keys", "migrate-suite", typed="n\n", env=GM)
    assert result.exit_code == 1
    limits, question = result.output.split("Change to gm?")
    for part in ("SM4-GCM", "cryptography", "Ed25519, not SM2", "GM/T 0028", "GB/T 39786", "TLCP", "不能单独作为密评符合依据"):
        assert part in limits
    assert "[y/N]" in question
    assert open_ring(lived_in).suite is Suite.STD
    assert suites(installed_engine) == {Suite.STD}


def test_a_yes_moves_everything_and_once_more_finds_nothing_to_do(run: Run, lived_in: Settings, installed_engine: Engine) -> None:
    result = run("keys", "migrate-suite", typed="y\n", env=GM)
    assert result.exit_code == 0, result.output
    assert "Everything is sealed in gm" in result.output
    assert suites(installed_engine) == {Suite.GM}
    assert "suite gm" in run("keys", "status", env=GM).output
    again = run("keys", "migrate-suite", env=GM)
    assert (again.exit_code, again.output) == (
        0,
        "Everything is sealed in gm; the keys of before go when they are older than the horizon\n",
    )
    back = run("keys", "migrate-suite", "--yes")
    assert "GM/T 0028" not in back.output, "back to std nothing has to be warned of"
    assert suites(installed_engine) == {Suite.STD}


def test_while_another_process_changes_the_keys_it_says_so_and_does_nothing(run: Run, lived_in: Settings) -> None:
    with ring_file(lived_in).changing() as mine:
        assert mine
        result = run("keys", "migrate-suite", "--yes", env=GM)
    assert "another process is changing the keys" in result.output
    assert open_ring(lived_in).suite is Suite.STD


def test_what_could_not_be_moved_is_said_with_a_status_that_a_script_sees(run: Run, lived_in: Settings, installed_engine: Engine) -> None:
    with transaction(installed_engine) as session:
        row = session.exec(select(VaultItem).limit(1)).one()
        row.ciphertext = b"x" * 60
        session.add(row)
    result = run("keys", "migrate-suite", "--yes", env=GM)
    assert result.exit_code == 1
    assert "rows are still to be moved" in result.output
    assert "Somebody changed sealed rows" in run("keys", "status", env=GM).output


def test_a_new_ring_in_gm_says_the_same(run: Run) -> None:
    assert "GM/T 0028" in run("keys", "init", "--make-key-file", env=GM).output
    assert (
        "GM/T 0028"
        not in run("keys", "init", "--make-key-file", env={"ACCESS_LOG_KEYS_DIR": os.environ["ACCESS_LOG_KEYS_DIR"] + "2"}).output
    )


@pytest.mark.fault
def test_killed_in_the_middle_it_goes_on_where_it_was(run: Run, people: Cast, installed_engine: Engine, ring: KeyRing) -> None:
    """By the system, at whatever it was doing."""
    subjects = fill(installed_engine, ring, people, 800)
    command = [sys.executable, "-m", "access_log.cli", "keys", "migrate-suite", "--yes"]
    process = subprocess.Popen(command, env={**os.environ, **GM}, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while suites(installed_engine) == {Suite.STD} and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was still at work"
    assert suites(installed_engine) == set(Suite), "in the middle"
    assert run("keys", "migrate-suite", "--yes", env=GM).exit_code == 0
    assert suites(installed_engine) == {Suite.GM}
    with reading(installed_engine) as session:
        names = open_items(session, open_ring(Settings()), subjects=[one.id for one in subjects], items=[Item.NAME])
    assert [names[one.id, Item.NAME] for one in subjects] == [f"张测试{n}" for n in range(len(subjects))]
