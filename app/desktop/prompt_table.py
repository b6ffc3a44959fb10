"""The prompts that are kept, as a table model. Knows rows and words; asks no database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal

from app.desktop.item_models import AnyIndex
from app.desktop.plain_tips import plain_tip
from app.desktop.prompt_words import kind_words, model_words, smaller_words, time_words, title_words
from app.desktop.wording import day_and_time, number, size, together
from app.operations.prompt_caches import GIST, SEGMENTS, PromptCache


class Column(IntEnum):
    TITLE = 0
    KIND = 1
    USED = 2
    PINNED = 3
    TOKENS = 4
    SIZE = 5
    HITS = 6
    TOKENS_SAVED = 7
    TIME_SAVED = 8
    LAST = 9
    MODEL = 10


NUMBERS = (Column.TOKENS, Column.SIZE, Column.HITS, Column.TOKENS_SAVED, Column.TIME_SAVED)
CHECKS = (Column.USED, Column.PINNED)

_SORT_BY: dict[Column, Callable[[PromptCache], Any]] = {
    Column.TITLE: lambda each: title_words(each.row).casefold(),
    Column.KIND: lambda each: (each.row.kind, each.row.metrics.get("k", 0)),
    Column.USED: lambda each: each.row.in_use,
    Column.PINNED: lambda each: each.row.pinned,
    Column.TOKENS: lambda each: each.row.tokens,
    Column.SIZE: lambda each: each.row.bytes,
    Column.HITS: lambda each: each.row.hits,
    Column.TOKENS_SAVED: lambda each: each.row.tokens_saved,
    Column.TIME_SAVED: lambda each: each.row.seconds_saved,
    Column.LAST: lambda each: each.row.used_at,
    Column.MODEL: lambda each: model_words(each.row).casefold(),
}


class PromptTable(QAbstractTableModel):
    """One row a prompt, in the order of the column it is sorted by; what was used last comes first until told otherwise.

    pin_asked, use_asked: a box was turned; what is stored changes elsewhere.
    """

    pin_asked = Signal(object, bool)
    use_asked = Signal(object, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[PromptCache] = []
        self._hidden: frozenset[int] = frozenset()
        self._rows: list[PromptCache] = []
        self._column, self._order = Column.LAST, Qt.SortOrder.DescendingOrder

    # -- what the view sets ----------------------------------------------------------------------------------------

    def show(self, caches: Sequence[PromptCache], hidden: frozenset[int] = frozenset()) -> None:
        """hidden: entries that are about to go and are not shown any more."""
        self.beginResetModel()
        self._all, self._hidden = list(caches), hidden
        self._arrange()
        self.endResetModel()

    def hide(self, hidden: frozenset[int]) -> None:
        self.show(self._all, hidden)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        before = {index: self.cache(index) for index in self.persistentIndexList()}
        self._column, self._order = Column(column), order
        self._arrange()
        for index, cache in before.items():
            moved = self.index_of(cache.row.entry if cache is not None else -1, index.column())
            self.changePersistentIndex(index, moved)
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        shown = [each for each in self._all if each.row.entry not in self._hidden]
        shown.sort(key=_SORT_BY[Column.LAST], reverse=True)  # the order of those that are alike
        self._rows = sorted(shown, key=_SORT_BY[self._column], reverse=self._order is Qt.SortOrder.DescendingOrder)

    # -- what the view asks ----------------------------------------------------------------------------------------

    @property
    def caches(self) -> list[PromptCache]:
        """Those that are shown, in their order."""
        return self._rows

    def cache(self, index: AnyIndex) -> PromptCache | None:
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def index_of(self, entry: int, column: int = 0) -> QModelIndex:
        """Where an entry stands; invalid when it is not shown."""
        for place, cache in enumerate(self._rows):
            if cache.row.entry == entry:
                return self.index(place, column)
        return QModelIndex()

    # -- Qt's questions --------------------------------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._meaning(column))
        return self._name(column) if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cache = self.cache(index)
        if cache is None:
            return None
        row, column = cache.row, Column(index.column())
        if role == Qt.ItemDataRole.CheckStateRole and self._has_box(cache, column):
            is_on = row.pinned if column is Column.PINNED else row.in_use
            return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DisplayRole:
            has_words = column not in CHECKS or (column is Column.USED and not cache.in_effect)
            return self._words(cache, column) if has_words else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(cache, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._name(column)}: {self._words(cache, column)}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        cache, column = self.cache(index), Column(index.column())
        if role != Qt.ItemDataRole.CheckStateRole or cache is None or not self._has_box(cache, column):
            return False
        asked = self.pin_asked if column is Column.PINNED else self.use_asked
        asked.emit(cache.row, Qt.CheckState(value) is Qt.CheckState.Checked)
        return True

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags, cache = super().flags(index), self.cache(index)
        is_box = cache is not None and self._has_box(cache, Column(index.column()))
        return flags | Qt.ItemFlag.ItemIsUserCheckable if is_box else flags

    # -- words -----------------------------------------------------------------------------------------------------

    def _has_box(self, cache: PromptCache, column: Column) -> bool:
        return column is Column.PINNED or (column is Column.USED and cache.row.can_be_in_use)

    def _name(self, column: Column) -> str:
        return {
            Column.TITLE: self.tr("Prompt"),
            Column.KIND: self.tr("Kept as"),
            Column.USED: self.tr("Used"),
            Column.PINNED: self.tr("Pinned"),
            Column.TOKENS: self.tr("Tokens"),
            Column.SIZE: self.tr("Size"),
            Column.HITS: self.tr("Hits"),
            Column.TOKENS_SAVED: self.tr("Tokens saved"),
            Column.TIME_SAVED: self.tr("Time saved"),
            Column.LAST: self.tr("Last used"),
            Column.MODEL: self.tr("With the model"),
        }[column]

    def _meaning(self, column: Column) -> str:
        return {
            Column.KIND: self.tr(
                "Exact: nothing is lost. A gist: a few tokens stand in for the prompt. Segments: a whole book, compressed."
            ),
            Column.USED: self.tr("Whether a gist stands in for its prompt when questions are answered"),
            Column.PINNED: self.tr("What is pinned stays, however full the prompt caches are"),
            Column.TOKENS: self.tr("How long the prompt is"),
            Column.SIZE: self.tr("What it takes on disk; prompts that begin alike share that"),
            Column.HITS: self.tr("How often it was used"),
            Column.TOKENS_SAVED: self.tr("Tokens that did not have to be read again"),
            Column.TIME_SAVED: self.tr("How long reading them would have taken"),
        }.get(column, self._name(column))

    def _words(self, cache: PromptCache, column: Column) -> str:
        row = cache.row
        match column:
            case Column.TITLE:
                return title_words(row)
            case Column.KIND:
                return kind_words(row)
            case Column.USED if not cache.in_effect:
                return self.tr("rests")
            case Column.USED:
                if not row.can_be_in_use:
                    return self.tr("always")
                return self.tr("yes") if row.in_use else self.tr("no")
            case Column.PINNED:
                return self.tr("yes") if row.pinned else self.tr("no")
            case Column.TOKENS:
                return number(row.tokens)
            case Column.SIZE:
                return size(row.bytes)
            case Column.HITS:
                return number(row.hits)
            case Column.TOKENS_SAVED:
                return number(row.tokens_saved) if row.hits else "–"
            case Column.TIME_SAVED:
                return time_words(row.seconds_saved) if row.hits else "–"
            case Column.LAST:
                return day_and_time(row.used_at)
            case Column.MODEL:
                return (
                    model_words(row) if cache.usable else self.tr("{model} (not in use)").format(model=model_words(row))
                )

    def _tip(self, cache: PromptCache, column: Column) -> str:
        row = cache.row
        if column is Column.TITLE and cache.document_title is not None and cache.document_title != row.title:
            return together(title_words(row), self.tr("Goes with “{title}”.").format(title=cache.document_title))
        if column is Column.KIND and row.kind in (GIST, SEGMENTS):
            return smaller_words(row)
        if column is Column.USED and row.kind == SEGMENTS:
            return self.tr("Whether the document’s segment memory stands before every question about it")
        if column is Column.USED and row.kind != GIST and row.can_be_in_use:
            return self.tr(
                "Whether the document's text stands before every question about it, without being read again"
            )
        if column is Column.USED and cache.was_standing:
            return self.tr("Rests: the instructions have changed")
        if column is Column.USED and not cache.in_effect:
            return self.tr(
                "Rests: these are not your standing instructions. It serves “palimpsest ask --instructions”."
            )
        if column is Column.USED and row.kind != GIST:
            return self.tr("An exact state is used whenever a prompt begins like it")
        return self._words(cache, column) if column not in CHECKS else self._meaning(column)


def _alignment(column: Column) -> Qt.AlignmentFlag:
    across = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return across | Qt.AlignmentFlag.AlignVCenter
