"""A book as one column of type, of which only a stretch is ever loaded.

Blocks come from a BlockSource as they are needed: more when the reader nears an end of the stretch, fewer at the far
end, so that a book of a million words costs what a chapter costs. The bar beside it stands for the whole book. Knows
offsets in the document's text and colours; knows no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollBar, QTextBrowser, QTextEdit, QWidget

from app.desktop.block_window import BlockWindow
from app.desktop.reading_type import TypeSettings, reading_font, writes_in_han
from app.desktop.theme import PageColours, highlight_colour, motion_allowed
from app.desktop.widgets.typesetting import Typesetter
from storage.documents import BlockRow

BATCH = 16
"""Blocks fetched at a time."""
MOST_LOADED = 160
"""Blocks kept; further ones are dropped at the far end."""
LINE_CHARACTERS = 68
"""Width of the column in average letters; 60-75 read best."""
LINE_HAN_CHARACTERS = 36
LIT_MS = 4000
"""How long a citation stays lit before it fades."""
FADE_MS = 1500
TELL_PLACE_MS = 50
"""While scrolling, the place is told at most this often."""


class BlockSource(Protocol):
    """Where a book's blocks come from (`operations.library`, for one document)."""

    @property
    def characters(self) -> int: ...
    def blocks(self, first: int, count: int) -> list[BlockRow]: ...
    def block_at(self, offset: int) -> BlockRow: ...


