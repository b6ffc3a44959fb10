"""Language, appearance and page colours as menus, where people look for them first; the settings page has the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup

from app.desktop.actions import Actions, Words
from app.desktop.languages import NAMES
from app.desktop.preferences import Preferences
from app.desktop.theme import Appearance, PageTheme


class QuickChoices(QObject):
    """Three menus under one menu of the window. The marks follow the preferences, whoever changes them."""

    def __init__(self, actions: Actions, preferences: Preferences, under: str, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._preferences = preferences
        self._choices: dict[str, dict[str, QAction]] = {}
        p = preferences
        self._menu(
            "language",
            under,
            lambda: self.tr("Lan&guage"),
            self._languages(),
            lambda value: setattr(p, "language", value),
        )
        self._menu(
            "appearance",
            under,
            lambda: self.tr("&Appearance"),
            {
                Appearance.SYSTEM: lambda: self.tr("As the system"),
                Appearance.LIGHT: lambda: self.tr("Light"),
                Appearance.DARK: lambda: self.tr("Dark"),
                Appearance.CONTRAST: lambda: self.tr("High contrast"),
            },
            lambda value: setattr(p, "appearance", Appearance(value)),
        )
        self._menu(
            "page",
            under,
            lambda: self.tr("Page &colours"),
            {
                PageTheme.AUTO: lambda: self.tr("As the window"),
                PageTheme.PAPER: lambda: self.tr("Paper"),
                PageTheme.SEPIA: lambda: self.tr("Sepia"),
                PageTheme.GREY: lambda: self.tr("Grey"),
                PageTheme.NIGHT: lambda: self.tr("Night"),
                PageTheme.CONTRAST: lambda: self.tr("High contrast"),
            },
            lambda value: setattr(p, "page", PageTheme(value)),
        )
        preferences.changed.connect(self._mark)
        for name in self._choices:
            self._mark(name)

    def _languages(self) -> dict[str, Words]:
        """Each under its own name, whatever the language of the window."""
        own: dict[str, Words] = {code: lambda name=name: name for code, name in NAMES.items()}  # type: ignore[misc]  # bound
        return {"": lambda: self.tr("As the system"), **own}

    def _menu(
        self, name: str, under: str, title: Words, choices: dict[str, Words], choose: Callable[[str], None]
    ) -> None:
        self._actions.add_menu(name, title, under=under)
        group = QActionGroup(self)
        self._choices[name] = {}
        for value, words in choices.items():
            action = self._actions.add(
                f"{name}.{value or 'system'}", name, words, partial(choose, str(value)), checkable=True
            )
            group.addAction(action)
            self._choices[name][str(value)] = action

    def _mark(self, name: str) -> None:
        if name in self._choices:
            self._choices[name][str(getattr(self._preferences, name))].setChecked(True)
