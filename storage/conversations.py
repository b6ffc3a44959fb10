"""Questions asked about a document, their answers, and the places the answers cite.

A conversation is a tree of turns. What is shown of it is one line, from a first question to the conversation's leaf:

    Who is Anne?  ─┬─ Whom did she refuse?  ── Why?  (leaf)      the line: Who is Anne? / Whom did she refuse? / Why?
                   └─ Whom did she marry?                        a version of the second turn: another with its parent
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, literal_column, or_, select, update
from sqlalchemy.orm import Session

from storage import schema
from storage.document import Locator
from storage.documents import get_document
from storage.errors import StorageError

_AROUND_FOUND = 40
"""Characters shown before what a search found."""
_SHOWN_OF_FOUND = 160


@dataclass(frozen=True, slots=True)
class CitationRow:
    """A quote that stands in the document at `locator`."""

    quote: str
    locator: Locator
    section_title: str


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One question with its answer. session_id: the conversation it belongs to. stats: how it was made, for display."""

    turn_id: str
    session_id: str
    question: str
    answer: str
    created_at: datetime
    citations: tuple[CitationRow, ...]
    stats: dict[str, Any]
    parent_id: str | None = None
    """The turn before it; None for a first one."""


@dataclass(frozen=True, slots=True)
class LineTurn:
    """A turn of the line that is shown. versions: ids of the turns with the same parent, itself among them, oldest first."""

    turn: TurnRow
    versions: tuple[str, ...]

    @property
    def version(self) -> int:
        """Its number among the versions, from 0."""
        return self.versions.index(self.turn.turn_id)


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """What a list shows of a conversation. title: given by the user, else its first question. found: the words around what
    was searched for, "" without a search."""

    conversation_id: str
    title: str
    created_at: datetime
    last_at: datetime
    turns: int
    found: str = ""


# -- writing -----------------------------------------------------------------------------------------------------------


def begin_conversation(session: Session, document_id: str) -> str:
    """Start a new conversation about a document and return its id. Raises StorageError for an unknown document."""
    get_document(session, document_id)
    conversation_id = secrets.token_hex(8)
    session.add(schema.Conversation(id=conversation_id, document_id=document_id, created_at=datetime.now(UTC)))
    session.flush()
    return conversation_id


def add_turn(
    session: Session,
    document_id: str,
    *,
    question: str,
    answer: str,
    citations: Sequence[CitationRow],
    stats: dict[str, Any],
    session_id: str | None = None,
    instead_of: str | None = None,
) -> TurnRow:
    """Keep a turn with its citations; the line then ends with it.

    session_id: None goes on with the document's newest conversation, or begins one. instead_of: the turn it is a version of;
    without, or when that turn is gone, it stands at the end of the line. Raises StorageError for an unknown document (it
    may have been forgotten while the answer was made) or conversation.
    """
    get_document(session, document_id)
    conversation_id = _conversation(session, document_id, session_id)
    last = session.scalar(select(func.max(schema.Turn.ordinal)).where(schema.Turn.document_id == document_id))
    turn = TurnRow(
        secrets.token_hex(8),
        conversation_id,
        question,
        answer,
        datetime.now(UTC),
        tuple(citations),
        dict(stats),
        _parent(session, conversation_id, instead_of),
    )
    session.add(
        schema.Turn(
            id=turn.turn_id,
            document_id=document_id,
            session_id=conversation_id,
            ordinal=0 if last is None else last + 1,
            question=question,
            answer=answer,
            created_at=turn.created_at,
            stats=turn.stats,
            parent_id=turn.parent_id,
        )
    )
    session.flush()
    _set_leaf(session, conversation_id, turn.turn_id)
    if citations:
        values = [_citation_values(turn.turn_id, number, citation) for number, citation in enumerate(citations)]
        session.execute(insert(schema.Citation), values)
    return turn


def show_version(session: Session, turn_id: str) -> None:
    """Let the line of its conversation lead through this turn, and on through the newest that follow it.

    Raises StorageError for a turn that is not there (any more).
    """
    turn = _get_turn(session, turn_id)
    children = _Tree(session, turn.session_id).children
    leaf = turn_id
    while children.get(leaf):
        leaf = children[leaf][-1]
    _set_leaf(session, turn.session_id, leaf)


