"""Words for what stands in a policy. zh-CN in access_log/locales/zh_CN/told.po; {braces} are filled by spoken.py."""

from access_log.policy.file.content import After, Basis, See, Since, Viewer

UNITS: dict[str, str] = {
    "years": "{number} years",
    "year": "1 year",
    "months": "{number} months",
    "month": "1 month",
    "days": "{number} days",
    "day": "1 day",
    "hours": "{number} hours",
    "hour": "1 hour",
    "minutes": "{number} minutes",
    "minute": "1 minute",
}

SINCE: dict[str, str] = {
    Since.VISIT_END: "{period} after the visit",
    Since.EVENT: "{period} after it happened",
    Since.LAST_USE: "{period} after it was last used",
    Since.ENDED: "{period} after the end",
    Since.SETTLED: "{period} after it was sent",
    Since.CREATED: "{period} after it came in",
    Since.PERIOD_BEGIN: "{period}",
    Since.REMOVED: "{period} after it was removed",
}
AT_ONCE: dict[str, str] = {
    Since.ENDED: "until it ends",
    Since.REMOVED: "until it is removed",
}
OTHERWISE: dict[str, str] = {
    "memory": "looked at and not recorded",
    "or": ", or, where that is later, ",
    "line": "{name}. What for: {purposes}. Basis: {basis}. Kept: {kept}; then {after}.",
    "line_memory": "{name}. What for: {purposes}. Basis: {basis}. It is not recorded.",
    "line_optional": (
        "{name}. Voluntary: without it you come in all the same, and you can have it deleted at any time. What for: {purposes}. "
        "Basis: {basis}. Kept: {kept}; then {after}."
    ),
    "recipient": "{name}. Contact: {contact}. Given: {fields}. What for: {purposes}. How: {method}.",
    "sensitive": "{name}: {impact}.",
}

AFTER: dict[After, str] = {
    After.ERASE: "deleted",
    After.DE_IDENTIFY: "de-identified, so that it does not lead to you any more",
    After.EXPIRE: "overwritten",
}

BASES: dict[Basis, str] = {
    Basis.CONSENT: "your consent",
    Basis.CONTRACT: "a contract",
    Basis.EMPLOYMENT: "employment",
    Basis.LEGAL_DUTY: "a legal duty",
    Basis.EMERGENCY: "an emergency",
    Basis.NONE: "nothing personal",
}

CHANNELS: dict[str, str] = {
    "visitor_page": "your own page",
    "portal": "the portal",
    "desk": "the guard desk",
    "mail": "mail",
    "post": "post",
    "phone": "phone",
}

VIEWERS: dict[Viewer, str] = {
    Viewer.GUARD: "Guard",
    Viewer.REVIEWER: "Security reviewer",
    Viewer.PRIVACY_OFFICER: "Privacy officer",
    Viewer.AUDITOR: "Auditor",
    Viewer.ADMINISTRATOR: "Administrator",
    Viewer.CONTACT: "Contact of the customer",
    Viewer.OWN: "The person",
}

SEES: dict[See, str] = {
    See.CLEAR: "in clear",
    See.RECORDED: "in clear, each look recorded",
    See.MASKED: "masked",
}

EFFECTS: dict[str, str] = {
    "first": "First version",
    "reduces_rights": "Takes something from people",
    "neutral": "Changes nothing for people",
    "improves": "Better for people",
}
"""What a version was for people, against the one before it."""
