"""What lies under the words of the page: highlights, hits, a citation that is lit for a while, a ring around what has the focus.

Knows offsets and colours. Knows no source of either.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QPen, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextEdit

from app.desktop.theme import PageColours, highlight_colour, mix, motion_allowed
from app.desktop.widgets.loaded_text import LoadedText

LIT_MS = 4000
"""How long a citation stays lit before it fades."""
FADE_MS = 1500

Highlight = tuple[int, int, str, str]
"""Start, end, name of the colour (`theme.HIGHLIGHTS`), id of the annotation."""


class PageMarks(QObject):
    """changed: they are to be painted anew."""

    changed = Signal()

    def __init__(self, text: LoadedText, colours: PageColours, parent: QObject) -> None:
        super().__init__(parent)
        self._text = text
        self.colours = colours
        self._highlights: Sequence[Highlight] = ()
        self._found: Sequence[tuple[int, int]] = ()
        self._current: tuple[int, int] | None = None
        self._lit: tuple[int, int] | None = None
        self._strength = 1.0
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(FADE_MS)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.valueChanged.connect(self._fade_to)
        self._fade.finished.connect(self.unlight)
        self._lit_timer = QTimer(self)
        self._lit_timer.setSingleShot(True)
        self._lit_timer.setInterval(LIT_MS)
        self._lit_timer.timeout.connect(self._start_fading)

    def clear(self) -> None:
        """Another book is on the page."""
        self._highlights, self._found, self._current, self._lit = (), (), None, None

    def highlight(self, highlights: Sequence[Highlight]) -> None:
        self._highlights = sorted(highlights)
        self.changed.emit()

    def highlight_at(self, offset: int) -> str | None:
        """The annotation whose words stand at an offset; of several the last that begins."""
        return next((one[3] for one in reversed(self._highlights) if one[0] <= offset < one[1]), None)

    def find(self, found: Sequence[tuple[int, int]], current: tuple[int, int] | None) -> None:
        """found: in the order of the text."""
        self._found, self._current = found, current
        self.changed.emit()

    def light(self, start: int, end: int) -> None:
        """Light words up for a while."""
        self._fade.stop()
        self._lit, self._strength = (start, end), 1.0
        self._lit_timer.start()
        self.changed.emit()

    def unlight(self) -> None:
        self._lit = None
        self.changed.emit()

    def selections(self) -> list[QTextEdit.ExtraSelection]:
        """The marks of the loaded stretch, in the order in which they are painted."""
        window, colours = self._text.window, self.colours
        marks = [
            self._mark(start, end, highlight_colour(colour, colours))
            for start, end, colour, _ in self._highlights
            if self._text.overlaps(start, end)
        ]
        for start, end in self._found[bisect_left(self._found, window.start, key=lambda hit: hit[1]) :]:
            if start >= window.end:
                break
            marks.append(self._mark(start, end, QColor(colours.found)))
        if self._current is not None and self._text.overlaps(*self._current):
            marks.append(self._mark(*self._current, QColor(colours.highlight)))
        if self._lit is not None and self._text.overlaps(*self._lit):
            colour = QColor(colours.highlight)
            colour.setAlphaF(self._strength)
            marks.append(self._mark(*self._lit, colour))
        return marks

    def ring(self, start: int, end: int) -> QTextEdit.ExtraSelection:
        """Around positions: what has the focus on the page."""
        ring = QTextEdit.ExtraSelection()
        ring.cursor = QTextCursor(self._text.document)
        ring.cursor.setPosition(start)
        ring.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        accent = QColor(self.colours.accent)
        ring.format.setBackground(mix(QColor(self.colours.background), accent, 0.2))
        ring.format.setProperty(QTextFormat.Property.OutlinePen, QPen(accent, 2))
        return ring

    def _mark(self, start: int, end: int, colour: QColor) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        mark.cursor = self._text.cursor(start, end)
        mark.format.setBackground(colour)
        return mark

    def _start_fading(self) -> None:
        if motion_allowed():
            self._fade.start()
        else:
            self.unlight()

    def _fade_to(self, strength: object) -> None:
        self._strength = float(str(strength))
        self.changed.emit()
