"""Many files at once: every one is accounted for, whatever became of it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from app.operations import forgetting, importing_many, library, removing, shelves
from app.operations.collecting import collect, count_kinds
from app.operations.opening import open_services
from app.operations.results import FileOutcome, ImportReport
from engine.jobs import Finished, Progress, Stopped
from storage.quarantine import quarantine
from storage.removal import KEPT_DAYS
from storage.schema import Document
from storage.shelves import Shelf


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two books, one in a folder below; a broken one; and what belongs to no library."""
    top = tmp_path / "books"
    (top / "inner" / "deeper").mkdir(parents=True)
    (top / ".hidden").mkdir()
    (top / "b.txt").write_text("The second book.\n\nIt is short.\n", "utf-8")
    (top / "inner" / "deeper" / "a.md").write_text("# First\n\nThe first book.\n", "utf-8")
    (top / "inner" / "empty.epub").write_bytes(b"")
    (top / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    (top / "metadata.opf").write_text("<x/>")
    (top / "NOTES.TXT").write_text("Shouting names are read too.\n", "utf-8")
    return top


def run(services, ticket):
    events = []
    return services.run_until_end(ticket, events.append), events


def titles(services) -> set[str]:
    return {row.title for row in library.list_documents(services) if not row.sample}


def test_a_folder_is_added_with_a_report_of_every_file(services, folder):
    end, events = run(services, importing_many.import_many(services, [folder]))
    assert isinstance(end, Finished)
    report: ImportReport = end.result
    assert [Path(outcome.file).name for outcome in report.outcomes] == ["b.txt", "NOTES.TXT", "empty.epub", "a.md"]
    assert [bool(outcome.imported) for outcome in report.outcomes] == [True, True, False, True]
    assert "empty.epub" in report.outcomes[2].error
    assert dict(report.left_out.kinds) == {".jpg": 1, ".opf": 1} and report.left_out.hidden == 1
    told = [event.detail for event in events if isinstance(event, Progress) and event.detail is not None]
    assert tuple(told) == report.outcomes
    assert {event.total for event in events if isinstance(event, Progress) and event.stage == "Adding"} == {4}
    assert len(titles(services)) == 3


def test_what_was_dropped_stays_with_the_document(services, tmp_path):
    page = tmp_path / "page.epub"
    page.write_bytes(b"not a zip")
    book = tmp_path / "chat.jsonl"
    book.write_text('{"user_name":"A","character_name":"B"}\n{"name":"A","mes":"Hello there."}\nbroken\n', "utf-8")
    end, _ = run(services, importing_many.import_many(services, [page, book]))
    refused, added = end.result.outcomes
    assert refused.error and added.imported is not None and added.imported.warnings
    kept = library.get_document(services, added.imported.document)
    assert kept.warnings == added.imported.warnings


def test_adding_again_is_noticed_and_a_removed_document_is_put_back(services, folder):
    end, _ = run(services, importing_many.import_many(services, [folder / "b.txt"]))
    document = end.result.outcomes[0].imported.document
    end, _ = run(services, importing_many.import_many(services, [folder / "b.txt", folder / "b.txt"]))
    (outcome,) = end.result.outcomes
    assert outcome.imported.already_there and not outcome.imported.put_back
    removing.remove(services, [document])
    assert titles(services) == set()
    end, _ = run(services, importing_many.import_many(services, [folder / "b.txt"]))
    assert end.result.outcomes[0].imported.put_back
    assert document in shelves.order(services, Shelf())


def test_stopping_keeps_what_was_added(services, tmp_path):
    for number in range(6):
        (tmp_path / f"{number}.txt").write_text(f"Book {number} of six.\n", "utf-8")
    ticket = importing_many.import_many(services, sorted(tmp_path.glob("*.txt")))
    told: list[FileOutcome] = []

    def stop_after_two(event):
        if isinstance(event, Progress) and event.detail is not None:
            told.append(event.detail)
            if len(told) == 2:
                services.cancel(ticket)

    assert isinstance(services.run_until_end(ticket, stop_after_two), Stopped)
    assert 2 <= len(told) < 6
    assert len(titles(services)) == len(told)


def test_a_file_that_broke_its_reader_is_read_again_only_when_asked_to(services, folder):
    path = folder / "b.txt"
    with services.database.session() as session:
        quarantine(session, hashlib.sha256(path.read_bytes()).hexdigest(), "“b.txt” broke its reader.")
    end, _ = run(services, importing_many.import_many(services, [path]))
    assert end.result.outcomes == (FileOutcome(str(path), error="“b.txt” broke its reader.", may_retry=True),)
    end, _ = run(services, importing_many.import_many(services, [path], retry=True))
    assert end.result.outcomes[0].imported is not None


def test_a_folder_that_cannot_be_opened_is_told(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    (tmp_path / "open.txt").write_text("x")

    def refuse(folder):
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return iterdir(folder)

    iterdir = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", refuse)
    found = collect([tmp_path])
    assert [path.name for path in found.files] == ["open.txt"]
    assert [outcome.error for outcome in found.left_out.unreadable] == [
        "The folder “closed” cannot be opened: Permission denied."
    ]


def test_links_do_not_make_a_walk_endless(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a.txt").write_text("x")
    assert [path.name for path in collect([tmp_path, tmp_path / "a.txt"]).files] == ["a.txt"]
    assert count_kinds([tmp_path, tmp_path / "a.txt", tmp_path / "none"]) == (2, 1)


NAMES = st.sampled_from(["a.txt", "b.epub", "c.JPG", ".d.txt", "e", "f.fb2.zip"])


@given(st.lists(st.tuples(st.lists(st.sampled_from("xyz"), max_size=3), NAMES), max_size=12))
def test_every_file_below_a_folder_is_taken_counted_or_hidden(tmp_path_factory, files):
    top = tmp_path_factory.mktemp("walk")
    for folders, name in files:
        path = top.joinpath(*folders, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    present = [path for path in top.rglob("*") if path.is_file()]
    found = collect([top])
    taken = {path for path in present if path.name in ("a.txt", "b.epub", "f.fb2.zip")}
    assert set(found.files) == taken and len(found.files) == len(taken)
    assert found.left_out.hidden == sum(path.name == ".d.txt" for path in present)
    assert sum(count for _, count in found.left_out.kinds) == sum(path.name in ("c.JPG", "e") for path in present)


def test_forgetting_many_counts_them_together_and_leaves_nothing(services, folder):
    run(services, importing_many.import_many(services, [folder]))
    ids = shelves.order(services, Shelf())
    end, _ = run(services, forgetting.forget_many(services, [*ids, "000000000000"]))
    assert isinstance(end, Finished) and end.result.residue == 0
    assert end.result.removed["documents"] == len(ids) == 4
    assert end.result.probes > 100 and end.result.searched_files >= 1 and end.result.searched_bytes > 1000
    assert shelves.order(services, Shelf()) == []


def test_what_was_removed_long_ago_is_forgotten_at_the_next_start(services, folder, tmp_path):
    end, _ = run(services, importing_many.import_many(services, [folder / "b.txt", folder / "NOTES.TXT"]))
    old, fresh = (outcome.imported.document for outcome in end.result.outcomes)
    removing.remove(services, [old, fresh])
    assert removing.forget_overdue(services) is None
    with services.database.session() as session:
        long_ago = datetime.now(UTC) - timedelta(days=KEPT_DAYS + 1)
        session.execute(update(Document).where(Document.id == old).values(removed_at=long_ago))
    services.close()
    again = open_services(tmp_path / "data", echo=True)
    (ticket,) = [ticket for ticket in again.open_tickets() if ticket.kind == "forget"]
    assert isinstance(again.run_until_end(ticket), Finished)
    assert shelves.order(again, Shelf(removed=True)) == [fresh]
    again.close()
