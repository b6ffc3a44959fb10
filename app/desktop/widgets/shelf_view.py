"""The shelf on the screen: one view that shows tiles or rows, with the same selection in both."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from app.desktop.covers import Covers
from app.desktop.item_models import AnyIndex
from app.desktop.shelf_model import ShelfModel
from app.desktop.widgets.shelf_delegates import TILE_WIDTH, RowDelegate, TileDelegate


class ShelfView(QListView):
    """typed: letters typed while the view has the focus; they mean a search, as in a file manager."""

    typed = Signal(str)

    def __init__(self, model: ShelfModel, covers: Covers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "rings")  # of the current document; the whole list needs none
        self._model = model
        self._rows, self._tiles = RowDelegate(covers, self), TileDelegate(covers, self)
        self._shows_tiles = False
        self.setModel(model)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        )  # a bar that comes and goes moves the tiles
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        covers.arrived.connect(self._on_covers)
        self.show_tiles(True)

    @property
    def shows_tiles(self) -> bool:
        return self._shows_tiles

    def show_tiles(self, tiles: bool) -> None:
        """Tiles with covers, or else rows with figures; the current document stays in view."""
        self._shows_tiles = tiles
        self.setFlow(QListView.Flow.LeftToRight if tiles else QListView.Flow.TopToBottom)
        self.setWrapping(tiles)
        self.setItemDelegate(self._tiles if tiles else self._rows)
        self._fit_tiles()
        self.scheduleDelayedItemsLayout()
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    # -- selection by document -------------------------------------------------------------------------------------

    def selected_ids(self) -> list[str]:
        """The selected documents, in the order of the shelf."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        ids = [self._model.document_id(self._model.index(row)) for row in rows]
        return [document_id for document_id in ids if document_id is not None]

    def have_current(self) -> None:
        """Keys need a document to begin at; being at it does not select it."""
        if not self.currentIndex().isValid() and self._model.rowCount():
            first = self._model.index(0)
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)

    def select(self, document_ids: list[str]) -> None:
        """Select these of the shown documents; the first of them becomes the current one and is brought into view."""
        selection = self.selectionModel()
        selection.clearSelection()
        for place, document_id in enumerate(document_ids):
            index = self._model.index_of(document_id)
            if index.isValid():
                selection.select(index, QItemSelectionModel.SelectionFlag.Select)
                if place == 0:
                    selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
                    self.scrollTo(index)

    # -- events ----------------------------------------------------------------------------------------------------

    def keyboardSearch(self, search: str) -> None:
        """Qt would look through the loaded rows only; the search box looks through all."""
        if search.strip():
            self.typed.emit(search)

    def dataChanged(self, first: AnyIndex, last: AnyIndex, roles: Sequence[int] = ()) -> None:
        """Rows have come: paint them. Qt would lay out all ten thousand anew, though all have the same size."""
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_tiles()
        super().resizeEvent(event)

    def _fit_tiles(self) -> None:
        """As many tiles in a line as have room, each a little wider so that no margin is left."""
        width = max(TILE_WIDTH, self.viewport().width() - 1)
        self._tiles.width = width // max(1, width // TILE_WIDTH)
        self.setGridSize(QSize())  # forget the sizes of before

    def _on_covers(self, document_ids: list[str]) -> None:
        for document_id in document_ids:
            index = self._model.index_of(document_id)
            if index.isValid():
                self.update(index)
