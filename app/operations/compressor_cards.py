"""What a gist encoder's card says: how it was trained, on what, and how good it was at every look at held-out prompts.

A card is written beside the encoder (`engine.methods.gist`) and may come from an older version or be damaged: what it does not
say, or says in another shape, counts as not said.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.api import CompressorScore

log = logging.getLogger(__name__)

CARD_FILE = "card.json"


@dataclass(frozen=True, slots=True)
class Card:
    """figures: data, steps, figures and licence, as the file has them, but for the curve. curve: every look, in order."""

    figures: dict[str, Any]
    curve: tuple[CompressorScore, ...]


NO_CARD = Card({}, ())


def read_card(folder: Path) -> Card:
    """The card of a folder; NO_CARD where there is none that can be read."""
    try:
        card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return NO_CARD
    except (OSError, ValueError):
        log.warning("the card of a gist encoder cannot be read")
        return NO_CARD
    if not isinstance(card, dict):
        return NO_CARD
    return Card(card, _curve(card.pop("curve", ())))


def _curve(kept: Any) -> tuple[CompressorScore, ...]:
    try:
        return tuple(_score(each) for each in kept)
    except (TypeError, ValueError, KeyError, AttributeError):
        log.warning("the curve of a gist encoder's card cannot be read")
        return ()


def _score(kept: dict[str, Any]) -> CompressorScore:
    """JSON has only strings for keys: those that are numbers of gist tokens are numbers again."""
    by_k = {name: {int(k): float(value) for k, value in kept[name].items()} for name in ("divergence", "recovered")}
    if not by_k["divergence"]:
        raise ValueError("a look at nothing")
    return CompressorScore(**{**kept, **by_k})
