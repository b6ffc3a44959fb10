"""Drag and drop of files over a whole page, with words that say what will happen before it happens."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.desktop.theme import GRID, mix, scaled, tones


def dropped_files(mime: QMimeData) -> list[Path]:
    """The local files in a drag, folders opened one level deep; other things are left out."""
    files: list[Path] = []
    for url in mime.urls():
        path = Path(url.toLocalFile())
        if not url.isLocalFile():
            continue
        if path.is_dir():
            files.extend(
                sorted(inner for inner in path.iterdir() if inner.is_file() and not inner.name.startswith("."))
            )
        elif path.is_file():
            files.append(path)
    return files


class DropTarget(QWidget):
    """Lies over `page` and is seen only while files hang above it."""

    dropped = Signal(list)

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._count = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        page.setAcceptDrops(True)
        page.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.DragEnter:
                assert isinstance(event, QDragEnterEvent)
                self._count = len(dropped_files(event.mimeData()))
                if self._count:
                    event.acceptProposedAction()
                    self.setGeometry(self._page.rect())
                    self.raise_()
                    self.show()
                return True
            case QEvent.Type.DragLeave:
                self.hide()
                return True
            case QEvent.Type.Drop:
                assert isinstance(event, QDropEvent)
                self.hide()
                files = dropped_files(event.mimeData())
                if files:
                    event.acceptProposedAction()
                    self.dropped.emit(files)
                return True
        return super().eventFilter(watched, event)

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
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, self.tr("Add %n file(s) to the library", "", self._count))
        painter.setFont(self.font())
        painter.setPen(t.subtle)
        painter.drawText(
            below,
            int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap),
            self.tr("Their text is copied into Palimpsest, on this machine. The files themselves stay as they are."),
        )
