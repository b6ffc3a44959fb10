"""A text broken into lines of a width, of which only so many are kept, for delegates that paint.

Knows fonts. Knows no model.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextLayout, QTextOption

LINE_SEPARATOR = "\u2028"


def lines_of(text: str, font: QFont, width: float, *, most: int) -> list[str]:
    """At most `most` lines; what does not fit ends in an ellipsis. Line breaks of the text are kept, blank lines not."""
    shown = LINE_SEPARATOR.join(line for line in text.splitlines() if line.strip())
    if not shown:
        return []
    layout = QTextLayout(shown, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    ends: list[int] = []
    while len(ends) <= most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        ends.append(line.textStart() + line.textLength())
    layout.endLayout()
    units = shown.encode("utf-16-le")

    def between(start: int, end: int) -> str:
        return units[2 * start : 2 * end].decode("utf-16-le").rstrip(LINE_SEPARATOR + " ")

    lines = [between(start, end) for start, end in zip([0, *ends], ends[:most], strict=False)]
    if len(ends) > most:
        rest = between(ends[most - 2] if most > 1 else 0, len(units) // 2).replace(LINE_SEPARATOR, " ")
        lines[-1] = QFontMetricsF(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)
    return lines
