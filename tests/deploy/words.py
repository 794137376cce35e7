"""Whether a command line would be understood: asked of the command itself, without running it."""

import click
import typer


def command_line_problem(app: typer.Typer, words: list[str]) -> str | None:
    """Why `access-log WORDS` would be refused, or None."""
    command: click.Command = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            return f"no command {' '.join(words)}"
        command = command.commands[rest.pop(0)]
    try:
        command.make_context("access-log", rest, resilient_parsing=False)
    except Exception as refused:  # click's own or Typer's copy of it
        return str(refused) or type(refused).__name__
    return None
