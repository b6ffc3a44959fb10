"""One question asked in several ways through the product's own handlers: what stands before the model is all that differs.

Knows the engine's requests. Knows no question set and no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from segment_parts.cells import Cells

from engine.answer_scores import contains_match, token_f1
from engine.api import SEGMENT_RATIOS, Ask, EncodeSegments, ModelRef, PassageText, SegmentsEncoded
from engine.jobs import Handler, run_to_end
from storage.document import Document
from storage.passages import cut_passages
from storage.readers.parsing import parse_file
from storage.readers.source import Source

NOTHING, WINDOW, PASSAGES = "nothing", "window", "passages"
MAX_NEW_TOKENS = 32


def memory_way(ratio: int) -> str:
    return f"memory {ratio}x"


def both_way(ratio: int) -> str:
    return f"passages + memory {ratio}x"


WAYS = (NOTHING, WINDOW, PASSAGES, *map(memory_way, SEGMENT_RATIOS), *map(both_way, SEGMENT_RATIOS))


@dataclass(frozen=True, slots=True)
class Read:
    """A text to be asked about. window_start: the character where its last tokens, those of the window, begin."""

    key: str
    title: str
    text: str
    passages: tuple[PassageText, ...]
    window_start: int

    @staticmethod
    def of(key: str, title: str, document: Document, window_start: int) -> Read:
        passages = tuple(PassageText(each.start, each.end, each.text) for each in cut_passages(document))
        return Read(key, title, document.text, passages, window_start)


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    answers: tuple[str, ...]


def read_book(path: Path) -> Document:
    """A file as the product imports it. Raises ReaderError."""
    return parse_file(Source(path))


@dataclass(slots=True)
class Asker:
    """compressor: its folder, None where there is none; made_with: of what cells depend on beside the question."""

    model: ModelRef
    handlers: Mapping[type, Handler]
    compressor: Path | None
    made_with: str
    cells: Cells
    max_tokens: int | None = None
    """Of a text, encoded."""

    @property
    def ways(self) -> tuple[str, ...]:
        return WAYS if self.compressor is not None else (NOTHING, WINDOW, PASSAGES)

    def encode(self, read: Read, ratio: int) -> SegmentsEncoded:
        """What is kept already is not encoded again."""
        assert self.compressor is not None
        encoded: SegmentsEncoded = run_to_end(
            self.handlers[EncodeSegments](
                EncodeSegments(
                    self.model, read.text, read.title, _key(read, ratio), self.compressor, ratio, self.max_tokens
                )
            )
        )
        return encoded

    def result(self, read: Read, question: Question, way: str) -> dict[str, float] | None:
        """contains and f1, 0-1; None where it was not asked."""
        found: dict[str, float] | None = self.cells.get(self._cell(read, question, way))
        return found

    def ask(self, read: Read, question: Question, way: str) -> None:
        """Greedily, once; what is answered already is not asked again."""
        if self.result(read, question, way) is not None:
            return
        ratio = next((each for each in SEGMENT_RATIOS if way in (memory_way(each), both_way(each))), None)
        if ratio is not None:
            self.encode(read, ratio)
        request = Ask(
            self.model,
            question.text,
            read.key if ratio is None else _key(read, ratio),
            read.title,
            read.passages,
            span=(read.window_start, len(read.text)) if way == WINDOW else None,
            use_passages=way in (WINDOW, PASSAGES) or way.startswith(f"{PASSAGES} +"),
            use_store=False,
            use_segments=ratio is not None,
            max_new_tokens=MAX_NEW_TOKENS,
        )
        answered = run_to_end(self.handlers[Ask](request))
        if ratio is not None and not answered.segments_used:
            raise RuntimeError(f"the memory of {read.title} was not used")
        self.cells.put(
            self._cell(read, question, way),
            {
                "contains": float(contains_match(answered.answer, question.answers)),
                "f1": token_f1(answered.answer, question.answers),
                "answer": answered.answer,
                "segments": answered.segments_used,
                "seconds": round(answered.ttft_s, 2),
            },
        )

    def _cell(self, read: Read, question: Question, way: str) -> tuple[str, ...]:
        made_with = self.made_with if "memory" in way else ""
        return (self.model.identity[:12], made_with, read.key, way, question.text)


def _key(read: Read, ratio: int) -> str:
    return f"{read.key} {ratio}x"
