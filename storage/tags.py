"""Tags: words a user puts on documents to find them again.

Knows rows. Two tags that differ only in case are one, in the spelling that came first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from storage import schema
from storage.documents import get_document
from storage.errors import StorageError

MOST_TAG_CHARACTERS = 60


def tags_of(session: Session, document_ids: Sequence[str]) -> dict[str, list[str]]:
    """The tags of some documents, by name; documents without tags are left out."""
    table = schema.DocumentTag
    found: dict[str, list[str]] = defaultdict(list)
    query = select(table.document_id, table.tag).where(table.document_id.in_(document_ids))
    for document_id, tag in session.execute(query):
        found[document_id].append(tag)
    return {document_id: sorted(tags, key=str.casefold) for document_id, tags in found.items()}


def clean_tag(words: str) -> str:
    """A tag as it is kept: one line, no comma, which separates tags. Raises StorageError for one that is empty or long."""
    tag = " ".join(words.replace(",", " ").split())
    if not tag:
        raise StorageError("A tag needs at least one letter.")
    if len(tag) > MOST_TAG_CHARACTERS:
        raise StorageError(f"A tag may have {MOST_TAG_CHARACTERS} characters; “{tag[:20]}…” has {len(tag)}.")
    return tag


def change_tags(
    session: Session, document_ids: Sequence[str], *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> None:
    """Give documents tags and take others from them, case aside; a tag keeps the spelling it was first given."""
    table = schema.DocumentTag
    spellings = {tag.casefold(): tag for tag in session.scalars(select(table.tag).distinct())}
    added = [clean_tag(words) for words in add]
    dropped = {clean_tag(words).casefold() for words in remove}
    for document_id in document_ids:
        get_document(session, document_id)
        present = tags_of(session, [document_id]).get(document_id, [])
        kept = {tag.casefold(): tag for tag in present if tag.casefold() not in dropped}
        for tag in added:
            kept.setdefault(tag.casefold(), spellings.setdefault(tag.casefold(), tag))
        session.execute(delete(table).where(table.document_id == document_id))
        if kept:
            session.execute(insert(table), [{"document_id": document_id, "tag": tag} for tag in kept.values()])
