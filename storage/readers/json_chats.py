"""What the chat readers share: JSON within bounds, message texts as blocks, and a sentence about what was left out."""

from __future__ import annotations

import json
from collections import Counter
from enum import Enum
from typing import Any

from storage.document import Block, BlockKind
from storage.readers.cleaning import clean_characters, one_line, split_blank_lines
from storage.readers.source import Source


class LeftOut(Enum):
    """What a chat holds besides the talk: the sentence about one of it, and about many."""

    TOOL_MESSAGE = ("{} tool message was left out.", "{} tool messages were left out.")
    TOOL_CALL = ("{} tool call was left out.", "{} tool calls were left out.")
    SYSTEM_MESSAGE = ("{} system message was left out.", "{} system messages were left out.")
    HIDDEN_MESSAGE = ("{} hidden message was left out.", "{} hidden messages were left out.")
    OTHER_BRANCH = ("{} message on another branch was left out.", "{} messages on other branches were left out.")
    EMPTY_CONVERSATION = ("{} empty conversation was left out.", "{} empty conversations were left out.")
    ATTACHMENT = ("{} attachment was left out.", "{} attachments were left out.")
    DAMAGED_LINE = ("{} damaged line was left out.", "{} damaged lines were left out.")


def parse_json(source: Source, text: str | bytes) -> Any:
    """Raises ReaderError for what is not JSON, or nested beyond what any export is."""
    try:
        return json.loads(text)
    except RecursionError:
        raise source.refusal("is nested too deeply to be a chat export and was not read.") from None
    except ValueError:
        raise source.refusal("is damaged: its JSON is not complete. Export the chats again.") from None


def message_blocks(speaker: str, text: str) -> list[Block]:
    """One block a paragraph, all by the same speaker, since a block holds no blank line."""
    name = one_line(speaker) or None
    return [Block(BlockKind.MESSAGE, part, speaker=name) for part, _ in split_blank_lines(clean_characters(text))]


def warn_of_left_out(source: Source, counts: Counter[LeftOut]) -> None:
    """One sentence for each kind of thing that was left out."""
    for what, count in counts.items():
        if count:
            one, many = what.value
            source.warn((one if count == 1 else many).format(f"{count:,}"))


def field(value: Any, *path: str) -> Any:
    """value[path[0]][path[1]]..., or None as soon as something is no object or lacks the key."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_field(value: Any, *path: str) -> str:
    found = field(value, *path)
    return found if isinstance(found, str) else ""
