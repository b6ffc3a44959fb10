"""Where compressors lie: the user's own in the data folder, those that come with Palimpsest beside the packages.

Knows paths only. A compressor belongs to one model, by its identity: of another it is never used.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from engine.api import ModelRef

COMPRESSORS_FOLDER = Path("compressors")
"""In the data folder: a folder for each model, by the beginning of its identity, with one for each method in it."""

_SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "compressors"


class CompressorMethod(StrEnum):
    """What a compressor is for, and what its folder is called."""

    GIST = "gist"
    SEGMENTS = "segments"


def model_folder(data_dir: Path, identity: str) -> Path:
    """What the user has trained for a model, all of it."""
    return data_dir / COMPRESSORS_FOLDER / identity[:16]


def own_encoder_folder(data_dir: Path, identity: str, method: CompressorMethod = CompressorMethod.GIST) -> Path:
    return model_folder(data_dir, identity) / method


def training_folder(data_dir: Path, identity: str, method: CompressorMethod = CompressorMethod.GIST) -> Path:
    """Where one is trained, until it is whole: what was there before is used as long."""
    return model_folder(data_dir, identity) / f"{method}-training"


def shipped_encoder_folder(model: ModelRef, method: CompressorMethod = CompressorMethod.GIST) -> Path:
    return _SHIPPED / model.name / method
