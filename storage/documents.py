"""Documents in the library: written once at import, then read in small pieces.

Knows rows and positions. Knows nothing of files, jobs or models. All offsets are offsets in the document's one text
(`storage.document`), which is kept as blocks and joined on the way out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, insert, literal_column, or_, select, update
from sqlalchemy.orm import Session

from storage import schema
from storage.document import BLOCK_SEPARATOR, BlockKind, Document, Locator, Mark, Passage
from storage.errors import StorageError
from storage.finding import SearchableText
from storage.passages import cut_at, cut_passages
from storage.pictures import add_pictures
from storage.shelf_keys import author_key, title_key

_CANDIDATES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """What the library shows of a document. read_position: the offset read up to. sample: ships with the app.

    removed_at: when it was taken off the shelf, None while it stands there. warnings: what was dropped at import.
    """

    document_id: str
    title: str
    author: str
    language: str
    format: str
    source_name: str
    characters: int
    tokens: int
    section_count: int
    created_at: datetime
    opened_at: datetime | None
    read_position: int
    sample: bool
    series: str = ""
    series_number: float | None = None
    removed_at: datetime | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section over `[start, end)`. An empty one stands where the next block begins: start == end."""

    ordinal: int
    title: str
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block over `[start, end)`; `section` is its section's ordinal, `marks` count from the block's own start."""

    ordinal: int
    section: int
    kind: BlockKind
    start: int
    end: int
    text: str
    page_label: str | None
    speaker: str | None
    marks: tuple[Mark, ...]


# -- writing -----------------------------------------------------------------------------------------------------------


def add_document(
    session: Session,
    document: Document,
    *,
    tokens: int,
    content_sha256: str,
    source_name: str,
    sample: bool = False,
) -> str:
    """Write a document with its sections, blocks and passages; return its new id, 12 hex digits.

    content_sha256: of the file's bytes. Raises StorageError if a document of that content is in the library already.
    """
    present = find_by_sha256(session, content_sha256)
    if present is not None:
        raise StorageError(f"This file is in the library already, as “{present.title}” ({present.document_id}).")
    document_id = secrets.token_hex(6)
    sections, blocks, characters = _layout(document_id, document)
    try:
        session.execute(
            insert(schema.Document).values(
                id=document_id,
                title=document.title,
                author=document.author,
                language=document.language,
                format=document.format,
                source_name=source_name,
                content_sha256=content_sha256,
                characters=characters,
                tokens=tokens,
                section_count=len(sections),
                block_count=len(blocks),
                created_at=datetime.now(UTC),
                opened_at=None,
                read_position=0,
                sample=sample,
                series=document.series,
                series_number=document.series_number,
                title_key=title_key(document.title, document.language),
                author_key=author_key(document.author),
                warnings=list(document.warnings),
            )
        )
        _insert_all(session, schema.Section, sections)
        _insert_all(session, schema.Block, blocks)
        _insert_all(session, schema.Passage, _passage_values(document_id, document))
        add_pictures(session, document_id, document)
    except UnicodeEncodeError as problem:
        raise StorageError(f"“{source_name}” holds characters that are not valid Unicode.") from problem
    return document_id


def describe(
    session: Session,
    document_id: str,
    *,
    title: str | None = None,
    author: str | None = None,
    series: str | None = None,
    series_number: float | None = None,
) -> None:
    """Correct what a document says of itself; what is None stays. A series and its number are given together.

    Raises StorageError for an unknown document and for a title without a word.
    """
    values: dict[str, Any] = {}
    if title is not None:
        title = " ".join(title.split())
        if not title:
            raise StorageError("A document needs a title.")
        language = get_document(session, document_id).language
        values |= {"title": title, "title_key": title_key(title, language)}
    if author is not None:
        author = " ".join(author.split())
        values |= {"author": author, "author_key": author_key(author)}
    if series is not None:
        series = " ".join(series.split())
        values |= {"series": series, "series_number": series_number if series else None}
    if values:
        _update(session, document_id, **values)


def set_read_position(session: Session, document_id: str, offset: int) -> None:
    """Remember how far the user has read; kept inside the text."""
    inside = func.min(max(0, offset), schema.Document.characters)
    _update(session, document_id, read_position=inside)


def touch_opened(session: Session, document_id: str) -> None:
    """Remember that the document was opened now."""
    _update(session, document_id, opened_at=datetime.now(UTC))


# -- finding a document ------------------------------------------------------------------------------------------------


def find_by_sha256(session: Session, sha256: str) -> DocumentRow | None:
    """The document imported from a file of this content, if there is one; it may have been removed from the shelf."""
    record = session.scalar(select(schema.Document).where(schema.Document.content_sha256 == sha256))
    return None if record is None else document_row(record)


def get_document(session: Session, document_id: str) -> DocumentRow:
    """Raises StorageError when there is no such document (any more)."""
    record = session.get(schema.Document, document_id)
    if record is None:
        raise StorageError(f"There is no document {document_id} in the library; it may have been forgotten.")
    return document_row(record)


def present(session: Session, document_ids: Sequence[str]) -> list[str]:
    """Those of some ids that documents have, in the order given."""
    found = set(session.scalars(select(schema.Document.id).where(schema.Document.id.in_(document_ids))))
    return [document_id for document_id in document_ids if document_id in found]


class Where(StrEnum):
    """Where to look for a document that a user names."""

    SHELF = "shelf"
    REMOVED = "removed"
    ANYWHERE = "anywhere"


def resolve(session: Session, reference: str, *, where: Where = Where.SHELF) -> DocumentRow:
    """What a user means by `reference`: an id, a whole title, the start of one id or title, or a part of one title.

    Case does not count. Raises StorageError, naming the candidates, when nothing or more than one thing is meant.
    """
    wanted = reference.strip().casefold()
    if not wanted:
        raise StorageError("Please name a document by its id or title.")
    title = func.casefold(schema.Document.title)
    for condition in (
        schema.Document.id == wanted,
        title == wanted,
        or_(schema.Document.id.startswith(wanted, autoescape=True), title.startswith(wanted, autoescape=True)),
        title.contains(wanted, autoescape=True),
    ):
        found = [document_row(record) for record in session.scalars(_newest_first(where).where(condition))]
        if len(found) == 1:
            return found[0]
        if found:
            raise StorageError(f"“{reference}” may mean {_named(found)}; please give the id.")
    candidates = session.scalars(_newest_first(where).limit(_CANDIDATES_SHOWN + 1))
    present = [document_row(record) for record in candidates]
    if where is Where.REMOVED and present:
        raise StorageError(f"No removed document is called “{reference}”; removed are {_named(present)}.")
    if where is Where.REMOVED:
        raise StorageError(f"No removed document is called “{reference}”; nothing was removed.")
    if present:
        raise StorageError(f"No document is called “{reference}”; the library holds {_named(present)}.")
    raise StorageError(f"No document is called “{reference}”; the library is empty.")


# -- reading a document ------------------------------------------------------------------------------------------------


def sections(session: Session, document_id: str) -> list[SectionRow]:
    """The table of contents, in order."""
    get_document(session, document_id)
    table = schema.Section
    columns = select(table.ordinal, table.title, table.level, table.start, table.end)
    query = columns.where(table.document_id == document_id).order_by(table.ordinal)
    return [SectionRow(*row) for row in session.execute(query)]


def blocks(session: Session, document_id: str, *, first: int, count: int) -> list[BlockRow]:
    """Up to `count` blocks from ordinal `first` on."""
    get_document(session, document_id)
    table = schema.Block
    query = (
        select(table)
        .where(table.document_id == document_id, table.ordinal >= first, table.ordinal < first + count)
        .order_by(table.ordinal)
    )
    return [_block_row(record) for record in session.scalars(query)]


def block_at(session: Session, document_id: str, offset: int) -> BlockRow:
    """The block an offset lies in; between two blocks the one before, outside the text the first or the last.

    Raises StorageError for a document without text.
    """
    get_document(session, document_id)
    table = schema.Block
    query = (
        select(table)
        .where(table.document_id == document_id, table.start <= max(0, offset))
        .order_by(table.start.desc())
        .limit(1)
    )
    record = session.scalar(query)
    if record is None:
        raise StorageError("This document holds no text.")
    return _block_row(record)


def block_count(session: Session, document_id: str) -> int:
    """How many blocks a document has."""
    get_document(session, document_id)
    return session.scalars(select(schema.Document.block_count).where(schema.Document.id == document_id)).one()


def text(session: Session, document_id: str) -> str:
    """The document's one text, to which all offsets refer."""
    get_document(session, document_id)
    query = select(schema.Block.text).where(schema.Block.document_id == document_id).order_by(schema.Block.ordinal)
    return BLOCK_SEPARATOR.join(session.scalars(query))


