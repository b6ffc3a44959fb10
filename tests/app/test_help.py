"""The shell says what it can do: every command and every option of ours has its words, and a group with a nameless command shows both."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from app.cli import app

RUN = CliRunner(env={"COLUMNS": "200"})
ROOT = typer.main.get_command(app)


def walk(command, words):
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, [*words, name])


COMMANDS = {" ".join(words): (words, command) for words, command in walk(ROOT, [])}


def help_of(*words):
    done = RUN.invoke(app, [*words, "--help"])
    assert done.exit_code == 0, done.output
    return done.output


def unfolded(text):
    """Lines are folded where the screen ends."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", [name for name in COMMANDS if name])
def test_every_command_says_what_it_does(name):
    words, command = COMMANDS[name]
    assert command.help
    if not command.hidden:
        assert unfolded(command.help) in unfolded(help_of(*words))
    for option in command.params:
        for spelled in option.opts:
            shown = help_of(*(words[:-1] if command.hidden else words))
            assert not spelled.startswith("--") or spelled in shown


def test_the_first_page_names_every_command():
    shown = help_of()
    for name in ROOT.commands:
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("group", ["compress", "caches"])
def test_a_group_with_a_nameless_command_shows_it_and_the_others(group):
    shown = help_of(group)
    for name, command in ROOT.commands[group].commands.items():
        if command.hidden:
            assert all(option.help in unfolded(shown) for option in command.params)
            assert f"palimpsest {group} {name}" not in shown
        else:
            assert f"\n  {name} " in shown
    assert shown == help_of(group, "something")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["compress"], "DOC|FILE"),
        (["compress", "book", "--k", "3"], "--k"),
        (["compress", "book", "--method", "exact", "--k", "4"], "--method"),
        (["compress", "train", "--method", "magic"], "--method"),
        (["caches", "pin"], "ENTRY"),
        (["caches", "compare", "1"], "question"),
    ],
)
def test_wrong_usage_is_told_with_its_own_status(words, named, tmp_path):
    done = RUN.invoke(app, [*words, *([] if words == ["compress"] else ["--data-dir", str(tmp_path)])])
    assert done.exit_code == 2 and named in done.output
    assert not list(tmp_path.iterdir())
