"""A section whose settings are the library's own: read when it comes into view, stored a moment after they are changed."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from app.desktop.bridge import Bridge
from app.desktop.settings.form import Section
from app.operations import settings
from app.operations.settings import Settings, Value

PAUSE_MS = 200
"""After the last click of several, before they are stored."""


class StoredSection(Section):
    """Derived classes show settings in `show_settings` and call `change`. Nothing can be chosen before it is known what is."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._changed: dict[str, Value] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._store)

    def show_settings(self, now: Settings) -> None:
        """Show what is decided, without `change`."""
        raise NotImplementedError

    def change(self, name: str, value: Value) -> None:
        self._changed[name] = value
        self._pause.start()

    def read(self) -> None:
        self._bridge.query(lambda: settings.settings(self._bridge.services), self._show)

    def put_back(self) -> None:
        """Everything as it usually is."""
        self._changed.clear()
        self._bridge.query(lambda: settings.reset_settings(self._bridge.services), self._show)

    def _show(self, now: Settings) -> None:
        self.setEnabled(True)
        if not self._changed:  # else what the user is about to decide would be taken back
            self.show_settings(now)

    def _store(self) -> None:
        self._pause.stop()
        changed, self._changed = self._changed, {}
        if changed:
            query = self._bridge.query(lambda: settings.change_settings(self._bridge.services, changed))
            query.failed.connect(lambda _sentence: self.read())

    def hideEvent(self, event: QHideEvent) -> None:
        self._store()
        super().hideEvent(event)
