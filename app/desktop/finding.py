"""Finding in the open book: the bar, the list of hits, the marks on the page, and the search behind them.

typing -> BookSearch (off this thread) -> hits -> bar, list and page, which move together
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.desktop.book_search import BookSearch
from app.desktop.bridge import Bridge
from app.desktop.preferences import Preferences
from app.desktop.widgets.book_view import BookView
from app.desktop.widgets.find_bar import FindBar
from app.desktop.widgets.find_results import FindResults
from storage.documents import SectionRow
from storage.finding import FindOptions, Hits

LIST_FLAG = "find_list"


class Finding(QObject):
    """leaving: the place one read at before finding led away from it. list_shown: whether the list of hits is to be seen.
    lit: the hit one is at, `(start, end)` or None.
    """

    leaving = Signal(int)
    list_shown = Signal(bool)
    lit = Signal(object)

    def __init__(
        self, bridge: Bridge, preferences: Preferences, view: BookView, bar: FindBar, results: FindResults
    ) -> None:
        super().__init__(view)
        self._preferences = preferences
        self._view, self._bar, self._results = view, bar, results
        self._search = BookSearch(bridge, self)
        self._sections: Sequence[SectionRow] = ()
        self._characters = 0
        self._from = 0
        self._left_from: int | None = None
        self._is_arriving = False
        bar.list_button.setChecked(preferences.flag(LIST_FLAG, True))
        self._search.found.connect(self._on_found)
        bar.searched.connect(self._on_searched)
        bar.moved.connect(self._on_moved)
        bar.closed.connect(self._on_closed)
        bar.list_wanted.connect(self._on_list_wanted)
        bar.list_entered.connect(self._on_list_entered)
        results.chosen.connect(bar.choose)
        results.left.connect(view.setFocus)

    def open_book(self, document_id: str | None, sections: Sequence[SectionRow], characters: int) -> None:
        """The book to find in from now on; None for none."""
        self._bar.close_bar()
        self._search.open(document_id)
        self._sections, self._characters = sections, characters

    def start(self) -> None:
        """Open the bar, with what is selected in the text."""
        if self._bar.isHidden():
            self._from = self._left_from = self._view.place
        self._bar.open_bar(" ".join(self._view.selected_text.split())[:80])

    def step(self, by: int) -> None:
        """To the next hit or the one before; with the bar closed, search again for what was found last."""
        if self._bar.isHidden():
            self.start()
        elif by > 0:
            self._bar.next()
        else:
            self._bar.previous()

    @property
    def is_list_shown(self) -> bool:
        return not self._bar.isHidden() and self._bar.list_button.isChecked() and bool(self._bar.hits)

    def _on_searched(self, words: str, options: FindOptions) -> None:
        self._search.search(words, options)

    def _on_found(self, hits: Hits) -> None:
        self._results.show_hits(hits, self._search.text, self._sections, self._characters)
        self._is_arriving = True
        self._bar.show_hits(hits, self._from)
        self._is_arriving = False
        self.list_shown.emit(self.is_list_shown)

    def _on_moved(self, number: int | None) -> None:
        hits = self._bar.hits
        hit = None if number is None else hits[number]
        self._view.show_found(hits, hit)
        self._results.mark(number)
        self.lit.emit(hit)
        if hit is None:
            return
        if not self._is_arriving:
            self._from = hit[0]
        if self._left_from is not None and self._view.place != self._left_from:
            self.leaving.emit(self._left_from)
            self._left_from = None

    def _on_closed(self) -> None:
        self._search.rest()
        self._results.show_hits((), None, (), 1)
        self.list_shown.emit(False)
        self._view.setFocus()

    def _on_list_wanted(self, wanted: bool) -> None:
        self._preferences.keep_flag(LIST_FLAG, wanted)
        self.list_shown.emit(self.is_list_shown)

    def _on_list_entered(self) -> None:
        self._bar.list_button.setChecked(True)
        self._results.setFocus()
