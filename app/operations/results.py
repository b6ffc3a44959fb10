"""What operations hand to the faces. The command line prints these as JSON (design: the command line is a contract)."""

from __future__ import annotations

from dataclasses import dataclass

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
    """A quote that stands in the document: `text[start:end] == quote`. number: the small figure shown in the answer."""

    number: int
    quote: str
    section: str
    start: int
    end: int
    page: str | None
    locator: Locator


@dataclass(frozen=True, slots=True)
class Answer:
    turn_id: str
    answer: str
    citations: tuple[Citation, ...]
    passages: tuple[PassageText, ...]
    jrt: str
    adapter_used: bool
    note: str | None
    """A sentence to show beside the answer: the adapter has read further than `up_to`, nothing was found, ..."""
    prompt_tokens: int
    reused_tokens: int
    new_tokens: int
    ttft_s: float
    tokens_per_s: float


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
