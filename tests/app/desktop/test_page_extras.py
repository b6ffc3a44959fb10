"""Pictures, notes, links and readings on the page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.desktop.block_window import Spot, displayable
from app.desktop.reading_type import Flow, TypeSettings
from app.desktop.theme import PAGE_COLOURS, PageTheme
from app.desktop.widgets.book_view import BookView
from app.desktop.widgets.image_window import ImageWindow
from app.desktop.widgets.page_marks import Highlight
from storage.document import BlockKind, Mark
from storage.pictures import ImageRow

PAPER, NIGHT = PAGE_COLOURS[PageTheme.PAPER], PAGE_COLOURS[PageTheme.NIGHT]


def png(width, height, colour):
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    data = QByteArray()
    file = QBuffer(data)
    file.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(file, "PNG")
    return bytes(data.data())


class Later:
    """A `Run` whose answers come when the test says so."""

    def __init__(self):
        self.waiting = []

    def __call__(self, read, done):
        self.waiting.append((read, done))

    def answer(self):
        waiting, self.waiting = self.waiting, []
        for read, done in waiting:
            done(read())


@pytest.fixture
def later():
    return Later()


@pytest.fixture
def view(qtbot, later) -> BookView:
    view = BookView(later)
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.set_type(TypeSettings(), PAPER)
    view.show()
    qtbot.waitExposed(view)
    return view


TEXTS = [
    f"Paragraph {number} with some words that fill more than a line or two on the page. " * 3 for number in range(40)
]


@pytest.fixture
def illustrated(make_book):
    pictures = [
        ImageRow(0, 0, "image/png", 200, 100, "A red cover"),
        ImageRow(1, 2, "image/png", 4000, 1000, ""),
        ImageRow(2, 4, "image/png", 120, 90, "Broken"),
        ImageRow(3, 40, "image/png", 60, 60, "The last thing"),
    ]
    return make_book(
        TEXTS, (), pictures, {0: png(200, 100, "#c01010"), 1: png(4000, 1000, "#1010c0"), 3: png(60, 60, "#10c010")}
    )


def colours_on(view):
    image = view.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)}


def picture_rect(view, block, back):
    position = view._text.window.position_of_spot(Spot(block, -back, 0))
    line = view._text.line_of(position)
    return line.top, line.bottom


def test_a_picture_takes_its_room_before_it_is_read_and_nothing_jumps_when_it_comes(view, illustrated, later):
    view.show_source(illustrated)
    assert "#c01010" not in colours_on(view)
    before = [view._text.line_of(view._text.window.position_of(row.start)).top for row in illustrated.rows[:6]]
    top, bottom = picture_rect(view, 0, 1)
    assert bottom - top == pytest.approx(100, abs=2)
    assert later.waiting
    later.answer()
    assert {"#c01010", "#1010c0"} <= colours_on(view)
    assert [view._text.line_of(view._text.window.position_of(row.start)).top for row in illustrated.rows[:6]] == before


def test_a_wide_picture_is_scaled_to_the_column_and_decoded_no_larger(view, illustrated, later):
    view.show_source(illustrated)
    view.grab()
    later.answer()
    frame = view._document.rootFrame().frameFormat()
    column = view._columns[0].viewport().width() - frame.leftMargin() - frame.rightMargin()
    top, bottom = picture_rect(view, 2, 1)
    assert bottom - top == pytest.approx(column / 4, abs=3)
    assert all(image.width() <= column * view.devicePixelRatioF() + 1 for image in view._decoded._kept.values())


def test_pictures_are_dimmed_at_night(view, illustrated, later):
    view.set_type(TypeSettings(), NIGHT)
    view.show_source(illustrated)
    view.grab()
    later.answer()
    assert "#c01010" not in colours_on(view)


def test_a_broken_picture_says_what_it_would_show(view, illustrated, later):
    view.show_source(illustrated, offset=illustrated.rows[4].start)
    view.grab()
    later.answer()
    assert view.grab()
    assert view._description(2) == "Broken"


def test_offsets_are_exact_around_pictures(view, illustrated):
    view.show_source(illustrated)
    for row in illustrated.rows[:6]:
        assert view.shown_text(row.start, row.end) == displayable(row.text)
    view.go_to(illustrated.characters)
    row = illustrated.rows[-1]
    assert view.shown_text(row.start, row.end) == displayable(row.text)
    assert view.end_of_view == illustrated.characters


def test_going_to_a_block_shows_the_picture_before_it(view, illustrated):
    view.show_source(illustrated)
    view.go_to(illustrated.rows[4].start)
    top, _ = picture_rect(view, 4, 1)
    assert view._columns[0].verticalScrollBar().value() == pytest.approx(top, abs=1)
    assert view.place == illustrated.rows[4].start


def test_what_is_copied_is_the_text_without_pictures(view, illustrated):
    view.show_source(illustrated)
    view._select((illustrated.rows[1].start, illustrated.rows[2].end))
    assert view.selected_text == illustrated.text[illustrated.rows[1].start : illustrated.rows[2].end]
    view._columns[0].copy()
    assert QApplication.clipboard().text() == view.selected_text


def test_a_click_on_a_picture_opens_it_larger(view, illustrated, later, qtbot):
    view.show_source(illustrated)
    view.grab()
    later.answer()
    top, bottom = picture_rect(view, 0, 1)
    column = view._columns[0]
    at = QPoint(column.viewport().width() // 2, int((top + bottom) / 2) - column.verticalScrollBar().value())
    QTest.mouseMove(column.viewport(), at)
    QTest.mouseClick(column.viewport(), Qt.MouseButton.LeftButton, pos=at)
    later.answer()
    window = view.findChild(ImageWindow)
    assert window.isVisible()
    assert window._picture.accessibleName() == "A red cover"
    assert window._picture.pixmap().width() == 200
    window._larger.click()
    assert window._picture.pixmap().width() == 250
    QTest.keyClick(window, Qt.Key.Key_0)
    assert window._picture.pixmap().width() == 200
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: view.findChild(ImageWindow) is None)


def test_pictures_of_another_book_are_let_go(view, illustrated, later, make_book):
    view.show_source(illustrated)
    view.grab()
    view.show_source(make_book(TEXTS))
    later.answer()
    assert not view._decoded._kept


# -- notes and links ---------------------------------------------------------------------------------------------------


@pytest.fixture
def annotated(make_book):
    texts = [
        "Words1 and more2, and see chapter two.",
        *TEXTS,
        "1.",
        "The first note, in a block of its own.",
        "2. The second note.",
    ]
    kinds = [BlockKind.PARAGRAPH] * (len(TEXTS) + 1) + [BlockKind.FOOTNOTE] * 3
    marks = {0: (Mark(5, 6, "noteref", "41"), Mark(15, 16, "noteref", "43"), Mark(26, 37, "link", "30"))}
    return make_book(texts, kinds, marks=marks)


def click(view, offset):
    column = view._columns[0]
    rect = column.rect_of(view._text.window.position_of(offset))
    QTest.mouseMove(column.viewport(), rect.center() + QPoint(3, 0))
    QTest.mouseClick(column.viewport(), Qt.MouseButton.LeftButton, pos=rect.center() + QPoint(3, 0))


def test_a_note_opens_beside_its_mark_and_leads_there(view, annotated, qtbot):
    view.show_source(annotated)
    click(view, 5)
    assert view._links.popup.isVisible()
    assert view._links.popup.words == "1.\nThe first note, in a block of its own."
    with qtbot.waitSignal(view.link_followed) as followed:
        view._links.popup._go.click()
    assert followed.args == [annotated.rows[41].start]
    assert not view._links.popup.isVisible()


def test_a_link_is_followed_at_once(view, annotated, qtbot):
    view.show_source(annotated)
    with qtbot.waitSignal(view.link_followed) as followed:
        click(view, 30)
    assert followed.args == [annotated.rows[30].start]
    assert not view._links.popup.isVisible()


def test_tab_walks_through_what_can_be_opened_and_then_leaves_the_page(view, annotated, qtbot):
    view.show_source(annotated)
    view.activateWindow()
    view.setFocus()
    column = view._columns[0]
    walked = []
    for _ in range(3):
        QTest.keyClick(column, Qt.Key.Key_Tab)
        walked.append(view._links.focused)
        assert any(mark.format.hasProperty(mark.format.Property.OutlinePen) for mark in column.extraSelections())
    assert walked == ["note:41", "note:43", "place:30"]
    QTest.keyClick(column, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert view._links.focused == "note:43"
    QTest.keyClick(column, Qt.Key.Key_Return)
    assert view._links.popup.words == "2. The second note."
    QTest.keyClick(view._links.popup, Qt.Key.Key_Escape)
    assert not view._links.popup.isVisible()
    QTest.keyClick(column, Qt.Key.Key_Tab)
    QTest.keyClick(column, Qt.Key.Key_Tab)
    assert view._links.focused is None


def test_the_context_menu_offers_what_is_under_it_and_what_others_add(view, annotated):
    view.show_source(annotated)
    menus = []
    view.menu_wanted.connect(lambda menu, selected: menus.append((menu, selected)) or menu.addAction("Bookmark"))
    column = view._columns[0]
    at = column.rect_of(view._text.window.position_of(30)).center() + QPoint(3, 0)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, column.viewport().mapToGlobal(at))
    QApplication.sendEvent(column.viewport(), event)
    menu, selected = menus[0]
    assert isinstance(menu, QMenu)
    assert selected is None
    assert menu.actions()[0].text() == "Follow the link"
    assert menu.actions()[-1].text() == "Bookmark"
    assert not [action for action in menu.actions() if action.objectName() == "select-all"]
    menu.close()


def test_all_is_not_what_happens_to_be_loaded(view, annotated):
    view.show_source(annotated)
    QTest.keySequence(view._columns[0], QKeySequence(QKeySequence.StandardKey.SelectAll))
    assert view.selected_range is None


def test_highlights_lie_under_the_text_and_can_be_clicked(view, annotated, qtbot):
    view.show_source(annotated)
    row = annotated.rows[3]
    view.set_highlights(
        [Highlight(row.start, row.start + 20, "green", "a"), Highlight(row.start + 30, row.start + 50, "pink", "b")]
    )
    assert len(view._columns[0].extraSelections()) == 2
    with qtbot.waitSignal(view.highlight_clicked) as clicked:
        click(view, row.start + 35)
    assert clicked.args == ["b"]
    with qtbot.assertNotEmitted(view.highlight_clicked):
        click(view, row.start + 25)


# -- readings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", list(Flow))
def test_readings_stand_above_their_words_and_change_no_offset(view, make_book, flow):
    text = "吾輩は猫である。名前はまだ無い。" * 4
    plain = make_book([text] * 3)
    marks = (Mark(0, 2, "ruby", "わがはい"), Mark(3, 4, "ruby", "ねこねこねこ"))
    ruby = make_book([text] * 3, marks={1: marks})
    view.set_type(TypeSettings(flow=flow), PAPER)
    view.show_source(plain, language="ja")
    without = ink(view)
    view.show_source(ruby, language="ja")
    assert ink(view) > without
    for row in ruby.rows:
        assert view.shown_text(row.start, row.end) == row.text
    assert [(r.reading, r.end - r.start) for r in view._text.rubies] == [("わがはい", 2), ("ねこねこねこ", 1)]
    cursor = QTextCursor(view._document)
    cursor.setPosition(view._text.window.position_of(ruby.rows[1].start + 4))
    assert cursor.charFormat().fontLetterSpacing() > 0  # the cat has to make room for its reading


def ink(view):
    image = view.grab().toImage()
    background = QColor(PAPER.background)
    return sum(
        image.pixelColor(x, y) != background
        for x in range(0, image.width() - 20)
        for y in range(0, image.height() // 2, 2)
    )


# -- places that are not at hand yet -----------------------------------------------------------------------------------


class Far:
    """A book whose far blocks come when the test says so."""

    def __init__(self, book):
        self.book, self.waiting = book, []
        self.characters, self.blocks, self.block_at, self.images = (
            book.characters,
            book.blocks,
            book.block_at,
            book.images,
        )

    def around(self, offset, then):
        if offset < 100_000:
            then()
        else:
            self.waiting.append(then)

    def come(self):
        waiting, self.waiting = self.waiting, []
        for then in waiting:
            then()


@pytest.mark.parametrize("flow", list(Flow))
def test_the_last_place_asked_for_is_where_one_arrives(view, long_book, flow):
    far = Far(long_book)
    view.set_type(TypeSettings(flow=flow), PAPER)
    view.show_source(far)
    told = []
    view.place_changed.connect(told.append)
    view.go_to(long_book.rows[9_000].start)
    assert view.place == long_book.rows[9_000].start
    assert view.end_of_view < 100_000
    view.light(long_book.rows[12_000].start, long_book.rows[12_000].end)
    far.come()
    assert view._range_in_view()[0] <= long_book.rows[12_000].start < view.end_of_view
    assert not any(abs(place - long_book.rows[9_000].start) < 1_000 for place in told)


def test_who_reads_on_is_not_taken_elsewhere(view, long_book, qtbot):
    far = Far(long_book)
    view.show_source(far)
    view.go_to(long_book.rows[9_000].start)
    QTest.keyClick(view._columns[0], Qt.Key.Key_PageDown)
    far.come()
    assert view.end_of_view < 100_000
