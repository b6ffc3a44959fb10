"""What there is to say of a document's segment memory: how it stands, its figures, why there is none.

Knows operations' results and wording. Knows no widget.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.desktop.model_words import title_of
from app.desktop.segment_face import is_of_use
from app.desktop.sentences import localized
from app.desktop.wording import number, size, together
from app.operations.segment_memories import SegmentStatus

translate = QCoreApplication.translate


def figures_words(status: SegmentStatus) -> str:
    """ "412 segments · 13,184 slots · 1:8 · 38 MB · last 190 tokens word for word"."""
    parts = [
        translate("segments", "{count} segments").format(count=number(status.segments)),
        translate("segments", "{count} slots").format(count=number(status.slots)),
        ratio_words(status.ratio),
        size(status.bytes),
    ]
    if status.complete and status.verbatim_tokens:
        parts.append(
            translate("segments", "last {count} tokens word for word").format(count=number(status.verbatim_tokens))
        )
    return " · ".join(parts)


def ratio_words(ratio: int) -> str:
    """How many tokens are one slot: "1:8"."""
    return translate("segments", "1:{ratio}").format(ratio=number(ratio))


def state_words(status: SegmentStatus) -> str:
    """How it stands, while nothing is being made."""
    if status.problem:
        return localized(status.problem)
    if status.segments and status.complete:
        return figures_words(status)
    if status.segments:
        return together(_how_far(status), figures_words(status))
    if not status.model:
        return translate("segments", "There is no model in use.")
    if not status.has_compressor:
        return translate("segments", "{model} has no segment compressor yet: train one first.").format(
            model=title_of(status.model)
        )
    if not is_of_use(status):
        return translate(
            "segments",
            "This book fits the model’s window ({tokens} of {window} tokens): nothing needs to be compressed.",
        ).format(tokens=number(status.total_tokens), window=number(status.window_tokens))
    if not status.window_tokens:
        return translate("segments", "Not made yet.")
    return translate(
        "segments", "Not made yet: {tokens} tokens, and the model’s window holds {window} at once."
    ).format(tokens=number(status.total_tokens), window=number(status.window_tokens))


def _how_far(status: SegmentStatus) -> str:
    gaps = {"done": number(status.tokens), "total": number(status.total_tokens)}
    if status.paused:
        return translate("segments", "Paused after {done} of {total} tokens.").format(**gaps)
    return translate("segments", "Made of {done} of {total} tokens so far.").format(**gaps)
