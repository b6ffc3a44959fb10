"""A cover set in type, for documents that brought none: title and author on cloth, in a colour of their own.

Knows a painter, words and the palette. The same book always gets the same cover; neighbours differ.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen, QTextLayout, QTextOption

from app.desktop.reading_type import TypeSettings, reading_font
from app.desktop.theme import MIN_CONTRAST, Tones, contrast, mix

_HUES = (4, 24, 38, 88, 142, 172, 200, 222, 258, 292, 330)
_MOST_TITLE_LINES = 6
_SMALL = 60.0
"""Pixels of width below which a cover shows one letter instead of words."""


def cloth_colour(words: str, t: Tones) -> QColor:
    """A quiet colour for these words, darker by night, and always so dark that foil can be read on it."""
    number = zlib.crc32(words.encode("utf-8", errors="replace"))
    hue, shade = _HUES[number % len(_HUES)], number // len(_HUES) % 3
    is_dark = t.window.lightnessF() < 0.5
    cloth = QColor.fromHslF(hue / 360, 0.18 + 0.05 * shade, (0.26 if is_dark else 0.33) + 0.03 * shade)
    cloth = mix(cloth, t.accent, 0.12)
    while contrast(ink_colour(cloth), cloth) < MIN_CONTRAST:
        cloth = cloth.darker(106)
    return cloth


def ink_colour(cloth: QColor) -> QColor:
    """Of foil on that cloth: warm white, a little worn."""
    return mix(cloth, QColor("#f6efdf"), 0.92)


def paint_cover(painter: QPainter, cover: QRectF, title: str, author: str, language: str, t: Tones) -> None:
    """Fill a rectangle; its corners are the caller's. Sizes follow its width, so that it may be of any size."""
    number = zlib.crc32(f"{title}\n{author}".encode("utf-8", errors="replace"))
    cloth = cloth_colour(f"{title}\n{author}", t)
    ink = ink_colour(cloth)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_cloth(painter, cover, cloth)
    unit = cover.width() / 20
    if cover.width() < _SMALL:
        _paint_initial(painter, cover, title, language, ink)
    else:
        inner = cover.adjusted(3.8 * unit, 2.6 * unit, -2.8 * unit, -2.2 * unit)
        _paint_frame(painter, cover, unit, number, ink, cloth)
        _paint_words(painter, inner, title, author, language, number, ink)
    painter.restore()


def _paint_cloth(painter: QPainter, cover: QRectF, cloth: QColor) -> None:
    painter.fillRect(cover, cloth)
    if cover.width() < _SMALL:
        return
    spine = QLinearGradient(cover.topLeft(), QPointF(cover.left() + cover.width() * 0.12, cover.top()))
    for place, shade in ((0.0, 120), (0.35, 108), (0.42, 128), (0.6, 104), (1.0, 100)):
        spine.setColorAt(place, cloth.darker(shade))
    painter.fillRect(QRectF(cover.topLeft(), QPointF(cover.left() + cover.width() * 0.12, cover.bottom())), spine)


def _paint_frame(painter: QPainter, cover: QRectF, unit: float, number: int, ink: QColor, cloth: QColor) -> None:
    """One of four ornaments: a rule around all, a band, two rules, or a plain one below the title."""
    frame = cover.adjusted(2.2 * unit, 1.4 * unit, -1.2 * unit, -1.4 * unit)
    thin = QPen(mix(cloth, ink, 0.55), max(0.8, unit * 0.14))
    painter.setPen(thin)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    match number // 97 % 4:
        case 0:
            painter.drawRect(frame)
            gap = 0.5 * unit
            painter.drawRect(frame.adjusted(gap, gap, -gap, -gap))
        case 1:
            band = QRectF(cover.left(), cover.bottom() - cover.height() * 0.26, cover.width(), cover.height() * 0.26)
            painter.fillRect(band, mix(cloth, ink, 0.14))
            painter.drawLine(band.topLeft(), band.topRight())
        case 2:
            for y in (frame.top(), frame.top() + 0.6 * unit, frame.bottom() - 0.6 * unit, frame.bottom()):
                painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
        case _:
            painter.drawLine(QPointF(frame.left(), frame.top()), QPointF(frame.right(), frame.top()))
            middle, y = frame.center().x(), cover.top() + cover.height() * 0.72
            painter.drawLine(QPointF(middle - 2 * unit, y), QPointF(middle + 2 * unit, y))


def _paint_words(
    painter: QPainter, inner: QRectF, title: str, author: str, language: str, number: int, ink: QColor
) -> None:
    font = QFont(_font(language))
    author_height = inner.height() * 0.16
    room = inner.adjusted(0, inner.height() * 0.06, 0, -author_height - inner.height() * 0.12)
    painter.setPen(ink)
    is_centred = number // 97 % 4 != 1
    along = Qt.AlignmentFlag.AlignHCenter if is_centred else Qt.AlignmentFlag.AlignLeft
    for share in (0.135, 0.115, 0.1, 0.086, 0.074):
        font.setPixelSize(max(6, round(inner.width() * share * 1.25)))
        font.setWeight(QFont.Weight.DemiBold)
        layout, height, is_whole = _lay_out(title, font, room.width(), room.height(), along)
        if is_whole:
            break
    top = room.top() + (max(0.0, (room.height() - height) * 0.36) if is_centred else 0.0)
    layout.draw(painter, QPointF(room.left(), top))
    if author:
        font.setPixelSize(max(6, round(inner.width() * 0.092)))
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        place = QRectF(inner.left(), inner.bottom() - author_height, inner.width(), author_height)
        words = QFontMetricsF(font).elidedText(author, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, along | Qt.AlignmentFlag.AlignVCenter, words)


def _lay_out(
    words: str, font: QFont, width: float, height: float, along: Qt.AlignmentFlag
) -> tuple[QTextLayout, float, bool]:
    """The words in lines that fit, their height, and whether all of them found room."""
    layout = QTextLayout(words, font)
    option = QTextOption(along)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    longest_word = max((QFontMetricsF(font).horizontalAdvance(word) for word in words.split()), default=0.0)
    layout.beginLayout()
    y, done, lines = 0.0, 0, 0
    while lines < _MOST_TITLE_LINES:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        if y + line.height() > height:
            break
        line.setPosition(QPointF(0, y))
        y += line.height() * 1.04
        done = line.textStart() + line.textLength()
        lines += 1
    layout.endLayout()
    return layout, y, done >= len(words.rstrip()) and longest_word <= width


@lru_cache(maxsize=32)
def _font(language: str) -> QFont:
    return reading_font(TypeSettings(), language)


def _paint_initial(painter: QPainter, cover: QRectF, title: str, language: str, ink: QColor) -> None:
    """A cover too small for words shows the first letter."""
    font = QFont(_font(language))
    font.setPixelSize(max(8, round(cover.height() * 0.46)))
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(ink)
    painter.drawText(cover, Qt.AlignmentFlag.AlignCenter, title.strip()[:1].upper())
