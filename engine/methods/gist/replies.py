"""What a model answers to prompts, many at once: the continuations a gist encoder is trained on.

Knows a decoder and drafts. Greedy, so that the same draft has the same reply.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import DynamicCache

from engine import lora
from engine.backends.pytorch import TorchBackend
from engine.jobs import Steps
from engine.methods.gist.examples import Draft


def write_replies(backend: TorchBackend, drafts: Sequence[Draft], *, tokens: int) -> Steps[list[list[int]]]:
    """The reply of each draft; where it has none, the model's own, up to `tokens` long."""
    replies = [list(draft.reply_ids or ()) for draft in drafts]
    rows = [row for row, draft in enumerate(drafts) if draft.reply_ids is None]
    if not rows:
        return replies
    read = [[*drafts[row].prompt_ids, *drafts[row].begun_ids] for row in rows]
    width = max(map(len, read))
    ids, mask = torch.zeros(len(rows), width, dtype=torch.long), torch.zeros(len(rows), width, dtype=torch.bool)
    for place, each in enumerate(read):
        ids[place, width - len(each) :] = torch.tensor(each)
        mask[place, width - len(each) :] = True
    ids, mask = ids.to(backend.device), mask.to(backend.device)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    cache = DynamicCache()
    ends = torch.tensor(sorted(backend.tokenizer.eos_ids), device=backend.device)
    ended = torch.zeros(len(rows), dtype=torch.bool, device=backend.device)
    for _ in range(tokens):
        with torch.no_grad(), lora.active(backend.model, None):
            logits = backend.model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]
        chosen = logits.argmax(-1)
        for place, row in enumerate(rows):
            if not ended[place]:
                replies[row].append(int(chosen[place]))
        ended |= torch.isin(chosen, ends)
        if bool(ended.all()):
            break
        ids, positions = chosen.unsqueeze(1), positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
        yield None
    return replies
