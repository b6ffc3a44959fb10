"""How a segment compressor gets better while it is trained: divergence on books of authors it never read, without what stands
before and with its memory."""

from __future__ import annotations

from collections.abc import Sequence

from app.desktop.prompt_words import kept_share
from app.desktop.segment_words import ratio_words
from app.desktop.widgets.held_out_curve import HeldOutCurve
from app.desktop.widgets.two_lines import LinePoint
from app.desktop.wording import comma_list, number, percent
from engine.api import CompressorScore


class SegmentCurve(HeldOutCurve):
    """The line is of the finest ratio; the sentence below says all."""

    _kept: Sequence[tuple[int, float]] = ()

    def show_scores(self, scores: Sequence[CompressorScore], *, steps: int) -> None:
        if scores:
            last = scores[-1]
            self._kept = [
                (ratio, kept_share(nats, last.divergence_none) or 0.0)
                for ratio, nats in sorted(last.divergence.items())
            ]
        super().show_scores(scores, steps=steps)

    @property
    def name(self) -> str:
        return self.tr("What memory loses on books that were held out")

    @property
    def summary(self) -> str:
        if not self._points:
            return self._nothing()
        kept = [
            self.tr("{ratio} keeps {share}").format(ratio=ratio_words(ratio), share=percent(share))
            for ratio, share in self._kept
        ]
        return self.tr("After {step} steps, of what the text before contributes, {kept}.").format(
            step=number(self._points[-1].at), kept=comma_list(kept)
        )

    def _y_title(self) -> str:
        return self.tr("divergence from the whole text")

    def _nothing(self) -> str:
        return self.tr("The curve begins with the first look at the held-out books.")

    def _line_names(self, last: LinePoint) -> tuple[str, str]:
        return (
            self.tr("no memory: {nats}").format(nats=number(last.without, 2)),
            self.tr("{ratio}: {nats}").format(ratio=ratio_words(self._k), nats=number(last.with_it, 2)),
        )

    def _words_at(self, point: LinePoint) -> str:
        return self.tr("{step} steps: {none} without memory, {memory} with it at {ratio}").format(
            step=number(point.at),
            none=number(point.without, 2),
            memory=number(point.with_it, 2),
            ratio=ratio_words(self._k),
        )
