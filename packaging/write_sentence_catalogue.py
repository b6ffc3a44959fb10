"""Writes app/desktop/sentence_catalogue.py: every sentence that engine, storage and operations can say to the user.

    .venv/bin/python packaging/write_sentence_catalogue.py && .venv/bin/ruff format app/desktop/sentence_catalogue.py

Then `pyside6-lupdate` takes the new ones into the translations. A test holds the catalogue against the code.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "app" / "desktop" / "sentence_catalogue.py"
ROOMS = ("engine", "storage", "app/operations", "app/services.py")
LOGGERS = {"debug", "info", "warning", "error", "exception", "critical"}

HEAD = '''"""Every sentence that engine, storage and operations can say to the user, with numbered gaps.

Written by packaging/write_sentence_catalogue.py. Knows words only; `app.desktop.sentences` uses them.
"""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

_SAID = (
'''
TAIL = """)

SENTENCES: tuple[str, ...] = tuple(map(str, _SAID))
"""


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


def main() -> None:
    by_file: dict[str, list[str]] = {}
    for words, place in everything_said().items():
        by_file.setdefault(place.rsplit(":", 1)[0], []).append(words)
    lines = []
    for path, sentences in by_file.items():
        lines.append(f"    # {path}\n")
        for words in sentences:
            literal = json.dumps(words, ensure_ascii=False)
            remark = "  # noqa: E501" if len(literal) > 130 else ""
            lines.append(f'    QT_TRANSLATE_NOOP(\n        "sentence",\n        {literal},{remark}\n    ),\n')
    CATALOGUE.write_text(HEAD + "".join(lines) + TAIL, "utf-8")


if __name__ == "__main__":
    main()
