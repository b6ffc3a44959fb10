"""The gain of an adapter, drawn while it grows: perplexity over tokens read, without and with the adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from app.desktop.gain_points import GainPoint
from app.desktop.widgets.two_lines import LinePoint, TwoLines
from app.desktop.wording import number, signed_percent


class GainCurve(TwoLines):
    """chapters: (token, title) ticks below the axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gains: dict[int, GainPoint] = {}
        self._chapters: list[tuple[float, str]] = []
        self._words_from: Callable[[int], str] | None = None
        self.retranslate()

    def show_curve(
        self,
        points: Sequence[GainPoint],
        *,
        tokens_total: int,
        tokens_done: int = 0,
        chapters: Sequence[tuple[float, str]] = (),
        words_from: Callable[[int], str] | None = None,
    ) -> None:
        """tokens_total: where the axis ends. tokens_done: where learning is, marked on the axis.

        words_from: the text that begins at an offset, shown while hovering.
        """
        self._gains = {point.tokens_done: point for point in points}
        self._chapters = list(chapters)
        self._words_from = words_from
        self._show(
            [LinePoint(point.tokens_done, point.base_ppl, point.adapter_ppl) for point in points],
            end=tokens_total,
            reached=tokens_done,
            ticks=[token for token, _ in chapters],
        )

    @property
    def name(self) -> str:
        return self.tr("Gain of the adapter")

    @property
    def summary(self) -> str:
        if not self._points:
            return self.tr("Nothing has been learned yet.")
        last = self._gains[self._points[-1].at]
        return self.tr(
            "After {tokens} tokens: perplexity {base} without and {adapter} with the adapter, {gain}."
        ).format(
            tokens=number(last.tokens_done),
            base=number(last.base_ppl, 1),
            adapter=number(last.adapter_ppl, 1),
            gain=signed_percent(-last.gain),
        )

    def _y_title(self) -> str:
        return self.tr("perplexity")

    def _x_title(self) -> str:
        return self.tr("tokens read")

    def _nothing(self) -> str:
        return self.tr("The curve begins with the first chunk.")

    def _line_names(self, last: LinePoint) -> tuple[str, str]:
        return (
            self.tr("without adapter {ppl}").format(ppl=number(last.without, 1)),
            self.tr("with adapter {ppl}").format(ppl=number(last.with_it, 1)),
        )

    def _words_at(self, point: LinePoint) -> str:
        gain, lines = self._gains[point.at], []
        chapter = [title for token, title in self._chapters if token <= point.at and title]
        if chapter:
            lines.append(chapter[-1])
        lines.append(
            self.tr("{tokens} tokens: {base} without, {adapter} with the adapter").format(
                tokens=number(point.at), base=number(point.without, 1), adapter=number(point.with_it, 1)
            )
        )
        if self._words_from is not None:
            lines.append(self._words_from(gain.char_end))
        return "\n".join(lines)
