"""`access-log demo`, what `make run` starts: the first time it invents a site, later it keeps it; a real site stays untouched."""

import re
import socket
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from access_log.db import closing_engine
from access_log.demo import DEMO_PASSWORD, sign_ins
from access_log.models import AccessEvent, Kiosk, Site, Visit
from access_log.settings import Settings
from tests.cli.conftest import Run, said
from tests.cli.processes import Command, free_port, running, status


@pytest.fixture
def no_keys_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make run` calls it: nothing is set but where the data lies."""
    monkeypatch.delenv("ACCESS_LOG_KEYS_DIR")
    monkeypatch.delenv("ACCESS_LOG_KEY_FILE")


def rows() -> tuple[set[object], set[object]]:
    """Which visits and which events there are."""
    with closing_engine(Settings().url) as engine, Session(engine) as session:
        return set(session.exec(select(Visit.id)).all()), set(session.exec(select(AccessEvent.id)).all())


def rename_the_site() -> None:
    """What somebody who tries things out may do."""
    with closing_engine(Settings().url) as engine, Session(engine) as session:
        site = session.exec(select(Site)).one()
        site.code, site.name = "DC7", "另一个数据中心"
        session.add(site)
        session.commit()


def enrolment_code(demo: Command) -> str:
    found = re.search(r"enrolment code (\S+)", demo.said)
    assert found is not None, demo.said
    return found.group(1)


@pytest.mark.usefixtures("no_keys_named")
def test_the_second_start_keeps_the_data_and_is_quick(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "demo", "--port", str(port)) as first:
        first.ready(port, 180)
        for one in sign_ins():
            assert one.sign_in in first.said
        for address in ("/", "/lobby/", "/portal/", "/console/", "/inbox"):
            assert f"http://127.0.0.1:{port}{address}" in first.said
            assert status(port, address) == 200, address
        assert DEMO_PASSWORD in first.said
        assert "new data" in first.said
        code, worked = enrolment_code(first), first.worked
        assert first.stop() == 0
    assert "Traceback" not in first.said
    rename_the_site()
    visits, events = rows()
    assert len(visits) > 20
    with running(tmp_path, "demo", "--port", str(port)) as second:
        second.ready(port)
        assert second.worked < worked / 2
        assert "data kept" in second.said
        assert "inventing" not in second.said
        assert enrolment_code(second) != code
        assert second.stop() == 0
    kept_visits, kept_events = rows()
    assert kept_visits == visits
    assert kept_events > events


@pytest.mark.usefixtures("no_keys_named")
def test_where_the_port_is_taken_nothing_is_made(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert "is taken" in said(run("demo", "--port", str(other.getsockname()[1])))
    assert not (tmp_path / "data").exists()


def test_a_real_site_is_not_served_as_a_demo(run: Run, installed_engine: Engine) -> None:
    run("staff", "add", "--number", "9001", "--name", "徐旭", "--mail", "xu@operator.example", "--role", "administrator")
    result = run("demo", "--port", str(free_port()))
    assert result.exit_code == 1
    assert "this database holds another site than the demo's" in result.output
    assert DEMO_PASSWORD not in result.output
    with Session(installed_engine) as session:
        assert session.exec(select(func.count()).select_from(Kiosk)).one() == 0
