"""Garbage collection, owned by the UI thread.

Python's cyclic collector runs on whichever thread allocates. On another thread it would free Qt objects there, whose
destructors then run in a wrong order or place, which crashes. So from the first window on it is switched off for good, and
the UI thread collects in small steps: what a window leaves behind may become garbage long after it has closed.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 250


def collect_due() -> None:
    """Collect the oldest generation whose turn it is by Python's own thresholds. On the UI thread only."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if counts[generation] > thresholds[generation]:
            gc.collect(generation)
            return


class GarbageCollector(QObject):
    """Takes collection over, and collects while Qt's events are handled, until `stop`. It never goes back to Python."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # modules and classes stay as long as the window does; looking at them takes long
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()

    def stop(self) -> None:
        """The last window is gone: a look at everything, also at what was there before the first."""
        self._timer.stop()
        gc.unfreeze()
        gc.collect()
