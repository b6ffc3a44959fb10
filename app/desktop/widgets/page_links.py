"""What can be opened on the page: notes, links, pictures; which of them has the focus, and what opening does.

Knows positions in the loaded text. Knows nothing of columns.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from app.desktop.block_window import PICTURE_UNITS, Spot
from app.desktop.book_source import BookSource, Run
from app.desktop.pagination import Line
from app.desktop.widgets.footnote_popup import FootnotePopup
from app.desktop.widgets.image_window import ImageWindow
from app.desktop.widgets.loaded_text import LoadedText
from app.desktop.widgets.typesetting import NOTE, PICTURE, PLACE
from storage.documents import BlockRow
from storage.pictures import ImageRow

SHORT_NOTE = 12
"""Characters of a note that can only be its number: its words stand in the next block."""

Link = tuple[int, int, str]
"""Positions from and to, and what it leads to ("note:41")."""


class PageLinks(QObject):
    """followed: offset of the place a link leads to."""

    followed = Signal(int)

    def __init__(self, text: LoadedText, run: Run, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = text
        self._run = run
        self._parent = parent
        self.focused: str | None = None
        self.popup = FootnotePopup(parent)
        self.popup.go_there.connect(self.followed)

    def between(self, first: Line, last: Line) -> list[Link]:
        """In reading order, on the lines from `first` to `last`."""
        if not self._text.rows:
            return []
        found: list[Link] = []
        for row in self._text.rows[self._row_at(first.start) : self._row_at(last.end) + 1]:
            images = self._text.images_before(row.ordinal)
            for number, image in enumerate(images):
                position = self._text.window.position_of_spot(Spot(row.ordinal, number - len(images), 0))
                found.append((position, position + PICTURE_UNITS - 1, f"{PICTURE}:{image.ordinal}"))
            for mark in row.marks:
                if mark.style in ("noteref", "link") and mark.note.isdecimal() and mark.start < mark.end:
                    kind = NOTE if mark.style == "noteref" else PLACE
                    start = self._text.window.position_of(row.start + mark.start)
                    end = self._text.window.position_of(row.start + mark.end)
                    found.append((start, end, f"{kind}:{mark.note}"))
        return [link for link in found if first.start <= link[0] < last.end]

    def step(self, links: list[Link], *, forward: bool) -> bool:
        """The focus goes to the next of them, or leaves: False."""
        names = [name for _, _, name in links]
        at = names.index(self.focused) if self.focused in names else (-1 if forward else len(names))
        at += 1 if forward else -1
        self.focused = names[at] if 0 <= at < len(names) else None
        return self.focused is not None

    def open(self, link: str, source: BookSource, at: QRect, font: QFont) -> None:
        """Show a note beside its mark (`at`, on the screen), follow a link, open a picture."""
        kind, _, number = link.partition(":")
        if not number.isdecimal():
            return
        if kind == PICTURE:
            image = self._text.image(int(number))
            if image is not None:
                self._open_picture(image, source)
            return
        shows_note = kind == NOTE
        source.read(int(number), 2, lambda rows: self._lead_to(rows, at, font, shows_note=shows_note))

    def _lead_to(self, rows: list[BlockRow], at: QRect, font: QFont, *, shows_note: bool) -> None:
        if rows and shows_note:
            words = rows[0].text if len(rows[0].text) > SHORT_NOTE else "\n".join(row.text for row in rows)
            self.popup.show_note(words, rows[0].start, at, font)
        elif rows:
            self.followed.emit(rows[0].start)

    def _open_picture(self, image: ImageRow, source: BookSource) -> None:
        window = ImageWindow(image.description, self._parent.window())
        self._run(lambda: source.image_data(image.ordinal), window.show_data)
        window.show()

    def _row_at(self, position: int) -> int:
        return min(self._text.window.spot_at(position).block - self._text.rows[0].ordinal, len(self._text.rows) - 1)
