"""Who writes with a model: what is said of it, what is asked of the engine, and what is kept of the answer."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import gguf
import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.operations import asking, components, conversations, library, llama_use, memories, model_speeds, models
from app.operations.model_memory import Budget, Fit, last_budget
from app.operations.opening import open_services
from app.operations.settings import change_settings
from engine.api import ADAPTER_FILE, LLAMACPP, PYTORCH, Answered, Ask, LoadModel, PreviewAsk, SpeedMeasured, Writer
from engine.jobs import Failed, Finished
from engine.loading import embedded_model
from engine.memory_need import Precision, read_geometry
from engine.speeds import machine
from storage.errors import StorageError
from storage.memories import MemoryRow, put_memory

NOT_INSTALLED = 'llama.cpp is not installed: pip install "palimpsest[llama]" adds it.'
QUESTION = "What was the lighthouse called?"


@pytest.fixture
def installed(monkeypatch):
    """Say whether llama.cpp is installed, whatever is here."""

    def say(reason: str | None) -> None:
        for module in ("app.operations.llama_use", "engine.llama.usable"):
            monkeypatch.setattr(f"{module}.why_unavailable", lambda: reason)

    return say


@pytest.fixture
def story(services):
    return library.list_documents(services)[0].document_id


@pytest.fixture
def adapter(services, story):
    """The story was learned with the echo: its row."""
    row = MemoryRow(
        "m", story, "temp_lora", "echo", "echo", "complete", "memories/x", 1, 512, {}, True, datetime.now(UTC)
    )
    with services.database.session() as session:
        put_memory(session, row)
    folder = services.data_dir / row.folder
    folder.mkdir(parents=True)
    (folder / ADAPTER_FILE).write_bytes(b"weights")
    return row


@pytest.fixture
def requests(services, monkeypatch):
    """Every request the engine is given."""
    seen = []
    submit = services.engine.submit
    monkeypatch.setattr(
        services.engine, "submit", lambda request, **kw: (seen.append(request), submit(request, **kw))[1]
    )
    return seen


# -- what is said of a model -----------------------------------------------------------------------------------------


def test_a_model_with_its_file_can_be_written_with_where_llama_cpp_is_installed(installed):
    folder = embedded_model().folder
    installed(None)
    writing = llama_use.writing_with(folder)
    assert (writing.problem, writing.is_missing) == ("", False)
    assert writing.gguf_bytes == (folder / "model.gguf").stat().st_size
    installed(NOT_INSTALLED)
    writing = llama_use.writing_with(folder)
    assert (writing.problem, writing.is_missing, writing.gguf_bytes) == (NOT_INSTALLED, True, 0)
    assert not writing.is_to_be_measured


def test_a_model_without_a_file_says_so_and_needs_no_more_memory(services, installed, tiny_model_folder):
    installed(None)
    assert isinstance(services.run_until_end(models.add_model(services, tiny_model_folder)), Finished)
    known = next(model for model in models.list_models(services) if model.name == "tiny")
    assert known.writing.problem.startswith("llama.cpp runs GGUF files") and known.writing.gguf_bytes == 0
    assert not known.writing.is_missing and not known.writing.is_to_be_measured


def test_the_file_counts_where_llama_cpp_holds_it_beside_pytorch(services, installed):
    installed(None)
    known = models.list_models(services)[0]
    budget = last_budget(services)
    alone, both = budget.fit(known.geometry), budget.fit(known.geometry, known.writing.gguf_bytes)
    assert both.needs_bytes - alone.needs_bytes > known.writing.gguf_bytes
    assert both.learning_needs_bytes - alone.learning_needs_bytes > known.writing.gguf_bytes


@pytest.mark.parametrize(
    ("free", "fits", "alone"), [(130, True, ""), (110, True, PYTORCH), (60, True, LLAMACPP), (20, False, "")]
)
def test_where_there_is_no_memory_for_both_one_works_alone(free, fits, alone):
    fit = Fit(130, 200, free, False, pytorch_bytes=100, llama_bytes=30)
    assert (fit.fits, fit.alone) == (fits, alone)
    insisting = replace(fit, insists=True)
    assert (insisting.fits, insisting.alone) == (fits, LLAMACPP if alone else "")


@pytest.mark.parametrize(
    ("writer", "speeds", "engines"),
    [
        (Writer.AUTO, None, (PYTORCH, LLAMACPP)),
        (Writer.AUTO, (339, 15, 183, 106), (PYTORCH, LLAMACPP)),
        (Writer.AUTO, (339, 15, 400, 106), (LLAMACPP, LLAMACPP)),
        (Writer.AUTO, (339, 200, 400, 106), (PYTORCH, PYTORCH)),
        (Writer.LLAMACPP, (339, 200, 183, 106), (PYTORCH, LLAMACPP)),
        (Writer.PYTORCH, (339, 15, 400, 106), (PYTORCH, PYTORCH)),
    ],
)
def test_llama_cpp_reads_only_where_it_writes_and_takes_memory_only_there(writer, speeds, engines):
    writing = llama_use.Writing("", False, 98, None if speeds is None else SpeedMeasured(*speeds, 0.0002, "", 2))
    assert writing.engines(writer) == engines
    assert writing.held_bytes(writer) == (98 if engines[1] == LLAMACPP else 0)
    refused = replace(writing, problem="It cannot.", gguf_bytes=0)
    assert refused.engines(writer) == (PYTORCH, PYTORCH) and refused.held_bytes(writer) == 0


def test_llama_cpp_takes_nothing_of_a_graphics_card():
    geometry = read_geometry(embedded_model().folder)
    card = Budget(Precision(2.0), 10**9, graphics=True)
    assert card.fit(geometry, 10**8) == card.fit(geometry)


def test_a_file_that_is_to_be_added_is_counted_where_llama_cpp_can_run_it(installed, tmp_path):
    file = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_tensor("blk.0.attn_q.weight", np.zeros((8, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    installed(None)
    assert llama_use.gguf_bytes_of(file) == file.stat().st_size and llama_use.gguf_bytes_of(tmp_path) == 0
    installed(NOT_INSTALLED)
    assert llama_use.gguf_bytes_of(file) == 0


def test_the_command_installs_what_the_extra_asks_for_beside_this_palimpsest(monkeypatch):
    command = llama_use.install_command()
    assert command.startswith(sys.executable) and " -m pip install " in command
    assert "llama-cpp-python" in command and ">=0.3.36" in command and "<0.4" in command
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert llama_use.install_command() == ""


def test_the_set_up_asks_for_the_versions_the_engine_knows():
    from engine.llama import library

    (wanted,) = llama_use._required()
    oldest, newest = (".".join(map(str, version)) for version in (library.OLDEST, library.NEWEST))
    assert f">={oldest}" in wanted and f"<{newest}" in wanted
    pinned = (Path(__file__).resolve().parents[2] / "constraints.txt").read_text("utf-8")
    assert any(line.startswith("llama_cpp_python==0.3.") for line in pinned.splitlines())


# -- measuring -------------------------------------------------------------------------------------------------------


def test_only_a_loaded_model_that_llama_cpp_can_write_with_is_measured_unasked(
    services, installed, monkeypatch, tmp_path
):
    assert model_speeds.unmeasured_model(services) == ""  # the echo
    model = replace(embedded_model(), folder=tmp_path)
    monkeypatch.setattr(model_speeds, "current_model", lambda services: model)
    to_do = llama_use.Writing("", False, 1, None)
    monkeypatch.setattr(model_speeds, "writing_with", lambda folder: to_do)
    assert model_speeds.unmeasured_model(services) == ""  # not loaded
    end = services.run_until_end(models.load_model(services))
    assert isinstance(end, Finished)
    loaded = replace(services.loaded_model, model=model)
    monkeypatch.setattr(type(services), "loaded_model", property(lambda services: loaded))
    assert model_speeds.unmeasured_model(services) == model.name
    for done in (replace(to_do, problem=NOT_INSTALLED), replace(to_do, speeds=_speeds())):
        monkeypatch.setattr(model_speeds, "writing_with", lambda folder, done=done: done)
        assert model_speeds.unmeasured_model(services) == ""


def test_a_model_is_measured_by_its_name(fake_speeds, services):
    end = services.run_until_end(model_speeds.measure_speed(services, models.EMBEDDED_NAME))
    assert isinstance(end, Finished) and end.result == fake_speeds.found
    (request,) = fake_speeds.requests
    assert request.model == embedded_model()
    with pytest.raises(StorageError, match="no model called"):
        model_speeds.measure_speed(services, "nobody")


def _speeds() -> SpeedMeasured:
    return SpeedMeasured(339.0, 15.0, 183.0, 106.0, 0.0002, machine(), 2)


# -- asking ----------------------------------------------------------------------------------------------------------


def test_the_settings_say_who_writes_unless_the_question_does(services, story, requests):
    for chosen, said, expected in (
        ("auto", None, Writer.AUTO),
        ("pytorch", None, Writer.PYTORCH),
        ("pytorch", Writer.LLAMACPP, Writer.LLAMACPP),
        ("llamacpp", None, Writer.LLAMACPP),
    ):
        change_settings(services, {"writer": chosen})
        services.run_until_end(asking.ask(services, story, QUESTION, writer=said))
        assert requests[-1].writer is expected
    services.run_until_end(models.load_model(services))
    assert requests[-1].writer is Writer.AUTO  # a model is there though llama.cpp is not
    change_settings(services, {"writer": "pytorch"})
    services.run_until_end(models.load_model(services))
    assert isinstance(requests[-1], LoadModel) and requests[-1].writer is Writer.PYTORCH


def test_a_writer_nobody_knows_is_refused(services):
    with pytest.raises(StorageError, match="one of auto, pytorch, llamacpp"):
        change_settings(services, {"writer": "quill"})


def test_insisting_on_llama_cpp_where_it_cannot_fails_with_the_reason(services, story):
    end = services.run_until_end(asking.ask(services, story, QUESTION, writer=Writer.LLAMACPP))
    assert isinstance(end, Failed) and "llama.cpp" in end.message
    assert isinstance(services.run_until_end(asking.ask(services, story, QUESTION)), Finished)


def test_an_adapter_acts_as_strongly_as_is_kept_with_it_or_said(services, story, adapter, requests):
    def asked(**options) -> Ask:
        services.run_until_end(asking.ask(services, story, QUESTION, **options))
        return requests[-1]

    folder = services.data_dir / adapter.folder
    assert (asked().adapter, asked().adapter_scale) == (folder, 1.0)
    memories.set_strength(services, adapter.memory_id, 1.5)
    assert (asked().adapter, asked().adapter_scale) == (folder, 1.5)
    assert asked(adapter_scale=0.25).adapter_scale == 0.25
    assert asked(adapter_scale=0.0).adapter is None and asked(use_adapter=False).adapter is None
    services.run_until_end(asking.preview(services, story, QUESTION))
    assert isinstance(requests[-1], PreviewAsk) and requests[-1].ask.adapter_scale == 1.5
    memories.set_strength(services, adapter.memory_id, 0.0)
    assert asked().adapter is None and asked(adapter_scale=2.0).adapter == folder


@pytest.mark.parametrize("strength", [-0.1, 2.1, float("nan")])
def test_an_adapter_cannot_act_otherwise(services, story, adapter, strength):
    with pytest.raises(StorageError, match="strength between 0 and 2"):
        memories.set_strength(services, adapter.memory_id, strength)
    with pytest.raises(StorageError, match="strength between 0 and 2"):
        asking.ask(services, story, QUESTION, adapter_scale=strength)
    (kept,) = memories.of_document(services, story)
    assert kept.memory.strength == 1.0


def test_who_wrote_and_how_is_kept_with_the_answer(services, story, monkeypatch):
    original = asking.keep_answer

    def as_if_written(session, asked, answered: Answered):
        asked = replace(asked, adapter_made=datetime.now(UTC), adapter_scale=0.5)
        done = replace(answered, writer=LLAMACPP, reader=PYTORCH, handed_over_s=0.004, adapter_used=True)
        return original(session, asked, done)

    monkeypatch.setattr(asking, "keep_answer", as_if_written)
    end = services.run_until_end(asking.ask(services, story, QUESTION))
    assert isinstance(end, Finished)
    answer = end.result
    assert (answer.writer, answer.reader, answer.handed_over_s) == ("llama.cpp", "PyTorch", 0.004)
    assert answer.adapter_scale == 0.5
    stats = conversations.newest(services, story).line[0].turn.stats
    assert (stats["writer"], stats["reader"], stats["handed_over_s"]) == ("llama.cpp", "PyTorch", 0.004)
    assert stats["adapter_scale"] == 0.5


# -- the command line ------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Run `palimpsest ...` on the echo; returns exit status and the objects it printed."""
    monkeypatch.setattr("app.commands.options.open_services", lambda folder, **_: open_services(folder, echo=True))

    def run(*words: str):
        result = CliRunner().invoke(app, ["--data-dir", str(tmp_path / "shell"), *words, "--json"])
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    handlers = logging.getLogger().handlers[:]
    yield run
    logging.getLogger().handlers[:] = handlers


