"""`access-log kiosk enrol` prints a code that enrols that kiosk, once."""

import re

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import RefusedInputError
from access_log.models import Site
from access_log.policy.actors import system
from access_log.policy.codes import Direction
from access_log.runtime import utc_now
from access_log.services import kiosks, sites
from access_log.settings import Settings
from tests.cli.conftest import Run, said


def make_site(session: Session, code: str) -> Site:
    now = utc_now()
    site = sites.create(session, code=code, facts=sites.SiteFacts(code, code, "Asia/Shanghai"), now=now)
    by = system(site.id or 0)
    area = sites.add_area(session, site_id=site.id or 0, code="A1", name="A1", name_en="", actor=by, now=now)
    door = sites.add_door(session, area=area, code="D1", name="东门", name_en="", way="", way_en="", actor=by, now=now)
    kiosks.add(session, site_id=site.id or 0, door_id=door.id or 0, code="K1", direction=Direction.BOTH, actor=by, now=now)
    return site


def code_in(output: str) -> str:
    found = re.search(r"type (.+) within 30 minutes", output)
    assert found is not None, output
    return found.group(1)


def test_the_code_enrols_once(run: Run, installed_engine: Engine, ring: KeyRing) -> None:
    with transaction(installed_engine) as session:
        make_site(session, "DC1")
    result = run("kiosk", "enrol", "k1")
    assert result.exit_code == 0
    assert Settings().face_url("lobby", "/") in result.output
    with transaction(installed_engine) as session:
        kiosk, _credential = kiosks.enrol(session, ring, text=code_in(result.output), now=utc_now())
        assert kiosk.code == "K1"
        with pytest.raises(RefusedInputError):
            kiosks.enrol(session, ring, text=code_in(result.output), now=utc_now())


def test_a_kiosk_that_is_not_there_is_said_so(run: Run, installed: Settings) -> None:
    assert said(run("kiosk", "enrol", "K9")) == "there is no such kiosk: an administrator adds it in the console"


def test_of_two_sites_one_is_named(run: Run, installed_engine: Engine, ring: KeyRing) -> None:
    with transaction(installed_engine) as session:
        make_site(session, "DC1")
        second = make_site(session, "DC2").id
    assert said(run("kiosk", "enrol", "K1")) == "several sites have a kiosk of this code: say which by --site"
    result = run("kiosk", "enrol", "K1", "--site", "DC2")
    with transaction(installed_engine) as session:
        assert kiosks.enrol(session, ring, text=code_in(result.output), now=utc_now())[0].site_id == second
    assert "no such kiosk" in said(run("kiosk", "enrol", "K1", "--site", "DC3"))
