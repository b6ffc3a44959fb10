"""Pictures of a document: its cover, and what stands between its blocks."""

from __future__ import annotations

from app.services import Services
from storage import pictures
from storage.pictures import CoverRow, ImageRow


def images(services: Services, document_id: str, first_block: int, count: int) -> list[ImageRow]:
    """Images before the `count` blocks from `first_block` on, in reading order, without their data.

    One behind the last block has the block count for its block: ask one block further at the end of a document.
    """
    with services.database.read() as session:
        return pictures.images(session, document_id, first_block, count)


def image_data(services: Services, document_id: str, ordinal: int) -> bytes:
    """The file of an image: PNG, JPEG, GIF or WebP. Raises StorageError when it is not there any more."""
    with services.database.read() as session:
        return pictures.image_data(session, document_id, ordinal)


def cover(services: Services, document_id: str) -> CoverRow | None:
    """The document's cover, None where it has none."""
    with services.database.read() as session:
        return pictures.cover(session, document_id)
