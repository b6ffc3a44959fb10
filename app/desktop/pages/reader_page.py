"""Reading a book: contents, the page, finding, and beside it asking and what is remembered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.actions import Actions
from app.desktop.book_source import LibraryBook
from app.desktop.bridge import Bridge, Query
from app.desktop.finding import Finding
from app.desktop.icons import dress
from app.desktop.learning_control import LearningControl
from app.desktop.pages_beside import PagesBeside
from app.desktop.preferences import Preferences
from app.desktop.reader_notes import ReaderNotes
from app.desktop.reading_history import ReadingHistory
from app.desktop.reading_pace import ReadingPace
from app.desktop.reading_type import DEFAULT_POINTS, Flow, writes_in_han
from app.desktop.segment_control import SegmentControl
from app.desktop.theme import page_colours, scaled
from app.desktop.widgets.ask_panel import AskPanel
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.book_view import BookView
from app.desktop.widgets.contents import Contents
from app.desktop.widgets.elided_label import ElidedLabel
from app.desktop.widgets.find_bar import FindBar
from app.desktop.widgets.find_results import FindResults
from app.desktop.widgets.go_to_bar import GoToBar
from app.desktop.widgets.memory_panel import MemoryPanel
from app.desktop.widgets.notes_panel import NotesPanel
from app.desktop.widgets.original_pages import OriginalPages
from app.desktop.widgets.skeleton import Skeleton
from app.desktop.widgets.type_popover import TypePopover
from app.desktop.wording import percent, shortened
from app.operations import library
from app.operations.notes import PlacedAnnotation
from app.operations.places import place_index
from storage.documents import DocumentRow, SectionRow

KEEP_PLACE_AFTER_MS = 800
ZOOM_STEP = 1.1


@dataclass(frozen=True, slots=True)
class _Opened:
    document: DocumentRow
    sections: list[SectionRow]
    book: LibraryBook


class ReaderPage(QWidget):
    """One open book.

    history_changed: whether back and forward lead somewhere. title_changed: of the open book. wanted: an action of this page
    was chosen while another page may be in view.
    """

    history_changed = Signal(bool, bool)
    title_changed = Signal(str)
    wanted = Signal()

    def __init__(
        self,
        bridge: Bridge,
        control: LearningControl,
        segments: SegmentControl,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._segments = segments
        self._preferences = preferences
        self._document: DocumentRow | None = None
        self._sections: Sequence[SectionRow] = ()
        self._book: LibraryBook | None = None
        self._history: ReadingHistory[int] = ReadingHistory()
        self._pace = ReadingPace()
        self._opening: Query | None = None
        self._indexing: Query | None = None
        self._build(control)
        self._keep_place = QTimer(self)
        self._keep_place.setSingleShot(True)
        self._keep_place.setInterval(KEEP_PLACE_AFTER_MS)
        self._keep_place.timeout.connect(self.keep_place)
        preferences.changed.connect(self._on_preference)
        self.apply_type()
        self.retranslate()
        self._tell()

    def _build(self, control: LearningControl) -> None:
        self.contents = Contents(self)
        self.view = BookView(self._bridge.query, self)
        self.find_bar = FindBar(self)
        self.banner = Banner(self)
        self.go_to_bar = GoToBar(self)
        self.results = FindResults(self)
        self.finding = Finding(self._bridge, self._preferences, self.view, self.find_bar, self.results)
        self.ask_panel = AskPanel(self._bridge, lambda: (self.view.place, self.view.end_of_view))
        self.memory_panel = MemoryPanel(
            self._bridge, control, self._segments, lambda: self.view.end_of_view, self._words_from
        )
        self.side = QTabWidget(self)
        self.side.setDocumentMode(True)
        self.side.addTab(self.ask_panel, "")
        self.notes_panel = NotesPanel(self)
        self.side.addTab(self.notes_panel, "")
        self.side.addTab(self.memory_panel, "")
        self.side.setMinimumWidth(320)

        head = QFrame(self)
        head.setProperty("role", "bar")
        self.contents_button, self.side_button = QToolButton(head), QToolButton(head)
        for button, icon_name in ((self.contents_button, "contents"), (self.side_button, "panel")):
            dress(button, icon_name)
            button.setCheckable(True)
        self.back_button, self.forward_button = QToolButton(head), QToolButton(head)
        dress(self.back_button, "back")
        dress(self.forward_button, "forward")
        self.bookmark_button = QToolButton(head)
        dress(self.bookmark_button, "bookmark")
        self.bookmark_button.setCheckable(True)
        self.original_button = QToolButton(head)
        dress(self.original_button, "original")
        self.original_button.setCheckable(True)
        self.type_button = QToolButton(head)
        self.type_button.setText("Aa")
        self._title = ElidedLabel(head)
        head_layout = QHBoxLayout(head)
        head_layout.setContentsMargins(8, 4, 8, 4)
        head_layout.setSpacing(4)
        for button in (self.contents_button, self.back_button, self.forward_button):
            head_layout.addWidget(button)
        head_layout.addWidget(self._title, 1)
        head_layout.addWidget(self.bookmark_button)
        head_layout.addWidget(self.original_button)
        head_layout.addWidget(self.type_button)
        head_layout.addWidget(self.side_button)
        self._head = head
        self.type_popover = TypePopover(
            self._preferences, lambda: self._document.language if self._document else "", self
        )

        self._place = ElidedLabel(self)
        self._place.setProperty("role", "subtle")
        self._place.setFont(scaled(self.font(), 0.9))
        self._place.setContentsMargins(16, 4, 16, 6)
        column = QWidget(self)
        column_layout = QVBoxLayout(column)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.setSpacing(0)
        for part in (head, self.find_bar, self.go_to_bar, self.banner):
            column_layout.addWidget(part)
        column_layout.addWidget(self.view, 1)
        column_layout.addWidget(self._place)
        self._skeleton = Skeleton(self.view)
        self.original = OriginalPages(self._bridge, self._preferences, self)
        self.pages = PagesBeside(
            self._bridge, self._preferences, self, self.original, self.original_button, self.banner
        )
        self.notes = ReaderNotes(self._bridge, self._preferences, self, self.view, self.notes_panel, self.banner)

        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self.left = QStackedWidget(self)
        self.left.addWidget(self.contents)
        self.left.addWidget(self.results)
        self.left.setMinimumWidth(120)
        column.setMinimumWidth(280)
        self._middle = QSplitter(Qt.Orientation.Horizontal, self)
        self._middle.setHandleWidth(1)
        self._middle.setChildrenCollapsible(False)
        self.original.setMinimumWidth(240)
        for pane in (column, self.original):
            self._middle.addWidget(pane)
        if not self._middle.restoreState(self._preferences.state("original")):
            self._middle.setSizes([500, 500])
        for pane in (self.left, self._middle, self.side):
            self._splitter.addWidget(pane)
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setStretchFactor(2, 0)
        if not self._splitter.restoreState(self._preferences.state("reader")):
            self._splitter.setSizes([220, 700, 360])
        self.left.setVisible(self._preferences.flag("contents", True))
        self.side.setVisible(self._preferences.flag("side", True))

        self._nothing = QLabel(self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setProperty("role", "subtle")
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self._splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._connect()

    def _connect(self) -> None:
        self.contents.chosen.connect(self.jump_to)
        self.contents_button.clicked.connect(self.toggle_contents)
        self.side_button.clicked.connect(self.toggle_side)
        self.type_button.clicked.connect(self.open_type)
        self.back_button.clicked.connect(self.go_back)
        self.forward_button.clicked.connect(self.go_forward)
        self.view.place_changed.connect(self._on_place)
        self.view.link_followed.connect(self.jump_to)
        self.view.zoom_wanted.connect(self.zoom)
        self.view.menu_wanted.connect(self._offer_to_ask)
        self.notes.chosen.connect(self._show_annotation)
        self.notes.panel_asked.connect(lambda: self._to_panel(self.notes_panel))
        self.notes.marked.connect(self.bookmark_button.setChecked)
        self.bookmark_button.clicked.connect(self.notes.toggle_bookmark)
        self.notes.bookmarked.connect(self.contents.show_bookmarks)
        self.notes.ask_asked.connect(self._ask_about)
        self.original.chosen.connect(self.jump_to)
        self.finding.lit.connect(self.pages.light)
        self.finding.leaving.connect(self._leave)
        self.finding.list_shown.connect(self._show_left)
        self.go_to_bar.chosen.connect(self.jump_to)
        self.go_to_bar.closed.connect(self.view.setFocus)
        self.ask_panel.place_chosen.connect(self.show_place)
        self.memory_panel.place_chosen.connect(self.jump_to)

    def register(self, actions: Actions) -> None:
        """What this page offers in menus and by keys."""
        add = actions.add
        add("reader.contents", "view", lambda: self.tr("Co&ntents"), self.toggle_contents, "F7", "Ctrl+T")
        add("reader.side", "view", lambda: self.tr("Side &panel"), self.toggle_side, "F8")
        actions.separate("view")
        add("reader.larger", "view", lambda: self.tr("Larg&er type"), lambda: self.zoom(1), "Ctrl++", "Ctrl+=")
        add("reader.smaller", "view", lambda: self.tr("&Smaller type"), lambda: self.zoom(-1), "Ctrl+-")
        add("reader.usual", "view", lambda: self.tr("&Usual type"), lambda: self.zoom(0), "Ctrl+0")
        add("reader.type", "view", lambda: self.tr("&Type and colours …"), self._to_type, "Ctrl+Shift+A")
        add("reader.flow", "view", lambda: self.tr("Pages &or scroll"), self.toggle_flow, "Ctrl+Shift+M")
        actions.separate("view")
        add("reader.find", "go", lambda: self.tr("&Find …"), self.open_find, "Ctrl+F", "/", only_in=self)
        add("reader.next", "go", lambda: self.tr("Find &next"), self.find_next, "F3")
        add("reader.previous", "go", lambda: self.tr("Find &previous"), self.find_previous, "Shift+F3")
        actions.separate("go")
        add("reader.go_to", "go", lambda: self.tr("&Go to …"), self.open_go_to, "Ctrl+G")
        back = add("reader.back", "go", lambda: self.tr("&Back"), self.go_back, "Alt+Left")
        forward = add("reader.forward", "go", lambda: self.tr("F&orward"), self.go_forward, "Alt+Right")
        self.history_changed.connect(lambda can_back, can_forward: back.setEnabled(can_back))
        self.history_changed.connect(lambda can_back, can_forward: forward.setEnabled(can_forward))
        add("reader.next_section", "go", lambda: self.tr("Ne&xt section"), lambda: self.step_section(1), "Ctrl+PgDown")
        add(
            "reader.previous_section",
            "go",
            lambda: self.tr("Pre&vious section"),
            lambda: self.step_section(-1),
            "Ctrl+PgUp",
        )
        add("reader.start", "go", lambda: self.tr("&Start of the book"), self.to_start, "Ctrl+Home", only_in=self.view)
        add("reader.end", "go", lambda: self.tr("&End of the book"), self.to_end, "Ctrl+End", only_in=self.view)
        add("reader.original", "view", lambda: self.tr("Or&iginal pages"), self.pages.toggle, "F9")
        self.notes.register(actions)
        add("reader.ask", "ask", lambda: self.tr("&Ask about this book"), self._ask_about, "Ctrl+K")
        add("reader.memory", "ask", lambda: self.tr("&Memory of this book"), self._to_memory, "Ctrl+M")
        add("reader.segments", "ask", lambda: self.tr("Make or pause segm&ent memory"), self._turn_segments)
        self.ask_panel.register(actions)
        self._tell_history()

    # -- which book ------------------------------------------------------------------------------------------------

    @property
    def document(self) -> DocumentRow | None:
        return self._document

    def open(self, document_id: str) -> None:
        """Open a book where one left it."""
        if self._document is not None and self._document.document_id == document_id:
            self.view.setFocus()
            return
        self.keep_place()
        services = self._bridge.services

        def read() -> _Opened:
            document = library.open_document(services, document_id)
            book = LibraryBook(services, document, self._bridge.query, at=document.read_position)
            return _Opened(document, library.outline(services, document_id), book)

        if self._opening is not None:
            self._opening.drop()
        self._skeleton.wait()
        self._opening = self._bridge.query(read, self._show)

    def close_document(self, document_id: str) -> None:
        """Let go of a book that is about to be forgotten."""
        if self._document is None or self._document.document_id != document_id:
            return
        self._keep_place.stop()
        self._document, self._sections, self._book = None, (), None
        self.view.show_source(None)
        self.finding.open_book(None, (), 0)
        self.notes.open_book(None)
        self.pages.open_book(None)
        self.go_to_bar.close_bar()
        self.ask_panel.open(None)
        self.memory_panel.open(None)
        self._segments.attend(None)
        self._tell()

    def _show(self, opened: _Opened) -> None:
        self._skeleton.done()
        self._document, self._sections = opened.document, opened.sections
        self._book = opened.book
        self._history = ReadingHistory()
        self._pace = self._preferences.pace(has_han=writes_in_han(opened.document.language))
        self._tell()
        self.contents.show_sections(opened.sections)
        self.go_to_bar.close_bar()
        self.finding.open_book(opened.document.document_id, opened.sections, opened.document.characters)
        self.view.show_source(self._book, language=opened.document.language, offset=opened.document.read_position)
        self.notes.open_book(opened.document)
        self.pages.open_book(opened.document.document_id)
        self.ask_panel.open(opened.document, opened.sections)
        self.memory_panel.open(opened.document, opened.sections)
        self._segments.attend(opened.document.document_id)
        self.view.setFocus()

    def _words_from(self, offset: int) -> str:
        return self._book.words_from(offset) if self._book is not None else ""

    # -- moving ----------------------------------------------------------------------------------------------------

    def jump_to(self, offset: int) -> None:
        """Go somewhere else in the book, so that Alt+Left leads back."""
        self._leave(self.view.place)
        self.view.go_to(offset)
        self.view.setFocus()

    def show_place(self, start: int, end: int) -> None:
        """Go to a citation and light its words up."""
        self._leave(self.view.place)
        self.view.light(start, end)
        self.pages.light((start, end))

    def _show_annotation(self, annotation: PlacedAnnotation) -> None:
        """Go to a note from the panel, which keeps the keyboard."""
        row = annotation.row
        if row.start < row.end:
            self.show_place(row.start, row.end)
        else:
            self._leave(self.view.place)
            self.view.go_to(row.start)

    def _leave(self, place: int) -> None:
        """Note a place one goes away from, so that Alt+Left leads back."""
        self._pace.forget_place()
        self._history.jump(place)
        self._tell_history()

    def go_back(self) -> None:
        self._travel(self._history.back(self.view.place))

    def go_forward(self) -> None:
        self._travel(self._history.forward(self.view.place))

    def _travel(self, place: int | None) -> None:
        if place is not None:
            self._pace.forget_place()
            self.view.go_to(place)
        self._tell_history()

    def step_section(self, by: int) -> None:
        """To the next section, or the start of this one and then the one before."""
        place = self.view.place
        starts = sorted({section.start for section in self._sections})
        ahead = [start for start in starts if start > place]
        behind = [start for start in starts if start < place]
        target = (ahead[:1] if by > 0 else behind[-1:]) or [place]
        self.jump_to(target[0])

    def to_start(self) -> None:
        self.jump_to(0)

    def to_end(self) -> None:
        if self._document is not None:
            self.jump_to(self._document.characters)

    # -- finding ---------------------------------------------------------------------------------------------------

    def open_find(self) -> None:
        if self._document is not None:
            self.go_to_bar.hide()
            self.finding.start()

    def find_next(self) -> None:
        if self._document is not None:
            self.finding.step(1)

    def find_previous(self) -> None:
        if self._document is not None:
            self.finding.step(-1)

    def open_go_to(self) -> None:
        if self._document is None:
            return
        self.find_bar.close_bar()
        self.go_to_bar.open_bar()
        services, document_id = self._bridge.services, self._document.document_id
        if self._indexing is not None:
            self._indexing.drop()
        self._indexing = self._bridge.query(lambda: place_index(services, document_id), self.go_to_bar.show_index)

    # -- place, type, parts ----------------------------------------------------------------------------------------

    def _on_place(self, offset: int) -> None:
        self.contents.mark(offset)
        self.pages.follow(offset, self.view.end_of_view)
        self._pace.note(offset, time.monotonic())
        self._tell_place(offset)
        self._keep_place.start()

    def keep_place(self) -> None:
        """Remember how far one has read, off this thread."""
        self._keep_place.stop()
        if self._document is None:
            return
        self._preferences.keep_pace(self._pace)
        services, document_id, offset = self._bridge.services, self._document.document_id, self.view.place
        self._bridge.query(lambda: library.set_read_position(services, document_id, offset))

    def apply_type(self) -> None:
        """Take size and colours of the page from the preferences and the palette."""
        colours = page_colours(self._preferences.page, self.palette())
        self.view.set_type(self._preferences.reading_type, colours)
        self.notes.set_page_colours(colours)

    def zoom(self, steps: int) -> None:
        """Larger or smaller type; 0 goes back to the usual size."""
        reading_type = self._preferences.reading_type
        points = reading_type.points * ZOOM_STEP**steps if steps else DEFAULT_POINTS
        self._preferences.reading_type = replace(reading_type, points=points)

    def open_type(self) -> None:
        self.type_popover.open_below(self.type_button)

    def _to_type(self) -> None:
        if self._document is not None:
            self.wanted.emit()
            self.open_type()

    def toggle_flow(self) -> None:
        """From scrolling to pages and back."""
        reading_type = self._preferences.reading_type
        flow = Flow.SPREAD if reading_type.flow is Flow.SCROLL else Flow.SCROLL
        self._preferences.reading_type = replace(reading_type, flow=flow)

    def set_bare(self, bare: bool) -> None:
        """Only the page of the book, or what stands around it as well."""
        for part in (self._head, self._place):
            part.setVisible(not bare)
        self.left.setVisible(not bare and self._preferences.flag("contents", True))
        self.side.setVisible(not bare and self._preferences.flag("side", True))
        self._tell()

    def _on_preference(self, name: str) -> None:
        if name in ("type", "page"):
            self.apply_type()

    def toggle_contents(self) -> None:
        """Show or hide the contents; they take the place of a list of hits."""
        is_shown = self.left.isVisibleTo(self) and self.left.currentWidget() is self.contents
        self._preferences.keep_flag("contents", not is_shown)
        if self.finding.is_list_shown:
            self.find_bar.list_button.setChecked(False)
        self._show_left()

    def _show_left(self) -> None:
        lists_hits = self.finding.is_list_shown
        self.left.setCurrentWidget(self.results if lists_hits else self.contents)
        self.left.setVisible(lists_hits or self._preferences.flag("contents", True))
        self._tell()

    def toggle_side(self) -> None:
        self.side.setVisible(self.side.isHidden())
        self._preferences.keep_flag("side", not self.side.isHidden())
        self._tell()

    def show_panel(self, panel: QWidget) -> None:
        """Bring a tab of the side panel forward."""
        if self.side.isHidden():
            self.toggle_side()
        self.side.setCurrentWidget(panel)
        panel.setFocus()

    def _to_memory(self) -> None:
        self._to_panel(self.memory_panel)

    def _turn_segments(self) -> None:
        """Make the open book's segment memory, pause that or go on, and show how it goes."""
        if self._document is not None:
            self._to_panel(self.memory_panel)
            self.memory_panel.show_segments()
            self.memory_panel.segments.act()

    def _to_panel(self, panel: QWidget) -> None:
        if self._document is not None:
            self.wanted.emit()
            self.show_panel(panel)

    def keep_state(self) -> None:
        self._preferences.keep_state("reader", self._splitter.saveState())
        self._preferences.keep_state("original", self._middle.saveState())

    def _offer_to_ask(self, menu: QMenu, selected: tuple[int, int] | None) -> None:
        if selected is not None:
            first = menu.actions()[0]
            ask = QAction(self.tr("Ask about this"), menu)
            ask.triggered.connect(self._ask_about)
            menu.insertAction(first, ask)

    def _ask_about(self) -> None:
        """About the words that are selected, where some are."""
        selected = self.view.selected_range
        self._to_panel(self.ask_panel)
        if selected is not None and self._document is not None:
            self.ask_panel.ask_about(*selected, self.view.selected_text)
            self.view.unselect()  # the panel quotes them; the next question is not about them unless they are selected again

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        self._stack.setCurrentWidget(self._splitter if self._document is not None else self._nothing)
        title = self._document.title if self._document is not None else ""
        self._title.set_words(title)
        self.title_changed.emit(title)
        self.contents_button.setChecked(self._preferences.flag("contents", True))
        self.side_button.setChecked(not self.side.isHidden())
        self._tell_history()

    def _tell_history(self) -> None:
        back, forward = self._history.can_go_back, self._history.can_go_forward
        self.back_button.setEnabled(back)
        self.forward_button.setEnabled(forward)
        self.history_changed.emit(back, forward)

    def _tell_place(self, offset: int) -> None:
        if self._document is None or self._book is None:
            return
        characters = self._document.characters
        share = 1.0 if self.view.end_of_view >= characters - 1 else offset / characters
        parts = [self.tr("{share} of the book").format(share=percent(share))]
        page = self._book.block_at(offset).page_label
        if page:
            parts.append(self.tr("page {page}").format(page=page))
        section = next((section for section in reversed(self._sections) if section.start <= offset), None)
        if section is not None and section.title:
            parts.append(shortened(" ".join(section.title.split()), 60))
        if section is not None and section.start < section.end and len(self._sections) > 1:
            read = min((offset - section.start) / (section.end - section.start), 1.0)
            parts.append(self.tr("{share} of the chapter").format(share=percent(read)))
            minutes = self._pace.minutes(max(0, section.end - offset))
            if minutes is not None:
                parts.append(self.tr("about {minutes} min left in it").format(minutes=minutes))
        self._place.set_words(" · ".join(parts))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.ask_panel.is_answering:
            self.ask_panel.stop()
        elif event.key() == Qt.Key.Key_Escape and not (self.find_bar.isHidden() and self.go_to_bar.isHidden()):
            self.find_bar.close_bar()
            self.go_to_bar.close_bar()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        self.side.setTabText(0, self.tr("Ask"))
        self.side.setTabText(1, self.tr("Notes"))
        self.side.setTabText(2, self.tr("Memory"))
        self.side.setAccessibleName(self.tr("Side panel"))
        self.side.tabBar().setAccessibleName(self.tr("Side panel"))
        for button, words in (
            (self.contents_button, self.tr("Contents (F7)")),
            (self.bookmark_button, self.tr("Bookmark this page (Ctrl+Alt+B)")),
            (self.side_button, self.tr("Side panel (F8)")),
            (self.type_button, self.tr("Type and colours (Ctrl+Shift+A)")),
            (self.back_button, self.tr("Back (Alt+Left)")),
            (self.forward_button, self.tr("Forward (Alt+Right)")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
        self.pages.retranslate()
        self._nothing.setText(self.tr("No book is open. Choose one in the library."))
        if self._document is not None:
            self._tell_place(self.view.place)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.apply_type()
        super().changeEvent(event)
