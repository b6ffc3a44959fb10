"""A model folder as the engine keeps it: what must stand in it, what it says of itself, how a user's is checked.

Knows files and their sizes. Knows nothing of torch, so that faces may look at models without loading one.

    ours:    config.json  tokenizer.json  tokenizer_config.json  chat_template.jinja?  generation_config.json?
             palimpsest.json  and model*.safetensors, or in palimpsest.json the path of the user's folder that holds
             them  model.gguf? where the GGUF file the model came from is ours to keep
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import struct
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.api import ModelRef
from engine.errors import ModelError
from engine.jobs import Progress, Steps

CARD_FILE = "palimpsest.json"
WEIGHTS_INDEX = "model.safetensors.index.json"
OWN_GGUF = "model.gguf"
MODEL_TYPES = frozenset({"llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text"})
"""`model_type` values of config.json that the engine runs."""

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
_LARGEST = {
    "hidden_size": 2**17,
    "num_hidden_layers": 1024,
    "num_attention_heads": 4096,
    "vocab_size": 2**22,
    "max_position_embeddings": 2**26,
}
"""Beyond any real model: a config that says more is broken."""

_HASH_BLOCK = 16 * 1024**2
_DTYPE_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_CONFIG_FILES = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
)


@dataclass(frozen=True, slots=True)
class GgufFile:
    """The GGUF file a model came from, as it was then: llama.cpp runs it, on the numbers the weights were dequantised from.

    path: absolute, or a name in the model's folder. file_type: "Q4_1", "F16", ...; "" where the file does not say.
    """

    path: str
    bytes: int
    mtime_ns: int
    sha256: str
    file_type: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What palimpsest.json says. weights: file name -> bytes. weights_folder: None where they lie beside this file.

    gguf: None for a model that came as safetensors, or before such files were remembered.
    """

    name: str
    identity: str
    source: str
    architecture: str
    parameters: int
    context_tokens: int
    dtype: str
    weights: dict[str, int]
    weights_folder: str | None = None
    gguf: GgufFile | None = None
    format: int = 1

    @property
    def weights_bytes(self) -> int:
        return sum(self.weights.values())

    def locate_weights(self, folder: Path) -> Path:
        return folder if self.weights_folder is None else Path(self.weights_folder)


def read_card(folder: Path) -> ModelCard:
    """Read a prepared folder's card. Raises ModelError when it is absent, unreadable, or its weights moved or changed
    size.
    """
    try:
        said = json.loads((folder / CARD_FILE).read_text("utf-8"))
        card = ModelCard(**said | {"gguf": GgufFile(**said["gguf"]) if said.get("gguf") else None})
    except FileNotFoundError as problem:
        raise ModelError(f"No prepared model is in {folder}; add the model again.") from problem
    except (OSError, ValueError, TypeError) as problem:
        raise ModelError(f"The model in {folder} is damaged; remove it and add it again.") from problem
    weights_folder = card.locate_weights(folder)
    for file, size in card.weights.items():
        if file_bytes(weights_folder / file) != size:
            raise ModelError(
                f"The weights of {card.name} in {weights_folder} were moved or changed; add the model again."
            )
    return card


def write_card(folder: Path, card: ModelCard) -> None:
    making = folder / f".{CARD_FILE}.part"
    making.write_text(json.dumps(asdict(card), indent=1, ensure_ascii=False), "utf-8")
    making.replace(folder / CARD_FILE)


