"""A store in another region than the policy promises is refused before anything is served."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import SettingsError
from access_log.models import Site
from access_log.policy.actors import system
from access_log.policy.file.building import default_bytes
from access_log.region import refuse_other_region
from access_log.services import policy_publishing
from access_log.settings import Settings
from tests.cast import make_cast
from tests.moments import NOON


def settings(folder: Path, **values: str) -> Settings:
    return Settings(data_dir=folder, _env_file=None, **values)  # type: ignore[arg-type,call-arg]


@pytest.fixture
def served(engine: Engine, ring: KeyRing) -> Engine:
    with transaction(engine) as session:
        make_cast(session, ring)
        policy_publishing.publish_default(session, site=session.exec(select(Site)).one(), now=NOON)
    return engine


def test_what_the_policy_promises_is_started(served: Engine, tmp_path: Path) -> None:
    refuse_other_region(served, settings(tmp_path))
    refuse_other_region(served, settings(tmp_path, backup_to=str(tmp_path), backup_region="CN"))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"region": "DE"}, "ACCESS_LOG_REGION says DE"),
        ({"backup_to": "/mnt/nas", "backup_region": "SG"}, "ACCESS_LOG_BACKUP_REGION says SG"),
    ],
)
@pytest.mark.clause("4.3")
def test_another_region_is_refused_with_both_named(served: Engine, tmp_path: Path, values: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=f"SHA1 says that data is stored in CN; {named}"):
        refuse_other_region(served, settings(tmp_path, **values))


def test_a_policy_that_names_another_region_is_what_holds(served: Engine, tmp_path: Path) -> None:
    with transaction(served) as session:
        site = session.exec(select(Site)).one()
        body = default_bytes().replace(b"region: CN", b"region: DE").replace(b"version: default-1", b"version: de-1")
        policy_publishing.publish(session, site=site, body=body, templates=None, actor=system(site.id or 0), now=NOON)
    refuse_other_region(served, settings(tmp_path, region="DE"))
    with pytest.raises(SettingsError, match="stored in DE; ACCESS_LOG_REGION says CN"):
        refuse_other_region(served, settings(tmp_path))


@pytest.mark.parametrize("region", ["cn", "China", "C", "C1", "CN "])
def test_what_is_no_region_is_refused_by_name(tmp_path: Path, region: str) -> None:
    with pytest.raises(SettingsError, match="ACCESS_LOG_REGION"):
        settings(tmp_path, region=region)
