"""What a compressor's card says: how it was trained, on what, and how good it was at every look at what is held out.

A card is written beside the compressor (`engine.methods.compressor_training`) and may come from anybody, from an older version, or be
damaged: what it does not say, or says in another shape, counts as not said.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.api import GIST_TOKENS, SEGMENT_RATIOS, CompressorScore

log = logging.getLogger(__name__)

CARD_FILE = "card.json"
MAX_CARD_BYTES = 1_000_000
"""Hundreds of looks; more is no card."""

_MOST = 10**12
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says. "", 0 and nothing stand for what it does not say.

    data: names of what it was trained on. seconds: training took. recovered: share of the use of what is held out that is kept,
    by gist tokens or by ratio, at the last look. curve: every look, in order.
    """

    model_identity: str = ""
    sha256: str = ""
    """Of the weights."""
    steps: int = 0
    of_steps: int = 0
    examples: int = 0
    seconds: float = 0.0
    data: tuple[str, ...] = ()
    licence: str = ""
    recovered: Mapping[int, float] = field(default_factory=dict)
    curve: tuple[CompressorScore, ...] = ()


def read_card(folder: Path) -> Card:
    """The card of a folder; one that says nothing where there is none that can be read."""
    try:
        with (folder / CARD_FILE).open("rb") as file:
            written = file.read(MAX_CARD_BYTES + 1)
        if len(written) > MAX_CARD_BYTES:
            raise ValueError("far longer than any card")
        said = json.loads(written)
    except FileNotFoundError:
        return Card()
    except (OSError, ValueError, RecursionError):
        log.warning("the card of a compressor cannot be read")
        return Card()
    if not isinstance(said, dict):
        return Card()
    held_out = said.get("held_out")
    return Card(
        model_identity=_name(said.get("model_identity")),
        sha256=_name(said.get("sha256")),
        steps=_count(said.get("steps")),
        of_steps=_count(said.get("of_steps")),
        examples=_count(said.get("examples")),
        seconds=max(0.0, _figure(said.get("seconds"))),
        data=_names(said.get("data")),
        licence=_name(said.get("licence")),
        recovered=_shares(held_out.get("recovered")) if isinstance(held_out, dict) else {},
        curve=_curve(said.get("curve", [])),
    )


def _curve(said: Any) -> tuple[CompressorScore, ...]:
    try:
        return tuple(map(_score, said))
    except (TypeError, ValueError, KeyError):
        log.warning("the curve of a compressor's card cannot be read")
        return ()


def _score(said: Any) -> CompressorScore:
    if not isinstance(said, dict):
        raise TypeError("no look")
    return CompressorScore(
        step=_whole(said["step"]),
        steps=_whole(said["steps"]),
        examples=_whole(said["examples"]),
        loss=_number(said["loss"]),
        divergence=_by_k(said["divergence"]),
        recovered=_by_k(said["recovered"]),
        divergence_none=_number(said["divergence_none"]),
        seconds=_number(said["seconds"]),
    )


def _by_k(said: Any) -> dict[int, float]:
    """JSON has only strings for keys: those that are numbers of gist tokens, or ratios, are numbers again. Raises ValueError for others."""
    if not isinstance(said, dict) or not said:
        raise ValueError("no figures")
    by_k = {int(k): _number(figure) for k, figure in said.items()}
    if not (by_k.keys() <= set(GIST_TOKENS) or by_k.keys() <= set(SEGMENT_RATIOS)):
        raise ValueError("neither numbers of gist tokens nor ratios")
    return by_k


def _number(said: Any) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not -_MOST <= said <= _MOST:  # NaN is not either
        raise ValueError("no number")
    return float(said)


def _whole(said: Any) -> int:
    if not isinstance(said, int) or _number(said) < 0:
        raise ValueError("no count")
    return said


def _figure(said: Any) -> float:
    try:
        return _number(said)
    except ValueError:
        return 0.0


def _count(said: Any) -> int:
    try:
        return _whole(said)
    except ValueError:
        return 0


def _shares(said: Any) -> dict[int, float]:
    try:
        return _by_k(said)
    except ValueError:
        return {}


def _name(said: Any) -> str:
    """In one line, and nothing in it that a terminal would obey."""
    if not isinstance(said, str):
        return ""
    shown = "".join(character if character.isprintable() else " " for character in said[:_LONGEST_NAME])
    return " ".join(shown.split())


def _names(said: Any) -> tuple[str, ...]:
    return tuple(name for name in map(_name, said) if name) if isinstance(said, list) else ()
