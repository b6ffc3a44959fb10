"""Finding words in a text as a reader means them, with offsets in the text as it is written.

Knows text. Both sides are folded, character by character, and the hits mapped back. "cafe" finds "Café", "don't" finds "don’t",
"abc" finds "ＡＢＣ", and any white space stands for any other; options ask for more.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, overload

from storage.document import BLOCK_SEPARATOR

MOST_HITS = 100_000

_PLAIN_SIGNS = {
    **dict.fromkeys("‘’‚‛ʼ′`´", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict(zip("øØłŁđĐħĦæÆœŒ", ("o", "O", "l", "L", "d", "D", "h", "H", "ae", "AE", "oe", "OE"), strict=True)),
}
"""What stands for what on a keyboard, where Unicode's decompositions do not say so."""

_WITHOUT_SPACES = re.compile(
    r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class FindOptions:
    match_case: bool = False
    whole_words: bool = False
    """A hit may not begin or end inside a word. In scripts written without spaces every character is a word."""
    match_accents: bool = False
    """Letters exactly as written: "é" is not "e", "’" is not "'", a full-width letter not a plain one."""


def fold(character: str, options: FindOptions) -> str:
    """What a character is compared as: nothing (a combining accent, a soft hyphen), itself, or one or more others."""
    if not options.match_accents:
        character = _PLAIN_SIGNS.get(character) or _without_accents(character)
    return character if options.match_case else character.casefold()


def _without_accents(character: str) -> str:
    if unicodedata.category(character) == "Cf":
        return ""
    kept = "".join(part for part in unicodedata.normalize("NFKD", character) if not _is_accent(part))
    folded = unicodedata.normalize("NFC", kept)  # Hangul and voiced kana are whole again: their parts are no accents
    return character if any(part.isspace() for part in folded) else folded


def _is_accent(character: str) -> bool:
    """Points and accents above, below or through a letter; not the vowels and tones other scripts write as marks."""
    place = unicodedata.combining(character)
    return 10 <= place <= 36 or place >= 200


class _Folding(dict[int, str]):
    """A table for `str.translate`, filled as characters are met."""

    def __init__(self, options: FindOptions) -> None:
        super().__init__()
        self._options = options
        self.changing_length: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code), self._options)
        if len(folded) != 1:
            self.changing_length.add(chr(code))
        self[code] = folded
        return folded

    def of(self, text: str) -> str:
        """The text folded, its white space made single spaces, none at the ends."""
        return " ".join(text.translate(self).split())


def folded(text: str) -> str:
    """A short text as it is compared: two that fold to the same are the same words to a reader."""
    return _folding(FindOptions()).of(text)


@lru_cache(maxsize=8)
def _folding(options: FindOptions) -> _Folding:
    return _Folding(options)


