"""Where: sites, areas, doors and the kiosks beside them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment, sealed
from access_log.policy.codes import Direction


class Site(SQLModel, table=True):
    """A data centre, with the rules that differ from one to the next."""

    __table_args__ = (CheckConstraint("retention_months in (6, 13)", name="retention"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=16, unique=True)
    name: str = Field(max_length=80)
    name_en: str = Field(max_length=80)
    zone: str = Field(default="Asia/Shanghai", max_length=64)
    guard_phone: str = Field(default="", max_length=32)
    early_minutes: int = 120
    overstay_minutes: int = 30
    retention_months: int = 6
    created_at: datetime = moment()


class Area(SQLModel, table=True):
    """A machine room, cage or meet-me room."""

    __table_args__ = (UniqueConstraint("site_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    code: str = Field(max_length=16)
    name: str = Field(max_length=80)
    name_en: str = Field(max_length=80)
    closed: bool = False


class Door(SQLModel, table=True):
    """A door into an area; `way` tells a visitor how to find it."""

    __table_args__ = (UniqueConstraint("site_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    area_id: int = Field(foreign_key="area.id", index=True)
    code: str = Field(max_length=16)
    name: str = Field(max_length=80)
    name_en: str = Field(max_length=80)
    way: str = Field(default="", max_length=160)
    way_en: str = Field(default="", max_length=160)


class Kiosk(SQLModel, table=True):
    """A self-service device at one door. `sequence` and `last_hash` chain its events, so that a lost one shows."""

    __table_args__ = (UniqueConstraint("site_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    door_id: int = Field(foreign_key="door.id", index=True)
    code: str = Field(max_length=16)
    direction: Direction = coded(Direction, default=Direction.BOTH)
    enrol_digest: bytes | None = sealed(default=None)
    enrol_until: datetime | None = moment(default=None)
    credential_digest: bytes | None = sealed(default=None, unique=True)
    enrolled_at: datetime | None = moment(default=None)
    revoked_at: datetime | None = moment(default=None)
    seen_at: datetime | None = moment(default=None)
    sequence: int = 0
    last_hash: bytes = sealed(default=b"")
