"""`access-log policy`: check a policy file, compare it, publish it, show the one in force."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from access_log.db import closing_engine, transaction
from access_log.errors import ConflictError, NotFoundError, SettingsError
from access_log.i18n import LANGUAGES, local_time, text
from access_log.models import PolicyVersion, Site
from access_log.notice_files import SUFFIXES, findings_of, read_notice, said_findings
from access_log.policy.actors import system
from access_log.policy.file.building import default_policy, load_policy
from access_log.policy.file.content import Policy
from access_log.policy.file.diff import Weight, differences, weight_of
from access_log.policy.file.problems import PolicyFileError, Problem
from access_log.policy.file.reading import MOST_BYTES
from access_log.policy.file.words import PROBLEMS
from access_log.policy.lint.findings import DefectiveNoticeError
from access_log.policy.told.notice_text import UnknownPlaceError
from access_log.policy.told.spoken import change_words
from access_log.runtime import utc_now
from access_log.said import fail, said_clearly
from access_log.services import policies, policy_publishing
from access_log.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The policy that runs: check, compare, publish and show it.")
File = Annotated[Path, typer.Argument(help="a policy file; begin with: access-log policy show > policy.yaml")]
SiteCode = Annotated[str, typer.Option("--site", help="the site's code, where there is more than one")]
CONFLICTS = {
    "version_exists": "a version of this name is published already, and never changes: give this one another name (policy.version)",
    "not_superseding": "policy.supersedes does not name the version published last: see access-log policy show --list",
    "too_soon": "it takes something from people, who are told clock.change_notice before: name a later day (policy.effective)",
    "before_pending": "another version is published already and holds from a later day: name a day after it (policy.effective)",
}
CLASSES = {Weight.REDUCES: "reduces_rights", Weight.NEUTRAL: "neutral", Weight.IMPROVES: "improves"}


@app.command()
@said_clearly
def check(
    file: Annotated[Path, typer.Argument(help="a policy file, or a privacy policy or notice in Markdown (.md, .txt)")],
    against: Annotated[Path | None, typer.Option("--policy", help="the policy file whose periods a notice has to say")] = None,
) -> None:
    """Read a policy file, or the text of a notice, and say line by line what is wrong with it. Exit status 1 where something is."""
    if file.suffix.lower() in SUFFIXES:
        _check_notice(file, against)
        return
    policy = read_policy(file)
    typer.echo(f"{file}: {policy.id} {policy.version} is in order: {len(policy.fields)} fields, {len(policy.bounds)} bounds")


def _check_notice(file: Path, against: Path | None) -> None:
    policy = read_policy(against) if against else default_policy()
    found = findings_of(file, policy, beside=against is not None)
    for line in said_findings(str(file), found):
        typer.echo(line)
    if found:
        raise typer.Exit(1)
    typer.echo(f"{file}: nothing is missing")


@app.command()
@said_clearly
def diff(
    file: File,
    against: Annotated[Path | None, typer.Argument(help="another policy file; the version published last where left out")] = None,
    site: SiteCode = "",
) -> None:
    """Say what a file changes for people, against the version published last or another file, and what that makes of it."""
    new = read_policy(file)
    if against is not None:
        old = read_policy(against)
    else:
        with _site(site) as (session, row):
            newest = policies.newest_row(session, row.id or 0)
            old = policies.read(newest) if newest else policies.shipped(row)
    changes = differences(old, new)
    for change in changes:
        words = " | ".join(change_words(change, old, new, language) for language in LANGUAGES)
        typer.echo(f"{CLASSES[change.weight]}: {change.key}: {words}")
    typer.echo(f"{old.version} -> {new.version}: {CLASSES[weight_of(changes)]}")


@app.command()
@said_clearly
def publish(
    file: File,
    zh: Annotated[Path | None, typer.Option(help="the notice in Chinese, Markdown")] = None,
    en: Annotated[Path | None, typer.Option(help="the notice in English, Markdown")] = None,
    site: SiteCode = "",
) -> None:
    """Publish a policy file, with its notice: texts given, or those in force, their places filled from it."""
    body = read_bytes(file)
    read_policy(file)
    if (zh is None) != (en is None):
        fail("a notice is published in both languages at once: name --zh and --en")
    templates = {"zh-CN": read_notice(zh), "en": read_notice(en)} if zh and en else None
    with _site(site) as (session, row):
        made = _published(session, row, body, templates, {"zh-CN": str(zh or "zh-CN"), "en": str(en or "en")})
        typer.echo(f"published {made.version}: {made.effect.value}, sha256 {made.sha256.hex()}")
        holds = "in force" if made.in_force_at else f"holds from {local_time(made.effective_at, row.zone)}; people are being told"
        typer.echo(holds)


def _published(session: Session, site: Site, body: bytes, templates: dict[str, str] | None, names: Mapping[str, str]) -> PolicyVersion:
    try:
        return policy_publishing.publish(
            session, site=site, body=body, templates=templates, actor=system(site.id or 0), now=utc_now()
        )  # fmt: skip
    except ConflictError as error:
        fail(CONFLICTS.get(error.code, error.code))
    except UnknownPlaceError as error:
        fail(str(error))
    except DefectiveNoticeError as error:
        for language, findings in error.found.items():
            typer.echo("\n".join(said_findings(names[language], findings)), err=True)
        fail("a notice with a defect is not published. Nothing was changed")


@app.command()
@said_clearly
def show(
    version: Annotated[str, typer.Option(help="another version than the one in force")] = "",
    every: Annotated[bool, typer.Option("--list", help="list every version instead")] = False,
    site: SiteCode = "",
) -> None:
    """Print the policy in force, byte for byte, or list every version with its hash."""
    with _site(site) as (session, row):
        if every:
            for found in policies.versions(session, row.id or 0):
                since = local_time(found.in_force_at, row.zone) if found.in_force_at else f"from {local_time(found.effective_at, row.zone)}"
                typer.echo(f"{found.version:<32} {found.effect.value:<14} {since:<22} {found.sha256.hex()}")
            return
        held = policies.row_in_force(session, row.id or 0)
        try:
            body = policies.version_of(session, version=version, site_id=row.id or 0).body if version else held.body if held else None
        except NotFoundError:
            fail(f"there is no version {version}: access-log policy show --list")
        typer.get_binary_stream("stdout").write(body if body is not None else policies.shipped_bytes(row))


@contextmanager
def _site(code: str) -> Iterator[tuple[Session, Site]]:
    """The site a command is about, in one transaction."""
    with closing_engine(Settings().url) as engine, transaction(engine) as session:
        found = session.exec(select(Site).where(Site.code == code) if code else select(Site).order_by(col(Site.id)).limit(1)).first()
        if found is None:
            raise SettingsError(f"there is no site {code}" if code else "there is no site yet: access-log staff add makes the first")
        yield session, found


def read_policy(file: Path) -> Policy:
    """A file's policy; where there are problems they are printed, and the command ends with status 1."""
    try:
        return load_policy(read_bytes(file))
    except PolicyFileError as error:
        for problem in error.problems:
            typer.echo(said(file, problem), err=True)
        raise typer.Exit(1) from None


def read_bytes(file: Path) -> bytes:
    """A file's bytes, and not many more than are taken."""
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def said(file: Path, problem: Problem) -> str:
    """One line: file, line, key, why in both languages."""
    why = " | ".join(text(language, PROBLEMS[problem.code]).format(**problem.facts) for language in LANGUAGES)
    return ": ".join(part for part in (f"{file}:{problem.line}" if problem.line else f"{file}", problem.key, why) if part)
