"""What a reader makes of a file: sections of blocks over one text, and the places in it.

Knows text and positions. Knows nothing of file formats, the database or models.
All offsets are character offsets (Python `str` indices) into `Document.text`, the text `palimpsest show DOC --text` prints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

BLOCK_SEPARATOR = "\n\n"
"""What stands between two blocks in the document's text."""


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    QUOTE = "quote"
    VERSE = "verse"
    LIST_ITEM = "list_item"
    CODE = "code"
    TABLE = "table"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup over `[start, end)` of a block's own text.

    style: "em" | "strong" | "ruby" (note: the reading) | "noteref" (a reference to a footnote or endnote) | "link" (any
    other way to a place in the same document). note of the last two: the ordinal of the block it leads to, in decimal.
    """

    start: int
    end: int
    style: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph-like unit. `text` is never blank and holds no blank line, so that the separator stays unambiguous.

    page_label: the printed page it begins on (PDF labels, EPUB page lists), else None. speaker: who says a chat message.
    """

    kind: BlockKind
    text: str
    page_label: str | None = None
    speaker: str | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter or what the format has for one. level: depth in the table of contents, 1 = top. May not be empty."""

    title: str
    level: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the text. It stands before block `block`, an ordinal over the whole document (the block count: behind
    the last one), and is no part of the text. data: a PNG, JPEG, GIF or WebP file. description: its alternative text."""

    block: int
    media_type: str
    data: bytes = field(repr=False)
    width: int
    height: int
    description: str


@dataclass(frozen=True, slots=True)
class Cover:
    """The picture a book is known by. data: a PNG, JPEG, GIF or WebP file."""

    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file, read. format: "txt" "md" "html" "epub" "pdf" "docx" "fb2" "chatgpt" "sillytavern".

    warnings: what was dropped or guessed, one sentence each, for the user. images: in reading order.
    series: the series it says it belongs to, "" for none; series_number: its place there, where it says so.
    """

    title: str
    format: str
    sections: tuple[Section, ...]
    author: str = ""
    language: str = ""
    warnings: tuple[str, ...] = ()
    series: str = ""
    series_number: float | None = None
    images: tuple[Image, ...] = ()
    cover: Cover | None = None

    @property
    def text(self) -> str:
        """The document's one text: every block in order, joined by BLOCK_SEPARATOR."""
        return BLOCK_SEPARATOR.join(block.text for section in self.sections for block in section.blocks)


@dataclass(frozen=True, slots=True)
class Locator:
    """A place in a document, the same for every format: section and block ordinals (from 0, over the whole document),
    the character range `[start, end)` in the document's text, and the page label where the format has pages."""

    section: int
    block: int
    start: int
    end: int
    page_label: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text that retrieval may pick: one or more whole blocks, or sentences of a long one."""

    start: int
    end: int
    text: str
