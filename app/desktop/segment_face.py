"""What the section on a book's segment memory offers, by how that memory stands. Knows no widget and no words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.operations.segment_memories import SegmentStatus


class Make(Enum):
    """What making one is at the moment."""

    NEW = "new"
    GO_ON = "go on"
    AGAIN = "again"
    """With another compressor, or compressed otherwise."""
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Face:
    """make: the button that makes it, None for none; can_make: whether it is enabled. chooses_ratio: how much it is compressed can
    be chosen. trains: the way out is training a compressor. keeps_exactly: it is keeping the book's text as it is."""

    make: Make | None = None
    can_make: bool = False
    chooses_ratio: bool = False
    pauses: bool = False
    forgets: bool = False
    uses: bool = False
    shows_book: bool = False
    trains: bool = False
    keeps_exactly: bool = False


def is_of_use(status: SegmentStatus) -> bool:
    """Whether the model's window is too small for the book; one that is not known is given the chance."""
    return status.longer_than_window or not status.window_tokens


def face(status: SegmentStatus | None, *, is_making: bool, ratio: int | None) -> Face:
    """status: None until it is known. ratio: the one that is chosen; None: what fits the book."""
    if status is None:
        return Face(pauses=is_making, shows_book=is_making)
    has_memory = status.segments > 0
    if is_making:
        return Face(pauses=True, uses=has_memory, shows_book=True)
    can_begin = status.has_compressor and is_of_use(status)
    make, can_make = Make.NEW, can_begin
    if status.can_go_on:
        make, can_make = (Make.RETRY if status.problem else Make.GO_ON), True
    elif has_memory:
        make, can_make = Make.AGAIN, can_begin and (status.outdated or ratio not in (None, status.ratio))
    elif status.problem and can_begin:
        make = Make.RETRY
    return Face(
        make=make if can_make or not has_memory else None,
        can_make=can_make,
        chooses_ratio=can_begin and not status.can_go_on,
        forgets=has_memory,
        uses=has_memory,
        shows_book=has_memory,
        trains=bool(status.model) and not status.has_compressor,
        keeps_exactly=status.has_compressor and not is_of_use(status) and not has_memory,
    )
