"""What a visitor is told about where the visit stands. Each names who can mend it. Chinese in kiosk/locales/zh_CN/visitor.po."""

from dataclasses import dataclass

from access_log.policy.standing import Standing


@dataclass(frozen=True, slots=True)
class Says:
    """{opens} {from} {until} {since} {left} are filled with times."""

    title: str
    text: str


STANDINGS: dict[Standing, Says] = {
    Standing.WAITING: Says(
        "Not approved yet",
        "Your visit has been asked for but not approved yet. There is no pass so far; you will get a message when there is one.",
    ),
    Standing.REFUSED: Says("Not approved", "This visit was refused. Your company's contact knows the reason and can ask for another one."),
    Standing.SUSPENDED: Says(
        "The pass does not work at the moment",
        "Your company's access is not active. Please speak to your company's contact before you set out.",
    ),
    Standing.TOO_EARLY: Says("Your pass is ready", "It opens from {opens}. Please do not come earlier."),
    Standing.READY: Says("Your pass is valid now", "Scan it at the kiosk beside the door, until {until}."),
    Standing.AT_DOOR: Says(
        "You are registered at the door", "Please go to the guard desk with your identity document. The guard lets you in."
    ),
    Standing.ON_SITE: Says("On site since {since}", "Your visit is planned until {until}. Scan the same pass when you leave."),
    Standing.OVERSTAY: Says(
        "Your time is over",
        "Your visit was planned until {until}. Please leave and scan your pass, or ask your company's contact for more time.",
    ),
    Standing.MAY_RETURN: Says("You left at {left}", "You may come back until {until}: scan the same pass again."),
    Standing.LEFT: Says("You left at {left}", "The visit is over and the pass no longer works. Thank you."),
    Standing.CLOSED: Says(
        "The visit is closed", "Nobody saw you leave, so no exit time is written down. If you remember it, please tell the guard desk."
    ),
    Standing.MISSED: Says("The time of this visit is over", "The pass no longer works. Your company's contact can ask for a new visit."),
    Standing.CANCELLED: Says("This visit is cancelled", "The pass no longer works. Your company's contact can ask for a new visit."),
}

WHO: dict[str, str] = {
    "visitor": "You, on this page",
    "system": "The register itself",
    "contact": "Your company's contact",
    "kiosk": "The kiosk",
    "staff": "Staff of the site",
}
"""Who looked, where it was no role of the site's staff."""

CONFLICTS: dict[str, str] = {
    "held": "By order of an authority or a court the site keeps this data as it is for now. Its privacy officer can tell you more.",
    "on_site": "You are on site already, or the visit is over. Please speak to the guard: the exit has to be registered first.",
    "visit_is_over": "The visit is over. Please speak to the guard desk or the site's privacy officer.",
    "erased": "The visit has ended and what was held about you has been erased.",
    "contact_erased": "You had mail and phone of this visit erased, and nothing is kept there any more. A new visit may have them again.",
    "too_many_codes": "Five codes have been sent within an hour. Please look at the newest message, or go to the guard desk.",
    "too_many_requests": "Twelve requests are open already. Please wait until they are answered.",
    "settled": "This request has been settled already.",
    "newer_notice": "A newer version of the notice was published just now. Please read it: it is shown below.",
}
