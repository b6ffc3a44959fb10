"""A GGUF file turned into a folder of safetensors, config, tokenizer and chat template. Imports torch.

Knows GGUF, safetensors and the transformers tables that map one's names to the other's. Knows nothing of devices or
speed. One tensor at a time, so that it can be watched and stopped, and needs memory for one shard only.
Values are kept exactly as dequantised (fp32) up to FP32_PARAMETERS; larger models are rounded to bf16.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, LlamaFileType, dequantize
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.modeling_gguf_pytorch_utils import (
    TENSOR_PROCESSORS,
    TensorProcessor,
    get_gguf_hf_weights_map,
)

from engine.errors import ModelError
from engine.foreign import foreign_parser
from engine.gguf_file import GgufHeader, check_geometry, read_header
from engine.jobs import Progress, Steps
from engine.rotary_scaling import FACTORS_TENSOR, set_rotary_scaling

FP32_PARAMETERS = 1_000_000_000
SHARD_BYTES = 2 * 1024**3

ARCHITECTURES = frozenset({"llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3"})
"""`general.architecture` values; Mistral's own models call themselves llama."""


def convert_gguf(source: Path, folder: Path) -> Steps[None]:
    """Write config.json, model*.safetensors, tokenizer.json, tokenizer_config.json and chat_template.jinja into
    `folder`.

    Raises ModelError for a file that is broken, hostile, one part of several, or of an unknown architecture.
    """
    yield Progress("Checking the file", 0)
    header = read_header(source)
    if header.architecture not in ARCHITECTURES:
        raise ModelError(
            f"“{source.name}” holds a model of type “{header.architecture[:40]}”; "
            f"usable are {', '.join(sorted(ARCHITECTURES))}."
        )
    check_geometry(header, source.name)
    yield Progress("Reading the tokenizer", 0)
    stage = folder / "source"
    stage.mkdir()
    try:
        gguf_name = _stand_alone(source, stage)
        with foreign_parser(f"“{source.name}” is damaged: its tokenizer or settings cannot be read."):
            write_tokenizer(AutoTokenizer.from_pretrained(stage, gguf_file=gguf_name, trust_remote_code=False), folder)
            config = AutoConfig.from_pretrained(stage, gguf_file=gguf_name, trust_remote_code=False)
            if head_size := header.metadata.get(f"{header.architecture}.attention.key_length"):
                config.head_dim = int(head_size)  # transformers takes its default for Qwen 3
            if hasattr(config, "query_pre_attn_scalar"):
                config.query_pre_attn_scalar = _gemma_scale(config)
            factors = _rotary_factors(source)
        set_rotary_scaling(config, header, factors, source.name)
        model = build_empty(config)
    finally:
        shutil.rmtree(stage)
    yield from _write_weights(source, header, model, folder)


def file_type(source: Path) -> str:
    """How the weights of a GGUF file are quantised: "Q4_K_M", "F16", ...; of one that does not say, as most of its bytes are."""
    try:
        kind = LlamaFileType(int(read_header(source).metadata["general.file_type"]))
    except (KeyError, ValueError):
        with foreign_parser(f"“{source.name}” is damaged: its weights cannot be read."):
            largest = max(GGUFReader(source).tensors, key=lambda tensor: tensor.n_bytes)
            return str(largest.tensor_type.name)
    return str(kind.name).removeprefix("MOSTLY_").removeprefix("ALL_")


def _gemma_scale(config: Any) -> int:
    """What Gemma's attention divides by the root of, which its files do not say: a head's width, but for the two of 27B.

    Source: llama.cpp, src/models/gemma2.cpp and gemma3.cpp, which know those by their number of layers.
    """
    is_27b = config.num_hidden_layers == {"gemma2": 46, "gemma3_text": 62}.get(config.model_type)
    return int(config.hidden_size // config.num_attention_heads if is_27b else config.head_dim)


def build_empty(config: Any) -> Any:
    """The model of a config without memory for its weights: names and shapes only."""
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32)


