"""A book as type: one column that scrolls, or pages of whole lines, one or two at a time. Only a stretch is ever loaded.

Blocks come from a BookSource as they are needed: a few at a time whenever the UI thread is free, fewer at the far end, so that a
book of a million words costs what a chapter costs. The bar beside it stands for the whole book. Knows offsets in the
document's text and colours; knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import zip_longest

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QScrollBar, QWidget

from app.desktop.book_source import BookSource, Run, at_once
from app.desktop.pagination import Line
from app.desktop.reading_type import Flow, TypeSettings, column_width, reading_font
from app.desktop.theme import PAGE_COLOURS, PageColours, PageTheme
from app.desktop.widgets.column import Column
from app.desktop.widgets.loaded_text import LoadedText
from app.desktop.widgets.page_links import Link, PageLinks
from app.desktop.widgets.page_marks import Highlight, PageMarks
from app.desktop.widgets.pages import Pages
from app.desktop.widgets.picture_object import PictureObject, Pictures
from app.desktop.widgets.typesetting import NOTE, PICTURE, PICTURE_OBJECT, Room, Typesetter, ruby_font

NARROWEST = 0.62
"""Share of the measure below which two pages side by side become one."""
FILL_SCREENS, KEEP_SCREENS, DROP_SCREENS = 2, 4, 6
"""Loaded ahead and behind, in screens; further than the last, all but the middle one is let go."""
LIT_SHARE = 0.3
"""How far down words are brought that one has asked for."""
TELL_PLACE_MS = 50
"""While scrolling, the place is told at most this often."""
NOTCH = 120
"""What Qt counts for a notch of the wheel."""


class BookView(QWidget):
    """The text, the bar for the whole book, lit words, found words, highlights, notes, pictures.

    place_changed: offset of the first word in view, after moving. highlight_clicked: id of the annotation whose words were
    clicked. menu_wanted: the context menu that is about to open, and the selected range `(start, end)` or None; whoever
    has something to offer for it adds entries. selection_changed: other words are selected, or none. link_followed: offset
    of the place a link of the text leads to. zoom_wanted: steps of larger (1) or smaller (-1) type.
    """

    place_changed = Signal(int)
    highlight_clicked = Signal(str)
    menu_wanted = Signal(QMenu, object)
    selection_changed = Signal()
    link_followed = Signal(int)
    zoom_wanted = Signal(int)

    def __init__(self, run: Run = at_once, parent: QWidget | None = None) -> None:
        """run: reads of pictures go through it (`Bridge.query`)."""
        super().__init__(parent)
        self._source: BookSource | None = None
        self._language = ""
        self._settings = TypeSettings()
        self._font = reading_font(self._settings, "")
        self._colours = PAGE_COLOURS[PageTheme.PAPER]
        self._run = run
        self._moving = False
        self._place: int | None = 0
        self._going: Callable[[], None] | None = None
        self._notches = 0
        self._build()
        self.retranslate()

    def _build(self) -> None:
        self._columns = (Column(self), Column(self))
        self._blank = QTextDocument(self)
        self._document = QTextDocument(self)  # behind the columns: a child that comes later is destroyed later
        self._document.setUndoRedoEnabled(False)
        self._columns[0].setDocument(self._document)
        self._columns[1].setDocument(self._blank)
        self._columns[1].hide()
        self._columns[1].setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._text = LoadedText(self._document)
        self._pages = Pages(self._text, self._page_height)
        self._marks = PageMarks(self._text, self._colours, self)
        self._marks.changed.connect(self._paint_marks)
        self._marked = 0, 0
        """The stretch around the view in which hits are marked."""
        self._links = PageLinks(self._text, self._run, self)
        self._links.followed.connect(self.link_followed)
        self._decoded = Pictures(self._run, self)
        self._picture_object = PictureObject(self._decoded, self._description, self._colours, self)
        self._document.documentLayout().registerHandler(PICTURE_OBJECT, self._picture_object)
        self._decoded.arrived.connect(self._repaint)
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._bar.valueChanged.connect(self._on_bar)
        self.setFocusProxy(self._columns[0])
        for column in self._columns:
            column.keys.connect(self._on_key)
            column.wheeled.connect(self._on_wheel)
            column.clicked.connect(partial(self._on_clicked, column))
            column.dragged.connect(partial(self._on_dragged, column))
            column.menu_asked.connect(partial(self._show_menu, column))
            column.anchorClicked.connect(partial(self._on_link, column))
            column.selectionChanged.connect(partial(self._share_selection, column))
            column.verticalScrollBar().valueChanged.connect(self._on_scrolled)
            column.step_focus = self._step_focus
            column.selected_words = lambda: self.selected_text
        self._tell_timer = self._timer(TELL_PLACE_MS, self._tell_place)
        self._fill_timer = self._timer(0, self._fill_a_little)

    def _timer(self, interval_ms: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(act)
        return timer

    # -- what the page shows ---------------------------------------------------------------------------------------

    def show_source(self, source: BookSource | None, *, language: str = "", offset: int = 0) -> None:
        """Open a book at an offset; None shows an empty page."""
        self._source, self._language = source, language
        self._going = None
        self._marks.clear()
        self._decoded.open(source)
        with self._unwatched():
            self._bar.setRange(0, max(0, source.characters - 1) if source else 0)
        self._place = offset
        self._set_anew()

    def set_type(self, settings: TypeSettings, colours: PageColours) -> None:
        """Type and colours of the page; the place is kept."""
        place, selected = self.place, self.selected_range
        self._settings, self._colours = settings, colours
        self._marks.colours = colours
        self._picture_object.dress(colours)
        for column in self._columns:
            column.dress(colours.background, colours.text, colours.accent)
        self.update()
        self._place = place
        self._set_anew()
        self._select(selected)

    @property
    def place(self) -> int:
        """Where one is: the offset one went to, or after moving on that of the first words in view."""
        if self._place is None:
            self._place = self._range_in_view()[0]
        return self._place

    @property
    def end_of_view(self) -> int:
        """Offset of the last words in view."""
        return self._range_in_view()[1]

    @property
    def loaded(self) -> tuple[int, int]:
        """The stretch `[start, end)` that is loaded."""
        return self._text.window.start, self._text.window.end

    @property
    def pages_in_view(self) -> int:
        """1 or 2; 0 while the text scrolls."""
        if self._settings.flow is Flow.SCROLL:
            return 0
        return 2 if self._columns[1].isVisibleTo(self) else 1

    @property
    def selected_text(self) -> str:
        """The selected words, paragraphs apart as in the document's text; pictures are left out."""
        paragraphs = self._columns[0].textCursor().selectedText().split("\u2029")
        words = (paragraph.replace("\u2028", "\n") for paragraph in paragraphs if paragraph != "\ufffc")
        return "\n\n".join(words).replace("\ufffc", "")

    @property
    def selected_range(self) -> tuple[int, int] | None:
        """Offsets of the selected words, None when nothing is selected."""
        cursor = self._columns[0].textCursor()
        start = self._text.window.offset_at(cursor.selectionStart())
        end = self._text.window.offset_at(cursor.selectionEnd())
        return (start, end) if start < end else None

    def unselect(self) -> None:
        for column in self._shown_columns():
            cursor = column.textCursor()
            cursor.clearSelection()
            column.setTextCursor(cursor)

    def area_of(self, start: int, end: int) -> QRect:
        """Where the words of `[start, end)` stand, in this widget's coordinates; empty where none of them is in view."""
        cursor = self._text.cursor(start, end)
        area = QRect()
        for column in self._shown_columns():
            lines = column.rect_of(cursor.selectionStart()).united(column.rect_of(cursor.selectionEnd()))
            area = area.united(
                lines.intersected(column.shown_rect).translated(column.viewport().mapTo(self, QPoint(0, 0)))
            )
        return area

    def shown_text(self, start: int, end: int) -> str:
        """The words that stand on the page at `[start, end)`; what a highlight of them would cover."""
        return self._text.cursor(start, end).selectedText()

    # -- moving ----------------------------------------------------------------------------------------------------

    def go_to(self, offset: int) -> None:
        """Bring an offset to the top of the view: at once where its blocks are at hand, else as soon as they are read."""
        if self._source is not None:
            self._go(min(max(0, offset), self._source.characters))

    def _go(self, offset: int) -> None:
        def arrive() -> None:
            self._bring(offset, share=0.0)
            self._place = offset
            self._tell_place()

        self._place = offset
        self._when_at_hand(offset, arrive)

    def light(self, start: int, end: int) -> None:
        """Bring `[start, end)` into view, a third from the top, and light it up for a while."""

        def arrive() -> None:
            self._bring_into_view(start, end)
            with self._unwatched():  # the caret goes along: screen readers and selections start here
                self._columns[0].setTextCursor(self._text.cursor(start, start))
            self._bring_into_view(start, end)
            self._marks.light(start, end)

        self._when_at_hand(start, arrive)

    def unlight(self) -> None:
        """Put out what is lit."""
        self._marks.unlight()

    def set_highlights(self, highlights: Sequence[Highlight]) -> None:
        """Words the user has highlighted."""
        self._marks.highlight(highlights)

    def show_found(self, found: Sequence[tuple[int, int]], current: tuple[int, int] | None) -> None:
        """Mark every hit in view and bring the current one there."""
        self._marks.find(found, current)
        if current is not None:
            self._when_at_hand(current[0], lambda: self._bring_into_view(*current))

    def turn(self, forward: bool) -> None:
        """To the next or previous page, or screenful."""
        if self._source is None:
            return
        if self._settings.flow is Flow.SCROLL:
            height = self._columns[0].viewport().height() - self._line_height()
            self._scroll_by(height if forward else -height)
            return
        if self._pages.turn(len(self._shown_columns()), forward=forward):
            self._show_screen()
            self._drop_far()
            self._moved()

    def _when_at_hand(self, offset: int, arrive: Callable[[], None]) -> None:
        """Go on when the blocks around an offset are at hand; whoever wants to go elsewhere meanwhile is obeyed."""
        if self._source is None:
            return
        self._going = arrive

        def go_on() -> None:
            if self._going is arrive:
                self._going = None
                arrive()

        if offset in self._text.window:
            go_on()
        else:
            self._source.around(offset, go_on)

    def _bring_into_view(self, start: int, end: int) -> None:
        first, last = self._range_in_view()
        if start in self._text.window and first <= start and end <= max(last, first + 1):
            return
        self._bring(start, share=LIT_SHARE)
        self._place = None
        self._tell_place()

    def _bring(self, offset: int, *, share: float) -> None:
        if offset not in self._text.window:
            self._load(offset)
        if self._settings.flow is Flow.SCROLL:
            self._scroll_to(offset, share)
        else:
            self._turn_to(offset, share)
        self._fill_timer.start()

    def _scroll_to(self, offset: int, share: float) -> None:
        height = self._columns[0].viewport().height()
        text = self._text
        while not text.reached_start and self._top_of(offset) < share * height:
            text.prepend()
        while not text.reached_end and self._height() < self._top_of(offset) + 1.5 * height:
            text.append()
        self._note_text()
        is_start = offset <= 0 and text.reached_start
        top = self._top_of(offset) - share * height
        self._height()
        with self._unwatched():
            self._columns[0].verticalScrollBar().setValue(0 if is_start else round(top))

    def _top_of(self, offset: int) -> float:
        """Where the line with this offset begins, or the pictures before its block if they leave room for it."""
        window = self._text.window
        line = self._text.line_of(window.position_of(offset))
        pictures = self._text.line_of(window.position_of_spot(self._text.spot_of(offset)))
        is_near = line.top - pictures.top < 0.7 * self._columns[0].viewport().height()
        return pictures.top if is_near else line.top

    def _moved(self) -> None:
        """The user has moved: the place is what is in view now."""
        self._place = self._going = None
        self._fill_timer.start()
        if not self._tell_timer.isActive():
            self._tell_timer.start()

    # -- pages -----------------------------------------------------------------------------------------------------

    def _turn_to(self, offset: int, share: float) -> None:
        """Begin a page with the line of an offset, or so far above it."""
        assert self._source is not None
        is_end = offset >= self._source.characters - 1 > 0  # a full last page then, not a single line
        self._pages.begin(offset, share=1.0 if is_end else share)
        self._show_screen()

    def _show_screen(self) -> None:
        """Fill the columns with the pages."""
        columns = self._shown_columns()
        pages = self._pages.lay(len(columns))
        self._note_text()
        with self._unwatched():
            for column, lines in zip_longest(columns, pages):
                if lines:
                    column.show_lines(lines[0].top, lines[-1].bottom, margin=self._settings.margin)
                else:
                    column.show_nothing()

    def _page_height(self) -> float:
        return max(3 * self._line_height(), self._columns[0].viewport().height() - 2.0 * self._settings.margin)

    def _shown_columns(self) -> tuple[Column, ...]:
        return self._columns if self._columns[1].isVisibleTo(self) else self._columns[:1]

    # -- loading ---------------------------------------------------------------------------------------------------

    def _set_anew(self) -> None:
        """Load and set everything as the settings, the size and the place want it."""
        with self._unwatched():
            self._text.clear()
        self._font = reading_font(self._settings, self._language)
        self._arrange()
        self._load(self._place or 0)
        if self._source is not None:
            self._bring(self._place or 0, share=0.0)
            self._tell_place()
        self._fill_timer.start()

    def _load(self, offset: int) -> None:
        text = self._text
        self._links.focused = None
        with self._unwatched():
            text.clear()
            self._document.setDefaultFont(self._font)
            side = self._set_frame()
            if self._source is not None:
                width = self._columns[0].viewport().width() - 2 * side
                room = Room(max(40.0, width), max(40.0, self._page_height()))
                typesetter = Typesetter(self._font, self._settings, self._colours, self._language, room)
                text.load(self._source, typesetter, offset)
        self._note_text()

    def _note_text(self) -> None:
        font = ruby_font(self._font)
        for column in self._columns:
            column.set_rubies(self._text.rubies, font)
        self._paint_marks()

    def _fill_a_little(self) -> None:
        """Load or drop a few blocks around what is in view, and come back until nothing is to be done."""
        if self._source is None or not self._text.rows:
            return
        text = self._text
        top, page = self._span()[0], self._screen_height()
        with self._unwatched():
            if not text.reached_end and self._ahead() < FILL_SCREENS * page:
                text.append()
                self._note_text()
            elif not text.reached_start and top < FILL_SCREENS * page:
                with self._still():
                    text.prepend()
                self._note_shift()
            elif not self._drop_far():
                return
        self._fill_timer.start()

    def _drop_far(self) -> bool:
        """Let go of what lies many screens away. False when there is nothing."""
        text = self._text
        before = len(text.rows)
        top, bottom, page = *self._span(), self._screen_height()
        if top > DROP_SCREENS * page:
            with self._unwatched(), self._still():
                text.drop_before(self._ordinal_at(top - KEEP_SCREENS * page))
            self._note_shift()
        elif self._ahead() > DROP_SCREENS * page:
            text.drop_after(self._ordinal_at(bottom + KEEP_SCREENS * page))
            self._note_text()
        return len(text.rows) != before

    def _note_shift(self) -> None:
        """Text was added or dropped above what is in view."""
        if self._settings.flow is Flow.SCROLL:
            self._note_text()
        else:
            self._show_screen()

    def _ahead(self) -> float:
        """How much is loaded below what is in view."""
        return self._height() - self._document.rootFrame().frameFormat().bottomMargin() - self._span()[1]

    def _screen_height(self) -> float:
        return float(self._columns[0].viewport().height() * len(self._shown_columns()))

    def _ordinal_at(self, y: float) -> int:
        return self._text.window.spot_at(self._text.line_at(y).start).block

    @contextmanager
    def _still(self) -> Iterator[None]:
        """Change the document above what is in view, which does not move."""
        bar = self._columns[0].verticalScrollBar()
        scroll = bar.value()
        line = self._text.line_at(scroll + 1.0)
        anchor = QTextCursor(self._document)
        anchor.setPosition(line.start)
        self._columns[0].setUpdatesEnabled(False)
        yield
        moved = self._text.line_of(anchor.position()).top - line.top
        self._height()
        bar.setValue(round(scroll + moved))
        self._columns[0].setUpdatesEnabled(True)

    @contextmanager
    def _unwatched(self) -> Iterator[None]:
        """Scroll bars and carets moved here are not the user's doing."""
        before, self._moving = self._moving, True
        try:
            yield
        finally:
            self._moving = before

    # -- geometry --------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """One column or two, of equal width to the pixel: they share one document, which has one width."""
        bar_width = self._bar.sizeHint().width()
        width, height = max(1, self.width() - bar_width), self.height()
        least = NARROWEST * column_width(self._settings, self._font, self._language) + 2 * self._settings.margin
        two = self._settings.flow is Flow.SPREAD and width >= 2 * least
        with self._unwatched():
            self._bar.setGeometry(self.width() - bar_width, 0, bar_width, height)
            each = width // 2 if two else width
            right = self._columns[1]
            if right.isVisibleTo(self) != two:
                right.setDocument(self._document if two else self._blank)
                right.setVisible(two)
            for number, column in enumerate(self._columns[: 2 if two else 1]):
                column.setGeometry(number * each, 0, each, height)
            if self._settings.flow is Flow.SCROLL:
                self._columns[0].show_all()

    def _set_frame(self) -> float:
        """The margins of the document. Returns that on either side."""
        viewport = self._columns[0].viewport()
        wanted = column_width(self._settings, self._document.defaultFont(), self._language)
        side = max(float(self._settings.margin), (viewport.width() - wanted) / 2)
        form = self._document.rootFrame().frameFormat()
        form.setLeftMargin(side)
        form.setRightMargin(side)
        form.setTopMargin(self._settings.margin)
        scrolls = self._settings.flow is Flow.SCROLL
        form.setBottomMargin(2 * self._settings.margin if scrolls else viewport.height())
        self._document.rootFrame().setFrameFormat(form)
        return side

    def _height(self) -> float:
        """Of the loaded text, laid out to its end."""
        return self._document.documentLayout().documentSize().height()

    def _line_height(self) -> float:
        return QFontMetricsF(self._document.defaultFont()).height() * 1.5

    def _span(self) -> tuple[float, float]:
        """From where to where the loaded text is in view."""
        if self._settings.flow is not Flow.SCROLL and self._pages.in_view:
            return self._pages.in_view[0][0].top, self._pages.in_view[-1][-1].bottom
        top = float(self._columns[0].verticalScrollBar().value())
        return top, top + self._columns[0].viewport().height()

    def _lines_in_view(self) -> tuple[Line, Line]:
        if self._settings.flow is not Flow.SCROLL and self._pages.in_view:
            return self._pages.in_view[0][0], self._pages.in_view[-1][-1]
        top, bottom = self._span()
        first = self._text.line_at(top + 2)
        last = first
        for line in self._text.lines_from(first.start):
            if line.bottom > bottom:
                break
            last = line
        return first, last

    def _range_in_view(self) -> tuple[int, int]:
        if not self._text.rows:
            return 0, 0
        first, last = self._lines_in_view()
        return self._text.window.offset_at(first.start), self._text.window.offset_at(last.end)

    def _repaint(self) -> None:
        for column in self._columns:
            column.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._source is None:
            self._arrange()
            return
        place, selected = self.place, self.selected_range
        self._place = place
        self._set_anew()
        self._select(selected)

    # -- marks -----------------------------------------------------------------------------------------------------

    def _paint_marks(self) -> None:
        first, last = self._range_in_view()
        reach = 2 * (last - first)
        self._marked = first - reach, last + reach
        marks = self._marks.selections(self._marked)
        if self._links.focused is not None:
            marks += [self._marks.ring(*at) for *at, link in self._links_in_view() if link == self._links.focused]
        for column in self._shown_columns():
            column.setExtraSelections(marks)

    # -- selecting -------------------------------------------------------------------------------------------------

    def _select(self, selected: tuple[int, int] | None) -> None:
        if selected is not None and self._text.overlaps(*selected):
            with self._unwatched():
                self._columns[0].setTextCursor(self._text.cursor(*selected))
            self._hold()

    def _share_selection(self, column: Column) -> None:
        """Both columns show one selection; a page is turned when its end leaves it."""
        if self._moving:
            return
        for other in self._shown_columns():
            if other is not column:
                with self._unwatched():
                    other.setTextCursor(column.textCursor())
        self._hold()
        end, (first, last) = column.textCursor().position(), self._lines_in_view()
        if self._settings.flow is not Flow.SCROLL and not first.start <= end <= last.end:
            self.turn(end > last.end)
        self.selection_changed.emit()

    def _take_caret_along(self) -> None:
        """Selecting by keys begins in view, whatever was selected before elsewhere."""
        first, last = self._lines_in_view()
        cursor = self._columns[0].textCursor()
        if not cursor.hasSelection() and not first.start <= cursor.position() <= last.end:
            cursor.setPosition(first.start)
            with self._unwatched():
                self._columns[0].setTextCursor(cursor)
            self._hold()

    def _hold(self) -> None:
        """Pages stay where they are, whatever a caret wants to show."""
        if self._settings.flow is Flow.SCROLL:
            return
        with self._unwatched():
            for column, lines in zip(self._shown_columns(), self._pages.in_view, strict=False):
                column.show_lines(lines[0].top, lines[-1].bottom, margin=self._settings.margin)

    def _on_dragged(self, column: Column, event: QMouseEvent) -> None:
        """From one page of a spread into the other."""
        for other in self._shown_columns():
            point = other.viewport().mapFromGlobal(event.globalPosition())
            if other is not column and other.viewport().rect().contains(point.toPoint()):
                cursor = column.textCursor()
                cursor.setPosition(other.position_at(point), QTextCursor.MoveMode.KeepAnchor)
                column.setTextCursor(cursor)
                event.accept()

    # -- links, notes, pictures ------------------------------------------------------------------------------------

    def _links_in_view(self) -> list[Link]:
        return self._links.between(*self._lines_in_view()) if self._text.rows else []

    def _step_focus(self, forward: bool) -> bool:
        stays = self._links.step(self._links_in_view(), forward=forward)
        self._paint_marks()
        return stays

    def _open_focused(self) -> bool:
        for start, _, link in self._links_in_view():
            if link == self._links.focused:
                self._open(link, self._rect_of(start))
                return True
        return False

    def _on_link(self, column: Column, url: QUrl) -> None:
        cursor = column.cursorForPosition(column.viewport().mapFromGlobal(self.cursor().pos()))
        self._open(url.toString(), self._rect_of(cursor.position()))

    def _rect_of(self, position: int) -> QRect:
        """Where a position stands on the screen."""
        for column, lines in zip(self._shown_columns(), self._pages.in_view or [[]], strict=False):
            if not lines or lines[0].start <= position <= lines[-1].end:
                rect = column.rect_of(position)
                return QRect(column.viewport().mapToGlobal(rect.topLeft()), rect.size())
        return QRect(self.mapToGlobal(self.rect().center()), self.rect().size() * 0)

    def _open(self, link: str, at: QRect) -> None:
        if self._source is not None:
            self._links.open(link, self._source, at, self._font)

    def _description(self, ordinal: int) -> str:
        image = self._text.image(ordinal)
        return image.description if image is not None else ""

    # -- the user's hands ------------------------------------------------------------------------------------------

    def _on_scrolled(self) -> None:
        if self._moving:
            return
        if self._settings.flow is Flow.SCROLL:
            self._moved()
        else:
            self._hold()

    def _scroll_by(self, pixels: float) -> None:
        bar = self._columns[0].verticalScrollBar()
        wanted = round(bar.value() + pixels)
        while wanted > bar.maximum() and self._text.append():
            self._height()
            self._note_text()
        while wanted < 0 and not self._text.reached_start:
            with self._unwatched(), self._still():
                self._text.prepend()
            self._note_text()
            wanted = round(bar.value() + pixels)
        bar.setValue(wanted)
        self._drop_far()

    def _tell_place(self) -> None:
        self._tell_timer.stop()
        if self._source is None:
            return
        place = self.place
        first, last = self._range_in_view()
        with self._unwatched():
            self._bar.setPageStep(max(1, last - first))
            self._bar.setValue(place)
        if self._marks.has_found and not (self._marked[0] <= first and last <= self._marked[1]):
            self._paint_marks()
        self.place_changed.emit(place)

    def _on_bar(self, value: int) -> None:
        if not self._moving:
            self.go_to(value)

    def _on_key(self, event: QKeyEvent) -> None:
        """Reading keys move the page, not the caret."""
        key = Qt.Key(event.key())
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        scrolls = self._settings.flow is Flow.SCROLL
        if plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.setAccepted(self._open_focused())
        elif plain and scrolls and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._scroll_by(2 * self._line_height() * (1 if key == Qt.Key.Key_Down else -1))
            event.accept()
        elif (plain and key in _FORWARD) or (plain and not scrolls and key in _PAGE_FORWARD):
            self.turn(True)
            event.accept()
        elif (plain and key in _BACK) or (plain and not scrolls and key in _PAGE_BACK) or _is_shift_space(event):
            self.turn(False)
            event.accept()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._text.rows:
            self._take_caret_along()

    def _on_wheel(self, event: QWheelEvent) -> None:
        zooms = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._settings.flow is Flow.SCROLL and not zooms:
            return
        event.accept()
        self._notches += event.angleDelta().y()
        if abs(self._notches) >= NOTCH:
            up, self._notches = self._notches > 0, 0
            if zooms:
                self.zoom_wanted.emit(1 if up else -1)
            else:
                self.turn(not up)

    def _on_clicked(self, column: Column, event: QMouseEvent) -> None:
        point = event.position()
        if column.anchorAt(point.toPoint()):
            return
        side = self._document.rootFrame().frameFormat().leftMargin()
        if point.x() < side or point.x() > column.viewport().width() - side:
            if self._settings.flow is not Flow.SCROLL:
                self._on_edge(column, at_left=point.x() < side)
            return
        offset = self._text.window.offset_at(column.position_at(point))
        annotation_id = self._marks.highlight_at(offset)
        if annotation_id is not None:
            self.highlight_clicked.emit(annotation_id)

    def _on_edge(self, column: Column, *, at_left: bool) -> None:
        """A click beside the text turns the page."""
        outer = column is (self._shown_columns()[0] if at_left else self._shown_columns()[-1])
        if outer:
            self.turn(not at_left)

    def _show_menu(self, column: Column, event: QContextMenuEvent) -> None:
        menu = column.make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        by_keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        point = column.viewport().mapFromGlobal(event.globalPos())
        link = (self._links.focused or "") if by_keyboard else column.anchorAt(point)
        if link:
            words = {NOTE: self.tr("Show the note"), PICTURE: self.tr("Show the picture larger")}
            action = QAction(words.get(link.partition(":")[0], self.tr("Follow the link")), menu)
            at = QRect(event.globalPos(), self.rect().size() * 0)
            action.triggered.connect(lambda: self._open(link, at))
            first = menu.actions()[0]
            menu.insertAction(first, action)
            menu.insertSeparator(first)
        self.menu_wanted.emit(menu, self.selected_range)
        menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), QColor(self._colours.background))  # behind the bar, which is transparent

    def retranslate(self) -> None:
        self._columns[0].setAccessibleName(self.tr("Text of the book"))
        self._columns[1].setAccessibleName(self.tr("Text of the book, right page"))
        self._bar.setAccessibleName(self.tr("Place in the book"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


_FORWARD = (Qt.Key.Key_PageDown, Qt.Key.Key_Space)
_BACK = (Qt.Key.Key_PageUp,)
_PAGE_FORWARD = (Qt.Key.Key_Right, Qt.Key.Key_Down)
_PAGE_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up)


def _is_shift_space(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ShiftModifier
