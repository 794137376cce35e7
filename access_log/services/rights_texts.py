"""The words of the rights desk, shown in pages, letters and answers; zh-CN in access_log/locales/zh_CN/rights.po."""

from access_log.models import Template
from access_log.policy.codes import Item
from access_log.policy.rights import Channel, Ground, PauseReason, Proof, RequestState, RightsKind, Stage
from access_log.services.letter_texts import Text

KINDS: dict[RightsKind, str] = {
    RightsKind.ACCESS: "See what is held about me, and who looked at it",
    RightsKind.COPY: "Get a copy of my data as a file",
    RightsKind.CORRECT: "Correct my data",
    RightsKind.DELETE: "Delete my data",
    RightsKind.WITHDRAW: "Withdraw my consent to mail and phone",
    RightsKind.RESTRICT: "Restrict the use of my data",
    RightsKind.CLOSE_ACCOUNT: "Close my account",
    RightsKind.EXPLAIN: "Have the rules explained",
    RightsKind.OBJECT: "Object to the use of my data",
}
WHAT_HAPPENS: dict[RightsKind, str] = {
    RightsKind.ACCESS: "You get everything that is held about you: your data and until when, your visits and times, and each look at "
    "your data with the role, the staff number and the reason. It is ready as soon as you have shown who you are.",
    RightsKind.COPY: "You get the same as a file that other programs can read. It is ready as soon as you have shown who you are.",
    RightsKind.CORRECT: "The privacy officer compares what you write with what is held and corrects it. The old version is erased; the "
    "times of your visits stay as they are.",
    RightsKind.DELETE: "Mail and phone are erased as soon as you have shown who you are. What the law or a duty asks for stays until its "
    "day, and you are told which, until when and why.",
    RightsKind.WITHDRAW: "Mail and phone are erased at once and no more messages are sent. You get in as before: entry does not depend on "
    "it. What was done until now stays lawful.",
    RightsKind.RESTRICT: "What you name is frozen: it is shown to nobody any more and kept until its day. The privacy officer decides.",
    RightsKind.CLOSE_ACCOUNT: "Your account ends: nobody can sign in with it any more, and your name, mail and phone are erased. "
    "Technicians and visits that you entered stay with your company.",
    RightsKind.EXPLAIN: "You get in plain words what is held for what purpose, on what basis, for how long, and who is given it.",
    RightsKind.OBJECT: "The privacy officer looks at your reasons and answers them. Until then nothing changes.",
}
CHANNELS: dict[Channel, str] = {
    Channel.OWN_PAGE: "The visitor's own page",
    Channel.PORTAL: "The portal",
    Channel.DESK: "At the guard desk",
    Channel.POST: "By post",
    Channel.GROUP_CHAT: "In a group chat",
}
STATES: dict[RequestState, str] = {
    RequestState.OPEN: "Being dealt with",
    RequestState.ANSWERED: "Answered",
    RequestState.REFUSED: "Refused",
    RequestState.TAKEN_BACK: "Taken back",
}
PROOFS: dict[Proof, str] = {
    Proof.NONE: "Not shown yet",
    Proof.CODE: "Code sent to an address held already",
    Proof.DESK: "Identity document looked at by a guard",
    Proof.ACCOUNT: "Signed in to the own account",
}
STAGES: dict[Stage, str] = {
    Stage.FRESH: "In time",
    Stage.HALF: "Half of the time is used",
    Stage.URGENT: "Four fifths of the time are used",
    Stage.LATE: "Late",
}
PAUSES: dict[PauseReason, str] = {
    PauseReason.VERIFICATION: "The person still has to show who they are",
    PauseReason.CLARIFICATION: "The person still has to say what is meant",
}
ITEMS: dict[Item, str] = {
    Item.NAME: "Name",
    Item.CONTACT: "Mail and phone",
    Item.DOCUMENT: "Type of the document shown",
}
COURT = (
    "If you do not agree, you may complain to the department in charge of personal information protection, or bring an action before the "
    "people's court (Personal Information Protection Law, articles 50 and 65)."
)
GROUNDS: dict[Ground, str] = {
    Ground.NOT_VERIFIED: "It was not shown that whoever asked is the person. Nothing was disclosed. You may ask again at any time.",
    Ground.NOT_HELD: "Nothing that belongs to this request is held.",
    Ground.OTHER_PERSON: "The request is about somebody else. Only the person themselves may ask.",
    Ground.PERIOD_RUNS: "The period that the law or a duty asks for has not ended yet (Personal Information Protection Law, article 47). "
    "Until then the data is only stored and protected, and it goes by itself on its day.",
    Ground.ON_HOLD: "The law orders that this is kept for a proceeding at present. It is stored and shown to nobody but who has to, and "
    "erased when the order ends.",
    Ground.VISIT_RUNS: "Your visit is to come or under way, and who is on site has to be known. It goes on its day after the visit.",
    Ground.IS_RIGHT: "What is held was compared with what you wrote and is right as it stands.",
    Ground.NEEDED: "This is needed for a duty that the law lays on the site; it stays as it is until its day.",
    Ground.VISITS_OPEN: "A visit under your authority is to come or under way. It can be done when that is over.",
}
LETTERS: dict[Template, Text] = {
    Template.RIGHTS_CODE: Text(
        "Your code for your data at {site}",
        (
            "Somebody asked at {site} for data about you, or to change it. If that was you, type this code on the page: {code}",
            "It is good for 30 minutes and works once. The page: \n{page}",
            "If it was not you, do nothing: without the code nothing is shown to anybody. Nobody of the site will ever ask you for it.",
        ),
    ),
    Template.RIGHTS_RECEIVED: Text(
        "Request {request} has been received",
        (
            "{asked}\nReceived: {received}\nAnswered at the latest: {due}",
            "Before anything is shown or changed you will be asked to show who you are. Where it stands: \n{page}",
        ),
    ),
    Template.RIGHTS_ANSWERED: Text(
        "Request {request} has been answered",
        ("{asked}", "The answer is on your page, for 30 days. You will be asked for a code before it is shown: \n{page}"),
    ),
    Template.RIGHTS_REMINDER: Text(
        "Request {request}: {used} of the time is used",
        ("{asked}\nReceived: {received} ({channel})\nAnswer at the latest: {due}", "Answer it here: \n{queue}"),
    ),
}
