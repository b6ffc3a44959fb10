"""The prompt of a question: what it is made of, in which order, how often it is read, and what fits.

Knows strings, token counts and chat messages. Knows nothing of retrieval, weights or what the answer is used for.
Source of the forms that read twice: Arora et al. 2024, "Just read twice" (JRT-Prompt), §3.2.

    system   standing instructions, how to answer    the same for every question about a document,
    user     title                                   so that their keys and values are used again
             passages, question                      in the order of the form
    answer   the words it begins with

A gist stands for the system message: of standing instructions, or of a document, whose text is then part of that message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.api import ModelRef, PassageText, PromptLayout, Switch
from engine.chat_template import ChatMessage
from engine.generation import shared_prefix
from engine.tokenization import Tokenizer

_PROBES = ("a", "1", "“", "中")
"""What a message may go on with: letters, digits, signs and characters of other scripts merge with different tokens."""

_BARE_QUESTION_TOKENS = 320
"""A title, a question and an answer of the usual length."""

MODEL_NOTES = Path(__file__).resolve().parent.parent / "assets" / "models"


class PromptForm(StrEnum):
    """In which order passages (C) and question (Q) are read."""

    ONCE = "once"
    """C Q"""
    TWICE = "twice"
    """C Q C Q"""
    QUESTION_FIRST = "question first"
    """Q C Q"""
    PASSAGES_TWICE = "passages twice"
    """C C Q"""
    NO_PASSAGES = "no passages"
    """Q"""


PASSAGE_COPIES = {
    PromptForm.ONCE: 1,
    PromptForm.TWICE: 2,
    PromptForm.QUESTION_FIRST: 1,
    PromptForm.PASSAGES_TWICE: 2,
    PromptForm.NO_PASSAGES: 0,
}


@dataclass(frozen=True, slots=True)
class PromptStyle:
    """How one model is best asked. The defaults are for models nobody has measured."""

    instruction: str = (
        "You answer questions about a text. Answer briefly, from the passages you are given and in their words."
        " If they do not say it, answer: Not found in the text."
    )
    """The system message."""
    answer_prefix: str = ""
    """What the answer is made to begin with; it is not shown."""
    stop_at_newline: bool = False
    """The first line is the whole answer: small models ramble after it."""
    passage_tokens: int = 600
    """Passages are taken, best first, until they hold this many tokens."""
    excerpt_characters: int = 0
    """Only the best sentences of the passages are shown, up to this many characters; 0 shows whole passages."""
    auto_form: PromptForm = PromptForm.ONCE
    """The form when the reader leaves it to us."""
    on_form: PromptForm = PromptForm.TWICE
    """The form that reads twice."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """token_ids: up to where the answer begins. passages: what it holds, in its order.

    static_tokens: how many of the first tokens are the same whatever is asked: (of the system message, and of the title).
    """

    token_ids: list[int]
    passages: tuple[PassageText, ...]
    form: PromptForm
    static_tokens: tuple[int, int]


def style_for(model: ModelRef) -> PromptStyle:
    """What was measured for a model: a note in its folder (`asking.json`), else one that comes with Palimpsest."""
    for path in ([] if model.folder is None else [model.folder / "asking.json"]) + [MODEL_NOTES / f"{model.name}.json"]:
        if path.parent.name and Path(path.name).name == path.name and path.is_file():
            return _read_style(path, path.stat().st_mtime_ns)
    return PromptStyle()


def choose_form(switch: Switch, style: PromptStyle, *, use_passages: bool) -> PromptForm:
    """The form a question is asked in."""
    if not use_passages:
        return PromptForm.NO_PASSAGES
    return {Switch.ON: style.on_form, Switch.OFF: PromptForm.ONCE, Switch.AUTO: style.auto_form}[switch]


def make_prompt(
    tokenizer: Tokenizer,
    *,
    title: str,
    question: str,
    passages: Sequence[PassageText],
    form: PromptForm,
    style: PromptStyle,
    limit_tokens: int,
    instructions: str = "",
    behind_document: bool = False,
) -> Prompt:
    """The prompt with the best passages that fit.

    passages: best first; they are put in the order of the text. limit_tokens: what the whole prompt may hold. A prompt
    too long even without passages is returned as it is: the decode loop says so to the user. instructions: the user's own.
    behind_document: the document's text stands in place of the system message; the instructions then open the user's.
    """
    copies = PASSAGE_COPIES[form]
    system = system_message(style, "" if behind_document else instructions)
    head = "\n\n".join(part for part in (instructions.strip() if behind_document else "", _from_title(title)) if part)

    def encode(chosen: Sequence[PassageText]) -> list[int]:
        message = "\n\n".join(part for part in (head, lay_out(question, chosen, form)) if part)
        ids = tokenizer.encode_chat([ChatMessage("system", system), ChatMessage("user", message)])
        return ids + (tokenizer.encode(style.answer_prefix) if style.answer_prefix else [])

    room = 0
    if copies:
        bare = len(encode(()))
        room = min(style.passage_tokens, (limit_tokens - bare) // copies - 4)
    chosen = tuple(sorted(fit_passages(tokenizer, passages, room), key=lambda passage: passage.start))
    while True:
        token_ids = encode(chosen)
        if len(token_ids) <= limit_tokens or not chosen:
            static = _static_ids(tokenizer, system), _static_ids(tokenizer, system, f"{head}\n\n" if head else "")
            system_end, title_end = (shared_prefix(ids, token_ids) for ids in static)
            return Prompt(token_ids, chosen, form, (system_end, max(system_end, title_end)))
        chosen = chosen[:-1]  # tokens that merge differently at a seam: at most one passage has to go


def fit_passages(tokenizer: Tokenizer, passages: Sequence[PassageText], room_tokens: int) -> list[PassageText]:
    """The first passages that fit together; when not even the first does, its beginning, cut after a word."""
    chosen: list[PassageText] = []
    used = 0
    for passage in passages:
        encoded = tokenizer.encode_with_offsets(passage.text + "\n\n")
        used += len(encoded.ids)
        if used > room_tokens:
            if not chosen and room_tokens > 0:
                cut = _cut_after_word(passage, encoded.offsets[room_tokens - 1][1])
                chosen += [cut] if cut.text else []
            break
        chosen.append(passage)
    return chosen


def _cut_after_word(passage: PassageText, characters: int) -> PassageText:
    kept = passage.text[:characters]
    if characters < len(passage.text) and not passage.text[characters].isspace():
        kept = re.sub(r"[^\W\u3040-\uffff]+$", "", kept)
    kept = kept.rstrip()
    return PassageText(passage.start, passage.start + len(kept), kept)


def system_message(style: PromptStyle, instructions: str = "") -> str:
    """Whom the model is told to be: the user's own standing instructions come before ours."""
    return "\n\n".join(part for part in (instructions.strip(), style.instruction) if part)


