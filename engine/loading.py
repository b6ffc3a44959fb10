"""Models made ready on disk: a GGUF file or a folder in, one that loads in a second out; and the embedded one found.

Knows folders and their making, each whole or not at all. Imports torch only while converting.
"""

from __future__ import annotations

import shutil
import sys
import uuid
from dataclasses import replace
from pathlib import Path

from engine.api import ModelRef
from engine.errors import ModelError
from engine.jobs import Progress, Steps
from engine.model_folder import (
    OWN_GGUF,
    WEIGHTS_INDEX,
    GgufFile,
    describe,
    describe_gguf,
    model_ref,
    read_card,
    read_config,
    write_card,
)

EMBEDDED_NAME = "smollm2-135m-instruct"


def embedded_folder() -> Path:
    """Where the set-up puts the embedded model: beside the interpreter that runs us."""
    return Path(sys.prefix) / "share" / "palimpsest" / "models" / EMBEDDED_NAME


def embedded_model() -> ModelRef:
    """The model Palimpsest comes with. Raises ModelError with the way out when the set-up has not made it."""
    folder = embedded_folder()
    if not folder.is_dir():
        raise ModelError(f"The embedded model is not set up ({folder} is missing); run “make” in the checkout once.")
    return model_ref(folder, read_card(folder))


def prepare(source: Path, folder: Path, name: str, *, adopt: bool = False) -> Steps[ModelRef]:
    """Make `folder` from a GGUF file or a model folder; what stood there is replaced only when the new one is whole.

    A user's folder is checked and its weights are left where they are, unaltered; config and tokenizer are copied. A GGUF
    file is left in its place too, and remembered: llama.cpp runs it. adopt: the weights of a model folder, or the GGUF file,
    are moved into `folder` at the very end, so that a stop or a fault loses nothing.
    Raises ModelError for what is broken, incomplete, hostile or of an unknown kind.
    """
    yield Progress("Checking the model", 0)
    if not source.exists():
        raise ModelError(f"There is no file or folder {source}.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:8]}")
    making.mkdir()
    try:
        weights_folder: Path | None = None
        gguf: GgufFile | None = None
        if source.is_dir():
            from engine.folder_import import import_folder

            yield from import_folder(source, making)
            weights_folder = source.resolve()
        else:
            from engine.gguf_conversion import convert_gguf, file_type

            yield from convert_gguf(source, making)
            gguf = yield from describe_gguf(source, file_type(source))
        read_config(making)
        card = replace((yield from describe(making, name, source.name, weights_folder)), gguf=gguf)
        if adopt and weights_folder is not None:
            card = replace(card, weights_folder=None)
        if adopt and gguf is not None:
            card = replace(card, gguf=replace(gguf, path=OWN_GGUF))
        write_card(making, card)
        adopted: dict[Path, Path] = {}
        if adopt and weights_folder is not None:
            files = [*card.weights, *(path.name for path in weights_folder.glob(WEIGHTS_INDEX))]
            adopted = {weights_folder / file: making / file for file in files}
        elif adopt:
            adopted = {source: making / OWN_GGUF}
        _put_in_place(making, folder, adopted)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return model_ref(folder, card)


def _put_in_place(making: Path, folder: Path, adopted: dict[Path, Path]) -> None:
    """Move what is adopted (from -> to) into the new folder, and that to where the old one stands. All of it, or nothing."""
    former = making.with_name(f"{making.name}-former")
    moved: list[tuple[Path, Path]] = []

    def move(source: Path, target: Path) -> None:
        shutil.move(source, target)
        moved.append((source, target))

    try:
        if folder.exists():
            move(folder, former)
        for source, target in adopted.items():
            move(source, target)
        making.replace(folder)
    except BaseException:
        for source, target in reversed(moved):
            shutil.move(target, source)
        raise
    shutil.rmtree(former, ignore_errors=True)


def adopt_gguf(folder: Path, source: Path) -> Steps[ModelRef]:
    """Move the GGUF file a prepared model was made of into its folder, for one that was prepared without keeping it.

    Whoever calls knows that it is that file. The model's identity stays as it is.
    """
    from engine.gguf_conversion import file_type

    card = read_card(folder)
    gguf = yield from describe_gguf(source, file_type(source))
    shutil.move(source, folder / OWN_GGUF)
    card = replace(card, gguf=replace(gguf, path=OWN_GGUF))
    write_card(folder, card)
    return model_ref(folder, card)
