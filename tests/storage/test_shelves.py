"""The shelf against a plain Python twin: which documents, in what order, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from storage import documents, schema, shelves
from storage.database import Database
from storage.document import Document
from storage.errors import StorageError
from storage.memories import MemoryRow, put_memory
from storage.removal import due_for_forgetting, remove, restore
from storage.shelf_keys import author_key, searchable, title_key
from storage.shelves import FINISHED_SHARE, ReadingState, Shelf, SortBy
from storage.tags import change_tags, tags_of

Make = Callable[..., Document]
Put = Callable[..., str]

START = datetime(2026, 1, 1, tzinfo=UTC)
TITLES = ("The Castle", "castle", "Émile", "Emma", "红楼梦", "Volume 10", "Volume 9", "100% sure_")
AUTHORS = ("", "Jane Austen", "Austen, Jane", "曹雪芹", "Émile Zola")
SERIES = ("", "Palliser", "palliser novels", "Dune")
TAGS = ("classic", "To read", "中文", "émigrés")
WORDS = ("", "emma", "ém", "em", "楼", "austen", "%", "_", "dune castle", "to r", "CLASSIC", "zola e")


@dataclass(frozen=True)
class Book:
    """A row of the shelf, and its twin."""

    number: int
    title: str
    author: str
    series: str
    series_number: float | None
    characters: int
    read: int
    added_day: int
    opened_day: int | None
    tags: frozenset[str] = field(default_factory=frozenset)
    learned: bool = False
    removed: bool = False

    @property
    def id(self) -> str:
        return f"{self.number:012x}"

    @property
    def share(self) -> float:
        return self.read / max(1, self.characters)

    def states(self) -> set[ReadingState]:
        found = {ReadingState.LEARNED} if self.learned else set()
        if self.read == 0:
            return found | {ReadingState.UNREAD}
        return found | {ReadingState.FINISHED if self.share >= FINISHED_SHARE else ReadingState.READING}


@st.composite
def books(draw: st.DrawFn) -> list[Book]:
    made = []
    for number in range(draw(st.integers(0, 12))):
        series = draw(st.sampled_from(SERIES))
        characters = draw(st.sampled_from((0, 10, 100, 1000)))
        made.append(
            Book(
                number=number,
                title=draw(st.sampled_from(TITLES)),
                author=draw(st.sampled_from(AUTHORS)),
                series=series,
                series_number=draw(st.sampled_from((None, 1.0, 2.5, 10.0))) if series else None,
                characters=characters,
                read=draw(st.integers(0, characters)),
                added_day=draw(st.integers(0, 3)),
                opened_day=draw(st.none() | st.integers(0, 5)),
                tags=draw(st.frozensets(st.sampled_from(TAGS))),
                learned=draw(st.booleans()),
                removed=draw(st.integers(0, 3)) == 0,
            )
        )
    return made


@st.composite
def shelves_to_show(draw: st.DrawFn) -> Shelf:
    return Shelf(
        sort=draw(st.sampled_from(list(SortBy))),
        reverse=draw(st.booleans()),
        search=draw(st.sampled_from(WORDS)),
        tag=draw(st.sampled_from(("", "", *TAGS))),
        series=draw(st.sampled_from(("", "", *SERIES))),
        state=draw(st.none() | st.sampled_from(list(ReadingState))),
        removed=draw(st.integers(0, 3)) == 0,
    )


def store(session: Session, library: list[Book]) -> None:
    for book in library:
        session.execute(
            insert(schema.Document).values(
                id=book.id, title=book.title, author=book.author, language="en", format="txt", source_name="x",
                content_sha256=book.id, characters=book.characters, tokens=1, section_count=1, block_count=1,
                created_at=START + timedelta(days=book.added_day),
                opened_at=None if book.opened_day is None else START + timedelta(days=book.opened_day),
                read_position=book.read, sample=False, series=book.series, series_number=book.series_number,
                title_key=title_key(book.title, "en"), author_key=author_key(book.author),
                removed_at=START if book.removed else None,
            )
        )  # fmt: skip
        if book.learned:
            put_memory(
                session,
                MemoryRow(f"m{book.id}", book.id, "temp_lora", "m", "i", "complete", "f", 1, 1, {}, True, START),
            )
        change_tags(session, [book.id], add=book.tags)


def plain_order(library: list[Book], shelf: Shelf) -> list[str]:
    """What `shelves.order` must say, the obvious way: filter, then sorts from the least important key to the first."""

    def matches(book: Book) -> bool:
        shown = searchable("\n".join((book.title, book.author, book.series, "\n".join(sorted(book.tags)))))
        return (
            book.removed == shelf.removed
            and (not shelf.tag or shelf.tag in book.tags)
            and (not shelf.series or shelf.series == book.series)
            and (shelf.state is None or shelf.state in book.states())
            and all(word in shown for word in shelf.search.casefold().split())
        )

    found = [book for book in library if matches(book)]
    by_day = {
        SortBy.READ: lambda book: book.added_day if book.opened_day is None else book.opened_day,
        SortBy.ADDED: lambda book: book.added_day,
    }
    by_size = {SortBy.SHARE: lambda book: book.share, SortBy.LENGTH: lambda book: book.characters}
    by_name = {
        SortBy.TITLE: lambda book: title_key(book.title, "en"),
        SortBy.AUTHOR: lambda book: author_key(book.author),
        SortBy.SERIES: lambda book: (
            book.series.casefold(),
            1e9 if book.series_number is None else book.series_number,
        ),
    }
    if shelf.sort in by_day:
        found.sort(key=lambda book: book.number, reverse=not shelf.reverse)
        found.sort(key=by_day[shelf.sort], reverse=not shelf.reverse)
    else:
        found.sort(key=lambda book: (title_key(book.title, "en"), book.number))
        if shelf.sort in by_size:
            found.sort(key=by_size[shelf.sort], reverse=not shelf.reverse)
        else:
            found.sort(key=by_name[shelf.sort], reverse=shelf.reverse)
    if shelf.sort is SortBy.AUTHOR:
        found.sort(key=lambda book: not book.author)
    if shelf.sort is SortBy.SERIES:
        found.sort(key=lambda book: not book.series)
    return [book.id for book in found]


@pytest.fixture(scope="module")
def shared_database() -> object:
    with TemporaryDirectory() as folder:
        opened = Database(Path(folder) / "shelf.sqlite3")
        yield opened
        opened.close()


@given(library=books(), shelf=shelves_to_show(), page=st.integers(1, 5))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_shelf_is_its_plain_twin_and_its_pages_joined_are_all_of_it(
    shared_database: Database, library: list[Book], shelf: Shelf, page: int
) -> None:
    class Done(Exception):
        pass

    with pytest.raises(Done), shared_database.session() as session:  # rolled back: every example begins empty
        store(session, library)
        ids = shelves.order(session, shelf)
        assert ids == plain_order(library, shelf)
        pages = [shelves.rows(session, ids[start : start + page]) for start in range(0, len(ids), page)]
        rows = [row for part in pages for row in part]
        assert [row.document.document_id for row in rows] == ids
        for row in rows:
            book = library[int(row.document.document_id, 16)]
            assert (set(row.tags), bool(row.memories)) == (book.tags, book.learned)
            assert row.document.title == book.title and row.share_read == pytest.approx(book.share)
        kept = [book for book in library if not book.removed]
        facets = shelves.facets(session)
        assert (facets.documents, facets.removed) == (len(kept), len(library) - len(kept))
        assert dict(facets.tags) == {tag: count for tag in TAGS if (count := sum(tag in book.tags for book in kept))}
        assert dict(facets.series) == {
            name: count for name in SERIES if name and (count := sum(book.series == name for book in kept))
        }
        raise Done


def test_rows_of_a_document_that_is_gone_are_left_out(database: Database, make_document: Make, put: Put) -> None:
    present = put(make_document(["x"], title="Here"))
    with database.read() as session:
        assert [row.document.title for row in shelves.rows(session, ["000000000000", present])] == ["Here"]


def test_what_was_begun_is_offered_to_go_on(database: Database, make_document: Make, put: Put) -> None:
    begun, unread, finished, removed = (put(make_document(["x" * 100], title=name)) for name in "ABCD")
    with database.session() as session:
        for document_id, position in ((begun, 40), (unread, 0), (finished, 99), (removed, 40)):
            documents.touch_opened(session, document_id)
            documents.set_read_position(session, document_id, position)
        remove(session, [removed])
    with database.read() as session:
        assert [row.document.document_id for row in shelves.continue_reading(session, 5)] == [begun]


# -- tags --------------------------------------------------------------------------------------------------------------


def test_a_tag_keeps_its_first_spelling_and_case_does_not_make_two(
    database: Database, make_document: Make, put: Put
) -> None:
    one, other = put(make_document(["x"], title="A")), put(make_document(["x"], title="B"))
    with database.session() as session:
        change_tags(session, [one], add=["To  Read", "to read", "Sea, salt"])
        change_tags(session, [one, other], add=["TO READ"])
        assert tags_of(session, [one, other]) == {one: ["Sea salt", "To Read"], other: ["To Read"]}
        change_tags(session, [one], remove=["to READ"])
        assert tags_of(session, [one]) == {one: ["Sea salt"]}
        for words, sentence in ((" , ", "at least one letter"), ("x" * 61, "60 characters")):
            with pytest.raises(StorageError, match=sentence):
                change_tags(session, [one], add=[words])


# -- what a user says of a document ------------------------------------------------------------------------------------


def test_a_corrected_title_sorts_and_is_found_by_its_new_words(
    database: Database, make_document: Make, put: Put
) -> None:
    first, second = put(make_document(["x"], title="zzz")), put(make_document(["x"], title="middle"))
    with database.session() as session:
        documents.describe(session, first, title="The  Abbey ", author="Jane Austen", series="Novels", series_number=2)
        row = documents.get_document(session, first)
        assert (row.title, row.author, row.series, row.series_number) == ("The Abbey", "Jane Austen", "Novels", 2.0)
        assert shelves.order(session, Shelf(sort=SortBy.TITLE)) == [first, second]
        assert shelves.order(session, Shelf(search="novels abbey")) == [first]
        documents.describe(session, first, series="", series_number=3)
        assert documents.get_document(session, first).series_number is None
        with pytest.raises(StorageError, match="needs a title"):
            documents.describe(session, first, title="  ")


# -- removing ----------------------------------------------------------------------------------------------------------


def test_a_removed_document_is_off_the_shelf_until_it_is_put_back(
    database: Database, make_document: Make, put: Put
) -> None:
    document_id = put(make_document(["x"], title="Emma"))
    with database.session() as session:
        remove(session, [document_id])
        assert shelves.order(session, Shelf()) == []
        assert shelves.order(session, Shelf(removed=True)) == [document_id]
        with pytest.raises(StorageError, match="the library is empty"):
            documents.resolve(session, "Emma")
        for where in (documents.Where.REMOVED, documents.Where.ANYWHERE):
            assert documents.resolve(session, "emma", where=where).document_id == document_id
        assert documents.text(session, document_id) == "x"
        removed_at = documents.get_document(session, document_id).removed_at
        remove(session, [document_id])
        assert documents.get_document(session, document_id).removed_at == removed_at
        restore(session, [document_id])
        assert shelves.order(session, Shelf()) == [document_id]
        with pytest.raises(StorageError, match="nothing was removed"):
            documents.resolve(session, "Emma", where=documents.Where.REMOVED)


def test_thirty_days_after_its_removal_a_document_is_due(database: Database, make_document: Make, put: Put) -> None:
    old, fresh, kept = (put(make_document(["x"], title=name)) for name in "ABC")
    now = datetime.now(UTC)
    with database.session() as session:
        remove(session, [old, fresh])
        table = schema.Document
        for document_id, days in ((old, 31), (fresh, 29)):
            session.execute(update(table).where(table.id == document_id).values(removed_at=now - timedelta(days=days)))
        assert due_for_forgetting(session, now) == [old]
        assert shelves.order(session, Shelf()) == [kept]
