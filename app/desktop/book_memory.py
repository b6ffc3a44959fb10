"""What is remembered of a book, in one row: an adapter or a segment memory, as plain values. Knows operations' results, no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.desktop.gain_points import GainPoint, gain_points
from app.operations.memories import Remembered
from app.operations.segment_memories import DocumentMemory
from storage.documents import DocumentRow


@dataclass(frozen=True, slots=True)
class BookMemory:
    """key: what tells it apart from all others. memory_id: of an adapter; entry: of a segment memory. state: as
    `storage.memories.MemoryRow` has it. share: of the book, 0-1. slots, ratio: of a segment memory. points: of an adapter's curve.
    """

    document: DocumentRow
    model_name: str
    usable: bool
    in_use: bool
    state: str
    share: float
    bytes: int
    made_at: datetime
    memory_id: str | None = None
    entry: int | None = None
    slots: int = 0
    ratio: int = 0
    points: Sequence[GainPoint] = ()

    @property
    def key(self) -> str:
        return self.memory_id or f"entry {self.entry}"

    @property
    def is_adapter(self) -> bool:
        return self.memory_id is not None


def of_adapter(remembered: Remembered) -> BookMemory:
    memory, document = remembered.memory, remembered.document
    return BookMemory(
        document=document,
        model_name=memory.model_name,
        usable=remembered.usable,
        in_use=memory.attached,
        state=memory.state,
        share=min(1.0, memory.tokens / max(1, document.tokens)),
        bytes=memory.bytes,
        made_at=memory.created_at,
        memory_id=memory.memory_id,
        points=gain_points(remembered.chunks),
    )


def of_segments(memory: DocumentMemory) -> BookMemory:
    row = memory.row
    return BookMemory(
        document=memory.document,
        model_name=row.model_name,
        usable=memory.usable,
        in_use=row.in_use,
        state=memory.state,
        share=min(1.0, row.tokens / max(1, memory.total_tokens)),
        bytes=row.bytes,
        made_at=row.created_at,
        entry=row.entry,
        slots=int(row.metrics.get("slots", 0)),
        ratio=int(row.metrics.get("ratio", 0)),
    )
