"""How fast a job goes and how long it will take, from what was measured, smoothed.

Knows numbers and times handed to it. Knows no clock, no widget, no job.
"""

from __future__ import annotations

import math

SMOOTHING_S = 20.0
"""A change of speed shows by about two thirds after this time."""

SETTLING_S = 2.0
"""Before this much was measured there is no honest figure."""


class RateMeter:
    """Units per second, as an exponentially weighted mean over time.

        rate = sum(units · w) / sum(seconds · w),   w = exp(-age / SMOOTHING_S)

    so that slow and fast stretches count by how long they took, not by how often they reported.
    """

    def __init__(self) -> None:
        self._start_anew()

    def _start_anew(self) -> None:
        self._last: tuple[float, float] | None = None
        self._units = 0.0
        self._seconds = 0.0
        self._measured_s = 0.0

    def add(self, time_s: float, done: float) -> None:
        """Note that `done` units were done at `time_s` (monotonic). Going back (a new stage) starts anew."""
        if self._last is not None:
            seconds, units = time_s - self._last[0], done - self._last[1]
            if units < 0:
                self._start_anew()
            elif seconds > 0:
                keep = math.exp(-seconds / SMOOTHING_S)
                self._units = self._units * keep + units
                self._seconds = self._seconds * keep + seconds
                self._measured_s += seconds
            else:
                return
        self._last = (time_s, done)

    @property
    def per_second(self) -> float | None:
        """None until enough was measured, or while nothing moves."""
        if self._measured_s < SETTLING_S or self._units <= 0:
            return None
        return self._units / self._seconds

    def seconds_left(self, total: float) -> float | None:
        """At the present rate; None while there is no rate."""
        rate = self.per_second
        if rate is None or self._last is None:
            return None
        return max(0.0, total - self._last[1]) / rate
