"""Where links lead and images stand, once it is known which block is which.

Knows marks, names and block ordinals. Knows no file format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from storage.document import Block, BlockKind, Image, Mark, Section
from storage.readers.picture_files import Picture

LINK_STYLES = frozenset({"link", "noteref"})
_LONGEST_SIGN = 6
"""Characters of a sign that refers to a note: "[12]", "***", "iv"."""


@dataclass(slots=True)
class Beside:
    """What stands beside the blocks: the names of places, and images, gathered while the blocks are counted."""

    places: dict[str, int] = field(default_factory=dict)
    images: list[Image] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)
    _pictures: list[Picture] = field(default_factory=list)

    def meet(self, names: Iterable[str], pictures: Iterable[Picture]) -> None:
        """Names of the next block, and pictures before it."""
        self._names += names
        self._pictures += pictures

    def pass_block(self, ordinal: int) -> None:
        """What was met stands here."""
        if self._names:
            for name in self._names:
                self.places.setdefault(name, ordinal)
            self._names.clear()
        if self._pictures:
            self.images += (
                Image(ordinal, each.media_type, each.data, each.width, each.height, each.description)
                for each in self._pictures
            )
            self._pictures.clear()

    def end(self, block_count: int) -> None:
        """What no block follows: its names are those of the last one, its images stand behind it."""
        for name in self._names:
            self.places.setdefault(name, max(0, block_count - 1))
        self._names.clear()
        self.pass_block(block_count)


def with_links(sections: Sequence[Section], places: Mapping[str, int]) -> list[Section]:
    """Sections whose links carry the ordinal of their block instead of its name; those that lead nowhere are gone.

    A link is a reference to a note if it says so, or if it is short and leads to a footnote; but never one that leads
    back: a sign at the head of a note, to the block whose sign leads here.
    """
    blocks = [block for section in sections for block in section.blocks]
    linking = {
        ordinal: links
        for ordinal, block in enumerate(blocks)
        if block.marks and (links := [mark for mark in block.marks if mark.style in LINK_STYLES])
    }
    if not linking:
        return list(sections)
    led_to = {
        ordinal: {places[mark.note] for mark in links if mark.note in places} for ordinal, links in linking.items()
    }
    finished = []
    ordinal = 0
    for section in sections:
        own = list(section.blocks)
        for index in range(len(own)):
            if ordinal + index in linking:
                own[index] = _with_ordinals(own[index], ordinal + index, blocks, places, led_to)
        ordinal += len(own)
        finished.append(replace(section, blocks=tuple(own)))
    return finished


def _with_ordinals(
    block: Block, ordinal: int, blocks: Sequence[Block], places: Mapping[str, int], led_to: Mapping[int, set[int]]
) -> Block:
    marks = []
    for mark in block.marks:
        if mark.style not in LINK_STYLES:
            marks.append(mark)
        elif (target := places.get(mark.note)) is not None:
            style = "noteref" if _refers_to_note(mark, block, ordinal, blocks[target], target, led_to) else "link"
            marks.append(Mark(mark.start, mark.end, style, str(target)))
    return replace(block, marks=tuple(marks))


def _refers_to_note(
    mark: Mark, block: Block, ordinal: int, target_block: Block, target: int, led_to: Mapping[int, set[int]]
) -> bool:
    if target == ordinal:
        return False
    is_note, to_note = block.kind is BlockKind.FOOTNOTE, target_block.kind is BlockKind.FOOTNOTE
    says_so = mark.style == "noteref" or (to_note and mark.end - mark.start <= _LONGEST_SIGN)
    if not says_so or (is_note and not to_note):
        return False
    answered = ordinal in led_to.get(target, ())
    leads_back = answered and target < ordinal and not block.text[: mark.start].strip("[( ")
    return not leads_back
