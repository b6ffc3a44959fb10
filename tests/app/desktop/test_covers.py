"""Pictures on the shelf: real covers read elsewhere, type where there is none, and bounds on both."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter, QPalette

from app.desktop import covers as covers_module
from app.desktop.bridge import Bridge
from app.desktop.covers import Covers, read_cover
from app.desktop.theme import MIN_CONTRAST, Tones, contrast, tones
from app.desktop.widgets.cover_art import cloth_colour, ink_colour, paint_cover
from app.operations.opening import open_services
from storage.document import Block, BlockKind, Document, Section
from storage.documents import DocumentRow, add_document
from storage.schema import Cover
from storage.shelves import ShelfRow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SIZE = QSizeF(60, 90)


def picture_file(width: int, height: int, colour: str) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


def shelf_row(document_id: str, *, has_cover: bool, title: str = "A Title") -> ShelfRow:
    document = DocumentRow(document_id, title, "An Author", "en", "txt", "x", 10, 1, 1, NOW, None, 0, False)
    return ShelfRow(document, has_cover=has_cover)


@pytest.fixture
def services(tmp_path):
    return open_services(tmp_path, echo=True)


@pytest.fixture
def put_cover(services) -> Callable[[bytes], str]:
    """Bytes of a cover -> the id of a document that has it."""

    def put(data: bytes) -> str:
        document = Document("T", "epub", (Section("One", 1, (Block(BlockKind.PARAGRAPH, "x"),)),))
        with services.database.session() as session:
            name = str(time.monotonic_ns())
            document_id = add_document(session, document, tokens=1, content_sha256=name, source_name="t.epub")
            session.add(Cover(document_id=document_id, media_type="image/png", data=data))
        return document_id

    return put


@pytest.fixture
def covers(qtbot, qapp, services):
    bridge = Bridge(services)
    yield Covers(bridge)
    with qtbot.waitSignal(bridge.closed, timeout=20_000):
        bridge.close(lambda: None)


def middle_colour(pixmap) -> str:
    image = pixmap.toImage()
    return image.pixelColor(image.width() // 2, image.height() // 2).name()


def test_a_cover_is_set_in_type_until_its_own_has_come(covers, put_cover, qtbot):
    row = shelf_row(put_cover(picture_file(600, 900, "#ff0000")), has_cover=True)
    first = covers.picture(row, SIZE, 1.0)
    assert first is not None and middle_colour(first) != "#ff0000"
    with qtbot.waitSignal(covers.arrived, timeout=20_000, check_params_cb=lambda ids: row.document.document_id in ids):
        pass
    assert middle_colour(covers.picture(row, SIZE, 1.0)) == "#ff0000"


def test_a_broken_cover_stays_in_type_and_is_not_read_again(covers, put_cover, qtbot):
    row = shelf_row(put_cover(b"no picture"), has_cover=True)
    covers.picture(row, SIZE, 1.0)
    document_id = row.document.document_id
    qtbot.waitUntil(lambda: document_id in covers._unreadable, timeout=20_000)
    assert covers.picture(row, SIZE, 1.0) is not None
    assert not covers._waiting and not covers._running


@pytest.mark.parametrize("width, height, fits", [(600, 900, (60, 90)), (640, 900, (64, 90)), (900, 600, (60, 40))])
def test_a_cover_is_read_at_the_size_of_its_place(services, put_cover, qapp, width, height, fits):
    image = read_cover(services, put_cover(picture_file(width, height, "#00ff00")), QSize(60, 90))
    assert (image.width(), image.height()) == fits
    services.close()


def test_no_more_pictures_are_kept_than_memory_for_them(covers, qtbot, monkeypatch):
    monkeypatch.setattr(covers_module, "KEPT_BYTES", 10 * 60 * 90 * 4)
    for number in range(60):
        qtbot.waitUntil(
            lambda number=number: covers.picture(shelf_row(str(number), has_cover=False), SIZE, 1.0) is not None
        )
    assert len(covers._kept) == 10
    covers.drop("59")
    assert len(covers._kept) == 9
    assert covers._kept_bytes == 9 * 60 * 90 * 4


def test_many_covers_are_set_in_turns_and_all_of_them_come(covers, qtbot, monkeypatch):
    monkeypatch.setattr(covers_module, "MOST_TYPESETTING_S", 0.0)
    rows = {str(number): shelf_row(str(number), has_cover=False) for number in range(5)}
    missing = {name for name, row in rows.items() if covers.picture(row, SIZE, 1.0) is None}
    assert len(missing) == 4  # one a turn
    arrived: list[str] = []

    def look_again(ids: list[str]) -> None:
        arrived.extend(document_id for document_id in ids if covers.picture(rows[document_id], SIZE, 1.0) is not None)

    covers.arrived.connect(look_again)
    qtbot.waitUntil(lambda: set(arrived) == missing, timeout=20_000)


def palette(window: str, text: str, accent: str) -> Tones:
    made = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, window),
        (QPalette.ColorRole.Base, window),
        (QPalette.ColorRole.WindowText, text),
        (QPalette.ColorRole.Accent, accent),
        (QPalette.ColorRole.HighlightedText, "#ffffff"),
    ):
        made.setColor(role, QColor(colour))
    return tones(made)


@given(st.text(), st.sampled_from([("#f3f2ee", "#24231f", "#1d6460"), ("#1f2022", "#e4e2dc", "#7cc7bf")]))
@settings(deadline=None)
def test_words_on_a_typeset_cover_can_be_read(qapp, words, colours):
    cloth = cloth_colour(words, palette(*colours))
    assert contrast(ink_colour(cloth), cloth) >= MIN_CONTRAST


@given(st.text(max_size=400), st.text(max_size=80), st.sampled_from(["", "en", "zh", "ja", "nonsense"]), st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_words_make_a_cover_and_always_the_same_one(qapp, title, author, language, small):
    place = QRectF(0, 0, 40, 60) if small else QRectF(0, 0, 150, 225)

    def made() -> QImage:
        image = QImage(place.size().toSize(), QImage.Format.Format_RGB32)
        image.fill(QColor("#ffffff"))
        painter = QPainter(image)
        paint_cover(painter, place, title, author, language, palette("#f3f2ee", "#24231f", "#1d6460"))
        painter.end()
        return image

    first = made()
    assert first == made()
    assert first.pixelColor(first.width() // 2, 2).name() != "#ffffff"
