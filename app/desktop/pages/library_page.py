"""The library: the shelf with everything on it, what was begun last, and what one does with documents.

Composes: the bar narrows and sorts, the view shows, `Adding` brings documents, `TakingOff` takes them away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app.desktop.actions import Actions
from app.desktop.adding import Adding
from app.desktop.bridge import Bridge, Query
from app.desktop.covers import Covers
from app.desktop.icons import dress
from app.desktop.preferences import Preferences
from app.desktop.shelf_model import ShelfModel
from app.desktop.taking_off import TakingOff
from app.desktop.theme import scaled
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.details_dialog import Corrections, DetailsDialog
from app.desktop.widgets.drop_target import DropTarget
from app.desktop.widgets.empty_shelf import EmptyShelf
from app.desktop.widgets.import_report import ImportReport
from app.desktop.widgets.recent_row import MOST_CARDS, RecentRow
from app.desktop.widgets.shelf_bar import ShelfBar
from app.desktop.widgets.shelf_view import ShelfView
from app.desktop.widgets.skeleton import Skeleton
from app.desktop.widgets.tag_dialog import TagDialog
from app.desktop.wording import number, shortened
from app.operations import shelves
from storage.documents import DocumentRow
from storage.shelves import Facets, ShelfRow


@dataclass(frozen=True, slots=True)
class _Library:
    """What one reading of the library brings."""

    ids: list[str]
    facets: Facets
    begun: list[ShelfRow]


class LibraryPage(QWidget):
    """opened: id of a document to read. forgotten: id of one that is gone."""

    opened = Signal(str)
    forgotten = Signal(str)

    def __init__(self, bridge: Bridge, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._query: Query | None = None
        self._select: str | None = None
        self._facets = Facets((), (), 0, 0)
        self._is_read = False
        self._selection_actions: list[QAction] = []
        self._build(preferences)
        self._connect()
        self.retranslate()
        self.reload()

    def _build(self, preferences: Preferences) -> None:
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.7, bold=True))
        self._count = QLabel(self)
        self._count.setProperty("role", "subtle")
        self.open_button = QPushButton(self)
        self.open_button.setProperty("role", "primary")
        dress(self.open_button, "open", on_accent=True)
        self.folder_button = QToolButton(self)
        dress(self.folder_button, "folder")
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(self._count, 1, Qt.AlignmentFlag.AlignBottom)
        head.addWidget(self.folder_button)
        head.addWidget(self.open_button)
        self.banner = Banner(self)
        self.report = ImportReport(self)
        self.covers = Covers(self._bridge, self)
        self.recent = RecentRow(self.covers, self)
        self.bar = ShelfBar(preferences, self)
        self._model = ShelfModel(self)
        self.list = ShelfView(self._model, self.covers, self)
        self.list.show_tiles(self.bar.wants_tiles)
        self.empty = EmptyShelf(self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        self._skeleton = Skeleton(self._stack)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 24, 8)
        layout.setSpacing(14)
        layout.addLayout(head)
        layout.addWidget(self.banner)
        layout.addWidget(self.report)
        layout.addWidget(self.recent)
        layout.addWidget(self.bar)
        layout.addWidget(self._stack, 1)
        self.adding = Adding(self._bridge, self, self.banner, self.report)
        self.taking_off = TakingOff(self._bridge, self, self.banner)
        self._drop = DropTarget(self, self.adding.count_kinds)

    def _connect(self) -> None:
        self.open_button.clicked.connect(self.choose_files)
        self.folder_button.clicked.connect(self.adding.choose_folder)
        self.bar.changed.connect(self._show_shelf)
        self.bar.tiles_changed.connect(self.list.show_tiles)
        self.bar.left.connect(self._to_list)
        self._model.wanted.connect(self._read_rows)
        self.list.activated.connect(self._open_index)
        self.list.typed.connect(self.bar.search_for)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.selectionModel().selectionChanged.connect(lambda: self._tell_actions())
        self.empty.acted.connect(self._act_on_empty)
        self.recent.opened.connect(self.opened)
        self.report.opened.connect(self.opened)
        self.adding.changed.connect(self._on_added)
        self.taking_off.changed.connect(self.reload)
        self.taking_off.going.connect(self._let_go)
        self._drop.dropped.connect(self.add_files)

    def register(self, actions: Actions) -> None:
        """What this page offers in menus and by keys."""
        add, key = actions.add, QKeySequence.StandardKey
        add("library.add", "file", lambda: self.tr("&Add to the library …"), self.choose_files, key.Open)
        add(
            "library.add_folder",
            "file",
            lambda: self.tr("Add a f&older …"),
            self.adding.choose_folder,
            "Ctrl+Shift+O",
        )
        actions.separate("file")
        self._edit_action = add(
            "library.details", "file", lambda: self.tr("&Details …"), self.show_details, "Ctrl+I", only_in=self
        )
        self._tag_action = add(
            "library.tag", "file", lambda: self.tr("&Tags …"), self.show_tags, "Ctrl+Shift+T", only_in=self
        )
        self._remove_action = add(
            "library.remove", "file", lambda: self.tr("&Remove"), self.remove_selected, "Del", only_in=self.list
        )
        self._restore_action = add(
            "library.restore", "file", lambda: self.tr("&Put back"), self.restore_selected, "Ctrl+R", only_in=self
        )
        self._undo_action = add(
            "library.undo", "file", lambda: self.tr("&Undo removing"), self.taking_off.undo, key.Undo, only_in=self
        )
        self._forget_action = add(
            "library.forget", "file", lambda: self.tr("&Forget …"), self.forget_selected, "Shift+Del", only_in=self.list
        )
        add("library.search", "go", lambda: self.tr("Search the &library"), self._to_search, key.Find, only_in=self)
        add(
            "library.tiles", "view", lambda: self.tr("Tiles or ro&ws"), self._toggle_tiles, "Ctrl+Shift+L", only_in=self
        )
        self._undo_action.setEnabled(False)
        self.taking_off.undoable.connect(self._undo_action.setEnabled)
        self._selection_actions = [
            self._edit_action,
            self._tag_action,
            self._remove_action,
            self._restore_action,
            self._forget_action,
        ]
        self._tell_actions()

    # -- what is on the shelf --------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the library anew; place and selection stay."""
        services, shelf = self._bridge.services, self.bar.shelf
        if not self._is_read:
            self._skeleton.wait()

        def read() -> _Library:
            return _Library(
                shelves.order(services, shelf),
                shelves.facets(services),
                shelves.continue_reading(services, MOST_CARDS),
            )

        self._replace_query(self._bridge.query(read, self._show_library))

    def _show_shelf(self) -> None:
        """The shelf that the bar asks for now; the rest of the library is as it was."""
        services, shelf = self._bridge.services, self.bar.shelf
        if self._is_read:
            self._replace_query(self._bridge.query(lambda: shelves.order(services, shelf), self._show_ids))
        else:
            self.reload()

    def _replace_query(self, query: Query) -> None:
        """An older question's answer would come too late."""
        if self._query is not None:
            self._query.drop()
        self._query = query

    def _show_library(self, read: _Library) -> None:
        self._skeleton.done()
        self._is_read = True
        self._facets = read.facets
        self.bar.show_facets(read.facets)
        self.recent.show_rows(read.begun)
        self._show_ids(read.ids)

    def _show_ids(self, ids: list[str]) -> None:
        selected = [self._select] if self._select is not None else self.list.selected_ids()
        self._select = None
        self._model.set_order(ids)
        if self.list.selected_ids() != selected:
            self.list.select(selected)
        self.list.have_current()
        self._show_shelf_or_words(self.list if ids else self.empty)
        self.recent.setVisible(bool(self.recent.cards) and not self.bar.is_narrowed)
        self._tell_count()
        self._tell_empty()
        self._tell_actions()

    def _show_shelf_or_words(self, wanted: ShelfView | EmptyShelf) -> None:
        """The keyboard stays on this page: whoever has just removed the last document can undo it."""
        had_focus = self.list.hasFocus() or self.empty.button.hasFocus()
        self._stack.setCurrentWidget(wanted)
        if had_focus:
            (self.list if wanted is self.list else self.empty.button).setFocus()

    def _read_rows(self, ids: list[str]) -> None:
        services = self._bridge.services
        self._bridge.query(lambda: shelves.rows(services, ids), lambda rows: self._put_rows(ids, rows))

    def _put_rows(self, ids: list[str], rows: list[ShelfRow]) -> None:
        self._model.put_rows(ids, rows)
        self._tell_actions()

    # -- the selection ---------------------------------------------------------------------------------------------

    @property
    def selected(self) -> DocumentRow | None:
        """The document one would open; None while it is not loaded."""
        row = self._model.shelf_row(self.list.currentIndex())
        return row.document if row is not None else None

    def _chosen(self) -> list[str]:
        """The selected documents, or else the current one."""
        current = self._model.document_id(self.list.currentIndex())
        return self.list.selected_ids() or ([current] if current is not None else [])

    def _named(self, ids: Sequence[str]) -> list[tuple[str, str]]:
        rows = {document_id: self._model.shelf_row(self._model.index_of(document_id)) for document_id in ids}
        return [(document_id, row.document.title if row is not None else "") for document_id, row in rows.items()]

    def _with_rows(self, ids: list[str], use: Callable[[list[ShelfRow]], None]) -> None:
        """Call `use` with the rows of documents, as they are now; not at all when they are gone."""
        services = self._bridge.services
        self._bridge.query(lambda: shelves.rows(services, ids), lambda rows: use(rows) if rows else None)

    def _open_index(self, index: QModelIndex) -> None:
        document_id = self._model.document_id(index)
        if document_id is None:
            return
        if self.bar.shelf.removed:
            self.banner.say(
                self.tr("This document was removed. It can be read when it is put back."),
                self.tr("Put back"),
                lambda: self.taking_off.restore([document_id]),
            )
        else:
            self.opened.emit(document_id)

    # -- what one does with it -------------------------------------------------------------------------------------

    def choose_files(self) -> None:
        self.adding.choose_files()

    def add_files(self, paths: Sequence[Path]) -> None:
        """Import files and folders."""
        self.adding.add(paths)

    def _on_added(self, document_id: str) -> None:
        if document_id:
            self._select = document_id
        self.reload()

    def remove_selected(self) -> None:
        """Off the shelf at once; the banner puts it back."""
        ids = self._chosen()
        if ids and not self.bar.shelf.removed:
            self.taking_off.remove(self._named(ids))

    def restore_selected(self) -> None:
        ids = self._chosen()
        if ids and self.bar.shelf.removed:
            self.taking_off.restore(ids)

    def forget_selected(self) -> None:
        """Ask, with a list of what will go; then forget."""
        ids = self._chosen()
        if ids:
            self.taking_off.ask_to_forget(self._named(ids))

    def _let_go(self, ids: list[str]) -> None:
        for document_id in ids:
            self.covers.drop(document_id)
            self.forgotten.emit(document_id)

    def show_details(self) -> None:
        ids = self._chosen()
        if ids:
            self._with_rows(ids[:1], lambda rows: self._open_details(rows[0]))

    def _open_details(self, row: ShelfRow) -> None:
        dialog = DetailsDialog(row, self._facets, self)
        dialog.accepted.connect(lambda: self._correct(row.document.document_id, dialog.corrections))
        dialog.open()

    def _correct(self, document_id: str, said: Corrections) -> None:
        services = self._bridge.services
        self._bridge.query(
            lambda: shelves.edit(
                services,
                document_id,
                title=said.title,
                author=said.author,
                series=said.series,
                series_number=said.series_number,
                tags_now=said.tags,
            ),
            lambda _: self.reload(),
        )

    def show_tags(self) -> None:
        ids = self._chosen()
        if ids:
            self._with_rows(ids, self._open_tags)

    def _open_tags(self, rows: list[ShelfRow]) -> None:
        dialog = TagDialog(rows, self._facets, self)
        ids = [row.document.document_id for row in rows]
        dialog.accepted.connect(lambda: self._tag(ids, dialog.added, dialog.removed))
        dialog.open()

    def _tag(self, ids: list[str], added: list[str], removed: list[str]) -> None:
        services = self._bridge.services
        if added or removed:
            self._bridge.query(
                lambda: shelves.change_tags(services, ids, add=added, remove=removed), lambda _: self.reload()
            )

    # -- going about -----------------------------------------------------------------------------------------------

    def _to_search(self) -> None:
        self.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.search.selectAll()

    def _to_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _toggle_tiles(self) -> None:
        button = self.bar.rows_button if self.bar.wants_tiles else self.bar.tiles_button
        button.setChecked(True)

    def _act_on_empty(self) -> None:
        if self.bar.is_narrowed:
            self.bar.widen()
        else:
            self.choose_files()

    def _show_menu(self, position: QPoint) -> None:
        """What can be done with the selected documents, at the mouse or, by the keyboard, at the current one."""
        index = self.list.indexAt(position)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        document_id = self._model.document_id(index)  # rows may change while the menu is open
        if document_id is not None and not self.bar.shelf.removed:
            read = QAction(self.tr("Read"), menu)
            read.triggered.connect(lambda: self.opened.emit(document_id))
            menu.addAction(read)
            menu.addSeparator()
        for action in self._selection_actions:
            if action.isEnabled():
                menu.addAction(action)
        menu.popup(self.list.viewport().mapToGlobal(position))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell_actions()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tell_actions()

    # -- words -----------------------------------------------------------------------------------------------------

    def _tell_actions(self) -> None:
        """Only what can be done now is offered, and nothing while another page is shown."""
        can_act = self.isVisible() and (self.list.selectionModel().hasSelection() or self.list.currentIndex().isValid())
        removed = self.bar.shelf.removed
        for action in self._selection_actions:
            action.setEnabled(can_act)
        if self._selection_actions:
            self._remove_action.setEnabled(can_act and not removed)
            self._restore_action.setEnabled(can_act and removed)

    def _tell_count(self) -> None:
        shown, all_of_them = self._model.rowCount(), self._facets.documents
        if self.bar.is_narrowed:
            self._count.setText(
                self.tr("{shown} of {all}").format(shown=number(shown), all=number(all_of_them))
                if not self.bar.shelf.removed
                else self.tr("%n removed", "", shown)
            )
        else:
            self._count.setText(self.tr("%n document(s)", "", shown))

    def _tell_empty(self) -> None:
        if not self.bar.is_narrowed:
            words = self.tr("Nothing here yet. Drop books or folders onto this page, or add some with the button.")
            self.empty.say(words, self.tr("Add to the library …"))
        elif self.bar.shelf.search:
            words = self.tr("Nothing in the library matches “{words}”.")
            self.empty.say(words.format(words=shortened(self.bar.shelf.search, 60)), self.tr("Show everything"))
        elif self.bar.shelf.removed:
            self.empty.say(self.tr("Nothing was removed."), self.tr("Show everything"))
        else:
            self.empty.say(self.tr("No document is like that."), self.tr("Show everything"))

    def retranslate(self) -> None:
        self._title.setText(self.tr("Library"))
        self.open_button.setText(self.tr("Add …"))
        self.open_button.setToolTip(self.tr("Add books or chats to the library"))
        self.open_button.setAccessibleName(self.tr("Add books or chats to the library"))
        self.folder_button.setToolTip(self.tr("Add every book of a folder"))
        self.folder_button.setAccessibleName(self.tr("Add every book of a folder"))
        self.list.setAccessibleName(self.tr("Documents in the library"))
        self._tell_count()
        self._tell_empty()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
