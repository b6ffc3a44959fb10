"""The tables, as today's code reads and writes them. How a database gets here from an older one: `storage.migrations`.

Every row that belongs to a document falls with it (ON DELETE CASCADE): forgetting relies on that.
Offsets are character offsets in the document's text (`storage.document`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, ForeignKey, Index, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A point in time as ISO text in UTC, to the microsecond: SQLite keeps no time zone; this sorts by time."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class JsonText(TypeDecorator[Any]):
    """Plain values as JSON text. Not escaped to ASCII: what a user forgets must be findable byte for byte."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        str: Text,
        datetime: UtcTime,
        dict[str, Any]: JsonText,
        list[Any]: JsonText,
    }


def _of_document() -> ForeignKey:
    return ForeignKey("documents.id", ondelete="CASCADE")


class Document(Base):
    __tablename__ = "documents"
    __table_args__ = (
        Index("documents_by_title", "title_key"),
        Index("documents_by_author", "author_key"),
        Index("documents_by_series", "series", "series_number"),
        Index("documents_by_opened", "opened_at"),
        Index("documents_by_created", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    author: Mapped[str]
    language: Mapped[str]
    format: Mapped[str]
    source_name: Mapped[str]
    content_sha256: Mapped[str] = mapped_column(unique=True)
    characters: Mapped[int]
    tokens: Mapped[int]
    section_count: Mapped[int]
    block_count: Mapped[int]
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    read_position: Mapped[int]
    sample: Mapped[bool]
    series: Mapped[str] = mapped_column(server_default="")
    """Name of the series it belongs to, "" for none."""
    series_number: Mapped[float | None]
    title_key: Mapped[str] = mapped_column(server_default="")
    """What the library sorts by: the title, case and leading article aside."""
    author_key: Mapped[str] = mapped_column(server_default="")
    removed_at: Mapped[datetime | None]
    """When the user took it off the shelf; it can be put back until it is forgotten."""
    original: Mapped[str] = mapped_column(server_default="")
    """The kept original file, relative to the data folder; "" where none is kept."""
    warnings: Mapped[list[Any]] = mapped_column(server_default="[]")
    """What was dropped or guessed at import: one sentence each."""


class Section(Base):
    __tablename__ = "sections"

    document_id: Mapped[str] = mapped_column(_of_document(), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    level: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]


class Block(Base):
    """The text lives here and nowhere else: the document's text is its blocks, joined."""

    __tablename__ = "blocks"
    __table_args__ = (Index("blocks_by_start", "document_id", "start"),)

    document_id: Mapped[str] = mapped_column(_of_document(), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    section: Mapped[int]
    kind: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    text: Mapped[str]
    page_label: Mapped[str | None]
    speaker: Mapped[str | None]
    marks: Mapped[list[Any] | None]


class DocumentTag(Base):
    __tablename__ = "document_tags"
    __table_args__ = (Index("document_tags_by_tag", "tag"),)

    document_id: Mapped[str] = mapped_column(_of_document(), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


class Cover(Base):
    __tablename__ = "covers"

    document_id: Mapped[str] = mapped_column(_of_document(), primary_key=True)
    media_type: Mapped[str]
    data: Mapped[bytes]


class Image(Base):
    """A picture of the text. It stands before block `block` (the document's block count: behind the last one)."""

    __tablename__ = "images"
    __table_args__ = (Index("images_by_block", "document_id", "block"),)

    document_id: Mapped[str] = mapped_column(_of_document(), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    block: Mapped[int]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    description: Mapped[str]
    data: Mapped[bytes]


class Annotation(Base):
    """kind: "bookmark" (start == end), "highlight", "note" (a highlight with words of the user's own)."""

    __tablename__ = "annotations"
    __table_args__ = (Index("annotations_by_document", "document_id", "start"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(_of_document())
    kind: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]
    note: Mapped[str]
    colour: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Passage(Base):
    __tablename__ = "passages"

    document_id: Mapped[str] = mapped_column(_of_document(), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    start: Mapped[int]
    end: Mapped[int]


class Conversation(Base):
    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_by_document", "document_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(_of_document())
    created_at: Mapped[datetime]
    title: Mapped[str] = mapped_column(server_default="")
    leaf_id: Mapped[str | None]
    """The turn whose line of ancestors is shown; None: the newest."""


class Turn(Base):
    __tablename__ = "turns"
    __table_args__ = (
        Index("turns_by_document", "document_id", "ordinal"),
        Index("turns_by_conversation", "session_id"),
        Index("turns_by_parent", "parent_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(_of_document())
    session_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    question: Mapped[str]
    answer: Mapped[str]
    created_at: Mapped[datetime]
    stats: Mapped[dict[str, Any]]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("turns.id", ondelete="SET NULL"))
    """The turn before it in its conversation; turns of one parent are versions of each other. No cascade: SQLite follows
    one for 1,000 rows only, and a conversation may be longer than that when its document is forgotten."""


class Citation(Base):
    __tablename__ = "citations"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    quote: Mapped[str]
    section_title: Mapped[str]
    section: Mapped[int]
    block: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    page_label: Mapped[str | None]


class Memory(Base):
    __tablename__ = "memories"
    __table_args__ = (Index("memories_by_document", "document_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(_of_document())
    kind: Mapped[str]
    model_name: Mapped[str]
    model_identity: Mapped[str]
    state: Mapped[str]
    folder: Mapped[str]
    bytes: Mapped[int]
    tokens: Mapped[int]
    metrics: Mapped[dict[str, Any]]
    attached: Mapped[bool]
    created_at: Mapped[datetime]
    strength: Mapped[float] = mapped_column(server_default=text("1.0"))


class MemoryChunk(Base):
    __tablename__ = "memory_chunks"

    memory_id: Mapped[str] = mapped_column(ForeignKey("memories.id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    tokens_done: Mapped[int]
    char_end: Mapped[int]
    adapter_nll: Mapped[float]
    base_nll: Mapped[float | None]
    scored_tokens: Mapped[int]
    seconds: Mapped[float]


class Job(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_by_state", "state"),
        Index("jobs_by_document", "document_id"),
        {"sqlite_autoincrement": True},  # a late update must never meet a newer job under a used number
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    document_id: Mapped[str | None] = mapped_column(_of_document())
    params: Mapped[dict[str, Any]]
    state: Mapped[str]
    stage: Mapped[str]
    done: Mapped[int]
    total: Mapped[int | None]
    message: Mapped[str]
    pid: Mapped[int]
    process_start: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Setting(Base):
    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    """`{"value": ...}`: any JSON value, null included."""


class Model(Base):
    __tablename__ = "models"

    name: Mapped[str] = mapped_column(primary_key=True)
    identity: Mapped[str]
    folder: Mapped[str]
    source: Mapped[str]
    architecture: Mapped[str]
    parameters: Mapped[int]
    context_tokens: Mapped[int]
    notes: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class QuarantinedFile(Base):
    __tablename__ = "quarantined_files"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str]
    created_at: Mapped[datetime]