class Hits(Sequence[tuple[int, int]]):
    """Ranges `[start, end)` in order, as two rows of numbers: a hundred thousand of them are two objects, not as many."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._starts, self._ends = array("q"), array("q")
        for start, end in ranges:
            self._starts.append(start)
            self._ends.append(end)

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, place: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[int, int]]: ...
    def __getitem__(self, place: int | slice) -> tuple[int, int] | list[tuple[int, int]]:
        if isinstance(place, slice):
            return list(zip(self._starts[place], self._ends[place], strict=True))
        return self._starts[place], self._ends[place]


class SearchableText:
    """A document's text, folded once for each way of comparing and then searched as often as wanted.

    pieces: offset and text of its blocks, in order. Safe to use from several threads. Work is done in small steps, so that a
    thread that draws a window is never held up by one that searches.
    """

    def __init__(self, pieces: Iterable[tuple[int, str]]) -> None:
        self._pieces = list(pieces)
        self._starts = [start for start, _ in self._pieces]
        self._folded: dict[FindOptions, _Folded] = {}

    def find(self, query: str, options: FindOptions = FindOptions(), *, limit: int = MOST_HITS) -> Hits:
        """The first `limit` places `[start, end)` where the query stands, in order, not overlapping.

        A blank query stands nowhere. A hit on a part of what one character stands for takes the whole character, and
        accents that follow its last letter.
        """
        letters = FindOptions(match_case=options.match_case, match_accents=options.match_accents)
        wanted = _folding(letters).of(query)
        if not wanted:
            return Hits()
        book = self._fold(letters)
        spans = _spans(book.text, wanted, whole_words=options.whole_words)
        return Hits(islice(book.unfolded(spans), limit))

    def between(self, start: int, end: int) -> str:
        """The text of `[start, end)`."""
        parts = []
        for number in range(max(0, bisect_right(self._starts, start) - 1), len(self._pieces)):
            piece_start, text = self._pieces[number]
            if piece_start >= end:
                break
            text += BLOCK_SEPARATOR if number + 1 < len(self._pieces) else ""
            parts.append(text[max(0, start - piece_start) : end - piece_start])
        return "".join(parts)

    def line_around(self, start: int, end: int, *, before: int = 40, after: int = 80) -> tuple[str, str, str]:
        """A hit with the words on both sides of it, not beyond its blocks, each part on one line."""
        first_start, first_text = self._pieces[max(0, bisect_right(self._starts, start) - 1)]
        last_start, last_text = self._pieces[max(0, bisect_right(self._starts, end - 1) - 1)]
        left = _from_word(first_text[: start - first_start], before)
        right = last_text[end - last_start : end - last_start + after]
        more = len(last_text) > end - last_start + after
        return left, _one_line(self.between(start, end)), _one_line(right) + ("…" if more else "")

    def _fold(self, letters: FindOptions) -> _Folded:
        if letters not in self._folded:
            self._folded[letters] = _Folded(self._pieces, _folding(letters))
        return self._folded[letters]


class _Folded:
    """The pieces of a text folded and joined by spaces, and the way back."""

    def __init__(self, pieces: Sequence[tuple[int, str]], table: _Folding) -> None:
        self._table = table
        self._pieces: list[tuple[int, str]] = []
        self._starts: list[int] = []
        folded = []
        position = 0
        for piece in pieces:
            if letters := table.of(piece[1]):
                self._pieces.append(piece)
                self._starts.append(position)
                folded.append(letters)
                position += len(letters) + 1
        self.text = " ".join(folded)
        self._starts.append(position)

    def unfolded(self, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Ranges of `text` as ranges of the text it was made of; none begins before the one before it ends."""
        last_end = 0
        piece = _Stretch(0, 0, 0, None)
        for start, end in spans:
            if start >= piece.folded_end:
                piece = self._stretch(start)
            found_start = piece.range_of(start)[0]
            if end > piece.folded_end:
                piece = self._stretch(end - 1)
            found_end = piece.range_of(end - 1)[1]
            if found_start >= last_end:
                last_end = found_end
                yield found_start, found_end

    def _stretch(self, folded: int) -> _Stretch:
        """The piece a folded character belongs to."""
        place = bisect_right(self._starts, folded) - 1
        offset, text = self._pieces[place]
        start, end = self._starts[place], self._starts[place + 1]
        is_one_for_one = end - start - 1 == len(text) and self._table.changing_length.isdisjoint(text)
        return _Stretch(start, end, offset, None if is_one_for_one else self._ranges(text))

    def _ranges(self, text: str) -> list[tuple[int, int]]:
        """For each folded character the range of the text it stands for, accents that follow included."""
        ranges: list[tuple[int, int]] = []
        in_space = True
        for position, character in enumerate(text):
            letters = self._table[ord(character)]
            if not letters and ranges:
                ranges[-1] = (ranges[-1][0], position + 1)
            for letter in letters:
                if not (letter.isspace() and in_space):
                    ranges.append((position, position + 1))
                in_space = letter.isspace()
        return ranges


class _Stretch(NamedTuple):
    """One piece, `[folded_start, folded_end)` of the folded text, beginning at `offset`. ranges: None for one for one."""

    folded_start: int
    folded_end: int
    offset: int
    ranges: list[tuple[int, int]] | None

    def range_of(self, folded: int) -> tuple[int, int]:
        within = folded - self.folded_start
        if self.ranges is None:
            return self.offset + within, self.offset + within + 1
        start, end = self.ranges[within]
        return self.offset + start, self.offset + end


def _spans(text: str, wanted: str, *, whole_words: bool) -> Iterator[tuple[int, int]]:
    """Where `wanted` stands in a folded text, not overlapping."""
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if whole_words and (_inside_word(text, start) or _inside_word(text, end)):
            start = text.find(wanted, start + 1)
            continue
        yield start, end
        start = text.find(wanted, end)


def _inside_word(text: str, position: int) -> bool:
    return 0 < position < len(text) and _is_of_word(text[position - 1]) and _is_of_word(text[position])


def _is_of_word(character: str) -> bool:
    return (character.isalnum() or character == "_") and not _WITHOUT_SPACES.match(character)


def _from_word(text: str, characters: int) -> str:
    """The end of a text on one line, beginning with a whole word where one begins nearby."""
    if len(text) <= characters:
        return _one_line(text)
    tail = text[-characters:]
    space = tail.find(" ", 0, characters // 2)
    return "…" + _one_line(tail[space + 1 :] if space >= 0 else tail)


def _one_line(text: str) -> str:
    """White space as single spaces; one at an end stays, so that parts can be put together again."""
    return re.sub(r"\s+", " ", text)