def locate_gguf(folder: Path) -> Path:
    """The GGUF file a prepared model came from, unchanged since. Raises ModelError, in a sentence, where there is none.

    One that bears another date is read once to see whether it is another file: of a large one that takes a while.
    """
    card = read_card(folder)
    known = card.gguf
    if known is None:
        raise ModelError(f"llama.cpp runs GGUF files, and {card.name} has none here; add the model's GGUF file.")
    path = folder / known.path
    gone = ModelError(
        f"The GGUF file of {card.name} ({path}) was moved or changed; add it again for llama.cpp to use it."
    )
    try:
        found = path.stat()
        if found.st_size != known.bytes:
            raise gone
        if found.st_mtime_ns != known.mtime_ns:
            if _sha256_of(path, found.st_mtime_ns) != known.sha256:
                raise gone
            with contextlib.suppress(
                OSError
            ):  # an installation that only others may write to: it is read again next time
                write_card(folder, replace(card, gguf=replace(known, mtime_ns=found.st_mtime_ns)))
    except OSError as problem:
        raise gone from problem
    return path


@lru_cache(maxsize=16)
def _sha256_of(path: Path, _changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_gguf(path: Path, file_type: str) -> Steps[GgufFile]:
    """A GGUF file as a card remembers it, left where it is (Progress in MB)."""
    found = path.stat()
    digest = yield from _hash_files([path])
    return GgufFile(str(path.resolve()), found.st_size, found.st_mtime_ns, digest, file_type)


def file_bytes(path: Path) -> int:
    """Size of a file, -1 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def describe(folder: Path, name: str, source: str, weights_folder: Path | None = None) -> Steps[ModelCard]:
    """Check config and weights and make the card, hashing everything once (Progress in MB).

    folder: holds config.json and tokenizer files. weights_folder: the user's folder where the weights are left in
    place.
    """
    config = read_config(folder)
    weights_at = folder if weights_folder is None else weights_folder
    files = weight_files(weights_at)
    parameters, dtype = 0, ""
    for file in files:
        header = check_safetensors(weights_at / file)
        parameters += header.values
        dtype = dtype or header.dtype
    identity = yield from _hash_model(folder, [weights_at / file for file in files])
    return ModelCard(
        name=name,
        identity=identity,
        source=source,
        architecture=config["model_type"],
        parameters=parameters,
        context_tokens=config["max_position_embeddings"],
        dtype=dtype,
        weights={file: file_bytes(weights_at / file) for file in files},
        weights_folder=None if weights_folder is None else str(weights_folder),
    )


def read_config(folder: Path) -> dict[str, Any]:
    """config.json, checked: a known model type, sane sizes, no code of its own. Raises ModelError."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except FileNotFoundError as problem:
        raise ModelError(f"“{folder.name}” is not a model folder: it has no config.json.") from problem
    except (OSError, ValueError, RecursionError) as problem:
        raise ModelError(f"“{folder.name}”: config.json cannot be read.") from problem
    if not isinstance(config, dict):
        raise ModelError(f"“{folder.name}”: config.json cannot be read.")
    if "auto_map" in config:
        raise ModelError(f"“{folder.name}” wants to run code of its own, which Palimpsest never does.")
    if config.get("model_type") not in MODEL_TYPES:
        raise ModelError(
            f"“{folder.name}” is a model of type “{str(config.get('model_type'))[:40]}”; "
            f"usable are {', '.join(sorted(MODEL_TYPES))}."
        )
    if "quantization_config" in config:
        raise ModelError(f"“{folder.name}” holds quantised weights; take the unquantised version or a GGUF file.")
    for key, most in _LARGEST.items():
        value = config.get(key)
        if not isinstance(value, int) or not 1 <= value <= most:
            raise ModelError(f"“{folder.name}”: config.json gives no usable {key}.")
    return config


def check_links(folder: Path) -> None:
    """Raise ModelError when a file of a model folder is a link to somewhere else.

    A snapshot in a Hugging Face cache consists of links to `blobs` beside it: those are the model's own files.
    """
    homes = [folder.resolve()]
    if folder.resolve().parent.name == "snapshots":
        homes.append(folder.resolve().parent.parent / "blobs")
    for path in folder.iterdir():
        if path.is_symlink() and not any(path.resolve().is_relative_to(home) for home in homes):
            raise ModelError(
                f"“{folder.name}”: {path.name} is a link to a file outside the folder; copy that file into it."
            )


def weight_files(folder: Path) -> list[str]:
    """Names of the safetensors files that make up the model. Raises ModelError when one is missing or none is there."""
    index = folder / WEIGHTS_INDEX
    if index.is_file():
        try:
            files = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        except _UNREADABLE as problem:
            raise ModelError(f"“{folder.name}”: {index.name} cannot be read.") from problem
        if not files or any(not isinstance(file, str) or Path(file).name != file for file in files):
            raise ModelError(f"“{folder.name}”: {index.name} names files outside the folder.")
        missing = [file for file in files if not (folder / file).is_file()]
        if missing:
            raise ModelError(
                f"“{folder.name}” is incomplete: {missing[0]} and {len(missing) - 1} more files are missing."
            )
        return files
    if (folder / "model.safetensors").is_file():
        return ["model.safetensors"]
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt*")):
        raise ModelError(f"“{folder.name}” holds pickle weights, which can run code; take its safetensors version.")
    raise ModelError(f"“{folder.name}” holds no model.safetensors.")


@dataclass(frozen=True, slots=True)
class WeightsHeader:
    """shapes: by tensor name. dtype: of the first tensor, as torch spells it."""

    shapes: dict[str, tuple[int, ...]]
    dtype: str

    @property
    def values(self) -> int:
        return sum(math.prod(shape) for shape in self.shapes.values())


def check_safetensors(path: Path) -> WeightsHeader:
    """Check a file's header against its size, so that nothing it says leads beyond the file. Raises ModelError.

    Source: the safetensors format: u64 header length, JSON header, tensors laid end to end.
    """
    broken = f"“{path.name}” in “{path.parent.name}” is damaged or incomplete; fetch the file again."
    size = file_bytes(path)
    try:
        with path.open("rb") as file:
            (header_bytes,) = struct.unpack("<Q", file.read(8))
            if header_bytes > min(size - 8, 100 * 1024**2):
                raise ModelError(broken)
            header = json.loads(file.read(header_bytes))
        header.pop("__metadata__", None)
        shapes: dict[str, tuple[int, ...]] = {}
        end, kind = 0, ""
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"][0]):
            start, stop = entry["data_offsets"]
            values = math.prod(entry["shape"])
            if entry["dtype"] not in _DTYPE_BYTES:
                raise ModelError(
                    f"“{path.name}” holds values of type {entry['dtype']!s:.20}; take the unquantised version."
                )
            if (
                start != end
                or stop - start != values * _DTYPE_BYTES[entry["dtype"]]
                or min(entry["shape"], default=1) < 1
            ):
                raise ModelError(broken)
            shapes[name] = tuple(entry["shape"])
            end, kind = stop, kind or entry["dtype"]
    except (*_UNREADABLE, struct.error) as problem:
        raise ModelError(broken) from problem
    if end != size - 8 - header_bytes or not shapes:
        raise ModelError(broken)
    return WeightsHeader(shapes, {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}[kind])


def _hash_model(folder: Path, weights: list[Path]) -> Steps[str]:
    """sha256 over config, tokenizer and weights, each under its name; the user's file names of weights count, their
    place not.
    """
    files = [folder / name for name in _CONFIG_FILES if (folder / name).is_file()] + weights
    return (yield from _hash_files(files, named=True))


def _hash_files(files: list[Path], *, named: bool = False) -> Steps[str]:
    """sha256 over files one behind the other. named: each behind its name and size."""
    total = sum(file_bytes(path) for path in files) // 10**6
    digest, done = hashlib.sha256(), 0
    for path in files:
        if named:
            digest.update(f"{path.name}\0{file_bytes(path)}\0".encode())
        with path.open("rb") as file:
            while block := file.read(_HASH_BLOCK):
                digest.update(block)
                done += len(block)
                yield Progress("Taking the fingerprint", done // 10**6, total, "MB")
    return digest.hexdigest()


def model_ref(folder: Path, card: ModelCard) -> ModelRef:
    return ModelRef(card.name, card.identity, folder)
