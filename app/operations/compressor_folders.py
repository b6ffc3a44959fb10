"""Where gist encoders lie: the user's own in the data folder, those that come with Palimpsest beside the packages.

Knows paths only. An encoder belongs to one model, by its identity: of another it is never used.
"""

from __future__ import annotations

from pathlib import Path

from engine.api import ModelRef

COMPRESSORS_FOLDER = Path("compressors")
"""In the data folder: a folder for each model, by the beginning of its identity, with one for each method in it."""

_SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "compressors"
_METHOD = "gist"


def model_folder(data_dir: Path, identity: str) -> Path:
    """What the user has trained for a model, all of it."""
    return data_dir / COMPRESSORS_FOLDER / identity[:16]


def own_encoder_folder(data_dir: Path, identity: str) -> Path:
    return model_folder(data_dir, identity) / _METHOD


def training_folder(data_dir: Path, identity: str) -> Path:
    """Where one is trained, until it is whole: what was there before is used as long."""
    return model_folder(data_dir, identity) / f"{_METHOD}-training"


def shipped_encoder_folder(model: ModelRef) -> Path:
    return _SHIPPED / model.name / _METHOD
