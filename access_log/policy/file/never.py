"""What is never recorded, and how one would recognise it by the name of a column, a form field or a key (clause 1.1.a, minimal data)."""

import re

NEVER: dict[str, re.Pattern[str]] = {
    name: re.compile(words, re.IGNORECASE)
    for name, words in {
        "id_number": r"(id|identity|document|passport|card|permit)_?(no|num|number)$|shenfenzheng|sfz",
        "document_image": r"(document|passport|card|id)_?(image|photo|scan|copy|picture)",
        "face": r"(^|_)(face|facial|portrait|photo|avatar|selfie)(_|$)",
        "fingerprint": r"(^|_)(finger_?prints?|iris|palm|voice_?print)(_|$)",
        "signature_image": r"(^|_)(signature_?(image|picture|drawing)|handwriting)(_|$)",
        "birth_date": r"(^|_)(birth|born|birth_?(date|day|year)|date_of_birth|dob)(_|$)",
        "gender": r"(^|_)(gender|sex)(_|$)",
        "home_address": r"(^|_)(home|street|postal|residence)(_|$)|(^|_)address(_|$)",
        "nation": r"(^|_)(nation|nationality|ethnicity|ethnic)(_|$)",
        "health": r"(^|_)(health|temperature|medical|vaccin\w*)(_|$)",
        "religion": r"(^|_)(religion|faith)(_|$)",
        "vehicle_plate": r"(^|_)(plate|licence_plate|license_plate|vehicle)(_|$)",
        "bank_account": r"(^|_)(bank|iban|bank_account)(_|$)",
        "location_tracking": r"(^|_)(latitude|longitude|geo\w*|gps|ip|ip_address|user_agent)(_|$)",
    }.items()
}
"""Kinds a policy may list under `never`, each with the names that would give it away."""


def kind_of(name: str) -> str | None:
    """The forbidden kind that a column or key of this name would hold, or None."""
    return next((kind for kind, words in NEVER.items() if words.search(name)), None)