def text_between(session: Session, document_id: str, start: int, end: int) -> str:
    """`text(...)[start:end]`, read from the blocks it lies in only."""
    get_document(session, document_id)
    table = schema.Block
    gap = len(BLOCK_SEPARATOR)
    inside = (table.document_id == document_id, table.end > start - gap, table.start < end + gap)
    query = select(table.start, table.text).where(*inside).order_by(table.start)
    found = [(first, words) for first, words in session.execute(query)]
    joined = BLOCK_SEPARATOR.join(words for _, words in found)
    first = found[0][0] if found else 0
    return joined[max(0, start - first) : max(0, end - first)]


def passages(session: Session, document_id: str) -> list[Passage]:
    """The document's passages in order."""
    whole = text(session, document_id)
    table = schema.Passage
    query = select(table.start, table.end).where(table.document_id == document_id).order_by(table.ordinal)
    return [Passage(start, end, whole[start:end]) for start, end in session.execute(query)]


def edge_passages(session: Session, document_id: str, start: int, end: int, *, hides_rest: bool) -> list[Passage]:
    """What the ends of `[start, end)` leave of the passages that reach across them, in order; never a blank piece.

    hides_rest: what stands from `end` on must not show, so the last piece ends with the sentence or word before `end`.
    """
    get_document(session, document_id)
    table = schema.Passage
    crossing = or_(table.start < start, table.end > end)
    inside = (table.document_id == document_id, table.start < end, table.end > start, crossing)
    pieces: list[Passage] = []
    for first, last in session.execute(select(table.start, table.end).where(*inside).order_by(table.ordinal)):
        begin, stop = max(first, start), last if hides_rest else min(last, end)
        piece = Passage(begin, stop, text_between(session, document_id, begin, stop))
        visible = cut_at(piece, end) if hides_rest else piece
        if visible is not None and visible.text.strip():
            pieces.append(visible)
    return pieces


