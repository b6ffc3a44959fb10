"""A backend without weights: it answers with the sentence of the prompt that shares most words with the question.

Knows text only; a pure function of what it has read, so that faces and operations can be tested in milliseconds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.api import ModelInfo, ModelRef
from engine.backends.base import ActiveAdapter, Capabilities, Work
from engine.sampling import Logits
from engine.tokenization import EchoTokenizer

ECHO_MODEL = ModelRef(name="echo", identity="echo", folder=None)

CONTEXT_TOKENS = 8192
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*[”\"’»」]*")
_WORD = re.compile(r"[぀-鿿가-힯]|[^\W぀-鿿가-힯]+")
_NOTHING = "I have read nothing to answer from."


@dataclass(slots=True)
class EchoState:
    adapter: ActiveAdapter | None = None
    tokens: list[int] = field(default_factory=list)
    first_position: int = 0
    nbytes: int = 0


class EchoBackend:
    """Implements `engine.backends.base.Backend`."""

    def __init__(self) -> None:
        self.tokenizer = EchoTokenizer()
        self.capabilities = Capabilities(trains=False, adapters=False, trims_states=True, keeps_states=False)
        self.context_tokens = CONTEXT_TOKENS
        self.info = ModelInfo(
            model=ECHO_MODEL,
            architecture="echo",
            parameters=0,
            context_tokens=CONTEXT_TOKENS,
            device="cpu",
            dtype="none",
            weights_bytes=0,
            load_s=0.0,
        )

    def new_state(self, adapter: ActiveAdapter | None = None) -> EchoState:
        return EchoState(adapter)

    def read(self, token_ids: Sequence[int], state: EchoState) -> Logits:
        state.tokens.extend(token_ids)
        next_id = self._next_token(state.tokens)
        logits = np.full(self.tokenizer.vocabulary_size, -np.inf, dtype=np.float32)
        logits[next_id] = 0.0
        return logits

    def score(self, token_ids: Sequence[int], state: EchoState) -> Logits:
        scores = []
        for token_id in token_ids:
            is_first = not state.tokens
            expected = self._next_token(state.tokens)
            scores.append(math.nan if is_first else 0.0 if token_id == expected else -math.inf)
            state.tokens.append(token_id)
        return np.array(scores, np.float32)

    def trim(self, state: EchoState, keep_tokens: int) -> None:
        del state.tokens[keep_tokens:]

    def work(self, state: EchoState) -> Work:
        return Work(ECHO_MODEL.name, ECHO_MODEL.name)

    def check_adapter(self, adapter: object) -> None:
        raise ValueError("the echo has no layers")

    def _next_token(self, tokens: list[int]) -> int:
        """The echo's reply to all that stands before the last answer began, at the place that answer has come to."""
        tokenizer = self.tokenizer
        if tokenizer.ASSISTANT not in tokens:
            return tokenizer.END
        begin = len(tokens) - 1 - tokens[::-1].index(tokenizer.ASSISTANT)
        written = len(tokens) - begin - 1
        reply = tokenizer.encode(echo_reply(tokenizer.decode_turns(tokens[:begin])))
        return reply[written] if written < len(reply) else tokenizer.END


def echo_reply(turns: Sequence[str]) -> str:
    """The answer to a dialogue: of all sentences before the last one, that with most words of the last one, the first
    such.

    The last sentence of the last turn is taken for the question; a prompt may repeat it, so equal sentences do not
    answer.
    """
    sentences = [match[0].strip() for turn in turns for match in _SENTENCE.finditer(turn) if match[0].strip()]
    if not sentences:
        return _NOTHING
    question = sentences[-1]
    words = _words(question)
    candidates = [sentence for sentence in sentences if question not in sentence]
    return max(candidates, key=lambda sentence: len(words & _words(sentence)), default=question)


def _words(sentence: str) -> frozenset[str]:
    return frozenset(_WORD.findall(sentence.casefold()))
