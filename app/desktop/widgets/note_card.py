"""One annotation, open where it stands: its colour, its note to be written, and what else can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import dress
from app.desktop.note_words import place_words
from app.desktop.theme import GRID, PageColours
from app.desktop.widgets.colour_buttons import ColourButtons
from app.desktop.widgets.floating_card import FloatingCard
from app.operations.notes import PlacedAnnotation
from storage.annotations import AnnotationKind

WIDTH = 320
NOTE_HEIGHT = 96


class NoteCard(FloatingCard):
    """Floats inside its parent. What is written is kept however the card is closed; Ctrl+Z in the box undoes.

    written: id and note. coloured: id and colour. remove_asked, copy_asked: id. closed: the keyboard goes back.
    """

    written = Signal(str, str)
    coloured = Signal(str, str)
    remove_asked = Signal(str)
    copy_asked = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: PlacedAnnotation | None = None
        self.colours = ColourButtons(self)
        self.copy_button, self.remove_button, self.close_button = (
            QToolButton(self),
            QToolButton(self),
            QToolButton(self),
        )
        for button, icon_name in (
            (self.copy_button, "copy"),
            (self.remove_button, "delete"),
            (self.close_button, "close"),
        ):
            dress(button, icon_name)
        self.note = QPlainTextEdit(self)
        self.note.setFixedHeight(NOTE_HEIGHT)
        self.note.setTabChangesFocus(True)
        self._place = QLabel(self)
        self._place.setProperty("role", "subtle")
        self._place.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.colours)
        head.addStretch(1)
        for button in (self.copy_button, self.remove_button, self.close_button):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self.note)
        layout.addWidget(self._place)
        self.setFixedWidth(WIDTH)
        self.colours.chosen.connect(self._on_colour)
        self.copy_button.clicked.connect(self._on_copy)
        self.remove_button.clicked.connect(self._on_remove)
        self.close_button.clicked.connect(self.close_card)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)
        self.retranslate()
        self.hide()

    @property
    def annotation_id(self) -> str | None:
        """What it shows; None while it is closed."""
        return self._shown.row.annotation_id if self._shown is not None else None

    def set_page_colours(self, colours: PageColours) -> None:
        self.colours.set_page_colours(colours)

    def open_card(self, placed: PlacedAnnotation, beside: QRect) -> None:
        """Show an annotation below (or above) an area of the parent, ready to write."""
        self.close_card()
        self._shown = placed
        self.colours.setVisible(placed.row.kind is not AnnotationKind.BOOKMARK)
        self.colours.mark(placed.row.colour)
        self.note.setPlainText(placed.row.note)
        self._place.setText(place_words(placed))
        self.adjustSize()
        self.place_beside(beside, above=False)
        self.show()
        self.raise_()
        self.note.setFocus(Qt.FocusReason.PopupFocusReason)
        self.note.moveCursor(self.note.textCursor().MoveOperation.End)

    def show_changed(self, placed: PlacedAnnotation | None) -> None:
        """The annotation shown has changed elsewhere; None: it is gone."""
        if self._shown is None:
            return
        if placed is None:
            self._shown = None
            self.hide()
            return
        self._shown = placed
        self.colours.mark(placed.row.colour)

    def close_card(self) -> None:
        """Keep what was written, and go."""
        shown, self._shown = self._shown, None
        if shown is None:
            return
        focus = QApplication.focusWidget()
        had_focus = focus is not None and self.isAncestorOf(focus)
        self.hide()
        note = self.note.toPlainText().strip()
        if note != shown.row.note:
            self.written.emit(shown.row.annotation_id, note)
        if had_focus:
            self.closed.emit()

    def _on_colour(self, colour: str) -> None:
        if self._shown is not None:
            self.coloured.emit(self._shown.row.annotation_id, colour)

    def _on_copy(self) -> None:
        if self._shown is not None:
            self.copy_asked.emit(self._shown.row.annotation_id)

    def _on_remove(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            self.hide()
            self.remove_asked.emit(shown.row.annotation_id)
            self.closed.emit()

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        """A click elsewhere closes it; another window coming to the front does not."""
        if self._shown is not None and now is not None and now.window() is self.window() and not self.isAncestorOf(now):
            self.close_card()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape or (is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            self.close_card()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Note"))
        self.note.setAccessibleName(self.tr("Note"))
        self.note.setPlaceholderText(self.tr("Write a note …"))
        for button, words in (
            (self.copy_button, self.tr("Copy with its place")),
            (self.remove_button, self.tr("Delete")),
            (self.close_button, self.tr("Keep and close (Esc)")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
        if self._shown is not None:
            self._place.setText(place_words(self._shown))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
