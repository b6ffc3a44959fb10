"""The small marks a document carries on the shelf: one for each kind of memory, with what it is in words."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.desktop.icons import pixmap
from app.desktop.theme import GRID, Tones
from app.desktop.wording import day, size
from storage.memories import MemoryRow
from storage.shelves import ShelfRow

MARK = 18
_ICONS = {"temp_lora": "adapter", "gist": "gist", "segments": "segments", "passages": "passages"}
_MOST = 4
translate = QCoreApplication.translate


def memory_name(kind: str) -> str:
    names = {
        "temp_lora": translate("memory", "Adapter"),
        "gist": translate("memory", "Gist cache"),
        "segments": translate("memory", "Segment memory"),
    }
    return names.get(kind, kind)


def memory_words(memory: MemoryRow) -> str:
    """For the tooltip of a mark: what it is, its size and age."""
    words = [memory_name(memory.kind), size(memory.bytes), day(memory.created_at)]
    if memory.state != "complete":
        words.insert(1, translate("memory", "in part"))
    return " · ".join(words)


def place_marks(right: float, y: float, row: ShelfRow) -> list[tuple[QRectF, str, str]]:
    """Rectangle, icon and tooltip of each mark, from `right` on to the left; `y` is their middle."""
    marks = [(_ICONS.get(memory.kind, "segments"), memory_words(memory)) for memory in row.memories[:_MOST]]
    return [
        (QRectF(right - MARK - place * (MARK + GRID / 2), y - MARK / 2, MARK, MARK), icon_name, words)
        for place, (icon_name, words) in enumerate(marks)
    ]


def paint_marks(painter: QPainter, marks: list[tuple[QRectF, str, str]], t: Tones) -> None:
    scale = painter.device().devicePixelRatioF()
    for rectangle, icon_name, _ in marks:
        painter.drawPixmap(rectangle.topLeft(), _mark(icon_name, t.accent.name(), scale))


@lru_cache(maxsize=64)
def _mark(icon_name: str, colour: str, scale: float) -> QPixmap:
    return pixmap(icon_name, QColor(colour), MARK, scale)


def words_at(marks: list[tuple[QRectF, str, str]], position: QPointF) -> str:
    """The tooltip of the mark at a place; "" beside the marks."""
    return next((words for rectangle, _, words in marks if rectangle.adjusted(-4, -4, 4, 4).contains(position)), "")