def expected_tensors(model: Any) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor that a file of this model must hold; a tied head is not among them."""
    expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        expected.pop("lm_head.weight", None)
    return expected


def write_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Keep a transformers tokenizer as plain files. Raises ModelError for one that has no fast form."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise ModelError("This model's tokenizer has no tokenizer.json form; Palimpsest cannot use it.")
    fast.no_truncation()
    fast.no_padding()
    fast.save(str(folder / "tokenizer.json"))
    specials = {name: getattr(tokenizer, name) for name in ("bos_token", "eos_token", "pad_token", "unk_token")}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **specials}, indent=1, ensure_ascii=False), "utf-8"
    )
    if isinstance(tokenizer.chat_template, str):
        (folder / "chat_template.jinja").write_text(tokenizer.chat_template, "utf-8")


def _rotary_factors(source: Path) -> np.ndarray[Any, np.dtype[np.float32]] | None:
    for entry in GGUFReader(source).tensors:
        if entry.name == FACTORS_TENSOR:
            return np.array(dequantize(entry.data, entry.tensor_type), np.float32).reshape(-1)
    return None


def _stand_alone(source: Path, stage: Path) -> str:
    """Put the file alone into `stage`, so that no neighbour of it in the user's folder is read as its settings."""
    name = "model.gguf"
    try:
        (stage / name).symlink_to(source.resolve())
    except OSError:  # Windows without the right to link
        shutil.copyfile(source, stage / name)
    return name


def _write_weights(source: Path, header: GgufHeader, model: Any, folder: Path) -> Steps[None]:
    config = model.config
    expected = expected_tensors(model)
    dtype = torch.float32 if header.parameters <= FP32_PARAMETERS else torch.bfloat16
    shards: list[list[str]] = []
    index: dict[str, str] = {}
    shard: dict[str, torch.Tensor] = {}
    shard_bytes = 0

    def flush() -> None:
        nonlocal shard, shard_bytes
        file = f"model-{len(shards) + 1:05d}.safetensors"
        save_file(shard, folder / file, metadata={"format": "pt"})
        (folder / file).chmod(0o644)  # safetensors writes for the owner only; an installation may have many users
        index.update(dict.fromkeys(shard, file))
        shards.append(sorted(shard))
        shard, shard_bytes = {}, 0

    for done, (name, tensor) in enumerate(_dequantised(source, model), start=1):
        if name in expected:
            if tuple(tensor.shape) != expected.pop(name):
                raise ModelError(f"“{source.name}” is damaged: a tensor's shape does not fit the model.")
            shard[name] = tensor.to(dtype).contiguous()
            shard_bytes += shard[name].nbytes
            if shard_bytes >= SHARD_BYTES:
                flush()
        yield Progress("Converting the model", done, len(header.tensors), "tensor")
    if expected:
        raise ModelError(f"“{source.name}” is incomplete: {len(expected)} of the model's tensors are missing.")
    flush()
    if len(shards) == 1:
        (folder / "model-00001.safetensors").rename(folder / "model.safetensors")
    else:
        listed = {"metadata": {}, "weight_map": index}  # transformers does not load without either
        (folder / "model.safetensors.index.json").write_text(json.dumps(listed, indent=1), "utf-8")
    # What names the place or the version it was made with must not change the model's identity.
    unwanted = {"quantization_config", "transformers_version", "id2label", "label2id"}
    settings = {key: value for key, value in config.to_dict().items() if key not in unwanted and key[0] != "_"}
    settings |= {"architectures": [type(model).__name__], "dtype": str(dtype).removeprefix("torch.")}
    (folder / "config.json").write_text(json.dumps(settings, indent=1, sort_keys=True), "utf-8")


def _dequantised(source: Path, model: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """Each tensor under its transformers name, fp32; tensors the model has no use for under an empty name."""
    broken = f"“{source.name}” is damaged: its weights cannot be read."
    with foreign_parser(broken):
        reader = GGUFReader(source)
        architecture = bytes(reader.fields["general.architecture"].parts[-1]).decode()
        processor = TENSOR_PROCESSORS.get(architecture, TensorProcessor)(config=model.config.to_dict())
        names = get_gguf_hf_weights_map(model, processor)
    for entry in reader.tensors:
        with foreign_parser(broken):
            values = dequantize(entry.data, entry.tensor_type)
            kept = processor.process(
                weights=values, name=entry.name, tensor_key_mapping=names, parsed_parameters={"tensors": {}}
            )
            tensor = torch.from_numpy(np.array(kept.weights, dtype=np.float32, copy=True))
        yield names.get(kept.name, ""), tensor
