"""The table of contents as a tree: the chapter one is in is marked, and so are those with bookmarks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import pixmap
from app.desktop.outline_model import OutlineModel
from app.desktop.theme import tones
from storage.documents import SectionRow
from storage.finding import folded

MANY = 20
"""Sections from which on there is a box to filter them."""
EXPAND_AT_MOST = 200
MARK = 14


class Contents(QWidget):
    """chosen: offset where the chosen section begins."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = OutlineModel(self)
        self._matching = _Matching(self)
        self._matching.setSourceModel(self._model)
        self._title = QLabel(self)
        self._title.setProperty("role", "subtle")
        self.filter = QLineEdit(self)
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._on_filter)
        self.filter.returnPressed.connect(self._choose_first)
        self._tree = _Tree(self)
        self._tree.setModel(self._matching)
        self._tree.setItemDelegate(_SectionDelegate(self._tree))
        self._tree.activated.connect(self._choose)
        self._tree.clicked.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(20, 14, 8, 6)
        head.addWidget(self._title)
        box = QHBoxLayout()
        box.setContentsMargins(12, 0, 8, 6)
        box.addWidget(self.filter)
        layout.addLayout(head)
        layout.addLayout(box)
        layout.addWidget(self._tree)
        self.setFocusProxy(self._tree)
        self.retranslate()

    def show_sections(self, sections: Sequence[SectionRow]) -> None:
        self.filter.clear()
        self._model.set_sections(sections)
        self.filter.setVisible(len(sections) >= MANY)
        if len(sections) <= EXPAND_AT_MOST:
            self._tree.expandAll()

    def show_bookmarks(self, offsets: Collection[int]) -> None:
        """Mark the sections that have bookmarks."""
        self._model.show_bookmarks(offsets)

    def mark(self, offset: int) -> None:
        """Mark the section an offset stands in, without telling anybody."""
        index = self._matching.mapFromSource(self._model.index_at(offset))
        if index.isValid() and index != self._tree.currentIndex():
            self._tree.setCurrentIndex(index)
            self._tree.scrollTo(index)

    def _on_filter(self, words: str) -> None:
        self._matching.look_for(words)
        if words.strip():
            self._tree.expandAll()
        else:
            self._tree.scrollTo(self._tree.currentIndex())

    def _choose_first(self) -> None:
        """Of the sections the filter has found, the first that itself holds the words."""
        index = self._matching.first_match()
        if index.isValid():
            self._tree.setCurrentIndex(index)
            self._choose(index)

    def _choose(self, index: QModelIndex) -> None:
        section = self._model.section(self._matching.mapToSource(index))
        if section is not None:
            self.chosen.emit(section.start)

    def retranslate(self) -> None:
        self._title.setText(self.tr("Contents"))
        self._tree.setAccessibleName(self.tr("Contents"))
        self.filter.setPlaceholderText(self.tr("Find a chapter"))
        self.filter.setAccessibleName(self.tr("Find a chapter"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Matching(QSortFilterProxyModel):
    """Sections whose title holds every word, case and accents aside, with the ones they lie in."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setRecursiveFilteringEnabled(True)

    def look_for(self, words: str) -> None:
        self._words = folded(words).split()
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        if not self._words:
            return True
        title = folded(str(self.sourceModel().index(source_row, 0, source_parent).data()))
        return all(word in title for word in self._words)

    def first_match(self) -> QModelIndex:
        """In reading order; invalid when nothing matches."""
        waiting = [self.index(row, 0) for row in reversed(range(self.rowCount()))]
        while waiting:
            index = waiting.pop()
            if all(word in folded(str(index.data())) for word in self._words):
                return index
            waiting += [self.index(row, 0, index) for row in reversed(range(self.rowCount(index)))]
        return QModelIndex()


class _Tree(QTreeView):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)


class _SectionDelegate(QStyledItemDelegate):
    """A title; at its end a small ribbon where there are bookmarks."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if not index.data(OutlineModel.BOOKMARKS):
            super().paint(painter, option, index)
            return
        whole = QRect(option.rect)  # a copy: the attribute is a view of the option's own
        t = tones(QApplication.palette())
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(whole, t.tint)
        option.rect = whole.adjusted(0, 0, -MARK - 8, 0)
        super().paint(painter, option, index)
        picture = pixmap("bookmark", t.accent, MARK, painter.device().devicePixelRatio())
        painter.drawPixmap(whole.right() - MARK - 4, whole.center().y() - MARK // 2, picture)
