"""SillyTavern chats (JSON lines) -> Document: one section, one block a paragraph of a message.

The first line is a header whose names may be placeholders, so names come from the messages. The swipe shown is `mes`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from storage.document import Block, Document
from storage.errors import ReaderError
from storage.readers import limits, txt
from storage.readers.assembling import SectionDraft, make_document
from storage.readers.inline import Piece
from storage.readers.json_chats import LeftOut, field, message_blocks, parse_json, text_field, warn_of_left_out
from storage.readers.source import Source

_PLACEHOLDERS = ("", "unused")


def read(source: Source) -> Document:
    text = txt.decode_file(source, source.read_bytes(limits.MAX_JSON_FILE_BYTES))
    header: Any = {}
    blocks: list[Block] = []
    counts: Counter[LeftOut] = Counter()
    speakers: Counter[str] = Counter()
    for number, line in enumerate(text.split("\n")):
        if not line.strip():
            continue
        entry = _parse_line(source, line, counts, first=number == 0)
        if entry is None:
            continue
        message = _message_text(entry)
        if message is None:
            header = header or entry
        elif field(entry, "is_system") is True:
            counts[LeftOut.HIDDEN_MESSAGE] += 1
        else:
            name = text_field(entry, "name")
            if field(entry, "is_user") is not True:
                speakers[name] += 1
            blocks += message_blocks(name, message)
    warn_of_left_out(source, counts)
    character = text_field(header, "character_name")
    if character in _PLACEHOLDERS:
        character = speakers.most_common(1)[0][0] if speakers else ""
    title = character or source.title_from_name
    if date := text_field(header, "create_date").split("@")[0].strip():
        title = f"{title}, {date}"
    section = SectionDraft(title, 1, [Piece(block) for block in blocks])
    return make_document(source, "sillytavern", [section], title=title)


def _parse_line(source: Source, line: str, counts: Counter[LeftOut], *, first: bool) -> Any | None:
    """One line of the file; a damaged one (a chat cut off by a crash) is counted, unless it is the first."""
    try:
        return parse_json(source, line)
    except ReaderError:
        if first:
            raise
        counts[LeftOut.DAMAGED_LINE] += 1
        return None


def _message_text(entry: Any) -> str | None:
    """`mes`, or in chats from Chub `mes.message`; None for a line that is no message."""
    message = field(entry, "mes")
    if isinstance(message, str):
        return message
    nested = field(message, "message")
    return nested if isinstance(nested, str) else None
