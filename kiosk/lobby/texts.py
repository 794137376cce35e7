"""The kiosk's words: key used by the page -> English message id. Chinese stands in kiosk/locales/zh_CN/lobby.po.

The page fills {time} {door} {areas} {stay} {hours} {minutes} {seconds} {phone} {date} {count} {version}. `verdict.<outcome>.title` is
the headline, `.text` says what is the matter, `.help` says who can mend it. An outcome without words of its own takes those of
`verdict.denied_person`.
"""

from collections.abc import Callable

_PAGE = {
    "page.title": "Visitor check-in",
    "online": "Online",
    "offline": "No connection",
    "call": "Call the guard",
    "done": "Done",
    "back": "Back",
    "leaving": "This page will be cleared in {seconds} seconds.",
    "leaving.how": "Touch the screen or press any key to stay.",
    "remaining": "Time until this page is cleared",
    "record.disputed": "The record of this site does not fit what this kiosk has seen. Please tell the guard.",
}

_IDLE = {
    "idle.title": "Hold your pass in front of the camera",
    "idle.title.out": "Leaving? Hold your pass in front of the camera",
    "idle.title.no_camera": "Scan your pass with the hand scanner",
    "idle.private": "The camera picture is not stored.",
    "idle.no_camera": "The camera is not available. Use the hand scanner, or type your short code.",
    "idle.starting": "Starting the camera",
    "idle.hint": "Hold the pass closer, turn the screen brightness up and avoid reflections.",
    "idle.code": "Type a short code",
    "idle.policy": "Privacy policy",
    "idle.change": "From {date} the privacy policy says something else. Touch “Privacy policy” to read what changes.",
    "checking.title": "Checking your pass",
    "checking.text": "One moment please.",
}

_KEYPAD = {
    "keypad.title": "Type your short code",
    "keypad.text": "The 10 characters below the pass. There is no I, L, O or U.",
    "keypad.erase": "Erase the last character",
    "keypad.send": "Continue",
    "keypad.typed": "{count} of 10 characters typed",
    "keypad.keys": "Characters",
}

_NOTICE = {
    "notice.step": "Privacy notice, version {version}",
    "notice.title": "Before you go in: what we record",
    "notice.deletion": "Deleted on",
    "notice.read": "I have read this, continue",
    "notice.decline": "I do not agree",
    "notice.minor": "I am under 18",
    "notice.decline.title": "Stop the check-in?",
    "notice.decline.text": "What this check-in has stored about you will be erased. The guard can tell you how to go on.",
    "notice.decline.sure": "Stop and erase",
    "notice.minor.title": "Are you under 18?",
    "notice.minor.text": "People under 18 may not enter the machine rooms. What this check-in has stored about you will be erased at once.",
    "notice.minor.sure": "Yes, I am under 18",
    "receipt.title": "What we still hold about you, and until when",
    "receipt.until": "until {date}",
}

_POLICY = {
    "policy.title": "Privacy policy in force",
    "policy.version": "Version {version}",
    "policy.since": "In force since {date}",
    "policy.coming": "From {date} this changes",
    "policy.recipients": "Who is given it",
    "notice.changed": "This has changed since you read it",
}

_CALL = {
    "called.title": "The guard has been called, please wait",
    "called.text": "Called at {time}. Please wait here.",
    "called.phone": "You can also phone {phone}.",
    "answered.title": "The guard is coming",
    "answered.text": "The guard has answered your call. Please wait here.",
    "calling.title": "Calling the guard",
    "calling.text": "One moment please.",
}

_TROUBLE = {
    "no_connection.title": "No connection - please see the guard",
    "no_connection.text": "Your pass is kept here and is tried again by itself. It has not been registered yet.",
    "no_connection.help": "The guard can register you by hand.",
    "not_registered.title": "Not registered - please see the guard",
    "not_registered.text": "The connection did not come back, so this kiosk cannot say whether your scan was recorded.",
    "not_registered.help": "The guard can look it up and register you by hand.",
    "out_of_order.title": "Out of order - please see the guard",
    "out_of_order.text": "This kiosk cannot check passes at the moment. It keeps trying.",
    "out_of_order.help": "The guard can register you by hand.",
    "too_many_codes.title": "Too many wrong codes - please see the guard",
    "too_many_codes.text": "Short codes are blocked on this kiosk for a few minutes. A pass can still be scanned.",
    "too_many_codes.help": "The guard can find your visit.",
    "call_failed.title": "The call did not get through",
    "call_failed.text": "There is no connection. This kiosk keeps trying to call.",
    "call_failed.help": "Please go to the guard desk.",
}

_WELCOME = {
    "verdict.id_pending.title": "Please show your ID at the guard desk",
    "verdict.id_pending.text": "Your pass is valid. The guard will check your identity document.",
    "verdict.id_pending.help": "Only the guard can let you in. Your document is looked at, not kept.",
    "verdict.id_pending.step.1": "Pass scanned",
    "verdict.id_pending.step.2": "ID check at the desk",
    "verdict.granted.title": "Please come in",
    "verdict.granted.text": "Your entry has been registered.",
    "verdict.granted.help": "Wear your visitor badge where it can be seen and stay in your areas.",
    "verdict.granted.until": "until {time}",
    "stay.long": "{hours} h {minutes} min",
    "stay.short": "{minutes} min",
    "verdict.exited.title": "Your exit has been registered",
    "verdict.exited.text": "You stayed for {stay}.",
    "verdict.exited.help": "Please return your badge and keys to the guard.",
    "verdict.overstay_exit.title": "Exit registered, later than planned",
    "verdict.overstay_exit.text": "Your visit was planned until {time}. You stayed for {stay}.",
    "verdict.overstay_exit.help": "Please tell the guard why, and return your badge and keys.",
    "verdict.turned_away.title": "Please talk to the guard",
    "verdict.turned_away.text": "The identity check was not completed.",
    "verdict.turned_away.help": "The guard or your company's contact can help you. Your pass stays valid.",
}

