"""Learning, started and stopped from several places of the window but always in the same way."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.desktop.bridge import Bridge, JobHandle
from app.operations import learning, memories
from app.operations.memories import MemoryForgotten


class LearningControl(QObject):
    """One per window.

    started: of every learning job's handle. pausing: before it stops. changed: id of a document whose memories are
    others now. failed: id and the sentence. refused: the sentence of one that never began. forgotten: id and what went
    with one memory (`memories.MemoryForgotten`).
    """

    started = Signal(object)
    pausing = Signal(object)
    changed = Signal(str)
    failed = Signal(str, str)
    refused = Signal(str)
    forgotten = Signal(str, object)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        bridge.job_started.connect(self._on_job)

    def learn(self, document_id: str, *, resume: bool = False, up_to: int | None = None) -> JobHandle:
        """Learn a document, from its checkpoint where `resume` is asked for; all of it, or the text before `up_to`."""
        services = self._bridge.services
        handle = self._bridge.start(
            "learn",
            lambda: learning.learn(services, document_id, resume=resume, up_to=up_to),
            again=lambda: self.learn(document_id, resume=True, up_to=up_to),
        )
        handle.failed.connect(lambda sentence: self._on_failed(handle, document_id, sentence))
        return handle

    def _on_failed(self, handle: JobHandle, document_id: str, sentence: str) -> None:
        if handle.ticket is None:
            self.refused.emit(sentence)
        else:
            self.failed.emit(document_id, sentence)

    def running(self, document_id: str) -> JobHandle | None:
        return self._bridge.running("learn", document_id)

    def pause(self, handle: JobHandle) -> None:
        """Finish the chunk, keep the checkpoint, free the machine."""
        ticket = handle.ticket
        if ticket is not None:
            self.pausing.emit(handle)
            self._bridge.query(lambda: learning.pause(self._bridge.services, ticket))

    def cancel(self, handle: JobHandle) -> None:
        """Stop; what is learned is kept."""
        ticket = handle.ticket
        if ticket is None:
            self._bridge.cancel(handle)
        else:
            self._bridge.query(lambda: learning.cancel(self._bridge.services, ticket))

    def forget(self, document_id: str, memory_id: str) -> None:
        """Forget one memory; the document stays."""
        self._bridge.query(
            lambda: memories.forget_memory(self._bridge.services, memory_id),
            lambda report: self._on_forgotten(document_id, report),
        )

    def _on_forgotten(self, document_id: str, report: MemoryForgotten) -> None:
        self.forgotten.emit(document_id, report)
        self.changed.emit(document_id)

    def set_attached(self, document_id: str, memory_id: str, attached: bool) -> None:
        """Use a memory when its document is asked about, or leave it aside."""
        self._bridge.query(
            lambda: memories.set_attached(self._bridge.services, memory_id, attached),
            lambda _: self.changed.emit(document_id),
        )

    def set_strength(self, document_id: str, memory_id: str, strength: float) -> None:
        """How strongly an adapter acts when its document is asked about."""
        self._bridge.query(
            lambda: memories.set_strength(self._bridge.services, memory_id, strength),
            lambda _: self.changed.emit(document_id),
        )

    def _on_job(self, handle: JobHandle) -> None:
        ticket = handle.ticket
        if handle.kind == "learn" and ticket is not None and ticket.document_id is not None:
            document_id = ticket.document_id
            handle.ended.connect(lambda: self.changed.emit(document_id))
            self.started.emit(handle)
