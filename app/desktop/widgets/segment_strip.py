"""The book as a strip: which of it is compressed, what is still to be, and what stays word for word at its end.

Width is length in the text. What is compressed is filled, what waits is a line, what stays verbatim is striped: nothing is told
by colour alone. A click opens the place. Keyboard: left and right move by a segment, page keys by ten, Enter opens.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.desktop.plain_tips import plain_tip
from app.desktop.theme import GRID, Tones, tones
from app.desktop.wording import number, percent

HEIGHT = 3 * GRID
LEAST_SEGMENT = 4.0
"""Pixels; narrower segments are painted as one band."""
STRIPE = 5.0
LEAST_VERBATIM = GRID
"""Pixels: less than a segment would be hard to see beside hundreds of them."""
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10}


class Kept(Enum):
    """How a stretch of the book is there for the model."""

    COMPRESSED = "compressed"
    WAITING = "waiting"
    VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[start, end)` in characters. place: of its segment, from 0; None for what is in none yet."""

    kept: Kept
    start: int
    end: int
    place: int | None = None


def stretches(ends: Sequence[int], characters: int, *, made_to: int = 0, whole: bool = False) -> list[Stretch]:
    """A book of so many characters, from its first to its last.

    ends: characters behind each segment that is kept. made_to: up to where a job that is running has come, when that is
    further. whole: every whole segment is kept, so that the rest stays verbatim; else it waits.
    """
    starts = [0, *ends]
    found = [Stretch(Kept.COMPRESSED, starts[place], end, place) for place, end in enumerate(ends)]
    reached = max(starts[-1], min(made_to, characters))
    if reached > starts[-1]:
        found.append(Stretch(Kept.COMPRESSED, starts[-1], reached))
    if reached < characters:
        found.append(Stretch(Kept.VERBATIM if whole else Kept.WAITING, reached, characters))
    return found


class SegmentStrip(QWidget):
    """chosen: the offset of a place in the book."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stretches: list[Stretch] = []
        self._current = 0
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.retranslate()

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, HEIGHT)

    def show_book(self, ends: Sequence[int], characters: int, *, made_to: int = 0, whole: bool = False) -> None:
        """As `stretches` takes it."""
        self._stretches = stretches(ends, characters, made_to=made_to, whole=whole)
        self._current = min(self._current, max(0, len(self._stretches) - 1))
        self.retranslate()
        self.update()

    @property
    def shown(self) -> Sequence[Stretch]:
        return self._stretches

    # -- geometry --------------------------------------------------------------------------------------------------

    def cell(self, stretch: Stretch) -> QRectF:
        """Where a stretch stands."""
        width, end = self.width() - 4.0, max(1, self._stretches[-1].end)
        left, right = (2 + width * offset / end for offset in (stretch.start, stretch.end))
        if stretch.kept is Kept.VERBATIM:
            left = min(left, right - LEAST_VERBATIM)
        return QRectF(left, 4, max(1.0, right - left), self.height() - 8)

    def _at(self, x: float) -> int | None:
        if not self._stretches:
            return None
        offset = (x - 2) / max(1.0, self.width() - 4.0) * self._stretches[-1].end
        return max(0, bisect_right(self._stretches, offset, key=lambda each: each.start) - 1)

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), tones(self.palette())
        for stretch in self._stretches:
            self._paint(painter, stretch, t)
        if self.hasFocus() and self._stretches:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(t.accent, 2))
            painter.drawRect(self.cell(self._stretches[self._current]).adjusted(-1, -3, 1, 3))

    def _paint(self, painter: QPainter, stretch: Stretch, t: Tones) -> None:
        cell = self.cell(stretch)
        match stretch.kept:
            case Kept.COMPRESSED:
                gap = 1.0 if cell.width() >= LEAST_SEGMENT else 0.0
                painter.fillRect(cell.adjusted(0, 0, -gap, 0), t.accent)
            case Kept.WAITING:
                painter.fillRect(cell, t.hover)
                painter.fillRect(QRectF(cell.left(), cell.bottom() - 1, cell.width(), 1), t.subtle)
            case Kept.VERBATIM:
                _paint_stripes(painter, cell, t)

    # -- hands -----------------------------------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key(event.key()), len(self._stretches) - 1
        if not self._stretches:
            super().keyPressEvent(event)
        elif key in _STEPS:
            self._go_to(min(max(0, self._current + _STEPS[key]), last))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go_to(0 if key is Qt.Key.Key_Home else last)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self._current)
        else:
            super().keyPressEvent(event)

    def _go_to(self, place: int) -> None:
        self._current = place
        self.retranslate()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def _choose(self, place: int) -> None:
        self._go_to(place)
        self.chosen.emit(self._stretches[place].start)

    # -- words -----------------------------------------------------------------------------------------------------

    def words(self, place: int) -> str:
        """What a stretch says."""
        stretch = self._stretches[place]
        at = percent(stretch.start / max(1, self._stretches[-1].end))
        match stretch.kept:
            case Kept.COMPRESSED if stretch.place is not None:
                return self.tr("Segment {number}, at {share} of the book: compressed").format(
                    number=number(stretch.place + 1), share=at
                )
            case Kept.COMPRESSED:
                return self.tr("From {share} of the book on: being compressed").format(share=at)
            case Kept.WAITING:
                return self.tr("From {share} of the book on: not compressed yet").format(share=at)
            case Kept.VERBATIM:
                return self.tr("The end of the book, shorter than a segment: word for word")

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._at(float(event.pos().x()))
            if place is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tip(self.words(place)), self)
            return True
        return super().event(event)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Compressed parts of the book"))
        self.setAccessibleDescription(self.words(self._current) if self._stretches else "")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _paint_stripes(painter: QPainter, cell: QRectF, t: Tones) -> None:
    painter.fillRect(cell.adjusted(-1, 0, 0, 0), t.window)
    painter.save()
    painter.setClipRect(cell)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(t.accent, 1.2))
    x = cell.left() - cell.height()
    while x < cell.right():
        painter.drawLine(QPointF(x, cell.bottom()), QPointF(x + cell.height(), cell.top()))
        x += STRIPE
    painter.restore()
    painter.setPen(QPen(t.accent, 1))
    painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))
