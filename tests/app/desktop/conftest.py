"""Fixtures of the window's tests: one QApplication with our style, and a book that needs no database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from app.desktop.application import Desktop
from app.desktop.garbage import GarbageCollector
from app.desktop.languages import Languages
from app.desktop.qt_application import make_application
from app.desktop.theme import Appearance, apply_appearance
from app.operations import opening
from storage.document import BLOCK_SEPARATOR, BlockKind, Mark
from storage.documents import BlockRow
from storage.pictures import ImageRow

MakeRows = Callable[..., list[BlockRow]]


@pytest.fixture(scope="session")
def qapp() -> Iterator[QApplication]:
    """Replaces pytest-qt's, so that widgets are tested in the style they are shown in, and collected where they live."""
    app = QApplication.instance() or make_application(["palimpsest"])
    assert isinstance(app, QApplication)
    apply_appearance(app, Appearance.LIGHT)
    Languages().use("en")
    garbage = GarbageCollector()
    yield app
    app.clipboard().clear()  # without a desktop it dies after Python, and what a page has copied is Python's
    garbage.stop()


def _make_rows(texts: Sequence[str], kinds: Sequence[BlockKind] = ()) -> list[BlockRow]:
    rows, start = [], 0
    for ordinal, text in enumerate(texts):
        kind = kinds[ordinal] if ordinal < len(kinds) else BlockKind.PARAGRAPH
        rows.append(BlockRow(ordinal, 0, kind, start, start + len(text), text, None, None, ()))
        start += len(text) + len(BLOCK_SEPARATOR)
    return rows


@pytest.fixture(scope="session")
def make_rows() -> MakeRows:
    """Block rows over one text, as storage lays them out."""
    return _make_rows


class MemoryBook:
    """A BlockSource over rows; remembers which blocks were asked for."""

    def __init__(self, rows: Sequence[BlockRow]) -> None:
        self.rows = list(rows)
        self.starts = [row.start for row in rows]
        self.characters = rows[-1].end
        self.asked_for: set[int] = set()
        self.pictures: list[ImageRow] = []
        self.files: dict[int, bytes] = {}

    def blocks(self, first: int, count: int) -> list[BlockRow]:
        found = self.rows[first : first + count]
        self.asked_for.update(row.ordinal for row in found)
        return found

    def around(self, offset: int, then: Callable[[], None]) -> None:
        then()

    def read(self, first: int, count: int, then: Callable[[list[BlockRow]], None]) -> None:
        then(self.blocks(first, count))

    def block_at(self, offset: int) -> BlockRow:
        return self.rows[max(0, bisect_right(self.starts, offset) - 1)]

    def images(self, first: int, count: int) -> list[ImageRow]:
        return [image for image in self.pictures if first <= image.block < first + count]

    def image_data(self, ordinal: int) -> bytes:
        return self.files.get(ordinal, b"")

    @property
    def text(self) -> str:
        return BLOCK_SEPARATOR.join(row.text for row in self.rows)


@pytest.fixture(scope="session")
def make_book() -> Callable[..., MemoryBook]:
    """A book over texts and their kinds, with pictures and the files of those."""

    def make(
        texts: Sequence[str],
        kinds: Sequence[BlockKind] = (),
        pictures: Sequence[ImageRow] = (),
        files: Mapping[int, bytes] | None = None,
        marks: Mapping[int, tuple[Mark, ...]] | None = None,
    ) -> MemoryBook:
        rows = [replace(row, marks=(marks or {}).get(row.ordinal, ())) for row in _make_rows(texts, kinds)]
        book = MemoryBook(rows)
        book.pictures, book.files = list(pictures), dict(files or {})
        return book

    return make


@pytest.fixture(scope="session")
def long_book() -> MemoryBook:
    """A million words in 20,000 paragraphs, with headings, verse, Chinese and characters beyond U+FFFF."""
    rows = []
    for number in range(20_000):
        if number % 200 == 0:
            rows.append((f"Chapter {number // 200 + 1}", BlockKind.HEADING))
        elif number % 50 == 7:
            rows.append((f"First line {number}\nsecond line, 賈寶玉 🜁\nthird", BlockKind.VERSE))
        else:
            words = f"Paragraph {number} " + "with some words that fill a line or two " * 6 + "𝄞."
            rows.append((words, BlockKind.PARAGRAPH))
    return MemoryBook(_make_rows([text for text, _ in rows], [kind for _, kind in rows]))


@pytest.fixture
def desktop(qtbot, qapp, tmp_path):
    desktop = Desktop(qapp, opening.open_services(tmp_path, echo=True))
    desktop.languages.use("en")
    desktop.start([])
    qtbot.waitUntil(lambda: desktop.window.library.selected is not None, timeout=120_000)
    qtbot.waitUntil(lambda: not desktop.window.strip.lines, timeout=120_000)
    yield desktop
    if desktop.bridge._timer.isActive():
        with qtbot.waitSignal(desktop.closed, timeout=120_000):
            desktop.window.close()
    desktop.preferences.language = "en"
    qapp.sendPostedEvents()


@pytest.fixture
def window(desktop):
    return desktop.window


@pytest.fixture
def reading(window, qtbot):
    """The window with the sample story open."""
    window.library.list.activated.emit(window.library._model.index(0))
    qtbot.waitUntil(lambda: window.reader.document is not None, timeout=120_000)
    return window


@pytest.fixture
def reader(reading, qtbot):
    """Its reader, the text under the keys."""
    reading.activateWindow()
    reading.reader.view.setFocus()
    qtbot.waitUntil(lambda: reading.reader.view.end_of_view > 0, timeout=120_000)
    return reading.reader
