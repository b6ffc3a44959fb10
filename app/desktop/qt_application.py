"""The one QApplication: our name, icon and style. Knows no window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app.desktop.assets import ICONS


def make_application(argv: list[str]) -> QApplication:
    """Ends only when told to: after the last window is closed, the threads end first."""
    app = QApplication(argv)
    app.setApplicationName("palimpsest")
    app.setApplicationDisplayName("Palimpsest")
    app.setDesktopFileName("palimpsest")
    app.setStyle("Fusion")
    app.setWindowIcon(QIcon(str(ICONS / "palimpsest.svg")))
    app.setQuitOnLastWindowClosed(False)
    app.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, True)
    return app