_NOT_NOW = {
    "verdict.too_early.title": "Too early",
    "verdict.too_early.text": "Your pass is valid from {time}.",
    "verdict.too_early.help": "Please come back then. Your company's contact can ask for an earlier time.",
    "verdict.wrong_site.title": "Wrong data centre",
    "verdict.wrong_site.text": "Your pass belongs to another data centre.",
    "verdict.wrong_site.help": "Please look at the address on your pass, or ask your company's contact.",
    "verdict.wrong_area.title": "Another door please",
    "verdict.wrong_area.text": "This door does not lead to your areas: {areas}.",
    "verdict.wrong_area.help": "Please follow the signs, or ask the guard for the way.",
    "verdict.area_closed.title": "This area is closed now",
    "verdict.area_closed.text": "The area of your visit is closed for the moment: {areas}.",
    "verdict.area_closed.help": "The guard knows when it opens again.",
    "verdict.not_approved.title": "Not approved yet",
    "verdict.not_approved.text": "Your visit has not been approved so far.",
    "verdict.not_approved.help": "Your company's contact can approve it or ask the operator. Your pass will work then.",
    "verdict.not_a_pass.title": "This is not a pass",
    "verdict.not_a_pass.text": "This code is not a pass of this data centre.",
    "verdict.not_a_pass.help": "Please open the pass that your company's contact sent you.",
    "verdict.declined.title": "Check-in stopped",
    "verdict.declined.text": "What this check-in had stored about you has been erased.",
    "verdict.declined.help": "The guard can tell you how to go on.",
}

_REFUSED = {
    "verdict.expired.title": "Your pass has expired",
    "verdict.expired.text": "It was valid until {time}.",
    "verdict.expired.help": "Your company's contact can request a new visit.",
    "verdict.invalid.title": "This pass is not valid",
    "verdict.invalid.text": "The pass cannot be used here.",
    "verdict.invalid.help": "Your company's contact can send you the pass that is valid now.",
    "verdict.visit_cancelled.title": "This visit was cancelled",
    "verdict.visit_cancelled.text": "The pass of a cancelled visit cannot be used.",
    "verdict.visit_cancelled.help": "Your company's contact can request a new visit.",
    "verdict.dormant_contact.title": "This visit must be confirmed again",
    "verdict.dormant_contact.text": "The contact who requested it has not been active for a long time.",
    "verdict.dormant_contact.help": "Your company's contact can sign in and confirm the visit.",
    "verdict.customer_suspended.title": "Your company's visits are stopped",
    "verdict.customer_suspended.text": "The data centre is not admitting visits for your company at the moment.",
    "verdict.customer_suspended.help": "Your company's contact can settle this with the operator.",
    "verdict.consent_withdrawn.title": "This visit cannot go on",
    "verdict.consent_withdrawn.text": "The consent for this visit was withdrawn, and the data has been erased.",
    "verdict.consent_withdrawn.help": "Your company's contact can request a new visit.",
}

_GUARD = {
    "verdict.already_inside.title": "Already inside",
    "verdict.already_inside.text": "This pass was used to enter at {time}.",
    "verdict.already_inside.help": "If that was not you, please tell the guard at once.",
    "verdict.exit_while_outside.title": "No entry is registered",
    "verdict.exit_while_outside.text": "This pass has not been used to enter, so there is no exit to register.",
    "verdict.exit_while_outside.help": "You may leave. The guard will complete the record with you.",
    "verdict.open_visit_elsewhere.title": "Another visit is still open",
    "verdict.open_visit_elsewhere.text": "You are registered as inside on another visit.",
    "verdict.open_visit_elsewhere.help": "The guard can close it, then please scan again.",
    "verdict.escort_required.title": "Please wait for your escort",
    "verdict.escort_required.text": "Your areas may only be entered together with an escort.",
    "verdict.escort_required.help": "The guard will call your escort.",
    "verdict.id_mismatch.title": "Please talk to the guard",
    "verdict.id_mismatch.text": "The identity check was not completed.",
    "verdict.id_mismatch.help": "The guard or your company's contact can help you. Your pass stays valid.",
    "verdict.denied_person.title": "Please see the guard",
    "verdict.denied_person.text": "This kiosk cannot complete your check-in.",
    "verdict.denied_person.help": "The guard can help you.",
    "verdict.minor.title": "Visitors must be 18 or older",
    "verdict.minor.text": "What this check-in had stored about you has been erased.",
    "verdict.minor.help": "The guard will help you and your company's contact.",
    "verdict.kiosk_unpaired.title": "This kiosk is not set up",
    "verdict.kiosk_unpaired.text": "It is not paired with the data centre and cannot check passes.",
    "verdict.kiosk_unpaired.help": "The guard can register you by hand. An administrator can pair this kiosk.",
    "verdict.kiosk_clock_wrong.title": "Out of order - please see the guard",
    "verdict.kiosk_clock_wrong.text": "The clock of this kiosk is wrong, so it cannot check passes.",
    "verdict.kiosk_clock_wrong.help": "The guard can register you by hand. An administrator can set the clock.",
}

TEXTS = _PAGE | _IDLE | _KEYPAD | _NOTICE | _POLICY | _CALL | _TROUBLE | _WELCOME | _NOT_NOW | _REFUSED | _GUARD


def page_texts(gettext: Callable[[str], str]) -> dict[str, str]:
    """Every key with its words in the language of `gettext`, for the page's configuration."""
    return {key: gettext(message) for key, message in TEXTS.items()}
