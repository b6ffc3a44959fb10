"""Reading a real EPUB in the real window, as a person does: a picture, a note, a link, type, pages, and the place afterwards."""

from __future__ import annotations

import zipfile

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from app.desktop.reading_type import Flow
from app.operations import library, pictures
from app.operations.importing import import_file

PAGE = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>{title}</title></head>
<body><h1>{title}</h1>{body}</body></html>"""
FILL = "".join(
    f"<p>Paragraph {n} of the harbour, where little happens and takes its time about it. " * 3 + "</p>"
    for n in range(60)
)
CHAPTERS = {
    "one": '<p>The map hung over the desk<a epub:type="noteref" href="#n1">1</a> all winter.</p>'
    '<p><img src="map.png" alt="A map of the harbour"/></p><p>It is told in <a href="two.xhtml">the second chapter</a>.</p>'
    + FILL
    + '<aside epub:type="footnote" id="n1"><p>Drawn by the keeper in the year of the storm.</p></aside>',
    "two": "<p>In the second chapter the storm comes.</p>" + FILL,
}


def picture():
    image = QImage(1600, 800, QImage.Format.Format_RGB32)
    image.fill(QColor("#b03060"))
    data = QByteArray()
    file = QBuffer(data)
    file.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(file, "PNG")
    return bytes(data.data())


@pytest.fixture
def epub(tmp_path):
    path = tmp_path / "harbour.epub"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        items = "".join(f'<item id="{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in CHAPTERS)
        spine = "".join(f'<itemref idref="{n}"/>' for n in CHAPTERS)
        book.writestr(
            "book.opf",
            '<package version="3.0" unique-identifier="i" xmlns="http://www.idpf.org/2007/opf">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">harbour</dc:identifier>'
            f"<dc:title>The Harbour</dc:title><dc:language>en</dc:language></metadata><manifest>{items}"
            f'<item id="map" href="map.png" media-type="image/png"/></manifest><spine>{spine}</spine></package>',
        )
        for name, body in CHAPTERS.items():
            book.writestr(f"{name}.xhtml", PAGE.format(title=f"Chapter {name}", body=body))
        book.writestr("map.png", picture())
    return path


@pytest.fixture
def harbour(window, desktop, epub, qtbot):
    """The reader with the book open, and its document."""
    handle = desktop.bridge.start("import", lambda: import_file(desktop.services, epub))
    with qtbot.waitSignal(handle.finished, timeout=60_000):
        pass
    document = next(row for row in library.list_documents(desktop.services) if row.title == "The Harbour")
    window.open_document(document.document_id)
    qtbot.waitUntil(lambda: window.reader.document is not None, timeout=20_000)
    window.reader.view.set_type(desktop.preferences.reading_type, window.reader.view._colours)
    return window.reader


def words_at(reader, words):
    document = reader.document
    text = library.text(reader._bridge.services, document.document_id)
    return text.index(words), text.index(words) + len(words)


def click_on(view, offset):
    column = next(each for each in view._shown_columns())
    at = column.rect_of(view._text.window.position_of(offset)).center() + QPoint(4, 0)
    QTest.mouseMove(column.viewport(), at)
    QTest.mouseClick(column.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_the_picture_of_a_book_is_shown_where_it_stands(harbour, desktop, qtbot):
    assert pictures.images(desktop.services, harbour.document.document_id, 0, 200)

    def shows_it():
        image = harbour.view.grab().toImage()
        return any(image.pixelColor(image.width() // 2, y).name() == "#b03060" for y in range(0, image.height(), 4))

    qtbot.waitUntil(shows_it, timeout=20_000)


def test_a_note_of_a_book_opens_and_a_link_leads_away_and_alt_left_back(harbour, qtbot):
    view = harbour.view
    before = view.place
    click_on(view, words_at(harbour, "[1] all winter")[0])
    popup = view._links.popup
    qtbot.waitUntil(popup.isVisible, timeout=20_000)
    assert "Drawn by the keeper" in popup.words
    popup.close()
    click_on(view, words_at(harbour, "the second chapter")[0] + 4)
    target = words_at(harbour, "Chapter two")[0]
    qtbot.waitUntil(lambda: view.place <= target <= view.end_of_view and view.place > before, timeout=20_000)
    harbour.go_back()
    qtbot.waitUntil(lambda: view.place == before, timeout=20_000)


def test_type_pages_and_place_come_back_when_the_book_is_opened_again(harbour, window, desktop, qtbot):
    view = harbour.view
    harbour.type_button.click()
    popover = harbour.type_popover
    assert popover.isVisible()
    QTest.keyClick(popover.controls.points, Qt.Key.Key_Right)
    popover.controls.flow.setCurrentIndex(popover.controls.flow.findData("page"))
    popover.controls.flow.activated.emit(popover.controls.flow.currentIndex())
    popover.close()
    assert view.pages_in_view == 1
    for _ in range(3):
        QTest.keyClick(view._columns[0], Qt.Key.Key_PageDown)
    place, document = view.place, harbour.document
    qtbot.waitUntil(lambda: "%" in harbour._place.accessibleName() and place > 0, timeout=20_000)
    harbour.keep_place()
    qtbot.waitUntil(
        lambda: library.find_document(desktop.services, document.document_id).read_position == place, timeout=20_000
    )
    harbour.close_document(document.document_id)
    window.open_document(document.document_id)
    qtbot.waitUntil(lambda: harbour.document is not None and view.place == place, timeout=20_000)
    assert desktop.preferences.reading_type.points == 13.5
    assert desktop.preferences.reading_type.flow is Flow.PAGE
    harbour.toggle_flow()
    assert view.place == place
    assert view.pages_in_view == 0
