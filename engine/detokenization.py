"""Tokens into text as they come: never half a character, never a part of a stop string.

Knows bytes and strings. Knows nothing of models. Law: the pieces joined are the whole decoded.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from engine.tokenization import Tokenizer


class TokenStream:
    """Turns ids into pieces of text. A character whose bytes are still to come is held back; U+FFFD only for broken
    bytes.
    """

    def __init__(self, tokenizer: Tokenizer, *, at_start: bool = True) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._at_start = at_start

    def push(self, token_id: int) -> str:
        spelled = self._tokenizer.token_bytes(token_id)
        if self._at_start and spelled:
            spelled = self._tokenizer.without_first_space(spelled)
            self._at_start = False
        return self._decoder.decode(spelled)

    def finish(self) -> str:
        """What was held back. Call once, after the last token."""
        return self._decoder.decode(b"", final=True)


class StopFilter:
    """Lets text through up to the first stop string; holds back a tail that may become one."""

    def __init__(self, stops: Sequence[str]) -> None:
        if any(not stop for stop in stops):
            raise ValueError("a stop string must not be empty")
        self._stops = tuple(stops)
        self._held = ""
        self.stopped = False

    def push(self, piece: str) -> str:
        """The text that is certain now. After a stop string nothing more comes; `stopped` says so."""
        if self.stopped:
            return ""
        self._held += piece
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            certain, self._held, self.stopped = self._held[: min(found)], "", True
            return certain
        keep = max((_overlap(self._held, stop) for stop in self._stops), default=0)
        certain, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return certain

    def finish(self) -> str:
        """What was held back and did not become a stop string."""
        certain, self._held = self._held, ""
        return certain


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that begins `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((count for count in range(longest, 0, -1) if text.endswith(stop[:count])), 0)
