"""A model run by PyTorch and transformers, on CPU or CUDA; the backend that trains.

Knows a prepared model folder, its weights in memory and its KV cache. Knows nothing of prompts or documents.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from engine import lora
from engine.api import ModelInfo, ModelRef
from engine.attention import ATTENTION
from engine.backends.base import ActiveAdapter, Capabilities
from engine.devices import GB, check_fits, choose_dtype, free_bytes, precision
from engine.errors import ModelError, OutOfMemory
from engine.foreign import foreign_parser
from engine.kv_cache import GrowingCache
from engine.memory_need import ENGINE_BYTES, memory_need, read_geometry
from engine.model_folder import read_card
from engine.packed_linear import pack_linears
from engine.sampling import Logits
from engine.tokenization import FolderTokenizer

log = logging.getLogger(__name__)


@dataclass(slots=True)
class TorchState:
    """Keys and values of `tokens`, read with `adapter`."""

    adapter: ActiveAdapter | None = None
    tokens: list[int] = field(default_factory=list)
    cache: GrowingCache = field(default_factory=GrowingCache)

    @property
    def nbytes(self) -> int:
        return self.cache.nbytes


class TorchBackend:
    """Implements `engine.backends.base.Backend`; `model` is the transformers module, for training.

    The model is always in eval mode, its weights ask for no gradient and are never written to.
    """

    def __init__(self, model: Any, tokenizer: FolderTokenizer, info: ModelInfo) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.info = info
        self.capabilities = Capabilities(trains=True, adapters=True, trims_states=True)
        self.device = torch.device(info.device)

    @property
    def context_tokens(self) -> int:
        return self.info.context_tokens

    def new_state(self, adapter: ActiveAdapter | None = None) -> TorchState:
        return TorchState(adapter)

    def read(self, token_ids: Sequence[int], state: TorchState) -> Logits:
        ids = torch.tensor([list(token_ids)], device=self.device)
        try:
            with torch.no_grad(), self.use_adapter(state.adapter):
                output = self.model(input_ids=ids, past_key_values=state.cache, use_cache=True, logits_to_keep=1)
            logits: Logits = output.logits[0, -1].float().cpu().numpy()
            state.tokens.extend(token_ids)
        except torch.OutOfMemoryError as problem:
            free = free_bytes(self.device) / GB
            raise OutOfMemory(
                f"Reading {len(token_ids)} tokens behind {len(state.tokens):,} did not fit into the {free:.1f} GB of memory "
                "that are free. Use fewer passages or a smaller model."
            ) from problem
        finally:
            state.cache.cut(len(state.tokens))  # a read that failed half-way leaves no layer ahead of the others
        return logits

    def trim(self, state: TorchState, keep_tokens: int) -> None:
        del state.tokens[keep_tokens:]
        state.cache.cut(keep_tokens)

    @contextlib.contextmanager
    def use_adapter(self, adapter: ActiveAdapter | None) -> Iterator[None]:
        """Inside, the model computes with this adapter alone, with none for None; on leaving, what was before is back.

        A learning job may have stopped at a yield with its own adapter at work, so None is not the same as nothing to
        do.
        """
        with lora.active(self.model, None) if adapter is None else adapter.applied_to(self.model):
            yield


def load_torch(
    ref: ModelRef, *, device: torch.device, dtype: torch.dtype | None = None, nf4: bool = False
) -> TorchBackend:
    """Load a prepared folder. dtype: None measures which is faster here. nf4: 4-bit weights through bitsandbytes, CUDA
    only.

    Raises ModelError for a folder that is not whole, OutOfMemory before anything is loaded that does not fit.
    """
    began = time.perf_counter()
    assert ref.folder is not None
    card = read_card(ref.folder)
    if card.identity != ref.identity:
        raise ModelError(f"The model in {ref.folder} is not the one that was added as {ref.name}; add it again.")
    dtype = dtype or choose_dtype(device)
    held = precision(device, dtype, nf4=nf4)
    check_fits(memory_need(read_geometry(ref.folder), held).asking - ENGINE_BYTES, device, card.name)

    transformers_logging.disable_progress_bar()
    options = _nf4_options(device) if nf4 else {}
    tokenizer = FolderTokenizer(ref.folder)
    with foreign_parser(f"The weights of {card.name} cannot be loaded; remove the model and add it again."):
        config = AutoConfig.from_pretrained(ref.folder, trust_remote_code=False, local_files_only=True)
        soft_capped = getattr(config, "attn_logit_softcapping", None) is not None
        model, report = AutoModelForCausalLM.from_pretrained(
            card.locate_weights(ref.folder),
            config=config,
            dtype=dtype,
            attn_implementation="eager"
            if soft_capped
            else ATTENTION,  # PyTorch's fused attention knows no soft cap (Gemma 2)
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            **options,
        )
    if report["missing_keys"] or report["mismatched_keys"]:
        raise ModelError(f"The weights of {card.name} are incomplete; remove the model and add it again.")
    model.requires_grad_(False).eval()
    if not nf4:
        model.to(device)
    weights_bytes = sum(parameter.nbytes for parameter in model.parameters())
    if held.packed:
        weights_bytes += pack_linears(model)
    lora.install(model)
    load_s = time.perf_counter() - began
    log.info("loaded %s on %s as %s in %.1f s", card.name, device, dtype, load_s)
    return TorchBackend(
        model,
        tokenizer,
        ModelInfo(
            model=ref,
            architecture=card.architecture,
            parameters=card.parameters,
            context_tokens=card.context_tokens,
            device=str(device),
            dtype="nf4" if nf4 else str(dtype).removeprefix("torch."),
            weights_bytes=weights_bytes,
            load_s=load_s,
        ),
    )


def _nf4_options(device: torch.device) -> dict[str, Any]:
    if device.type != "cuda":
        raise ModelError("4-bit weights need a CUDA graphics card; load the model without them.")
    try:
        import bitsandbytes  # noqa: F401
    except ImportError as problem:
        raise ModelError("4-bit weights need the bitsandbytes package: pip install palimpsest[cuda].") from problem
    from transformers import BitsAndBytesConfig

    return {
        "quantization_config": BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
        ),
        "device_map": {"": device},
    }
