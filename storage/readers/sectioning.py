"""Where sections begin: by the headings of the text itself, or by a table of contents that points into it.

Knows pieces and entries. Knows no file format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from storage.document import Block, BlockKind
from storage.readers.assembling import SectionDraft
from storage.readers.cleaning import one_line
from storage.readers.inline import Piece
from storage.readers.picture_files import Picture


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a table of contents. index: the piece it points at. level: 1 = top."""

    title: str
    level: int
    index: int


def cut_by_headings(pieces: Sequence[Piece], *, front_title: str) -> list[SectionDraft]:
    """Every heading begins a section of its level; what comes before the first is called `front_title`.

    A heading right after a heading of the same level (a title on two lines) goes on with the same section.
    """
    entries: list[Entry] = []
    previous = Piece(Block(BlockKind.PARAGRAPH, "."))
    for index, piece in enumerate(pieces):
        if piece.block.kind is BlockKind.HEADING:
            if previous.block.kind is BlockKind.HEADING and previous.level == piece.level and entries:
                last = entries[-1]
                if last.index == index - 1 and len(last.title) + len(piece.block.text) < 120:
                    entries[-1] = Entry(f"{last.title} {one_line(piece.block.text)}", last.level, last.index)
            if not entries or previous.block.kind is not BlockKind.HEADING or previous.level != piece.level:
                entries.append(Entry(one_line(piece.block.text), max(1, piece.level), index))
        previous = piece
    return cut_by_entries(pieces, compact_levels(entries), front_title=front_title)


def cut_by_entries(pieces: Sequence[Piece], entries: Sequence[Entry], *, front_title: str) -> list[SectionDraft]:
    """Sections from entry to entry, in the order of the text. Footnotes go to the end of their section.

    An entry that points at the same piece as the next one (a part whose first chapter starts with it) keeps its place
    in the outline as a section of one heading, since no section is empty.
    """
    ordered = sorted(entries, key=lambda entry: entry.index)  # stable: equal places keep the order of the contents
    drafts = [SectionDraft(front_title, 1, _in_order(pieces, 0, ordered[0].index if ordered else len(pieces)))]
    for position, entry in enumerate(ordered):
        end = ordered[position + 1].index if position + 1 < len(ordered) else len(pieces)
        own = _in_order(pieces, entry.index, end)
        if not own and entry.title and position + 1 < len(ordered) and ordered[position + 1].level > entry.level:
            page_label = pieces[entry.index].block.page_label if entry.index < len(pieces) else None
            own = [Piece(Block(BlockKind.HEADING, entry.title, page_label=page_label))]
        drafts.append(SectionDraft(entry.title, entry.level, own))
    return [draft for draft in drafts if draft.pieces]


def compact_levels(entries: Sequence[Entry]) -> list[Entry]:
    """The levels in use, renumbered 1, 2, 3, ... without gaps."""
    ranks = {level: rank for rank, level in enumerate(sorted({entry.level for entry in entries}), start=1)}
    return [Entry(entry.title, ranks[entry.level], entry.index) for entry in entries]


def _in_order(pieces: Sequence[Piece], start: int, end: int) -> list[Piece]:
    """The pieces of a section, its footnotes last. Pictures stay where they are in the text."""
    own = list(pieces[start:end])
    notes = [piece for piece in own if piece.block.kind is BlockKind.FOOTNOTE]
    if not notes or len(notes) == len(own):
        return own
    text: list[Piece] = []
    pictures: tuple[Picture, ...] = ()
    for piece in own:
        if piece.block.kind is BlockKind.FOOTNOTE:
            pictures += piece.pictures
        else:
            text.append(replace(piece, pictures=pictures + piece.pictures) if pictures else piece)
            pictures = ()
    notes = [replace(note, pictures=()) if note.pictures else note for note in notes]
    notes[0] = replace(notes[0], pictures=pictures)
    return text + notes
