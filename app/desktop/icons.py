"""Line icons from `assets/icons`, drawn in the colour of the text around them.

Knows SVG files and the palette. Knows no page.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.desktop.assets import ICONS
from app.desktop.theme import tones

_SCALES = (1.0, 2.0)
_SIZE = 20
_NAME = "lineIcon"
_ON_ACCENT = "lineIconOnAccent"


@lru_cache(maxsize=64)
def _drawing(name: str) -> bytes:
    return (ICONS / f"{name}.svg").read_bytes()


def pixmap(name: str, colour: QColor, size: int = _SIZE, scale: float = 1.0) -> QPixmap:
    """The icon in one colour. size: logical pixels."""
    picture = QPixmap(QSize(size, size) * scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(_drawing(name))).render(painter)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(picture.rect(), colour)
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


def icon(name: str, *, size: int = _SIZE, on_accent: bool = False) -> QIcon:
    """The icon for the present palette: plain, disabled, and in the accent where it is checked. size: logical pixels."""
    t = tones(QApplication.palette())
    plain = t.on_accent if on_accent else t.subtle
    return _icon(name, size, _scales(), plain.name(), t.accent.name(), t.hairline.name())


@lru_cache(maxsize=256)
def _icon(name: str, size: int, scales: tuple[float, ...], plain: str, checked: str, disabled: str) -> QIcon:
    drawn = QIcon()
    for scale in scales:
        drawn.addPixmap(pixmap(name, QColor(plain), size, scale), QIcon.Mode.Normal, QIcon.State.Off)
        drawn.addPixmap(pixmap(name, QColor(checked), size, scale), QIcon.Mode.Normal, QIcon.State.On)
        drawn.addPixmap(pixmap(name, QColor(disabled), size, scale), QIcon.Mode.Disabled, QIcon.State.Off)
    return drawn


def _scales() -> tuple[float, ...]:
    """One pixel for one, two for one, and what the screens have between and beyond."""
    return tuple(sorted({*_SCALES, *(screen.devicePixelRatio() for screen in QApplication.screens())}))


def dress(target: QAbstractButton | QAction, name: str, *, on_accent: bool = False) -> None:
    """Give a button or action its icon, and let `redress` find it when the palette changes."""
    target.setProperty(_NAME, name)
    target.setProperty(_ON_ACCENT, on_accent)
    target.setIcon(icon(name, size=_size(target), on_accent=on_accent))


def _size(target: QAbstractButton | QAction) -> int:
    return target.iconSize().width() if isinstance(target, QAbstractButton) else _SIZE


def redress(root: QWidget) -> None:
    """Draw every icon below `root` anew, in the colours of the present palette."""
    targets: list[QAbstractButton | QAction] = [*root.findChildren(QAbstractButton), *root.findChildren(QAction)]
    for target in targets:
        name = target.property(_NAME)
        if name:
            target.setIcon(icon(name, size=_size(target), on_accent=bool(target.property(_ON_ACCENT))))
