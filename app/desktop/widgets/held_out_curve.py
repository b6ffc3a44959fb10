"""How a gist encoder gets better while it is trained: divergence on prompts it never saw, without the prompt and with its gist."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.desktop.prompt_words import kept_share
from app.desktop.widgets.two_lines import LinePoint, TwoLines
from app.desktop.wording import number, percent
from engine.api import CompressorScore

SHOWN_K = 8
"""The gist the curve is of; the nearest that was looked at where this one was not."""


class HeldOutCurve(TwoLines):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._k = SHOWN_K
        self.retranslate()

    def show_scores(self, scores: Sequence[CompressorScore], *, steps: int) -> None:
        """scores: looks at the held-out prompts, in order. steps: of the whole training."""
        if scores:
            self._k = min(scores[-1].divergence, key=lambda k: abs(k - SHOWN_K))
        self._show(
            [LinePoint(score.step, score.divergence_none, score.divergence[self._k]) for score in scores],
            end=steps,
            reached=scores[-1].step if scores else 0,
        )

    @property
    def name(self) -> str:
        return self.tr("What gists lose on prompts that were held out")

    @property
    def summary(self) -> str:
        if not self._points:
            return self._nothing()
        last = self._points[-1]
        return self.tr("After {step} steps a gist of {k} keeps {share} of what a prompt changes in an answer.").format(
            step=number(last.at), k=number(self._k), share=percent(kept_share(last.with_it, last.without) or 0.0)
        )

    def _y_title(self) -> str:
        return self.tr("divergence from the full prompt")

    def _x_title(self) -> str:
        return self.tr("steps")

    def _nothing(self) -> str:
        return self.tr("The curve begins with the first look at the held-out prompts.")

    def _line_names(self, last: LinePoint) -> tuple[str, str]:
        return (
            self.tr("no prompt: {nats}").format(nats=number(last.without, 2)),
            self.tr("a gist of {k}: {nats}").format(k=number(self._k), nats=number(last.with_it, 2)),
        )

    def _words_at(self, point: LinePoint) -> str:
        return self.tr("{step} steps: {none} without a prompt, {gist} with a gist of {k}").format(
            step=number(point.at), none=number(point.without, 2), gist=number(point.with_it, 2), k=number(self._k)
        )
