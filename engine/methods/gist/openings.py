"""What people say first to a model that has read instructions or a document: messages a gist is fitted with.

Knows `assets/compressors/messages.json` and chats. None of them is among those a gist is measured with (`divergence`).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from engine.api import PromptLayout
from engine.chat_template import ChatMessage
from engine.generation import shared_prefix
from engine.prompting import PromptStyle
from engine.tokenization import Tokenizer

MESSAGES = Path(__file__).resolve().parents[3] / "assets" / "compressors" / "messages.json"


def openings(tokenizer: Tokenizer, layout: PromptLayout, style: PromptStyle) -> list[list[int]]:
    """Token ids of each message, from where the compressed prompt ends to where the model answers."""
    system = ChatMessage("system", style.instruction)
    other = tokenizer.encode_chat([system, ChatMessage("user", "+")])
    chats = [tokenizer.encode_chat([system, ChatMessage("user", words)]) for words in _messages()[layout.value]]
    return [ids[shared_prefix(other, ids) :] for ids in chats]


@lru_cache(maxsize=1)
def _messages() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(MESSAGES.read_text("utf-8"))
    return found
