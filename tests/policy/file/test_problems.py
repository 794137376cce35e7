"""Every mistake in a policy file is named with its line and key, in both languages; several are named at once."""

import pytest

from access_log.i18n import LANGUAGES, text
from access_log.policy.file.words import PROBLEMS
from tests.policy.file.edited import edited, in_field, line_of, problems, within

NAME = "fields.name"
DEFAULT = edited()


def found(data: bytes) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.key, problem.code) for problem in problems(data)]


def test_the_file_that_ships_has_no_problem() -> None:
    assert found(DEFAULT) == []


@pytest.mark.parametrize(
    ("old", "new", "key", "code"),
    [
        ("need: P6M", "need: 6 months", "need", "period_shape"),
        ("need: P6M", "need: P-6M", "need", "period_shape"),
        ("need: P6M", "need: P6000M", "need", "period_long"),
        ("need: P6M", "neet: P6M", "need", "missing"),
        ("from: visit_end", "from: exit", "from", "not_one_of"),
        ("store: sealed", "store: [sealed]", "store", "not_text"),
        ("store: sealed", "store: plain", "store", "product_differs"),
        ("after: erase", "after: de_identify", "after", "product_differs"),
        ("export: masked", "export: clear", "export", "shows_more"),
        ("masked: [reviewer, ", "clear: [reviewer], masked: [", "see", "shows_more_to"),
        ("masked: [reviewer, ", "masked: [", "see", "shows_less_to"),
        ("recorded: [guard", "recorded: [gard", "see.recorded", "not_one_of"),
        ("recorded: [guard", "recorded: [staff, guard", "see.recorded", "seen_twice"),
        ("recorded: [guard", "recoded: [guard", "see.recoded", "unknown_key_near"),
        ("purpose: [gate, safety]", "purpose: gate", "purpose", "not_a_list"),
        ("purpose: [gate, safety]", "purpose: [gate, gate]", "purpose", "twice_in_list"),
        ("purpose: [gate, safety]", "purpose: [gate, marketing]", "purpose", "unknown_purpose"),
        ("purpose: [gate, safety]", "purpose: []", "purpose", "missing"),
        ("purpose: [gate, safety]", "purpose: [gate, operate]", "purpose", "no_basis"),
        ("purpose: [gate, safety]", "purpose: [gate, safety]\n    optional: true", "optional", "optional_without_consent"),
        ("purpose: [gate, safety]", "purpose: [gate, safety]\n    optional: yes", "optional", "not_bool"),
        ("en: name of the visitor", "en: ''", "en", "missing"),
        ("en: name of the visitor", "en: " + "x" * 401, "en", "text_long"),
        ("en: name of the visitor", "en: name\n    retention: P6M", "retention", "unknown_key"),
    ],
)
@pytest.mark.clause("1.2", "2.2")
def test_a_mistake_in_a_field_is_named_with_its_line(old: str, new: str, key: str, code: str) -> None:
    data = in_field("name", old, new)
    assert (code, f"{NAME}.{key}") in {(problem.code, problem.key) for problem in problems(data)}
    for problem in problems(data):
        if problem.code != "missing" and problem.key.startswith(NAME):
            assert problem.key.split(".")[2] in data.decode().split("\n")[problem.line - 1]


