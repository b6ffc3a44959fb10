from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desktop.block_window import displayable
from app.desktop.reading_type import TypeSettings
from app.desktop.theme import PAGE_COLOURS, PageTheme
from app.desktop.widgets.book_view import BookView

MOST_LOADED = 200
"""Blocks, in a window of this size; some dozen screens of text."""


@pytest.fixture
def view(qtbot) -> BookView:
    view = BookView()
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.set_type(TypeSettings(), PAGE_COLOURS[PageTheme.PAPER])
    view.show()
    qtbot.waitExposed(view)
    return view


def shown(book, start, end):
    return displayable(book.text[start:end])


def test_a_million_words_open_at_once_and_never_load_whole(view, long_book):
    long_book.asked_for.clear()
    started = time.thread_time()
    view.show_source(long_book, offset=long_book.characters // 2)
    assert time.thread_time() - started < 1.0
    assert len(long_book.asked_for) <= MOST_LOADED


@pytest.mark.parametrize("share", [0.0, 0.001, 0.37, 0.999, 1.0])
def test_going_somewhere_brings_that_line_into_view(view, long_book, share):
    offset = round(share * (long_book.characters - 1))
    view.show_source(long_book)
    view.go_to(offset)
    assert view.place <= offset <= view.end_of_view


def test_the_words_of_a_range_are_exactly_those_that_light_up(view, long_book):
    view.show_source(long_book)
    for number in (7, 207, 9_807, 19_957):
        row = long_book.rows[number]
        for start, end in ((row.start, row.end), (row.start + 3, row.start + 9), (row.end - 4, row.end)):
            view.light(start, end)
            assert view.shown_text(start, end) == shown(long_book, start, end)


def test_scrolling_both_ways_keeps_the_page_and_the_text_together(view, long_book, qtbot):
    start = long_book.rows[5_000].start
    view.show_source(long_book, offset=start)
    before = view.place
    for key in [Qt.Key.Key_PageDown] * 60 + [Qt.Key.Key_PageUp] * 90 + [Qt.Key.Key_PageDown] * 30:
        QTest.keyClick(view._columns[0], key)
        first, last = view.loaded
        assert long_book.block_at(last).ordinal - long_book.block_at(first).ordinal < MOST_LOADED
    assert abs(view.place - before) < 2_000
    first, last = view.loaded
    paragraphs = view.shown_text(first, last).split("\u2029")
    rows = [row for row in long_book.rows if first <= row.start < last]
    assert paragraphs == [displayable(row.text) for row in rows]


def test_zooming_and_resizing_keep_the_place(view, long_book, qtbot):
    view.show_source(long_book, offset=long_book.rows[3_003].start)
    place = view.place
    view.set_type(TypeSettings(points=20), PAGE_COLOURS[PageTheme.NIGHT])
    assert view.place <= place <= view.end_of_view
    view.resize(600, 500)
    qtbot.waitUntil(lambda: view.place <= place <= view.end_of_view)


def test_the_column_is_60_to_75_characters_wide(view, long_book):
    view.show_source(long_book)
    block = view._columns[0].document().findBlockByNumber(3)
    lines = [block.layout().lineAt(number).textLength() for number in range(block.layout().lineCount() - 1)]
    assert lines
    assert all(60 <= length <= 75 for length in lines)


def test_found_words_are_marked_and_the_current_one_comes_into_view(view, long_book):
    view.show_source(long_book)
    hits = [(row.start, row.start + 7) for row in long_book.rows[10_201:10_220]]
    view.show_found(hits, hits[3])
    assert view.place <= hits[3][0] <= view.end_of_view
    assert len(view._columns[0].extraSelections()) >= 2


def test_what_is_lit_fades_away(view, long_book, qtbot):
    view.show_source(long_book)
    view.light(0, 7)
    assert view._columns[0].extraSelections()
    view._marks._lit_timer.setInterval(1)
    view._marks._fade.setDuration(1)
    view._marks._lit_timer.start()
    qtbot.waitUntil(lambda: not view._columns[0].extraSelections())


@pytest.mark.parametrize("page", list(PAGE_COLOURS))
def test_the_page_has_the_colours_of_its_theme(view, long_book, page):
    view.show_source(long_book)
    view.light(20, 40)
    view.set_type(TypeSettings(), PAGE_COLOURS[page])
    image = view.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert image.pixelColor(5, 5).name() == PAGE_COLOURS[page].background
    assert image.pixelColor(image.width() - 2, image.height() - 2).name() == PAGE_COLOURS[page].background
    assert PAGE_COLOURS[page].highlight in seen
