"""The conversations about a document: listed and searched, shown, branched, renamed, removed and put back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.operations.answers import located
from app.operations.conversation_export import ExportFormat, TurnWords, export
from app.operations.results import Citation
from app.operations.saving import save_text
from app.services import Services
from engine.api import CitedSpan
from storage import conversation_removal, documents
from storage import conversations as rows
from storage.conversation_removal import Removed
from storage.conversations import ConversationRow, LineTurn

_AROUND = 160
"""Characters shown before and after a quote, at most."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is shown of a conversation. conversation_id: "" before its first question."""

    conversation_id: str
    line: tuple[LineTurn, ...]


def find(services: Services, document_id: str, search: str = "") -> list[ConversationRow]:
    """The conversations of a document, last asked first; those that hold the words, where given."""
    with services.database.read() as session:
        return rows.conversations(session, document_id, search=search)


def newest(services: Services, document_id: str) -> Conversation:
    """The conversation asked in last; an empty one where there is none."""
    found = find(services, document_id)
    return open_conversation(services, found[0].conversation_id) if found else Conversation("", ())


def open_conversation(services: Services, conversation_id: str) -> Conversation:
    """Raises StorageError when it is gone."""
    with services.database.read() as session:
        return Conversation(conversation_id, tuple(rows.line(session, conversation_id)))


def show_version(services: Services, turn_id: str) -> Conversation:
    """The conversation with its line led through this turn."""
    with services.database.session() as session:
        rows.show_version(session, turn_id)
        (turn,) = rows.rows_of(session, [turn_id])
    return open_conversation(services, turn.session_id)


def branch_off(services: Services, turn_id: str) -> Conversation:
    """A new conversation that begins with the line up to this turn."""
    with services.database.session() as session:
        conversation_id = rows.branch_off(session, turn_id)
    return open_conversation(services, conversation_id)


def rename(services: Services, conversation_id: str, title: str) -> None:
    """Give a conversation a title; "" goes back to its first question."""
    with services.database.session() as session:
        rows.rename_conversation(session, conversation_id, title)


def remove_turn(services: Services, turn_id: str) -> Removed:
    """Take one question away. What comes back is for `put_back`."""
    with services.database.session() as session:
        return conversation_removal.remove_turn(session, turn_id)


def remove_conversation(services: Services, conversation_id: str) -> Removed:
    """Take a conversation away. What comes back is for `put_back`."""
    with services.database.session() as session:
        return conversation_removal.remove_conversation(session, conversation_id)


def put_back(services: Services, removed: Removed) -> Conversation:
    """Undo a removal; the conversation as it is then."""
    with services.database.session() as session:
        conversation_removal.put_back(session, removed)
    return open_conversation(services, removed.conversation["id"])


def save(services: Services, conversation_id: str, path: Path, words: TurnWords | None = None) -> None:
    """Write a conversation to a file, its citations with it: Markdown, or by its suffix plain text (.txt) or JSON lines
    (.jsonl). Raises StorageError when it cannot be written, and leaves what was there."""
    form = next((each for each in ExportFormat if path.suffix.lower() == f".{each.value}"), ExportFormat.MARKDOWN)
    with services.database.read() as session:
        line = rows.line(session, conversation_id)
        document_id = rows.get_conversation(session, conversation_id).document_id
        title = documents.get_document(session, document_id).title
    save_text(path, export(title, [each.turn for each in line], form, words or TurnWords()))


def around(services: Services, document_id: str, spans: list[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """The words around places of the text, for a look without going there."""
    return {(start, end): _around(services, document_id, start, end) for start, end in spans}


def _around(services: Services, document_id: str, start: int, end: int) -> str:
    first = max(0, start - _AROUND)
    with services.database.read() as session:
        words = documents.text_between(session, document_id, first, end + _AROUND)
    begins = words.find(" ", 0, start - first) + 1 if first else 0
    reaches_on = len(words) == end + _AROUND - first
    ends = words.rfind(" ", end - first) if reaches_on else len(words)
    shown = " ".join(words[begins : ends if ends > 0 else len(words)].split())
    return f"{'…' if first else ''}{shown}{'…' if reaches_on else ''}"


def places(services: Services, document_id: str, spans: list[tuple[int, int]]) -> tuple[Citation, ...]:
    """Stretches of the text with their words, section and page."""
    with services.database.read() as session:
        words = [documents.text_between(session, document_id, start, end) for start, end in spans]
        found = [CitedSpan(quote, start, end) for quote, (start, end) in zip(words, spans, strict=True)]
        return located(session, document_id, found)
