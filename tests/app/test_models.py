"""Models added, switched, removed and put back; what fits in memory is said before anything is loaded."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.operations import library, model_memory, models
from app.operations.catalogue import catalogue
from app.operations.opening import open_services
from engine.api import EngineDescription
from engine.errors import EngineError
from engine.jobs import Failed, Finished
from engine.memory_need import Precision
from storage.errors import StorageError
from storage.memories import MemoryRow, put_memory


@pytest.fixture
def added(services, tiny_model_folder):
    """The name of a model that was added from a user's folder."""
    end = services.run_until_end(models.add_model(services, tiny_model_folder))
    assert isinstance(end, Finished), end
    return end.result.model.name


def known(services, name):
    return next((model for model in models.list_models(services) if model.name == name), None)


def test_a_users_folder_is_listed_with_what_it_takes(services, added, tiny_model_folder):
    model = known(services, added)
    weights = (tiny_model_folder / "model.safetensors").stat().st_size
    assert model.bytes - model.own_bytes == weights and model.own_bytes > 0
    assert (model.source, model.licence, model.problem) == (str(tiny_model_folder), "", "")
    assert not model.current and model.geometry.layers == 2


def test_a_name_is_given_once_whatever_its_case(services, added, tiny_model_folder, tmp_path):
    again = shutil.copytree(tiny_model_folder, tmp_path / added.upper())
    for path in (tiny_model_folder, again):
        with pytest.raises(StorageError, match="already"):
            models.add_model(services, path)


def test_a_model_that_moved_away_stays_listed_with_what_is_wrong(services, tiny_model_folder, tmp_path):
    source = shutil.copytree(tiny_model_folder, tmp_path / "moved")
    services.run_until_end(models.add_model(services, source))
    shutil.rmtree(source)
    model = known(services, "moved")
    assert model.geometry is None and "moved or changed" in model.problem


def test_removing_can_be_undone_and_gives_the_embedded_model_back(services, added, tiny_model_folder):
    before = known(services, added)
    models.use_model(services, added)
    removed = models.remove_model(services, added)
    assert known(services, added) is None and known(services, models.EMBEDDED_NAME).current
    models.put_back(services, removed)
    assert known(services, added) == replace(before, current=True)
    models.find_model(services, added)
    gone = models.remove_model(services, added)
    models.purge_removed(services)
    assert not gone.kept.exists() and (tiny_model_folder / "model.safetensors").is_file()


def test_memories_of_other_models_are_counted(services, added):
    document = library.list_documents(services)[0]
    identity = models.find_model(services, added).identity
    for number, made_with in enumerate((identity, "another", "another")):
        row = MemoryRow(f"m{number}", document.document_id, "temp_lora", "x", made_with, "complete", "memories/x", 1, 1,
                        {}, True, datetime.now(UTC))  # fmt: skip
        with services.database.session() as session:
            put_memory(session, row)
    assert models.memories_of_others(services, added) == 2
    assert known(services, added).memories == 1


@pytest.mark.parametrize("free, fits", [(10**6, False), (10**12, True)])
def test_whether_a_model_fits_is_said_before_it_is_loaded(services, added, monkeypatch, free, fits):
    monkeypatch.setattr(model_memory, "available_bytes", lambda: free)
    fit = model_memory.last_budget(services).fit(known(services, added).geometry)
    assert fit.fits is fits and fit.available_bytes == free
    assert fit.learning_fits is fits and fit.needs_bytes < fit.learning_needs_bytes


def test_the_engine_is_asked_and_its_answer_kept_for_the_next_time(services):
    end = services.run_until_end(model_memory.describe_engine(services))
    assert isinstance(end, Finished) and end.result.available_bytes > 0
    kept = EngineDescription("cuda", "bfloat16", False, 8 * 10**9, 2 * 10**9)
    assert model_memory.budget_of(kept) == model_memory.Budget(Precision(2.0), 10**10, graphics=True)


