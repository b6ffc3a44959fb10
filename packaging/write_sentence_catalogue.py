"""Writes app/desktop/sentence_catalogue.py: every sentence that engine, storage and operations can say to the user.

Found by their shape: whole sentences; what the readers say of a file, whose name comes before it; and clauses that stand
in the gap of a sentence, the operating system's reasons among them.

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
FOR_THE_MODEL = {"engine/prompting.py", "engine/backends/echo.py", "engine/methods/gist/divergence.py"}
"""What stands here is said to a model, or by one."""
TO_THE_MODEL = {"_GO_ON"}
"""Constants that are said to a model, in modules that speak to users too."""
DEVELOPERS_ONLY = {"ValueError", "TypeError", "RuntimeError", "KeyError", "BrokenMessage", "MissingMember", "TooDeep"}
SYSTEM_REASONS = (
    "Permission denied", "Operation not permitted", "No such file or directory", "No space left on device",
    "Disk quota exceeded", "Read-only file system", "Input/output error", "Device or resource busy", "File exists",
    "Is a directory", "Not a directory", "Directory not empty", "File name too long", "File too large",
    "Cannot allocate memory", "Too many open files", "Invalid cross-device link", "Invalid argument",
)  # fmt: skip
"""What `OSError.strerror` says most often when files are read and written."""

_GAP = re.compile(r"\{\w*\}")
_PREDICATE = re.compile(
    r"!?((?:is|has|holds|may|cannot|took|needs|could|claims|lists|declares|unpacks|does) .*[.}])", re.DOTALL
)
_OPENING = re.compile(r"[A-Z0-9“{]|(?:llama\.cpp|pip install) ")
_CLAUSE = re.compile(
    r"its .+|(?:it|a|an|the) (?:\S+ )+\S+|\{\d\}(?:-wal)?: could not .*|Learning with .*|\{\d\} in llama\.cpp"
    r"|llama\.cpp is .*: \{\d\}|llama-cpp-python \{\d\} is .*"
)
_SQL = re.compile(r"(?:SELECT|UPDATE|DELETE|INSERT|PRAGMA) ")

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


def numbered(words: str, first: int = 0) -> str:
    """With its gaps numbered from `first` on."""
    count = iter(range(first, 100))
    return _GAP.sub(lambda _: f"{{{next(count)}}}", words)


def template(node: ast.expr) -> str:
    """A literal or an f-string with its gaps numbered; "" for anything else."""
    if isinstance(node, ast.Constant):
        return numbered(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return numbered("".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values))
    return ""


def sentence(words: str, path: str) -> str:
    """The words as a user can come to see them; "" for words that are never seen, or seen as they are."""
    if "\n" in words or _SQL.match(words) or path in FOR_THE_MODEL:
        return ""
    if _OPENING.match(words) and words.endswith((".", "?", "…")) and words.count(" ") >= 2:
        return words
    if path.startswith("storage/readers/") and (said_of_a_file := _PREDICATE.fullmatch(words)):
        return "“{0}” " + numbered(said_of_a_file[1], 1)
    return words if _CLAUSE.fullmatch(words) else ""


def silent(tree: ast.Module) -> set[int]:
    """Nodes no user reads: docstrings, what a model is told, what goes to the log, what only a developer can cause."""
    found: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                found.add(id(node.value))
            case ast.Assign(targets=[ast.Name(id=name)]) if name in TO_THE_MODEL:
                found.update(id(each) for each in ast.walk(node))
            case ast.Call(func=ast.Attribute(attr=name)) if name in LOGGERS:
                found.update(id(each) for each in ast.walk(node))
            case ast.Assert():
                found.update(id(each) for each in ast.walk(node))
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name))) if name in DEVELOPERS_ONLY:
                found.update(id(each) for each in ast.walk(node))
            case ast.JoinedStr():  # its pieces are no sentences of their own
                found.update(id(each) for each in node.values)
    return found


def said(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    unheard = silent(tree)
    place = path.relative_to(ROOT).as_posix()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in unheard:
            words = sentence(template(node), place)
            if words:
                yield words, f"{place}:{node.lineno}"


def everything_said() -> dict[str, str]:
    found: dict[str, str] = {}
    for room in ROOMS:
        paths = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
        for path in paths:
            for words, place in said(path):
                found.setdefault(words, place)
    for reason in SYSTEM_REASONS:
        found.setdefault(reason, "the operating system:0")
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
