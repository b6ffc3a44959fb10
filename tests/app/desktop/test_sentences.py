"""Every sentence that engine, storage and operations can say stands in the catalogue the window translates from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from app.desktop.languages import Languages
from app.desktop.sentence_catalogue import SENTENCES
from app.desktop.sentences import localized

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("engine", "storage", "app/operations", "app/services.py")
LOGGERS = {"debug", "info", "warning", "error", "exception", "critical"}


def template(node: ast.expr) -> str:
    """A literal or an f-string with its gaps numbered; "" for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        words, gaps = "", 0
        for part in node.values:
            if isinstance(part, ast.Constant):
                words += str(part.value)
            else:
                words, gaps = words + f"{{{gaps}}}", gaps + 1
        return words
    return ""


def is_sentence(words: str) -> bool:
    return (
        bool(re.match(r"[A-Z“{]", words))
        and words.endswith((".", "?", "…"))
        and words.count(" ") >= 2
        and "\n" not in words
    )


def silent(tree: ast.Module) -> set[int]:
    """Nodes nobody reads: docstrings, what goes to the log, what only a developer can cause."""
    found: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                found.add(id(node.value))
            case ast.Call(func=ast.Attribute(attr=name)) if name in LOGGERS:
                found.update(id(each) for each in ast.walk(node))
            case ast.Assert() | ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError" | "TypeError" | "RuntimeError"))):
                found.update(id(each) for each in ast.walk(node))
            case ast.JoinedStr():  # its pieces are no sentences of their own
                found.update(id(each) for each in ast.walk(node) if each is not node)
    return found


def said(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    unheard = silent(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in unheard:
            words = template(node)
            if is_sentence(words):
                yield words, f"{path.relative_to(ROOT)}:{node.lineno}"


def everything_said() -> dict[str, str]:
    found: dict[str, str] = {}
    for room in ROOMS:
        paths = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
        for path in paths:
            for words, place in said(path):
                found.setdefault(words, place)
    return found


def test_the_catalogue_holds_every_sentence_and_no_other():
    found = everything_said()
    missing = [f"{place}: {words}" for words, place in found.items() if words not in SENTENCES]
    gone = [words for words in SENTENCES if words not in found]
    assert not missing, "\n".join(missing)
    assert not gone, "\n".join(gone)


def test_no_two_sentences_of_the_catalogue_are_the_same():
    assert len(SENTENCES) == len(set(SENTENCES))


@pytest.fixture
def chinese(qapp):
    languages = Languages()
    languages.use("zh_CN")
    yield
    languages.use("en")


def filled(words: str) -> str:
    return re.sub(r"\{(\d+)\}", lambda gap: f"甲{gap[1]}", words)


def test_every_sentence_is_said_in_chinese_with_what_stood_in_its_gaps(chinese):
    for words in SENTENCES:
        translated = QCoreApplication.translate("sentence", words)
        assert translated != words, words
        assert sorted(re.findall(r"\{\d+\}", translated)) == sorted(re.findall(r"\{\d+\}", words)), words
        assert localized(filled(words)) == filled(translated), words


def test_what_is_not_in_the_catalogue_is_said_as_it_is(chinese):
    assert localized("Nobody ever says this.") == "Nobody ever says this."
