"""Where prompt states are kept between sessions, as the engine sees it: pieces of states, found by the tokens they hold.

Knows promises. `app.prompt_store` keeps them, over `storage.prompt_states`; the engine is handed one, or none.

A state is kept in pieces of PIECE_TOKENS tokens (the last one may be shorter), each under its scope (what it was made with)
and its parent: a hash of all tokens before it. Prompts that begin alike share pieces; a longer prompt adds some. No call raises:
what cannot be read is not there, what cannot be written is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

PIECE_TOKENS = 256
ROOT = ""
"""The parent of the first piece."""


class AtRest(StrEnum):
    """How keys and values are written."""

    HALF = "16 bit"
    """Lossless for what was computed in 16 bits."""
    INT8 = "int8"
    """Half the bytes, rounded."""


@dataclass(frozen=True, slots=True)
class PieceFound:
    """tokens: how many of the piece's first tokens the prompt shares; only those may be used."""

    piece: int
    tokens: int


@dataclass(frozen=True, slots=True)
class GistFound:
    """piece: holds the gist's state. tokens: of the prompt it stands for."""

    entry: int
    piece: int
    tokens: int


@dataclass(frozen=True, slots=True)
class SegmentsFound:
    """A document's segment memory. scope: of its pieces.

    pieces: one a segment, in order, by numbers that are never used twice; None for one that was damaged. ends: character of the text
    behind each. tokens, slots: of each.
    """

    entry: int
    scope: str
    pieces: tuple[int | None, ...]
    ends: tuple[int, ...]
    tokens: int
    slots: int


@dataclass(frozen=True, slots=True)
class NewSegment:
    """data: its state; None for a segment that is kept already."""

    token_ids: Sequence[int]
    data: bytes | None


@dataclass(frozen=True, slots=True)
class KeptMemory:
    """bytes: of all segments of the entry."""

    entry: int
    bytes: int


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A prompt as lists show it. kind: "exact" | "gist" | "segments". scope: of its pieces. token_ids: the prompt's.

    document_key: the document it is forgotten with. metrics: figures to show, plain JSON values; of a segment memory they hold `ends`,
    and `segment_tokens` and `segment_slots` as `SegmentsFound` has them. Its tokens are those of its segments: token_ids is ().
    """

    kind: str
    scope: str
    model_identity: str
    model_name: str
    adapter_sha256: str
    title: str
    token_ids: Sequence[int]
    document_key: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)


class PromptStore(Protocol):
    def longest_prefix(self, scope: str, token_ids: Sequence[int]) -> list[PieceFound]:
        """The pieces that together hold the longest kept prefix of the tokens, in order; [] when nothing is kept."""
        ...

    def read_piece(self, piece: int) -> bytes | None:
        """A piece's bytes as written; None when it is gone or its checksum is wrong (it is then removed)."""
        ...

    def write_piece(self, scope: str, parent: str, token_ids: Sequence[int], data: bytes) -> str | None:
        """Keep the state of at most PIECE_TOKENS tokens that follow `parent`. Returns the parent of what comes after them,
        None when it cannot be kept."""
        ...

    def find_piece(self, scope: str, parent: str, token_ids: Sequence[int]) -> str | None:
        """The parent of what comes after exactly this piece; None when it is not kept."""
        ...

    def write_entry(self, entry: NewEntry) -> int | None:
        """List a prompt whose exact pieces are written; the entry of the same scope, tokens and document is renewed.
        Evicts what the budget has no room for, never this one. None when it cannot be kept."""
        ...

    def write_gist(self, entry: NewEntry, data: bytes) -> int | None:
        """List a gist with its state: one blob. It replaces the one of the same scope, tokens and document."""
        ...

    def find_gist(self, model_identity: str, token_ids: Sequence[int]) -> GistFound | None:
        """The gist in use for exactly these tokens."""
        ...

    def document_gist(self, model_identity: str, document_key: str) -> GistFound | None:
        """The gist in use that stands for this document's text."""
        ...

    def document_prompt(self, model_identity: str, document_key: str) -> tuple[int, ...] | None:
        """The tokens of this document's text, where it is kept exactly and was put to use."""
        ...

    def kept_segments(self, scope: str, segments: Sequence[Sequence[int]]) -> list[bool]:
        """Which segments, each given by its tokens, are kept, of whatever document."""
        ...

    def write_segments(self, entry: NewEntry, first: int, segments: Sequence[NewSegment]) -> KeptMemory | None:
        """Segments of a document's memory from place `first` on, all of them or none: the memory is listed with the first ones and
        grows by the others. None, with the memory as it was, when they cannot be kept or what was before them is gone."""
        ...

    def room_for_segments(self, entry: NewEntry) -> int | None:
        """How many bytes a document's segment memory could have; None where that cannot be said."""
        ...

    def document_segments(self, model_identity: str, document_key: str) -> SegmentsFound | None:
        """The segment memory in use for a document."""
        ...

    def read_pieces(self, pieces: Sequence[int]) -> list[bytes | None]:
        """Several at once, each as `read_piece` would read it."""
        ...

    def gist(self, entry: int) -> tuple[GistFound, tuple[int, ...]] | None:
        """A gist, in use or not, and the tokens it was made of."""
        ...

    def note_use(self, pieces: Sequence[int], *, tokens_saved: int, seconds_saved: float) -> None:
        """Count a hit for the entry these pieces belong to (the most recently used of several), and make it the newest."""
        ...
