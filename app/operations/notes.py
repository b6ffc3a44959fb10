"""Bookmarks, highlights and notes of a document: made, changed, removed and put back, listed by place, exported."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from app.operations.places import PlaceIndex, place_index
from app.operations.saving import save_text
from app.services import Services
from storage import documents
from storage.annotations import (
    COLOURS,
    AnnotationKind,
    AnnotationRow,
    annotations_of,
    get_annotation,
    put_annotation,
    remove_annotation,
)
from storage.documents import DocumentRow
from storage.errors import StorageError
from storage.finding import folded

BOOKMARK_WORDS = 80
"""Characters of the text a bookmark is shown by."""


@dataclass(frozen=True, slots=True)
class PlacedAnnotation:
    """An annotation with where it stands, in words. section: ordinal, None before the first; share: 0-1 of the text."""

    row: AnnotationRow
    section: int | None
    chapter: str
    page: str | None
    share: float


# -- making and changing -----------------------------------------------------------------------------------------------


def annotate(
    services: Services, document_id: str, start: int, end: int, *, note: str = "", colour: str = COLOURS[0]
) -> AnnotationRow:
    """Highlight `[start, end)`, with a note or without; what is highlighted exactly so already is changed instead.

    White space at the ends is left out. Raises StorageError when nothing else is there, or for an unknown colour.
    """
    _check_colour(colour)
    with services.database.session() as session:
        start, quote = _trimmed(start, documents.text_between(session, document_id, start, end))
        if not quote:
            raise StorageError("There are no words to highlight there.")
        end = start + len(quote)
        same = [row for row in annotations_of(session, document_id) if (row.start, row.end) == (start, end)]
        row = _changed(same[0], note or same[0].note, colour) if same else _new(document_id, start, quote, note, colour)
        put_annotation(session, row)
        return row


def add_bookmark(services: Services, document_id: str, offset: int) -> AnnotationRow:
    """Remember a place by the words that begin there."""
    with services.database.session() as session:
        block = documents.block_at(session, document_id, offset)
        start = min(max(offset, block.start), block.end)
        words = _first_words(block.text[start - block.start :])
        row = _new(document_id, start, words, "", COLOURS[0], kind=AnnotationKind.BOOKMARK)
        put_annotation(session, row)
        return row


def edit(
    services: Services, annotation_id: str, *, note: str | None = None, colour: str | None = None
) -> AnnotationRow:
    """Give an annotation another note or colour. Raises StorageError when it is gone, or for an unknown colour."""
    if colour is not None:
        _check_colour(colour)
    with services.database.session() as session:
        row = get_annotation(session, annotation_id)
        changed = _changed(row, row.note if note is None else note, row.colour if colour is None else colour)
        put_annotation(session, changed)
        return changed


def remove(services: Services, annotation_id: str) -> AnnotationRow:
    """Remove an annotation; the row returned is what `put_back` takes."""
    with services.database.session() as session:
        return remove_annotation(session, annotation_id)


def put_back(services: Services, row: AnnotationRow) -> None:
    """Undo a removal. Raises StorageError when the document is gone meanwhile."""
    with services.database.session() as session:
        put_annotation(session, row)


# -- looking -----------------------------------------------------------------------------------------------------------


def list_annotations(services: Services, document_id: str) -> list[PlacedAnnotation]:
    """By place. Raises StorageError for an unknown document."""
    index = place_index(services, document_id)
    with services.database.read() as session:
        return [_placed(row, index) for row in annotations_of(session, document_id)]


def matches(annotation: PlacedAnnotation, words: str) -> bool:
    """Whether all the words stand in its note, its quote or its chapter, case and accents aside."""
    shown = folded(f"{annotation.row.note}\n{annotation.row.quote}\n{annotation.chapter}")
    return all(word in shown for word in folded(words).split())


# -- exporting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExportWords:
    """What an export says beside what is the book's and the reader's own, in the reader's language."""

    heading: str = "Notes on “{title}”"
    bookmark: str = "Bookmark"
    page: str = "p. {page}"
    before_first_chapter: str = "Beginning"
    colours: Callable[[str], str] = str


def export_markdown(services: Services, document_id: str, words: ExportWords | None = None) -> str:
    """Every annotation once, by place, as Markdown: the same text for the same annotations."""
    with services.database.read() as session:
        document = documents.get_document(session, document_id)
    return as_markdown(document, list_annotations(services, document_id), words or ExportWords())


