"""Full screen: nothing but the page of the book, until the mouse comes near an edge of the screen.

The edges bring the window's parts back for as long as the mouse is near them; Esc and F11 bring them back for good.
Knows which widgets to put away. Knows nothing of what they are for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMainWindow, QWidget

LOOK_MS = 150
"""How often the mouse is looked for: moves over other widgets tell nobody here."""
EDGE = 2
"""Pixels of an edge that bring the parts back."""
AWAY = 160
"""Pixels from every edge at which they go again."""
_UNBOUNDED = 16_777_215


class FullScreen(QObject):
    """One per window. parts: put away beside the menu bar. strip: a part that hides and shows itself. has_page: whether what is
    in view is a page that can stand alone; set_bare: tells that page to put its own parts away, or back."""

    def __init__(
        self,
        window: QMainWindow,
        parts: Sequence[QWidget],
        strip: QWidget,
        has_page: Callable[[], bool],
        set_bare: Callable[[bool], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._parts = parts
        self._strip = strip
        self._has_page = has_page
        self._set_bare = set_bare
        self._was_maximized = False
        self.is_bare = False
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._look_for_mouse)

    def toggle(self) -> None:
        if self._window.isFullScreen():
            self.leave()
        else:
            self._was_maximized = self._window.isMaximized()
            self._window.showFullScreen()

    def leave(self) -> None:
        if self._was_maximized:
            self._window.showMaximized()
        else:
            self._window.showNormal()

    def update(self) -> None:
        """Put parts away or back, as the state of the window and the page in view want it."""
        alone = self._window.isFullScreen() and self._has_page()
        if alone:
            self._look.start()
        else:
            self._look.stop()
        self._bare(alone)

    def _bare(self, bare: bool) -> None:
        if bare == self.is_bare:
            return
        self.is_bare = bare
        for part in self._parts:
            part.setVisible(not bare)
        # Keys of a hidden menu bar are dead, and the strip decides itself when it shows: both are only made flat.
        for widget in (self._window.menuBar(), self._strip):
            widget.setMaximumHeight(0 if bare else _UNBOUNDED)
        self._set_bare(bare)

    def _look_for_mouse(self) -> None:
        at, rect = QCursor.pos(), self._window.geometry()
        near = min(at.x() - rect.left(), rect.right() - at.x(), at.y() - rect.top(), rect.bottom() - at.y())
        if self.is_bare and 0 <= near <= EDGE:
            self._bare(False)
        elif not self.is_bare and near > AWAY:
            self._bare(True)
