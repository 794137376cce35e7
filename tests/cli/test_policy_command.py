"""`access-log policy`: every mistake one line in both languages, what a version changes, publishing, and the bytes again."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import Notice, PolicyVersion
from access_log.policy.file.building import default_bytes
from access_log.policy.lint.linter import lint
from access_log.policy.lint.saying import finding_words
from access_log.services.notices import default_templates
from access_log.services.policy_publishing import publish_default
from tests.cast import make_cast, with_pass
from tests.cli.conftest import Run, said
from tests.moments import NOON
from tests.notice_texts import both
from tests.policy.file.edited import edited, in_field, line_of, within
from tests.policy.lint.defects import all_defects


@pytest.fixture
def begun(installed_engine: Engine, ring: KeyRing) -> None:
    """A site as set-up leaves it, with a visit to come."""
    with transaction(installed_engine) as session:
        cast = make_cast(session, ring)
        publish_default(session, site=cast.site, now=NOON)
        with_pass(session, ring, cast)


def written(folder: Path, data: bytes, name: str = "policy.yaml") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def longer(version: str = "2026-12") -> bytes:
    return within(in_field("reach", "need: PT24H", "need: P3D"), "policy:", "version: default-1", f"version: {version}")


def test_a_good_file_is_said_to_be_in_order(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, edited())
    result = run("policy", "check", path)
    assert (result.exit_code, result.output) == (0, f"{path}: machine-room-register default-1 is in order: 27 fields, 6 bounds\n")


def test_a_mistake_is_one_line_with_file_line_key_and_why_in_both_languages(run: Run, tmp_path: Path) -> None:
    data = in_field("document", "need: P30D", "need: 30 days")
    path = written(tmp_path, data)
    result = run("policy", "check", path)
    (line,) = result.output.splitlines()
    assert result.exit_code == 1
    assert line.startswith(f"{path}:{line_of(data, 'need: 30 days')}: fields.document.need: 30 days 不是期限。")
    assert " | 30 days is no period. Write P6M for six months" in line


@pytest.mark.parametrize(("data", "why"), [(b"x" * 10_000_000, "128 KiB"), ("a: 姓名".encode("gbk"), "UTF-8"), (b"", "empty")])
@pytest.mark.parametrize("command", ["check", "diff", "publish"])
def test_a_file_that_cannot_be_read_is_one_line_too(run: Run, tmp_path: Path, command: str, data: bytes, why: str) -> None:
    result = run("policy", command, written(tmp_path, data))
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert why in result.output


def test_a_file_that_is_not_there_is_one_line_too(run: Run, tmp_path: Path) -> None:
    assert said(run("policy", "check", str(tmp_path / "nowhere.yaml"))) == f"{tmp_path}/nowhere.yaml: No such file or directory"


def test_two_files_are_compared_without_an_installation(run: Run, tmp_path: Path) -> None:
    result = run("policy", "diff", written(tmp_path, longer()), written(tmp_path, edited(), "old.yaml"))
    assert result.exit_code == 0, result.output
    first, last = result.output.splitlines()
    assert first.startswith("reduces_rights: fields.reach.need: 保存时间变长：来访人的工作邮箱或电话，3 天（原为 24 小时） | Kept longer: ")
    assert last == "default-1 -> 2026-12: reduces_rights"


@pytest.mark.usefixtures("begun")
def test_a_file_is_compared_with_the_version_published_last(run: Run, tmp_path: Path) -> None:
    assert run("policy", "diff", written(tmp_path, longer())).output.endswith("default-1 -> 2026-12: reduces_rights\n")
    assert run("policy", "diff", written(tmp_path, edited())).output == "default-1 -> default-1: neutral\n"


@pytest.mark.usefixtures("begun")
def test_a_version_is_published_and_comes_back_byte_for_byte(run: Run, installed_engine: Engine, tmp_path: Path) -> None:
    body = within(in_field("reach", "need: PT24H", "need: PT1H"), "policy:", "version: default-1", "version: 2026-12")
    result = run("policy", "publish", written(tmp_path, body))
    assert result.exit_code == 0, result.output
    assert "published 2026-12: improves, sha256 " in result.output
    assert result.output.endswith("in force\n")
    assert run("policy", "show").stdout_bytes == body
    assert run("policy", "show", "--version", "default-1").stdout_bytes == default_bytes()
    listed = run("policy", "show", "--list").output.splitlines()
    assert [line.split()[:2] for line in listed] == [["2026-12", "improves"], ["default-1", "first"]]
    with Session(installed_engine) as session:
        assert len(session.exec(select(Notice).where(Notice.version == "2026-12")).all()) == 2


@pytest.mark.usefixtures("begun")
def test_a_reduction_says_from_when_it_holds(run: Run, tmp_path: Path) -> None:
    result = run("policy", "publish", written(tmp_path, longer()))
    assert "published 2026-12: reduces_rights" in result.output
    assert "holds from " in result.output
    assert run("policy", "show").stdout_bytes == default_bytes()


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (default_bytes(), "a version of this name is published already"),
        (within(longer(), "policy:", 'supersedes: ""', "supersedes: 2020-01"), "policy.supersedes does not name"),
        (within(longer(), "policy:", "effective: on-publication", "effective: 2020-01-01"), "it takes something from people"),
    ],
)
def test_what_may_not_be_published_is_one_sentence_and_leaves_nothing(
    run: Run, installed_engine: Engine, tmp_path: Path, body: bytes, why: str
) -> None:
    assert why in said(run("policy", "publish", written(tmp_path, body)))
    with Session(installed_engine) as session:
        assert len(session.exec(select(PolicyVersion)).all()) == 1


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(
    ("zh", "en", "why"),
    [
        ("# 告知\n", None, "name --zh and --en"),
        ("告知\n", "# Notice\n", "has to begin with a title"),
        ("# 告知\n" + "字" * 30_000, "# Notice\n", "is longer than 64 KiB"),
        ("# 告知 {{weather}}\n", "# Notice\n", "{{weather}}"),
    ],
)
def test_a_notice_that_cannot_be_published_is_one_sentence(run: Run, tmp_path: Path, zh: str, en: str | None, why: str) -> None:
    words = ["policy", "publish", written(tmp_path, longer()), "--zh", written(tmp_path, zh.encode(), "zh.md")]
    if en is not None:
        words += ["--en", written(tmp_path, en.encode(), "en.md")]
    assert why in said(run(*words))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_our_own_notice_is_said_to_lack_nothing(run: Run, tmp_path: Path, language: str) -> None:
    path = written(tmp_path, default_templates()[language].encode(), "notice.md")
    result = run("policy", "check", path)
    assert (result.exit_code, result.output) == (0, f"{path}: nothing is missing\n")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_defective_notice_is_said_line_by_line_in_both_languages_with_status_1(run: Run, tmp_path: Path, language: str) -> None:
    text, expected = all_defects(language)
    path = written(tmp_path, b"\xef\xbb\xbf" + text.encode(), "policy.md")
    result = run("policy", "check", path)
    lines = result.output.splitlines()
    assert (result.exit_code, len(lines)) == (1, 13)
    found = lint(text)
    assert {one.defect for one in found} == expected
    for line, one in zip(lines, found, strict=True):
        head = ": ".join(part for part in (f"{path}:{one.line}", one.article) if part)
        assert line == f"{head}: {finding_words(one, 'zh-CN')} | {finding_words(one, 'en')}"


def test_a_notices_periods_are_compared_with_a_policy_file_where_one_is_named(run: Run, tmp_path: Path) -> None:
    notice = written(tmp_path, both("告知", "Notice")["en"].replace("30 days", "45 days").encode(), "notice.md")
    assert run("policy", "check", notice).exit_code == 0
    result = run("policy", "check", notice, "--policy", written(tmp_path, edited()))
    assert result.exit_code == 1
    assert "By the policy file this is not kept for 45 days." in result.output
    own = written(tmp_path, in_field("document", "need: P30D", "need: P45D"), "own.yaml")
    assert run("policy", "check", notice, "--policy", own).exit_code == 0


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"# " + b"x" * 70_000, "is longer than 64 KiB"),
        ("# 隐私政策".encode("gbk"), "is not UTF-8"),
        (b" \n", "is empty"),
        (b"# T\n\x1b[2J", "holds characters that cannot be seen"),
        (b"# T\n{{weather}}", "{{weather}} is no place"),
    ],
)
def test_a_text_that_cannot_be_read_is_one_sentence(run: Run, tmp_path: Path, data: bytes, why: str) -> None:
    assert why in said(run("policy", "check", written(tmp_path, data, "policy.md")))


@pytest.mark.usefixtures("begun")
def test_a_defective_notice_is_not_published(run: Run, installed_engine: Engine, tmp_path: Path) -> None:
    texts = both("告知", "Notice")
    bad = texts["en"].replace("Reading this is not consent.", "By entering the building you agree to these rules.")
    zh, en = written(tmp_path, texts["zh-CN"].encode(), "zh.md"), written(tmp_path, bad.encode(), "en.md")
    result = run("policy", "publish", written(tmp_path, longer()), "--zh", zh, "--en", en)
    assert result.exit_code == 1
    assert f"{en}:{bad[: bad.index('By entering')].count(chr(10)) + 1}: 5: 此处把使用行为当作同意" in result.stderr
    assert "a notice with a defect is not published. Nothing was changed" in result.stderr
    with Session(installed_engine) as session:
        assert len(session.exec(select(PolicyVersion)).all()) == 1
        assert session.exec(select(Notice).where(Notice.version != "default-1")).all() == []


def test_without_a_site_the_command_says_how_to_make_one(run: Run, installed_engine: Engine) -> None:
    assert "access-log staff add" in said(run("policy", "show"))
    with Session(installed_engine) as session:
        assert session.exec(select(PolicyVersion)).all() == []
