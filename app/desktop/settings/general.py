"""General settings: language, appearance, motion, what is open at the start."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.desktop.fonts import can_write
from app.desktop.languages import NAMES, chosen_or_system
from app.desktop.preferences import Preferences, StartPage
from app.desktop.settings.choice import Choice
from app.desktop.settings.form import Section
from app.desktop.theme import Appearance, Motion


class GeneralSection(Section):
    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.language = Choice(lambda: [("", self.tr("As the system")), *NAMES.items()], self)
        self.appearance = Choice(
            lambda: [
                (Appearance.SYSTEM, self.tr("As the system")),
                (Appearance.LIGHT, self.tr("Light")),
                (Appearance.DARK, self.tr("Dark")),
                (Appearance.CONTRAST, self.tr("High contrast")),
            ],
            self,
        )
        self.motion = Choice(
            lambda: [(Motion.SYSTEM, self.tr("As the system")), (Motion.STILL, self.tr("Nothing moves"))], self
        )
        self.start = Choice(
            lambda: [(StartPage.LIBRARY, self.tr("The library")), (StartPage.LAST_BOOK, self.tr("The last book"))], self
        )
        self.add_heading(lambda: self.tr("General"))
        self.add_row(lambda: self.tr("Language"), self.language)
        self._no_font = self.add_sentence(
            lambda: self.tr("No font with Chinese characters is installed; install one, such as Noto Sans CJK.")
        )
        self.add_row(
            lambda: self.tr("Appearance"),
            self.appearance,
            lambda: self.tr("High contrast is black and white with strong lines, light or dark as the system is."),
        )
        self.add_row(
            lambda: self.tr("Motion"),
            self.motion,
            lambda: self.tr("Motion only shows where something went; without it, it is there at once."),
        )
        self.add_row(lambda: self.tr("At the start, open"), self.start)
        self.language.chosen.connect(lambda value: setattr(preferences, "language", value))
        self.appearance.chosen.connect(lambda value: setattr(preferences, "appearance", Appearance(value)))
        self.motion.chosen.connect(lambda value: setattr(preferences, "motion", Motion(value)))
        self.start.chosen.connect(lambda value: setattr(preferences, "start_page", StartPage(value)))
        preferences.changed.connect(self._on_changed)
        self.finish()
        self.read()

    def _on_changed(self, _name: str) -> None:
        self.read()

    def read(self) -> None:
        self.language.show_value(self._preferences.language)
        self.appearance.show_value(self._preferences.appearance)
        self.motion.show_value(self._preferences.motion)
        self.start.show_value(self._preferences.start_page)
        self._no_font.setVisible(not can_write(chosen_or_system(self._preferences.language)))
