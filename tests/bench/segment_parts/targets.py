"""What the perplexity bench scores: stretches of novels whose authors no compressor of ours was trained on.

A novel is tokens from its first on, Project Gutenberg's header and footer taken off. Where a stretch ends is given as the words behind
it or a share of the novel, so that another tokenizer finds the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.tokenization import Tokenizer
from storage.readers.gutenberg import strip_boilerplate

TARGET_TOKENS = 2048
"""Every one of them is scored."""


@dataclass(frozen=True, slots=True)
class Novel:
    """file: under the shared data. ends: where the target ends, as the first words behind it, or a share of the text."""

    name: str
    author: str
    file: str
    ends: str | float = 1.0


NOVELS = (
    Novel("Moby-Dick", "Melville", "litbank/original/2489_moby_dick.txt", "ETYMOLOGY"),
    Novel("War and Peace", "Tolstoy", "novels_gutenberg_long/2600-0.txt", 0.6),
    Novel("Bleak House", "Dickens", "litbank/original/1023_bleak_house.txt"),
    Novel("Emma", "Austen", "litbank/original/158_emma.txt"),
    Novel("The Lost World", "Doyle", "novels_100_english/Doyle_Lost_1912.txt"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """ids: of the novel up to the target's end. offsets: of each token in `text`. start: of the target."""

    novel: Novel
    text: str
    ids: Sequence[int]
    offsets: Sequence[tuple[int, int]]
    start: int

    @property
    def scored(self) -> Sequence[int]:
        return self.ids[self.start :]

    def before(self, tokens: int) -> Sequence[int]:
        """The last so many tokens before the target."""
        return self.ids[self.start - tokens : self.start]

    def text_of(self, start: int, end: int) -> str:
        """The text of tokens `start` to `end`."""
        return self.text[self.offsets[start][0] : self.offsets[end - 1][1]]


def read_target(novel: Novel, data: Path, tokenizer: Tokenizer, *, tokens: int = TARGET_TOKENS) -> Target:
    """Raises FileNotFoundError where the developers' data is not, ValueError for a novel without the words its target ends at."""
    text = read_novel(data / novel.file)
    end = text.rindex(novel.ends) if isinstance(novel.ends, str) else int(len(text) * novel.ends)
    encoded = tokenizer.encode_with_offsets(text[:end].rstrip())
    return Target(novel, text, encoded.ids, encoded.offsets, len(encoded.ids) - tokens)


def read_novel(path: Path) -> str:
    """The book alone, lines as they are."""
    text = path.read_text("utf-8-sig", "replace").replace("\r\n", "\n")
    return strip_boilerplate(text).text.strip()
