"""The same tiny model in both engines: PyTorch has the tensors of a GGUF file, llama.cpp runs the file."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch

from engine.backends.pytorch import TorchBackend, load_torch
from engine.gguf_file import GgufHeader
from engine.jobs import run_to_end
from engine.llama.file_check import check_for_llama
from engine.llama.native import NativeModel
from engine.loading import prepare

CONTEXT_TOKENS = 256


class Pair(NamedTuple):
    """native: emptied before it is given away, no adapter at work."""

    torch: TorchBackend
    native: NativeModel
    header: GgufHeader


@pytest.fixture(scope="session")
def _opened_pairs(llama_library, open_gguf, tmp_path_factory):
    opened: dict[str, Pair] = {}

    def pair(family: str) -> Pair:
        if family not in opened:
            path = open_gguf(family)
            header = check_for_llama(path)
            ref = run_to_end(prepare(path, tmp_path_factory.mktemp("pair") / family, f"tiny {family}"))
            backend = load_torch(ref, device=torch.device("cpu"), dtype=torch.float32)
            opened[family] = Pair(backend, NativeModel(path, context_tokens=CONTEXT_TOKENS, threads=1), header)
        return opened[family]

    yield pair
    for each in opened.values():
        each.native.close()


@pytest.fixture
def pair_of(_opened_pairs):
    """family -> the model in both engines. Shared."""

    def pair(family: str) -> Pair:
        opened = _opened_pairs(family)
        opened.native.use_adapter(None)
        opened.native.clear()
        return opened

    return pair
