"""The last step of every reader: drafts of sections become a Document that keeps the laws of storage.document.

Block texts are clean, never blank, and hold no blank line; no section is empty; levels start at 1 and deepen by one at
most; a file without text is refused; a link leads to a block, an image stands before one. Whatever a format's reader got
wrong, this holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from storage.document import Block, Cover, Document, Section
from storage.readers import limits
from storage.readers.cleaning import clean_characters, one_line, split_blank_lines
from storage.readers.inline import Piece
from storage.readers.linking import Beside, with_links
from storage.readers.picture_files import Picture
from storage.readers.source import Source

_LANGUAGE_SAMPLE = 20_000
_KANA = re.compile(r"[\u3041-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_MAX_TITLE = 300


@dataclass(slots=True)
class SectionDraft:
    title: str
    level: int = 1
    pieces: list[Piece] = field(default_factory=list)


def make_document(
    source: Source,
    format: str,
    sections: Iterable[SectionDraft],
    *,
    title: str = "",
    author: str = "",
    language: str = "",
    series: str = "",
    series_number: float | None = None,
    pictures_behind: Sequence[Picture] = (),
    cover: Picture | None = None,
) -> Document:
    """Raises ReaderError when there is no text, or more than limits allow. Empty sections are left out.

    pictures_behind: those after the last block of all.
    """
    finished: list[Section] = []
    characters = blocks_done = 0
    open_levels: list[int] = []
    beside = Beside()
    for draft in sections:
        blocks: list[Block] = []
        for piece in draft.pieces:
            if piece.names or piece.pictures:
                beside.meet(piece.names, piece.pictures)
            if parts := lawful_blocks(piece.block):
                beside.pass_block(blocks_done + len(blocks))
                blocks += parts
        if not blocks:
            continue
        characters += sum(len(block.text) for block in blocks) + 2 * len(blocks)
        blocks_done += len(blocks)
        if characters > limits.MAX_CHARACTERS or blocks_done > limits.MAX_BLOCKS:
            raise source.refusal(
                f"holds more than {limits.MAX_CHARACTERS // 1_000_000} million characters; split it and try again."
            )
        while open_levels and open_levels[-1] >= draft.level:
            open_levels.pop()
        open_levels.append(draft.level)
        finished.append(Section(one_line(draft.title)[:_MAX_TITLE], len(open_levels), tuple(blocks)))
    if not finished:
        raise source.refusal("holds only pictures and no text." if pictures_behind else "holds no text.")
    beside.meet((), pictures_behind)
    beside.end(blocks_done)
    finished = with_links(finished, beside.places)
    title = one_line(title)[:_MAX_TITLE] or one_line(source.title_from_name) or "?"
    named = [section if section.title else replace(section, title=title) for section in finished]
    return Document(
        title=title,
        format=format,
        sections=tuple(named),
        author=one_line(author)[:_MAX_TITLE],
        language=one_line(language)[:35] or guess_language(named),
        warnings=tuple(one_line(sentence) for sentence in source.warnings),
        series=one_line(series)[:_MAX_TITLE],
        series_number=series_number if series else None,
        images=tuple(beside.images),
        cover=None if cover is None else Cover(cover.media_type, cover.data),
    )


def lawful_blocks(block: Block) -> list[Block]:
    """The block itself when its text is clean, trimmed and without blank lines; else what it takes to make it so."""
    text = block.text
    clean = clean_characters(text)
    if clean != text:
        # Dropped characters move offsets, and readers make marks over clean text only: these cannot be trusted.
        block = replace(block, text=clean, marks=())
    if "\n" not in clean and clean and not clean[0].isspace() and not clean[-1].isspace():
        return [block]
    return [replace(block, text=part, marks=marks) for part, marks in split_blank_lines(clean, block.marks)]


def guess_language(sections: Sequence[Section]) -> str:
    """ "zh", "ja" or "ko" where the script alone tells, else ""."""
    sample = ""
    for section in sections:
        for block in section.blocks:
            sample += block.text[:2000]
            if len(sample) > _LANGUAGE_SAMPLE:
                break
        if len(sample) > _LANGUAGE_SAMPLE:
            break
    kana, han, hangul = (len(script.findall(sample)) for script in (_KANA, _HAN, _HANGUL))
    if max(kana, han, hangul) < len(sample) / 5:
        return ""
    if hangul > han + kana:
        return "ko"
    return "ja" if kana > han / 10 else "zh"
