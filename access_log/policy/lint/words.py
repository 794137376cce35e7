"""What is wrong with a notice, and what to write instead. zh-CN in access_log/locales/zh_CN/lint.po; {braces} are facts of the finding."""

from access_log.policy.lint.findings import Defect

FINDINGS: dict[str, str] = {
    Defect.NO_PERIOD: (
        "No period stands here, and no way to determine one, for: {names}. Write for each how long it is kept and from when, such as "
        "“kept for 6 months after the visit” (PIPL art. 17; Network Data Regulations art. 21)."
    ),
    Defect.NO_AFTER_EXPIRY: (
        "What happens after the period is left open for: {names}. Write for each which one it is, deleted or anonymised "
        "(Network Data Regulations art. 21)."
    ),
    Defect.RECIPIENTS_NOT_NAMED: (
        "“{kind}” is a kind of recipient, not a recipient. Write a list with the name of each, a contact, what it is given, what for "
        "and how (PIPL art. 23; Network Data Regulations art. 21)."
    ),
    Defect.SENSITIVE_UNEXPLAINED: (
        "“{what}” is sensitive, and nothing explains it. Write why it is necessary and what it may mean for the person (PIPL art. 30)."
    ),
    Defect.CONSENT_BY_USE: (
        "Using something is taken for consent here. Delete that. Write the legal basis of each purpose, and where it is consent, "
        "ask for it separately and expressly (PIPL art. 14, 29)."
    ),
    Defect.RIGHTS_INCOMPLETE: (
        "People have rights that are not written here: {missing}. Write each, and how to use it (PIPL art. 44, 45, 48, 49)."
    ),
    Defect.CONTROLLER_UNNAMED: "Who answers for the data is not written here. Write the legal name of the controller (PIPL art. 17).",
    "controller_unfilled": (
        "“{place}” is still to be filled in, and who answers for the data is written nowhere. Fill it in, and write the legal name of "
        "the controller (PIPL art. 17)."
    ),
    Defect.PLACEHOLDER: "“{place}” is still to be filled in. Write what belongs there (PIPL art. 17).",
    Defect.CHANNEL_INCONVENIENT: (
        "There is no convenient way to make a request: a letter takes days, and in a group everybody reads who asks. Write a form, "
        "a mail address, a phone number or a desk (PIPL art. 50)."
    ),
    Defect.CLOCKS_DIFFER: (
        "Two clocks run for one answer: {first} (line {line}) and {second}. Write one period that begins on receipt, the identity check "
        "inside it; beside it only an outermost limit (PIPL art. 50)."
    ),
    Defect.REFUSAL_UNEXPLAINED: (
        "For requests that are refused this is missing: {missing}. Write that the reason is given, and that the person may go to court "
        "(PIPL art. 50)."
    ),
    Defect.UNDER_14_MISSING: (
        "Minors are named, but not those under 14, whose data is sensitive. Write separately what holds for them (PIPL art. 28, 31)."
    ),
    Defect.EFFECTIVE_AT_ONCE: (
        "A change holds from the moment it is posted. Write how long beforehand people are told of what takes something from them, and "
        "that it holds only then (PIPL art. 14, 17)."
    ),
    Defect.SUCCESSOR_UNNAMED: (
        "Somebody may take over the data, unnamed. Write that people are told the recipient’s name and contact beforehand (PIPL art. 22)."
    ),
    Defect.DIFFERS_FROM_POLICY: (
        "By the policy file this is not kept for {period}. Write the period that the file has, or change the file and publish it with "
        "this notice."
    ),
}

MISSING: dict[str, str] = {
    "copy": "a copy",
    "transfer": "transfer to somebody else",
    "restrict": "restricting or objecting",
    "explain": "an explanation of the rules",
    "deceased": "what relatives may do after a death",
    "reasons": "the reason",
    "court": "the way to a court",
}
"""What a finding may say is missing."""
