"""What a model answers, many at once: the continuations gists are trained on and fitted to.

Knows a decoder and tokens. Greedy, so that the same prompt has the same reply.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine import lora
from engine.backends.pytorch import TorchBackend
from engine.jobs import Steps
from engine.kv_layers import Layers, cache_of, for_rows
from engine.methods.gist.examples import Draft


def write_replies(backend: TorchBackend, drafts: Sequence[Draft], *, tokens: int) -> Steps[list[list[int]]]:
    """The reply of each draft; where it has none, the model's own, up to `tokens` long."""
    silent = [row for row, draft in enumerate(drafts) if draft.reply_ids is None]
    read = [[*drafts[row].prompt_ids, *drafts[row].begun_ids] for row in silent]
    written = (yield from _decode(backend, [], 0, read, tokens)) if read else []
    own = dict(zip(silent, written, strict=True))
    return [own.get(row) or list(draft.reply_ids or ()) for row, draft in enumerate(drafts)]


def write_replies_behind(
    backend: TorchBackend, prompt: Layers, openings: Sequence[Sequence[int]], *, tokens: int
) -> Steps[list[list[int]]]:
    """The model's replies to openings behind one prompt, whose keys and values are `[1, Hkv, P, D]`; up to `tokens` long."""
    shared = for_rows(prompt, len(openings))
    return (yield from _decode(backend, shared, prompt[0][0].shape[2], openings, tokens))


def _decode(
    backend: TorchBackend, prompt: Layers, length: int, read: Sequence[Sequence[int]], tokens: int
) -> Steps[list[list[int]]]:
    """Greedy decoding side by side, what is read first padded on the left."""
    rows, width = len(read), max(map(len, read))
    ids, own = torch.zeros(rows, width, dtype=torch.long), torch.zeros(rows, width, dtype=torch.bool)
    for row, each in enumerate(read):
        ids[row, width - len(each) :] = torch.tensor(each)
        own[row, width - len(each) :] = True
    ids, own = ids.to(backend.device), own.to(backend.device)
    mask = torch.cat([own.new_ones(rows, length), own], dim=1)
    positions = length + (own.cumsum(1) - 1).clamp(min=0)
    cache = cache_of(prompt)
    ends = torch.tensor(sorted(backend.tokenizer.eos_ids), device=backend.device)
    ended = own.new_zeros(rows)
    replies: list[list[int]] = [[] for _ in read]
    for _ in range(tokens):
        with torch.no_grad(), lora.active(backend.model, None):
            logits: Tensor = backend.model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]
        chosen = logits.argmax(-1)
        for row, reply in enumerate(replies):
            if not ended[row]:
                reply.append(int(chosen[row]))
        ended |= torch.isin(chosen, ends)
        if bool(ended.all()):
            break
        ids, positions = chosen.unsqueeze(1), positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(rows, 1)], dim=1)
        yield None
    return replies
