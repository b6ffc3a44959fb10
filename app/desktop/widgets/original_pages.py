"""The original pages of the open book, beside its text: each follows the other.

text moves  -> the page it is on       (page_of, off this thread)
words light -> their page, lit on it   (page_of_quote, quote_boxes)
click       -> the text of the page    (offset_of_page)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.desktop.bridge import Bridge, Query
from app.desktop.icons import dress
from app.desktop.page_pictures import PagePictures
from app.desktop.preferences import Preferences
from app.desktop.theme import GRID
from app.desktop.widgets.page_sheet import Box, PageSheet
from app.operations import library, pages

SETTLE_MS = 120
"""The text or the width has stood still for so long: now the page is worth drawing."""
USUAL_SHAPE = 297 / 210
"""Height over width until a page has come: A4."""
Value = TypeVar("Value")
MIN_ZOOM, MAX_ZOOM, ZOOM_STEP = 0.5, 4.0, 1.2


class Fit(StrEnum):
    WIDTH = "width"
    PAGE = "page"


class OriginalPages(QFrame):
    """chosen: offset at which the text of a clicked page begins. closed: the pane is to go."""

    chosen = Signal(int)
    closed = Signal()

    def __init__(self, bridge: Bridge, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._bridge, self._preferences = bridge, preferences
        self._document_id: str | None = None
        self._labels: Sequence[str] = ()
        self._page = 0
        self._offset = 0
        self._led_to: int | None = None
        self._has_arrived = False
        self._lit: tuple[int, int] | None = None
        self._lit_was_seen = False
        self._zoom = 1.0
        self._shape = USUAL_SHAPE
        self._asked: dict[str, Query] = {}
        self._pictures = PagePictures(bridge, self)
        kept = preferences.choice("original_fit", Fit.WIDTH.value)
        self._fit = Fit(kept) if kept in list(Fit) else Fit.WIDTH
        self._build()
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        self.previous_button, self.next_button = QToolButton(self), QToolButton(self)
        self.width_button, self.page_button = QToolButton(self), QToolButton(self)
        self.invert_button, self.close_button = QToolButton(self), QToolButton(self)
        for button, icon_name in (
            (self.previous_button, "up"),
            (self.next_button, "down"),
            (self.width_button, "fit_width"),
            (self.page_button, "fit_page"),
            (self.invert_button, "invert"),
            (self.close_button, "close"),
        ):
            dress(button, icon_name)
        self.width_button.setCheckable(True)
        self.page_button.setCheckable(True)
        self.invert_button.setCheckable(True)
        self.box = QLineEdit(self)
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.box.setFixedWidth(7 * GRID)
        self._of = QLabel(self)
        self._of.setProperty("role", "subtle")
        head = QFrame(self)
        head.setProperty("role", "bar")
        row = QHBoxLayout(head)
        row.setContentsMargins(GRID, 4, GRID, 4)
        row.setSpacing(4)
        for part in (self.previous_button, self.next_button, self.box, self._of):
            row.addWidget(part)
        row.addStretch(1)
        for part in (self.width_button, self.page_button, self.invert_button, self.close_button):
            row.addWidget(part)
        self.sheet = PageSheet()
        self.invert_button.setChecked(self._preferences.flag("original_inverted", False))
        self.sheet.invert(self.invert_button.isChecked())
        self.pane = _Scroll(self)
        self.pane.setWidget(self.sheet)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self.pane, 1)
        self._follow_timer, self._draw_timer = QTimer(self), QTimer(self)
        for timer, act in ((self._follow_timer, self._ask_for_page), (self._draw_timer, self._draw)):
            timer.setSingleShot(True)
            timer.setInterval(SETTLE_MS)
            timer.timeout.connect(act)

    def _connect(self) -> None:
        self.previous_button.clicked.connect(lambda: self.turn(-1))
        self.next_button.clicked.connect(lambda: self.turn(1))
        self.width_button.clicked.connect(lambda: self.fit(Fit.WIDTH))
        self.page_button.clicked.connect(lambda: self.fit(Fit.PAGE))
        self.invert_button.toggled.connect(self._on_invert)
        self.close_button.clicked.connect(self.closed)
        self.box.returnPressed.connect(self._on_box)
        self.sheet.clicked.connect(self._on_clicked)
        self.pane.resized.connect(self._on_resized)
        self.pane.turned.connect(self.turn)
        self.pane.zoomed.connect(self.zoom)
        self.pane.sent_to.connect(self._send_to)
        self._pictures.arrived.connect(self._on_arrived)
        self._pictures.failed.connect(self._on_failed)

    # -- which book ------------------------------------------------------------------------------------------------

    def open_book(self, document_id: str | None) -> None:
        """The document whose pages are shown; None lets go of them."""
        if document_id == self._document_id:
            return
        for query in self._asked.values():
            query.drop()
        self._asked.clear()
        if (before := self._document_id) is not None:
            services = self._bridge.services
            self._bridge.query(lambda: pages.close_original(services, before))
        self._document_id = document_id
        self._labels, self._page, self._lit, self._shape = (), 0, None, USUAL_SHAPE
        self._pictures.open(document_id)
        self.sheet.light(())
        self._show_place()
        if document_id is not None:
            services = self._bridge.services
            self._ask("labels", lambda: pages.page_labels(services, document_id), self._on_labels)

    def _on_labels(self, labels: list[str]) -> None:
        self._labels = labels
        self._show_place()
        self._draw()
        if self._lit is not None:
            self._ask_for_lit()
        else:
            self._ask_for_page()

    # -- following the text ----------------------------------------------------------------------------------------

    def follow(self, first: int, last: int) -> None:
        """The text has moved: this stretch of it is in view."""
        self._offset = first
        if self._led_to is not None:  # a click on the page one sees sends the text there; the page stays
            if first <= self._led_to <= last:
                self._has_arrived = True
                return
            if not self._has_arrived:  # the text is still on its way
                return
            self._led_to = None
        if self._lit is None:
            self._follow_timer.start()
        elif first <= self._lit[0] <= last:
            self._lit_was_seen = True
        elif self._lit_was_seen:  # else the text is still on its way there
            self.unlight()
            self._follow_timer.start()

    def light(self, start: int, end: int) -> None:
        """Show the page on which words of the text stand, and light them there."""
        self._lit, self._lit_was_seen = (start, end), False
        self._follow_timer.stop()
        self._ask_for_lit()

    def _ask_for_lit(self) -> None:
        document_id, services = self._document_id, self._bridge.services
        if document_id is None or self._lit is None or not self._labels:
            return
        start, end = self._lit

        def find() -> tuple[int | None, list[Box]]:
            words = library.text_between(services, document_id, start, end)
            page = pages.page_of_quote(services, document_id, start, words)
            return page, [] if page is None else pages.quote_boxes(services, document_id, page, words)

        self._ask("page", find, self._on_lit)

    def unlight(self) -> None:
        self._lit = None
        self.sheet.light(())

    def _ask_for_page(self) -> None:
        document_id, services, offset = self._document_id, self._bridge.services, self._offset
        if document_id is not None and self._labels and self._lit is None:
            self._ask("page", lambda: pages.page_of(services, document_id, offset), self._on_page)

    def _on_page(self, page: int | None) -> None:
        if page is not None:
            self.show_page(page)

    def _on_lit(self, found: tuple[int | None, list[Box]]) -> None:
        page, boxes = found
        if page is None:
            return
        self.show_page(page)
        self.sheet.light(boxes)
        if boxes:
            area = self.sheet.area_of(boxes[0]).toRect()
            self.pane.ensureVisible(area.center().x(), area.center().y(), 6 * GRID, 12 * GRID)

    # -- the page --------------------------------------------------------------------------------------------------

    @property
    def page(self) -> int:
        """From 0."""
        return self._page

    def show_page(self, page: int, *, from_below: bool = False) -> None:
        """from_below: one came up from the page behind it, and begins at its foot."""
        page = min(max(0, page), max(0, len(self._labels) - 1))
        if page == self._page and self.sheet.size().height() > 2 * GRID:
            return
        self._page = page
        self.sheet.light(())
        self._show_place()
        self._draw()
        bar = self.pane.verticalScrollBar()
        bar.setValue(bar.maximum() if from_below else 0)

    def turn(self, by: int) -> None:
        """To the next page or the one before, by hand: the text stays."""
        if 0 <= self._page + by < len(self._labels):
            self._stay()
            self.show_page(self._page + by, from_below=by < 0)

    def _stay(self) -> None:
        """The user has chosen a page: what was on its way to another one comes too late."""
        self._lit = None
        self._follow_timer.stop()
        if "page" in self._asked:
            self._asked["page"].drop()

    def _send_to(self, end: int) -> None:
        self._stay()
        self.show_page(len(self._labels) - 1 if end else 0)

    def fit(self, fit: Fit) -> None:
        self._fit, self._zoom = fit, 1.0
        self._preferences.keep_choice("original_fit", fit.value)
        self._show_place()
        self._draw()

    def _on_invert(self, inverted: bool) -> None:
        self._preferences.keep_flag("original_inverted", inverted)
        self.sheet.invert(inverted)

    def zoom(self, steps: float) -> None:
        self._zoom = min(max(self._zoom * ZOOM_STEP**steps, MIN_ZOOM), MAX_ZOOM)
        self._lay_out()
        self._draw_timer.start()

    def _size(self) -> QSize:
        """Of the page in logical pixels."""
        room = self.pane.viewport().size() - QSize(2 * GRID, 2 * GRID)
        width = float(max(80, room.width()))
        if self._fit is Fit.PAGE:
            width = min(width, max(80, room.height()) / self._shape)
        width *= self._zoom
        return QSize(round(width), round(width * self._shape))

    def _lay_out(self) -> None:
        self.sheet.show_page(self._pictures.of_any_width(self._page), self._size())

    def _draw(self) -> None:
        """Show the page at the screen's own resolution, as soon as it is there; the next one is drawn ahead."""
        if not self._labels or not self.isVisible():
            return
        size = self._size()
        width_px = round(size.width() * self.devicePixelRatioF())
        picture = self._pictures.picture(self._page, width_px)
        if picture is None:
            self._lay_out()
            return
        self._shape = picture.height() / max(1, picture.width())
        size = self._size()
        self.sheet.show_page(picture, size)
        if round(size.width() * self.devicePixelRatioF()) != width_px:  # the page has another shape than was thought
            self._draw_timer.start()
        elif self._page + 1 < len(self._labels):
            self._pictures.picture(self._page + 1, width_px)

    def _on_arrived(self, page: int) -> None:
        if page == self._page:
            self._draw()
            if self.sheet.boxes:
                area = self.sheet.area_of(self.sheet.boxes[0]).toRect()
                self.pane.ensureVisible(area.center().x(), area.center().y(), 6 * GRID, 12 * GRID)

    def _on_failed(self, page: int, sentence: str) -> None:
        if page == self._page:
            self.sheet.show_page(None, self._size())
            self.sheet.show_words(sentence)

    # -- hands -----------------------------------------------------------------------------------------------------

    def _on_box(self) -> None:
        words = self.box.text().strip()
        same = [number for number, label in enumerate(self._labels) if label.casefold() == words.casefold()]
        if same or words.isdecimal():
            self._stay()
            self.show_page(same[0] if same else int(words) - 1)
        self._show_place()
        self.box.selectAll()

    def _on_clicked(self) -> None:
        document_id, services, page = self._document_id, self._bridge.services, self._page
        if document_id is not None:
            self._ask("text", lambda: pages.offset_of_page(services, document_id, page), self._lead_to)

    def _lead_to(self, offset: int | None) -> None:
        if offset is not None:
            self._stay()
            self._led_to, self._has_arrived = offset, False
            self.chosen.emit(offset)

    def _on_resized(self) -> None:
        self._lay_out()
        self._draw_timer.start()

    def _ask(self, name: str, read: Callable[[], Value], done: Callable[[Value], None]) -> None:
        """Ask off this thread; a newer question of the same name replaces one that waits."""
        if name in self._asked:
            self._asked[name].drop()
        self._asked[name] = self._bridge.query(read, done)

    # -- words -----------------------------------------------------------------------------------------------------

    def _show_place(self) -> None:
        self.box.setText(self._labels[self._page] if self._labels else "")
        self.box.setEnabled(bool(self._labels))
        self._of.setText(self.tr("of {count}").format(count=len(self._labels)) if self._labels else "")
        self.previous_button.setEnabled(self._page > 0)
        self.next_button.setEnabled(self._page + 1 < len(self._labels))
        self.width_button.setChecked(self._fit is Fit.WIDTH)
        self.page_button.setChecked(self._fit is Fit.PAGE)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Original pages"))
        self.pane.setAccessibleName(self.tr("Original page"))
        self.box.setAccessibleName(self.tr("Page"))
        for button, words in (
            (self.previous_button, self.tr("Previous page")),
            (self.next_button, self.tr("Next page")),
            (self.width_button, self.tr("Fit the width")),
            (self.page_button, self.tr("Fit the page")),
            (self.invert_button, self.tr("Light on dark")),
            (self.close_button, self.tr("Close the original pages (F9)")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
        self._show_place()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.pane.setFocus(event.reason())  # a focus proxy would hide the buttons above it from Tab

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Scroll(QScrollArea):
    """turned: past the end of the page by that many pages. zoomed: steps. sent_to: 0 first page, 1 last one."""

    resized = Signal()
    turned = Signal(int)
    zoomed = Signal(float)
    sent_to = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._turn_wheel = 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoomed.emit(delta / 120)
            event.accept()
            return
        bar = self.verticalScrollBar()
        before = bar.value()
        super().wheelEvent(event)
        self._turn_wheel = self._turn_wheel + delta if bar.value() == before else 0
        if abs(self._turn_wheel) >= 240:  # against the edge, twice: the page is turned
            by = -1 if self._turn_wheel > 0 else 1
            self._turn_wheel = 0
            self.turned.emit(by)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        forward = event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_Space, Qt.Key.Key_Down)
        back = event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_Up)
        if (forward and bar.value() == bar.maximum()) or event.key() == Qt.Key.Key_Right:
            self.turned.emit(1)
        elif (back and bar.value() == bar.minimum()) or event.key() == Qt.Key.Key_Left:
            self.turned.emit(-1)
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.sent_to.emit(int(event.key() == Qt.Key.Key_End))
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoomed.emit(1.0 if event.key() == Qt.Key.Key_Plus else -1.0)
        elif event.key() == Qt.Key.Key_Space:
            bar.setValue(bar.value() + bar.pageStep())
        else:
            super().keyPressEvent(event)
