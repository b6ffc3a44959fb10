"""Tells through the desktop that a long job has ended, when its window is not the one in front.

No title of a document is told: what the desktop keeps of its notifications is not ours to forget.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from app.desktop.bridge import Bridge, JobHandle
from app.operations.settings import Settings, settings

LONG_S = 20.0
"""What is over sooner is not worth a notification."""
SHOWN_MS = 10_000


class Notifier(QObject):
    """Follows the window's jobs. The entry in the taskbar calls for attention; where there is a tray, it says why."""

    def __init__(self, bridge: Bridge, window: QWidget, long_s: float = LONG_S) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._window = window
        self._long_s = long_s
        self._tray: QSystemTrayIcon | None = None
        self.told: list[str] = []
        """What was told, newest last."""
        bridge.job_started.connect(self._on_job)

    def _on_job(self, handle: JobHandle) -> None:
        begun = time.monotonic()
        for signal, words in (
            (handle.finished, self._words_of_end(handle.kind)),
            (handle.failed, self._words_of_failure(handle.kind)),
        ):
            if words:
                signal.connect(lambda _, words=words: self._on_end(words, time.monotonic() - begun))

    def _words_of_end(self, kind: str) -> str:
        return {
            "learn": self.tr("A book has been learned."),
            "import": self.tr("The books are in the library."),
            "download": self.tr("The model has been downloaded."),
            "compress": self.tr("A prompt has been compressed."),
            "train_compressor": self.tr("A gist encoder has been trained."),
            "train_segment_compressor": self.tr("A segment compressor has been trained."),
            "encode_segments": self.tr("A book’s segment memory has been made."),
        }.get(kind, "")

    def _words_of_failure(self, kind: str) -> str:
        return {
            "learn": self.tr("Learning has stopped; what was learned is kept."),
            "download": self.tr("The download has stopped; what was downloaded is kept."),
            "train_compressor": self.tr("Training has stopped; what was trained is kept."),
            "train_segment_compressor": self.tr("Training has stopped; what was trained is kept."),
        }.get(kind, "")

    def _on_end(self, words: str, seconds: float) -> None:
        if seconds >= self._long_s and not self._window.isActiveWindow():
            services = self._bridge.services
            self._bridge.query(lambda: settings(services), lambda decided: self._tell(words, decided))

    def _tell(self, words: str, decided: Settings) -> None:
        if not decided.notify:
            return
        self.told.append(words)
        QApplication.alert(self._window)
        if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            if self._tray is None:
                self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
                self._tray.messageClicked.connect(self._come_forward)
                self._tray.activated.connect(self._come_forward)
            self._tray.show()
            self._tray.showMessage("Palimpsest", words, self._window.windowIcon(), SHOWN_MS)

    def _come_forward(self) -> None:
        assert self._tray is not None
        self._tray.hide()
        self._window.raise_()
        self._window.activateWindow()
