"""The languages of the window, switchable while it runs.

Loads our translation and Qt's own, and sets the font the language wants; Qt then sends LanguageChange to every widget. Knows no
widget.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.desktop.assets import TRANSLATIONS
from app.desktop.fonts import use_window_font

NAMES = {"en": "English", "zh_CN": "简体中文"}
"""Each under its own name, so that everybody finds theirs."""


def system_language() -> str:
    """The first of the user's languages that we have."""
    for name in QLocale.system().uiLanguages():
        if name.lower().startswith("zh"):
            return "zh_CN"
        if name.lower().startswith("en"):
            return "en"
    return "en"


def chosen_or_system(code: str) -> str:
    """The language a choice comes to: "" and codes we do not have mean the system's."""
    return code if code in NAMES else system_language()


class Languages:
    """Keeps the translators that are installed; they must live as long as they are in use."""

    def __init__(self) -> None:
        self._installed: list[QTranslator] = []
        self.current = ""

    def use(self, code: str) -> None:
        """Switch to a language of NAMES, or the system's, and to the font it is written with."""
        code = chosen_or_system(code)
        if code == self.current:
            return
        self.current = code
        QLocale.setDefault(QLocale(code))
        app = QCoreApplication.instance()
        if isinstance(app, QApplication):
            use_window_font(app, code)
        for translator in self._installed:
            QCoreApplication.removeTranslator(translator)
        self._installed.clear()
        qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for file, folder in ((f"qtbase_{code}", qt_folder), (f"palimpsest_{code}", str(TRANSLATIONS))):
            translator = QTranslator()
            if translator.load(file, folder):
                QCoreApplication.installTranslator(translator)
                self._installed.append(translator)
