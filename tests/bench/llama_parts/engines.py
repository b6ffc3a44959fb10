"""The two engines of one model and the pair they make. Knows backends and where a model's GGUF file lies."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api import LLAMACPP, ModelRef
from engine.backends.llamacpp import LlamaCppBackend, load_llamacpp
from engine.backends.paired import PairedBackend
from engine.backends.pytorch import TorchBackend
from engine.gguf_file import read_header
from engine.jobs import run_to_end
from engine.llama.kv_transfer import KVTransfer
from engine.llama.native import NativeModel
from engine.model_folder import locate_gguf
from engine.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Engines:
    """paired: `torch` reads, `llama` writes. runtime: holds `torch`, for what asks it to learn."""

    runtime: Runtime
    torch: TorchBackend
    llama: LlamaCppBackend
    paired: PairedBackend
    gguf: Path


def open_engines(model: ModelRef, *, threads: int) -> Engines:
    """Load both. Raises ModelError, with the reason, where llama.cpp cannot have this model."""
    runtime = Runtime(leave_cores=max(0, (os.cpu_count() or 1) - threads))
    torch_backend = run_to_end(runtime.load(model))
    assert isinstance(torch_backend, TorchBackend)
    assert model.folder is not None
    llama = load_llamacpp(model, threads=threads)
    return Engines(runtime, torch_backend, llama, PairedBackend(torch_backend, llama), locate_gguf(model.folder))


def of_file(backend: LlamaCppBackend, gguf: Path, file_type: str, *, threads: int) -> LlamaCppBackend:
    """The same model from another file."""
    native = NativeModel(gguf, context_tokens=backend.context_tokens, threads=threads)
    info = replace(backend.info, dtype=f"{LLAMACPP} {file_type}", llama=file_type)
    return LlamaCppBackend(native, KVTransfer.probed(native, read_header(gguf)), backend.tokenizer, info)
