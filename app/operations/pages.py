"""Pages of a document's original, side by side with its text. Pages count from 0; any thread but the window's may call.

A document has pages when its original was kept at import (PDFs, unless the settings say otherwise) and is still there.
"""

from __future__ import annotations

from pathlib import Path

from app.services import Services
from storage.errors import StorageError
from storage.originals import original_path
from storage.page_labels import page_starts
from storage.page_map import PageMap, map_pages
from storage.page_rendering import Box

_PAGES_OF_BLOCK = 5
"""How far a quote is looked for from where its block begins."""


def page_count(services: Services, document_id: str) -> int | None:
    """How many pages the original has; None when none is kept."""
    path = _original(services, document_id)
    return None if path is None else len(services.pages.labels(path))


def has_pages(services: Services, document_id: str) -> bool:
    """Whether an original is kept; it is not opened for that."""
    return _original(services, document_id) is not None


def page_labels(services: Services, document_id: str) -> list[str]:
    """What is printed on each page ("xii", "47"); empty when no original is kept."""
    path = _original(services, document_id)
    return [] if path is None else services.pages.labels(path)


def page_of(services: Services, document_id: str, offset: int) -> int | None:
    """The page on which the block at an offset begins; None when no original is kept."""
    pages = _page_map(services, document_id)
    return None if pages is None else pages.page_of(offset)


def page_of_quote(services: Services, document_id: str, offset: int, quote: str) -> int | None:
    """The page on which a quote begins whose block is the one at `offset`: a block may run over several pages.

    Where the quote is found on none of them, the page its block begins on; None when no original is kept.
    """
    path = _original(services, document_id)
    first = page_of(services, document_id, offset)
    if path is None or first is None:
        return None
    last = min(first + _PAGES_OF_BLOCK, len(services.pages.labels(path)))
    looks = ((page, whole) for whole in (True, False) for page in range(first, last))
    return next((page for page, whole in looks if services.pages.quote_boxes(path, page, quote, whole=whole)), first)


def offset_of_page(services: Services, document_id: str, page: int) -> int | None:
    """Where the text of a page begins; None when no original is kept."""
    pages = _page_map(services, document_id)
    return None if pages is None else pages.offset_of(page)


def render_page(services: Services, document_id: str, page: int, width_px: int) -> bytes:
    """A page as a PNG file, at most 4096 pixels wide.

    Raises StorageError for a page that cannot be drawn and when no original is kept (any more), PageSkipped when newer
    requests have taken its turn.
    """
    path = _original(services, document_id)
    if path is None:
        raise StorageError("The original file is not kept any more; import it again to see its pages.")
    return services.pages.render(path, page, width_px)


def quote_boxes(services: Services, document_id: str, page: int, quote: str) -> list[Box]:
    """Where a quote stands on a page: (x, y, width, height) a line, as fractions of the page from its upper left.

    Of a quote that runs over the page's edge, the part that is on this page; empty when none of it is.
    """
    path = _original(services, document_id)
    return [] if path is None else services.pages.quote_boxes(path, page, quote)


def close_original(services: Services, document_id: str) -> None:
    """Let go of the original, so that nothing runs for a document nobody looks at."""
    path = _original(services, document_id)
    if path is not None:
        services.pages.let_go(path)


def _original(services: Services, document_id: str) -> Path | None:
    with services.database.read() as session:
        return original_path(session, document_id, services.data_dir)


def _page_map(services: Services, document_id: str) -> PageMap | None:
    path = _original(services, document_id)
    if path is None:
        return None
    with services.database.read() as session:
        starts = page_starts(session, document_id)
    return map_pages(starts, services.pages.labels(path))
