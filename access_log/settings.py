"""Settings from the environment, prefix ACCESS_LOG_. A secret may also come from a file: ACCESS_LOG_<NAME>_FILE."""

import ipaddress
import re
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, ModelWrapValidatorHandler, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from access_log.errors import SettingsError

PREFIX = "ACCESS_LOG_"
SECRETS = ("database_url", "database_password", "reports_database_url", "smtp_url", "key_passphrase")
FACES = ("lobby", "portal", "console", "visitor")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
ADDRESS = re.compile(r"https?://[a-z0-9.\[\]:-]+/?", re.IGNORECASE)
MAILBOX = re.compile(r"[^@\s<>\",]+@[^@\s<>\",]+")


class Settings(BaseSettings):
    """Every value that differs between two installations. Raises SettingsError, which names each variable that is wrong, never its value.

    An empty variable is one that is not set: containers hand on what nobody filled in.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True)

    data_dir: Path = Path("var")
    database_url: SecretStr | None = None
    database_url_file: Path | None = None
    database_password: SecretStr | None = None
    database_password_file: Path | None = None
    reports_database_url: SecretStr | None = None
    reports_database_url_file: Path | None = None
    keys_dir: Path | None = None
    ledger_dir: Path | None = None
    reports_keys_dir: Path | None = None
    reports_keys_owner: str = ""
    key_passphrase: SecretStr | None = None
    key_passphrase_file: Path | None = None
    key_file: Path | None = None
    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    backup_to: str = ""
    backup_region: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    backup_ssh_key_file: Path | None = None
    backup_known_hosts_file: Path | None = None
    backup_hour: int = Field(default=2, ge=0, le=23)
    backup_keep_days: int = Field(default=14, ge=1, le=400)
    smtp_url: SecretStr | None = None
    smtp_url_file: Path | None = None
    mail_from: str = "access-log@localhost"
    bounces_to: str = ""
    bounces_dir: Path | None = None
    public_url: str = ""
    lobby_host: str = ""
    portal_host: str = ""
    console_host: str = ""
    visitor_host: str = ""
    trusted_proxies: str = "127.0.0.1"
    default_language: Literal["zh-CN", "en"] = "zh-CN"
    suite: Literal["std", "gm"] = "std"
    erasure_horizon_days: int = Field(default=14, ge=2, le=400)
    demo: bool = False
    outbox_in_process: bool = True
    listen: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="PORT")

    @model_validator(mode="wrap")
    @classmethod
    def _in_words(cls, values: dict[str, Any], made_of: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            made = made_of(values | _from_files(values))
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            raise SettingsError("; ".join(f"{variable(str(one['loc'][0]))}: {_plain(one['msg'])}" for one in problems)) from None
        made._check_hosts_differ()
        return made

    def _check_hosts_differ(self) -> None:
        taken: dict[str, str] = {}
        for face in FACES:
            host = getattr(self, f"{face}_host")
            if host and host in taken:
                raise SettingsError(
                    f"{variable(taken[host])} and {variable(f'{face}_host')} are the same: each face needs a name of its own"
                )
            taken[host] = f"{face}_host"

    @field_validator("database_url", "reports_database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            backend = make_url(value.get_secret_value()).get_backend_name() if value else "sqlite"
        except (ArgumentError, ValueError):
            backend = ""
        if backend not in ("sqlite", "postgresql"):
            raise ValueError("an address such as postgresql+psycopg://role@host/access_log or sqlite:///file is needed")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_mail_server(value.get_secret_value()):
            raise ValueError("smtp://user:password@host:587, with ?tls=starttls or ?tls=none, or smtps://host:465 is needed")
        return value

    @field_validator("mail_from", "bounces_to")
    @classmethod
    def _one_mailbox(cls, value: str) -> str:
        if value and not MAILBOX.fullmatch(value):
            raise ValueError("a mail address without a name is needed, such as access-log@dc.example")
        return value

    @field_validator("public_url")
    @classmethod
    def _address_without_path(cls, value: str) -> str:
        if value and not ADDRESS.fullmatch(value):
            raise ValueError("an address without a path is needed, such as https://portal.dc.example")
        return value

    @field_validator(*(f"{face}_host" for face in FACES))
    @classmethod
    def _host_alone(cls, value: str) -> str:
        if value and not HOST.fullmatch(value.lower()):
            raise ValueError("a host name alone is needed, such as lobby.dc.example")
        return value.lower()

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        try:
            for part in value.split(","):
                ipaddress.ip_network(part.strip())
        except ValueError:
            raise ValueError("addresses or networks with a comma between them are needed, such as 127.0.0.1,10.1.2.0/24") from None
        return value

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
    def horizon(self) -> timedelta:
        """So old a KEK gets before it is destroyed: the age from which a copy of the database opens nothing that was erased since."""
        return timedelta(days=self.erasure_horizon_days)

    @property
    def reports_keys(self) -> Path:
        """Where the smaller ring of the reports lies: a directory that their process reads and the worker writes."""
        return self.reports_keys_dir or self.keys

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


def variable(field: str) -> str:
    """The environment variable of a field."""
    return "PORT" if field.lower() == "port" else f"{PREFIX}{field.upper()}"


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "must be").partition(", unable")[0]


def _from_files(values: dict[str, Any]) -> dict[str, str]:
    """The secrets that lie in files. What the environment says itself goes before them."""
    wanted = {name: values[f"{name}_file"] for name in SECRETS if values.get(f"{name}_file") and not values.get(name)}
    return {name: _secret(f"{name}_file", Path(path)) for name, path in wanted.items()}


def _secret(field: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable(field)}: {path} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise SettingsError(f"{variable(field)}: {path} holds something that is no text") from None
    if not text:
        raise SettingsError(f"{variable(field)}: {path} is empty")
    return text


def _is_mail_server(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    tls = parse_qs(parts.query).get("tls", ["starttls"])
    return parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and port != 0 and tls in (["starttls"], ["none"])
