"""Where the data is: every byte counted once under what it is for, and deleting that touches only what is ours."""

from __future__ import annotations

import pytest

from app.operations import data_folder, library, opening, removing
from app.operations.data_folder import Part, delete_everything, look_at, part_of
from storage.errors import StorageError
from storage.jobs import add_job


@pytest.fixture
def folder(tmp_path):
    opening.open_services(tmp_path, echo=True).close()
    for name, size in (
        ("memories/d/m/adapter.safetensors", 5000),
        ("models/mine/config.json", 70),
        ("ui.ini", 9),
        ("models/.downloads/x/part", 3),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(size))
    return tmp_path


def test_every_byte_is_counted_once(folder):
    (folder / "diary.txt").write_bytes(b"mine")
    seen = look_at(folder)
    everything = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(size.bytes for size in seen.parts) == sum(path.stat().st_size for path in everything)
    assert sum(size.files for size in seen.parts) == len(everything)
    sizes = {size.part: size.bytes for size in seen.parts}
    assert (
        sizes[Part.MEMORIES] == 5000
        and sizes[Part.MODELS] == 70
        and sizes[Part.WINDOW] == 9
        and sizes[Part.DOWNLOADS] == 3
    )
    assert seen.our_bytes == sum(sizes.values()) - 4
    assert seen.free_bytes > 0


def test_deleting_everything_leaves_an_empty_folder_and_a_start_as_new(folder):
    assert delete_everything(folder) == []
    assert list(folder.iterdir()) == []
    services = opening.open_services(folder, echo=True)
    assert [document.sample for document in library.list_documents(services)] == [True]
    services.close()


def test_deleting_everything_leaves_what_is_not_ours(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept.gguf").write_bytes(b"weights")
    (folder / "models" / "mine" / "link").symlink_to(elsewhere, target_is_directory=True)
    (folder / "originals").symlink_to(elsewhere, target_is_directory=True)
    (folder / "thesis").mkdir()
    (folder / "thesis" / "chapter.txt").write_text("mine", encoding="utf-8")
    assert delete_everything(folder) == ["thesis"]
    assert [path.name for path in folder.iterdir()] == ["thesis"]
    assert (elsewhere / "kept.gguf").read_bytes() == b"weights"


def test_nothing_is_deleted_while_another_palimpsest_works(tmp_path, monkeypatch):
    services = opening.open_services(tmp_path, echo=True)
    try:
        (document,) = library.list_documents(services)
        with services.database.session() as session:
            add_job(session, kind="learn", document_id=document.document_id, params={})
        data_folder.refuse_while_others_work(services)
        monkeypatch.setattr("storage.processes.own_process", lambda: (1, "another"))
        with pytest.raises(StorageError, match="Another Palimpsest"):
            data_folder.refuse_while_others_work(services)
    finally:
        services.close()


def test_the_removed_shelf_is_counted_with_what_was_made_of_it(tmp_path):
    services = opening.open_services(tmp_path, echo=True)
    try:
        (document,) = library.list_documents(services)
        assert data_folder.removed_shelf(services) == data_folder.RemovedShelf(0, 0)
        text = library.text(services, document.document_id)
        removing.remove(services, [document.document_id])
        shelf = data_folder.removed_shelf(services)
        assert shelf.documents == 1 and len(text) <= shelf.bytes <= 3 * len(text.encode())
    finally:
        services.close()


def test_names_of_ours_are_ours_and_others_are_not():
    assert part_of("palimpsest.sqlite3-wal") is Part.LIBRARY
    assert part_of("logs") is Part.LOGS
    assert part_of("Documents") is Part.OTHER
