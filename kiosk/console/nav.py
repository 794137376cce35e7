"""What each role finds in the console: its own pages only, and the page it lands on."""

from dataclasses import dataclass

from access_log.policy.codes import Role


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation. `name` is a gettext id; `key` the one key that opens it, where there is one.

    `parts` are the pages of its own navigation, its first page among them; `counts` shows how much waits there.
    """

    path: str
    name: str
    roles: frozenset[Role]
    key: str = ""
    parts: "tuple[Place, ...]" = ()
    counts: bool = False

    def parts_of(self, role: Role) -> "tuple[Place, ...]":
        """The pages of its own navigation that a role finds there."""
        return tuple(part for part in self.parts if role in part.roles)

    def holds(self, path: str, role: Role) -> int:
        """How closely a path of the console belongs here: the length of the address that matches, 0 where none does."""
        paths = (self.path, *(part.path for part in self.parts_of(role)))
        return max((len(own) for own in paths if f"{path}/".startswith(f"{own}/")), default=0)


_LOOKING = frozenset({Role.REVIEWER, Role.PRIVACY_OFFICER, Role.AUDITOR})
_GUARD = frozenset({Role.GUARD})
_ADMIN = frozenset({Role.ADMINISTRATOR})
_LAW = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})


def _part(path: str, name: str, roles: frozenset[Role] = _ADMIN) -> Place:
    return Place(path, name, roles)


PLACES: tuple[Place, ...] = (
    Place("/desk", "Desk", _GUARD, "d"),
    Place("/find", "Find and record by hand", _GUARD, "m"),
    Place("/proof", "Show who asks", _GUARD),
    Place("/rights", "Rights desk", frozenset({Role.PRIVACY_OFFICER}), counts=True),
    Place("/reports", "Access reports", _LOOKING),
    Place(
        "/events",
        "Events",
        _LOOKING,
        parts=(
            _part("/events", "Events", _LOOKING),
            _part("/access-review", "Access review", frozenset({Role.REVIEWER, Role.AUDITOR})),
            _part("/looks", "Who looked at whom", _LAW),
            _part("/erasures", "Erasures", _LAW),
        ),
    ),
    Place("/pack", "Auditor pack", frozenset({Role.AUDITOR})),
    Place("/samples", "Named samples", _LAW),
    Place(
        "/admin",
        "Overview",
        _ADMIN,
        parts=(
            _part("/admin", "Overview"),
            _part("/admin/undelivered", "Undelivered messages"),
            _part("/admin/backups", "Backups"),
            _part("/admin/keys", "Keys"),
        ),
    ),
    Place(
        "/admin/approvals",
        "Approvals",
        _ADMIN,
        parts=(
            _part("/admin/approvals", "Waiting for approval"),
            _part("/admin/approvals/decided", "Decided lately"),
            _part("/admin/rules", "Standing rules"),
        ),
        counts=True,
    ),
    Place(
        "/admin/customers",
        "Customers",
        _ADMIN,
        parts=(
            _part("/admin/customers", "Customers"),
            _part("/admin/import/customers", "Bring in customers"),
            _part("/admin/import/contacts", "Bring in contacts"),
        ),
    ),
    Place("/admin/staff", "Staff", _ADMIN, parts=(_part("/admin/staff", "Staff"), _part("/access-review", "Access review"))),
    Place(
        "/admin/site",
        "Site",
        _ADMIN,
        parts=(
            _part("/admin/site", "Settings"),
            _part("/admin/areas", "Areas and doors"),
            _part("/admin/kiosks", "Kiosks"),
            _part("/admin/notice", "Privacy notice"),
        ),
    ),
    Place("/reports/schedules", "Report schedules", _ADMIN),
    Place(
        "/holds",
        "Legal matters",
        _LAW,
        parts=(
            _part("/holds", "Legal holds", _LAW),
            _part("/disclosures", "Disclosures", _LAW),
            _part("/incidents", "Incidents", _LAW),
            _part("/recipients", "Who is given data", _LAW),
        ),
    ),
    Place(
        "/retention",
        "Retention",
        _LAW | _ADMIN,
        parts=(
            _part("/retention", "Retention", _LAW | _ADMIN),
            _part("/traffic", "Traffic", _LAW | _ADMIN),
            _part("/admin/notice", "Privacy notice", frozenset({Role.PRIVACY_OFFICER})),
        ),
    ),
    Place("/traffic", "Traffic", frozenset({Role.REVIEWER})),
    Place("/record", "The record", _LAW | _ADMIN),
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
    within = [place for place in PLACES if role in place.roles and place.holds(path, role)]
    return max(within, key=lambda place: place.holds(path, role), default=None)


def part_at(path: str, place: Place, role: Role) -> Place | None:
    """The page of a place's own navigation that a page belongs to."""
    within = [part for part in place.parts_of(role) if part.holds(path, role)]
    return max(within, key=lambda part: part.holds(path, role), default=None)
