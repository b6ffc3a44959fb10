"""The pictures on the shelf: covers read and scaled off the UI thread, others set in type; the last used are kept.

Knows the bridge and pixmaps. Paints what it has and tells when more has come.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QApplication

from app.desktop.bridge import Bridge
from app.desktop.theme import Tones, tones
from app.desktop.widgets.cover_art import cloth_colour, paint_cover
from app.operations import pictures
from app.services import Services
from storage.shelves import ShelfRow

log = logging.getLogger(__name__)

KEPT_BYTES = 64 * 1024 * 1024
_AT_ONCE = 2
_MOST_WAITING = 80
"""Covers wanted and not begun; when more are, the oldest have scrolled away."""
_CROPPED_SHARE = 0.18
"""A cover whose shape differs by less than this from the place for it loses its edges; others are shown whole."""
_CORNER = 4.0


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture in one size (device pixels). look: what a typeset one is made of, () for the document's own."""

    document_id: str
    width: int
    height: int
    scale: float
    look: tuple[object, ...] = ()


class Covers(QObject):
    """One per window. arrived: the id of a document whose own cover can be painted now."""

    arrived = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._kept: OrderedDict[_Picture, QPixmap] = OrderedDict()
        self._kept_bytes = 0
        self._unreadable: set[str] = set()
        self._waiting: OrderedDict[_Picture, ShelfRow] = OrderedDict()
        self._running: set[_Picture] = set()

    def picture(self, row: ShelfRow, size: QSizeF, scale: float) -> QPixmap:
        """What to paint now, `size` in logical pixels: the document's own cover, or one set in type."""
        document = row.document
        width, height = round(size.width() * scale), round(size.height() * scale)
        if row.has_cover and document.document_id not in self._unreadable:
            own = _Picture(document.document_id, width, height, scale)
            kept = self._find(own)
            if kept is not None:
                return kept
            self._want(own, row)
        palette = QApplication.palette()
        look = (document.title, document.author, palette.cacheKey())
        typeset = _Picture(document.document_id, width, height, scale, look)
        return self._find(typeset) or self._keep(typeset, _typeset(row, typeset, tones(palette)))

    def drop(self, document_id: str) -> None:
        """Keep no picture of a document that is to be forgotten."""
        for picture in [picture for picture in self._kept if picture.document_id == document_id]:
            self._let_go(picture)
        for picture in [picture for picture in self._waiting if picture.document_id == document_id]:
            del self._waiting[picture]
        self._unreadable.discard(document_id)

    # -- covers that must be read first ----------------------------------------------------------------------------

    def _want(self, picture: _Picture, row: ShelfRow) -> None:
        if picture in self._running:
            return
        self._waiting[picture] = row
        self._waiting.move_to_end(picture)
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)
        self._read_next()

    def _read_next(self) -> None:
        """The one wanted last is read first: it is on the screen now."""
        while self._waiting and len(self._running) < _AT_ONCE:
            picture, row = self._waiting.popitem(last=True)
            self._running.add(picture)
            self._read(picture, row)

    def _read(self, picture: _Picture, row: ShelfRow) -> None:
        services, size = self._bridge.services, QSize(picture.width, picture.height)
        query = self._bridge.query(
            lambda: read_cover(services, picture.document_id, size), lambda image: self._show(picture, row, image)
        )
        query.failed.connect(lambda _sentence: self._show(picture, row, None))

    def _show(self, picture: _Picture, row: ShelfRow, image: QImage | None) -> None:
        self._running.discard(picture)
        if image is None:
            self._unreadable.add(picture.document_id)
        else:
            self._keep(picture, _on_card(image, picture, row, tones(QApplication.palette())))
        self.arrived.emit(picture.document_id)
        self._read_next()

    # -- what is kept ----------------------------------------------------------------------------------------------

    def _find(self, picture: _Picture) -> QPixmap | None:
        found = self._kept.get(picture)
        if found is not None:
            self._kept.move_to_end(picture)
        return found

    def _keep(self, picture: _Picture, pixmap: QPixmap) -> QPixmap:
        self._kept[picture] = pixmap
        self._kept_bytes += picture.width * picture.height * 4
        while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
            self._let_go(next(iter(self._kept)))
        return pixmap

    def _let_go(self, picture: _Picture) -> None:
        self._kept_bytes -= picture.width * picture.height * 4
        del self._kept[picture]


def read_cover(services: Services, document_id: str, place: QSize) -> QImage | None:
    """A document's own cover, about as large as its place; None where there is none, or it is broken. For other threads
    than the UI's: decoding takes its time, and lets go of the interpreter meanwhile (QImage.fromData does not)."""
    cover = pictures.cover(services, document_id)
    if cover is None:
        return None
    data = QByteArray(cover.data)
    buffer = QBuffer(data)  # lives and dies on this thread
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid() and not size.isEmpty():
        reader.setScaledSize(size.scaled(place, _fit(size, place)))
    image = reader.read()
    if image.isNull():
        log.info("a cover of %d bytes could not be read", len(cover.data))
        return None
    return image


def _fit(size: QSize, place: QSize) -> Qt.AspectRatioMode:
    shape = size.width() / size.height() * place.height() / place.width()
    is_close = abs(shape - 1) < _CROPPED_SHARE
    return Qt.AspectRatioMode.KeepAspectRatioByExpanding if is_close else Qt.AspectRatioMode.KeepAspectRatio


def _on_card(image: QImage, picture: _Picture, row: ShelfRow, t: Tones) -> QPixmap:
    """The cover in its place: edges cut where it is a little too wide or high, else whole on a plain ground."""
    pixmap, painter = _canvas(picture)
    whole = QRectF(0, 0, picture.width / picture.scale, picture.height / picture.scale)
    painter.fillRect(whole, cloth_colour(f"{row.document.title}\n{row.document.author}", t))
    size = QSizeF(image.size()).scaled(whole.size(), _fit(image.size(), whole.size().toSize()))
    place = QRectF(0, 0, size.width(), size.height())
    place.moveCenter(whole.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(place, image)
    painter.end()
    return pixmap


def _typeset(row: ShelfRow, picture: _Picture, t: Tones) -> QPixmap:
    pixmap, painter = _canvas(picture)
    whole = QRectF(0, 0, picture.width / picture.scale, picture.height / picture.scale)
    document = row.document
    paint_cover(painter, whole, document.title, document.author, document.language, t)
    painter.end()
    return pixmap


def _canvas(picture: _Picture) -> tuple[QPixmap, QPainter]:
    """An empty picture with round corners, and what paints on it."""
    pixmap = QPixmap(picture.width, picture.height)
    pixmap.setDevicePixelRatio(picture.scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    corner = min(_CORNER, picture.width / picture.scale / 20)
    path.addRoundedRect(QRectF(0, 0, picture.width / picture.scale, picture.height / picture.scale), corner, corner)
    painter.setClipPath(path)
    return pixmap, painter
