"""Which keys a process holds: the reports' ring lacks what opens an identity, on the disk and in memory."""

from pathlib import Path

import pytest

from access_log.crypto.envelope import seal
from access_log.crypto.errors import KeyMissing
from access_log.crypto.opening import open_sealed
from access_log.crypto.ring import KeyKind, Purpose
from access_log.crypto.ring_file import Passphrase, load_ring
from access_log.errors import SettingsError
from access_log.runtime import REPORTS, init_rings, open_reports_ring, open_ring, ring_path
from access_log.settings import Settings
from tests.moments import NOON

WORDS = "the tests' own words"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings.model_validate({"data_dir": tmp_path / "data", "keys_dir": tmp_path / "keys", "key_passphrase": WORDS})
    init_rings(made, NOON)
    return made


def test_the_reports_ring_has_masked_names_and_reports_and_nothing_else(settings: Settings) -> None:
    small = load_ring(ring_path(settings, REPORTS), Passphrase(WORDS))
    assert set(small.keys) == {Purpose.LABEL.value, Purpose.REPORT.value}
    for missing in (Purpose.IDENTITY, Purpose.INDEX):
        with pytest.raises(KeyMissing):
            small.kek(missing)
    assert not {kind.value for kind in KeyKind} & set(small.keys)


def test_what_is_sealed_for_identity_does_not_open_with_it(settings: Settings) -> None:
    from uuid import UUID

    subject = UUID(int=1)
    whole, small = open_ring(settings), open_reports_ring(settings)
    name = seal(whole, purpose=Purpose.IDENTITY, subject=subject, item="name", plaintext="魏伟明".encode())
    label = seal(whole, purpose=Purpose.LABEL, subject=subject, item="label", plaintext="魏*明".encode())
    assert open_sealed(whole, name, purpose=Purpose.IDENTITY, subject=subject, item="name").decode() == "魏伟明"
    assert open_sealed(small, label, purpose=Purpose.LABEL, subject=subject, item="label").decode() == "魏*明"
    with pytest.raises(KeyMissing):
        open_sealed(small, name, purpose=Purpose.IDENTITY, subject=subject, item="name")


def test_no_way_to_open_a_ring_is_one_outside_the_demo_only(tmp_path: Path) -> None:
    bare = Settings.model_validate({"data_dir": tmp_path, "demo": False})
    with pytest.raises(SettingsError, match="no way to open the key ring"):
        init_rings(bare, NOON)
    assert init_rings(Settings.model_validate({"data_dir": tmp_path, "demo": True}), NOON).fingerprint()
