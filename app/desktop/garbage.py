"""Garbage collection, owned by the UI thread.

Python's cyclic collector runs on whichever thread allocates; on another thread it could destroy Qt objects there, which
crashes. So it is switched off, and a timer on the UI thread collects in small steps: from before the first other thread
starts until after the last has ended, over all the windows between.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 250


class GarbageCollector(QObject):
    """Takes collection over until `stop`, which gives it back to whom it belonged before."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._was_enabled = gc.isenabled()
        gc.disable()
        gc.freeze()  # modules and classes stay as long as the window does; looking at them takes long
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.collect()  # what the windows have left, on this thread still
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()

    def _collect(self) -> None:
        """The oldest generation whose turn it is by Python's own thresholds."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return
