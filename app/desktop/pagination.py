"""Where pages end: whole lines, as many as fit, and no heading alone at the foot of a page.

Knows heights only. Knows no Qt and no text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """From `top` to `bottom` in the loaded text. start: its first position there. is_heading: holds on to the next line."""

    top: float
    bottom: float
    start: int
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
