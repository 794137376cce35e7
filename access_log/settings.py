"""Settings from the environment, prefix ACCESS_LOG_. A secret may also come from a file: ACCESS_LOG_<NAME>_FILE."""

from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url

SECRETS = ("database_url", "database_password", "reports_database_url", "smtp_url", "key_passphrase")


class Settings(BaseSettings):
    """Every value that differs between two installations."""

    model_config = SettingsConfigDict(env_prefix="ACCESS_LOG_", extra="ignore", hide_input_in_errors=True)

    data_dir: Path = Path("var")
    database_url: SecretStr | None = None
    database_url_file: Path | None = None
    database_password: SecretStr | None = None
    database_password_file: Path | None = None
    reports_database_url: SecretStr | None = None
    reports_database_url_file: Path | None = None
    keys_dir: Path | None = None
    ledger_dir: Path | None = None
    key_passphrase: SecretStr | None = None
    key_passphrase_file: Path | None = None
    key_file: Path | None = None
    smtp_url: SecretStr | None = None
    smtp_url_file: Path | None = None
    mail_from: str = "access-log@localhost"
    public_url: str = ""
    lobby_host: str = ""
    portal_host: str = ""
    console_host: str = ""
    visitor_host: str = ""
    trusted_proxies: str = "127.0.0.1"
    default_language: str = "zh-CN"
    suite: str = "std"
    demo: bool = False
    outbox_in_process: bool = True
    listen: str = "127.0.0.1"
    port: int = Field(default=8000, validation_alias="PORT")

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in SECRETS:
            path = values.get(f"{name}_file")
            if path and not values.get(name):
                values[name] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @cached_property
    def url(self) -> URL:
        """The database of the web and the worker; SQLite in the data directory unless told otherwise."""
        return self._with_password(self.database_url)

    @cached_property
    def reports_url(self) -> URL:
        """The database as the reports process sees it: its own role where the operator gave one."""
        return self._with_password(self.reports_database_url) if self.reports_database_url else self.url

    def _with_password(self, secret: SecretStr | None) -> URL:
        if secret is None:
            return make_url(f"sqlite:///{self.data_dir / 'access_log.db'}")
        url = make_url(secret.get_secret_value())
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if self.database_password and url.password is None:
            url = url.set(password=self.database_password.get_secret_value())
        return url

    @property
    def keys(self) -> Path:
        """The key ring's directory; outside the data directory everywhere but in the demo."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def ledger(self) -> Path:
        """The ledger of erasures: outside the database, beside the keys unless the operator gave it a place of its own."""
        return (self.ledger_dir or self.keys) / "erasures.ledger"

    def face_url(self, face: str, path: str) -> str:
        """The address of `path` on a face: on its own host name where it has one, else under its prefix."""
        host = getattr(self, f"{face}_host")
        prefix = {"visitor": "/visit"}.get(face, f"/{face}")
        return f"https://{host}{path}" if host else f"{self.base_url}{prefix}{path}"

    @property
    def base_url(self) -> str:
        """Where people reach the product: the beginning of every link in a message."""
        return self.public_url.rstrip("/") or f"http://127.0.0.1:{self.port}"
