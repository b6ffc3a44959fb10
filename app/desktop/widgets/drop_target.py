"""Drag and drop of files and folders over a whole page, with words that say what will happen before it happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.desktop.theme import GRID, mix, scaled, tones

Kinds = tuple[int, int]
"""How many files, how many folders."""
CountKinds = Callable[[list[Path], Callable[[Kinds], None]], None]


def dropped_paths(mime: QMimeData) -> list[Path]:
    """The local files and folders in a drag; other things are left out."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


class DropTarget(QWidget):
    """Lies over `page` and is seen only while files hang above it.

    count_kinds: told the paths and what to call with how many of them are folders; asking the disk takes a while.
    """

    dropped = Signal(list)

    def __init__(self, page: QWidget, count_kinds: CountKinds) -> None:
        super().__init__(page)
        self._page = page
        self._count_kinds = count_kinds
        self._paths: list[Path] = []
        self._kinds: Kinds | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        page.setAcceptDrops(True)
        page.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.DragEnter:
                assert isinstance(event, QDragEnterEvent)
                self._hang(dropped_paths(event.mimeData()))
                if self._paths:
                    event.acceptProposedAction()
                return True
            case QEvent.Type.DragLeave:
                self.hide()
                return True
            case QEvent.Type.Drop:
                assert isinstance(event, QDropEvent)
                self.hide()
                paths = dropped_paths(event.mimeData())
                if paths:
                    event.acceptProposedAction()
                    self.dropped.emit(paths)
                return True
        return super().eventFilter(watched, event)

    def _hang(self, paths: list[Path]) -> None:
        self._paths, self._kinds = paths, None
        if paths:
            self.setGeometry(self._page.rect())
            self.raise_()
            self.show()
            self._count_kinds(paths, lambda kinds: self._tell(paths, kinds))

    def _tell(self, paths: list[Path], kinds: Kinds) -> None:
        if paths is self._paths:
            self._kinds = kinds
            self.update()

    @property
    def words(self) -> str:
        """What letting go will do."""
        if self._kinds is None:
            return self.tr("Add to the library")
        files, folders = self._kinds
        if not folders:
            return self.tr("Add %n file(s) to the library", "", files)
        if not files:
            return self.tr("Add the books in %n folder(s) to the library", "", folders)
        return self.tr("Add {files} and {folders}").format(
            files=self.tr("%n file(s)", "", files), folders=self.tr("the books in %n folder(s)", "", folders)
        )

    @property
    def detail(self) -> str:
        """What becomes of the files themselves."""
        return self.tr("They are copied into Palimpsest, on this machine. The files themselves stay as they are.")

    def paintEvent(self, event: QPaintEvent) -> None:
        t = tones(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cover = mix(t.base, t.accent, 0.08)
        cover.setAlphaF(0.95)
        painter.fillRect(self.rect(), cover)
        frame = QRectF(self.rect()).adjusted(2 * GRID, 2 * GRID, -2 * GRID, -2 * GRID)
        painter.setPen(QPen(t.accent, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, GRID, GRID)
        painter.setPen(t.text)
        painter.setFont(scaled(self.font(), 1.5, bold=True))
        middle = frame.center().y()
        above = QRectF(frame.left(), middle - 48, frame.width(), 40)
        below = QRectF(frame.left(), middle, frame.width(), 60)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, self.words)
        painter.setFont(self.font())
        painter.setPen(t.subtle)
        painter.drawText(
            below,
            int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap),
            self.detail,
        )
