"""`access-log policy`: check a policy file, compare it, publish it, show the one in force."""

from pathlib import Path
from typing import Annotated

import typer

from access_log.i18n import LANGUAGES, text
from access_log.policy.file.building import load_policy
from access_log.policy.file.content import Policy
from access_log.policy.file.problems import PolicyFileError, Problem
from access_log.policy.file.reading import MOST_BYTES
from access_log.policy.file.words import PROBLEMS
from access_log.said import fail, said_clearly

app = typer.Typer(no_args_is_help=True, help="The policy that runs: check, compare, publish and show it.")
File = Annotated[Path, typer.Argument(help="a policy file; begin with: access-log policy show > policy.yaml")]


@app.command()
@said_clearly
def check(file: File) -> None:
    """Read a policy file and say, line by line, what is wrong with it. Exit status 1 where something is."""
    policy = read_policy(file)
    typer.echo(f"{file}: {policy.id} {policy.version} is in order: {len(policy.fields)} fields, {len(policy.bounds)} bounds")


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
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        fail(f"{file}: {error.strerror or 'cannot be read'}")


def said(file: Path, problem: Problem) -> str:
    """One line: file, line, key, why in both languages."""
    why = " | ".join(text(language, PROBLEMS[problem.code]).format(**problem.facts) for language in LANGUAGES)
    return ": ".join(part for part in (f"{file}:{problem.line}" if problem.line else f"{file}", problem.key, why) if part)
