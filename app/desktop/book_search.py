"""Searching the open book while somebody types: off the UI thread, and only the newest words."""

from __future__ import annotations

from threading import Lock

from PySide6.QtCore import QObject, Signal

from app.desktop.bridge import Bridge, Query
from app.operations import library
from app.services import Services
from storage.finding import FindOptions, Hits, SearchableText


class _Book:
    """The text of one document, read when it is first searched. Shared with the worker threads; holds no QObject."""

    def __init__(self, services: Services, document_id: str) -> None:
        self._services = services
        self._document_id = document_id
        self._reading = Lock()
        self.text: SearchableText | None = None
        self.newest = 0

    def find(self, number: int, words: str, options: FindOptions) -> Hits:
        """The hits; none for words that newer ones have replaced while they waited."""
        with self._reading:
            if number != self.newest:
                return Hits()
            if self.text is None:
                self.text = library.searchable_text(self._services, self._document_id)
        return self.text.find(words, options)


class BookSearch(QObject):
    """found: every hit of the newest search, in order.

    The text stays in memory between searches, until `open` or `rest`.
    """

    found = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._document_id: str | None = None
        self._book: _Book | None = None
        self._asked: Query | None = None

    def open(self, document_id: str | None) -> None:
        """The book to search from now on; None for none."""
        self.rest()
        self._document_id = document_id

    def rest(self) -> None:
        """Nobody searches any more: drop the text, and whatever is on its way."""
        if self._asked is not None:
            self._asked.drop()
        self._asked = self._book = None

    @property
    def text(self) -> SearchableText | None:
        """What the hits are of; None before the first of them."""
        return None if self._book is None else self._book.text

    def search(self, words: str, options: FindOptions) -> None:
        if self._asked is not None:
            self._asked.drop()
        if self._document_id is None or not words.strip():
            self._asked = None
            self.found.emit(Hits())
            return
        if self._book is None:
            self._book = _Book(self._bridge.services, self._document_id)
        book = self._book
        book.newest += 1
        number = book.newest
        self._asked = self._bridge.query(lambda: book.find(number, words, options), self._on_found)

    def _on_found(self, hits: Hits) -> None:
        self._asked = None
        self.found.emit(hits)