@pytest.mark.parametrize("held, value_bytes", [("float32", 4.0), ("bfloat16", 2.0), ("nf4", 0.6)])
def test_every_number_type_of_the_engine_has_a_size(held, value_bytes):
    state = EngineDescription("cpu", held, held == "bfloat16", 1, 1)
    assert model_memory.budget_of(state).precision == Precision(value_bytes, packed=held == "bfloat16")


def test_looking_at_a_file_tells_what_it_is_or_a_sentence(services, tiny_model_folder, tmp_path):
    found = model_memory.inspect_model(services, tiny_model_folder)
    assert (found.name, found.geometry.architecture, found.geometry.layers) == ("tiny", "llama", 2)
    (tmp_path / "empty.gguf").write_bytes(b"")
    for path in (tmp_path / "empty.gguf", tmp_path, tmp_path / "nowhere"):
        with pytest.raises((EngineError, StorageError)):
            model_memory.inspect_model(services, path)


def test_a_hostile_folder_is_a_sentence(services, tiny_model_folder, tmp_path):
    source = shutil.copytree(tiny_model_folder, tmp_path / "hostile")
    config = json.loads((source / "config.json").read_text("utf-8"))
    (source / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "evil.Model"}}), "utf-8")
    end = services.run_until_end(models.add_model(services, source))
    assert isinstance(end, Failed) and "code of its own" in end.message


# -- the command line ------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Run `palimpsest models ...`; returns exit status and the objects it printed."""
    monkeypatch.setattr(
        "app.commands.options.open_services",
        lambda data_dir, **_: open_services(data_dir, echo=True, with_sample=False),
    )

    def run(*words: str):
        result = CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), "models", *words, "--json"])
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    handlers = logging.getLogger().handlers[:]
    yield run
    logging.getLogger().handlers[:] = handlers


def test_the_shell_lists_models_with_licence_size_and_need(shell):
    status, (embedded,) = shell("list")
    assert status == 0 and embedded["licence"] == "Apache-2.0" and embedded["languages"] == ["en"]
    assert embedded["current"] and embedded["bytes"] > 10**8 and embedded["fits"]
    assert embedded["needs_bytes"] < embedded["learning_needs_bytes"]


def test_the_shell_shows_the_catalogue(shell):
    status, listed = shell("catalogue")
    assert status == 0 and [entry["name"] for entry in listed] == [model.name for model in catalogue()]
    assert [entry["here"] for entry in listed].count(True) == 1
    assert all(entry["licence"] and entry["needs_bytes"] and entry["good_for"] for entry in listed)


def test_the_shell_downloads_uses_and_removes(shell, fake_hub, tiny_model_folder):
    fake_hub.files["me/tiny"] = {path.name: path.read_bytes() for path in tiny_model_folder.iterdir()}
    status, events = shell("download", "me/tiny")
    assert status == 0, events
    assert events[-1]["event"] == "result" and events[-1]["name"] == "tiny"
    told = [event for event in events if event["event"] == "progress" and event["job"] == "download"]
    assert told[-1]["done"] == told[-1]["total"] > 0 and told[-1]["unit"] == "byte"
    assert shell("use", "tiny")[1][-1] == {
        "event": "result", "name": "tiny", "current": True, "memories_of_others": 0
    }  # fmt: skip
    assert [entry["name"] for entry in shell("list")[1] if entry["current"]] == ["tiny"]
    assert shell("remove", "tiny")[0] == 0
    assert [entry["name"] for entry in shell("list")[1]] == [models.EMBEDDED_NAME]


def test_the_shell_fails_with_a_sentence_and_discards_what_had_come(shell, fake_hub, tiny_model_folder):
    fake_hub.files["me/tiny"] = {path.name: path.read_bytes() for path in tiny_model_folder.iterdir()}
    fake_hub.broken.add("model.safetensors")
    status, events = shell("download", "me/tiny")
    assert status == 1 and "checksum" in events[-1]["message"]
    assert shell("discard", "tiny")[1][-1]["discarded"]
    assert shell("download", "nonsense")[1][-1]["event"] == "error"
