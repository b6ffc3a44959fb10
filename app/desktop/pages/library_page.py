"""The library: every document with what is remembered of it; files dropped anywhere on the page are added."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.actions import Actions
from app.desktop.bridge import Bridge, Query
from app.desktop.icons import dress
from app.desktop.item_models import LibraryModel, Shelved
from app.desktop.theme import scaled
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.drop_target import DropTarget
from app.desktop.widgets.forget_dialog import ForgetDialog
from app.desktop.widgets.library_delegate import LibraryDelegate
from app.desktop.widgets.skeleton import Skeleton
from app.desktop.wording import number, shortened
from app.operations import forgetting, importing, library
from app.operations.results import Forgotten, Imported
from storage.documents import DocumentRow

TYPING_PAUSE_MS = 150


class LibraryPage(QWidget):
    """opened: id of a document to read. forgotten: id of one that is gone."""

    opened = Signal(str)
    forgotten = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._query: Query | None = None
        self._select: str | None = None
        self._last_folder = str(Path.home())
        self._failures: list[tuple[str, str]] = []
        self._build()
        self._drop = DropTarget(self)
        self._drop.dropped.connect(self.add_files)
        self.retranslate()
        self.reload()

    def _build(self) -> None:
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.7, bold=True))
        self.search = QLineEdit(self)
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(240)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.reload)
        self.search.textChanged.connect(lambda: self._pause.start())
        self.open_button = QPushButton(self)
        self.open_button.setProperty("role", "primary")
        dress(self.open_button, "open", on_accent=True)
        self.open_button.clicked.connect(self.choose_files)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title, 1)
        head.addWidget(self.search)
        head.addWidget(self.open_button)

        self.banner = Banner(self)
        self.failures = FailureList(self)

        self._model = LibraryModel(self)
        self.list = QListView(self)
        self.list.setModel(self._model)
        self.list.setItemDelegate(LibraryDelegate(self.list))
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.activated.connect(self._open_index)
        self.list.setTabKeyNavigation(False)

        self._empty = QWidget(self)
        self._empty_words = QLabel(self._empty)
        self._empty_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty_words.setWordWrap(True)
        self._empty_words.setProperty("role", "subtle")
        self._empty_words.setFont(scaled(self.font(), 1.15))
        empty_layout = QVBoxLayout(self._empty)
        empty_layout.addStretch(1)
        empty_layout.addWidget(self._empty_words)
        empty_layout.addStretch(2)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        self._skeleton = Skeleton(self._stack)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 16)
        layout.setSpacing(16)
        layout.addLayout(head)
        layout.addWidget(self.banner)
        layout.addWidget(self.failures)
        layout.addWidget(self._stack, 1)

    def register(self, actions: Actions) -> None:
        """What this page offers in menus and by keys."""
        key = QKeySequence.StandardKey
        actions.add("library.add", "file", lambda: self.tr("&Add to the library …"), self.choose_files, key.Open)
        actions.add("library.forget", "file", lambda: self.tr("&Forget the selected document …"), self.forget_selected)
        actions.add(
            "library.search", "go", lambda: self.tr("&Search the library"), self._to_search, "Ctrl+F", only_in=self
        )

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # -- what is on the shelf --------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the library anew; the selected document stays selected."""
        selected = self.selected
        if self._select is None and selected is not None:
            self._select = selected.document_id
        words = self.search.text().strip()
        services = self._bridge.services
        if self._query is not None:
            self._query.drop()
        self._skeleton.wait()
        self._query = self._bridge.query(
            lambda: [
                Shelved(document, tuple(library.memories(services, document.document_id)))
                for document in library.list_documents(services, search=words)
            ],
            self._show_rows,
        )

    @property
    def selected(self) -> DocumentRow | None:
        shelved = self._model.shelved(self.list.currentIndex())
        return shelved.document if shelved is not None else None

    def _show_rows(self, rows: list[Shelved]) -> None:
        self._skeleton.done()
        self._model.set_rows(rows)
        self._stack.setCurrentWidget(self.list if rows else self._empty)
        self._tell_empty()
        index = self._model.row_of(self._select) if self._select is not None else QModelIndex()
        self.list.setCurrentIndex(index if index.isValid() else self._model.index(0))
        self._select = None

    def _open_index(self, index: QModelIndex) -> None:
        shelved = self._model.shelved(index)
        if shelved is not None:
            self.opened.emit(shelved.document.document_id)

    # -- adding ----------------------------------------------------------------------------------------------------

    def choose_files(self) -> None:
        """The system's dialog, without stopping the window; the folder is remembered while Palimpsest runs."""
        dialog = QFileDialog(self, self.tr("Add to the library"), self._last_folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [
                self.tr("Books and chats")
                + " (*.epub *.pdf *.docx *.html *.htm *.xhtml *.fb2 *.zip *.txt *.md *.json *.jsonl)",
                self.tr("All files") + " (*)",
            ]
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._on_chosen)
        dialog.open()

    def _on_chosen(self, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        self._last_folder = str(paths[0].parent)
        self.add_files(paths)

    def add_files(self, paths: list[Path]) -> None:
        """Import files one after another; one that fails does not stop the others."""
        self.failures.clear()
        for path in paths:
            self._add_file(path)

    def _add_file(self, path: Path) -> None:
        job = self._bridge.start("import", lambda: importing.import_file(self._bridge.services, path))
        job.finished.connect(self._on_imported)
        job.failed.connect(lambda sentence: self.failures.add(path.name, sentence))

    def _on_imported(self, imported: Imported) -> None:
        self._select = imported.document
        if imported.already_there:
            self.banner.say(self.tr("“{title}” is in the library already.").format(title=shortened(imported.title, 60)))
        elif imported.warnings:
            self.banner.say(
                self.tr("“{title}” was added. {warnings}").format(
                    title=shortened(imported.title, 60), warnings=" ".join(imported.warnings[:3])
                )
            )
        self.reload()

    # -- forgetting ------------------------------------------------------------------------------------------------

    def forget_selected(self) -> None:
        """Ask, with a list of what will go; then forget."""
        document = self.selected
        if document is None:
            return
        services = self._bridge.services
        self._bridge.query(
            lambda: forgetting.what_will_go(services, [document.document_id]),
            lambda going: self._ask_to_forget(document, going),
        )

    def _ask_to_forget(self, document: DocumentRow, going: dict[str, int]) -> None:
        dialog = ForgetDialog(document.title, going, self)
        dialog.accepted.connect(lambda: self._forget(document))
        dialog.open()

    def _forget(self, document: DocumentRow) -> None:
        self.forgotten.emit(document.document_id)  # the reader lets go of it first
        job = self._bridge.start("forget", lambda: forgetting.forget(self._bridge.services, document.document_id))
        title = shortened(document.title, 60)
        job.finished.connect(lambda result: self._tell_forgotten(title, result))
        job.failed.connect(self.banner.say)
        job.ended.connect(self.reload)

    def _tell_forgotten(self, title: str, result: Forgotten) -> None:
        words = self.tr("“{title}” is forgotten.").format(title=title)
        found = self.tr("%n trace(s) found in the data folder.", "", result.residue)
        places = f" ({', '.join(result.residue_places[:3])})" if result.residue else ""
        self.banner.say(f"{words} {found}{places}")

    # -- faces -----------------------------------------------------------------------------------------------------

    def _show_menu(self, position: QPoint) -> None:
        index = self.list.indexAt(position)
        if not index.isValid():
            return
        self.list.setCurrentIndex(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        read = QAction(self.tr("Read"), menu)
        read.triggered.connect(lambda: self._open_index(self.list.currentIndex()))
        forget = QAction(self.tr("Forget …"), menu)
        forget.triggered.connect(self.forget_selected)
        menu.addAction(read)
        menu.addSeparator()
        menu.addAction(forget)
        menu.popup(self.list.viewport().mapToGlobal(position))

    def _tell_empty(self) -> None:
        self._empty_words.setText(
            self.tr("Nothing in the library matches “{words}”.").format(words=self.search.text().strip())
            if self.search.text().strip()
            else self.tr("Nothing here yet. Drop a book onto this page, or add one with the button above.")
        )

    def retranslate(self) -> None:
        self._title.setText(self.tr("Library"))
        self.search.setPlaceholderText(self.tr("Search titles and authors"))
        self.search.setAccessibleName(self.tr("Search titles and authors"))
        self.open_button.setText(self.tr("Add …"))
        self.open_button.setToolTip(self.tr("Add books or chats to the library (Ctrl+O)"))
        self.open_button.setAccessibleName(self.tr("Add books or chats to the library"))
        self.list.setAccessibleName(self.tr("Documents in the library"))
        self._tell_empty()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class FailureList(QFrame):
    """Files that could not be added, a sentence each; not modal, gone when closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._sentences: list[tuple[str, str]] = []
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.0, bold=True))
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._close = QToolButton(self)
        dress(self._close, "close")
        self._close.clicked.connect(self.clear)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 12)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._words)
        self.retranslate()
        self.hide()

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """File name and sentence of each failure."""
        return list(self._sentences)

    def add(self, file_name: str, sentence: str) -> None:
        self._sentences.append((file_name, sentence))
        self._tell()
        self.show()

    def clear(self) -> None:
        self._sentences.clear()
        self.hide()

    def _tell(self) -> None:
        shown = self._sentences[:12]
        lines = [f"{name}: {sentence}" for name, sentence in shown]
        if len(self._sentences) > len(shown):
            lines.append(self.tr("… and {count} more").format(count=number(len(self._sentences) - len(shown))))
        self._title.setText(self.tr("%n file(s) could not be added", "", len(self._sentences)))
        self._words.setText("\n".join(lines))
        self._words.setAccessibleName(self._title.text() + ". " + " ".join(lines))

    def retranslate(self) -> None:
        self._close.setToolTip(self.tr("Close this list"))
        self._close.setAccessibleName(self.tr("Close this list"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
