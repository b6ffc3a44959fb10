"""Going from one region of the window to the next by a key: navigation, page, panel, job strip.

Knows widgets. Each region remembers where in it the focus was.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class Regions(QObject):
    """regions: those of the moment, in their order; hidden ones are passed over."""

    def __init__(self, regions: Callable[[], Sequence[QWidget]], parent: QObject) -> None:
        super().__init__(parent)
        self._regions = regions
        self._last: weakref.WeakKeyDictionary[QWidget, weakref.ref[QWidget]] = weakref.WeakKeyDictionary()

    def step(self, by: int) -> None:
        """To the next region (by=1) or the one before (by=-1) that can take the focus; around at the ends."""
        regions = [region for region in self._regions() if region.isVisible()]
        if not regions:
            return
        focus = QApplication.focusWidget()
        here = next((index for index, region in enumerate(regions) if _holds(region, focus)), None)
        if here is not None and focus is not None:
            self._last[regions[here]] = weakref.ref(focus)
        start = here if here is not None else (-1 if by > 0 else 0)
        for distance in range(1, len(regions) + 1):
            region = regions[(start + by * distance) % len(regions)]
            target = self._target(region)
            if target is not None:
                target.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def _target(self, region: QWidget) -> QWidget | None:
        kept = self._last.get(region)
        last = kept() if kept is not None else None
        if last is not None and isValid(last) and _holds(region, last) and _takes_focus(last):
            return last
        return next(focusable(region), None)


def focusable(region: QWidget) -> Iterator[QWidget]:
    """The widgets in a region that Tab reaches, in that order."""
    widget: QWidget = region
    while True:
        if _holds(region, widget) and _takes_focus(widget):
            yield widget
        following = widget.nextInFocusChain()
        if following is None or following is region:
            return
        widget = following


def _takes_focus(widget: QWidget) -> bool:
    has_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return has_tab and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None


def _holds(region: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (widget is region or region.isAncestorOf(widget))
