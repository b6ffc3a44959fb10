"""What the chat readers share: JSON within bounds, message texts as blocks, and a sentence about what was left out."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from storage.document import Block, BlockKind
from storage.readers.cleaning import clean_characters, one_line, split_blank_lines
from storage.readers.source import Source


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


def left_out(counts: Counter[str]) -> str:
    """ "3 tool messages and 1 picture were left out." from {"tool message": 3, "picture": 1}; "" when nothing was."""
    parts = [f"{count:,} {what}{'' if count == 1 else 's'}" for what, count in counts.items() if count]
    if not parts:
        return ""
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{listed} {'was' if sum(counts.values()) == 1 else 'were'} left out."


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
