"""What each role finds in the console: its own pages only, and the page it lands on."""

from dataclasses import dataclass

from access_log.policy.codes import Role


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation. `name` is a gettext id; `key` the one key that opens it, where there is one."""

    path: str
    name: str
    roles: frozenset[Role]
    key: str = ""


_LOOKING = frozenset({Role.REVIEWER, Role.PRIVACY_OFFICER, Role.AUDITOR})
_GUARD = frozenset({Role.GUARD})

PLACES: tuple[Place, ...] = (
    Place("/desk", "Desk", _GUARD, "d"),
    Place("/find", "Find and record by hand", _GUARD, "m"),
    Place("/reports", "Access reports", _LOOKING),
    Place("/events", "Events", _LOOKING),
    Place("/looks", "Who looked at whom", frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})),
    Place("/reports/schedules", "Report schedules", frozenset({Role.ADMINISTRATOR})),
)

HOME: dict[Role, str] = {
    Role.GUARD: "/desk",
    Role.REVIEWER: "/reports",
    Role.PRIVACY_OFFICER: "/events",
    Role.AUDITOR: "/events",
    Role.ADMINISTRATOR: "/admin",
}


def place_at(path: str, role: Role) -> Place | None:
    """The place a page belongs to: /reports/schedules/3 is part of the schedules, not of the reports, where both are there."""
    within = [place for place in PLACES if role in place.roles and f"{path}/".startswith(f"{place.path}/")]
    return max(within, key=lambda place: len(place.path), default=None)
