"""Where pages end: whole lines, as many as fit, and no heading alone at the foot of a page.

Knows heights only. Knows no Qt and no text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Place = TypeVar("Place")


@dataclass(frozen=True, slots=True)
class Line:
    """From `top` to `bottom` in the loaded text. start, end: its positions there. is_heading: holds on to the next line."""

    top: float
    bottom: float
    start: int
    end: int
    is_heading: bool = False


def page_from(lines: Iterable[Line], height: float) -> list[Line]:
    """The lines of the page that begins with the first of `lines`; at least one, however high it is.

    Takes one line more from `lines` than it returns, unless they end: the page may be shorter where headings wait for
    what follows them.
    """
    page: list[Line] = []
    overflows = False
    for line in lines:
        if page and line.bottom - page[0].top > height:
            overflows = True
            break
        page.append(line)
    if overflows:
        with_text = len(page)
        while with_text and page[with_text - 1].is_heading:
            with_text -= 1
        return page[:with_text] if with_text else page
    return page


def page_before(lines_backwards: Iterable[Line], height: float) -> list[Line]:
    """The lines, in reading order, of the page that ends with the first of `lines_backwards`."""
    page: list[Line] = []
    above: Line | None = None
    for line in lines_backwards:
        if page and page[0].bottom - line.top > height:
            above = line
            break
        page.append(line)
    page.reverse()
    # A heading that would stay alone at the foot of the page before takes the next line along.
    keep = 0
    while above is not None and above.is_heading and keep < len(page) - 1:
        above, keep = page[keep], keep + 1
    return page[keep:]


class Trail(Generic[Place]):
    """Where the pages that were shown begin, so that going back shows the same pages again."""

    def __init__(self, start: Place) -> None:
        self._starts = [start]
        self._at = 0

    @property
    def start(self) -> Place:
        """Of the first page in view."""
        return self._starts[self._at]

    def after(self, pages: int) -> Place | None:
        """Where the page begins that is so many pages further; None where that is not known yet."""
        return self._starts[self._at + pages] if self._at + pages < len(self._starts) else None

    def note(self, pages: int, start: Place) -> None:
        """The page so many pages further begins here; all before it are known."""
        if self._at + pages == len(self._starts):
            self._starts.append(start)

    def forward(self, pages: int) -> bool:
        """False when that page is not known: the book ends before."""
        if self._at + pages >= len(self._starts):
            return False
        self._at += pages
        return True

    def back(self, pages: int) -> int:
        """Go back by as many as are known, and return how many are missing."""
        known = min(pages, self._at)
        self._at -= known
        return pages - known

    def prepend(self, start: Place) -> None:
        """One page before all others; it is in view now."""
        assert self._at == 0
        self._starts.insert(0, start)
