"""The curated models, as `assets/models/catalogue.json` lists them: where they come from, what they need, what they may be used for.

Knows one data file of ours. Asks nobody on the network.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.memory_need import Geometry

_FILE = Path(__file__).resolve().parents[2] / "assets" / "models" / "catalogue.json"


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One model. download_bytes: about. languages: ISO 639-1, the main ones first."""

    name: str
    """What it is called in Palimpsest once it is there."""
    title: str
    repo: str
    revision: str
    """A commit, or a branch where no commit is known for certain."""
    download_bytes: int
    geometry: Geometry
    languages: tuple[str, ...]
    languages_in_all: int
    """How many its makers name; more than `languages` where only the main ones are listed."""
    licence: str
    """SPDX identifier."""
    good_for: dict[str, str]
    """One sentence by language of the window; "en" is always there."""
    embedded: bool = False

    @property
    def parameters(self) -> int:
        return self.geometry.parameters


@lru_cache(maxsize=1)
def catalogue() -> tuple[CatalogueModel, ...]:
    """All of them, ordered by the memory they need; the embedded one among them."""
    return tuple(_model(item) for item in json.loads(_FILE.read_text("utf-8"))["models"])


def find_in_catalogue(name: str) -> CatalogueModel | None:
    """By its name or its repository."""
    return next((model for model in catalogue() if name in (model.name, model.repo)), None)


def _model(item: dict[str, object]) -> CatalogueModel:
    values: dict[str, object] = {"languages_in_all": len(item["languages"]), **item}  # type: ignore[arg-type]  # our own file
    values["geometry"] = Geometry(**item["geometry"])  # type: ignore[arg-type]
    values["languages"] = tuple(item["languages"])  # type: ignore[arg-type]
    return CatalogueModel(**values)  # type: ignore[arg-type]