@pytest.mark.parametrize(
    ("place", "old", "new", "key", "code"),
    [
        ("policy:", "lang: [zh-CN, en]", "lang: [en]", "policy.lang", "lang_missing"),
        ("policy:", "lang: [zh-CN, en]", "lang: [zh-CN, en, de]", "policy.lang", "lang_unknown"),
        ("policy:", "version: default-1", "version: 'a b'", "policy.version", "not_a_version"),
        ("policy:", "effective: on-publication", "effective: 2026-02-30", "policy.effective", "not_a_date"),
        ("policy:", "effective: on-publication", "effective: 20261201", "policy.effective", "not_a_date"),
        ("policy:", 'supersedes: ""', "supersedes: default-1", "policy.supersedes", "supersedes_itself"),
        ("policy:", "profiles: []", "profiles: [hipaa]", "policy.profiles", "unknown_profile"),
        ("controller:", "region: CN", "region: China", "controller.region", "text_long"),
        ("controller:", "region: CN", "region: cn", "controller.region", "not_a_region"),
        ("controller:", "[visitor_page,", "[qq_group,", "controller.rights_channel", "channel_group"),
        ("controller:", "[visitor_page,", "[pigeon,", "controller.rights_channel", "not_one_of"),
        ("clock:", "answer_working_days: 2", "answer_working_days: 30", "clock.answer_working_days", "not_whole"),
        ("clock:", "answer_working_days: 2", "answer_working_days: two", "clock.answer_working_days", "not_whole"),
        ("clock:", "outer: P30D", "outer: P60D", "clock.outer", "outer_long"),
        ("clock:", "outer: P30D", "outer: P0D", "clock.outer", "outer_long"),
        ("purposes:", "basis: legal_duty", "basis: legitimate_interest", "purposes.gate.basis", "not_one_of"),
        ("\n  review:", "basis: legal_duty", "basis: none", "fields.report.purpose", "no_basis"),
        ("\n  deliver:", "basis: consent", "basis: contract", "fields.reach.optional", "optional_without_consent"),
        ("\n  reach:", "    optional: true\n", "", "fields.reach.purpose", "consent_not_optional"),
        ("\n  safety:", "sensitive: true", "sensitive: true\n    impacts: x", "purposes.safety.impacts", "unknown_key_near"),
        ("purposes:", "  gate:", "  Gate!:", "purposes.Gate!", "not_an_id"),
        ("fields:", "  name:", "  nickname:", "fields.nickname", "unknown_field"),
        ("fields:", "  name:", "  nickname:", "fields", "field_missing"),
        ("fields:", "  age:", "  face:", "fields.face", "never_and_field"),
        ("\n  age:", "need: P0D", "need: P1D", "fields.age.need", "memory_kept"),
        ("\n  reach:", "need: PT24H", "need: PT0H", "fields.reach.need", "need_zero"),
        ("\n  document:", "need: P30D", "need: P13M", "fields.document.need", "after_name"),
        ("\n  badge:", "need: P6M", "need: P5M", "fields.badge.need", "not_with_name"),
        ("\n  document:", "need: P30D", "need: P14M", "fields.document.need", "need_above_ceiling"),
        ("bounds:", "id: pci-9-3-4", "id: annual-audit", "bounds[3].id", "double_id"),
        ("bounds:", "applies: [system_log]", "applies: [logs]", "bounds[0].applies", "unknown_field_here"),
        ("bounds:", "period: P6M", "period: P0D", "bounds[0].period", "bound_zero"),
        ("bounds:", "kind: floor", "kind: minimum", "bounds[0].kind", "not_one_of"),
        ("never:", "- face", "- faces", "never", "not_one_of"),
        ("recipients:", "fields: [name,", "fields: [names,", "recipients[0].fields", "unknown_field_here"),
        ("recipients:", "purpose: [request]", "purpose: [selling]", "recipients[0].purpose", "unknown_purpose"),
        ("recipients:", "id: authority", "id: customer", "recipients[1].id", "double_id"),
        ("recipients:", "contract: 法律文书", "contract: 法律文书\n    until: soon", "recipients[1].until", "not_a_date"),
    ],
)
@pytest.mark.clause("0.3", "1.4.a", "8.a")
def test_a_mistake_anywhere_is_named(place: str, old: str, new: str, key: str, code: str) -> None:
    data = within(DEFAULT, place, old, new)
    named = [problem for problem in problems(data) if (problem.key, problem.code) == (key, code)]
    assert len(named) == 1
    assert named[0].line > 0


def test_the_line_is_the_one_to_change() -> None:
    data = in_field("document", "need: P30D", "need: 30 days")
    assert found(data) == [(line_of(data, "need: 30 days"), "fields.document.need", "period_shape")]


def test_several_mistakes_are_named_at_once_in_the_order_of_the_lines() -> None:
    data = within(
        within(in_field("name", "need: P6M", "need: x"), "bounds:", "period: P6M", "period: y"), "clock:", "outer: P30D", "outter: P1D"
    )
    lines = [line for line, _key, _code in found(data)]
    assert [code for _line, _key, code in found(data)] == ["missing", "unknown_key_near", "period_shape", "period_shape"]
    assert lines == sorted(lines)


def test_a_part_that_is_missing_is_named_once() -> None:
    head, _place, rest = DEFAULT.decode().partition("\nclock:")
    data = (head + "\npurposes:" + rest.partition("\npurposes:")[2]).encode()
    assert [(key, code) for _line, key, code in found(data)] == [("clock", "missing")]


@pytest.mark.parametrize("kind", ["fields: []", "fields: name", "fields:"])
def test_a_part_of_the_wrong_kind_is_named(kind: str) -> None:
    head, _place, rest = DEFAULT.decode().partition("\nfields:")
    data = (head + "\n" + kind + "\nbounds:" + rest.partition("\nbounds:")[2]).encode()
    assert ("fields", "missing" if kind == "fields:" else "not_a_mapping_here") in {(key, code) for _line, key, code in found(data)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_can_be_said_with_its_facts(language: str) -> None:
    """Each code above is said in words, with every place filled."""
    samples = [
        in_field("name", "need: P6M", "need: P14M"),
        in_field("name", "store: sealed", "store: plain"),
        within(DEFAULT, "clock:", "outer: P30D", "outter: P99D"),
        within(DEFAULT, "bounds:", "period: P6M", "period: P99M"),
        within(DEFAULT, "controller:", "[visitor_page,", "[qq_group, pigeon, pigeon,"),
        b"a" * 200_000,
    ]
    for problem in (problem for data in samples for problem in problems(data)):
        said = text(language, PROBLEMS[problem.code]).format(**problem.facts)
        assert said
        assert "{" not in said


@pytest.mark.clause("0.2")
def test_a_sensitive_purpose_has_to_say_what_it_may_do_to_people() -> None:
    data = within(DEFAULT, "\n  gate:", "basis: legal_duty", "basis: legal_duty\n    sensitive: true")
    assert [(key, code) for _line, key, code in found(data)] == [("purposes.gate.impact", "missing")]
