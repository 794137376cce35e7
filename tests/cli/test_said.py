"""Whatever is wrong, a command says it in one sentence that names what to mend: no traceback, no value, nobody's data."""

from collections.abc import Iterator

import click
import pytest
import typer
from sqlalchemy.exc import IntegrityError, OperationalError
from typer.models import CommandInfo

from access_log.cli import app
from access_log.crypto.errors import RingLocked
from access_log.errors import ConflictError, NotFoundError, RefusedInputError, SettingsError
from access_log.said import said_clearly, sentence
from access_log.settings import Settings
from reports.cli import app as reports_app
from tests.cli.conftest import Run, said

SECRET = "hunter2-0000"
BROKEN = [
    ({"PORT": SECRET}, "PORT: must be a valid integer"),
    ({"PORT": "70000"}, "PORT: must be less than or equal to 65535"),
    ({"ACCESS_LOG_DATABASE_URL": SECRET}, "ACCESS_LOG_DATABASE_URL: an address such as postgresql+psycopg://"),
    ({"ACCESS_LOG_DATABASE_URL": f"mysql://root:{SECRET}@db/x"}, "ACCESS_LOG_DATABASE_URL: an address such as postgresql+psycopg://"),
    ({"ACCESS_LOG_DATABASE_URL": f"postgresql://access_log_app:{SECRET}@127.0.0.1:1/x"}, "the database cannot be reached or used"),
    (
        {"ACCESS_LOG_DATABASE_PASSWORD_FILE": "/nowhere/db_app"},
        "ACCESS_LOG_DATABASE_PASSWORD_FILE: /nowhere/db_app cannot be read: No such",
    ),
    ({"ACCESS_LOG_DATA_DIR": "/proc/nowhere"}, "/proc/nowhere: No such file or directory"),
    ({"ACCESS_LOG_SUITE": SECRET}, "ACCESS_LOG_SUITE: must be 'std' or 'gm'"),
    ({"ACCESS_LOG_SMTP_URL": f"http://{SECRET}@mail"}, "ACCESS_LOG_SMTP_URL: smtp://user:password@host:587"),
    ({"ACCESS_LOG_DEMO": "ja", "ACCESS_LOG_LOBBY_HOST": "https://lobby"}, "ACCESS_LOG_DEMO: must be a valid boolean"),
]


@pytest.mark.parametrize(("environment", "beginning"), BROKEN)
def test_what_is_wrong_with_the_settings_names_the_variable(run: Run, environment: dict[str, str], beginning: str) -> None:
    text = said(run("migrate", env=environment))
    assert beginning in text
    assert SECRET not in text


COMMANDS_BEFORE_SET_UP = [
    (("keys", "status"), "run 'access-log keys init'"),
    (("serve",), "run 'access-log keys init'"),
    (("serve", "--only", "reports"), "run 'access-log keys init'"),
    (("worker",), "run 'access-log keys init'"),
    (("kiosk", "enrol", "K1"), "run 'access-log keys init'"),
    (
        ("staff", "add", "--number", "1", "--name", "梅梅", "--mail", "mei@operator.example", "--role", "guard"),
        "run 'access-log keys init'",
    ),
    (("reports", "run-due"), "run 'access-log keys init'"),
    (("reports", "list"), "the database cannot be reached or used. Try: access-log doctor"),
    (("serve", "--only", "everything"), "--only takes web or reports"),
    (("doctor", "--only", "everything"), "--only takes web or reports"),
]


@pytest.mark.parametrize(("words", "sentence_"), COMMANDS_BEFORE_SET_UP)
def test_before_the_set_up_every_command_says_what_comes_first(run: Run, words: tuple[str, ...], sentence_: str) -> None:
    text = said(run(*words))
    assert sentence_ in text
    assert "梅梅" not in text


def test_without_a_way_to_open_a_ring_both_ways_are_named(run: Run) -> None:
    text = said(run("keys", "init", env={"ACCESS_LOG_KEY_FILE": ""}))
    assert "ACCESS_LOG_KEY_PASSPHRASE_FILE" in text
    assert "ACCESS_LOG_KEY_FILE" in text


def test_a_database_that_is_not_migrated_is_not_served(run: Run) -> None:
    run("keys", "init", "--make-key-file")
    Settings().data_dir.mkdir()
    assert said(run("serve", "--only", "web")) == "the database is not migrated: access-log migrate"


def typed(*_names: str) -> None:
    raise ValueError("张伟 typed this")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RefusedInputError("mail", "not_a_mail"), "mail is no mail address"),
        (RefusedInputError("mail", "a_new_code"), "mail a_new_code"),
        (ConflictError("not_active"), "not_active"),
        (NotFoundError(), "NotFoundError"),
        (SettingsError("set X"), "set X"),
        (RingLocked("does not open"), "does not open"),
        (
            OperationalError("select 张伟", {"name": "张伟"}, Exception("张伟")),
            "the database cannot be reached or used. Try: access-log doctor",
        ),
        (
            IntegrityError("insert 张伟", {"name": "张伟"}, Exception("张伟")),
            "the database refused: IntegrityError. Try: access-log doctor",
        ),
        (FileNotFoundError(2, "No such file or directory", "/keys/ring.json"), "/keys/ring.json: No such file or directory"),
    ],
)
def test_each_kind_of_error_has_its_sentence(error: Exception, text: str) -> None:
    assert sentence(error) == text


def test_of_an_error_nobody_expected_only_kind_and_place_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        said_clearly(typed)("张伟")
    assert ended.value.exit_code == 1
    text = capsys.readouterr().err
    assert text.startswith("access-log: ValueError, which nobody expected, at typed:")
    assert "张伟" not in text


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command there is, by its words."""

    def below(words: str, group: click.Command) -> Iterator[tuple[str, click.Command]]:
        for name, command in getattr(group, "commands", {}).items():
            yield from below(f"{words} {name}".strip(), command) if hasattr(command, "commands") else [(f"{words} {name}".strip(), command)]

    yield from below("", typer.main.get_command(app))
    yield from below("reports", typer.main.get_command(reports_app))


def test_every_command_explains_itself() -> None:
    explained = {words: command.help or "" for words, command in commands()}
    assert {"serve", "worker", "demo", "migrate", "keys init", "keys status", "staff add", "kiosk enrol", "doctor"} < explained.keys()
    assert {"reports run-due", "reports list"} < explained.keys()
    assert [words for words, text in explained.items() if len(text) < 20] == []


def test_every_command_says_clearly_what_went_wrong() -> None:
    """Each is wrapped: a new one that is not would show a traceback."""
    guard = said_clearly(typed).__code__
    assert [made.callback.__name__ for made in registered(app, reports_app) if made.callback and made.callback.__code__ is not guard] == []
    assert typed.__code__ is not guard


def registered(*apps: typer.Typer) -> Iterator[CommandInfo]:
    """Every command as it was written, without what Typer puts around it."""
    for one in apps:
        yield from one.registered_commands
        yield from registered(*(group.typer_instance for group in one.registered_groups if group.typer_instance))
