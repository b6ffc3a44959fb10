"""Pages of the book, turned as a person turns them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QTextCursor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.desktop.block_window import displayable
from app.desktop.reading_type import Flow, ParagraphStyle, TypeSettings
from app.desktop.theme import PAGE_COLOURS, PageTheme
from app.desktop.widgets.book_view import BookView
from storage.document import BlockKind
from storage.pictures import ImageRow

PAPER = PAGE_COLOURS[PageTheme.PAPER]


@pytest.fixture
def view(qtbot) -> BookView:
    view = BookView()
    qtbot.addWidget(view)
    view.resize(1300, 700)
    view.set_type(TypeSettings(flow=Flow.SPREAD), PAPER)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture(scope="module")
def mixed_book(make_book):
    """Every kind of block, with pictures, long and short ones."""
    texts, kinds = [], []
    for number in range(260):
        kind = list(BlockKind)[number % len(BlockKind)] if number % 3 else BlockKind.PARAGRAPH
        texts.append(f"Block {number} 賈寶玉 🜁 " + "of some words that go on " * (number * 7 % 23))
        kinds.append(kind)
    pictures = [ImageRow(0, 0, "image/png", 300, 200, "a cover")]
    pictures += [ImageRow(n, n * 11, "image/png", 100 + n * 90, 60 + n * 60, "") for n in range(1, 20)]
    pictures.append(ImageRow(20, 260, "image/png", 80, 80, "the end"))
    return make_book(texts, kinds, pictures)


def shown_lines(view):
    """The lines on the screen: where each begins as a spot, and its words."""
    return [
        (view._text.window.spot_at(line.start), words(view, line)) for lines in view._pages.in_view for line in lines
    ]


def words(view, line):
    cursor = QTextCursor(view._document)
    cursor.setPosition(line.start)
    cursor.setPosition(line.end, cursor.MoveMode.KeepAnchor)
    return cursor.selectedText()


def expected_words(book):
    parts = []
    for row in book.rows:
        parts += ["\ufffc" for image in book.pictures if image.block == row.ordinal]
        lead = "•\u2002" if row.kind == BlockKind.LIST_ITEM else ""
        parts.append(lead + displayable(row.text))
    parts += ["\ufffc" for image in book.pictures if image.block == len(book.rows)]
    return "".join(parts)


@pytest.mark.parametrize("flow", [Flow.PAGE, Flow.SPREAD])
def test_pages_hold_every_line_exactly_once(view, mixed_book, flow):
    view.set_type(TypeSettings(flow=flow, points=12), PAPER)
    view.show_source(mixed_book)
    assert view.pages_in_view == (2 if flow is Flow.SPREAD else 1)
    seen, before = [], None
    while view.place != before:
        before = view.place
        lines = shown_lines(view)
        assert not seen or lines[0][0] > seen[-1][0]
        seen += lines
        spot = view._pages.start
        view.turn(True)
        if view._pages.start == spot:
            break
    spots = [spot for spot, _ in seen]
    assert spots == sorted(set(spots))
    assert "".join(text for _, text in seen) == expected_words(mixed_book)


def test_no_line_is_cut(view, mixed_book):
    view.show_source(mixed_book)
    for _ in range(12):
        for column, lines in zip(view._columns, view._pages.in_view, strict=False):
            scroll = column.verticalScrollBar().value()
            frame = column.shown_rect
            assert len(lines) == 1 or lines[-1].bottom - scroll <= column.viewport().height()
            assert frame.top() <= lines[0].top - scroll < frame.top() + 1
            assert abs(lines[-1].bottom - scroll - frame.bottom()) <= 1.5
        view.turn(True)


def test_going_back_shows_the_pages_one_left_and_before_them_the_book_goes_on(view, mixed_book, qtbot):
    middle = mixed_book.rows[130].start
    view.show_source(mixed_book, offset=middle)
    assert view.place == middle
    screens = [shown_lines(view)]
    for _ in range(6):
        view.turn(True)
        qtbot.wait(1)
        screens.append(shown_lines(view))
    for screen in reversed(screens[:-1]):
        view.turn(False)
        assert shown_lines(view) == screen
    later = screens[0]
    while view._pages.start > (0, -1, 0):
        spot = view._pages.start
        view.turn(False)
        assert view._pages.start < spot
        assert shown_lines(view)[0] < later[0]
        later = shown_lines(view)
    assert view.place == 0


def test_every_way_to_turn_a_page(view, long_book, qtbot):
    view.show_source(long_book, offset=long_book.rows[100].start)
    column, start = view._columns[0], view._pages.start
    for forward, back in (
        (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp),
        (Qt.Key.Key_Right, Qt.Key.Key_Left),
        (Qt.Key.Key_Down, Qt.Key.Key_Up),
    ):
        QTest.keyClick(column, forward)
        assert view._pages.start > start
        QTest.keyClick(column, back)
        assert view._pages.start == start
    QTest.keyClick(column, Qt.Key.Key_Space)
    assert view._pages.start > start
    QTest.keyClick(column, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert view._pages.start == start
    wheel(column, -120)
    assert view._pages.start > start
    wheel(column, 120)
    assert view._pages.start == start
    with qtbot.waitSignal(view.zoom_wanted) as zoomed:
        wheel(column, 120, Qt.KeyboardModifier.ControlModifier)
    assert zoomed.args == [1]
    assert view._pages.start == start
    right = view._columns[1].viewport()
    QTest.mouseClick(right, Qt.MouseButton.LeftButton, pos=QPoint(right.width() - 6, 300))
    assert view._pages.start > start
    QTest.mouseClick(column.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(6, 300))
    assert view._pages.start == start


def wheel(widget, delta, modifiers=Qt.KeyboardModifier.NoModifier):
    at = QPointF(200, 200)
    event = QWheelEvent(
        at,
        widget.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget.viewport(), event)


def test_the_last_page_is_the_end(view, long_book):
    view.show_source(long_book)
    view.go_to(long_book.characters)
    assert view.end_of_view == long_book.characters
    spot = view._pages.start
    view.turn(True)
    assert view._pages.start == spot
    view.turn(False)
    assert view._pages.start < spot


@pytest.mark.parametrize("row", [0, 133, 1207, 19_998])
def test_the_place_is_kept_through_every_change_of_type_layout_and_size(view, long_book, qtbot, row):
    place = long_book.rows[row].start + (40 if row else 0)
    view.show_source(long_book)
    view.go_to(place)
    for settings in (
        TypeSettings(flow=Flow.SPREAD, points=20),
        TypeSettings(flow=Flow.PAGE, points=9, measure=40),
        TypeSettings(flow=Flow.SCROLL, points=16, family="sans", margin=80),
        TypeSettings(flow=Flow.SCROLL, line_height=2.2, justified=True),
        TypeSettings(flow=Flow.SPREAD, paragraphs=ParagraphStyle.SPACE, measure=100),
    ):
        view.set_type(settings, PAPER)
        qtbot.wait(5)
        assert view.place == place
        first, last = view._range_in_view()
        assert first <= place <= last
    for size in ((900, 500), (1500, 900), (500, 700)):
        view.resize(*size)
        qtbot.wait(5)
        assert view.place == place
        assert view._range_in_view()[0] <= place <= view._range_in_view()[1]


def test_one_page_where_there_is_no_room_for_two(view, long_book, qtbot):
    view.show_source(long_book)
    assert view.pages_in_view == 2
    view.resize(700, 700)
    assert view.pages_in_view == 1
    view.resize(1300, 700)
    assert view.pages_in_view == 2


def test_what_is_found_or_cited_comes_into_view_without_turning_when_it_is_there(view, long_book):
    view.show_source(long_book, offset=long_book.rows[300].start)
    spot = view._pages.start
    row = long_book.rows[302]
    view.light(row.start + 5, row.start + 15)
    assert view._pages.start == spot
    row = long_book.rows[9_807]
    view.light(row.start + 3, row.start + 9)
    assert view._range_in_view()[0] <= row.start + 3 < view.end_of_view
    assert view.shown_text(row.start + 3, row.start + 9) == displayable(row.text[3:9])
    hit = (long_book.rows[15_000].start, long_book.rows[15_000].start + 9)
    view.show_found([hit], hit)
    assert view._range_in_view()[0] <= hit[0] < view.end_of_view


def test_words_can_be_selected_from_one_page_into_the_other(view, long_book, qtbot):
    view.show_source(long_book, offset=long_book.rows[1_001].start)
    left, right = view._columns
    start = left.viewport().rect().center()
    QTest.mousePress(left.viewport(), Qt.MouseButton.LeftButton, pos=start)
    drag(left, left.viewport().mapFromGlobal(right.viewport().mapToGlobal(QPoint(300, 120))))
    QTest.mouseRelease(left.viewport(), Qt.MouseButton.LeftButton)
    first, last = view.selected_range
    assert first < view._text.window.offset_at(view._pages.in_view[0][-1].end) < last
    assert view.selected_text == displayable(long_book.text)[first:last].replace("\u2028", "\n")
    assert right.textCursor().selectedText() == left.textCursor().selectedText()
    view.unselect()
    assert view.selected_range is None
    assert not right.textCursor().hasSelection()


def drag(column, to):
    at = QPointF(to)
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        at,
        column.viewport().mapToGlobal(at),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(column.viewport(), event)


def test_selecting_by_keys_begins_in_view_and_turns_the_page_at_its_end(view, long_book):
    view.show_source(long_book, offset=long_book.rows[2_000].start)
    start, column = view._pages.start, view._columns[0]
    first, last = view._range_in_view()
    QTest.keyClick(column, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert first <= view.selected_range[0] < view.selected_range[1] <= last
    assert view._pages.start == start
    for _ in range(60):
        QTest.keyClick(column, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view._pages.start > start
    assert view.selected_range[0] == first
    assert view._range_in_view()[0] <= view.selected_range[1] <= view.end_of_view
    assert view.selected_text == displayable(long_book.text)[slice(*view.selected_range)].replace("\u2028", "\n")
