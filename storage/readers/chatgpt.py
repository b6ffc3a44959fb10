"""ChatGPT data exports -> Document: one section a conversation, oldest first, one block a paragraph of a message.

A conversation is a tree of messages, since questions are edited and answers made again. What the user saw last is the
path from `current_node` up to the root; the other branches are left out and counted, as are tools and hidden messages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from storage.document import Document
from storage.readers import limits, txt
from storage.readers.archive import MissingMember, open_archive
from storage.readers.assembling import SectionDraft, make_document
from storage.readers.inline import Piece
from storage.readers.json_chats import LeftOut, field, message_blocks, parse_json, text_field, warn_of_left_out
from storage.readers.sniff import is_conversations_file
from storage.readers.source import Source

SPEAKERS = {"user": "User", "assistant": "ChatGPT"}
_SHOWN = ("text", "multimodal_text", "")
# Private-use marks around source references in the text, and the older form in lenticular brackets.
_REFERENCES = re.compile("\ue200[^\ue201]{0,400}\ue201|【[^】†]{0,40}†[^】]{0,80}】")


def read(source: Source) -> Document:
    conversations = list(_conversations(source))
    if not any(isinstance(field(each, "mapping"), dict) for each in conversations):
        raise source.refusal("is a JSON file, but neither a ChatGPT export nor a SillyTavern chat.")
    conversations = [each for each in conversations if isinstance(field(each, "mapping"), dict)]
    conversations.sort(key=_created)  # stable: without times, the order of the file
    counts: Counter[LeftOut] = Counter()
    sections = []
    for number, conversation in enumerate(conversations):
        source.report(number, len(conversations), "conversation")
        title = text_field(conversation, "title") or f"Conversation {number + 1}"
        blocks = [block for speaker, text in _messages(conversation, counts) for block in message_blocks(speaker, text)]
        if not blocks:
            counts[LeftOut.EMPTY_CONVERSATION] += 1
        sections.append(SectionDraft(title, 1, [Piece(block) for block in blocks]))
    warn_of_left_out(source, counts)
    filled = [section for section in sections if section.pieces]
    title = filled[0].title if len(filled) == 1 else "ChatGPT conversations"
    return make_document(source, "chatgpt", sections, title=title)


def _conversations(source: Source) -> Iterator[Any]:
    with source.path.open("rb") as stream:
        is_archive = stream.read(2) == b"PK"
    if not is_archive:
        yield from _listed(parse_json(source, txt.decode_file(source, source.read_bytes(limits.MAX_JSON_FILE_BYTES))))
        return
    with open_archive(source) as archive:
        for name in sorted(name for name in archive.names if is_conversations_file(name)):
            try:
                data = archive.read(name)
            except MissingMember:
                source.warn("A part of the export is damaged and was left out.")
                continue
            yield from _listed(parse_json(source, txt.decode_file(source, data)))


def _listed(export: Any) -> list[Any]:
    """An export is an array; one conversation saved alone, or an array under "conversations", is taken, too."""
    if isinstance(export, list):
        return export
    if isinstance(export, dict) and isinstance(export.get("conversations"), list):
        return list(export["conversations"])
    return [export]


def _created(conversation: Any) -> float:
    value = field(conversation, "create_time")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15 else 0.0


def _messages(conversation: Any, counts: Counter[LeftOut]) -> list[tuple[str, str]]:
    """(speaker, text) from the first message to the last the user saw; what is left out is counted."""
    mapping: dict[str, Any] = conversation["mapping"]
    path = _path_to_root(mapping, _last_node(conversation, mapping))
    told = sum(1 for node in mapping.values() if text_field(field(node, "message"), "author", "role") in SPEAKERS)
    on_path = sum(1 for node in path if text_field(field(node, "message"), "author", "role") in SPEAKERS)
    counts[LeftOut.OTHER_BRANCH] += told - on_path
    messages = []
    for node in path:
        message = field(node, "message")
        if not isinstance(message, dict) or _is_empty_setup(message):
            continue
        if (reason := _reason_to_leave_out(message)) is not None:
            counts[reason] += 1
            continue
        text = _text(message, counts)
        if text.strip():
            messages.append((SPEAKERS[text_field(message, "author", "role")], text))
    counts += Counter()  # drops zeros
    return messages


def _last_node(conversation: Any, mapping: dict[str, Any]) -> str:
    """`current_node`; in exports without one, the newest message nobody answers."""
    current = text_field(conversation, "current_node")
    if current in mapping:
        return current
    parents = {field(node, "parent") for node in mapping.values() if isinstance(field(node, "parent"), str)}
    leaves = [name for name in mapping if name not in parents] or list(mapping)
    return max(leaves, key=lambda name: _created(field(mapping[name], "message")), default="")


def _path_to_root(mapping: dict[str, Any], name: str) -> list[Any]:
    path: list[Any] = []
    seen: set[str] = set()
    while name in mapping and name not in seen:
        seen.add(name)
        path.append(mapping[name])
        name = text_field(mapping[name], "parent")
    return path[::-1]


def _is_empty_setup(message: dict[str, Any]) -> bool:
    """Whether this is one of the wordless messages an export begins with, not worth a count."""
    role = text_field(message, "author", "role")
    return role != "tool" and role not in SPEAKERS and not _text(message, Counter()).strip()


def _reason_to_leave_out(message: dict[str, Any]) -> LeftOut | None:
    """What kind of message this is, where it is not part of the talk; None to keep it."""
    role = text_field(message, "author", "role")
    if role == "tool":
        return LeftOut.TOOL_MESSAGE
    if role not in SPEAKERS:
        return LeftOut.SYSTEM_MESSAGE
    if field(message, "metadata", "is_visually_hidden_from_conversation") is True:
        return LeftOut.HIDDEN_MESSAGE
    if text_field(message, "recipient") not in ("", "all"):
        return LeftOut.TOOL_CALL
    if text_field(message, "content", "content_type") not in (*_SHOWN, "code"):
        return LeftOut.HIDDEN_MESSAGE
    return None


def _text(message: dict[str, Any], counts: Counter[LeftOut]) -> str:
    content = message.get("content")
    parts = field(content, "parts")
    texts = []
    for part in parts if isinstance(parts, list) else [text_field(content, "text")]:
        if isinstance(part, str):
            texts.append(part)
        elif spoken := text_field(part, "text"):
            texts.append(spoken)
        else:
            counts[LeftOut.ATTACHMENT] += 1
    return _REFERENCES.sub("", "\n\n".join(texts))
