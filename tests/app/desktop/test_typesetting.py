"""How paragraphs are set: by the custom of the language they are written in."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFont, QTextCursor, QTextDocument

from app.desktop.reading_type import TypeSettings
from app.desktop.theme import PAGE_COLOURS, PageTheme
from app.desktop.widgets.typesetting import Room, Typesetter
from storage.document import BlockKind


@pytest.mark.parametrize(
    ("language", "indented"),
    [("en", [False, False, True]), ("zh", [False, True, True]), ("zh-TW", [False, True, True])],
)
def test_chinese_indents_every_paragraph_english_those_behind_another(qapp, make_rows, language, indented):
    rows = make_rows(["第一回", "甄士隱", "賈雨村"], [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.PARAGRAPH])
    document = QTextDocument()
    typesetter = Typesetter(QFont(), TypeSettings(), PAGE_COLOURS[PageTheme.PAPER], language, Room(600, 800))
    typesetter.write(QTextCursor(document), rows, {}, before=None)
    blocks = [document.findBlockByNumber(number) for number in range(document.blockCount())]
    assert [block.blockFormat().textIndent() > 0 for block in blocks] == indented