def locate(session: Session, document_id: str, start: int, end: int) -> Locator:
    """The place of the character range `[start, end)`: section, block and page are those of its first character."""
    block = block_at(session, document_id, start)
    return Locator(block.section, block.ordinal, start, end, block.page_label)


def searchable_text(session: Session, document_id: str) -> SearchableText:
    """The document's text, to be searched again and again."""
    get_document(session, document_id)
    query = select(schema.Block.start, schema.Block.text).where(schema.Block.document_id == document_id)
    return SearchableText((start, text) for start, text in session.execute(query.order_by(schema.Block.ordinal)))


# -- rows --------------------------------------------------------------------------------------------------------------


def _layout(document_id: str, document: Document) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Section values, block values, and the length of the text."""
    section_values: list[dict[str, Any]] = []
    block_values: list[dict[str, Any]] = []
    position = 0  # where the next block starts
    for ordinal, section in enumerate(document.sections):
        start = end = position
        for block in section.blocks:
            end = position + len(block.text)
            block_values.append(
                {
                    "document_id": document_id,
                    "ordinal": len(block_values),
                    "section": ordinal,
                    "kind": block.kind.value,
                    "start": position,
                    "end": end,
                    "text": block.text,
                    "page_label": block.page_label,
                    "speaker": block.speaker,
                    "marks": [[mark.start, mark.end, mark.style, mark.note] for mark in block.marks] or None,
                }
            )
            position = end + len(BLOCK_SEPARATOR)
        section_values.append(
            {
                "document_id": document_id,
                "ordinal": ordinal,
                "title": section.title,
                "level": section.level,
                "start": start,
                "end": end,
            }
        )
    characters = block_values[-1]["end"] if block_values else 0
    for values in section_values:  # empty sections behind the last block stand at the end of the text
        values["start"] = min(values["start"], characters)
        values["end"] = min(values["end"], characters)
    return section_values, block_values, characters


def _passage_values(document_id: str, document: Document) -> list[dict[str, Any]]:
    return [
        {"document_id": document_id, "ordinal": ordinal, "start": passage.start, "end": passage.end}
        for ordinal, passage in enumerate(cut_passages(document))
    ]


def _insert_all(session: Session, table: type[schema.Base], values: Sequence[dict[str, Any]]) -> None:
    if values:
        session.execute(insert(table), values)


def _update(session: Session, document_id: str, **values: Any) -> None:
    get_document(session, document_id)
    session.execute(update(schema.Document).where(schema.Document.id == document_id).values(**values))


def _newest_first(where: Where) -> Select[Any]:
    table = schema.Document
    newest = func.coalesce(table.opened_at, table.created_at)
    query = select(table).order_by(newest.desc(), literal_column("documents.rowid").desc())
    match where:
        case Where.SHELF:
            return query.where(table.removed_at.is_(None))
        case Where.REMOVED:
            return query.where(table.removed_at.is_not(None))
        case Where.ANYWHERE:
            return query


def _named(documents: Sequence[DocumentRow]) -> str:
    """ "Emma" (3f2a…), "Persuasion" (77b0…) and more."""

    def names() -> Iterator[str]:
        for row in documents[:_CANDIDATES_SHOWN]:
            yield f"“{row.title}” ({row.document_id})"
        if len(documents) > _CANDIDATES_SHOWN:
            yield "others"

    *most, last = names()
    return f"{', '.join(most)} and {last}" if most else last


def document_row(record: schema.Document) -> DocumentRow:
    """A record as the plain answer the rest of the program sees."""
    return DocumentRow(
        document_id=record.id,
        title=record.title,
        author=record.author,
        language=record.language,
        format=record.format,
        source_name=record.source_name,
        characters=record.characters,
        tokens=record.tokens,
        section_count=record.section_count,
        created_at=record.created_at,
        opened_at=record.opened_at,
        read_position=record.read_position,
        sample=record.sample,
        series=record.series,
        series_number=record.series_number,
        removed_at=record.removed_at,
        warnings=tuple(record.warnings),
    )


def _block_row(record: schema.Block) -> BlockRow:
    return BlockRow(
        ordinal=record.ordinal,
        section=record.section,
        kind=BlockKind(record.kind),
        start=record.start,
        end=record.end,
        text=record.text,
        page_label=record.page_label,
        speaker=record.speaker,
        marks=tuple(Mark(start, end, style, note) for start, end, style, note in record.marks or ()),
    )
