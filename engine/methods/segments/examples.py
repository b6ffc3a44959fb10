"""What a segment compressor is trained on: books as plain text, and the authors that are kept from it.

Knows files, strings and token ids. Knows no tensors and no model. The n-th sample of a corpus is the same whenever it is asked for, so
that a training run can be taken up anywhere.

A book's author is the file name's (`Author_Title_1872.txt`) or, of Project Gutenberg's files, that of the header; header and footer are
no part of the book. Authors are held out whole: who has read one novel of a writer knows something of the others.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.tokenization import Tokenizer

MAX_FILE_BYTES = 64 * 1024**2
HELD_OUT_EVERY = 8
_CHARACTERS_PER_TOKEN = 6
_NAMED = re.compile(r"([^\W\d_][^_]*)_[^_].*_\d{4}")
_HEAD_CHARACTERS = 40_000
_AUTHOR = re.compile(r"^Author:[ \t]*(\S.*?)[ \t]*$", re.M)
_START = re.compile(
    r"^\s*\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG.*$|^\*END\*? ?THE SMALL PRINT!.*$", re.I | re.M
)
_END = re.compile(
    r"^\s*\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG.*$|^\s*End of (?:the |this )?Project Gutenberg.*$", re.I | re.M
)


@dataclass(frozen=True, slots=True)
class Book:
    """author: "" where nobody says it."""

    name: str
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """held_out: never trained on."""

    trained: Sequence[Book]
    held_out: Sequence[Book]

    def samples(
        self, name: str, count: int, tokenizer: Tokenizer, tokens: int, *, held_out: bool = False
    ) -> list[list[int]]:
        """So many stretches of exactly so many tokens, from anywhere in any of the books; the same for the same name.

        Raises EngineError when the books are too short.
        """
        draw = random.Random(name)
        books = self.held_out if held_out else self.trained
        found: list[list[int]] = []
        for _ in range(32 * count):
            ids = _stretch(draw, draw.choice(books).text, tokenizer, tokens)
            if len(ids) == tokens:
                found.append(ids)
            if len(found) == count:
                return found
        raise EngineError(f"The books are too short to take {tokens:,} tokens in a row from them.")


def load_corpus(paths: Sequence[Path], hold_out: Sequence[str] = ()) -> Corpus:
    """Books of files and folders. hold_out: authors, by any of their names; (): a fixed share of them.

    Where authors are named, a book whose author nobody says is left out: it could be theirs. Raises EngineError for a file that cannot
    be read, and where no book is left to train on, or to look at.
    """
    books = [_read_book(file) for path in paths for file in _files(path)]
    if hold_out:
        books = [book for book in books if book.author]
        named = {name.casefold() for name in hold_out}
        apart = {book.author for book in books if _names(book.author) & named}
    else:
        apart = _share({book.author or book.name for book in books})
    trained = [book for book in books if (book.author or book.name) not in apart]
    held_out = [book for book in books if (book.author or book.name) in apart]
    if not trained or not held_out:
        raise EngineError(
            "Plain-text books of at least two authors are needed: some to train on, and one author’s to measure the training by."
        )
    return Corpus(trained, held_out)


def _stretch(draw: random.Random, text: str, tokenizer: Tokenizer, tokens: int) -> list[int]:
    """Tokens that begin with a word somewhere in a text; fewer than wanted at its end."""
    characters = _CHARACTERS_PER_TOKEN * tokens
    start = draw.randrange(max(1, len(text) - characters))
    stretch = text[start : start + characters]
    return tokenizer.encode(stretch[stretch.find(" ") + 1 :])[:tokens]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(each for each in path.rglob("*.txt") if each.is_file())


def _read_book(file: Path) -> Book:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise EngineError(f"{file.name} is larger than {MAX_FILE_BYTES // 1024**2} MB; split it.")
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise EngineError(f"{file.name} cannot be read as UTF-8 text.") from problem
    named = _NAMED.fullmatch(file.stem)
    start = _START.search(text, 0, _HEAD_CHARACTERS)
    said = _AUTHOR.search(text, 0, start.start()) if start else None
    author = named[1] if named else said[1] if said else ""
    begin = start.end() if start else 0
    end = _END.search(text, max(begin, len(text) - max(_HEAD_CHARACTERS, len(text) // 4)))
    return Book(file.name, author, text[begin : end.start() if end else len(text)].strip())


def _names(author: str) -> set[str]:
    """The whole of it, and each word."""
    whole = author.casefold()
    return {whole, *re.findall(r"\w+", whole)}


def _share(authors: set[str]) -> set[str]:
    """Of every 8 authors one, and at least one: others do not change with an author more."""
    by_chance = sorted(authors, key=lambda author: hashlib.sha256(author.encode()).hexdigest())
    return set(by_chance[: max(1, round(len(authors) / HELD_OUT_EVERY))])
