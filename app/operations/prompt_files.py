"""A prompt from a file: instructions, a persona, a glossary, as the text a model is to read.

Knows files. Plain text, data and Markdown are taken word for word; of a book's format its text is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storage.errors import ReaderError, StorageError
from storage.readers.encoding import decode
from storage.readers.reading import read_file
from storage.readers.sniff import sniff
from storage.readers.source import Source

_AS_IT_IS = ("txt", "md")
_DATA_SUFFIXES = frozenset({".json", ".jsonl", ".xml", ".tbx"})
"""Glossaries and characters come as these: no books, and yet text that a model can read."""


@dataclass(frozen=True, slots=True)
class PromptText:
    """title: what lists call it."""

    title: str
    text: str


def read_prompt(path: Path) -> PromptText:
    """The text of a file, without blank ends. Raises StorageError with one sentence for what is no text.

    A book is read in a child process, which takes its time: not for a UI thread.
    """
    source = Source(path)
    try:
        if not path.is_file():
            raise StorageError(f"There is no file {path}.")
        text = _plain_text(source)
        if text is None:
            text = read_file(path).text
    except OSError as problem:
        raise StorageError(f"The file {path} cannot be opened: {problem.strerror}.") from problem
    text = text.strip()
    if not text:
        raise StorageError(f"The file {path} holds no text.")
    return PromptText(source.title_from_name, text)


def _plain_text(source: Source) -> str | None:
    """The file word for word; None for a format whose text has to be read out of it. Raises ReaderError for what is neither."""
    try:
        if sniff(source) not in _AS_IT_IS:
            return None
    except ReaderError:
        if source.path.suffix.lower() not in _DATA_SUFFIXES:
            raise
        return _strict_text(source)
    return _with_plain_lines(decode(source.read_bytes()).text)


def _strict_text(source: Source) -> str | None:
    try:
        return _with_plain_lines(source.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None


def _with_plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
