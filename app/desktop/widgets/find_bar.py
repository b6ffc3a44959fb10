"""Find in the book: a line to type in, how many hits there are, next and previous."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from app.desktop.icons import dress
from app.desktop.wording import number

TYPING_PAUSE_MS = 200


class FindBar(QFrame):
    """searched: words to look for ("" for none). moved: the hit to show, and all hits."""

    searched = Signal(str)
    moved = Signal(object, object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self._hits: Sequence[tuple[int, int]] = ()
        self._current: int | None = None
        self.words = QLineEdit(self)
        self.words.setClearButtonEnabled(True)
        self._count = QLabel(self)
        self._count.setProperty("role", "subtle")
        self._previous, self._next, self._close = QToolButton(self), QToolButton(self), QToolButton(self)
        for button, icon_name in ((self._previous, "up"), (self._next, "down"), (self._close, "close")):
            dress(button, icon_name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 6, 8, 6)
        layout.setSpacing(8)
        layout.addWidget(self.words, 1)
        layout.addWidget(self._count)
        for button in (self._previous, self._next, self._close):
            layout.addWidget(button)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self.words.textChanged.connect(lambda: self._pause.start())
        self.words.returnPressed.connect(self._on_return)
        self._previous.clicked.connect(self.previous)
        self._next.clicked.connect(self.next)
        self._close.clicked.connect(self.close_bar)
        self.retranslate()
        self.hide()

    def open_bar(self, words: str = "") -> None:
        """Show the bar; words: what is selected in the text, if anything."""
        if words:
            self.words.setText(words)
        self.show()
        self.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.words.selectAll()
        if self.words.text():
            self._search()

    def close_bar(self) -> None:
        """Hide the bar and the marks."""
        self._pause.stop()
        self.hide()
        self.show_hits((), 0)
        self.closed.emit()

    def show_hits(self, hits: Sequence[tuple[int, int]], place: int) -> None:
        """All hits, in order; the first at or after `place` becomes the current one."""
        self._hits = hits
        self._current = bisect_left(hits, (place, 0)) % len(hits) if hits else None
        self._tell()

    def next(self) -> None:
        self._step(1)

    def previous(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        if self._current is not None:
            self._current = (self._current + by) % len(self._hits)
            self._tell()

    def _on_return(self) -> None:
        if self._pause.isActive():
            self._search()
        else:
            self.next()

    def _search(self) -> None:
        self._pause.stop()
        self.searched.emit(self.words.text())

    def _tell(self) -> None:
        self._show_count()
        self.moved.emit(self._hits[self._current] if self._current is not None else None, self._hits)

    def _show_count(self) -> None:
        if not self.words.text():
            words = ""
        elif self._current is None:
            words = self.tr("not found")
        else:
            words = self.tr("{place} of {count}").format(place=number(self._current + 1), count=number(len(self._hits)))
        self._count.setText(words)
        for button in (self._previous, self._next):
            button.setEnabled(self._current is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() == Qt.Key.Key_Return and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self.previous()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self.words.setPlaceholderText(self.tr("Find in the book"))
        self.words.setAccessibleName(self.tr("Find in the book"))
        for button, words in (
            (self._previous, self.tr("Previous hit (Shift+F3)")),
            (self._next, self.tr("Next hit (F3)")),
            (self._close, self.tr("Close the find bar (Esc)")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
        self._show_count()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
