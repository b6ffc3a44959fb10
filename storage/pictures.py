"""Pictures of documents: those of their text, and their covers. Written once, with the document.

Knows rows and bytes. Knows nothing of how a picture is decoded or shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from storage import schema
from storage.document import Document
from storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image without its data. It stands before block `block`; the document's block count: behind the last one."""

    ordinal: int
    block: int
    media_type: str
    width: int
    height: int
    description: str


@dataclass(frozen=True, slots=True)
class CoverRow:
    media_type: str
    data: bytes = field(repr=False)


def add_pictures(session: Session, document_id: str, document: Document) -> None:
    """Write a document's images and cover; the document's own row is there already."""
    if document.cover is not None:
        session.execute(
            insert(schema.Cover).values(
                document_id=document_id, media_type=document.cover.media_type, data=document.cover.data
            )
        )
    for ordinal, image in enumerate(document.images):  # one by one: their data never lie in a list of parameters
        session.execute(
            insert(schema.Image).values(
                document_id=document_id,
                ordinal=ordinal,
                block=image.block,
                media_type=image.media_type,
                width=image.width,
                height=image.height,
                description=image.description,
                data=image.data,
            )
        )


def images(session: Session, document_id: str, first_block: int, count: int) -> list[ImageRow]:
    """Images that stand before one of the `count` blocks from `first_block` on, in reading order.

    One behind the last block counts as standing before a block of its own, whose ordinal is the block count.
    """
    table = schema.Image
    query = (
        select(table.ordinal, table.block, table.media_type, table.width, table.height, table.description)
        .where(table.document_id == document_id, table.block >= first_block, table.block < first_block + count)
        .order_by(table.ordinal)
    )
    return [ImageRow(*row) for row in session.execute(query)]


def image_data(session: Session, document_id: str, ordinal: int) -> bytes:
    """The file of an image. Raises StorageError when there is no such image (any more)."""
    table = schema.Image
    data = session.scalar(select(table.data).where(table.document_id == document_id, table.ordinal == ordinal))
    if data is None:
        raise StorageError("This picture is not in the library any more; its document may have been forgotten.")
    return data


def cover(session: Session, document_id: str) -> CoverRow | None:
    """The document's cover, None where it has none."""
    table = schema.Cover
    row = session.execute(select(table.media_type, table.data).where(table.document_id == document_id)).first()
    return None if row is None else CoverRow(*row)


def picture_bytes(session: Session, document_id: str) -> int:
    """How much space a document's pictures take, the cover included."""
    return sum(
        session.scalars(
            select(func.coalesce(func.sum(func.length(table.data)), 0)).where(table.document_id == document_id)
        ).one()
        for table in (schema.Image, schema.Cover)
    )
