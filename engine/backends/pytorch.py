"""A model run by PyTorch and transformers, on CPU or CUDA; the backend that trains.

Knows a prepared model folder, its weights in memory and its KV cache. Knows nothing of prompts or documents.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from engine import lora
from engine.api import PYTORCH, ModelInfo, ModelRef
from engine.attention import ATTENTION
from engine.backends.base import ActiveAdapter, Capabilities, Work, state_identity
from engine.devices import GB, check_fits, choose_dtype, free_bytes, precision
from engine.errors import ModelError, OutOfMemory, StateMismatch
from engine.foreign import foreign_parser
from engine.kv_cache import GrowingCache
from engine.kv_state import KVState, StateIdentity
from engine.memory_need import ENGINE_BYTES, memory_need, read_geometry
from engine.model_folder import read_card
from engine.packed_linear import pack_linears
from engine.sampling import Logits
from engine.tokenization import FolderTokenizer

if TYPE_CHECKING:
    from engine.adapter import Adapter

log = logging.getLogger(__name__)

SCORED_TOKENS = 128
"""Tokens whose logits are held at once, a vocabulary each, while a text is scored."""

_MADE_OTHERWISE = "This prompt state was made with another model, adapter or tokenizer."


@dataclass(slots=True)
class TorchState:
    """Keys and values of `tokens`, read with `adapter`, in `cache` behind the slots of a prefix, if there is one."""

    adapter: ActiveAdapter | None = None
    tokens: list[int] = field(default_factory=list)
    cache: GrowingCache = field(default_factory=GrowingCache)
    prefix_slots: int = 0
    first_position: int = 0
    prefix: tuple[StateIdentity, torch.Tensor] | None = None
    """What the prefix was made with, and the positions of its slots."""

    @property
    def slots(self) -> int:
        """Rows of the cache."""
        return self.prefix_slots + len(self.tokens)

    @property
    def nbytes(self) -> int:
        return self.cache.nbytes


class TorchBackend:
    """Implements `engine.backends.base.KeepingBackend`; `model` is the transformers module, for training.

    The model is always in eval mode, its weights ask for no gradient and are never written to.
    """

    def __init__(self, model: Any, tokenizer: FolderTokenizer, info: ModelInfo) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.info = info
        self.capabilities = Capabilities(trains=True, adapters=True, trims_states=True, keeps_states=True)
        self.device = torch.device(info.device)

    @property
    def context_tokens(self) -> int:
        return self.info.context_tokens

    def state_identity(self, adapter: ActiveAdapter | None = None) -> StateIdentity:
        return state_identity(self.info, self.tokenizer, adapter)

    def new_state(self, adapter: ActiveAdapter | None = None, prefix: KVState | None = None) -> TorchState:
        state = TorchState(adapter)
        if prefix is not None:
            if not self.serves(prefix, adapter):
                raise StateMismatch(_MADE_OTHERWISE)
            self._append(state, prefix)
            state.prefix_slots, state.first_position = prefix.slots, prefix.next_position
            state.prefix = (prefix.identity, prefix.positions.clone())
        return state

    def serves(self, prefix: KVState, adapter: ActiveAdapter | None = None) -> bool:
        encoder = prefix.identity.encoder
        exact = self.state_identity(None if encoder else adapter)
        return prefix.identity == replace(exact, encoder=encoder) and self._has_shape(prefix)

    def kept_identities(self, adapter: ActiveAdapter | None = None) -> Sequence[StateIdentity]:
        return (self.state_identity(adapter),)

    def exportable(self, state: TorchState) -> int:
        return 0 if state.prefix_slots else len(state.tokens)

    def exported_identity(self, state: TorchState) -> StateIdentity:
        return self.state_identity(state.adapter)

    def export_state(self, state: TorchState, start: int, end: int) -> KVState:
        if state.prefix_slots:
            raise ValueError(f"the state stands behind {state.prefix_slots} slots")
        return self.rows(state, start, end)

    def rows(self, state: TorchState, start: int, end: int) -> KVState:
        """Keys and values of the tokens `start` to `end` (exclusive), copied: to go on elsewhere behind the same prefix."""
        if not 0 <= start < end <= len(state.tokens):
            raise ValueError(f"no tokens {start} to {end} in a state of {len(state.tokens)}")
        positions = torch.arange(state.first_position + start, state.first_position + end)
        return self._slots(state, state.prefix_slots + start, self.state_identity(state.adapter), positions)

    def prefix_of(self, state: TorchState) -> KVState | None:
        """The prefix a state stands behind, copied; None where it stands behind none."""
        if state.prefix is None:
            return None
        return replace(self._slots(state, 0, *state.prefix), next_position=state.first_position)

    def extend_state(self, state: TorchState, kept: KVState, token_ids: Sequence[int]) -> None:
        if state.prefix_slots or not kept.continues(len(state.tokens), len(token_ids)):
            raise StateMismatch("This prompt state does not go on where the prompt was left.")
        if kept.identity != self.state_identity(state.adapter) or not self._has_shape(kept):
            raise StateMismatch(_MADE_OTHERWISE)
        try:
            self._append(state, kept)
            state.tokens.extend(token_ids)
        finally:
            state.cache.cut(state.slots)

    def restore_state(
        self, kept: KVState, token_ids: Sequence[int], adapter: ActiveAdapter | None = None
    ) -> TorchState:
        state = TorchState(adapter)
        self.extend_state(state, kept, token_ids)
        return state

    def read(self, token_ids: Sequence[int], state: TorchState) -> Logits:
        logits: Logits = self._read(token_ids, state, logits_of=1)[-1].float().cpu().numpy()
        return logits

    def score(self, token_ids: Sequence[int], state: TorchState) -> Logits:
        ids, before = list(token_ids), len(state.tokens)
        scores: list[Logits] = []
        if state.tokens:  # its logits choose the first of them
            ids.insert(0, state.tokens[-1])
            self.trim(state, before - 1)
        else:
            scores.append(np.full(min(1, len(ids)), np.nan, np.float32))
        try:
            for start in range(0, len(ids), SCORED_TOKENS):
                block = ids[start : start + SCORED_TOKENS]
                rows = self._read(block, state, logits_of=len(block))
                following = torch.tensor(ids[start + 1 : start + 1 + len(block)], dtype=torch.long, device=rows.device)
                log_z = rows.float().logsumexp(-1)[: len(following)]
                chosen = rows[: len(following)].float().gather(1, following[:, None])[:, 0]
                scores.append((chosen - log_z).cpu().numpy())
        except BaseException:
            self.trim(state, before)
            raise
        return np.concatenate(scores) if scores else np.empty(0, np.float32)

    def _read(self, token_ids: Sequence[int], state: TorchState, *, logits_of: int) -> torch.Tensor:
        """Append tokens to the state. Returns the logits of the last so many of them `[logits_of, V]`."""
        ids = torch.tensor([list(token_ids)], device=self.device)
        # Behind a prefix the next position is not the number of cache rows; the causal mask goes by rows either way.
        position = state.first_position + len(state.tokens)
        positions = torch.arange(position, position + len(token_ids), device=self.device)[None]
        try:
            with torch.no_grad(), self.use_adapter(state.adapter):
                output = self.model(
                    input_ids=ids,
                    position_ids=positions,
                    past_key_values=state.cache,
                    use_cache=True,
                    logits_to_keep=logits_of,
                )
            logits: torch.Tensor = output.logits[0]
            state.tokens.extend(token_ids)
        except torch.OutOfMemoryError as problem:
            free = free_bytes(self.device) / GB
            raise OutOfMemory(
                f"Reading {len(token_ids)} tokens behind {len(state.tokens):,} did not fit into the {free:.1f} GB of memory "
                "that are free. Use fewer passages or a smaller model."
            ) from problem
        finally:
            state.cache.cut(state.slots)  # a read that failed half-way leaves no layer ahead of the others
        return logits

    def trim(self, state: TorchState, keep_tokens: int) -> None:
        del state.tokens[keep_tokens:]
        state.cache.cut(state.slots)

    def work(self, state: TorchState) -> Work:
        return Work(PYTORCH, PYTORCH)

    def check_adapter(self, adapter: Adapter) -> None:
        lora.check_fits(self.model, adapter.pairs)

    @contextlib.contextmanager
    def use_adapter(self, adapter: ActiveAdapter | None) -> Iterator[None]:
        """Inside, the model computes with this adapter alone, with none for None; on leaving, what was before is back.

        A learning job may have stopped at a yield with its own adapter at work, so None is not the same as nothing to
        do.
        """
        with lora.active(self.model, None) if adapter is None else adapter.applied_to(self.model):
            yield

    def _slots(self, state: TorchState, first: int, identity: StateIdentity, positions: torch.Tensor) -> KVState:
        """Rows of the cache from `first` on, copied: as many as there are positions, behind which the text goes on."""
        rows = slice(first, first + len(positions))
        return KVState(
            identity,
            [layer.keys[0, :, rows].clone() for layer in state.cache.layers],
            [layer.values[0, :, rows].clone() for layer in state.cache.layers],
            positions.clone(),
            next_position=int(positions[-1]) + 1,
        )

    def _has_shape(self, kept: KVState) -> bool:
        config = self.model.config
        heads, head_dim = _kv_shape(config)
        shape = (heads, kept.slots, head_dim)
        layers_fit = len(kept.keys) == len(kept.values) == config.num_hidden_layers
        return layers_fit and kept.slots > 0 and all(each.shape == shape for each in (*kept.keys, *kept.values))

    def _append(self, state: TorchState, kept: KVState) -> None:
        """Put keys and values behind those of the state, layer by layer."""
        dtype = self.model.dtype
        try:
            for place, (keys, values) in enumerate(zip(kept.keys, kept.values, strict=True)):
                state.cache.update(keys[None].to(self.device, dtype), values[None].to(self.device, dtype), place)
        except torch.OutOfMemoryError as problem:
            free = free_bytes(self.device) / GB
            raise OutOfMemory(
                f"A kept prompt of {kept.slots:,} tokens did not fit into the {free:.1f} GB of memory that are free. "
                "Use a smaller model."
            ) from problem


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


def _kv_shape(config: Any) -> tuple[int, int]:
    """Heads of the keys and values, and how wide one is."""
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return heads, head_dim


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
