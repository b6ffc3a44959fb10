"""The pictures on the shelf: covers read and scaled off the UI thread, others set in type; the last used are kept.

Knows the bridge and pixmaps. Paints what it has and tells when more has come.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QApplication

from app.desktop.bridge import Bridge
from app.desktop.theme import Tones, tones
from app.desktop.widgets.cover_art import cloth_colour, paint_cover
from app.operations import pictures
from app.services import Services
from storage.shelves import ShelfRow

log = logging.getLogger(__name__)

KEPT_BYTES = 64 * 1024 * 1024
MOST_TYPESETTING_S = 0.004
"""How long covers may be set in type in one turn of the window."""
_QUERIES, _COVERS_A_QUERY = 2, 4
_MOST_WAITING = 80
"""Covers wanted and not begun; when more are, the oldest have scrolled away."""
_CROPPED_SHARE = 0.18
"""A cover whose shape differs by less than this from the place for it loses its edges; others are shown whole."""
_CORNER = 4.0

LEAST_PIXELS = 32
"""Smaller pictures are no covers."""


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture in one size (device pixels). look: what a typeset one is made of, () for the document's own."""

    document_id: str
    width: int
    height: int
    scale: float
    look: tuple[object, ...] = ()


class Covers(QObject):
    """One per window. arrived: the ids of documents that have another picture now."""

    arrived = Signal(list)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._kept: OrderedDict[_Picture, QPixmap] = OrderedDict()
        self._kept_bytes = 0
        self._unreadable: set[str] = set()
        self._waiting: OrderedDict[_Picture, ShelfRow] = OrderedDict()
        self._running: set[_Picture] = set()
        self._queries = 0
        self._spent_s = 0.0
        self._put_off: set[str] = set()
        self._next_turn = QTimer(self)
        self._next_turn.setSingleShot(True)
        self._next_turn.setInterval(0)
        self._next_turn.timeout.connect(self._begin_turn)

    def picture(self, row: ShelfRow, size: QSizeF, scale: float) -> QPixmap | None:
        """What to paint now, `size` in logical pixels: the document's own cover, or one set in type.

        None while many are to be set at once: the rest comes with `arrived`, so that scrolling does not wait for type.
        """
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
        kept = self._find(typeset)
        if kept is not None:
            return kept
        if not self._next_turn.isActive():
            self._next_turn.start()
        if self._spent_s > MOST_TYPESETTING_S:
            self._put_off.add(document.document_id)
            return None
        began_s = time.perf_counter()
        kept = self._keep(typeset, _typeset(row, typeset, tones(palette)))
        self._spent_s += time.perf_counter() - began_s
        return kept

    def _begin_turn(self) -> None:
        """The window has had its turn since the last cover was set: the next ones may come."""
        self._spent_s = 0.0
        if self._put_off:
            put_off = list(self._put_off)
            self._put_off.clear()
            self.arrived.emit(put_off)

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
        """Those wanted last are read first: they are on the screen now."""
        while self._waiting and self._queries < _QUERIES:
            last = [self._waiting.popitem(last=True) for _ in range(min(len(self._waiting), _COVERS_A_QUERY))]
            self._running.update(picture for picture, _ in last)
            self._queries += 1
            self._read(last)

    def _read(self, wanted: list[tuple[_Picture, ShelfRow]]) -> None:
        services = self._bridge.services
        asked = [(picture.document_id, QSize(picture.width, picture.height)) for picture, _ in wanted]
        query = self._bridge.query(
            lambda: [read_cover(services, document_id, size) for document_id, size in asked],
            lambda images: self._show(wanted, images),
        )
        query.failed.connect(lambda _sentence: self._show(wanted, [None] * len(wanted)))

    def _show(self, wanted: list[tuple[_Picture, ShelfRow]], images: list[QImage | None]) -> None:
        self._queries -= 1
        t = tones(QApplication.palette())
        for (picture, row), image in zip(wanted, images, strict=True):
            self._running.discard(picture)
            if image is None:
                self._unreadable.add(picture.document_id)
            else:
                self._keep(picture, _on_card(image, picture, row, t))
        self.arrived.emit([picture.document_id for picture, _ in wanted])
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
    buffer = QBuffer()  # lives and dies on this thread, and after the reader that looks into it
    buffer.setData(QByteArray(cover.data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid() and min(size.width(), size.height()) < LEAST_PIXELS:
        return None  # a dot that stands for a cover says less than the title in type
    if size.isValid() and not size.isEmpty():
        reader.setScaledSize(size.scaled(place, _fit(size, place)))
    image = reader.read()
    del reader
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
    pixmap, painter, whole = _canvas(picture)
    size = QSizeF(image.size()).scaled(whole.size(), _fit(image.size(), whole.size().toSize()))
    place = QRectF(0, 0, size.width(), size.height())
    place.moveCenter(whole.center())
    if not place.contains(whole):
        painter.fillRect(whole, cloth_colour(f"{row.document.title}\n{row.document.author}", t))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(place, image)
    edge = QColor(t.text)
    edge.setAlphaF(0.18)  # a white page does not run into a white window
    painter.setPen(QPen(edge, 1))
    painter.drawRect(whole.adjusted(0.5, 0.5, -0.5, -0.5))
    _round_corners(painter, picture)
    painter.end()
    return pixmap


def _typeset(row: ShelfRow, picture: _Picture, t: Tones) -> QPixmap:
    pixmap, painter, whole = _canvas(picture)
    document = row.document
    paint_cover(painter, whole, document.title, document.author, document.language, t)
    _round_corners(painter, picture)
    painter.end()
    return pixmap


def _canvas(picture: _Picture) -> tuple[QPixmap, QPainter, QRectF]:
    """An empty picture, what paints on it, and where, in logical pixels."""
    pixmap = QPixmap(picture.width, picture.height)
    pixmap.setDevicePixelRatio(picture.scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap, QPainter(pixmap), QRectF(0, 0, picture.width / picture.scale, picture.height / picture.scale)


def _round_corners(painter: QPainter, picture: _Picture) -> None:
    """Cut the corners off with a mask: painting inside a round clip is ten times slower."""
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawPixmap(0, 0, _mask(picture.width, picture.height, picture.scale))


@lru_cache(maxsize=16)
def _mask(width: int, height: int, scale: float) -> QPixmap:
    mask = QPixmap(width, height)
    mask.setDevicePixelRatio(scale)
    mask.fill(Qt.GlobalColor.transparent)
    painter = QPainter(mask)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.black)
    corner = min(_CORNER, width / scale / 16)
    painter.drawRoundedRect(QRectF(0, 0, width / scale, height / scale), corner, corner)
    painter.end()
    return mask