def branch_off(session: Session, turn_id: str) -> str:
    """A new conversation that begins with a copy of the line up to this turn, this turn included. Returns its id."""
    turn = _get_turn(session, turn_id)
    copied = rows_of(session, _Tree(session, turn.session_id).line(turn_id))
    conversation_id = begin_conversation(session, turn.document_id)
    for row in copied:
        add_turn(
            session,
            turn.document_id,
            question=row.question,
            answer=row.answer,
            citations=row.citations,
            stats=row.stats,
            session_id=conversation_id,
        )
    return conversation_id


def rename_conversation(session: Session, conversation_id: str, title: str) -> None:
    """Give a conversation a title; "" goes back to its first question."""
    get_conversation(session, conversation_id).title = " ".join(title.split())
    session.flush()


# -- reading -----------------------------------------------------------------------------------------------------------


def turns(session: Session, document_id: str) -> list[TurnRow]:
    """Every turn of a document, in every conversation and version, oldest first."""
    get_document(session, document_id)
    query = select(schema.Turn.id).where(schema.Turn.document_id == document_id)
    return rows_of(session, session.scalars(query.order_by(schema.Turn.ordinal)).all())


def newest_conversation(session: Session, document_id: str) -> str | None:
    """The conversation begun last; None when nothing was asked yet."""
    table = schema.Conversation
    return session.scalar(
        select(table.id)
        .where(table.document_id == document_id)
        .order_by(table.created_at.desc(), literal_column("conversations.rowid").desc())
        .limit(1)
    )


def has_conversation(session: Session, document_id: str, conversation_id: str) -> bool:
    record = session.get(schema.Conversation, conversation_id)
    return record is not None and record.document_id == document_id


def get_conversation(session: Session, conversation_id: str) -> schema.Conversation:
    """Raises StorageError when there is no such conversation (any more)."""
    record = session.get(schema.Conversation, conversation_id)
    if record is None:
        raise StorageError("That conversation is not in the library; it may have been forgotten.")
    return record


def line(session: Session, conversation_id: str) -> list[LineTurn]:
    """What is shown of a conversation, first question first."""
    record = get_conversation(session, conversation_id)
    tree = _Tree(session, conversation_id)
    leaf = record.leaf_id if record.leaf_id in tree.parents else tree.newest
    shown = rows_of(session, tree.line(leaf) if leaf is not None else [])
    return [LineTurn(turn, tuple(tree.children[tree.parents[turn.turn_id]])) for turn in shown]


def conversations(session: Session, document_id: str, *, search: str = "") -> list[ConversationRow]:
    """The conversations of a document that hold a turn, last asked first. search: words in a title, question or answer,
    case aside."""
    get_document(session, document_id)
    table, turn = schema.Conversation, schema.Turn
    wanted = search.strip().casefold()
    found = _found(session, document_id, wanted) if wanted else {}
    query = (
        select(table, func.count(turn.id), func.max(turn.created_at), func.min(turn.ordinal))
        .join(turn, turn.session_id == table.id)
        .where(table.document_id == document_id)
        .group_by(table.id)
        .order_by(func.max(turn.ordinal).desc())
    )
    if wanted:
        by_title = func.casefold(table.title).contains(wanted, autoescape=True)
        query = query.where(or_(table.id.in_(found), by_title))
    first_questions = {
        ordinal: question
        for ordinal, question in session.execute(
            select(turn.ordinal, turn.question).where(turn.document_id == document_id, turn.parent_id.is_(None))
        )
    }
    return [
        ConversationRow(
            record.id,
            record.title or first_questions.get(first, ""),
            record.created_at,
            datetime.fromisoformat(last) if isinstance(last, str) else last,
            count,
            found.get(record.id, ""),
        )
        for record, count, last, first in session.execute(query)
    ]


