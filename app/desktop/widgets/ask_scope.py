"""What part of the book a question is about: all of it, the chapter one is in, or words that were selected."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.desktop.icons import dress
from app.desktop.theme import scaled
from app.desktop.wording import shortened
from app.operations.results import Within
from storage.documents import SectionRow

_QUOTE_SHOWN = 140


class Part(StrEnum):
    BOOK = "book"
    CHAPTER = "chapter"
    SELECTION = "selection"


class ScopeBox(QComboBox):
    """The choice. "The selection" is there only while something is selected."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sections: Sequence[SectionRow] = ()
        self._selection: Within | None = None
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for part in (Part.BOOK, Part.CHAPTER):
            self.addItem("", part)
        self.retranslate()
        self.currentIndexChanged.connect(self.changed)

    def set_sections(self, sections: Sequence[SectionRow]) -> None:
        """Of the open book; without any there are no chapters to choose."""
        self._sections = [section for section in sections if section.start < section.end]
        self.set_selection(None)
        self.setCurrentIndex(0)
        self.setEnabled(bool(self._sections))

    def set_selection(self, selection: Within | None) -> None:
        """Ask about these words, or about the whole book again."""
        self._selection = selection
        if selection is None:
            if self.currentData() == Part.SELECTION:
                self.setCurrentIndex(0)  # whoever hears of it may have called this again
            if (place := self.findData(Part.SELECTION)) >= 0:
                self.removeItem(place)
        else:
            if self.findData(Part.SELECTION) < 0:
                self.addItem(self.tr("The selection"), Part.SELECTION)
            self.setEnabled(True)
            self.setCurrentIndex(self.findData(Part.SELECTION))

    def within(self, place: int) -> Within | None:
        """The part that is chosen; None for the whole book. place: where the reader is."""
        match self.currentData():
            case Part.SELECTION:
                return self._selection
            case Part.CHAPTER:
                section = section_at(self._sections, place)
                return None if section is None else Within(section.start, section.end, section.title or "—")
        return None

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("What to ask about"))
        self.setToolTip(self.tr("What to ask about"))
        for part, words in (
            (Part.BOOK, self.tr("Whole book")),
            (Part.CHAPTER, self.tr("This chapter")),
            (Part.SELECTION, self.tr("The selection")),
        ):
            if (place := self.findData(part)) >= 0:
                self.setItemText(place, words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class Chip(QFrame):
    """A line above the question box that says what the next question is tied to, and a button that unties it."""

    removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._words.setFont(scaled(self.font(), 0.95))
        self.close_button = QToolButton(self)
        dress(self.close_button, "close")
        self.close_button.clicked.connect(self.take_away)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 4)
        layout.addWidget(self._words, 1)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.retranslate()
        self.hide()

    @property
    def words(self) -> str:
        """What it says; "" while it is hidden."""
        return self._words.text() if not self.isHidden() else ""

    def quote(self, words: str, place: str) -> None:
        """Words of the book, with where they stand."""
        where = f" · {place}" if place else ""
        self.say(f"“{shortened(' '.join(words.split()), _QUOTE_SHOWN)}”{where}")

    def say(self, words: str) -> None:
        self._words.setText(words)
        self._words.setAccessibleName(words)
        self.show()

    def take_away(self) -> None:
        if not self.isHidden():
            self.hide()
            self.removed.emit()

    def retranslate(self) -> None:
        self.close_button.setToolTip(self.tr("Take this away"))
        self.close_button.setAccessibleName(self.tr("Take this away"))
        self._words.setAccessibleName(self._words.text() or self.tr("Nothing"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def section_at(sections: Sequence[SectionRow], place: int) -> SectionRow | None:
    """The section a place lies in."""
    before = [section for section in sections if section.start <= place]
    return before[-1] if before else None
