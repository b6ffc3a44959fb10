"""Which page of the original a place in the text is on, and back.

Knows offsets and page labels. A label may come back (two parts of a book, each counted from 1); pages only go forward.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageMap:
    """offsets: where text begins a new page, in order; pages: which one, from 0. As long as each other."""

    offsets: tuple[int, ...]
    pages: tuple[int, ...]

    def page_of(self, offset: int) -> int | None:
        """The page an offset is on, as far as the begins of blocks tell; before the first one, that one."""
        if not self.offsets:
            return None
        return self.pages[max(0, bisect_right(self.offsets, offset) - 1)]

    def offset_of(self, page: int) -> int | None:
        """Where the text of a page begins; of a page on which no block begins, the block that runs on to it."""
        if not self.offsets:
            return None
        exact = bisect_left(self.pages, page)
        if exact < len(self.pages) and self.pages[exact] == page:
            return self.offsets[exact]
        return self.offsets[max(0, exact - 1)]


def map_pages(starts: Sequence[tuple[int, str]], labels: Sequence[str]) -> PageMap:
    """starts: (offset, label) wherever the label changes in the text, in order. labels: of all pages of the original.

    Each start goes to the next page of its label, from the page before on; one without such a page is passed over.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for page, label in enumerate(labels):
        places[label].append(page)
    offsets, pages = [], []
    page = 0
    for offset, label in starts:
        own = places.get(label, [])
        position = bisect_left(own, page)
        if position < len(own):
            page = own[position]
            offsets.append(offset)
            pages.append(page)
    return PageMap(tuple(offsets), tuple(pages))
