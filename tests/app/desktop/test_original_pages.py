"""The original pages of a real PDF beside its text, in the real window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.desktop.page_pictures import PagePictures
from app.operations import library, pages

TIMEOUT_MS = 40_000


@pytest.fixture
def pdf(shared_data):
    return shared_data / "pdf_pypdf" / "006-pdflatex-outline" / "pdflatex-outline.pdf"


@pytest.fixture
def reader(window, desktop, qtbot, pdf):
    window.add_files([pdf])
    found = lambda: [row for row in library.list_documents(desktop.services) if row.format == "pdf"]  # noqa: E731
    qtbot.waitUntil(lambda: bool(found()), timeout=TIMEOUT_MS)
    window.open_document(found()[0].document_id)
    qtbot.waitUntil(lambda: window.reader.document is not None, timeout=TIMEOUT_MS)
    qtbot.waitUntil(window.reader.original_button.isEnabled, timeout=TIMEOUT_MS)
    return window.reader


@pytest.fixture
def pane(reader, window, qtbot):
    window.menu_actions["reader.original"].trigger()
    pane = reader.original
    qtbot.waitUntil(lambda: pane.sheet._picture is not None, timeout=TIMEOUT_MS)
    return pane


@pytest.mark.data
def test_f9_shows_the_page_at_the_screens_resolution_and_hides_it(pane, window):
    assert pane.isVisible()
    assert (pane.box.text(), pane._of.text()) == ("1", "of 4")
    width_px = round(pane._size().width() * pane.devicePixelRatioF())
    assert abs(pane.sheet._picture.width() - width_px) <= 1
    window.menu_actions["reader.original"].trigger()
    assert not pane.isVisible()
    assert not window.reader.original_button.isChecked()


@pytest.mark.data
def test_the_pages_follow_the_text(pane, reader, desktop, qtbot):
    services, document_id = desktop.services, reader.document.document_id
    for page in (3, 1):
        reader.jump_to(pages.offset_of_page(services, document_id, page))
        qtbot.waitUntil(lambda page=page: pane.page == page, timeout=TIMEOUT_MS)


@pytest.mark.data
def test_a_click_on_a_page_leads_the_text_there_and_the_page_stays(pane, reader, desktop, qtbot):
    pane.turn(1)
    pane.turn(1)
    assert pane.box.text() == pane._labels[2]
    QTest.mouseClick(pane.sheet, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    offset = pages.offset_of_page(desktop.services, reader.document.document_id, 2)
    qtbot.waitUntil(lambda: reader.view.place <= offset <= reader.view.end_of_view and reader._history.can_go_back)
    qtbot.wait(300)
    assert pane.page == 2


@pytest.mark.data
def test_lit_words_are_lit_on_their_page(pane, reader, desktop, qtbot):
    text = library.text(desktop.services, reader.document.document_id)
    words = "5 Bar\n\nHello, here is some text"
    start = text.index(words)
    assert start == pages.offset_of_page(desktop.services, reader.document.document_id, 2)
    reader.show_place(start, start + len(words))
    qtbot.waitUntil(lambda: len(pane.sheet.boxes) > 0, timeout=TIMEOUT_MS)
    assert pane.page == 2
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y, _, _ in pane.sheet.boxes)
    reader.to_start()  # the text moves on, and the pages follow again
    qtbot.waitUntil(lambda: pane.page == 0, timeout=TIMEOUT_MS)
    assert not pane.sheet.boxes


@pytest.mark.data
def test_the_box_and_the_keys_turn_pages(pane, qtbot):
    pane.box.setText("3")
    QTest.keyClick(pane.box, Qt.Key.Key_Return)
    assert pane.page == 2
    QTest.keyClick(pane.pane, Qt.Key.Key_Left)
    assert pane.page == 1
    QTest.keyClick(pane.pane, Qt.Key.Key_End)
    assert pane.page == len(pane._labels) - 1
    assert not pane.next_button.isEnabled()
    QTest.keyClick(pane.pane, Qt.Key.Key_Home)
    assert pane.page == 0
    pane.box.setText("no page")
    QTest.keyClick(pane.box, Qt.Key.Key_Return)
    assert (pane.page, pane.box.text()) == (0, pane._labels[0])


@pytest.mark.data
def test_light_on_dark_turns_the_page_round_and_is_remembered(pane, reader):
    def ground():
        return pane.sheet.grab().toImage().pixelColor(16, 16).lightness()

    assert ground() > 200
    QTest.mouseClick(pane.invert_button, Qt.MouseButton.LeftButton)
    assert ground() < 60
    assert reader._preferences.flag("original_inverted", False)


@pytest.mark.data
def test_fit_the_page_shows_all_of_it_and_is_remembered(pane, reader, qtbot):
    QTest.mouseClick(pane.page_button, Qt.MouseButton.LeftButton)
    room = pane.pane.viewport().height()
    qtbot.waitUntil(lambda: pane.sheet.height() <= room + 1, timeout=TIMEOUT_MS)
    assert reader._preferences.choice("original_fit", "") == "page"


@pytest.mark.data
def test_pictures_are_kept_within_bounds(reader, desktop, qtbot):
    pictures = PagePictures(desktop.bridge, kept_bytes=2_500_000)
    pictures.open(reader.document.document_id)
    for page in range(4):
        pictures.picture(page, 600)
        qtbot.waitSignal(pictures.arrived, timeout=TIMEOUT_MS).wait()
    assert 0 < pictures.bytes <= 2_500_000
    assert pictures.of_any_width(3) is not None
    assert pictures.of_any_width(0) is None


def test_a_document_without_original_pages_says_so(reading, qtbot):
    qtbot.wait(100)
    assert not reading.reader.original_button.isEnabled()
    assert "no original pages" in reading.reader.original_button.toolTip()
    reading.menu_actions["reader.original"].trigger()
    assert "no original pages" in reading.reader.banner.sentence
    assert not reading.reader.original.isVisible()
