"""A small bar beside selected words: highlight them, write a note, ask about them, copy them."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QToolButton, QWidget

from app.desktop.icons import dress
from app.desktop.theme import PageColours
from app.desktop.widgets.book_view import BookView
from app.desktop.widgets.colour_buttons import ColourButtons
from app.desktop.widgets.floating_card import FloatingCard

SETTLE_MS = 250
"""It comes when the selection has stood still for so long and no button is held."""


class SelectionBar(FloatingCard):
    """Floats over the page. Tab leads from the text into it."""

    highlight_asked = Signal(str)
    note_asked = Signal()
    ask_asked = Signal()
    copy_asked = Signal()

    def __init__(self, view: BookView) -> None:
        super().__init__(view)
        self._view = view
        self.colours = ColourButtons(self)
        self.note_button, self.ask_button, self.copy_button = QToolButton(self), QToolButton(self), QToolButton(self)
        for button, icon_name, signal in (
            (self.note_button, "note", self.note_asked),
            (self.ask_button, "ask", self.ask_asked),
            (self.copy_button, "copy", self.copy_asked),
        ):
            dress(button, icon_name)
            button.clicked.connect(signal)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(2)
        layout.addWidget(self.colours)
        for button in (self.note_button, self.ask_button, self.copy_button):
            layout.addWidget(button)
        self.colours.chosen.connect(self.highlight_asked)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._come)
        view.selection_changed.connect(self._on_selection)
        view.place_changed.connect(lambda _place: self._follow())
        self.retranslate()
        self.hide()

    def set_page_colours(self, colours: PageColours) -> None:
        self.colours.set_page_colours(colours)

    def _on_selection(self) -> None:
        if self._view.selected_range is None:
            self._settle.stop()
            self.hide()
        else:
            self._settle.start()

    def _come(self) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._settle.start()  # still being drawn
        elif self._view.selected_range is not None and self._view.selected_text.strip():
            self.adjustSize()
            self._stand_behind_the_text()
            self.show()
            self.raise_()
            self._follow()

    def _stand_behind_the_text(self) -> None:
        """In the order of Tab."""
        text: QWidget = self._view.focusProxy() or self._view
        chain = [text, *self.colours.buttons.values(), self.note_button, self.ask_button, self.copy_button]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def _follow(self) -> None:
        """Stay with the words; hide while they are out of view."""
        selected = self._view.selected_range
        if selected is None or not self.isVisible():
            return
        area = self._view.area_of(*selected)
        if area.isEmpty():
            self.hide()
            self._settle.start()
            return
        self.place_beside(area, above=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._view.setFocus()
            self._view.unselect()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Selected words"))
        for button, words in (
            (self.note_button, self.tr("Write a note (Ctrl+Shift+H)")),
            (self.ask_button, self.tr("Ask about this")),
            (self.copy_button, self.tr("Copy (Ctrl+C)")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
