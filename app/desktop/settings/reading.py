"""Settings of reading: the same form the reader's own button opens."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.desktop.preferences import Preferences
from app.desktop.settings.form import Section
from app.desktop.widgets.type_controls import TypeControls


class ReadingSection(Section):
    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controls = TypeControls(preferences, lambda: "", self)
        self.add_heading(lambda: self.tr("Reading"))
        self.add_sentence(lambda: self.tr("The button “Aa” beside a book opens the same."))
        self.add_widget(self.controls)
        self.finish()
