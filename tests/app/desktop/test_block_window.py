from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor, QTextDocument

from app.desktop.block_window import BlockWindow, displayable, utf16_length
from app.desktop.widgets.typesetting import marked_pieces
from storage.document import Mark

ODD = st.sampled_from("ab \n\r\u2028\u2029\ufdd0\ufffc\x00\té漢字🜁𝄞\u0301")
TEXTS = st.lists(st.text(ODD, min_size=1, max_size=12), min_size=1, max_size=6)


@given(TEXTS, st.sampled_from(["", "•\u2002", "🜁: "]))
def test_every_offset_of_the_text_comes_back_from_its_position(make_rows, texts, lead):
    rows = make_rows(texts)
    window = BlockWindow(rows, lambda _: lead)
    for row in rows:
        for offset in range(row.start, row.end + 1):
            assert window.offset_at(window.position_of(offset)) == offset


@given(TEXTS)
def test_positions_are_those_of_a_text_document(make_rows, texts):
    rows = make_rows(texts)
    document = QTextDocument()
    cursor = QTextCursor(document)
    for number, row in enumerate(rows):
        if number:
            cursor.insertBlock()
        cursor.insertText(displayable(row.text))
    assert document.blockCount() == len(rows)
    window = BlockWindow(rows)
    for row in rows:
        assert document.findBlock(window.position_of(row.start)).text() == displayable(row.text)
        assert window.position_of(row.end) - window.position_of(row.start) == utf16_length(row.text)


@given(st.text())
def test_displayable_text_is_as_long_as_the_text(text):
    assert len(displayable(text)) == len(text)


@pytest.mark.parametrize("offset", [5, 6])
def test_an_offset_between_two_blocks_stands_at_the_end_of_the_first(make_rows, offset):
    window = BlockWindow(make_rows(["alpha", "beta"]))
    assert window.position_of(offset) == 5


@given(
    st.text(max_size=20),
    st.lists(st.builds(Mark, st.integers(-2, 25), st.integers(-2, 25), st.just("em")), max_size=5),
)
def test_marked_pieces_make_the_text_again(text, marks):
    assert "".join(piece for piece, _ in marked_pieces(text, marks)) == text
