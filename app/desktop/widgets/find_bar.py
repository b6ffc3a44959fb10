"""Find in the book: a line to type in, what counts as the same, how many hits there are, next and previous."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from app.desktop.icons import dress
from app.desktop.wording import number
from storage.finding import MOST_HITS, FindOptions

TYPING_PAUSE_MS = 150
SLOW_MS = 250
"""A search that takes longer says that it is at work."""


class FindBar(QFrame):
    """searched: words to look for ("" for none), and how. moved: number of the hit to show, None without one.
    list_wanted: whether the list of hits is to be seen. list_entered: the keyboard goes on in it.
    """

    searched = Signal(str, object)
    moved = Signal(object)
    closed = Signal()
    list_wanted = Signal(bool)
    list_entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self._hits: Sequence[tuple[int, int]] = ()
        self._current: int | None = None
        self.words = QLineEdit(self)
        self.words.setClearButtonEnabled(True)
        self._count = QLabel(self)
        self._count.setProperty("role", "subtle")
        self.match_case, self.whole_words, self.match_accents = QToolButton(self), QToolButton(self), QToolButton(self)
        for button, sign in ((self.match_case, "Aa"), (self.whole_words, "ab"), (self.match_accents, "é")):
            button.setText(sign)
            button.setCheckable(True)
            button.toggled.connect(self._search)
        underlined = self.whole_words.font()
        underlined.setUnderline(True)
        self.whole_words.setFont(underlined)
        self.list_button = QToolButton(self)
        dress(self.list_button, "contents")
        self.list_button.setCheckable(True)
        self._previous, self._next, self._close = QToolButton(self), QToolButton(self), QToolButton(self)
        for button, icon_name in ((self._previous, "up"), (self._next, "down"), (self._close, "close")):
            dress(button, icon_name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 6, 8, 6)
        layout.setSpacing(4)
        layout.addWidget(self.words, 1)
        for button in (self.match_case, self.whole_words, self.match_accents):
            layout.addWidget(button)
        layout.addSpacing(4)
        layout.addWidget(self._count)
        layout.addSpacing(4)
        for button in (self._previous, self._next, self.list_button, self._close):
            layout.addWidget(button)
        self._pause, self._slow = QTimer(self), QTimer(self)
        for timer, interval_ms, act in (
            (self._pause, TYPING_PAUSE_MS, self._search),
            (self._slow, SLOW_MS, self._show_at_work),
        ):
            timer.setSingleShot(True)
            timer.setInterval(interval_ms)
            timer.timeout.connect(act)
        self.words.textChanged.connect(lambda: self._pause.start())
        self.words.returnPressed.connect(self._on_return)
        self.list_button.toggled.connect(self.list_wanted)
        self._previous.clicked.connect(self.previous)
        self._next.clicked.connect(self.next)
        self._close.clicked.connect(self.close_bar)
        self.retranslate()
        self.hide()

    @property
    def options(self) -> FindOptions:
        return FindOptions(
            match_case=self.match_case.isChecked(),
            whole_words=self.whole_words.isChecked(),
            match_accents=self.match_accents.isChecked(),
        )

    @property
    def hits(self) -> Sequence[tuple[int, int]]:
        return self._hits

    @property
    def current(self) -> int | None:
        """Number of the hit one is at, from 0."""
        return self._current

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
        """Hide the bar and the marks; one stays where one is."""
        if self.isHidden():
            return
        self._pause.stop()
        self.hide()
        self.show_hits((), 0)
        self.closed.emit()

    def show_hits(self, hits: Sequence[tuple[int, int]], place: int) -> None:
        """All hits, in order; the first at or after `place` becomes the current one."""
        self._slow.stop()
        self._hits = hits
        self._current = bisect_left(hits, (place, 0)) % len(hits) if hits else None
        self._tell()

    def choose(self, hit: int) -> None:
        """Make one of the hits the current one."""
        if hit != self._current:
            self._current = hit
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
        if not self.isHidden():
            self._slow.start()
            self.searched.emit(self.words.text(), self.options)

    def _tell(self) -> None:
        self._show_count()
        self.moved.emit(self._current)

    def _show_at_work(self) -> None:
        self._count.setText(self.tr("searching …"))

    def _show_count(self) -> None:
        if not self.words.text():
            words = ""
        elif self._current is None:
            words = self.tr("not found")
        elif len(self._hits) == MOST_HITS:
            words = self.tr("{place} of the first {count}").format(
                place=number(self._current + 1), count=number(len(self._hits))
            )
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
        elif event.key() == Qt.Key.Key_Down and self._current is not None:
            self.list_entered.emit()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self.words.setPlaceholderText(self.tr("Find in the book"))
        self.words.setAccessibleName(self.tr("Find in the book"))
        for button, words in (
            (self.match_case, self.tr("Match case")),
            (self.whole_words, self.tr("Whole words")),
            (self.match_accents, self.tr("Match accents: “é” is not “e”")),
            (self.list_button, self.tr("List of all hits")),
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
