"""A conversation, or one answer of it, as text to take along: Markdown, plain text, JSON lines; with every citation.

Knows turns. Knows no database and no window. Law: every citation's quote stands in what comes out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.api import NOT_FOUND
from storage.conversations import CitationRow, TurnRow


@dataclass(frozen=True, slots=True)
class TurnWords:
    """What an export says besides question, answer and quotes."""

    page: str = "p. {page}"
    in_the_text: str = "in the text"
    stopped: str = "(stopped)"
    not_found: str = NOT_FOUND
    comma: str = ", "


_ENGLISH = TurnWords()


class ExportFormat(StrEnum):
    MARKDOWN = "md"
    TEXT = "txt"
    JSON_LINES = "jsonl"


def export(title: str, turns: Sequence[TurnRow], form: ExportFormat, words: TurnWords = _ENGLISH) -> str:
    """The turns of a line in order. title: the document's."""
    if form is ExportFormat.JSON_LINES:
        return "".join(json.dumps(_as_json(title, turn), ensure_ascii=False) + "\n" for turn in turns)
    if form is ExportFormat.TEXT:
        parts = [title, *(f"{turn.question}\n\n{as_text(turn, words)}" for turn in turns)]
        return "\n\n\n".join(parts) + "\n"
    parts = [
        f"# {_one_line(title)}",
        *(_as_markdown(number, turn, words) for number, turn in enumerate(turns, start=1)),
    ]
    return "\n\n".join(parts) + "\n"


def as_text(turn: TurnRow, words: TurnWords = _ENGLISH) -> str:
    """An answer with its citations as footnotes, for the clipboard: `[1] Chapter 4, p. 31: “…”`."""
    answer = _with_marks(turn, "[{}]", words)
    notes = [
        f"[{number}] {_where(cited, words)}: “{cited.quote}”" for number, cited in enumerate(turn.citations, start=1)
    ]
    return "\n\n".join(part for part in (answer, "\n".join(notes)) if part)


def _as_markdown(number: int, turn: TurnRow, words: TurnWords) -> str:
    """Footnotes are numbered over the whole file: a label may stand in it once only."""
    quotes = [
        f"[^{number}-{place}]: {_one_line(_where(cited, words))}: “{_one_line(cited.quote)}”"
        for place, cited in enumerate(turn.citations, start=1)
    ]
    question = _one_line(turn.question)
    answer = _with_marks(turn, f"[^{number}-{{}}]", words)
    return "\n\n".join(part for part in (f"## {question}", answer, *quotes) if part)


def _with_marks(turn: TurnRow, mark: str, words: TurnWords) -> str:
    """The answer with a mark behind each sentence that has a citation; those of older turns all at the end."""
    answer = words.not_found if turn.answer == NOT_FOUND else turn.answer
    marks = [(int(offset), int(place) + 1) for offset, place in turn.stats.get("marks", ())]
    marked = {number for _, number in marks}
    marks += [(len(answer), number) for number in range(1, len(turn.citations) + 1) if number not in marked]
    for offset, number in sorted(marks, reverse=True):
        answer = f"{answer[:offset]} {mark.format(number)}{answer[offset:]}"
    return f"{answer} {words.stopped}".strip() if turn.stats.get("stopped") else answer


def _where(cited: CitationRow, words: TurnWords) -> str:
    label = cited.locator.page_label
    page = words.page.format(page=label) if label else ""
    return words.comma.join(part for part in (cited.section_title, page) if part) or words.in_the_text


def _one_line(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()


def _as_json(title: str, turn: TurnRow) -> dict[str, Any]:
    return {
        "document": title,
        "question": turn.question,
        "answer": turn.answer,
        "stopped": bool(turn.stats.get("stopped")),
        "asked_at": turn.created_at.isoformat(),
        "model": turn.stats.get("model"),
        "citations": [
            {
                "number": number,
                "quote": cited.quote,
                "section": cited.section_title,
                "page": cited.locator.page_label,
                "start": cited.locator.start,
                "end": cited.locator.end,
            }
            for number, cited in enumerate(turn.citations, start=1)
        ],
    }
