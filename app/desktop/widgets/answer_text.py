"""An answer as it is read: Markdown, rendered while it streams, with the small figures of its citations.

What a model writes is not trusted: HTML stays text, links lead nowhere, nothing is loaded from anywhere.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from app.desktop.theme import tones
from app.desktop.wording import superscript

RENDER_EVERY_MS = 60
_SHARE_OF_TIME = 8
"""A long answer is rendered less often, so that no more than one part in so many is spent on it."""
_FIRST_MARK = 0xE000  # private use: where a mark goes while the Markdown is read
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML

Marks = Sequence[tuple[int, int]]


class AnswerText(QTextBrowser):
    """As high as its words. place_chosen: the number of a mark. copy_wanted: Ctrl+C with nothing selected."""

    place_chosen = Signal(int)
    copy_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._marks: Marks = ()
        self._hints: dict[int, str] = {}
        self._accent = QColor()
        """Of the marks as they stand."""
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(self.wordWrapMode().WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTabChangesFocus(True)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(self._on_anchor)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(RENDER_EVERY_MS)
        self._timer.timeout.connect(self._render)

    @property
    def words(self) -> str:
        """The Markdown, as it came."""
        return self._words

    def stream(self, piece: str) -> None:
        """More words; they are shown within a blink."""
        self._words += piece
        if not self._timer.isActive():
            self._timer.start()

    def show_words(self, words: str, marks: Marks = ()) -> None:
        """The whole answer. marks: (offset in it, number)."""
        self._timer.stop()
        if (words, tuple(marks)) != (self._words, tuple(self._marks)) or not self.document().toPlainText():
            self._words, self._marks = words, tuple(marks)
            self._render()

    def set_hints(self, hints: dict[int, str]) -> None:
        """What shows over a mark."""
        self._hints = hints
        self._render()

    # -- rendering -------------------------------------------------------------------------------------------------

    def _render(self) -> None:
        began = time.perf_counter()
        cursor = self.textCursor()
        selected = (cursor.anchor(), cursor.position())
        self.document().setDefaultFont(self.font())
        self.document().setMarkdown(with_marks(self._words, self._marks), _FEATURES)
        self._disarm()
        self._place_marks()
        if selected[0] != selected[1]:
            self._select(*selected)
        spent_ms = (time.perf_counter() - began) * 1000
        self._timer.setInterval(max(RENDER_EVERY_MS, round(spent_ms * _SHARE_OF_TIME)))

    def _disarm(self) -> None:
        """Links become their words, pictures their descriptions."""
        plain = QTextCharFormat()
        plain.setAnchor(False)
        plain.setAnchorHref("")
        plain.setFontUnderline(False)
        plain.setForeground(self.palette().color(self.foregroundRole()))
        links: list[tuple[int, int]] = []
        pictures: list[tuple[int, int, str]] = []
        block = self.document().begin()
        while block.isValid():
            run = block.begin()
            while not run.atEnd():
                fragment = run.fragment()
                start, end = fragment.position(), fragment.position() + fragment.length()
                style = fragment.charFormat()
                if style.isImageFormat():
                    words = style.property(QTextFormat.Property.ImageAltText) or ""
                    pictures.append((start, end, str(words)))
                elif style.isAnchor():
                    links.append((start, end))
                run += 1
            block = block.next()
        for start, end in links:
            self._cursor(start, end).mergeCharFormat(plain)
        for start, end, words in reversed(pictures):
            self._cursor(start, end).insertText(words, QTextCharFormat())

    def _place_marks(self) -> None:
        self._accent = accent = tones(self.palette()).accent
        for number in {number for _, number in self._marks}:
            figure = QTextCharFormat()
            figure.setAnchor(True)
            figure.setAnchorHref(f"place:{number}")
            figure.setForeground(accent)
            figure.setFontUnderline(False)
            figure.setToolTip(self._hints.get(number, ""))
            found = self.document().find(chr(_FIRST_MARK + number))
            while not found.isNull():
                found.insertText("\u2009" + superscript(number), figure)
                found = self.document().find(chr(_FIRST_MARK + number))

    def _select(self, anchor: int, position: int) -> None:
        last = self.document().characterCount() - 1
        cursor = self._cursor(min(anchor, last), min(position, last))
        self.setTextCursor(cursor)

    def _cursor(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _fit(self) -> None:
        self.setFixedHeight(max(1, -int(-self.document().size().height() // 1)))

    # -- what the user does ----------------------------------------------------------------------------------------

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Nothing is ever loaded for an answer."""
        return None

    def _on_anchor(self, url: QUrl) -> None:
        scheme, _, number = url.toString().partition(":")
        if scheme == "place" and number.isdigit():
            self.place_chosen.emit(int(number))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and not self.textCursor().hasSelection():
            self.copy_wanted.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the list of turns scrolls, not one answer

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._marks and self._accent != tones(self.palette()).accent:
            self._timer.start()  # out of sight it is dressed in new colours only when it comes into view

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._words:
            self._timer.start()


def with_marks(words: str, marks: Marks) -> str:
    """The Markdown with a private character where each mark belongs; others of that kind are taken out of the answer."""
    words = _PRIVATE.sub("\ufffd", words)
    for offset, number in sorted(marks, reverse=True):
        words = f"{words[:offset]}{chr(_FIRST_MARK + number)}{words[offset:]}"
    return words
