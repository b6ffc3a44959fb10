"""Whether the original pages stand beside the text, and what they are told of it."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QToolButton, QWidget

from app.desktop.bridge import Bridge, Query
from app.desktop.preferences import Preferences
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.original_pages import OriginalPages
from app.operations import pages

FLAG = "original_pages"


class PagesBeside(QObject):
    """The pane is seen for a document that has pages, while the reader wants it. Without it nothing is drawn."""

    def __init__(
        self,
        bridge: Bridge,
        preferences: Preferences,
        page: QWidget,
        pane: OriginalPages,
        button: QToolButton,
        banner: Banner,
    ) -> None:
        super().__init__(page)
        self._bridge, self._preferences = bridge, preferences
        self._pane, self._button, self._banner = pane, button, banner
        self._document_id: str | None = None
        self._has_pages = False
        self._looking: Query | None = None
        self._in_view = (0, 0)
        self._lit: tuple[int, int] | None = None
        button.clicked.connect(self.toggle)
        pane.closed.connect(self.toggle)
        pane.hide()
        self.retranslate()

    def open_book(self, document_id: str | None) -> None:
        self._document_id, self._has_pages, self._lit = document_id, False, None
        if self._looking is not None:
            self._looking.drop()
        self._show()
        if document_id is not None:
            services = self._bridge.services
            self._looking = self._bridge.query(lambda: pages.has_pages(services, document_id), self._on_looked)

    def toggle(self) -> None:
        """Show or hide the pages; say why where there are none."""
        if self._document_id is None:
            return
        if not self._has_pages:
            self._button.setChecked(False)
            self._banner.say(
                self.tr("This document has no original pages: only PDFs have, and only while their file is kept.")
            )
            return
        self._preferences.keep_flag(FLAG, not self._preferences.flag(FLAG, False))
        self._show()

    def follow(self, first: int, last: int) -> None:
        """The text has moved: this stretch of it is in view."""
        self._in_view = (first, last)
        if self._pane.isVisible():
            self._pane.follow(first, last)

    def light(self, place: tuple[int, int] | None) -> None:
        """Words of the text are lit, or no longer."""
        self._lit = place
        if not self._pane.isVisible():
            return
        if place is None:
            self._pane.unlight()
        else:
            self._pane.light(*place)
            self._pane.follow(*self._in_view)

    def _on_looked(self, has_pages: bool) -> None:
        self._has_pages = has_pages
        self._show()

    def _show(self) -> None:
        is_shown = self._has_pages and self._preferences.flag(FLAG, False)
        self._button.setEnabled(self._has_pages)
        self._button.setChecked(is_shown)
        self._pane.setVisible(is_shown)
        self.retranslate()
        self._pane.open_book(self._document_id if is_shown else None)
        if is_shown:
            self._pane.follow(*self._in_view)
            if self._lit is not None and self._in_view[0] <= self._lit[0] <= self._in_view[1]:
                self.light(self._lit)

    def retranslate(self) -> None:
        words = self.tr("Original pages (F9)") if self._has_pages else self.tr("This document has no original pages")
        self._button.setToolTip(words)
        self._button.setAccessibleName(self.tr("Original pages"))
        self._button.setAccessibleDescription(words)
