"""Mail addresses and phone numbers as people type them, in the one form that is kept."""

import re

import phonenumbers

from access_log.errors import RefusedInputError
from access_log.policy.names import clean_text, text_problem

MAIL = re.compile(
    r"[^@\s<>\"'(),;:\\\[\]]{1,64}@(?:[A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9\u00a1-\uffff-]{0,61}[A-Za-z0-9\u00a1-\uffff])?\.)+[A-Za-z\u00a1-\uffff]{2,63}"
)
LONGEST_MAIL = 254


def clean_name(name: str, field: str = "name") -> str:
    """A person's name, as it is kept. Raises RefusedInputError."""
    cleaned = clean_text(name)
    problem = text_problem(cleaned)
    if problem is not None:
        raise RefusedInputError(field, problem)
    return cleaned


def clean_mail(mail: str, field: str = "mail") -> str:
    """A mail address without white space around it, or empty. Raises RefusedInputError(field, "not_a_mail")."""
    mail = mail.strip()
    if mail and (len(mail) > LONGEST_MAIL or not MAIL.fullmatch(mail) or text_problem(mail, LONGEST_MAIL)):
        raise RefusedInputError(field, "not_a_mail")
    return mail


def clean_phone(phone: str, field: str = "phone") -> str:
    """A phone number in E.164 (Chinese where no country is given), or empty. Raises RefusedInputError(field, "not_a_phone")."""
    phone = phone.strip()
    if not phone:
        return ""
    try:
        parsed = phonenumbers.parse(phone, "CN")
    except phonenumbers.NumberParseException:
        raise RefusedInputError(field, "not_a_phone") from None
    if not phonenumbers.is_possible_number(parsed):
        raise RefusedInputError(field, "not_a_phone")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
