"""Cutting a document into passages that retrieval may pick.

Whole blocks are packed up to a target size inside one section; a longer block is cut at sentence ends; a heading goes
with the text it heads. Between two passages stands nothing but what stands between two blocks:

    | heading + block + block |  | sentences of a | long block |  | heading + block |
      passage                 ^separator          ^nothing
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from storage.document import BLOCK_SEPARATOR, BlockKind, Document, Passage, Section

TARGET_CHARACTERS = 900
CJK_TARGET_CHARACTERS = 350
"""The same amount to read: a Chinese, Japanese or Korean character says as much as two to three Latin letters."""

_CJK_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+")
_CJK_SHARE = 0.3
_STRETCH = 100_000
"""Characters searched at once: a search holds Python's lock, and a window waits for it."""

_CLOSERS = "\"'”’»›)\\]」』”’）】》"
_SENTENCE_END = re.compile(rf"[.!?…]+[{_CLOSERS}]*(?=\s|\Z)\s*|[。！？｡…]+[{_CLOSERS}]*\s*|\n\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|mme|mlle|dr|st|prof|rev|hon|gen|col|capt|lieut|messrs|vol|no|fig|cf|vs|etc|e\.g|i\.e)"
    r"|\b[^\W\d_])\.\s*\Z",
    re.IGNORECASE,
)
_WORD_END = re.compile(r"\s+")


def is_cjk(text: str) -> bool:
    """Whether a text is mostly written in Chinese, Japanese or Korean characters."""
    runs = (run for start in range(0, len(text), _STRETCH) for run in _CJK_RUN.findall(text, start, start + _STRETCH))
    return sum(len(run) for run in runs) > _CJK_SHARE * max(1, len(text))


def sentence_ends(text: str) -> Iterator[int]:
    """Offsets just behind each sentence and the white space after it; a title such as "Mr." ends none."""
    for match in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text, max(0, match.start() - 12), match.end()):
            yield match.end()


def cut_passages(document: Document) -> list[Passage]:
    """The document's passages in order. Together they hold every block, whole and once; none crosses a section."""
    text = document.text
    target = CJK_TARGET_CHARACTERS if is_cjk(text) else TARGET_CHARACTERS
    passages: list[Passage] = []
    position = 0
    for section in document.sections:
        for start, end in _pack(_pieces(section, position, target), target):
            passages.append(Passage(start, end, text[start:end]))
        position += sum(len(block.text) + len(BLOCK_SEPARATOR) for block in section.blocks)
    return passages


def cut_at(passage: Passage, up_to: int) -> Passage | None:
    """What of a passage stands before offset `up_to`: to its last sentence end, else its last word end, else None.

    Decided by the text before `up_to` alone: nothing at or behind it shows, not even through where the cut falls.
    """
    if passage.end <= up_to:
        return passage
    visible = passage.text[: max(0, up_to - passage.start)]
    end = _last_end(visible)
    return Passage(passage.start, passage.start + end, visible[:end]) if end else None


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    heading: bool


def _pieces(section: Section, position: int, target: int) -> Iterator[_Piece]:
    """Each block of a section, or the parts of a long one. position: where the section's first block starts."""
    for block in section.blocks:
        start = position
        for end in _cuts(block.text, target):
            yield _Piece(start, position + end, block.kind is BlockKind.HEADING)
            start = position + end
        position += len(block.text) + len(BLOCK_SEPARATOR)


def _cuts(text: str, target: int) -> Iterator[int]:
    """Where a block is cut, its end included: parts of about equal size, none above `target`."""
    if len(text) > target:
        sentences = list(sentence_ends(text))
        words = [match.end() for match in _WORD_END.finditer(text)]
        aim = len(text) / -(-len(text) // target)
        start = 0
        while len(text) - start > target:
            wanted, limit = start + aim, start + target
            reachable = _between(sentences, start + target // 4, limit) or _between(words, start, limit)
            start = min(reachable, key=lambda end: abs(end - wanted), default=limit)
            yield start
    yield len(text)


def _between(ends: list[int], above: int, up_to: int) -> list[int]:
    """Those of the ascending `ends` that lie in (above, up_to]."""
    return ends[bisect_right(ends, above) : bisect_right(ends, up_to)]


def _pack(pieces: Iterator[_Piece], target: int) -> Iterator[tuple[int, int]]:
    """Ranges of neighbouring pieces up to `target`; headings before a piece, up to half as much again, go with it."""
    held: list[_Piece] = []
    for piece in pieces:
        if held and piece.end - held[0].start > target:
            kept = len(held)
            while kept and held[kept - 1].heading and piece.start - held[kept - 1].start <= target // 2:
                kept -= 1
            if kept:
                yield held[0].start, held[kept - 1].end
                held = held[kept:]
        held.append(piece)
    if held:
        yield held[0].start, held[-1].end


def _last_end(text: str) -> int:
    """Offset of the last sentence end in a text that was cut off, else of its last word end; 0 where it has none."""
    end = max(sentence_ends(text), default=0)
    if end:
        return end
    end = len(text)
    while end and text[end - 1].isalnum() and not _CJK_RUN.match(text[end - 1]):
        end -= 1
    return end
