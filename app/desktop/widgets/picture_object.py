"""Pictures on the page: a quiet rectangle of the right size at once, the picture when it is read and decoded.

Decoding happens off the UI thread, at the size that is shown; what was decoded is kept within bounds. Knows no document and no
database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QObject, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPyTextObject, QTextDocument, QTextFormat

from app.desktop.book_source import BookSource, Run
from app.desktop.theme import PageColours, is_dark_page
from app.desktop.widgets.typesetting import HEIGHT, ORDINAL, WIDTH

MOST_PIXELS = 24_000_000
"""Decoded pixels kept: some 100 MB."""
LIGHT_GROUND = QColor("#f4f1ea")
NIGHT_VEIL = 0.25
"""How much of the night page's colour is laid over a picture."""


def decoded(data: bytes, width: int, height: int) -> QImage:
    """The picture no larger than this; null where the file is broken or too large to be decoded."""
    image = QImage.fromData(data)
    if image.width() <= width and image.height() <= height:
        return image
    return image.scaled(width, height, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


class Pictures(QObject):
    """Decoded pictures by ordinal and size, read when first drawn. arrived: one can be drawn now."""

    arrived = Signal()

    def __init__(self, run: Run, parent: QObject) -> None:
        super().__init__(parent)
        self._run = run
        self._source: BookSource | None = None
        self._kept: OrderedDict[tuple[int, int, int], QImage] = OrderedDict()
        self._coming: set[tuple[int, int, int]] = set()

    def open(self, source: BookSource | None) -> None:
        """Another book: nothing of the one before is kept."""
        self._source = source
        self._kept.clear()
        self._coming.clear()

    def picture(self, ordinal: int, width: int, height: int) -> QImage | None:
        """The picture in this many pixels of the screen, None while it is on its way; null when it cannot be shown."""
        key = (ordinal, width, height)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._coming and self._source is not None:
            self._coming.add(key)
            source = self._source
            self._run(
                lambda: decoded(source.image_data(ordinal), width, height),
                lambda image: self._arrived(source, key, image),
            )
        return self._kept.get(key)

    def _arrived(self, source: BookSource, key: tuple[int, int, int], image: QImage) -> None:
        if source is not self._source:
            return
        self._coming.discard(key)
        self._kept[key] = image
        while len(self._kept) > 1 and sum(kept.width() * kept.height() for kept in self._kept.values()) > MOST_PIXELS:
            self._kept.popitem(last=False)
        self.arrived.emit()


class PictureObject(QPyTextObject):
    """Draws the pictures of a QTextDocument whose characters the typesetter wrote."""

    def __init__(
        self, pictures: Pictures, describe: Callable[[int], str], colours: PageColours, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._describe = describe
        self._colours = colours

    def dress(self, colours: PageColours) -> None:
        self._colours = colours

    def intrinsicSize(self, doc: QTextDocument, posInDocument: int, format: QTextFormat) -> QSizeF:
        return QSizeF(float(format.property(WIDTH)), float(format.property(HEIGHT)))

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, doc: QTextDocument, posInDocument: int, format: QTextFormat
    ) -> None:
        rect = QRectF(rect)
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        ordinal = int(format.property(ORDINAL))
        image = self._pictures.picture(ordinal, round(rect.width() * ratio), round(rect.height() * ratio))
        background = QColor(self._colours.background)
        if image is not None and not image.isNull():
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if image.hasAlphaChannel() and is_dark_page(self._colours):
                painter.fillRect(rect, LIGHT_GROUND)  # black drawings on nothing would vanish in the night
            painter.drawImage(rect, image)
            if is_dark_page(self._colours):
                background.setAlphaF(NIGHT_VEIL)
                painter.fillRect(rect, background)
            painter.restore()
            return
        self._draw_placeholder(painter, rect, self._describe(ordinal), is_broken=image is not None)

    def _draw_placeholder(self, painter: QPainter, rect: QRectF, description: str, *, is_broken: bool) -> None:
        subtle = QColor(self._colours.subtle)
        painter.save()
        fill = QColor(subtle)
        fill.setAlphaF(0.12)
        painter.fillRect(rect, fill)
        font = QFont(painter.font())
        font.setPointSizeF(max(8.0, font.pointSizeF() * 0.8))
        painter.setFont(font)
        painter.setPen(subtle)
        words = description or (self.tr("This picture cannot be shown.") if is_broken else "")
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(rect.adjusted(8, 8, -8, -8), flags, words)
        painter.restore()
