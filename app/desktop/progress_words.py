"""What a job's progress events amount to, in words: stage, n of m, rate, time left.

Knows progress events and wording. Knows no widget and no clock.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.desktop.rate import RateMeter
from app.desktop.wording import number, percent, signed_percent, size, stage, time_left
from engine.api import ChunkScore
from engine.jobs import Progress

translate = QCoreApplication.translate


class ProgressReader:
    """Follows one job."""

    def __init__(self) -> None:
        self._meter = RateMeter()
        self._last: Progress | None = None
        self._stage = ""
        self.gain: float | None = None

    def add(self, progress: Progress, time_s: float) -> None:
        """Note an event. time_s: when, on a monotonic clock."""
        if progress.stage != self._stage:
            self._meter = RateMeter()
            self._stage = progress.stage
        self._meter.add(time_s, progress.done)
        self._last = progress
        score = progress.detail
        if isinstance(score, ChunkScore) and score.base_ppl and score.adapter_ppl is not None:
            self.gain = 1 - score.adapter_ppl / score.base_ppl

    @property
    def fraction(self) -> float | None:
        """0-1 of the present stage; None where its total is not known."""
        if self._last is None or not self._last.total:
            return None
        return min(1.0, self._last.done / self._last.total)

    @property
    def paused(self) -> str:
        """Of a job that stands still: "46 % · −8.1 %"."""
        parts = [percent(self.fraction)] if self.fraction is not None else []
        if self.gain is not None:
            parts.append(signed_percent(-self.gain))
        return " · ".join(parts)

    @property
    def long(self) -> str:
        """For the place the job belongs to: "Learning · 4,096 of 101,004 tokens · 70 tokens/s · 12 min left · −8.1 %"."""
        if self._last is None:
            return stage("Waiting")
        parts = [stage(self._last.stage)]
        parts.extend(self._amounts_of_bytes() if self._last.unit == "byte" else self._amounts())
        parts.extend(self._time_left())
        if self.gain is not None:
            parts.append(signed_percent(-self.gain))
        return " · ".join(parts)

    def _amounts(self) -> list[str]:
        assert self._last is not None
        unit, parts = unit_name(self._last.unit), []
        if self._last.total:
            parts.append(
                translate("progress", "{done} of {total} {unit}")
                .format(done=number(self._last.done), total=number(self._last.total), unit=unit)
                .rstrip()
            )
        rate = self._meter.per_second
        if rate is not None and unit:
            parts.append(
                translate("progress", "{rate} {unit}/s").format(rate=number(rate, 0 if rate >= 10 else 1), unit=unit)
            )
        return parts

    def _amounts_of_bytes(self) -> list[str]:
        """ "1.2 GB of 3.1 GB", "12.0 MB/s"."""
        assert self._last is not None
        parts = []
        if self._last.total:
            parts.append(
                translate("progress", "{done} of {total}").format(
                    done=size(self._last.done), total=size(self._last.total)
                )
            )
        rate = self._meter.per_second
        if rate is not None:
            parts.append(translate("progress", "{amount}/s").format(amount=size(round(rate))))
        return parts

    def _time_left(self) -> list[str]:
        if self._last is None or not self._last.total or self._last.done >= self._last.total:
            return []
        left_s = self._meter.seconds_left(self._last.total)
        return [time_left(left_s)] if left_s is not None else []


def unit_name(unit: str) -> str:
    """The engine's units, in the language of the window."""
    names = {
        "token": translate("unit", "tokens"),
        "tokens": translate("unit", "tokens"),
        "byte": translate("unit", "bytes"),
        "bytes": translate("unit", "bytes"),
        "section": translate("unit", "sections"),
        "sections": translate("unit", "sections"),
        "block": translate("unit", "blocks"),
        "blocks": translate("unit", "blocks"),
        "page": translate("unit", "pages"),
        "pages": translate("unit", "pages"),
        "file": translate("unit", "files"),
        "files": translate("unit", "files"),
        "document": translate("unit", "documents"),
        "tensor": translate("unit", "tensors"),
        "tensors": translate("unit", "tensors"),
        "question": translate("unit", "questions"),
        "step": translate("unit", "steps"),
        "prompt": translate("unit", "prompts"),
    }
    return names.get(unit, unit)
