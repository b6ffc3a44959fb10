"""One column of the book's text: the whole view in a scroll, one page of two in a spread.

Shows a window of the text's lines and nothing beside them, draws readings above their words, and tells what the user's hands
do. Knows no book and no offsets: what a click or a key means is the view's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QTextBrowser, QWidget

from app.desktop.widgets.loaded_text import Ruby
from app.desktop.widgets.typesetting import RUBY_SCALE

RUBY_RISE = 0.92
"""How far above the words' baseline that of their reading lies, in sizes of the words' type."""


class Column(QTextBrowser):
    """keys: a key that may move the page; accepted by whoever used it. clicked: pressed and let go on one spot with the left
    button. dragged: the mouse, with its button down, is here now (in this column's coordinates, perhaps outside it).
    wheeled: notches of the wheel, while one page is shown at a time."""

    keys = Signal(object)
    clicked = Signal(object)
    dragged = Signal(object)
    wheeled = Signal(object)
    menu_asked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._frame: tuple[float, float] | None = None
        self._rubies: Sequence[Ruby] = ()
        self._ruby_font = QFont()
        self._background, self._text_colour = "white", "black"
        self._pressed_at = QPointF()
        self.step_focus: Callable[[bool], bool] = lambda forward: False
        """Moves to the next thing on the page that can be opened; False when the focus is to leave the page."""
        self.selected_words: Callable[[], str] = lambda: ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
        )
        self.setTabChangesFocus(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing below is painted with every line

    # -- what is shown ---------------------------------------------------------------------------------------------

    def show_lines(self, top: float, bottom: float, *, margin: float) -> None:
        """Show the document from `top` to `bottom` and nothing else, `margin` below the upper edge."""
        scroll = int(top - margin)
        self.document().documentLayout().documentSize()  # laid out to its end, so that the bar can go there
        self.verticalScrollBar().setValue(scroll)
        shown = self.verticalScrollBar().value()
        self._frame = (top - shown, bottom - shown)
        self.viewport().update()

    def show_nothing(self) -> None:
        self._frame = (0.0, 0.0)
        self.viewport().update()

    def show_all(self) -> None:
        """Show whatever the scroll bar says."""
        self._frame = None
        self.viewport().update()

    @property
    def shown_rect(self) -> QRect:
        """The part of the viewport in which text is shown."""
        rect = self.viewport().rect()
        if self._frame is None:
            return rect
        top, bottom = self._frame
        return rect.intersected(QRect(0, int(top), rect.width(), max(0, round(bottom) - int(top))))

    def set_rubies(self, rubies: Sequence[Ruby], font: QFont) -> None:
        self._rubies, self._ruby_font = rubies, font
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self.viewport()).fillRect(event.rect(), QColor(self._background))
        rect = event.rect().intersected(self.shown_rect)
        if rect.isEmpty():
            return
        super().paintEvent(QPaintEvent(rect))
        if self._rubies:
            self._paint_rubies(rect)

    def _paint_rubies(self, rect: QRect) -> None:
        scroll = self.verticalScrollBar().value()
        layout = self.document().documentLayout()
        first = layout.hitTest(QPointF(0, rect.top() + scroll), Qt.HitTestAccuracy.FuzzyHit)
        last = layout.hitTest(QPointF(self.width(), rect.bottom() + scroll), Qt.HitTestAccuracy.FuzzyHit)
        start = self.document().findBlock(max(0, first)).position()
        painter = QPainter(self.viewport())
        painter.setClipRect(rect)
        painter.setFont(self._ruby_font)
        painter.setPen(QColor(self._text_colour))
        for ruby in self._rubies:
            if ruby.end >= start and ruby.start <= last + self.document().findBlock(max(0, last)).length():
                self._paint_ruby(painter, ruby, scroll)
        painter.end()

    def _paint_ruby(self, painter: QPainter, ruby: Ruby, scroll: int) -> None:
        """The reading, shared out where its words go over the end of a line."""
        block = self.document().findBlock(ruby.start)
        layout = block.layout()
        origin = layout.position()
        start, end = ruby.start - block.position(), ruby.end - block.position()
        em = self._ruby_font.pointSizeF() / RUBY_SCALE * self.logicalDpiY() / 72
        told = 0
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            first, last = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
            if first >= last:
                continue
            until = round(len(ruby.reading) * (last - start) / (end - start))
            part, told = ruby.reading[told:until], until
            middle = (_x(line.cursorToX(first)) + _x(line.cursorToX(last))) / 2
            baseline = origin.y() + line.y() + line.ascent() - scroll - RUBY_RISE * em
            left = origin.x() + middle - painter.fontMetrics().horizontalAdvance(part) / 2
            painter.drawText(QPointF(left, baseline), part)

    # -- hands -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()
        self.keys.emit(event)
        # All that could be selected is the loaded stretch, which is not what "all" means.
        if not event.isAccepted() and not event.matches(QKeySequence.StandardKey.SelectAll):
            super().keyPressEvent(event)

    def make_menu(self) -> QMenu:
        """What every text offers, without what this one cannot keep: to select all of it."""
        menu = self.createStandardContextMenu()
        for action in menu.actions():
            if action.objectName() == "select-all":
                menu.removeAction(action)
        return menu

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.step_focus(forward) or super().focusNextPrevChild(forward)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position()
        super().mousePressEvent(self._inside(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.ignore()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(event)
        if not event.isAccepted():
            super().mouseMoveEvent(self._inside(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(self._inside(event))
        moved = (event.position() - self._pressed_at).manhattanLength()
        if event.button() == Qt.MouseButton.LeftButton and moved < 4 and not self.textCursor().hasSelection():
            self.clicked.emit(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
        self.wheeled.emit(event)
        if not event.isAccepted():
            super().wheelEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event)

    def _inside(self, event: QMouseEvent) -> QMouseEvent:
        """The event, drawn into the lines that are shown: nothing hidden can be selected."""
        if self._frame is None:
            return event
        top, bottom = self._frame
        at = event.position()
        y = min(max(at.y(), top + 1), max(top + 1, bottom - 2))
        return QMouseEvent(
            event.type(),
            QPointF(at.x(), y),
            event.globalPosition(),
            event.button(),
            event.buttons(),
            event.modifiers(),
            event.pointingDevice(),
        )

    def position_at(self, point: QPointF) -> int:
        """The text position nearest to a point of this column, among the lines that are shown."""
        y = point.y()
        if self._frame is not None:
            y = min(max(y, self._frame[0] + 1), max(self._frame[0] + 1, self._frame[1] - 2))
        x = min(max(point.x(), 1.0), self.viewport().width() - 2.0)
        return self.cursorForPosition(QPointF(x, y).toPoint()).position()

    def rect_of(self, position: int) -> QRect:
        """Where a position stands, in this column's viewport."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        return self.cursorRect(cursor)

    # -- what leaves it --------------------------------------------------------------------------------------------

    def createMimeDataFromSelection(self) -> QMimeData:
        copied = QMimeData()
        copied.setText(self.selected_words())
        return copied

    def dress(self, background: str, text: str, accent: str) -> None:
        """Colours of the page. A palette of its own would be overruled by the application's style sheet."""
        self.setStyleSheet(
            f"QTextBrowser {{ background: {background}; color: {text}; border: none; padding: 0;"
            f" selection-background-color: {accent}; selection-color: {background}; }}"
        )
        self._background, self._text_colour = background, text


def _x(answer: object) -> float:
    """The place of `QTextLine.cursorToX`, which in Python comes along with the position it belongs to."""
    place = answer[0] if isinstance(answer, tuple) else answer
    assert isinstance(place, float)
    return place
