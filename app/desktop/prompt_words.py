"""What there is to say of a prompt that is kept: how, how much smaller, what it saves, and how true a gist is to it.

Knows rows and wording. Knows no widget and no database.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from app.desktop.model_words import title_of
from app.desktop.wording import about, number, percent, seconds, together
from app.operations.compressing import STANDING_INSTRUCTIONS
from app.operations.prompt_caches import GIST, SEGMENTS
from engine.api import PromptLayout
from storage.prompt_states import PromptEntryRow

translate = QCoreApplication.translate

TRUE_NATS, NEAR_NATS, FAR_NATS = 0.05, 0.25, 0.75
"""Divergence in nats a token up to which a gist answers as the prompt does, nearly so, and differently in places."""


def title_words(row: PromptEntryRow) -> str:
    """What lists call it, in one line."""
    title = name_words(row.title)
    if row.kind == SEGMENTS:
        return translate("prompts", "Segment memory of “{title}”").format(title=title)
    if row.document_id is None or layout(row) is not None:
        return title
    return translate("prompts", "Questions about “{title}”").format(title=title)


def name_words(title: str) -> str:
    """A prompt's title in one line; that of the standing instructions in the language of the window."""
    is_ours = title == STANDING_INSTRUCTIONS
    return translate("prompts", "Standing instructions") if is_ours else " ".join(title.split())


def layout(row: PromptEntryRow) -> PromptLayout | None:
    """What the prompt is to the model; None for what was kept by itself: what all questions about a document begin with."""
    found = row.metrics.get("layout")
    return None if found is None else PromptLayout(found)


def model_words(row: PromptEntryRow) -> str:
    return title_of(row.model_name)


def kind_words(row: PromptEntryRow) -> str:
    """ "exact", "gist of 8, 26×", or "segments, 8×"."""
    if row.kind == SEGMENTS:
        ratio = ratio_words(float(row.metrics.get("ratio", 0)))
        return translate("prompts", "segments, {ratio}").format(ratio=ratio)
    if row.kind != GIST:
        return translate("prompts", "exact")
    slots = int(row.metrics.get("slots", 0))
    return translate("prompts", "gist of {k}, {ratio}").format(
        k=number(int(row.metrics.get("k", 0))), ratio=ratio_words(row.tokens / max(1, slots))
    )


def ratio_words(ratio: float) -> str:
    """How many times fewer tokens: "26×", "3.4×"."""
    return number(ratio, 0 if ratio >= 10 else 1) + "×"


def smaller_words(row: PromptEntryRow) -> str:
    """Of a gist or a segment memory: "20 tokens stand in for 612, 11 of them word for word"."""
    if row.kind == SEGMENTS:
        return translate("prompts", "{slots} slots stand in for {tokens} tokens in {segments} segments").format(
            slots=number(int(row.metrics.get("slots", 0))),
            tokens=number(row.tokens),
            segments=number(int(row.metrics.get("segments", 0))),
        )
    slots, literals = int(row.metrics.get("slots", 0)), int(row.metrics.get("literal_tokens", 0))
    return translate("prompts", "{slots} tokens stand in for {tokens}, {literals} of them word for word").format(
        slots=number(slots), tokens=number(row.tokens), literals=number(literals)
    )


def time_words(value_s: float) -> str:
    """A time that was saved: "0.8 s", "12 min"."""
    return seconds(value_s) if value_s < 60 else about(value_s)


def divergence_words(divergence: float, divergence_none: float) -> str:
    """A verdict a reader understands, and the share of the prompt's effect that is kept.

    divergence, divergence_none: nats a token, of the gist and of no prompt at all, both against the full prompt.
    """
    if divergence <= TRUE_NATS:
        verdict = translate("prompts", "Answers as the full prompt does.")
    elif divergence <= NEAR_NATS:
        verdict = translate("prompts", "Answers nearly as the full prompt does.")
    elif divergence <= FAR_NATS:
        verdict = translate("prompts", "Answers differ from the full prompt’s in places.")
    else:
        verdict = translate("prompts", "Much of the prompt is lost: answers differ.")
    kept = kept_share(divergence, divergence_none)
    if kept is None:
        return verdict
    return together(
        verdict,
        translate("prompts", "It keeps {share} of what the prompt changes in an answer.").format(share=percent(kept)),
    )


def kept_share(divergence: float, divergence_none: float) -> float | None:
    """1: as good as the prompt itself; 0: no better than none. None where the prompt changes nothing."""
    if not (divergence_none > 0 and math.isfinite(divergence)):
        return None
    return min(1.0, max(0.0, 1 - divergence / divergence_none))


def divergence_figure(divergence: float) -> str:
    """For those who want the number: "0.18 nats a token"."""
    return translate("prompts", "{nats} nats a token").format(nats=number(divergence, 2))
