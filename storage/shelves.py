"""The shelf: which documents stand on it, in what order, and what is shown of each.

Knows rows. A shelf is read in two steps, so that ten thousand documents cost no more to look at than ten: `order` gives
the ids of all that match, then `rows` gives what is shown of a few of them. Between the two a document may go: it is
then missing from `rows`, and nothing is shown twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, exists, func, literal_column, select
from sqlalchemy.orm import Session

from storage import schema
from storage.documents import DocumentRow, document_row
from storage.memories import MemoryRow, memories_of
from storage.tags import tags_of

FINISHED_SHARE = 0.95
"""Read up to here, a document counts as finished: the place kept is the top of the last page."""
_AFTER_ALL_NUMBERS = 1e9
_MOST_IDS = 500
"""Ids in one query: SQLite takes a limited number of parameters."""


class SortBy(StrEnum):
    """Natural directions: the latest, the longest and the most read first; names from A on, without a name last."""

    READ = "read"
    """Last opened; one never opened counts from when it came."""
    ADDED = "added"
    TITLE = "title"
    AUTHOR = "author"
    SERIES = "series"
    SHARE = "share"
    LENGTH = "length"


class ReadingState(StrEnum):
    UNREAD = "unread"
    READING = "reading"
    FINISHED = "finished"
    LEARNED = "learned"
    """A memory was made of it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What to show. search: words that all stand in title, author, series or tags, case (and missing accents) aside.

    tag, series: whole names, "" for any. reverse: against the natural direction. removed: what was taken off the shelf.
    """

    sort: SortBy = SortBy.READ
    reverse: bool = False
    search: str = ""
    tag: str = ""
    series: str = ""
    state: ReadingState | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One document as the shelf shows it."""

    document: DocumentRow
    memories: tuple[MemoryRow, ...] = ()
    tags: tuple[str, ...] = ()
    has_cover: bool = False

    @property
    def share_read(self) -> float:
        """0-1."""
        return min(1.0, self.document.read_position / max(1, self.document.characters))


@dataclass(frozen=True, slots=True)
class Facets:
    """What the shelf can be narrowed by: names with how many documents each, and how many there are at all."""

    tags: tuple[tuple[str, int], ...]
    series: tuple[tuple[str, int], ...]
    documents: int
    removed: int


# -- looking -----------------------------------------------------------------------------------------------------------


def order(session: Session, shelf: Shelf) -> list[str]:
    """The ids of every document of the shelf, in order. Ties go by title, then by when the document came."""
    query = select(schema.Document.id).where(*_conditions(shelf)).order_by(*_sorting(shelf))
    return list(session.scalars(query))


def rows(session: Session, document_ids: Sequence[str]) -> list[ShelfRow]:
    """What is shown of some documents, in the order asked for; those that are gone are left out."""
    found: dict[str, ShelfRow] = {}
    for start in range(0, len(document_ids), _MOST_IDS):
        ids = document_ids[start : start + _MOST_IDS]
        memories = memories_of(session, ids)
        tags = tags_of(session, ids)
        covered = set(session.scalars(select(schema.Cover.document_id).where(schema.Cover.document_id.in_(ids))))
        for record in session.scalars(select(schema.Document).where(schema.Document.id.in_(ids))):
            own_memories = tuple(memories.get(record.id, ()))
            own_tags = tuple(tags.get(record.id, ()))
            found[record.id] = ShelfRow(document_row(record), own_memories, own_tags, record.id in covered)
    return [found[document_id] for document_id in document_ids if document_id in found]


def continue_reading(session: Session, limit: int) -> list[ShelfRow]:
    """Documents begun and not finished, the last opened first."""
    table = schema.Document
    query = (
        select(table.id)
        .where(table.removed_at.is_(None), table.opened_at.is_not(None), _share() < FINISHED_SHARE)
        .where(table.read_position > 0)
        .order_by(table.opened_at.desc())
        .limit(limit)
    )
    return rows(session, list(session.scalars(query)))


