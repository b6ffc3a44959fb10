"""What to look for once a document is gone: pieces of its sentences, its names, its title, of its pictures and its original.

Knows text and bytes. Knows nothing of files or rows. A probe is short enough to lie inside one database page and long enough
not to stand somewhere by accident.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from storage.passages import is_cjk

SNIPPET_CHARACTERS = 32
PIECE_BYTES = 24
_MOST_SNIPPETS = 300
_MOST_NAMES = 100
_MOST_PAIRS = 40
_MOST_NGRAMS = 40

_SHORT_TEXT = 50_000
"""Below this many characters a name counts from its first mention on, else from its second."""

_WORD = re.compile(r"[^\W\d_]{4,}")
_WORD_INSIDE_SENTENCE = re.compile(r"(?<=[\w,;] )[^\W\d_]{4,}")
_PAIR_INSIDE_SENTENCE = re.compile(r"(?<=[\w,;] )[^\W\d_]{2,} [^\W\d_]{3,}")
_CJK_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")


class ProbeKind(StrEnum):
    SENTENCE = "sentence"
    """A piece of running text; found anywhere it is a trace."""
    PHRASE = "phrase"
    """A title, a file name, a name of several words."""
    NAME = "name"
    """A single word. It counts as a whole word only, and stands in every tokenizer's vocabulary by itself."""
    BYTES = "bytes"
    """A piece of a file, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Probe:
    text: str
    kind: ProbeKind

    def stands_in(self, text: str) -> bool:
        """Whether the probe is found in a text. A name that goes on in lower case ("Ann" in "Annex") is another one."""
        if self.kind is ProbeKind.BYTES:
            return False
        if self.kind is ProbeKind.NAME:
            return re.search(re.escape(self.text) + "(?![a-z])", text) is not None
        return self.text in text


def sentence_probes(text: str) -> Iterator[Probe]:
    """Pieces of running text, evenly spread from the first character to the last; of a short text, all of it."""
    step = max(SNIPPET_CHARACTERS, len(text) // _MOST_SNIPPETS)
    for position in range(0, len(text), step):
        piece = max(text[position : position + SNIPPET_CHARACTERS].split("\n"), key=len).strip()
        if _is_running_text(piece):
            yield Probe(piece, ProbeKind.SENTENCE)


def name_probes(text: str) -> Iterator[Probe]:
    """Words and pairs of words capitalised inside sentences and never written small, the most frequent first; in
    Chinese, Japanese and Korean text, the most frequent sequences of two to four characters."""
    fewest = 1 if len(text) < _SHORT_TEXT else 2
    lower_case = {word for word in _each(_WORD, text) if word.islower()}
    words = Counter(word for word in _each(_WORD_INSIDE_SENTENCE, text) if word.istitle())
    names = [word for word, count in words.most_common() if count >= fewest and word.lower() not in lower_case]
    for name in names[:_MOST_NAMES]:
        yield Probe(name, ProbeKind.NAME)
    pairs = Counter(pair for pair in _each(_PAIR_INSIDE_SENTENCE, text) if pair.istitle())
    for pair, count in pairs.most_common(_MOST_PAIRS):
        if count >= fewest:
            yield Probe(pair, ProbeKind.PHRASE)
    if is_cjk(text):
        runs = _CJK_RUN.findall(text)
        for length in (2, 3, 4):
            ngrams = Counter(run[start : start + length] for run in runs for start in range(len(run) - length + 1))
            for ngram, count in ngrams.most_common(_MOST_NGRAMS):
                if count >= fewest:
                    yield Probe(ngram, ProbeKind.NAME if length == 2 else ProbeKind.PHRASE)


def _each(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """One match after the other: all at once would hold Python's lock, and a window waits for it."""
    return (match[0] for match in pattern.finditer(text))


def byte_probes(pieces: Iterable[bytes]) -> Iterator[Probe]:
    """Pieces of files, PIECE_BYTES long; those of a plain surface or of padding say nothing and are left out."""
    for piece in pieces:
        if len(piece) == PIECE_BYTES and len(set(piece)) >= PIECE_BYTES // 2:
            yield Probe(piece.hex(), ProbeKind.BYTES)


def piece_places(size: int, most: int) -> list[int]:
    """Where in a file of `size` bytes to take up to `most` pieces: evenly spread, the head left out, which many share."""
    room = size - PIECE_BYTES
    return sorted({room * number // (most + 1) for number in range(1, most + 1)}) if room > 0 else []


def label_probes(labels: Iterable[str]) -> Iterator[Probe]:
    """Titles, authors, file names: each as a phrase, a single word as a name; nothing that any text may hold."""
    for label in labels:
        if is_distinctive(label):
            yield Probe(label, ProbeKind.NAME if label.isalpha() and label.isascii() else ProbeKind.PHRASE)


def is_distinctive(label: str) -> bool:
    """False for labels that say nothing: shorter than four letters ("It"), or a plain small word ("notes")."""
    if is_cjk(label):
        return len(label) >= 2
    return len(label) >= 4 and not (label.isalpha() and label.islower())


def _is_running_text(piece: str) -> bool:
    """Long enough, and made of words: no rulers, no tables of figures."""
    letters = [character for character in piece if character.isalpha()]
    if is_cjk(piece):
        return len(letters) >= 8
    return len(letters) >= 12 and len(set(letters)) >= 6
