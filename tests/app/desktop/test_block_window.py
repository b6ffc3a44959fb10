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
LEADS = st.sampled_from(["", "•\u2002", "🜁: "])
PICTURES = st.lists(st.integers(0, 3), min_size=7, max_size=7)
"""How many pictures stand before each block, and behind the last."""


def placed(rows, lead, pictures):
    return BlockWindow(rows, lambda _: lead, lambda block: pictures[block.ordinal], pictures[len(rows)])


@given(TEXTS, LEADS, PICTURES)
def test_every_offset_of_the_text_comes_back_from_its_position(make_rows, texts, lead, pictures):
    rows = make_rows(texts)
    window = placed(rows, lead, pictures)
    for row in rows:
        for offset in range(row.start, row.end + 1):
            assert window.offset_at(window.position_of(offset)) == offset


@given(TEXTS, LEADS, PICTURES)
def test_positions_are_those_of_a_text_document(make_rows, texts, lead, pictures):
    rows = make_rows(texts)
    paragraphs = []
    for row in rows:
        paragraphs += ["\ufffc"] * pictures[row.ordinal] + [displayable(lead) + displayable(row.text)]
    paragraphs += ["\ufffc"] * pictures[len(rows)]
    document = QTextDocument()
    QTextCursor(document).insertText("\u2029".join(paragraphs))
    window = placed(rows, lead, pictures)
    for row in rows:
        paragraph = document.findBlock(window.position_of(row.start))
        assert paragraph.text() == displayable(lead) + displayable(row.text)
        assert window.position_of(row.start) - paragraph.position() == utf16_length(lead)
        assert window.position_of(row.end) - window.position_of(row.start) == utf16_length(row.text)
    for position in range(document.characterCount()):
        paragraph = document.findBlock(position)
        if paragraph.text() == "\ufffc":  # no offset of its own: that of what it stands before, or the end
            after = paragraph.next()
            while after.isValid() and after.text() == "\ufffc":
                after = after.next()
            expected = window.offset_at(after.position()) if after.isValid() else rows[-1].end
            assert window.offset_at(position) == expected


@given(TEXTS, LEADS, PICTURES)
def test_every_spot_comes_back_to_its_position_and_spots_are_in_reading_order(make_rows, texts, lead, pictures):
    rows = make_rows(texts)
    window = placed(rows, lead, pictures)
    paragraphs = sum(pictures[: len(rows) + 1]) * 2
    end = paragraphs + sum(utf16_length(lead) + utf16_length(row.text) + 1 for row in rows)
    before = None
    for position in range(end):
        spot = window.spot_at(position)
        assert window.holds(spot)
        assert before is None or before <= spot
        back = window.position_of_spot(spot)
        is_in_picture = spot.picture < 0
        assert back == position or (is_in_picture and back == position - 1)
        before = spot


@given(TEXTS, PICTURES, st.integers(0, 5))
def test_a_spot_means_the_same_place_in_every_stretch(make_rows, texts, pictures, cut):
    rows = make_rows(texts)
    whole, part = placed(rows, "", pictures), placed(rows[min(cut, len(rows) - 1) :], "", pictures)
    for row in rows[min(cut, len(rows) - 1) :]:
        spot = whole.spot_at(whole.position_of(row.end))
        assert part.offset_at(part.position_of_spot(spot)) == row.end


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
