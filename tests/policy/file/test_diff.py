"""What a new version is for people is decided by code: twenty changes, each classed, and the words in which people are told (7.b)."""

import pytest

from access_log.i18n import LANGUAGES
from access_log.policy.file.building import default_policy, load_policy
from access_log.policy.file.diff import Weight, differences, weight_of
from access_log.policy.file.words import CHANGES
from access_log.policy.told.spoken import change_words
from tests.policy.file.edited import edited, within

REDUCES, NEUTRAL, IMPROVES = Weight.REDUCES, Weight.NEUTRAL, Weight.IMPROVES
DEFAULT = edited()
FLOOR = """
  - id: longer
    kind: floor
    period: P9M
    applies: [roster, staff_account]
    source: {zh-CN: 规定, en: a rule}
"""
SHORT_FLOOR = FLOOR.replace("staff_account", "contact_account").replace("P9M", "P5M")
NUMBER = """
  document_number:
    zh-CN: 证件号码
    en: number of the document
    purpose: [gate]
    need: P0D
    from: event
    store: memory
    see: {}
    export: no
    after: erase
"""
RECIPIENT = """
  - id: auditor
    zh-CN: 外部审计机构
    en: an outside auditor
    contact: {zh-CN: 电话, en: phone}
    fields: [times]
    purpose: [review]
    method: {zh-CN: 现场查看, en: looks at it here}
    contract: A-1
"""
MUTATIONS = {
    "a visitor's phone is kept a week": ("\n  reach:", "need: PT24H", "need: P7D", REDUCES, "kept_longer"),
    "a document type is kept two weeks": ("\n  document:", "need: P30D", "need: P14D", IMPROVES, "kept_shorter"),
    "184 days instead of six months": ("\n  system_log:", "need: P6M", "need: P184D", REDUCES, "kept_longer"),
    "a year of audits is switched on": ("policy:", "profiles: []", "profiles: [annual_audit]", REDUCES, "kept_longer"),
    "a floor that makes nothing longer": ("bounds:", "\n", SHORT_FLOOR, NEUTRAL, ""),
    "a floor that makes staff data stay": ("bounds:", "\n", FLOOR, REDUCES, "kept_longer"),
    "document numbers are read": ("fields:", "\n  name:", NUMBER + "  name:", REDUCES, "field_added"),
    "names serve another purpose": ("\n  name:", "purpose: [gate, safety]", "purpose: [gate, safety, review]", REDUCES, "purpose_added"),
    "names serve a purpose less": ("\n  name:", "purpose: [gate, safety]", "purpose: [gate]", IMPROVES, "purpose_removed"),
    "a basis becomes a duty": ("\n  request:", "basis: contract", "basis: legal_duty", REDUCES, "basis_changed"),
    "a purpose is worded anew": ("\n  review:", "reviewing the record of entries", "rating the people in it", REDUCES, "reworded"),
    "a comma is put right": ("\n  safety:", "machine rooms, in an", "machine rooms in an", NEUTRAL, ""),
    "guards no longer see phones": ("\n  reach:", "recorded: [guard, contact, own]", "recorded: [contact, own]", IMPROVES, "seen_less"),
    "a recipient is added": ("recipients:", "\n", RECIPIENT, REDUCES, "recipient_new"),
    "a recipient is given more": ("recipients:", "fields: [name, times,", "fields: [name, badge, times,", REDUCES, "given_more"),
    "a recipient is given less": ("recipients:", "fields: [name, times,", "fields: [times,", IMPROVES, "given_less"),
    "plates are no longer never recorded": ("never:", "  - vehicle_plate\n", "", REDUCES, "never_removed"),
    "answers take five days": ("clock:", "answer_working_days: 2", "answer_working_days: 5", REDUCES, "answer_changed"),
    "people are told two weeks before": ("clock:", "change_notice: P7D", "change_notice: P14D", IMPROVES, "change_notice_changed"),
    "nobody can ask at the desk": ("controller:", "portal, desk, mail", "portal, mail", REDUCES, "channel_gone"),
    "people can ask by post too": ("controller:", "portal, desk, mail", "portal, desk, mail, post", IMPROVES, "channel_new"),
    "somebody else is the controller": ("controller:", 'name: {zh-CN: "{site}"', 'name: {zh-CN: 别家公司', REDUCES, "controller_changed"),
    "the officer has another phone": ("controller:", 'contact: {zh-CN: "{phone}"', 'contact: {zh-CN: 内线 1', NEUTRAL, "contact_changed"),
    "data moves abroad": ("controller:", "region: CN", "region: SG", REDUCES, "region_changed"),
    "the promised limit is raised": ("\n  - id: promised", "period: P13M", "period: P24M", REDUCES, "promise_changed"),
    "a new version, nothing else": ("policy:", "version: default-1", "version: 2026-12", NEUTRAL, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.clause("7.b", "2.2.a", "2.3.a", "2.3.b")
def test_a_change_is_classed_by_code(name: str) -> None:
    place, old, new, weight, code = MUTATIONS[name]
    mutated = load_policy(within(DEFAULT, place, old, new))
    changes = differences(default_policy(), mutated)
    assert weight_of(changes) is weight
    assert (code in {change.code for change in changes}) if code else not changes
    assert {weight_of([change]) for change in changes if change.code == code} <= {weight}
    for change in changes:
        for language in LANGUAGES:
            said = change_words(change, default_policy(), mutated, language)
            assert "{" not in said.replace("{site", "").replace("{phone", "")


def test_at_least_twenty_changes_are_classed_and_every_class_is_among_them() -> None:
    assert len(MUTATIONS) >= 20
    assert {mutation[3] for mutation in MUTATIONS.values()} == {REDUCES, NEUTRAL, IMPROVES}


def test_one_reduction_among_improvements_is_a_reduction() -> None:
    data = within(within(DEFAULT, "\n  document:", "need: P30D", "need: P1D"), "\n  reach:", "need: PT24H", "need: PT25H")
    changes = differences(default_policy(), load_policy(data))
    assert {change.weight for change in changes} == {IMPROVES, REDUCES}
    assert weight_of(changes) is REDUCES
    assert changes[0].weight is REDUCES


@pytest.mark.parametrize("name", [name for name, mutation in MUTATIONS.items() if mutation[3] is not NEUTRAL])
def test_taking_a_change_back_is_the_opposite_of_making_it(name: str) -> None:
    """But for words: they say something else either way, and so does another controller or another place."""
    place, old, new, weight, code = MUTATIONS[name]
    mutated = load_policy(within(DEFAULT, place, old, new))
    back = weight_of(differences(mutated, default_policy()))
    both_ways = code in ("reworded", "controller_changed", "region_changed", "basis_changed")
    sometimes_longer = name == "184 days instead of six months"
    assert back is (weight if both_ways else IMPROVES if weight is REDUCES else REDUCES)
    assert not sometimes_longer or back is IMPROVES


def test_a_change_is_said_with_names_and_periods_that_people_know() -> None:
    place, old, new, _weight, _code = MUTATIONS["a visitor's phone is kept a week"]
    mutated = load_policy(within(DEFAULT, place, old, new))
    (change,) = differences(default_policy(), mutated)
    assert (
        change_words(change, default_policy(), mutated, "en") == "Kept longer: work mail or phone of the visitor, 7 days (before: 24 hours)"
    )
    assert change_words(change, default_policy(), mutated, "zh-CN") == "保存时间变长：来访人的工作邮箱或电话，7 天（原为 24 小时）"


def test_every_kind_of_change_has_words() -> None:
    codes = {mutation[4] for mutation in MUTATIONS.values()} - {""}
    assert codes <= CHANGES.keys()
