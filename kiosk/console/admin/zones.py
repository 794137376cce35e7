"""Time zones to choose from: where data centres stand, China first. Places are gettext ids."""

from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.console.admin.words import Say

ZONES: dict[str, tuple[tuple[str, str], ...]] = {
    "China": (
        ("Asia/Shanghai", "Beijing, Shanghai, Guangzhou"),
        ("Asia/Urumqi", "Ürümqi (local time)"),
        ("Asia/Hong_Kong", "Hong Kong"),
        ("Asia/Macau", "Macao"),
        ("Asia/Taipei", "Taipei"),
    ),
    "Asia and Pacific": (
        ("Asia/Singapore", "Singapore"),
        ("Asia/Kuala_Lumpur", "Kuala Lumpur, Johor"),
        ("Asia/Jakarta", "Jakarta, Batam"),
        ("Asia/Bangkok", "Bangkok"),
        ("Asia/Ho_Chi_Minh", "Ho Chi Minh City, Hanoi"),
        ("Asia/Manila", "Manila"),
        ("Asia/Tokyo", "Tokyo, Osaka"),
        ("Asia/Seoul", "Seoul"),
        ("Asia/Kolkata", "Mumbai, Chennai"),
        ("Asia/Dubai", "Dubai"),
        ("Asia/Riyadh", "Riyadh"),
        ("Australia/Sydney", "Sydney, Melbourne"),
    ),
    "Europe and Africa": (
        ("Europe/London", "London"),
        ("Europe/Paris", "Paris, Marseille"),
        ("Europe/Berlin", "Frankfurt, Berlin"),
        ("Europe/Amsterdam", "Amsterdam"),
        ("Europe/Madrid", "Madrid"),
        ("Africa/Johannesburg", "Johannesburg"),
    ),
    "Americas": (
        ("America/New_York", "New York, Ashburn"),
        ("America/Chicago", "Chicago, Dallas"),
        ("America/Denver", "Denver"),
        ("America/Los_Angeles", "Los Angeles, Silicon Valley"),
        ("America/Sao_Paulo", "São Paulo"),
        ("America/Mexico_City", "Querétaro, Mexico City"),
    ),
    "Other": (("UTC", "UTC, without summer time"),),
}


def zone_choices(current: str, now: datetime, say: Say) -> list[tuple[str, list[tuple[str, str]]]]:
    """(group, [(zone, its places and its offset now)]), with the site's own zone among them whatever it is."""
    known = {zone for places in ZONES.values() for zone, _name in places}
    groups = {} if current in known or not current else {"In use": ((current, current),)}
    return [
        (say(group), [(zone, f"{say(places)} · {_offset(zone, now)}") for zone, places in zones])
        for group, zones in (groups | ZONES).items()
    ]


def _offset(zone: str, now: datetime) -> str:
    written = now.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"UTC{written[:3]}:{written[3:]}"
