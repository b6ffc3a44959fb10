"""What lies under the words of the page: highlights, hits, a citation that is lit for a while, a ring around what has the focus.

Knows offsets and colours. Knows no source of either.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QPen, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextEdit

from app.desktop.theme import PageColours, highlight_colour, mix, motion_allowed
from app.desktop.widgets.loaded_text import LoadedText

LIT_MS = 4000
"""How long a citation stays lit before it fades."""
FADE_MS = 1500


class Highlight(NamedTuple):
    """Over `[start, end)`; colour: a name of `theme.HIGHLIGHTS`. Words with a note are underlined as well."""

    start: int
    end: int
    colour: str
    annotation_id: str
    has_note: bool = False


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
        """One inside another is painted over it: the later begin and, of two that begin together, the shorter."""
        self._highlights = sorted(highlights, key=lambda one: (one.start, -one.end))
        self.changed.emit()

    def highlight_at(self, offset: int) -> str | None:
        """The annotation whose words stand at an offset; of several the one that is seen."""
        return next((one.annotation_id for one in reversed(self._highlights) if one.start <= offset < one.end), None)

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

    @property
    def has_found(self) -> bool:
        return bool(self._found)

    def selections(self, near: tuple[int, int]) -> list[QTextEdit.ExtraSelection]:
        """The marks of the loaded stretch, in the order in which they are painted.

        near: of the hits, which may be thousands, only those between these offsets.
        """
        window, colours = self._text.window, self.colours
        first, last = max(near[0], window.start), min(near[1], window.end)
        marks = [
            self._mark(one.start, one.end, highlight_colour(one.colour, colours), underlined=one.has_note)
            for one in self._highlights
            if self._text.overlaps(one.start, one.end)
        ]
        for number in range(bisect_left(self._found, first, key=lambda hit: hit[1]), len(self._found)):
            start, end = self._found[number]
            if start >= last:
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

    def _mark(self, start: int, end: int, colour: QColor, *, underlined: bool = False) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        mark.cursor = self._text.cursor(start, end)
        mark.format.setBackground(colour)
        if underlined:
            mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
            mark.format.setUnderlineColor(QColor(self.colours.text))
        return mark

    def _start_fading(self) -> None:
        if motion_allowed():
            self._fade.start()
        else:
            self.unlight()

    def _fade_to(self, strength: object) -> None:
        self._strength = float(str(strength))
        self.changed.emit()