def test_the_shell_lists_what_writes_with_each_model(shell, installed, monkeypatch):
    installed(NOT_INSTALLED)
    status, (embedded,) = shell("models", "list")
    assert status == 0 and embedded["llama_problem"] == NOT_INSTALLED and embedded["gguf_bytes"] == 0
    needs = embedded["needs_bytes"]
    installed(None)
    monkeypatch.setattr("app.operations.llama_use.kept_speeds", lambda folder: _speeds())
    _, (embedded,) = shell("models", "list")
    assert embedded["llama_problem"] == "" and embedded["needs_bytes"] > needs + embedded["gguf_bytes"]
    assert (embedded["reader"], embedded["writer"]) == ("PyTorch", "llama.cpp")
    assert embedded["speeds"]["llama_writes"] == 106.0


def test_the_shell_measures_a_model(shell, fake_speeds):
    status, events = shell("models", "measure", models.EMBEDDED_NAME)
    assert status == 0 and events[-1]["name"] == models.EMBEDDED_NAME
    assert events[-1]["pytorch_reads"] == fake_speeds.found.pytorch_reads
    assert shell("models", "measure", "nobody")[0] == 1
    assert shell("models", "measure")[1][-1]["name"] == "echo"


def test_the_shell_chooses_the_writer_for_one_question(shell):
    status, events = shell("ask", "light", QUESTION, "--writer", "pytorch")
    assert status == 0 and {"writer", "reader", "handed_over_s", "adapter_scale"} <= events[-1].keys()
    status, events = shell("ask", "light", QUESTION, "--writer", "llamacpp")
    assert status == 1 and events[-1]["event"] == "error" and "llama.cpp" in events[-1]["message"]
    assert shell("ask", "light", QUESTION, "--writer", "quill")[0] == 2
    assert shell("ask", "light", QUESTION, "--adapter-scale", "2.5")[0] == 2


def test_the_libraries_of_an_extra_are_named_with_their_licences(monkeypatch):
    known = {each.name.casefold(): each for each in components.components()}
    try:
        from importlib.metadata import version

        version("llama-cpp-python")
    except ImportError:
        pytest.skip("llama.cpp is not installed")
    assert known["llama_cpp_python"].licence.startswith("MIT")
    assert "pytest" not in known
