"""A book's outline as a tree, with marks where its bookmarks are. It never asks the database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from app.desktop.plain_tips import plain_tip
from storage.documents import SectionRow


class OutlineModel(QStandardItemModel):
    """Sections as a tree by their level, in reading order; levels may skip. BOOKMARKS: how many a section itself has."""

    SECTION = int(Qt.ItemDataRole.UserRole)
    BOOKMARKS = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sections: list[SectionRow] = []
        self._items: list[QStandardItem] = []
        self._starts: list[int] = []

    def set_sections(self, sections: Sequence[SectionRow]) -> None:
        self.clear()
        self._sections = list(sections)
        self._items = []
        self._starts = [section.start for section in sections]
        path: list[tuple[int, QStandardItem]] = []
        for number, section in enumerate(sections):
            title = " ".join(section.title.split()) or self.tr("Section {number}").format(number=number + 1)
            item = QStandardItem(title)
            item.setData(number, self.SECTION)
            item.setData(0, self.BOOKMARKS)
            item.setToolTip(plain_tip(title))
            item.setEditable(False)
            while path and path[-1][0] >= section.level:
                path.pop()
            (path[-1][1] if path else self.invisibleRootItem()).appendRow(item)
            path.append((section.level, item))
            self._items.append(item)

    def show_bookmarks(self, offsets: Collection[int]) -> None:
        """Mark the sections these offsets stand in."""
        counts = [0] * len(self._items)
        for offset in offsets:
            if (place := self._place_at(offset)) >= 0:
                counts[place] += 1
        for item, count in zip(self._items, counts, strict=True):
            if item.data(self.BOOKMARKS) != count:
                item.setData(count, self.BOOKMARKS)
                marked = self.tr("{title} (bookmarked)").format(title=item.text())
                item.setAccessibleText(marked if count else item.text())

    def section(self, index: QModelIndex) -> SectionRow | None:
        number = index.data(self.SECTION) if index.isValid() else None
        return self._sections[number] if number is not None else None

    def index_at(self, offset: int) -> QModelIndex:
        """The last section that begins at or before an offset."""
        place = self._place_at(offset)
        return self.indexFromItem(self._items[place]) if place >= 0 else QModelIndex()

    def _place_at(self, offset: int) -> int:
        return bisect_right(self._starts, offset) - 1
