"""How long the window was deaf: a heartbeat on the UI thread and the lateness of its beats.

Knows a timer and a clock. Knows nothing of what held the thread up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 10


@dataclass(frozen=True, slots=True)
class Stalls:
    """Lateness of the heartbeat, in milliseconds."""

    beats: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    def __str__(self) -> str:
        return f"p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms, max {self.max_ms:.1f} ms of {self.beats} beats"


class StallMeter(QObject):
    """Beats every 10 ms from `start` to `stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._late_ms: list[float] = []
        self._last_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._late_ms.clear()
        self._last_s = time.perf_counter()
        self._timer.start()

    def stop(self) -> Stalls:
        self._timer.stop()
        return summarize(self._late_ms)

    def _beat(self) -> None:
        now_s = time.perf_counter()
        self._late_ms.append(max(0.0, (now_s - self._last_s) * 1000 - BEAT_MS))
        self._last_s = now_s


def summarize(late_ms: list[float]) -> Stalls:
    """Nearest-rank percentiles; zeros where nothing was measured."""
    if not late_ms:
        return Stalls(0, 0.0, 0.0, 0.0)
    ordered = sorted(late_ms)
    last = len(ordered) - 1
    return Stalls(len(ordered), ordered[round(last * 0.5)], ordered[round(last * 0.99)], ordered[-1])
