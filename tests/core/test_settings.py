"""Settings: secrets from files, and every wrong value is named by its variable, never shown."""

from pathlib import Path

import pytest

from access_log.errors import SettingsError
from access_log.settings import SECRETS, Settings, variable

SECRET = "hunter2-0000"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def refusal(monkeypatch: pytest.MonkeyPatch, **told: str) -> str:
    for name, value in told.items():
        monkeypatch.setenv(variable(name), value)
    with pytest.raises(SettingsError) as refused:
        Settings()
    return str(refused.value)


VALUES = {
    "database_url": "postgresql://app@db/access_log", "database_password": SECRET, "reports_database_url": "postgresql://reports@db/access_log",
    "smtp_url": f"smtp://register:{SECRET}@mail.dc.example", "key_passphrase": SECRET,
}  # fmt: skip


def test_every_secret_can_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert VALUES.keys() == set(SECRETS)
    for name, value in VALUES.items():
        (tmp_path / name).write_text(f" {value}\n", encoding="utf-8")
        monkeypatch.setenv(variable(f"{name}_file"), str(tmp_path / name))
    settings = Settings()
    for name, value in VALUES.items():
        assert getattr(settings, name).get_secret_value() == value
    assert SECRET not in repr(settings)
    assert settings.url.password == settings.reports_url.password == SECRET
    assert settings.url.drivername == "postgresql+psycopg"


def test_what_the_environment_says_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_LOG_KEY_PASSPHRASE", SECRET)
    monkeypatch.setenv("ACCESS_LOG_KEY_PASSPHRASE_FILE", "/nowhere")
    passphrase = Settings().key_passphrase
    assert passphrase is not None
    assert passphrase.get_secret_value() == SECRET


@pytest.mark.parametrize("name", SECRETS)
def test_a_file_that_cannot_be_used_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    file, field = tmp_path / "secret", f"{name}_file"
    told = {field: str(file)}
    assert refusal(monkeypatch, **told) == f"{variable(field)}: {file} cannot be read: No such file or directory"
    file.write_text(" \n", encoding="utf-8")
    assert refusal(monkeypatch, **told) == f"{variable(field)}: {file} is empty"
    file.write_bytes(b"\xff\xfe")
    assert refusal(monkeypatch, **told) == f"{variable(field)}: {file} holds something that is no text"


WRONG = [
    ("port", ["0", "65536", SECRET, "80.5"]),
    ("database_url", [SECRET, f"mysql://a:{SECRET}@b/c", f"postgresql://a:{SECRET}@b:port/c"]),
    ("reports_database_url", [SECRET]),
    ("smtp_url", ["mail.dc.example:587", f"http://{SECRET}@mail", "smtp://", "smtp://mail:port", "smtp://mail?tls=non", "smtp://mail:0"]),
    ("mail_from", ["register", "Register <a@b.example>", "a@b.example, c@d.example", "a@b.example\nBcc: x@y.example"]),
    ("public_url", ["portal.dc.example", "https://dc.example/portal", "ftp://dc.example", "https://a b"]),
    ("lobby_host", ["https://lobby.dc.example", "lobby.dc.example/", "lobby:8000", f"{SECRET} b"]),
    ("trusted_proxies", ["*", "proxy", "10.0.0.1/8", "10.0.0.1,"]),
    ("default_language", ["de", "zh"]),
    ("suite", ["aes", SECRET]),
    ("demo", ["maybe"]),
    ("outbox_in_process", ["sometimes"]),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG for value in values])
def test_a_wrong_value_is_refused_by_name_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    said = refusal(monkeypatch, **{name: value})
    assert said.startswith(f"{variable(name)}: ")
    assert SECRET not in said


def test_several_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, port="x", suite="y", smtp_url="z")
    assert [part.split(":")[0] for part in said.split("; ")] == ["ACCESS_LOG_SMTP_URL", "ACCESS_LOG_SUITE", "PORT"]


def test_two_faces_under_one_name_are_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, portal_host="dc.example", console_host="DC.example")
    assert said == "ACCESS_LOG_PORTAL_HOST and ACCESS_LOG_CONSOLE_HOST are the same: each face needs a name of its own"


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(variable(name), "")
    assert Settings() == Settings.model_validate({})


def test_addresses_of_the_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().face_url("visitor", "/p/x") == "http://127.0.0.1:8000/visit/p/x"
    monkeypatch.setenv("ACCESS_LOG_PUBLIC_URL", "https://dc.example/")
    monkeypatch.setenv("ACCESS_LOG_PORTAL_HOST", "Portal.dc.example")
    assert Settings().face_url("console", "/") == "https://dc.example/console/"
    assert Settings().face_url("portal", "/a") == "https://portal.dc.example/a"
