"""Words of the list of incidents. Each is a gettext id."""

from access_log.models import Audience, IncidentEnd, IncidentKind
from access_log.services.incidents import Clock

KINDS: dict[IncidentKind, str] = {
    IncidentKind.LEAK: "Data got out",
    IncidentKind.LOSS: "Data was lost",
    IncidentKind.ALTERED: "Data was changed without authority",
    IncidentKind.INTRUSION: "Somebody got into the system",
    IncidentKind.MISUSE: "Somebody used their access for something else",
}

CLOCKS: dict[Clock, tuple[str, str]] = {
    Clock.RUNS: ("The clock runs", "warn"),
    Clock.HALF: ("Half of the time is over", "warn"),
    Clock.NEARLY: ("Less than 50 minutes left", "bad"),
    Clock.LATE: ("Late: four hours are over", "bad"),
    Clock.TOLD: ("The authority was told in time", "good"),
    Clock.TOLD_LATE: ("The authority was told late", "bad"),
    Clock.OVER: ("No clock: a false alarm", "grey"),
}
"""And the colour of its pill."""

AFFECTED: dict[str, str] = {
    "name": "Name",
    "organisation": "Company",
    "times": "Entry and exit times",
    "work_order": "Work order number",
    "document": "Kind of document",
    "reach": "Mail and phone",
    "account": "Accounts of staff or contacts",
    "none": "No personal data",
}

AUDIENCES: dict[Audience, str] = {
    Audience.AUTHORITY: "The cyberspace administration of the province",
    Audience.CUSTOMERS: "The customers concerned",
    Audience.PEOPLE: "The people concerned",
}

TO_SAY: dict[Audience, str] = {
    Audience.AUTHORITY: "Within four hours: what happened and when, which kinds of data and about how many people, "
    "cause, possible harm, what was done, who answers questions.",
    Audience.CUSTOMERS: "Which of their visits and kinds of data are concerned, what was done, what they should do. "
    "Never anything of another customer.",
    Audience.PEOPLE: "Kinds of data, cause, possible harm, what was done, what they can do themselves, who answers questions. "
    "It may be waived where measures effectively avoid harm, "
    "unless the authority demands it (PIPL article 57).",
}  # fmt: skip
"""What each has to hear."""

ENDS: dict[IncidentEnd, str] = {
    IncidentEnd.HANDLED: "Handled: everybody was told, or need not be",
    IncidentEnd.FALSE_ALARM: "False alarm: nothing had happened",
}
