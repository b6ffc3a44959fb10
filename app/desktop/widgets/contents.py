"""The table of contents as a tree; the chapter one is in is marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QTreeView, QVBoxLayout, QWidget

from app.desktop.item_models import OutlineModel
from storage.documents import SectionRow


class Contents(QWidget):
    """chosen: offset where the chosen section begins."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = OutlineModel(self)
        self._title = QLabel(self)
        self._title.setProperty("role", "subtle")
        self._tree = QTreeView(self)
        self._tree.setModel(self._model)
        self._tree.setHeaderHidden(True)
        self._tree.setUniformRowHeights(True)
        self._tree.setIndentation(16)
        self._tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._tree.setTabKeyNavigation(False)
        self._tree.activated.connect(self._choose)
        self._tree.clicked.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(20, 14, 8, 6)
        head.addWidget(self._title)
        layout.addLayout(head)
        layout.addWidget(self._tree)
        self.setFocusProxy(self._tree)
        self.retranslate()

    def show_sections(self, sections: Sequence[SectionRow]) -> None:
        self._model.set_sections(sections)
        if len(sections) <= 200:
            self._tree.expandAll()

    def mark(self, offset: int) -> None:
        """Mark the section an offset stands in, without telling anybody."""
        index = self._model.index_at(offset)
        if index.isValid() and index != self._tree.currentIndex():
            self._tree.setCurrentIndex(index)
            self._tree.scrollTo(index)

    def _choose(self, index: QModelIndex) -> None:
        section = self._model.section(index)
        if section is not None:
            self.chosen.emit(section.start)

    def retranslate(self) -> None:
        self._title.setText(self.tr("Contents"))
        self._tree.setAccessibleName(self.tr("Contents"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