def facets(session: Session) -> Facets:
    """The tags and series of the shelf, by name, and the numbers of documents on it and removed from it."""
    table, tag = schema.Document, schema.DocumentTag
    on_shelf = table.removed_at.is_(None)
    tags = select(tag.tag, func.count()).join(table, table.id == tag.document_id).where(on_shelf).group_by(tag.tag)
    series = select(table.series, func.count()).where(on_shelf, table.series != "").group_by(table.series)
    counts = {
        bool(is_removed): count
        for is_removed, count in session.execute(
            select(table.removed_at.is_not(None), func.count()).group_by(table.removed_at.is_not(None))
        )
    }

    def by_name(pairs: Iterable[Any]) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(((name, count) for name, count in pairs), key=lambda pair: pair[0].casefold()))

    return Facets(
        by_name(session.execute(tags)), by_name(session.execute(series)), counts.get(False, 0), counts.get(True, 0)
    )


# -- conditions and order ----------------------------------------------------------------------------------------------


def _conditions(shelf: Shelf) -> list[ColumnElement[bool]]:
    table, tag = schema.Document, schema.DocumentTag
    is_removed = table.removed_at.is_not(None)
    conditions: list[ColumnElement[bool]] = [is_removed if shelf.removed else table.removed_at.is_(None)]
    if shelf.tag:
        conditions.append(exists().where(tag.document_id == table.id, tag.tag == shelf.tag))
    if shelf.series:
        conditions.append(table.series == shelf.series)
    if shelf.state is not None:
        conditions.append(_in_state(shelf.state))
    tags = select(func.group_concat(tag.tag, "\n")).where(tag.document_id == table.id).scalar_subquery()
    parts = (table.title, table.author, table.series, func.coalesce(tags, ""))
    shown = func.searchable(parts[0] + "\n" + parts[1] + "\n" + parts[2] + "\n" + parts[3])
    conditions.extend(func.instr(shown, word) > 0 for word in shelf.search.casefold().split())
    return conditions


def _in_state(state: ReadingState) -> ColumnElement[bool]:
    table = schema.Document
    match state:
        case ReadingState.UNREAD:
            return table.read_position == 0
        case ReadingState.READING:
            return and_(table.read_position > 0, _share() < FINISHED_SHARE)
        case ReadingState.FINISHED:
            return and_(table.read_position > 0, _share() >= FINISHED_SHARE)
        case ReadingState.LEARNED:
            return exists().where(schema.Memory.document_id == table.id)


def _share() -> ColumnElement[Any]:
    table = schema.Document
    return table.read_position * 1.0 / case((table.characters > 0, table.characters), else_=1)


def _sorting(shelf: Shelf) -> list[ColumnElement[Any]]:
    table = schema.Document
    unnamed: ColumnElement[Any] | None = None
    match shelf.sort:
        case SortBy.READ:
            keys: list[SQLColumnExpression[Any]] = [func.coalesce(table.opened_at, table.created_at)]
        case SortBy.ADDED:
            keys = [table.created_at]
        case SortBy.TITLE:
            keys = [table.title_key]
        case SortBy.AUTHOR:
            keys, unnamed = [table.author_key], table.author_key == ""
        case SortBy.SERIES:
            keys = [func.casefold(table.series), func.coalesce(table.series_number, _AFTER_ALL_NUMBERS)]
            unnamed = table.series == ""
        case SortBy.SHARE:
            keys = [_share()]
        case SortBy.LENGTH:
            keys = [table.characters]
    latest_first = shelf.sort in (SortBy.READ, SortBy.ADDED, SortBy.SHARE, SortBy.LENGTH)
    directed = [key.desc() if latest_first != shelf.reverse else key.asc() for key in keys]
    age: ColumnElement[int] = literal_column("documents.rowid")
    # Two that came in the same microsecond: the later one first, as if the clock were finer.
    by_time = shelf.sort in (SortBy.READ, SortBy.ADDED)
    ties = [age.asc() if shelf.reverse else age.desc()] if by_time else [table.title_key.asc(), age.asc()]
    return [*([unnamed.asc()] if unnamed is not None else []), *directed, *ties]