def rows_of(session: Session, turn_ids: Sequence[str]) -> list[TurnRow]:
    """Turns with their citations, in the order of the ids."""
    records: dict[str, schema.Turn] = {}
    cited: dict[str, list[CitationRow]] = defaultdict(list)
    for some in _portions(turn_ids):
        records |= {
            record.id: record for record in session.scalars(select(schema.Turn).where(schema.Turn.id.in_(some)))
        }
        of_turns = select(schema.Citation).where(schema.Citation.turn_id.in_(some))
        for record in session.scalars(of_turns.order_by(schema.Citation.turn_id, schema.Citation.ordinal)):
            locator = Locator(record.section, record.block, record.start, record.end, record.page_label)
            cited[record.turn_id].append(CitationRow(record.quote, locator, record.section_title))
    return [
        TurnRow(
            turn.id,
            turn.session_id,
            turn.question,
            turn.answer,
            turn.created_at,
            tuple(cited[turn.id]),
            turn.stats,
            turn.parent_id,
        )
        for turn in (records[turn_id] for turn_id in turn_ids)
    ]


# -- the tree ----------------------------------------------------------------------------------------------------------


class _Tree:
    """Who follows whom in a conversation. parents: every turn, oldest first; children: oldest first, of None the roots."""

    def __init__(self, session: Session, conversation_id: str) -> None:
        query = select(schema.Turn.id, schema.Turn.parent_id).where(schema.Turn.session_id == conversation_id)
        self.parents: dict[str, str | None] = {
            turn_id: parent_id for turn_id, parent_id in session.execute(query.order_by(schema.Turn.ordinal))
        }
        self.children: dict[str | None, list[str]] = defaultdict(list)
        for turn_id, parent_id in self.parents.items():
            self.children[parent_id].append(turn_id)

    @property
    def newest(self) -> str | None:
        return next(reversed(self.parents), None)

    def line(self, leaf: str) -> list[str]:
        """The turn and all before it, the first one first."""
        found: list[str] = []
        at: str | None = leaf
        while at is not None:
            found.append(at)
            at = self.parents[at]
        return found[::-1]


def _parent(session: Session, conversation_id: str, instead_of: str | None) -> str | None:
    tree = _Tree(session, conversation_id)
    if instead_of in tree.parents:
        return tree.parents[instead_of]
    leaf = get_conversation(session, conversation_id).leaf_id
    return leaf if leaf in tree.parents else tree.newest


def _set_leaf(session: Session, conversation_id: str, turn_id: str) -> None:
    table = schema.Conversation
    session.execute(update(table).where(table.id == conversation_id).values(leaf_id=turn_id))


def _get_turn(session: Session, turn_id: str) -> schema.Turn:
    record = session.get(schema.Turn, turn_id)
    if record is None:
        raise StorageError("That question is not in the library any more.")
    return record


def _conversation(session: Session, document_id: str, wanted: str | None) -> str:
    if wanted is None:
        return newest_conversation(session, document_id) or begin_conversation(session, document_id)
    if not has_conversation(session, document_id, wanted):
        raise StorageError("That conversation is not in the library; it may have been forgotten.")
    return wanted


def _found(session: Session, document_id: str, wanted: str) -> dict[str, str]:
    """The conversations with a turn that holds the words, with what stands around them in the first such turn."""
    table = schema.Turn
    said = table.question + "\n" + table.answer
    query = (
        select(table.session_id, said)
        .where(table.document_id == document_id, func.casefold(said).contains(wanted, autoescape=True))
        .order_by(table.ordinal)
    )
    found: dict[str, str] = {}
    for conversation_id, words in session.execute(query):
        place = max(0, words.casefold().find(wanted) - _AROUND_FOUND)
        shown = " ".join(words[place : place + _SHOWN_OF_FOUND].split())
        found.setdefault(conversation_id, f"{'…' if place else ''}{shown}")
    return found


def _portions(ids: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    """As many as one statement may name."""
    return (ids[first : first + size] for first in range(0, len(ids), size))


def _citation_values(turn_id: str, ordinal: int, citation: CitationRow) -> dict[str, Any]:
    locator = citation.locator
    return {
        "turn_id": turn_id,
        "ordinal": ordinal,
        "quote": citation.quote,
        "section_title": citation.section_title,
        "section": locator.section,
        "block": locator.block,
        "start": locator.start,
        "end": locator.end,
        "page_label": locator.page_label,
    }