def export_to(services: Services, document_id: str, file: Path, words: ExportWords | None = None) -> None:
    """Write the export to a file, or leave what was there. Raises StorageError when it cannot be written."""
    save_text(file, export_markdown(services, document_id, words))


def as_markdown(document: DocumentRow, placed: Iterable[PlacedAnnotation], words: ExportWords) -> str:
    """Chapters as headings; the quote, the note as it was written, and a line that says where and when."""
    title = " ".join(document.title.split())
    lines = [f"# {_escaped(words.heading.format(title=title))}", ""]
    if document.author:
        lines += [_escaped(" ".join(document.author.split())), ""]
    for _, chapter in groupby(placed, key=lambda annotation: annotation.section):
        members = list(chapter)
        lines += [f"## {_escaped(members[0].chapter) or words.before_first_chapter}", ""]
        for annotation in members:
            lines += [*_paragraphs(annotation, words), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _paragraphs(annotation: PlacedAnnotation, words: ExportWords) -> list[str]:
    row = annotation.row
    is_bookmark = row.kind is AnnotationKind.BOOKMARK
    lines = [f"> {line}".rstrip() + ("  " if line and not line.endswith("…") else "") for line in _quoted(row)]
    lines[-1] = lines[-1].rstrip()
    if row.note.strip():
        lines += ["", row.note.strip()]
    where = [words.bookmark] if is_bookmark else []
    where += [words.page.format(page=_escaped(annotation.page))] if annotation.page else []
    where += [f"{100 * annotation.share:.1f} %"]
    where += [] if is_bookmark else [words.colours(row.colour)]
    where += [row.created_at.astimezone().date().isoformat()]
    return [*lines, "", f"*{' · '.join(where)}*"]


def _quoted(row: AnnotationRow) -> list[str]:
    """The quote's lines; a bookmark's words go on."""
    quote = row.quote + ("…" if row.kind is AnnotationKind.BOOKMARK and row.quote else "")
    return [_escaped(line.strip()) for line in quote.split("\n")]


def _escaped(text: str) -> str:
    """Words of a book that Markdown shows as they are."""
    text = re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)
    return re.sub(r"^(\d+)([.)])(?=\s)|^([#+-])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", text)


# -- rows --------------------------------------------------------------------------------------------------------------


def _new(
    document_id: str, start: int, quote: str, note: str, colour: str, *, kind: AnnotationKind | None = None
) -> AnnotationRow:
    now = datetime.now(UTC)
    is_bookmark = kind is AnnotationKind.BOOKMARK
    return AnnotationRow(
        annotation_id=secrets.token_hex(8),
        document_id=document_id,
        kind=kind or _kind(note),
        start=start,
        end=start if is_bookmark else start + len(quote),
        quote=quote,
        note=note.strip(),
        colour=colour,
        created_at=now,
        updated_at=now,
    )


def _changed(row: AnnotationRow, note: str, colour: str) -> AnnotationRow:
    kind = row.kind if row.kind is AnnotationKind.BOOKMARK else _kind(note)
    return replace(row, kind=kind, note=note.strip(), colour=colour, updated_at=datetime.now(UTC))


def _kind(note: str) -> AnnotationKind:
    return AnnotationKind.NOTE if note.strip() else AnnotationKind.HIGHLIGHT


def _placed(row: AnnotationRow, index: PlaceIndex) -> PlacedAnnotation:
    section = index.section_at(row.start)
    return PlacedAnnotation(
        row=row,
        section=None if section is None else section.ordinal,
        chapter="" if section is None else " ".join(section.title.split()),
        page=index.page_at(row.start),
        share=row.start / max(1, index.characters),
    )


def _first_words(text: str) -> str:
    """On one line, cut between two words where there is a space."""
    words = " ".join(text[: 2 * BOOKMARK_WORDS].split())
    if len(words) <= BOOKMARK_WORDS:
        return words
    cut = words.rfind(" ", BOOKMARK_WORDS // 2, BOOKMARK_WORDS)
    return words[: cut if cut > 0 else BOOKMARK_WORDS]


def _trimmed(start: int, text: str) -> tuple[int, str]:
    return start + len(text) - len(text.lstrip()), text.strip()


def _check_colour(colour: str) -> None:
    if colour not in COLOURS:
        raise StorageError(f"“{colour}” is no colour of highlights; there are {', '.join(COLOURS)}.")
