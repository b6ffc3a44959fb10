"""Every hit of a search as a list under the titles of its chapters. A line is made when it is looked at."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from app.desktop.item_models import AnyIndex
from app.desktop.plain_tips import plain_tip
from app.desktop.wording import number, percent
from storage.documents import SectionRow
from storage.finding import SearchableText


@dataclass(frozen=True, slots=True)
class ChapterHits:
    """A chapter in the list: `count` hits, the first of which is hit number `first`."""

    title: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class HitLine:
    """One hit: the words before it, its own, those after it; and where it is, 0-1 of the book."""

    before: str
    words: str
    after: str
    share: float


class HitModel(QAbstractListModel):
    """ITEM holds a ChapterHits or a HitLine. Row of a chapter: its title; the rows behind it: its hits."""

    ITEM = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text: SearchableText | None = None
        self._hits: Sequence[tuple[int, int]] = ()
        self._characters = 1
        self._chapters: list[ChapterHits] = []
        self._chapter_rows: list[int] = []

    def show_hits(
        self,
        hits: Sequence[tuple[int, int]],
        text: SearchableText | None,
        sections: Sequence[SectionRow],
        characters: int,
    ) -> None:
        """hits: in order. characters: of the whole text."""
        self.beginResetModel()
        self._hits, self._text, self._characters = hits, text, max(1, characters)
        self._chapters = _by_chapter(hits, sections)
        self._chapter_rows = [chapter.first + place for place, chapter in enumerate(self._chapters)]
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self._hits) + len(self._chapters)

    def row_of(self, hit: int) -> int:
        """Where a hit stands in the list."""
        place = bisect_right([chapter.first for chapter in self._chapters], hit)
        return hit + place

    def hit_at(self, row: int) -> int | None:
        """Number of the hit in a row; None for the title of a chapter."""
        place = bisect_right(self._chapter_rows, row)
        return None if self._chapter_rows[place - 1] == row else row - place

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if self.hit_at(index.row()) is None:  # the keyboard steps over it
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (self.ITEM, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        item = self._item(index.row())
        if role == self.ITEM:
            return item
        if isinstance(item, ChapterHits):
            words = f"{item.title} ({number(item.count)})"
            return words if role == Qt.ItemDataRole.DisplayRole else plain_tip(words)
        line = f"{item.before}{item.words}{item.after}"
        return f"{line} ({percent(item.share)})" if role == Qt.ItemDataRole.DisplayRole else plain_tip(line)

    def _item(self, row: int) -> ChapterHits | HitLine:
        hit = self.hit_at(row)
        if hit is None:
            return self._chapters[bisect_left(self._chapter_rows, row)]
        start, end = self._hits[hit]
        assert self._text is not None
        return HitLine(*self._text.line_around(start, end), start / self._characters)


def _by_chapter(hits: Sequence[tuple[int, int]], sections: Sequence[SectionRow]) -> list[ChapterHits]:
    """The chapters that have hits. Takes a few steps a chapter, however many hits there are."""
    borders = [(0, ""), *((section.start, " ".join(section.title.split())) for section in sections)]
    firsts = [bisect_left(hits, (start, 0)) for start, _ in borders] + [len(hits)]
    return [
        ChapterHits(title, first, following - first)
        for (_, title), first, following in zip(borders, firsts, firsts[1:], strict=False)
        if following > first
    ]
