"""A crash in native code, as the shell and the operations see it: a sentence, exit status 1, and nothing lost."""

from __future__ import annotations

import functools
import logging
import sqlite3
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.operations import opening
from engine.process import DIED

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engine"))  # what a process runs is imported by name there

from aborting_engine import engine_that_cannot_answer

logging.getLogger("engine.process").setLevel(logging.CRITICAL)  # the crash below is meant


def palimpsest(data: Path, *words: str):
    handlers = logging.getLogger().handlers[:]
    try:
        return CliRunner().invoke(app, ["--data-dir", str(data), *words])
    finally:
        logging.getLogger().handlers[:] = handlers


def intact(path: Path) -> bool:
    database = sqlite3.connect(path)
    try:
        return database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        database.close()


@pytest.fixture
def echo(monkeypatch):
    monkeypatch.setattr("app.commands.options.open_services", functools.partial(opening.open_services, echo=True))


def test_a_question_that_aborts_is_a_sentence_and_the_next_one_is_answered(echo, tmp_path, monkeypatch):
    assert palimpsest(tmp_path, "list").exit_code == 0
    with monkeypatch.context() as crashing:
        crashing.setattr(opening, "engine_handlers", engine_that_cannot_answer)
        failed = palimpsest(tmp_path, "ask", "The Light Book", "Who is the keeper?")
    assert failed.exit_code == 1
    assert DIED in failed.stderr.replace("\n", " ") and "Traceback" not in failed.stderr
    for name in (opening.DATABASE_FILE, opening.PROMPT_STATES_FILE):
        assert intact(tmp_path / name)
    answered = palimpsest(tmp_path, "ask", "The Light Book", "Who is the keeper?")
    assert answered.exit_code == 0 and answered.stdout.strip()
