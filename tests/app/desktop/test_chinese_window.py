"""In Chinese the window says nothing in English: what it shows in both languages alike is data, or written so in both."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QTableView,
    QTreeWidget,
    QWidget,
)

from app.operations.catalogue import catalogue
from app.operations.sample import suggested_questions

SAME_IN_BOTH = re.compile(
    r"Palimpsest|Ctrl|Shift|Alt|Esc|Del|Return|Enter|PgUp|PgDown|Home|End|Left|Right|Up|F\d+|Aa|English|Markdown|JSON|PDF"
    r"|PyTorch|\S+ -m pip install .*|GGUF|Apache|MIT|[KMG]B|[\w./-]*/[\w./-]+|[0-9a-f]{12}|\w+\.\w{2,4}\b"
)


QUESTION = "Who is the keeper of the lighthouse?"


def words_of(root: QWidget) -> Iterator[str]:
    for widget in (root, *root.findChildren(QWidget)):
        if widget.objectName().startswith("qt_") or isinstance(widget.parent(), QTabBar):
            continue
        yield from (widget.toolTip(), widget.accessibleName(), widget.windowTitle())
        match widget:
            case QAbstractButton() | QLabel():
                yield widget.text()
            case QLineEdit() | QPlainTextEdit():
                yield widget.placeholderText()
            case QComboBox():
                yield from (widget.itemText(row) for row in range(widget.count()))
            case QMenu():
                yield from (action.text() for action in widget.actions())
            case QTabBar():
                yield from (widget.tabText(tab) for tab in range(widget.count()))
            case QTreeWidget():
                yield from (widget.headerItem().text(column) for column in range(widget.columnCount()))
            case QTableView() if widget.model() is not None:
                heads = range(widget.horizontalHeader().count())
                yield from (str(widget.model().headerData(head, Qt.Orientation.Horizontal)) for head in heads)


@pytest.fixture
def asked(reading, qtbot):
    """The window with every page built, the story open and something asked about it."""
    panel = reading.reader.ask_panel
    panel.box.setPlainText(QUESTION)
    panel.ask()
    qtbot.waitUntil(lambda: not panel.is_answering, timeout=30_000)
    reading.show_memory()
    reading.show_models()
    qtbot.waitUntil(lambda: bool(reading.models.downloads), timeout=20_000)
    reading.show_settings()
    return reading


def test_what_is_the_same_in_both_languages_is_data(asked, desktop, qtbot):
    english = set(words_of(asked))
    desktop.preferences.language = "zh_CN"
    try:
        qtbot.wait(50)
        chinese = set(words_of(asked))
    finally:
        desktop.preferences.language = "en"
    titles = [model.title for model in asked.models._listed.models] + [listed.title for listed in catalogue()]
    book = str(asked.library.list.model().index(0, 0).data())
    names = {*QFontDatabase.families(), *titles, book, f"{book} — Palimpsest"}
    questions = {QUESTION, *(each.question for each in suggested_questions())}
    left = []
    for words in english & chinese:
        rest = SAME_IN_BOTH.sub("", words)
        is_of_the_book = words.startswith(("<p>", "<a ")) or words in questions
        if re.search(r"[A-Za-z]{3}", rest) and words.rstrip(": ") not in names and not is_of_the_book:
            left.append(words)
    assert not left, "\n".join(sorted(left))
