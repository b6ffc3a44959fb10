"""The gain of an adapter, drawn while it grows: perplexity over tokens read, without and with the adapter.

Knows points, chapters and colours. A reader of the screen gets the same in a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.desktop.gain_points import GainPoint
from app.desktop.plain_tips import plain_tip
from app.desktop.theme import GRID, scaled, tones
from app.desktop.wording import number, signed_percent

MOST_DRAWN = 600
"""Points drawn at most; more would fall on the same pixels."""


def round_steps(low: float, high: float, most: int) -> list[float]:
    """At most `most` + 1 round numbers, 1, 2 or 5 x 10^n apart, that lie in low-high. `high` > `low`."""
    at_least = (high - low) / most
    magnitude = 10.0 ** math.floor(math.log10(at_least))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= at_least)
    return [index * step for index in range(math.ceil(low / step), math.floor(high / step) + 1)]


class GainCurve(QWidget):
    """Two lines and the band between them. chapters: (token, title) ticks below the axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: list[GainPoint] = []
        self._chapters: list[tuple[float, str]] = []
        self._tokens_total = self._tokens_done = 0
        self._words_from: Callable[[int], str] | None = None
        self.setMinimumHeight(24 * GRID)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.retranslate()

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 26 * GRID)

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
        self._points = list(points)
        self._tokens_total = tokens_total
        self._tokens_done = tokens_done
        self._chapters = list(chapters)
        self._words_from = words_from
        self.retranslate()
        self.update()

    @property
    def summary(self) -> str:
        """What the curve says, in words."""
        if not self._points:
            return self.tr("Nothing has been learned yet.")
        last = self._points[-1]
        return self.tr(
            "After {tokens} tokens: perplexity {base} without and {adapter} with the adapter, {gain}."
        ).format(
            tokens=number(last.tokens_done),
            base=number(last.base_ppl, 1),
            adapter=number(last.adapter_ppl, 1),
            gain=signed_percent(-last.gain),
        )

    # -- geometry --------------------------------------------------------------------------------------------------

    def _plot(self) -> QRectF:
        line = self.fontMetrics().height()
        left = self.fontMetrics().horizontalAdvance("000.0") + GRID
        return QRectF(self.rect()).adjusted(left, line + GRID, -GRID, -(2.4 * line + GRID))

    def _range(self) -> tuple[float, float]:
        values = [value for point in self._points for value in (point.base_ppl, point.adapter_ppl)]
        low, high = min(values), max(values)
        margin = max((high - low) * 0.15, high * 0.02)
        return low - margin, high + margin

    def _to_screen(self, tokens: float, ppl: float) -> QPointF:
        plot, (low, high) = self._plot(), self._range()
        across = tokens / max(1, self._tokens_total)
        return QPointF(plot.left() + across * plot.width(), plot.bottom() - (ppl - low) / (high - low) * plot.height())

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        t = tones(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(scaled(self.font(), 0.88))
        plot = self._plot()
        self._paint_axes(painter, plot, t.hairline, t.subtle)
        if self._points:
            self._paint_lines(painter, plot, t.subtle, t.accent)
        else:
            painter.setPen(t.subtle)
            painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, self.tr("The curve begins with the first chunk."))
        if self.hasFocus():
            painter.setPen(QPen(t.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_axes(self, painter: QPainter, plot: QRectF, hairline: QColor, subtle: QColor) -> None:
        metrics = painter.fontMetrics()
        line = metrics.height()
        painter.setPen(subtle)
        painter.drawText(QPointF(plot.left() - metrics.horizontalAdvance("000.0"), line), self.tr("perplexity"))
        axis_title = self.tr("tokens read")
        painter.drawText(QPointF(plot.right() - metrics.horizontalAdvance(axis_title), self.height() - 4), axis_title)
        if self._points:
            for value in round_steps(*self._range(), 4):
                y = self._to_screen(0, value).y()
                painter.setPen(QPen(hairline, 1))
                painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
                painter.setPen(subtle)
                label = number(value, 0 if value == int(value) else 1)
                painter.drawText(QPointF(plot.left() - metrics.horizontalAdvance(label) - 6, y + line * 0.3), label)
        painter.setPen(QPen(hairline, 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        for token, _ in self._chapters:
            x = plot.left() + token / max(1, self._tokens_total) * plot.width()
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 5))
        if 0 < self._tokens_done < self._tokens_total:
            x = plot.left() + self._tokens_done / self._tokens_total * plot.width()
            painter.setPen(QPen(subtle, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        if self._tokens_total > 0:
            painter.setPen(subtle)
            for value in round_steps(0, self._tokens_total, 4):
                x = plot.left() + value / self._tokens_total * plot.width()
                label = number(value)
                width = metrics.horizontalAdvance(label)
                x = min(max(x - width / 2, plot.left() - (width if value == 0 else 0) / 2), plot.right() - width)
                painter.drawText(QPointF(x, plot.bottom() + line + 4), label)

    def _paint_lines(self, painter: QPainter, plot: QRectF, base: QColor, adapter: QColor) -> None:
        stride = max(1, len(self._points) // MOST_DRAWN)
        drawn = [*self._points[:-1:stride], self._points[-1]]
        upper = [self._to_screen(point.tokens_done, point.base_ppl) for point in drawn]
        lower = [self._to_screen(point.tokens_done, point.adapter_ppl) for point in drawn]
        band = QPainterPath(upper[0])
        for corner in (*upper[1:], *reversed(lower)):
            band.lineTo(corner)
        fill = QColor(adapter)
        fill.setAlphaF(0.14)
        painter.fillPath(band, fill)
        painter.setPen(QPen(base, 1.5, Qt.PenStyle.DashLine))
        for start, end in pairwise(upper):
            painter.drawLine(start, end)
        painter.setPen(QPen(adapter, 2))
        for start, end in pairwise(lower):
            painter.drawLine(start, end)
        painter.setPen(QPen(adapter, 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoint(lower[-1])
        self._paint_labels(painter, plot, upper[-1], lower[-1], base, adapter)

    def _paint_labels(
        self, painter: QPainter, plot: QRectF, upper: QPointF, lower: QPointF, base: QColor, adapter: QColor
    ) -> None:
        """The lines' names stand at their ends, so that colour alone tells nothing."""
        metrics = painter.fontMetrics()
        last = self._points[-1]
        names = (
            (self.tr("without adapter {ppl}").format(ppl=number(last.base_ppl, 1)), upper, base),
            (self.tr("with adapter {ppl}").format(ppl=number(last.adapter_ppl, 1)), lower, adapter),
        )
        base_is_above = upper.y() <= lower.y()
        for (words, end, colour), is_above in zip(names, (base_is_above, not base_is_above), strict=True):
            width = metrics.horizontalAdvance(words)
            fits_behind = end.x() + 10 + width <= plot.right()
            x = end.x() + 10 if fits_behind else max(plot.left() + 4, end.x() - width)
            distance = 2 if fits_behind else 8
            y = end.y() - distance if is_above else end.y() + metrics.ascent() + distance
            y = min(max(y, metrics.ascent()), plot.bottom() - 4)
            if fits_behind:  # no line of the grid crosses the words
                behind = QRectF(x - 2, y - metrics.ascent(), width + 4, metrics.height())
                painter.fillRect(behind, self.palette().window())
            painter.setPen(colour)
            painter.drawText(QPointF(x, y), words)

    # -- words -----------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self._words_under(float(event.pos().x()))
            if words:
                QToolTip.showText(event.globalPos(), plain_tip(words), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _words_under(self, x: float) -> str:
        if not self._points:
            return ""
        point = min(self._points, key=lambda each: abs(self._to_screen(each.tokens_done, each.base_ppl).x() - x))
        lines = []
        chapter = [title for token, title in self._chapters if token <= point.tokens_done and title]
        if chapter:
            lines.append(chapter[-1])
        lines.append(
            self.tr("{tokens} tokens: {base} without, {adapter} with the adapter").format(
                tokens=number(point.tokens_done),
                base=number(point.base_ppl, 1),
                adapter=number(point.adapter_ppl, 1),
            )
        )
        if self._words_from is not None:
            lines.append(self._words_from(point.char_end))
        return "\n".join(lines)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Gain of the adapter"))
        self.setAccessibleDescription(self.summary)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.update()
        super().changeEvent(event)
