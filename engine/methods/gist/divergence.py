"""How much a prompt's gist says of what the prompt says: KL over what the model itself writes behind the full prompt.

Knows a model that PyTorch runs, states and tokens. Knows nothing of how a gist is made or where it is kept.
Measured as trained: the model that reads the prompt is right, whatever it writes; greedy, so that it is the same every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.api import PromptLayout
from engine.backends.pytorch import TorchBackend, TorchState
from engine.chat_template import ChatMessage
from engine.generation import PREFILL_BLOCK_TOKENS, shared_prefix
from engine.jobs import Steps
from engine.layerwise import Decoder
from engine.ops.token_kl import token_kl
from engine.prompting import PromptForm, PromptStyle, make_prompt
from engine.tokenization import Tokenizer

REPLY_TOKENS = 48
"""How much the model writes behind each neutral message."""

_MESSAGE = "Summarise everything above."
"""What only who has read the prompt can do. Behind a greeting most prompts are answered in much the same words: without the prompt
the embedded model is then 0.3 nats a token away, behind this 0.9 (made prompts).
"""
_QUESTIONS = {
    PromptLayout.INSTRUCTIONS: "What was said before this?",
    PromptLayout.DOCUMENT: "Who and what is this text about?",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model writes behind a prompt and `begun_ids`, its end token too; taught: its hidden states there `[T, d]`."""

    begun_ids: Sequence[int]
    reply_ids: Sequence[int]
    taught: Tensor


def neutral_openings(tokenizer: Tokenizer, layout: PromptLayout, style: PromptStyle) -> list[list[int]]:
    """What may follow a compressed prompt, up to where the model answers: a message as people write them, and a question as
    `engine.asking` lays it out.
    """
    system = ChatMessage("system", style.instruction)
    message, other = (
        tokenizer.encode_chat([system, ChatMessage("user", words)]) for words in (_MESSAGE, f"+{_MESSAGE}")
    )
    return [message[shared_prefix(message, other) :], question_ids(tokenizer, _QUESTIONS[layout], style)]


def question_ids(tokenizer: Tokenizer, question: str, style: PromptStyle) -> list[int]:
    """The tokens of a question without title and passages, behind the system message."""
    prompt = make_prompt(
        tokenizer,
        title="",
        question=question,
        passages=(),
        form=PromptForm.NO_PASSAGES,
        style=style,
        limit_tokens=0,
    )
    return prompt.token_ids[prompt.static_tokens[0] :]


def write_reply(backend: TorchBackend, state: TorchState, begun_ids: Sequence[int], tokens: int) -> Steps[Reply]:
    """The greedy reply behind a state that has read the full prompt; the state is left as it was."""
    length = len(state.tokens)
    reply: list[int] = []
    try:
        logits = backend.read(begun_ids, state)
        while True:
            reply.append(int(logits.argmax()))
            if reply[-1] in backend.tokenizer.eos_ids or len(reply) == tokens:
                break
            yield None
            logits = backend.read(reply[-1:], state)
    finally:
        backend.trim(state, length)
    taught = yield from _hidden(backend, state, begun_ids, reply)
    return Reply(begun_ids, reply, taught)


def taught_reply(
    backend: TorchBackend, state: TorchState, begun_ids: Sequence[int], reply_ids: Sequence[int]
) -> Steps[Reply]:
    """A reply that was written already, with what the model that has read the full prompt thinks at each token."""
    taught = yield from _hidden(backend, state, begun_ids, reply_ids)
    return Reply(begun_ids, reply_ids, taught)


def divergence(backend: TorchBackend, state: TorchState, replies: Sequence[Reply]) -> Steps[float]:
    """Mean KL(full prompt || this state) over all tokens of the replies, nats a token. The state is left as it was."""
    decoder = Decoder.of(backend.model)
    total, count = 0.0, 0
    for reply in replies:
        hidden = yield from _hidden(backend, state, reply.begun_ids, reply.reply_ids)
        labels = torch.tensor(reply.reply_ids, device=hidden.device)
        distances = token_kl(reply.taught, hidden, decoder.head, labels, softcap=decoder.softcap)
        total += float(distances.kl.sum())
        count += len(labels)
        yield None
    return max(0.0, total / count)


def _hidden(
    backend: TorchBackend, state: TorchState, begun_ids: Sequence[int], reply_ids: Sequence[int]
) -> Steps[Tensor]:
    """Hidden states `[T, d]` at the tokens before each token of the reply; the state is left as it was."""
    body = Decoder.of(backend.model).body
    ids = [*begun_ids, *reply_ids[:-1]]
    begin = state.first_position + len(state.tokens)
    parts = []
    try:
        for start in range(0, len(ids), PREFILL_BLOCK_TOKENS):
            block = torch.tensor([ids[start : start + PREFILL_BLOCK_TOKENS]], device=backend.device)
            positions = torch.arange(begin + start, begin + start + block.shape[1], device=backend.device)[None]
            with torch.no_grad(), backend.use_adapter(state.adapter):
                output = body(input_ids=block, position_ids=positions, past_key_values=state.cache, use_cache=True)
            parts.append(output.last_hidden_state[0])
            yield None
    finally:
        state.cache.cut(state.slots)
    return torch.cat(parts)[len(begun_ids) - 1 :]
