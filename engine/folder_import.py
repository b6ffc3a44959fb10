"""A user's model folder (safetensors) checked, and its small files copied; the weights stay where they are.

Knows what such folders look like; imports transformers. Never alters one, never runs code from one.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerFast

from engine.errors import ModelError
from engine.foreign import foreign_parser
from engine.gguf_conversion import build_empty, expected_tensors, write_tokenizer
from engine.jobs import Progress, Steps
from engine.model_folder import check_links, check_safetensors, read_config, weight_files


def import_folder(source: Path, folder: Path) -> Steps[None]:
    """Check `source` and write its config, tokenizer and chat template into `folder`. Raises ModelError."""
    check_links(source)
    read_config(source)
    files = weight_files(source)
    shapes: dict[str, tuple[int, ...]] = {}
    for done, file in enumerate(files):
        yield Progress("Checking the model", done, len(files), "file")
        shapes |= check_safetensors(source / file).shapes
    with foreign_parser(f"“{source.name}”: config.json describes no model that can be built."):
        config = AutoConfig.from_pretrained(source, trust_remote_code=False, local_files_only=True)
        expected = expected_tensors(build_empty(config))
    wrong = [name for name, shape in expected.items() if shapes.get(name) != shape]
    if wrong:
        raise ModelError(
            f"“{source.name}” is incomplete or mixed up: {len(wrong)} of {len(expected)} tensors are missing or of "
            "another size than config.json says."
        )
    for name in ("config.json", "generation_config.json"):
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    yield Progress("Reading the tokenizer", 0)
    if not any((source / name).is_file() for name in ("tokenizer.json", "tokenizer.model")):
        raise ModelError(f"“{source.name}” is incomplete: it has no tokenizer.json.")
    kind = PreTrainedTokenizerFast if (source / "tokenizer.json").is_file() else AutoTokenizer
    with foreign_parser(f"“{source.name}”: its tokenizer cannot be read."):
        write_tokenizer(kind.from_pretrained(source, trust_remote_code=False, local_files_only=True), folder)
