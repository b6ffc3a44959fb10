"""What operations hand to the faces. The command line prints these as JSON (design: the command line is a contract)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.api import PassageText
from storage.document import Locator


@dataclass(frozen=True, slots=True)
class Imported:
    document: str
    title: str
    format: str
    sections: int
    characters: int
    tokens: int
    warnings: tuple[str, ...]
    already_there: bool = False
    put_back: bool = False
    """It had been removed from the shelf and stands there again."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file: a document, or a sentence about why not. may_retry: it broke its reader; it can be read
    again when the user wants to."""

    file: str
    imported: Imported | None = None
    error: str = ""
    may_retry: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the folders held that was not tried. kinds: how many files of each suffix Palimpsest does not read.

    unreadable: files and folders that could not be opened, a sentence each. beyond: files past the most taken at once.
    """

    kinds: tuple[tuple[str, int], ...] = ()
    hidden: int = 0
    unreadable: tuple[FileOutcome, ...] = ()
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of everything that was to be added, in the order it was tried."""

    outcomes: tuple[FileOutcome, ...]
    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote that stands in the document: `text[start:end] == quote`. number: the small figure shown in the answer; 0 for
    a sentence that was found without a model."""

    number: int
    quote: str
    section: str
    start: int
    end: int
    page: str | None
    locator: Locator


@dataclass(frozen=True, slots=True)
class Quotes:
    """Progress.detail of an ask, before the model begins: the sentences that speak of the question, best first."""

    quotes: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The part of a document a question is about: `[start, end)`. name: a section's title, "" for a selection."""

    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    turn_id: str
    conversation_id: str
    answer: str
    citations: tuple[Citation, ...]
    quotes: tuple[Citation, ...]
    """Sentences that speak of the question, found without the model, best first."""
    marks: tuple[tuple[int, int], ...]
    """Where citations belong in the answer: (offset behind a sentence, number of its citation)."""
    passages: tuple[PassageText, ...]
    jrt: str
    adapter_used: bool
    note: str | None
    """A sentence to show beside the answer: the adapter has read further than `up_to`, nothing was found, ..."""
    prompt_tokens: int
    reused_tokens: int
    """Prompt tokens that were not read again."""
    gist_tokens: int
    """How many of those a gist stood in for."""
    segments_used: int
    """Segments of the document whose memory stood before the prompt."""
    segment_tokens: int
    """Tokens of the document those segments hold; they are not among the prompt's."""
    segment_slots: int
    """Slots they take of what the model holds."""
    new_tokens: int
    ttft_s: float
    tokens_per_s: float
    stopped: bool
    """Stopped by the user: `answer` is what was there by then, and nothing was cited."""
    within: Within | None
    up_to: int | None
    model: str
    writer: str = ""
    """What wrote the words, "PyTorch" or "llama.cpp"; "" where no model was asked."""
    reader: str = ""
    """What read most of the prompt tokens that were not re-used."""
    handed_over_s: float = 0.0
    """Seconds before the first word in which what the one had read was handed to the other."""
    adapter_scale: float = 0.0
    """How strongly the adapter acted: 1 as it was learned, 0 where none was used."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a question would cost. passages: how many; sections: the titles they stand in; both empty when nothing speaks of
    the question. first_word_s: None where this machine's rate with this model is not known yet. segments, segment_tokens: of the
    document's segment memory that would stand before the prompt."""

    passages: int
    sections: tuple[str, ...]
    read_tokens: int
    reused_tokens: int
    adapter_made: datetime | None
    first_word_s: float | None
    segments: int = 0
    segment_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """removed: how much of each thing went. residue: traces found afterwards, and in which files.

    probes: for how many pieces of text and names was searched; in `searched_files` files of `searched_bytes` bytes.
    """

    removed: dict[str, int]
    residue: int
    residue_places: tuple[str, ...]
    probes: int
    searched_files: int
    searched_bytes: int
