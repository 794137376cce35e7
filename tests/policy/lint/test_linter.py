"""The linter finds thirteen kinds of defect in whatever words, alone and together, and nothing in a policy that has none (section 1.9)."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_log.policy.file.building import default_policy, load_policy
from access_log.policy.file.choosing import with_profiles
from access_log.policy.lint.findings import Defect
from access_log.policy.lint.linter import RULES, lint, lint_with
from access_log.policy.lint.reading import read_document
from access_log.policy.lint.saying import finding_words, one_line
from access_log.policy.told.notice_text import fill_places
from access_log.services.notices import default_templates
from tests.notice_texts import CLEAN
from tests.policy.file.edited import edited, in_field
from tests.policy.lint.defects import EN, WAYS, ZH, all_defects

THEIRS = os.environ.get("ACCESS_LOG_TEST_NOTICE", "")
SITE = {"site": "上海一号数据中心", "site_en": "Shanghai One", "phone": "021-5555 0100"}
EVERY = [(defect, *way) for defect, ways in WAYS.items() for way in ways]


def spoilt(language: str, old: str, new: str) -> str:
    assert CLEAN[language].count(old) == 1, old
    return CLEAN[language].replace(old, new)


@pytest.mark.parametrize("language", [ZH, EN])
def test_a_policy_that_says_everything_has_no_defect(language: str) -> None:
    assert lint(CLEAN[language]) == []


@pytest.mark.parametrize("language", [ZH, EN])
@pytest.mark.parametrize("profiles", [[], ["annual_audit"], ["annual_audit", "pci"]], ids=str)
@pytest.mark.clause("7.a", "0.2")
def test_our_own_notice_has_none_under_any_profile(language: str, profiles: list[str]) -> None:
    policy = load_policy(with_profiles(edited(), profiles, version="test"))
    for phone in ("021-5555 0100", ""):
        text = fill_places(default_templates()[language], policy, language, SITE | {"phone": phone})
        assert lint_with(text, policy) == []


@pytest.mark.parametrize(("defect", "language", "old", "new"), EVERY, ids=[f"{row[0].value}-{row[1]}-{row[3][:16]}" for row in EVERY])
@pytest.mark.clause("0.4", "7.a", "2.3.b")
def test_a_defect_is_found_however_it_is_written_and_nothing_else_is(defect: Defect, language: str, old: str, new: str) -> None:
    text = spoilt(language, old, new)
    found = lint(text)
    assert [finding.defect for finding in found] == [defect]
    assert 1 <= found[0].line <= text.count("\n") + 1


def test_every_kind_of_defect_is_tried_in_both_languages() -> None:
    languages = {defect: {way[0] for way in ways} for defect, ways in WAYS.items()}
    assert languages == {defect: {ZH, EN} for defect in set(Defect) - {Defect.DIFFERS_FROM_POLICY}}


@pytest.mark.parametrize("language", [ZH, EN])
def test_all_thirteen_are_found_together_each_once(language: str) -> None:
    text, expected = all_defects(language)
    found = lint(text)
    assert {finding.defect for finding in found} == expected
    assert len(found) == len(RULES) == 13


@pytest.mark.skipif(not THEIRS, reason="ACCESS_LOG_TEST_NOTICE names no policy of an operator to read")
def test_a_policy_as_operators_write_them_has_all_thirteen() -> None:
    """A published policy of a hosting company; not ours to copy, so it is read from where it lies."""
    found = lint(Path(THEIRS).read_text(encoding="utf-8"))
    assert {finding.defect for finding in found} == set(Defect) - {Defect.PLACEHOLDER, Defect.DIFFERS_FROM_POLICY}
    assert len(found) == 13


def test_every_finding_is_one_line_in_both_languages_and_says_what_to_write() -> None:
    for language in (ZH, EN):
        text, _expected = all_defects(language)
        for finding in [*lint(text), *lint(spoilt(ZH, "> 版本：3.2", "> 网址：【待补充】"))]:
            for spoken, verb in ((ZH, "请"), (EN, "rite ")):
                said = finding_words(finding, spoken)
                assert verb in said
                assert "\n" not in said
                assert "{" not in said.replace(finding.facts.get("place", ""), "")


def test_words_of_a_file_move_no_cursor_and_fill_no_screen() -> None:
    (finding,) = lint(spoilt(EN, "## 1. Who we are\n", "## 1. Who we are\n\n<your \x1b[2Jname" + "x" * 30 + ">\n"))
    assert "\x1b" not in finding_words(finding, EN)
    assert len(one_line("x" * 5000)) < 300


@pytest.mark.parametrize(
    ("said", "line", "article"),
    [("您进入本机房，即视为已阅读并接受", 35, "四"), ("修改自公布之日起生效", 50, "七"), ("个人信息将移交给承继者", 31, "三.2")],
)
def test_a_finding_names_line_and_article(said: str, line: int, article: str) -> None:
    language, old, new = next(way for ways in WAYS.values() for way in ways if said in way[2])
    (finding,) = lint(spoilt(language, old, new))
    assert (finding.line, finding.article) == (line, article)


@pytest.mark.parametrize(
    "said",
    [
        "使用门户不代表您同意本规则以外的用途。",
        "我们不以同意为进入机房的条件。",
        "Using the portal does not mean that you consent to anything.",
        "您可以自行决定是否同意接收提醒。",
    ],
)
def test_saying_that_something_is_no_consent_is_no_defect(said: str) -> None:
    assert lint(CLEAN[ZH].replace("阅读本规则不等于同意。", said)) == []


def test_a_period_that_the_policy_does_not_have_is_found() -> None:
    policy = load_policy(in_field("document", "need: P30D", "need: P14D"))
    text = fill_places(default_templates()[ZH], policy, ZH, SITE)
    assert lint_with(text, policy) == []
    for wrong in ("证件类型保存四十五天。", "证件类型保存 45 日。", "It is kept for ninety days."):
        (finding,) = lint_with(f"{text}\n\n{wrong}", policy)
        assert finding.defect is Defect.DIFFERS_FROM_POLICY
    for right in ("证件类型保存十四天。", "证件类型保存两周。", "手机号保存 1 天。", "It is kept for six months."):
        assert lint_with(f"{text}\n\n{right}", policy) == [], right


def test_the_clean_policy_is_another_ones_not_this_files() -> None:
    """A period of its own policy is no period of ours: publishing it beside our file would be refused."""
    assert [finding.defect for finding in lint_with(CLEAN[ZH].replace("30 天", "45 天"), default_policy())] == [Defect.DIFFERS_FROM_POLICY]


@pytest.mark.parametrize("text", ["", " \n\n", "---", "---\n---\n", "#", "# \n", "-", "1.", "[", "**", "> ", "\0", "# 一\r\n\r\n# 二\r"])
def test_what_is_no_policy_is_read_all_the_same(text: str) -> None:
    assert {finding.defect for finding in lint(text)} >= {Defect.CONTROLLER_UNNAMED, Defect.RIGHTS_INCOMPLETE}


@given(st.text(max_size=200))
def test_no_text_whatever_breaks_the_linter(text: str) -> None:
    lint(text)


@given(st.integers(0, 1500), st.text(max_size=6), st.integers(0, 60))
def test_no_mutilation_breaks_it_and_lines_stay_inside_the_file(place: int, put: str, cut: int) -> None:
    text = CLEAN[ZH][:place] + put + CLEAN[ZH][place + cut :]
    lines = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert all(1 <= finding.line <= lines for finding in lint(text))


def test_a_text_made_to_be_slow_is_read_quickly() -> None:
    """64 KiB is the most that is published; patterns must not backtrack over it."""
    import time

    for unit in ("您使用", "使用我们的服务", "合并转让", "a" * 40 + " ", "by using you ", "[请", "**", "1.1.1.", "删除或", "（一"):
        text = "# 标题\n\n" + unit * (64 * 1024 // len(unit.encode()))
        begun = time.process_time()
        lint(text)
        assert time.process_time() - begun < 5, unit


def test_sentences_know_their_lines_through_wraps_lists_and_settings() -> None:
    document = read_document(CLEAN[EN])
    assert document.title == "Visitor privacy at Harbour Street"
    wrapped = next(one for one in document.sentences if one.text.startswith("It is kept for 30 days"))
    assert (wrapped.line, wrapped.article) == (9, "2")
    assert next(one.article for one in read_document(CLEAN[ZH]).sentences if one.text.startswith("拒绝请求")) == "五.4"
