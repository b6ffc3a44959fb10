"""Pages of an original as pictures: drawn off the UI thread, newest wish first, and kept within bounds.

Knows one open document. Knows no widget.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.desktop.bridge import Bridge
from app.desktop.sentences import localized
from app.operations import pages
from app.services import Services
from storage.errors import PageSkipped, StorageError

KEPT_BYTES = 96_000_000


class PagePictures(QObject):
    """arrived: a page can be shown in the width asked for. failed: a page, and the sentence that says why not."""

    arrived = Signal(int)
    failed = Signal(int, str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None, *, kept_bytes: int = KEPT_BYTES) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._kept_bytes = kept_bytes
        self._document_id: str | None = None
        self._kept: OrderedDict[tuple[int, int], QImage] = OrderedDict()
        self._asked: set[tuple[int, int]] = set()

    def open(self, document_id: str | None) -> None:
        self._document_id = document_id
        self._kept.clear()
        self._asked.clear()

    @property
    def bytes(self) -> int:
        return sum(picture.sizeInBytes() for picture in self._kept.values())

    def picture(self, page: int, width_px: int) -> QImage | None:
        """The page, `width_px` wide; None while it is still to come (`arrived`)."""
        wish = (page, width_px)
        if wish in self._kept:
            self._kept.move_to_end(wish)
            return self._kept[wish]
        document_id = self._document_id
        if document_id is not None and wish not in self._asked:
            self._asked.add(wish)
            draw = _drawing(self._bridge.services, document_id, page, width_px)
            self._bridge.query(draw, lambda drawn: self._receive(document_id, wish, drawn))
        return None

    def of_any_width(self, page: int) -> QImage | None:
        """The page as it was last drawn, to be shown until it comes in the right width."""
        widths = [width for number, width in self._kept if number == page]
        return self._kept[page, widths[-1]] if widths else None

    def _receive(self, document_id: str, wish: tuple[int, int], drawn: QImage | str | None) -> None:
        if document_id != self._document_id:
            return
        self._asked.discard(wish)
        if isinstance(drawn, str):
            self.failed.emit(wish[0], localized(drawn))
        elif drawn is not None:
            self._kept[wish] = drawn
            while len(self._kept) > 1 and self.bytes > self._kept_bytes:
                self._kept.popitem(last=False)
            self.arrived.emit(wish[0])


def _drawing(services: Services, document_id: str, page: int, width_px: int) -> Callable[[], QImage | str | None]:
    """What a worker thread does; it holds no QObject. None: newer wishes have taken its turn."""

    def draw() -> QImage | str | None:
        try:
            data = pages.render_page(services, document_id, page, width_px)
        except PageSkipped:
            return None
        except StorageError as problem:
            return str(problem)
        return QImage.fromData(data)

    return draw
