"""What there is to say of a model's compressors. Knows operations' results and wording, no widget."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from app.desktop.segment_words import ratio_words
from app.desktop.wording import about, comma_list, number, percent, together
from app.operations.compressor_cards import Card
from app.operations.compressor_folders import CompressorMethod
from app.operations.compressors import Compressor

translate = QCoreApplication.translate

SHOWN_K = 8
"""Of the gists a card has figures for, the one that is named."""
COMES_WITH_PALIMPSEST = "prompts that come with Palimpsest"
"""What a card calls them (`engine.methods.gist.training`)."""


def origin_words(
    encoders: Sequence[Compressor], method: CompressorMethod = CompressorMethod.GIST, *, is_training: bool = False
) -> str:
    """For a model's line: "Gist encoder: comes with Palimpsest". encoders: of this method."""
    used = next((encoder for encoder in encoders if encoder.used), None)
    if is_training:
        words = translate("compressors", "being trained")
    elif used is not None:
        words = (
            translate("compressors", "trained by you")
            if used.own
            else translate("compressors", "comes with Palimpsest")
        )
    elif any(encoder.resumable for encoder in encoders):
        words = translate("compressors", "training paused")
    else:
        words = translate("compressors", "none")
    if method is CompressorMethod.SEGMENTS:
        return translate("compressors", "Segment compressor: {origin}").format(origin=words)
    return translate("compressors", "Gist encoder: {origin}").format(origin=words)


def card_words(card: Card, method: CompressorMethod = CompressorMethod.GIST) -> str:
    """How long an encoder was trained and how good it is, from its card; "" where that says nothing."""
    parts = []
    if card.steps:
        parts.append(translate("compressors", "{count} steps").format(count=number(card.steps)))
    if method is CompressorMethod.SEGMENTS:
        parts += _segment_figures(card)
    else:
        parts += _gist_figures(card)
    return comma_list(parts)


def _gist_figures(card: Card) -> list[str]:
    parts = []
    if card.examples:
        parts.append(translate("compressors", "{count} prompts").format(count=number(card.examples)))
    if SHOWN_K in card.recovered:
        share = percent(max(0.0, card.recovered[SHOWN_K]))
        parts.append(
            translate("compressors", "a gist of {k} keeps {share} of a prompt’s use").format(
                k=number(SHOWN_K), share=share
            )
        )
    return parts


def _segment_figures(card: Card) -> list[str]:
    parts = []
    if card.examples:
        parts.append(translate("compressors", "{count} texts").format(count=number(card.examples)))
    parts += [
        translate("compressors", "{ratio} keeps {share} of what the text before contributes").format(
            ratio=ratio_words(ratio), share=percent(max(0.0, share))
        )
        for ratio, share in sorted(card.recovered.items())
    ]
    return parts


def training_words(card: Card) -> str:
    """What an encoder was trained on, under which licence and in which time, from its card; "" where that says nothing."""
    sentences = []
    if card.data:
        names = comma_list(map(_data_words, card.data))
        sentences.append(translate("compressors", "Trained on {data}.").format(data=names))
    if card.seconds:
        took = about(card.seconds)
        sentences.append(translate("compressors", "Training took {time}.").format(time=took))
    if card.licence:
        sentences.append(translate("compressors", "Licence: {licence}").format(licence=card.licence))
    return together(sentences[0], *sentences[1:]) if sentences else ""


def _data_words(name: str) -> str:
    """A file as it is called; our own prompts in the language of the window."""
    is_ours = name == COMES_WITH_PALIMPSEST
    return translate("compressors", "prompts that come with Palimpsest") if is_ours else name
