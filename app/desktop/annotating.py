"""The notes of the open book between the page, the panel and storage: every change is written, read back and shown.

hand -> change (off this thread, one after another) -> the whole list, newest state -> page, panel, contents
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.desktop.bridge import Bridge
from app.desktop.widgets.book_view import BookView
from app.desktop.widgets.page_marks import Highlight
from app.operations import notes
from app.operations.notes import PlacedAnnotation
from app.services import Services
from storage.annotations import AnnotationKind, AnnotationRow

Change = Callable[[Services], Any]


class _Desk:
    """Where changes are made one after another. Shared with the worker threads; holds no QObject."""

    def __init__(self, services: Services, document_id: str) -> None:
        self.document_id = document_id
        self._services = services
        self._writing = Lock()
        self._number = 0

    def change(self, change: Change) -> tuple[int, Any, list[PlacedAnnotation]]:
        """Which change it was, what it returned, and all annotations after it."""
        with self._writing:
            made = change(self._services)
            self._number += 1
            return self._number, made, notes.list_annotations(self._services, self.document_id)


class Annotating(QObject):
    """changed: all annotations by place, after every change. removed: how many could be put back."""

    changed = Signal(object)
    removed = Signal(int)

    def __init__(self, bridge: Bridge, view: BookView) -> None:
        super().__init__(view)
        self._bridge, self._view = bridge, view
        self._desk: _Desk | None = None
        self._shown = 0
        self._placed: Sequence[PlacedAnnotation] = ()
        self._removed: list[AnnotationRow] = []
        self._going: set[str] = set()

    @property
    def placed(self) -> Sequence[PlacedAnnotation]:
        """By place."""
        return self._placed

    def find(self, annotation_id: str) -> PlacedAnnotation | None:
        return next((placed for placed in self._placed if placed.row.annotation_id == annotation_id), None)

    def open_book(self, document_id: str | None) -> None:
        self._desk = None if document_id is None else _Desk(self._bridge.services, document_id)
        self._shown = 0
        self._removed, self._going = [], set()
        self._show_all([])
        self._change(lambda services: None)

    # -- what hands do ---------------------------------------------------------------------------------------------

    def highlight(
        self, place: tuple[int, int], colour: str, done: Callable[[AnnotationRow], None] | None = None
    ) -> None:
        """Highlight `[start, end)`; `done` gets the row when it is on the page."""
        document_id = self._document_id
        self._change(lambda services: notes.annotate(services, document_id, *place, colour=colour), done)

    @property
    def bookmarks_in_view(self) -> list[PlacedAnnotation]:
        first, last = self._view.place, self._view.end_of_view
        return [
            placed
            for placed in self._placed
            if placed.row.kind is AnnotationKind.BOOKMARK and first <= placed.row.start <= last
        ]

    def toggle_bookmark(self) -> None:
        """Mark the page in view, or take its marks away."""
        if there := self.bookmarks_in_view:
            ids = [placed.row.annotation_id for placed in there]
            self._change(lambda services: [notes.remove(services, annotation_id) for annotation_id in ids])
            return
        document_id, place = self._document_id, self._view.place
        self._change(lambda services: notes.add_bookmark(services, document_id, place))

    def write(self, annotation_id: str, note: str) -> None:
        self._change(lambda services: notes.edit(services, annotation_id, note=note))

    def colour(self, annotation_id: str, colour: str) -> None:
        self._change(lambda services: notes.edit(services, annotation_id, colour=colour))

    def remove(self, annotation_id: str) -> None:
        """Remove it, once: it stays in view until that is done."""
        if annotation_id in self._going:
            return
        self._going.add(annotation_id)
        self._change(lambda services: notes.remove(services, annotation_id), self._on_removed)

    def put_back(self) -> None:
        """Undo the removals since they were last told of."""
        rows, self._removed = self._removed, []

        def restore(services: Services) -> None:
            for row in rows:
                notes.put_back(services, row)

        self._change(restore)

    def let_go_of_removed(self) -> None:
        """What was removed so far stays away."""
        self._removed = []

    # -- the way there and back ------------------------------------------------------------------------------------

    @property
    def _document_id(self) -> str:
        assert self._desk is not None, "no book is open"
        return self._desk.document_id

    def _change(self, change: Change, done: Callable[[Any], None] | None = None) -> None:
        desk = self._desk
        if desk is None:
            return

        def show(answer: tuple[int, Any, list[PlacedAnnotation]]) -> None:
            number, made, placed = answer
            if desk is not self._desk:
                return
            if number > self._shown:
                self._shown = number
                self._show_all(placed)
            if done is not None:
                done(made)

        self._bridge.query(lambda: desk.change(change), show)

    def _show_all(self, placed: Sequence[PlacedAnnotation]) -> None:
        self._placed = placed
        self._view.set_highlights(
            [
                Highlight(row.start, row.end, row.colour, row.annotation_id, has_note=bool(row.note))
                for row in (one.row for one in placed)
                if row.kind is not AnnotationKind.BOOKMARK
            ]
        )
        self.changed.emit(placed)

    def _on_removed(self, row: AnnotationRow) -> None:
        self._removed.append(row)
        self._going.discard(row.annotation_id)
        self.removed.emit(len(self._removed))