class _Page(QTextBrowser):
    """The text itself. Its scroll bar is hidden: it stands for the loaded stretch only."""

    resized = Signal()
    page_keys = Signal(object)
    clicked = Signal(QPoint)
    """Pressed and let go on the same spot, with the left button."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()
        self.page_keys.emit(event)
        if not event.isAccepted():
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.clicked.emit(event.position().toPoint())


class BookView(QWidget):
    """The column, the bar for the whole book, lit words and found words.

    place_changed: offset of the first word in view, after scrolling. highlight_clicked: id of the annotation whose words
    were clicked. menu_wanted: the context menu that is about to open, and the selected range `(start, end)` or None;
    whoever has something to offer for it adds entries. selection_changed: other words are selected, or none.
    """

    place_changed = Signal(int)
    highlight_clicked = Signal(str)
    menu_wanted = Signal(QMenu, object)
    selection_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: BlockSource | None = None
        self._rows: list[BlockRow] = []
        self._window = BlockWindow([])
        self._language = ""
        self._points = 13.0
        self._colours: PageColours | None = None
        self._moving = False
        self._reached_start = self._reached_end = True
        self._found: Sequence[tuple[int, int]] = ()
        self._current_found: tuple[int, int] | None = None
        self._lit: tuple[int, int] | None = None
        self._highlights: Sequence[tuple[int, int, str, str]] = ()

        self._page = _Page(self)
        self._page.setFrameShape(QFrame.Shape.NoFrame)
        self._page.setOpenLinks(False)
        self._page.setUndoRedoEnabled(False)
        self._page.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._page.setTabChangesFocus(True)
        self._page.contextMenuEvent = self._show_menu  # type: ignore[method-assign]  # the menu needs the book's words
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._page)
        layout.addWidget(self._bar)
        self.setFocusProxy(self._page)

        self._fade = QVariantAnimation(self)
        self._fade.setDuration(FADE_MS)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.valueChanged.connect(lambda strength: self._paint_marks(float(strength)))
        self._fade.finished.connect(self.unlight)
        self._lit_timer = QTimer(self)
        self._lit_timer.setSingleShot(True)
        self._lit_timer.setInterval(LIT_MS)
        self._lit_timer.timeout.connect(self._start_fading)

        self._tell_timer = QTimer(self)
        self._tell_timer.setSingleShot(True)
        self._tell_timer.setInterval(TELL_PLACE_MS)
        self._tell_timer.timeout.connect(self._tell_place)
        self._page.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._page.resized.connect(self._on_resized)
        self._page.page_keys.connect(self._on_key)
        self._page.clicked.connect(self._on_clicked)
        self._page.selectionChanged.connect(self.selection_changed)
        self._bar.valueChanged.connect(self._on_bar)
        self.retranslate()

    # -- what the page shows ---------------------------------------------------------------------------------------

    def show_source(self, source: BlockSource | None, *, language: str = "", offset: int = 0) -> None:
        """Open a book at an offset; None shows an empty page."""
        self._source = source
        self._language = language
        self._found, self._current_found, self._lit = (), None, None
        with self._unwatched():
            self._bar.setRange(0, max(0, source.characters - 1) if source else 0)
        if source is None:
            self._replace_rows([])
        else:
            self._load_around(offset)
            self._scroll_to(offset)

    def set_type(self, points: float, colours: PageColours) -> None:
        """Size of the type and colours of the page; the place is kept."""
        self._points, self._colours = points, colours
        # A palette of its own would be overruled by the application's style sheet.
        self._page.setStyleSheet(
            f"QTextBrowser {{ background: {colours.background}; color: {colours.text}; border: none; padding: 0;"
            f" selection-background-color: {colours.accent}; selection-color: {colours.background}; }}"
        )
        self.update()
        place = self.place
        self._replace_rows(self._rows)
        self._scroll_to(place)

    @property
    def place(self) -> int:
        """Offset of the first words in view."""
        return self._offset_at(QPoint(self._page.viewport().width() // 2, 2), line_start=True)

    @property
    def end_of_view(self) -> int:
        """Offset of the last words in view."""
        viewport = self._page.viewport()
        return self._offset_at(QPoint(viewport.width() - 1, viewport.height() - 2))

    @property
    def loaded(self) -> tuple[int, int]:
        """The stretch `[start, end)` that is loaded."""
        return self._window.start, self._window.end

    @property
    def selected_text(self) -> str:
        return self._page.textCursor().selectedText().replace("\u2029", "\n").replace("\u2028", "\n")

    @property
    def selected_range(self) -> tuple[int, int] | None:
        """Offsets of the selected words, None when nothing is selected."""
        cursor = self._page.textCursor()
        start, end = (
            self._window.offset_at(cursor.selectionStart()),
            self._window.offset_at(cursor.selectionEnd()),
        )
        return (start, end) if start < end else None

    def unselect(self) -> None:
        cursor = self._page.textCursor()
        cursor.clearSelection()
        self._page.setTextCursor(cursor)

    def area_of(self, start: int, end: int) -> QRect:
        """Where the words of `[start, end)` stand, in this widget's coordinates; empty where none of them is in view."""
        cursor = self._cursor(start, end)
        first, last = QTextCursor(cursor), QTextCursor(cursor)
        first.setPosition(cursor.selectionStart())
        last.setPosition(cursor.selectionEnd())
        area = self._page.cursorRect(first).united(self._page.cursorRect(last))
        area = area.intersected(self._page.viewport().rect())
        return area.translated(self._page.viewport().mapTo(self, QPoint(0, 0)))

    def shown_text(self, start: int, end: int) -> str:
        """The words that stand on the page at `[start, end)`; what a highlight of them would cover."""
        return self._cursor(start, end).selectedText()

    # -- moving ----------------------------------------------------------------------------------------------------

    def go_to(self, offset: int) -> None:
        """Bring an offset to the top of the view."""
        self._bring(offset, share=0.0)

    def light(self, start: int, end: int) -> None:
        """Bring `[start, end)` into view, a third from the top, and light it up for a while."""
        self._bring(start, share=0.3)
        self._fade.stop()
        self._lit = (start, end)
        cursor = self._cursor(start, start)
        self._page.setTextCursor(cursor)  # the caret goes along: screen readers and selections start here
        self._bring(start, share=0.3)
        self._paint_marks()
        self._lit_timer.start()

    def unlight(self) -> None:
        """Put out what is lit."""
        self._lit = None
        self._paint_marks()

    def set_highlights(self, highlights: Sequence[tuple[int, int, str, str]]) -> None:
        """Words the user has highlighted: start, end, name of the colour (`theme.HIGHLIGHTS`), id of the annotation."""
        self._highlights = sorted(highlights)
        self._paint_marks()

    def show_found(self, found: Sequence[tuple[int, int]], current: tuple[int, int] | None) -> None:
        """Mark every hit in view and bring the current one there."""
        self._found, self._current_found = found, current
        if current is not None and not self._in_view(current[0]):
            self._bring(current[0], share=0.3)
        self._paint_marks()

    def _bring(self, offset: int, *, share: float) -> None:
        if self._source is None:
            return
        if offset not in self._window:
            self._load_around(offset)
        self._scroll_to(offset, share=share)

    def _in_view(self, offset: int) -> bool:
        return offset in self._window and self.place <= offset <= self.end_of_view

    def _scroll_to(self, offset: int, *, share: float = 0.0) -> None:
        height = self._page.viewport().height()
        for _ in range(3):  # filling up near an end may move the words once more
            bar = self._page.verticalScrollBar()
            is_start = offset <= 0 and self._reached_start
            with self._unwatched():
                bar.setValue(0 if is_start else round(self._top_of(offset) - share * height))
            if not self._fill():
                break
        self._tell_place()

    def _top_of(self, offset: int) -> float:
        """Where the line with this offset begins, in the loaded document."""
        document = self._page.document()
        position = self._window.position_of(offset)
        block = document.findBlock(position)
        top = document.documentLayout().blockBoundingRect(block).top()
        line = block.layout().lineForTextPosition(position - block.position())
        # A paragraph's own top margin belongs to it only when one goes to its first line.
        return top + (line.y() if line.isValid() else 0.0)

    # -- loading ---------------------------------------------------------------------------------------------------

    def _load_around(self, offset: int) -> None:
        assert self._source is not None
        ordinal = self._source.block_at(min(max(0, offset), max(0, self._source.characters - 1))).ordinal
        first = max(0, ordinal - BATCH // 2)
        rows = self._source.blocks(first, 2 * BATCH)
        self._reached_start = first == 0
        self._reached_end = len(rows) < 2 * BATCH
        self._replace_rows(rows)

    def _replace_rows(self, rows: list[BlockRow]) -> None:
        self._rows = list(rows)
        typesetter = self._typesetter()
        document = self._page.document()
        with self._unwatched():
            document.clear()
            document.setDefaultFont(reading_font(TypeSettings(points=self._points), self._language))
            self._set_column()
            cursor = QTextCursor(document)
            cursor.beginEditBlock()
            typesetter.write(cursor, self._rows)
            cursor.endEditBlock()
        self._note_window()

    def _typesetter(self) -> Typesetter:
        return Typesetter(
            reading_font(TypeSettings(points=self._points), self._language),
            self._colours,
            han=writes_in_han(self._language),
        )

    def _note_window(self) -> None:
        self._window = BlockWindow(self._rows, self._typesetter().lead)
        self._paint_marks()

    def _fill(self) -> bool:
        """Load what scrolling will need next. True when something changed."""
        if self._source is None or not self._rows:
            return False
        changed = False
        height = self._page.viewport().height()
        bar = self._page.verticalScrollBar()
        while not self._reached_end and bar.maximum() - bar.value() < 2 * height:
            changed = self._append() or changed
        while not self._reached_start and bar.value() < height:
            changed = self._prepend() or changed
        if changed:
            self._note_window()
        return changed

    def _append(self) -> bool:
        assert self._source is not None
        more = self._source.blocks(self._rows[-1].ordinal + 1, BATCH)
        self._reached_end = len(more) < BATCH
        if not more:
            return False
        typesetter = self._typesetter()
        with self._unwatched():
            cursor = QTextCursor(self._page.document())
            cursor.beginEditBlock()
            cursor.movePosition(QTextCursor.MoveOperation.End)
            typesetter.append(cursor, more, after=self._rows[-1])
            self._rows.extend(more)
            cursor.endEditBlock()
            self._drop(len(self._rows) - MOST_LOADED, at_start=True)
        return True

    def _prepend(self) -> bool:
        assert self._source is not None
        first = self._rows[0].ordinal
        count = min(BATCH, first)
        self._reached_start = first - count == 0
        if count == 0:
            return False
        more = self._source.blocks(first - count, count)
        typesetter = self._typesetter()
        with self._unwatched(), self._still(self._page.document().begin()):
            cursor = QTextCursor(self._page.document())
            cursor.beginEditBlock()
            typesetter.prepend(cursor, more, before=self._rows[0])
            self._rows[:0] = more
            cursor.endEditBlock()
        with self._unwatched():
            self._drop(len(self._rows) - MOST_LOADED, at_start=False)
        return True

    def _drop(self, count: int, *, at_start: bool) -> None:
        """Forget `count` blocks at one end; what is in view stays where it is."""
        if count <= 0:
            return
        document = self._page.document()
        if at_start:
            kept = document.findBlockByNumber(count)
            with self._still(kept):
                cursor = QTextCursor(document)
                cursor.setPosition(kept.position(), QTextCursor.MoveMode.KeepAnchor)
                kept_format, kept_characters = kept.blockFormat(), kept.charFormat()
                cursor.removeSelectedText()
                cursor.setBlockFormat(kept_format)
                cursor.setBlockCharFormat(kept_characters)
            del self._rows[:count]
            self._reached_start = False
        else:
            last = document.findBlockByNumber(document.blockCount() - count - 1)
            cursor = QTextCursor(document)
            cursor.setPosition(last.position() + last.length() - 1)
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            del self._rows[-count:]
            self._reached_end = False

    @contextmanager
    def _still(self, block: QTextBlock) -> Iterator[None]:
        """Change the document above `block` while what is in view does not move."""
        following = QTextCursor(block.next())  # its top is sound even while `block` waits to be laid out anew
        layout = self._page.document().documentLayout()
        before = layout.blockBoundingRect(following.block()).top()
        value = self._page.verticalScrollBar().value()
        self._page.setUpdatesEnabled(False)
        yield
        after = layout.blockBoundingRect(following.block()).top()
        self._page.verticalScrollBar().setValue(round(value + after - before))
        self._page.setUpdatesEnabled(True)

    @contextmanager
    def _unwatched(self) -> Iterator[None]:
        """Scroll bars moved here are not the user's doing."""
        before, self._moving = self._moving, True
        try:
            yield
        finally:
            self._moving = before

    # -- geometry --------------------------------------------------------------------------------------------------

    def _set_column(self) -> None:
        font = reading_font(TypeSettings(points=self._points), self._language)
        metrics = QFontMetricsF(font)
        if writes_in_han(self._language):
            column = metrics.horizontalAdvance("永") * LINE_HAN_CHARACTERS
        else:
            column = metrics.horizontalAdvance("the quick brown fox jumps over a lazy dog, ") / 43 * LINE_CHARACTERS
        document = self._page.document()
        frame = document.rootFrame().frameFormat()
        side = max(24.0, (self._page.viewport().width() - column) / 2)
        frame.setLeftMargin(side)
        frame.setRightMargin(side)
        frame.setTopMargin(32)
        frame.setBottomMargin(64)
        document.rootFrame().setFrameFormat(frame)

    def _on_resized(self) -> None:
        if self._source is None or self._moving:
            return
        place = self._bar.value()
        with self._unwatched():
            self._set_column()
        self._scroll_to(place)

    def _offset_at(self, point: QPoint, *, line_start: bool = False) -> int:
        cursor = self._page.cursorForPosition(point)
        if line_start:
            cursor.movePosition(QTextCursor.MoveOperation.StartOfLine)
        return self._window.offset_at(cursor.position())

    def _cursor(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self._page.document())
        cursor.setPosition(self._window.position_of(start))
        cursor.setPosition(self._window.position_of(end), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    # -- marks -----------------------------------------------------------------------------------------------------

    def _start_fading(self) -> None:
        if motion_allowed():
            self._fade.start()
        else:
            self.unlight()

    def _paint_marks(self, lit_strength: float = 1.0) -> None:
        if self._colours is None:
            return
        marks = [
            self._mark(start, end, highlight_colour(colour, self._colours))
            for start, end, colour, _ in self._highlights
            if self._is_loaded(start, end)
        ]
        marks += [
            self._mark(start, end, QColor(self._colours.found))
            for start, end in self._found
            if self._is_loaded(start, end)
        ]
        if self._current_found is not None:
            marks.append(self._mark(*self._current_found, QColor(self._colours.highlight)))
        if self._lit is not None:
            colour = QColor(self._colours.highlight)
            colour.setAlphaF(lit_strength)
            marks.append(self._mark(*self._lit, colour))
        self._page.setExtraSelections(marks)

    def _is_loaded(self, start: int, end: int) -> bool:
        return end > self._window.start and start < self._window.end

    def _mark(self, start: int, end: int, colour: QColor) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        mark.cursor = self._cursor(start, end)
        mark.format.setBackground(colour)
        return mark

    # -- the user's hands ------------------------------------------------------------------------------------------

    def _on_scrolled(self) -> None:
        if self._moving:
            return
        self._fill()
        if not self._tell_timer.isActive():
            self._tell_timer.start()

    def _tell_place(self) -> None:
        self._tell_timer.stop()
        place = self.place
        with self._unwatched():
            self._bar.setPageStep(max(1, self.end_of_view - place))
            self._bar.setValue(place)
        self.place_changed.emit(place)

    def _on_bar(self, value: int) -> None:
        if not self._moving:
            self.go_to(value)

    def _on_key(self, event: QKeyEvent) -> None:
        """Reading keys move the page, not the caret."""
        bar = self._page.verticalScrollBar()
        line = QFontMetricsF(self._page.document().defaultFont()).height() * 1.5
        page = self._page.viewport().height() - line
        back = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        steps = {
            Qt.Key.Key_Down: line * 2,
            Qt.Key.Key_Up: -line * 2,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_Space: page,
        }
        key = Qt.Key(event.key())
        if plain and key in steps:
            bar.setValue(round(bar.value() + steps[key]))
            event.accept()
        elif back and key == Qt.Key.Key_Space:
            bar.setValue(round(bar.value() - page))
            event.accept()

    def _show_menu(self, event: QContextMenuEvent) -> None:
        menu = self._page.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(menu, self.selected_range)
        menu.popup(event.globalPos())

    def _on_clicked(self, point: QPoint) -> None:
        offset = self._offset_at(point)
        for start, end, _, annotation_id in self._highlights:
            if start <= offset < end:
                self.highlight_clicked.emit(annotation_id)
                return

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colours is not None:  # behind the bar, which is transparent
            QPainter(self).fillRect(self.rect(), QColor(self._colours.background))

    def retranslate(self) -> None:
        self._page.setAccessibleName(self.tr("Text of the book"))
        self._bar.setAccessibleName(self.tr("Place in the book"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
