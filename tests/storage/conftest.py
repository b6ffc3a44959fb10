"""A library in a temporary data folder, and small documents to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.document import Block, BlockKind, Document, Section
from storage.documents import add_document
from storage.prompt_states import PromptStates


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def database(data_dir: Path) -> Iterator[Database]:
    opened = Database(data_dir / "palimpsest.sqlite3", busy_timeout_s=0.5)
    yield opened
    opened.close()


@pytest.fixture
def prompt_states(data_dir: Path) -> Iterator[PromptStates]:
    states = PromptStates(data_dir / "prompt_states.sqlite3")
    yield states
    states.close()


@pytest.fixture
def make_document() -> Callable[..., Document]:
    """(paragraphs of chapter one, of chapter two, ...) -> Document"""

    def make(*chapters: list[str], title: str = "A Book", author: str = "", format: str = "txt") -> Document:
        sections = tuple(
            Section(f"Chapter {number}", 1, tuple(Block(BlockKind.PARAGRAPH, text) for text in paragraphs))
            for number, paragraphs in enumerate(chapters, start=1)
        )
        return Document(title, format, sections, author=author)

    return make


@pytest.fixture
def put(database: Database) -> Callable[..., str]:
    """Document -> id in the library; its title stands for its content hash."""

    def add(document: Document, *, source_name: str = "book.txt", sha256: str | None = None) -> str:
        with database.session() as session:
            return add_document(
                session, document, tokens=7, content_sha256=sha256 or document.title, source_name=source_name
            )

    return add
