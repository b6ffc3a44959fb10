"""Two lines and the band between them, drawn while they grow: what a memory makes of something, without it and with it.

Knows points, ticks and colours; what they mean is said by who derives from it. A reader of the screen gets it in a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.desktop.plain_tips import plain_tip
from app.desktop.theme import GRID, scaled, tones
from app.desktop.wording import number

MOST_DRAWN = 600
"""Points drawn at most; more would fall on the same pixels."""


def round_steps(low: float, high: float, most: int) -> list[float]:
    """At most `most` + 1 round numbers, 1, 2 or 5 x 10^n apart, that lie in low-high. `high` > `low`."""
    at_least = (high - low) / most
    magnitude = 10.0 ** math.floor(math.log10(at_least))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= at_least)
    return [index * step for index in range(math.ceil(low / step), math.floor(high / step) + 1)]


@dataclass(frozen=True, slots=True)
class LinePoint:
    """Where on the axis, and the height of the line without and of the line with the memory."""

    at: int
    without: float
    with_it: float


class TwoLines(QWidget):
    """Derived classes say what the lines are (`_y_title` and what follows) and call `_show`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: list[LinePoint] = []
        self._ticks: list[float] = []
        self._end = self._reached = 0
        self.setMinimumHeight(24 * GRID)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 26 * GRID)

    def _show(self, points: Sequence[LinePoint], *, end: int, reached: int = 0, ticks: Sequence[float] = ()) -> None:
        """end: of the axis. reached: marked on the axis, where the work is. ticks: below the axis."""
        self._points = list(points)
        self._end, self._reached = end, reached
        self._ticks = list(ticks)
        self.retranslate()
        self.update()

    # -- what the lines are ----------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Of the whole, for a reader of the screen."""
        raise NotImplementedError

    @property
    def summary(self) -> str:
        """What it shows, in words."""
        raise NotImplementedError

    def _y_title(self) -> str:
        raise NotImplementedError

    def _x_title(self) -> str:
        raise NotImplementedError

    def _nothing(self) -> str:
        """In place of lines that have not begun."""
        raise NotImplementedError

    def _line_names(self, last: LinePoint) -> tuple[str, str]:
        """Of the line without and the line with, at their ends."""
        raise NotImplementedError

    def _words_at(self, point: LinePoint) -> str:
        """Shown while hovering."""
        raise NotImplementedError

    # -- geometry --------------------------------------------------------------------------------------------------

    def _plot(self) -> QRectF:
        line = self.fontMetrics().height()
        left = self.fontMetrics().horizontalAdvance("000.0") + GRID
        return QRectF(self.rect()).adjusted(left, line + GRID, -GRID, -(2.4 * line + GRID))

    def _range(self) -> tuple[float, float]:
        values = [value for point in self._points for value in (point.without, point.with_it)]
        low, high = min(values), max(values)
        margin = max((high - low) * 0.15, high * 0.02, 1e-6)
        return low - margin, high + margin

    def _to_screen(self, at: float, value: float) -> QPointF:
        plot, (low, high) = self._plot(), self._range()
        across = at / max(1, self._end)
        return QPointF(
            plot.left() + across * plot.width(), plot.bottom() - (value - low) / (high - low) * plot.height()
        )

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
            painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, self._nothing())
        if self.hasFocus():
            painter.setPen(QPen(t.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_axes(self, painter: QPainter, plot: QRectF, hairline: QColor, subtle: QColor) -> None:
        metrics = painter.fontMetrics()
        line = metrics.height()
        painter.setPen(subtle)
        painter.drawText(QPointF(plot.left() - metrics.horizontalAdvance("000.0"), line), self._y_title())
        axis_title = self._x_title()
        painter.drawText(QPointF(plot.right() - metrics.horizontalAdvance(axis_title), self.height() - 4), axis_title)
        if self._points:
            steps = round_steps(*self._range(), 4)
            decimals = next((count for count in (0, 1) if all(_is_round(value, count) for value in steps)), 2)
            for value in steps:
                y = self._to_screen(0, value).y()
                painter.setPen(QPen(hairline, 1))
                painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
                painter.setPen(subtle)
                label = number(value, decimals)
                painter.drawText(QPointF(plot.left() - metrics.horizontalAdvance(label) - 6, y + line * 0.3), label)
        painter.setPen(QPen(hairline, 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        for tick in self._ticks:
            x = plot.left() + tick / max(1, self._end) * plot.width()
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 5))
        if 0 < self._reached < self._end:
            x = plot.left() + self._reached / self._end * plot.width()
            painter.setPen(QPen(subtle, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        if self._end > 0:
            painter.setPen(subtle)
            for value in round_steps(0, self._end, 4):
                x = plot.left() + value / self._end * plot.width()
                label = number(value)
                width = metrics.horizontalAdvance(label)
                x = min(max(x - width / 2, plot.left() - (width if value == 0 else 0) / 2), plot.right() - width)
                painter.drawText(QPointF(x, plot.bottom() + line + 4), label)

    def _paint_lines(self, painter: QPainter, plot: QRectF, without: QColor, with_it: QColor) -> None:
        stride = max(1, len(self._points) // MOST_DRAWN)
        drawn = [*self._points[:-1:stride], self._points[-1]]
        upper = [self._to_screen(point.at, point.without) for point in drawn]
        lower = [self._to_screen(point.at, point.with_it) for point in drawn]
        band = QPainterPath(upper[0])
        for corner in (*upper[1:], *reversed(lower)):
            band.lineTo(corner)
        fill = QColor(with_it)
        fill.setAlphaF(0.14)
        painter.fillPath(band, fill)
        painter.setPen(QPen(without, 1.5, Qt.PenStyle.DashLine))
        for start, end in pairwise(upper):
            painter.drawLine(start, end)
        painter.setPen(QPen(with_it, 2))
        for start, end in pairwise(lower):
            painter.drawLine(start, end)
        painter.setPen(QPen(with_it, 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoint(lower[-1])
        self._paint_labels(painter, plot, upper[-1], lower[-1], without, with_it)

    def _paint_labels(
        self, painter: QPainter, plot: QRectF, upper: QPointF, lower: QPointF, without: QColor, with_it: QColor
    ) -> None:
        """The lines' names stand at their ends, so that colour alone tells nothing."""
        metrics = painter.fontMetrics()
        words_without, words_with = self._line_names(self._points[-1])
        names = ((words_without, upper, without), (words_with, lower, with_it))
        without_is_above = upper.y() <= lower.y()
        for (words, end, colour), is_above in zip(names, (without_is_above, not without_is_above), strict=True):
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
        return self._words_at(min(self._points, key=lambda each: abs(self._to_screen(each.at, each.without).x() - x)))

    def retranslate(self) -> None:
        self.setAccessibleName(self.name)
        self.setAccessibleDescription(self.summary)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.update()
        super().changeEvent(event)


def _is_round(value: float, decimals: int) -> bool:
    return abs(value - round(value, decimals)) < 1e-9
