"""Which lines stand on the pages in view: pages of whole lines, begun at a place, turned, and the same again on the way back.

Asks the loaded text for more where a page needs it. Knows no widget and no colours.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile

from app.desktop.block_window import Spot
from app.desktop.pagination import Line, Trail, page_before, page_from
from app.desktop.widgets.loaded_text import LoadedText


class Pages:
    """in_view: the lines of each page on the screen, one or two; valid until text is added or dropped above them."""

    def __init__(self, text: LoadedText, page_height: Callable[[], float]) -> None:
        self._text = text
        self._page_height = page_height
        self._trail: Trail[Spot] = Trail(Spot(0, 0, 0))
        self.in_view: list[list[Line]] = []

    @property
    def start(self) -> Spot:
        """Where the first page in view begins."""
        return self._trail.start

    def begin(self, offset: int, *, share: float) -> None:
        """A page begins with the line of an offset (and the pictures before its block), or so far above it."""
        self._trail = Trail(self._start_above(offset, share) if share else self._text.spot_of(offset))

    def turn(self, count: int, *, forward: bool) -> bool:
        """So many pages on or back. False when the book ends here, or begins."""
        if forward:
            return self._trail.forward(count)
        before = self._trail.start
        for _ in range(self._trail.back(count)):
            start = self._start_of_page_before(self._trail.start)
            if start is None:
                break
            self._trail.prepend(start)
        return self._trail.start != before

    def lay(self, count: int) -> list[list[Line]]:
        """The lines of so many pages from the trail's start on; fewer at the end of the book."""
        self.in_view = []
        start: Spot | None = self._trail.start
        for number in range(1, count + 1):
            if start is None:
                break
            lines, start = self._page(start, self._trail.after(number))
            self.in_view.append(lines)
            if start is not None:
                self._trail.note(number, start)
        return self.in_view

    def _page(self, start: Spot, known_end: Spot | None) -> tuple[list[Line], Spot | None]:
        """The page that begins at a spot, and where the next one does, None at the end of the book; both loaded."""
        text = self._text
        while not text.window.holds(start) and (text.prepend() if start < text.first else text.append()):
            pass
        while True:
            lines = self._lines(start, known_end)
            last = lines[-1].end
            if last < text.document.characterCount() - 1:
                following = text.line_of(last) if text.line_of(last).start == last else text.line_of(last + 1)
                return lines, text.window.spot_at(following.start)
            if not text.append():
                return lines, None

    def _lines(self, start: Spot, end: Spot | None) -> list[Line]:
        window = self._text.window
        lines = self._text.lines_from(window.position_of_spot(start))
        if end is not None and window.holds(end):
            stop = window.position_of_spot(end)
            lines = takewhile(lambda line: line.start < stop, lines)
        return page_from(lines, self._page_height())

    def _start_of_page_before(self, start: Spot) -> Spot | None:
        text = self._text
        while True:
            lines = page_before(text.lines_before(text.window.position_of_spot(start)), self._page_height())
            if (not lines or lines[0].start == 0) and text.prepend():
                continue
            return text.window.spot_at(lines[0].start) if lines else None

    def _start_above(self, offset: int, share: float) -> Spot:
        text = self._text
        while True:
            position = text.window.position_of(offset)
            own = text.line_of(position)
            room = max(share * self._page_height(), own.bottom - own.top)
            above = [own, *takewhile(lambda line: own.bottom - line.top <= room, text.lines_before(position))]  # noqa: B023
            if above[-1].start > 0 or not text.prepend():
                return text.window.spot_at(above[-1].start)
