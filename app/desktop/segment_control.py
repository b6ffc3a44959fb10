"""Segment memory of documents, made, paused and forgotten from several places of the window but always in the same way.

A document that is open and longer than the model's window gets its memory without being asked for it, where the settings say so
(`segment_memories.wants_memory`). That waits until the reader has stayed with the document for a moment, or has asked about it, and
stops when another one is opened, and while the user has the engine learn or train; it goes on when the document is opened again,
and after that. What the user began goes on by itself.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.bridge import Bridge, JobHandle
from app.operations import (
    compressing,
    compressors,
    learning,
    model_measuring,
    model_speeds,
    prompt_caches,
    segment_memories,
)

ATTEND_AFTER_MS = 2500
"""Who only leafs through the library starts no engine."""

GIVES_WAY_TO = frozenset(
    {
        learning.KIND,
        compressing.KIND,
        compressors.KIND,
        compressors.SEGMENTS_KIND,
        model_measuring.KIND,
        model_speeds.KIND,
    }
)
"""Jobs the user began; the engine takes one job of this kind after the other, and what nobody asked for may take an hour."""


class SegmentControl(QObject):
    """One per window.

    started: of every job's handle. pausing: before it stops. changed: id of a document whose memory is another now. failed: id and
    the sentence. refused: the sentence of what was not done. forgotten: id and the bytes that went.
    """

    started = Signal(object)
    pausing = Signal(object)
    changed = Signal(str)
    failed = Signal(str, str)
    refused = Signal(str)
    forgotten = Signal(str, int)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._open: str | None = None
        self._jobs: dict[str, JobHandle] = {}
        """By document, from the moment they are begun."""
        self._unasked: set[JobHandle] = set()
        self._before: set[JobHandle] = set()
        """What it gives way to."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ATTEND_AFTER_MS)
        self._soon.timeout.connect(self._consider)
        bridge.job_started.connect(self._on_job)

    # -- by itself -------------------------------------------------------------------------------------------------

    def attend(self, document_id: str | None) -> None:
        """This document is the open one now: what was made unasked of another stops, and this one's may begin."""
        self._open = document_id
        for handle in [handle for handle in self._unasked if self._jobs.get(document_id or "") is not handle]:
            self._leave(handle)
        if document_id is None:
            self._soon.stop()
        else:
            self._soon.start()

    def look_again(self) -> None:
        """What the open document's memory depends on may be another now: the model, its compressor."""
        if self._open is not None:
            self.changed.emit(self._open)
            self._soon.start()

    def _consider(self) -> None:
        self._soon.stop()
        document_id, services = self._open, self._bridge.services
        if document_id is not None and document_id not in self._jobs and not self._before:
            self._bridge.query(
                lambda: segment_memories.wants_memory(services, document_id),
                lambda wants: self._make_unasked(document_id, wants),
            )

    def _make_unasked(self, document_id: str, wants: bool) -> None:
        if wants and document_id == self._open and document_id not in self._jobs and not self._before:
            self._unasked.add(self.make(document_id))

    def _leave(self, handle: JobHandle) -> None:
        """Stop what nobody asked for; it goes on when the document is opened again."""
        self._unasked.discard(handle)
        services, ticket = self._bridge.services, handle.ticket
        if ticket is None:
            handle.started.connect(lambda: self._leave(handle))
        else:
            self._bridge.query(lambda: segment_memories.leave(services, ticket))

    # -- by the user -----------------------------------------------------------------------------------------------

    def make(self, document_id: str, *, ratio: int | None = None) -> JobHandle:
        """Make a document's memory, or go on with it; the job that is at it already, if one is. ratio: None for what fits it."""
        running = self._jobs.get(document_id)
        if running is not None:
            self._unasked.discard(running)  # from now on the user wants it
            return running
        services = self._bridge.services
        handle = self._bridge.start(
            segment_memories.KIND,
            lambda: segment_memories.encode(services, document_id, ratio=ratio),
            again=lambda: self.make(document_id, ratio=ratio),
        )
        self._follow(handle, document_id)
        return handle

    def running(self, document_id: str) -> JobHandle | None:
        return self._jobs.get(document_id)

    def pause(self, handle: JobHandle) -> None:
        """Stop for now; what is compressed is kept, and it goes on when the user says so."""
        services, ticket = self._bridge.services, handle.ticket
        if ticket is not None:
            self._unasked.discard(handle)
            self.pausing.emit(handle)
            self._bridge.query(lambda: segment_memories.pause(services, ticket))

    def set_in_use(self, document_id: str, in_use: bool, *, entry: int | None = None) -> None:
        """Ask with the memory of a document, or without. entry: with this one of several."""
        services = self._bridge.services
        self._bridge.query(
            lambda: (
                segment_memories.set_in_use(services, document_id, in_use)
                if entry is None
                else prompt_caches.set_in_use(services, entry, in_use)
            ),
            lambda _: self.changed.emit(document_id),
            lambda sentence: self._refuse(document_id, sentence),
        )

    def forget(self, document_id: str, *, entry: int | None = None) -> None:
        """Forget a document's memory for the model in use, which is not made again unasked. entry: this one alone, of whatever model."""
        services = self._bridge.services
        self._bridge.query(
            lambda: segment_memories.forget(services, document_id, entry=entry),
            lambda freed: self._on_forgotten(document_id, freed),
            lambda sentence: self._refuse(document_id, sentence),
        )

    # -- what came of it -------------------------------------------------------------------------------------------

    def _on_job(self, handle: JobHandle) -> None:
        if handle.kind in GIVES_WAY_TO:
            self._give_way(handle)
        ticket = handle.ticket
        if ticket is None or ticket.document_id is None:
            return
        if handle.kind == "ask" and ticket.document_id == self._open:
            self._consider()  # the answer goes before it
        elif handle.kind == segment_memories.KIND:
            if self._jobs.get(ticket.document_id) is not handle:
                self._follow(handle, ticket.document_id)
            self.started.emit(handle)

    def _give_way(self, handle: JobHandle) -> None:
        self._before.add(handle)
        handle.ended.connect(lambda: self._on_way_free(handle))
        for unasked in list(self._unasked):
            self._leave(unasked)

    def _on_way_free(self, handle: JobHandle) -> None:
        self._before.discard(handle)
        if self._open is not None:
            self._soon.start()

    def _follow(self, handle: JobHandle, document_id: str) -> None:
        self._jobs[document_id] = handle
        handle.failed.connect(lambda sentence: self._on_failed(handle, document_id, sentence))
        handle.ended.connect(lambda: self._on_ended(handle, document_id))

    def _on_failed(self, handle: JobHandle, document_id: str, sentence: str) -> None:
        if handle.ticket is not None:
            self.failed.emit(document_id, sentence)
        elif handle not in self._unasked:
            self._refuse(document_id, sentence)

    def _on_ended(self, handle: JobHandle, document_id: str) -> None:
        del self._jobs[document_id]
        self._unasked.discard(handle)
        self.changed.emit(document_id)
        if document_id == self._open:
            self._soon.start()  # it was left, and the document is opened again

    def _on_forgotten(self, document_id: str, freed: int) -> None:
        self.forgotten.emit(document_id, freed)
        self.changed.emit(document_id)

    def _refuse(self, document_id: str, sentence: str) -> None:
        self.refused.emit(sentence)
        self.changed.emit(document_id)
