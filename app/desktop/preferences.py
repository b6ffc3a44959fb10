"""What the window remembers of itself: geometry, appearance, language, page colours and text size.

Kept in `ui.ini` in the data folder. Holds nothing of any document: no title, no path.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from app.desktop.theme import Appearance, PageTheme

MIN_POINTS, DEFAULT_POINTS, MAX_POINTS = 8.0, 13.0, 32.0


class Preferences(QObject):
    """Read once, written at every change; `changed` says what: "appearance", "language", "page" or "points"."""

    changed = Signal(str)

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def appearance(self) -> Appearance:
        value = str(self._settings.value("appearance", Appearance.SYSTEM.value))
        return Appearance(value) if value in list(Appearance) else Appearance.SYSTEM

    @appearance.setter
    def appearance(self, value: Appearance) -> None:
        self._set("appearance", value.value)

    @property
    def language(self) -> str:
        """A language code, or "" for the system's."""
        return str(self._settings.value("language", ""))

    @language.setter
    def language(self, value: str) -> None:
        self._set("language", value)

    @property
    def page(self) -> PageTheme:
        value = str(self._settings.value("page", PageTheme.AUTO.value))
        return PageTheme(value) if value in list(PageTheme) else PageTheme.AUTO

    @page.setter
    def page(self, value: PageTheme) -> None:
        self._set("page", value.value)

    @property
    def points(self) -> float:
        """Size of the reading type."""
        try:
            value = float(str(self._settings.value("points", DEFAULT_POINTS)))
        except ValueError:
            return DEFAULT_POINTS
        return min(max(value, MIN_POINTS), MAX_POINTS)

    @points.setter
    def points(self, value: float) -> None:
        self._set("points", min(max(value, MIN_POINTS), MAX_POINTS))

    def state(self, name: str) -> QByteArray:
        """Geometry of a window or splitter; empty when there is none yet."""
        value = self._settings.value(f"state/{name}", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep_state(self, name: str, value: QByteArray) -> None:
        self._settings.setValue(f"state/{name}", value)

    def flag(self, name: str, default: bool) -> bool:
        return str(self._settings.value(f"flags/{name}", default)).lower() == "true"

    def keep_flag(self, name: str, value: bool) -> None:
        self._settings.setValue(f"flags/{name}", value)

    def keys(self, action: str) -> list[str] | None:
        """The keys the user gave an action, in portable text; None: the usual ones."""
        value = self._settings.value(f"keys/{action}")
        return None if value is None else [key for key in str(value).split("\n") if key]

    def keep_keys(self, action: str, keys: list[str] | None) -> None:
        if keys is None:
            self._settings.remove(f"keys/{action}")
        else:
            self._settings.setValue(f"keys/{action}", "\n".join(keys))

    def sync(self) -> None:
        """Write now: on the way out."""
        self._settings.sync()

    def _set(self, name: str, value: object) -> None:
        if self._settings.value(name) != value:
            self._settings.setValue(name, value)
            self.changed.emit(name)