def static_prompt(
    tokenizer: Tokenizer, layout: PromptLayout, text: str, *, title: str, style: PromptStyle
) -> list[int]:
    """What a prompt that is compressed is to the model: the tokens a gist of it stands for, up to where the user speaks.

    text: standing instructions, or as much of a document as is to be held. title: of the document.
    """
    if layout is PromptLayout.INSTRUCTIONS:
        return _static_ids(tokenizer, system_message(style, text))
    parts = (system_message(style), _from_title(title), text.strip())
    return _static_ids(tokenizer, "\n\n".join(part for part in parts if part))


def question_tokens(style: PromptStyle, context_tokens: int) -> int:
    """What must stay free behind a prompt that is compressed: for passages, a question and its answer.

    Of a model that holds little a quarter of that: its questions get fewer passages.
    """
    copies = max(PASSAGE_COPIES[style.auto_form], PASSAGE_COPIES[style.on_form])
    return min(copies * style.passage_tokens + _BARE_QUESTION_TOKENS, context_tokens // 4)


def lay_out(question: str, passages: Sequence[PassageText], form: PromptForm) -> str:
    """What the user's message says behind the title: passages and question in the order of the form."""
    read = "\n\n".join(passage.text.strip() for passage in passages)
    asked = f"Question: {' '.join(question.split())}"
    parts = {
        PromptForm.ONCE: [read, asked],
        PromptForm.TWICE: [read, asked, read, asked],
        PromptForm.QUESTION_FIRST: [asked, read, asked],
        PromptForm.PASSAGES_TWICE: [read, read, asked],
        PromptForm.NO_PASSAGES: [asked],
    }[form]
    return "\n\n".join(part for part in parts if part)


def _from_title(title: str) -> str:
    return f"From “{' '.join(title.split())}”:" if title.strip() else ""


def _static_ids(tokenizer: Tokenizer, system: str, head: str = "") -> list[int]:
    """The tokens of a chat up to behind `head`, the beginning of the user's message, whatever comes then.

    What comes may merge with the last tokens before it: those that differ with what comes are left out.
    """
    first, *others = (
        tokenizer.encode_chat([ChatMessage("system", system), ChatMessage("user", head + probe)]) for probe in _PROBES
    )
    return first[: min(shared_prefix(first, other) for other in others)]


@lru_cache(maxsize=8)
def _read_style(path: Path, _changed_ns: int) -> PromptStyle:
    note: dict[str, Any] = json.loads(path.read_text("utf-8"))
    prompt = note["prompt"]
    return PromptStyle(
        instruction=prompt["instruction"],
        answer_prefix=prompt["answer_prefix"],
        stop_at_newline=prompt["stop_at_newline"],
        passage_tokens=prompt["passage_tokens"],
        excerpt_characters=prompt["excerpt_characters"],
        auto_form=PromptForm(note["jrt"]["form"]),
        on_form=PromptForm(note["jrt"]["on_form"]),
    )
