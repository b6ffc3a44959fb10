"""A gain curve as small as a word: the share of perplexity the adapter has taken away, over the text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPen, QPolygonF

from app.desktop.gain_points import GainPoint
from app.desktop.theme import tones

MOST_POINTS = 60


def paint_sparkline(painter: QPainter, box: QRectF, points: Sequence[GainPoint], palette: QPalette) -> None:
    """Draw into `box`: zero gain is the hairline at its top, more gain goes down, as perplexity does."""
    t = tones(palette)
    stride = max(1, len(points) // MOST_POINTS)
    drawn = [*points[:-1:stride], *points[-1:]]
    lowest = min((0.0, *(point.gain for point in drawn)))
    reach = max(0.05, max((point.gain for point in drawn), default=0.0) - lowest)
    last = max(1, drawn[-1].tokens_done if drawn else 1)
    zero = box.top() + box.height() * (0 - lowest) / reach
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(t.hairline, 1))
    painter.drawLine(QPointF(box.left(), zero), QPointF(box.right(), zero))
    if drawn:
        line = [
            QPointF(
                box.left() + box.width() * point.tokens_done / last,
                box.top() + box.height() * (point.gain - lowest) / reach,
            )
            for point in drawn
        ]
        painter.setPen(QPen(t.accent, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF(line))
    painter.restore()
