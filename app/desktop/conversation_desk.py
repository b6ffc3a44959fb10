"""The conversations about the open book, read and changed off the UI thread on behalf of the panel that shows them.

Knows storage through operations, and which conversation is shown. Knows no widget. What comes back for a book that is no longer
open is not told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from app.desktop.bridge import Bridge, Query
from app.desktop.turn_words import turn_words
from app.operations import conversations, starters
from app.operations.conversations import Conversation
from app.operations.results import Citation
from storage.conversation_removal import Removed
from storage.documents import DocumentRow

Value = TypeVar("Value")
Spans = list[tuple[int, int]]

NEW = ""
"""Where a conversation's id will be, before its first question."""
_MOST_QUERIES = 20


class ConversationDesk(QObject):
    """opened: a conversation (`conversations.Conversation`) to show in place of what is shown. changed: the shown one as it is
    now, and what `keep` was given with it. gone: the shown one was removed. listed: rows for the list of conversations.
    removed: what is gone ("turn" or "conversation"), and what puts it back. saved: a file's name. branched: after `opened`.
    """

    opened = Signal(object)
    changed = Signal(object, object)
    gone = Signal()
    listed = Signal(object)
    removed = Signal(str, object)
    saved = Signal(str)
    branched = Signal()
    starters_found = Signal(object)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._services = bridge.services
        self._queries: list[Query] = []
        self.document: DocumentRow | None = None
        self.conversation_id = NEW
        self._waits_for_first = False

    # -- which is shown --------------------------------------------------------------------------------------------

    def open_book(self, document: DocumentRow | None) -> None:
        """Turn to a book: its last conversation is `opened`."""
        for query in self._queries:
            query.drop()
        self._queries.clear()
        self.document, self.conversation_id = document, NEW
        self._waits_for_first = True
        if document is not None:
            document_id = document.document_id
            self._ask(lambda: conversations.newest(self._services, document_id), self._show_first)
            self._ask(lambda: starters.starters(self._services, document_id), self.starters_found.emit)

    def open(self, conversation_id: str) -> None:
        self._waits_for_first = False
        self._ask(lambda: conversations.open_conversation(self._services, conversation_id), self._show_other)

    def begin(self) -> None:
        """A new one; it is kept with its first question."""
        self.conversation_id = NEW
        self._waits_for_first = False

    def keep(self, conversation_id: str, fresh: Any) -> None:
        """An answer was kept in a conversation, which is the shown one now."""
        self.conversation_id = conversation_id
        self._ask(
            lambda: conversations.open_conversation(self._services, conversation_id),
            lambda found: self.changed.emit(found, fresh),
        )

    def _show_first(self, found: Conversation) -> None:
        if self._waits_for_first and found.line:
            self._show_other(found)

    def _show_other(self, found: Conversation) -> None:
        self.conversation_id = found.conversation_id
        self.opened.emit(found)

    # -- turns -----------------------------------------------------------------------------------------------------

    def show_version(self, turn_id: str) -> None:
        self._ask(
            lambda: conversations.show_version(self._services, turn_id), lambda found: self.changed.emit(found, {})
        )

    def branch_off(self, turn_id: str) -> None:
        """Go on from a turn in a new conversation."""

        def show(found: Conversation) -> None:
            self._show_other(found)
            self.branched.emit()

        self._ask(lambda: conversations.branch_off(self._services, turn_id), show)

    def remove_turn(self, turn_id: str) -> None:
        conversation_id = self.conversation_id

        def remove() -> tuple[Removed, Conversation]:
            taken = conversations.remove_turn(self._services, turn_id)
            return taken, conversations.open_conversation(self._services, conversation_id)

        def show(done: tuple[Removed, Conversation]) -> None:
            self.changed.emit(done[1], {})
            self.removed.emit("turn", done[0])

        self._ask(remove, show)

    def put_back(self, removed: Removed) -> None:
        """Undo a removal."""
        self._ask(lambda: conversations.put_back(self._services, removed), self._show_other)

    # -- conversations ---------------------------------------------------------------------------------------------

    def find(self, words: str) -> None:
        """Those that hold the words, all for none, are `listed`."""
        if self.document is not None:
            document_id = self.document.document_id
            self._ask(lambda: conversations.find(self._services, document_id, words), self.listed.emit)

    def rename(self, conversation_id: str, title: str, then: Callable[[], None]) -> None:
        self._ask(lambda: conversations.rename(self._services, conversation_id, title), lambda _done: then())

    def remove(self, conversation_id: str) -> None:
        def show(removed: Removed) -> None:
            if conversation_id == self.conversation_id:
                self.conversation_id = NEW
                self.gone.emit()
            self.removed.emit("conversation", removed)

        self._ask(lambda: conversations.remove_conversation(self._services, conversation_id), show)

    def save(self, path: Path) -> None:
        """Write the shown one to a file, in the format of its suffix."""
        conversation_id = self.conversation_id
        words = turn_words()
        self._ask(
            lambda: conversations.save(self._services, conversation_id, path, words),
            lambda _done: self.saved.emit(path.name),
        )

    # -- the book --------------------------------------------------------------------------------------------------

    def read_places(self, spans: Spans, show: Callable[[tuple[Citation, ...]], None]) -> None:
        """Stretches of the book with their words and places."""
        if self.document is not None:
            document_id = self.document.document_id
            self._ask(lambda: conversations.places(self._services, document_id, spans), show)

    def read_around(self, spans: Spans, show: Callable[[dict[tuple[int, int], str]], None]) -> None:
        """What stands around places of the book."""
        if self.document is not None:
            document_id = self.document.document_id
            self._ask(lambda: conversations.around(self._services, document_id, spans), show)

    def _ask(self, read: Callable[[], Value], show: Callable[[Value], None]) -> None:
        self._queries = [*self._queries[-_MOST_QUERIES:], self._bridge.query(read, show)]
