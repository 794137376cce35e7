"""`access-log staff add`: the first administrator of a site that does not exist yet."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from access_log.crypto.ring import KeyRing
from access_log.models import OutboxMessage, ReportSchedule, Site, Staff, Template
from access_log.policy.codes import Role
from access_log.services import accounts
from access_log.settings import Settings
from tests.cli.conftest import Run, said

PERSON = ("--number", "9001", "--name", "徐旭", "--mail", "xu@operator.example", "--role", "administrator")


def test_the_first_one_makes_the_site_and_prints_a_link_that_works(run: Run, installed_engine: Engine, ring: KeyRing) -> None:
    result = run("staff", "add", *PERSON, "--site", "DC1", "--site-name", "一号数据中心", "--zone", "Europe/Berlin")
    assert result.exit_code == 0, result.output
    assert "made the site DC1" in result.output
    assert "徐旭" not in result.output
    assert "xu@operator.example" not in result.output
    with Session(installed_engine) as session:
        site = session.exec(select(Site)).one()
        assert (site.code, site.name, site.zone) == ("DC1", "一号数据中心", "Europe/Berlin")
        assert session.exec(select(func.count()).select_from(ReportSchedule)).one() == 2
        made = session.exec(select(Staff)).one()
        assert (made.number, made.role, made.password_hash) == ("9001", Role.ADMINISTRATOR, None)
        assert session.exec(select(OutboxMessage.template)).all() == [Template.ACCOUNT]
        assert result.output.rstrip().endswith(f"/console/account/{accounts.invitation_of(ring, made)}")


def test_name_and_mail_are_asked_for_where_they_are_not_given(run: Run, installed_engine: Engine) -> None:
    result = run("staff", "add", "--number", "1001", "--role", "guard", typed="梅梅\nmei@operator.example\n")
    assert result.exit_code == 0, result.output
    with Session(installed_engine) as session:
        assert session.exec(select(Staff.number)).one() == "1001"


def test_the_second_one_joins_the_site(run: Run, installed_engine: Engine) -> None:
    run("staff", "add", *PERSON, "--site", "DC1")
    result = run("staff", "add", "--number", "1001", "--name", "梅梅", "--mail", "mei@operator.example", "--role", "guard", "--site", "DC1")
    assert result.exit_code == 0
    assert "made the site" not in result.output
    with Session(installed_engine) as session:
        assert session.exec(select(func.count()).select_from(Site)).one() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (("--mail", "nobody"), "mail is no mail address"),
        (("--mail", " "), "mail is needed"),
        (("--name", "  "), "name is empty"),
        (("--name", "梅\u200e梅"), "name holds characters that cannot be shown"),
        (("--number", "12345678901234567"), "number is too long"),
        (("--zone", "Asia/Atlantis"), "zone is not known"),
        (("--site", ""), "code is empty"),
    ],
)
def test_what_cannot_be_taken_is_said_in_words_and_nothing_is_half_done(
    run: Run, installed_engine: Engine, changed: tuple[str, str], sentence: str
) -> None:
    assert said(run("staff", "add", *PERSON, *changed)) == sentence
    with Session(installed_engine) as session:
        assert session.exec(select(func.count()).select_from(Site)).one() == 0


def test_a_number_and_an_address_belong_to_one_person(run: Run, installed_engine: Engine) -> None:
    run("staff", "add", *PERSON)
    assert said(run("staff", "add", *PERSON, "--mail", "other@operator.example")) == "number belongs to somebody already"
    assert said(run("staff", "add", *PERSON, "--number", "9002")) == "mail belongs to a member of staff already"
    with Session(installed_engine) as session:
        assert session.exec(select(func.count()).select_from(Staff)).one() == 1


def test_a_role_that_does_not_exist_is_refused_with_those_that_do(run: Run) -> None:
    result = run("staff", "add", *PERSON, "--role", "king")
    assert result.exit_code == 2
    for role in Role:
        assert role.value in result.output


def test_without_a_ring_nobody_is_added(run: Run, installed: Settings, installed_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "keys/ring.json").unlink()
    assert "'access-log keys restore-previous'" in said(run("staff", "add", *PERSON))
    with Session(installed_engine) as session:
        assert session.exec(select(func.count()).select_from(Site)).one() == 0
