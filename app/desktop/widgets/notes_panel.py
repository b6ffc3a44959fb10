"""The notes of the open book: bookmarks, highlights and notes by place, filtered, edited, exported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.desktop.note_model import NoteModel
from app.desktop.note_words import as_text, colour_name
from app.desktop.theme import GRID, PageColours
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.note_delegate import NoteDelegate
from app.desktop.wording import file_name
from app.operations.notes import PlacedAnnotation, matches
from storage.annotations import COLOURS, AnnotationKind


class NotesPanel(QWidget):
    """chosen: an annotation to go to. edit_asked: its id, and the area of its row on the screen. coloured, removed: id.
    export_asked: the file to write. copied_all: every annotation, as Markdown, is wanted on the clipboard.
    """

    chosen = Signal(object)
    edit_asked = Signal(str, QRect)
    coloured = Signal(str, str)
    remove_asked = Signal(str)
    export_asked = Signal(Path)
    copy_all_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._placed: Sequence[PlacedAnnotation] = ()
        self._title = ""
        self._last_folder = str(Path.home())
        self._model = NoteModel(self)
        self.filter = QLineEdit(self)
        self.filter.setClearButtonEnabled(True)
        self.kinds = QComboBox(self)
        self.list = _NoteList(self)
        self.list.setModel(self._model)
        self._delegate = NoteDelegate(self.list)
        self.list.setItemDelegate(self._delegate)
        self._nothing = QLabel(self)
        self._nothing.setWordWrap(True)
        self._nothing.setProperty("role", "subtle")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._nothing.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.list)
        self.banner = Banner(self)
        self.export_button, self.copy_button = QPushButton(self), QPushButton(self)
        self._build()
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        head.setSpacing(GRID)
        head.addWidget(self.filter, 1)
        head.addWidget(self.kinds)
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        foot.setSpacing(GRID)
        foot.addWidget(self.export_button)
        foot.addWidget(self.copy_button)
        foot.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._show_matching)
        self.kinds.currentIndexChanged.connect(self._show_matching)
        self.list.activated.connect(self._go)
        self.list.clicked.connect(self._go)
        self.list.edit_asked.connect(self._edit)
        self.list.remove_asked.connect(self._remove)
        self.list.entered_up.connect(self.filter.setFocus)
        self.list.menu_asked.connect(self._show_menu)
        self.export_button.clicked.connect(self.ask_where_to_export)
        self.copy_button.clicked.connect(self.copy_all_asked)

    def open_book(self, title: str) -> None:
        """The book whose notes will come; "" for none."""
        self._title = title
        self.filter.clear()
        self.kinds.setCurrentIndex(0)
        self.banner.hide()

    def set_page_colours(self, colours: PageColours) -> None:
        self._delegate.set_page_colours(colours)
        self.list.viewport().update()

    def show_annotations(self, placed: Sequence[PlacedAnnotation]) -> None:
        """All annotations of the book, by place. The one that was current stays so."""
        self._placed = placed
        self._show_matching()

    @property
    def shown(self) -> list[PlacedAnnotation]:
        """Those the filter lets through."""
        wanted = self.kinds.currentData()
        return [
            placed
            for placed in self._placed
            if wanted in (None, placed.row.kind.value)
            or (wanted == placed.row.colour and placed.row.kind is not AnnotationKind.BOOKMARK)
            if matches(placed, self.filter.text())
        ]

    def mark(self, annotation_id: str) -> None:
        """Make an annotation the current one and bring it into view, without telling anybody."""
        index = self._model.index_of(annotation_id)
        if index.isValid():
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)

    # -- what the list does ----------------------------------------------------------------------------------------

    def _show_matching(self) -> None:
        current = self._model.annotation(self.list.currentIndex())
        row = self.list.currentIndex().row()
        self._model.show_annotations(self.shown)
        if current is not None:
            index = self._model.index_of(current.row.annotation_id)
            if not index.isValid():  # it is gone: its neighbour takes its place
                index = self._model.index(min(row, self._model.rowCount() - 1))
            if self._model.annotation(index) is not None:
                self.list.setCurrentIndex(index)
        is_empty = self._model.rowCount() == 0
        self._stack.setCurrentWidget(self._nothing if is_empty else self.list)
        self._show_nothing()
        for button in (self.export_button, self.copy_button):
            button.setEnabled(bool(self._placed))

    def _go(self, index: QModelIndex) -> None:
        annotation = self._model.annotation(index)
        if annotation is not None:
            self.chosen.emit(annotation)

    def _edit(self) -> None:
        index = self.list.currentIndex()
        annotation = self._model.annotation(index)
        if annotation is not None:
            row = self.list.visualRect(index)
            corner = self.list.viewport().mapToGlobal(row.topLeft())
            self.edit_asked.emit(annotation.row.annotation_id, QRect(corner, row.size()))

    def _remove(self) -> None:
        annotation = self._model.annotation(self.list.currentIndex())
        if annotation is not None:
            self.remove_asked.emit(annotation.row.annotation_id)

    def _copy(self) -> None:
        annotation = self._model.annotation(self.list.currentIndex())
        if annotation is not None:
            QApplication.clipboard().setText(as_text(annotation, self._title))

    def _show_menu(self, at: QPoint) -> None:
        index = self.list.currentIndex()
        annotation = self._model.annotation(index)
        if annotation is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, act in (
            (self.tr("Go there"), lambda: self.chosen.emit(annotation)),
            (self.tr("Edit note"), self._edit),
            (self.tr("Copy"), self._copy),
        ):
            menu.addAction(words, act)
        if annotation.row.kind is not AnnotationKind.BOOKMARK:
            colours = menu.addMenu(self.tr("Colour"))
            for colour in COLOURS:
                action = QAction(colour_name(colour).capitalize(), colours, checkable=True)
                action.setChecked(colour == annotation.row.colour)
                action.triggered.connect(
                    lambda _checked, colour=colour: self.coloured.emit(annotation.row.annotation_id, colour)
                )
                colours.addAction(action)
        menu.addSeparator()
        menu.addAction(self.tr("Delete"), self._remove)
        menu.popup(at)

    # -- exporting -------------------------------------------------------------------------------------------------

    def ask_where_to_export(self) -> None:
        if not self._placed:
            return
        dialog = QFileDialog(self, self.tr("Export the notes"), self._last_folder, self.tr("Markdown (*.md)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("md")
        dialog.selectFile(file_name(self.tr("Notes on {title}").format(title=self._title), ".md"))
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    def _on_file(self, name: str) -> None:
        self._last_folder = str(Path(name).parent)
        self.export_asked.emit(Path(name))

    # -- words -----------------------------------------------------------------------------------------------------

    def _show_nothing(self) -> None:
        if self._placed:
            self._nothing.setText(self.tr("None of the notes is like that."))
        else:
            self._nothing.setText(
                self.tr(
                    "No notes yet. Select words in the text and choose a colour, or press Ctrl+H; Ctrl+Alt+B marks the page."
                )
            )

    def retranslate(self) -> None:
        self.filter.setPlaceholderText(self.tr("Find in the notes"))
        self.filter.setAccessibleName(self.tr("Find in the notes"))
        self.kinds.setAccessibleName(self.tr("Which notes are shown"))
        self.list.setAccessibleName(self.tr("Notes"))
        self.export_button.setText(self.tr("Export …"))
        self.export_button.setAccessibleName(self.tr("Export the notes as Markdown"))
        self.export_button.setToolTip(self.tr("Write all notes to a Markdown file"))
        self.copy_button.setText(self.tr("Copy all"))
        self.copy_button.setAccessibleName(self.tr("Copy all notes as Markdown"))
        current = max(0, self.kinds.currentIndex())
        self.kinds.blockSignals(True)
        self.kinds.clear()
        for words, kind in (
            (self.tr("All"), None),
            (self.tr("Notes"), AnnotationKind.NOTE.value),
            (self.tr("Highlights"), AnnotationKind.HIGHLIGHT.value),
            (self.tr("Bookmarks"), AnnotationKind.BOOKMARK.value),
            *((colour_name(colour).capitalize(), colour) for colour in COLOURS),
        ):
            self.kinds.addItem(words, kind)
        self.kinds.setCurrentIndex(current)
        self.kinds.blockSignals(False)
        self._show_nothing()
        self.list.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        first = self.list if self._model.rowCount() else self.filter
        first.setFocus(event.reason())  # a focus proxy would hide what stands before it from Tab

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _NoteList(QListView):
    """F2 edits, Delete deletes, the menu key opens the menu; Up on the first row leads out."""

    edit_asked = Signal()
    remove_asked = Signal()
    entered_up = Signal()
    menu_asked = Signal(QPoint)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.Batched)  # rows are as high as their words: not all at once
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda point: self.menu_asked.emit(self.viewport().mapToGlobal(point)))
        self.doubleClicked.connect(lambda _index: self.edit_asked.emit())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2:
            self.edit_asked.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.remove_asked.emit()
        elif event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= 1:
            self.entered_up.emit()
        else:
            super().keyPressEvent(event)
