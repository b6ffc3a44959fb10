"""Notes in the reader: what hands do in the text and in the panel, led to `Annotating`, and what comes of it shown everywhere.

selection bar ┐                          ┌ highlights on the page, ribbon
note card     ├─> Annotating ─> changed ─┼ notes panel
notes panel   ┘                          └ marks in the contents
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.desktop.actions import Actions
from app.desktop.annotating import Annotating
from app.desktop.bridge import Bridge
from app.desktop.note_words import as_text, colour_name, export_words
from app.desktop.preferences import Preferences
from app.desktop.theme import PageColours
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.book_view import BookView
from app.desktop.widgets.note_card import NoteCard
from app.desktop.widgets.notes_panel import NotesPanel
from app.desktop.widgets.ribbon import Ribbon
from app.desktop.widgets.selection_bar import SelectionBar
from app.operations import notes
from app.operations.notes import PlacedAnnotation
from storage.annotations import COLOURS, AnnotationKind, AnnotationRow
from storage.documents import DocumentRow


class ReaderNotes(QObject):
    """chosen: an annotation to go to. panel_asked: the panel is to be brought forward. bookmarked: offsets of all bookmarks.
    ask_asked: the selected words are to be asked about. marked: whether the page in view has a bookmark.
    """

    chosen = Signal(object)
    panel_asked = Signal()
    bookmarked = Signal(object)
    ask_asked = Signal()
    marked = Signal(bool)

    def __init__(
        self,
        bridge: Bridge,
        preferences: Preferences,
        page: QWidget,
        view: BookView,
        panel: NotesPanel,
        banner: Banner,
    ) -> None:
        super().__init__(page)
        self._bridge, self._preferences = bridge, preferences
        self._page, self._view, self._panel, self._banner = page, view, panel, banner
        self._document: DocumentRow | None = None
        self.annotating = Annotating(bridge, view)
        self.bar = SelectionBar(view)
        self.card = NoteCard(page)
        self.ribbon = Ribbon(view)
        self._connect()

    def _connect(self) -> None:
        annotating, bar, card, panel, view = self.annotating, self.bar, self.card, self._panel, self._view
        annotating.changed.connect(self._on_changed)
        annotating.removed.connect(self._on_removed)
        view.highlight_clicked.connect(self.open_card)
        view.menu_wanted.connect(self._offer)
        view.place_changed.connect(self._on_place)
        bar.highlight_asked.connect(self.highlight)
        bar.note_asked.connect(self.write_note)
        bar.ask_asked.connect(self.ask_asked)
        bar.copy_asked.connect(self._copy_selected)
        card.written.connect(annotating.write)
        card.coloured.connect(self._on_coloured)
        card.remove_asked.connect(self._remove)
        card.copy_asked.connect(self._copy)
        panel.chosen.connect(self.chosen)
        panel.edit_asked.connect(self._edit_in_panel)
        panel.coloured.connect(annotating.colour)
        panel.remove_asked.connect(self._remove)
        panel.export_asked.connect(self._export)
        panel.copy_all_asked.connect(self._copy_all)
        self.ribbon.clicked.connect(self.toggle_bookmark)

    def register(self, actions: Actions) -> None:
        add = actions.add
        add("notes.panel", "notes", lambda: self.tr("&Notes of this book"), self.panel_asked.emit, "Ctrl+B")
        add("notes.bookmark", "notes", lambda: self.tr("&Bookmark this page"), self.toggle_bookmark, "Ctrl+Alt+B")
        add("notes.highlight", "notes", lambda: self.tr("&Highlight the selection"), self.highlight, "Ctrl+H")
        add("notes.write", "notes", lambda: self.tr("&Write a note"), self.write_note, "Ctrl+Shift+H")
        actions.separate("notes")
        add("notes.export", "notes", lambda: self.tr("&Export the notes …"), self._panel.ask_where_to_export)

    def open_book(self, document: DocumentRow | None) -> None:
        self.card.close_card()
        self._document = document
        self._panel.open_book(document.title if document is not None else "")
        self.annotating.open_book(document.document_id if document is not None else None)

    def set_page_colours(self, colours: PageColours) -> None:
        for part in (self.bar, self.card, self._panel):
            part.set_page_colours(colours)

    # -- in the text -----------------------------------------------------------------------------------------------

    @property
    def colour(self) -> str:
        """The colour last chosen."""
        kept = self._preferences.choice("highlight", COLOURS[0])
        return kept if kept in COLOURS else COLOURS[0]

    def highlight(self, colour: str | None = None) -> None:
        """Highlight the selected words, in the colour last chosen unless another is given now."""
        if colour is not None:
            self._preferences.keep_choice("highlight", colour)
        if (selected := self._selected()) is not None:
            self.annotating.highlight(selected, self.colour)

    def write_note(self) -> None:
        """Highlight the selected words and open their note."""
        if (selected := self._selected()) is not None:
            self.annotating.highlight(selected, self.colour, self._open_made)

    def toggle_bookmark(self) -> None:
        if self._document is not None:
            self.annotating.toggle_bookmark()

    def open_card(self, annotation_id: str) -> None:
        """Open an annotation where its words stand."""
        placed = self.annotating.find(annotation_id)
        if placed is None:
            return
        area = self._view.area_of(placed.row.start, placed.row.end)
        self._panel.mark(annotation_id)
        self.card.open_card(placed, area.translated(self._view.mapTo(self._page, area.topLeft()) - area.topLeft()))

    def _open_made(self, row: AnnotationRow) -> None:
        self.open_card(row.annotation_id)

    def _selected(self) -> tuple[int, int] | None:
        selected = self._view.selected_range
        if selected is not None:
            self._view.unselect()
        return selected

    def _copy_selected(self) -> None:
        QApplication.clipboard().setText(self._view.selected_text)

    def _offer(self, menu: QMenu, selected: tuple[int, int] | None) -> None:
        """What the context menu of the text has to offer for notes."""
        entries: list[tuple[str, Callable[[], None]]] = []
        if selected is not None:
            for colour in COLOURS:
                words = self.tr("Highlight in {colour}").format(colour=colour_name(colour))
                entries.append((words, partial(self.highlight, colour)))
            entries.append((self.tr("Write a note"), self.write_note))
        marked = bool(self.annotating.bookmarks_in_view)
        entries.append(
            (self.tr("Remove the bookmark") if marked else self.tr("Bookmark this page"), self.toggle_bookmark)
        )
        actions = [QAction(words, menu) for words, _ in entries]
        for action, (_, act) in zip(actions, entries, strict=True):
            action.triggered.connect(lambda _checked=False, act=act: act())
        standard = menu.actions()
        if standard:
            menu.insertActions(standard[0], actions)
            menu.insertSeparator(standard[0])
        else:
            menu.addActions(actions)

    # -- what comes of it ------------------------------------------------------------------------------------------

    def _on_changed(self, placed: Sequence[PlacedAnnotation]) -> None:
        self._panel.show_annotations(placed)
        if self.card.annotation_id is not None:
            self.card.show_changed(self.annotating.find(self.card.annotation_id))
        self.bookmarked.emit([one.row.start for one in placed if one.row.kind is AnnotationKind.BOOKMARK])
        self._show_ribbon()

    def _on_place(self) -> None:
        focus = QApplication.focusWidget()
        if focus is not None and self._view.isAncestorOf(focus):
            self.card.close_card()
        self._show_ribbon()

    def _show_ribbon(self) -> None:
        marked = bool(self.annotating.bookmarks_in_view)
        self.ribbon.setVisible(marked)
        self.marked.emit(marked)

    def _on_coloured(self, annotation_id: str, colour: str) -> None:
        self._preferences.keep_choice("highlight", colour)
        self.annotating.colour(annotation_id, colour)

    def _remove(self, annotation_id: str) -> None:
        if not (self._panel.banner.sentence or self._banner.sentence):
            self.annotating.let_go_of_removed()  # the offer to undo the ones before is gone
        self.annotating.remove(annotation_id)

    def _on_removed(self, count: int) -> None:
        """Deleted at once, and put back with one press; further ones join while the offer stands."""
        banner = self._panel.banner if self._panel.isVisible() else self._banner
        sentence = self.tr("Deleted.") if count == 1 else self.tr("{count} deleted.").format(count=count)
        banner.say(sentence, self.tr("Undo"), self.annotating.put_back)

    def _edit_in_panel(self, annotation_id: str, row: QRect) -> None:
        placed = self.annotating.find(annotation_id)
        if placed is not None:
            self.card.open_card(placed, QRect(self._page.mapFromGlobal(row.topLeft()), row.size()))

    def _copy(self, annotation_id: str) -> None:
        placed = self.annotating.find(annotation_id)
        if placed is not None and self._document is not None:
            QApplication.clipboard().setText(as_text(placed, self._document.title))

    def _export(self, file: Path) -> None:
        if self._document is not None:
            services, document_id, words = self._bridge.services, self._document.document_id, export_words()
            self._bridge.query(lambda: notes.export_to(services, document_id, file, words))

    def _copy_all(self) -> None:
        if self._document is not None:
            words = notes.as_markdown(self._document, self.annotating.placed, export_words())
            QApplication.clipboard().setText(words)
