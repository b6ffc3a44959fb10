"""Settings: a list of sections beside the one in view."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.desktop.actions import Actions, Words
from app.desktop.bridge import Bridge
from app.desktop.preferences import Preferences
from app.desktop.settings.about import AboutSection
from app.desktop.settings.asking import AskingSection
from app.desktop.settings.data import DataSection
from app.desktop.settings.form import Section
from app.desktop.settings.general import GeneralSection
from app.desktop.settings.instructions import InstructionsSection
from app.desktop.settings.keyboard import KeyboardSection
from app.desktop.settings.reading import ReadingSection
from app.desktop.theme import GRID

LIST_WIDTH = 200


class SettingsPage(QWidget):
    """erase_asked: everything is to be deleted; the user has confirmed it."""

    erase_asked = Signal()

    def __init__(
        self, bridge: Bridge, preferences: Preferences, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.general = GeneralSection(preferences)
        self.reading = ReadingSection(preferences)
        self.asking = AskingSection(bridge)
        self.instructions = InstructionsSection(bridge)
        self.keyboard = KeyboardSection(actions)
        self.data = DataSection(bridge)
        self.data.erase_asked.connect(self.erase_asked)
        self.about = AboutSection(bridge)
        self._sections: list[tuple[Section, Words]] = [
            (self.general, lambda: self.tr("General")),
            (self.reading, lambda: self.tr("Reading")),
            (self.asking, lambda: self.tr("Asking and learning")),
            (self.instructions, lambda: self.tr("Instructions")),
            (self.keyboard, lambda: self.tr("Keyboard")),
            (self.data, lambda: self.tr("My data")),
            (self.about, lambda: self.tr("About")),
        ]
        self.list = QListWidget(self)
        self.list.setFixedWidth(LIST_WIDTH)
        self.list.setProperty("role", "sections")
        self.list.setSpacing(2)
        self._stack = QStackedWidget(self)
        for section, _ in self._sections:
            self.list.addItem("")
            scroll = QScrollArea(self._stack)
            scroll.setWidgetResizable(True)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setWidget(section)
            self._stack.addWidget(scroll)
        self.list.currentRowChanged.connect(self._on_row)
        line = QFrame(self)
        line.setProperty("role", "upright")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(8)
        beside = QVBoxLayout()
        beside.setContentsMargins(0, 16, 0, 8)
        beside.addWidget(self.list)
        layout.addLayout(beside)
        layout.addWidget(line)
        layout.addWidget(self._stack, 1)
        self.setFocusProxy(self.list)
        self.retranslate()
        self.list.setCurrentRow(0)

    def show_section(self, section: Section) -> None:
        """Bring a section into view and its first control under the keys."""
        for row, (known, _) in enumerate(self._sections):
            if known is section:
                self.list.setCurrentRow(row)
        section.read()

    @property
    def section(self) -> Section:
        """The one in view."""
        return self._sections[max(0, self.list.currentRow())][0]

    def _on_row(self, row: int) -> None:
        self._stack.setCurrentIndex(row)
        if self.isVisible():
            self.section.read()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.section.read()

    def retranslate(self) -> None:
        self.list.setAccessibleName(self.tr("Sections of the settings"))
        for row, (_, words) in enumerate(self._sections):
            item = self.list.item(row)
            item.setText(words())
            item.setSizeHint(QSize(0, self.fontMetrics().height() + 2 * GRID))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
