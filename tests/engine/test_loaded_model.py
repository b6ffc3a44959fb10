"""Which engines a model is loaded into, what its answers are written with then, and what is said where it cannot be."""

from __future__ import annotations

import gc
import json
import os
import shutil
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine import speeds
from engine.api import (
    LLAMACPP,
    PYTORCH,
    Ask,
    DescribeEngine,
    DropDocument,
    Learn,
    LearnConfig,
    LoadModel,
    MeasureSpeed,
    PassageText,
    PreviewAsk,
    SpeedMeasured,
    Writer,
)
from engine.backends.echo import ECHO_MODEL
from engine.backends.llamacpp import LlamaCppBackend
from engine.backends.paired import PairedBackend
from engine.backends.pytorch import TorchBackend
from engine.devices import choose_dtype, precision
from engine.engine_choice import Engines, choose_engines
from engine.errors import EngineError, ModelError, OutOfMemory
from engine.jobs import Progress, run_to_end
from engine.loading import embedded_folder, embedded_model
from engine.memory_need import ENGINE_BYTES, llama_bytes, memory_need, read_geometry
from engine.runtime import Runtime, handlers
from engine.speeds import keep_speeds, kept_speeds, machine

TEXTS = (
    "The cat of the Copy House was called Codicil.",
    "Mrs Stannard kept the key in a jar of dried peas.",
    "Bethuel Crane rowed the ferry.",
)
PASSAGES = tuple(PassageText(100 * i, 100 * i + len(text), text) for i, text in enumerate(TEXTS))
STYLE = {
    "prompt": {
        "instruction": "Answer.",
        "answer_prefix": "",
        "stop_at_newline": False,
        "passage_tokens": 40,
        "excerpt_characters": 0,
    },
    "jrt": {"form": "once", "on_form": "twice"},
}
MISSING = "llama.cpp is not installed: build it."
FASTER_PYTORCH = SpeedMeasured(100.0, 50.0, 50.0, 10.0, 0.001, machine(), 1)
SMALL = LearnConfig(
    chunk_tokens=16, window_tokens=64, reread_tokens=16, rank=4, learning_rate=1e-2, epochs=1, base_every=1
)


@pytest.fixture
def model(llama_library, gguf_model, tmp_path, monkeypatch):
    """A tiny model with its GGUF file in a folder of its own, in fp32."""
    shared = gguf_model("llama")
    folder = shutil.copytree(shared.folder, tmp_path / "model")
    (folder / "asking.json").write_text(json.dumps(STYLE), "utf-8")
    monkeypatch.setattr("engine.backends.pytorch.choose_dtype", lambda device: torch.float32)
    return replace(shared, folder=folder)


@pytest.fixture
def own_gguf(model, open_gguf):
    """The file the model came from, in a place where it may be changed."""
    path = shutil.copyfile(open_gguf("llama"), model.folder / "mine.gguf")
    card = json.loads((model.folder / "palimpsest.json").read_text())
    card["gguf"] |= {"path": str(path), "mtime_ns": path.stat().st_mtime_ns}
    (model.folder / "palimpsest.json").write_text(json.dumps(card))
    return path


@pytest.fixture
def question(model):
    return Ask(model, "Where was the key?", "doc", "The Light Book", PASSAGES, max_new_tokens=6)


@pytest.fixture
def runtime():
    made = Runtime(device="cpu")
    yield made
    made.unload()


def asked(request: Ask, runtime: Runtime):
    return run_to_end(handlers(runtime)[Ask](request))


def described(runtime: Runtime, model=None):
    return run_to_end(handlers(runtime)[DescribeEngine](DescribeEngine(model)))


def leave_free(monkeypatch, nbytes: int) -> None:
    for place in ("engine.loaded_model.available_bytes", "engine.devices.available_bytes"):
        monkeypatch.setattr(place, lambda: nbytes)


sizes = st.integers(0, 100)


@given(sizes, sizes, sizes, st.none() | sizes, st.booleans())
def test_what_is_chosen_fits_wherever_anything_does(pytorch, llama, free, card, insists):
    room = free if card is None else card
    chosen = choose_engines(
        pytorch_bytes=pytorch, llama_bytes=llama, free_bytes=free, graphics_bytes=card, insists=insists
    )
    taken = llama * chosen.llama + (pytorch * chosen.pytorch if card is None else 0)
    fits = taken <= free and (not chosen.pytorch or pytorch <= room)
    both = pytorch <= room and llama + (pytorch if card is None else 0) <= free
    assert (chosen == Engines(pytorch=True, llama=True)) == both or (insists and pytorch == 0)
    assert chosen.pytorch or chosen.llama
    assert not insists or chosen.llama
    if both or (not insists and (pytorch <= room or llama <= free)):
        assert fits


def test_an_answer_is_written_by_llama_cpp_and_read_by_pytorch(question, runtime):
    answer = asked(question, runtime)
    assert (answer.reader, answer.writer) == (PYTORCH, LLAMACPP)
    assert 0 < answer.handed_over_s < answer.ttft_s
    again = asked(replace(question, question="Who rowed the ferry?"), runtime)
    assert again.writer == LLAMACPP and 0 < again.reused_tokens < again.prompt_tokens
    info = run_to_end(handlers(runtime)[LoadModel](LoadModel(question.model)))
    assert info.llama == "F32" and info.llama_bytes > 0 and info.weights_bytes > 0
    said = described(runtime, question.model)
    assert (said.llama, said.llama_model) == ("", question.model.name) and said.llama_bytes > 0


def test_either_writer_goes_on_with_what_the_other_has_read(question, runtime):
    first = asked(question, runtime)
    by_pytorch = asked(replace(question, writer=Writer.PYTORCH), runtime)
    back = asked(replace(question, writer=Writer.LLAMACPP), runtime)
    assert (by_pytorch.writer, back.writer) == (PYTORCH, LLAMACPP)
    assert by_pytorch.reused_tokens == back.reused_tokens == first.prompt_tokens - 1
    assert runtime.models.llama is not None  # one answer by PyTorch costs no other its loading
    run_to_end(handlers(runtime)[LoadModel](LoadModel(question.model, Writer.PYTORCH)))
    assert runtime.models.llama is None and isinstance(runtime.backend, TorchBackend)
    assert asked(question, runtime).reused_tokens == first.prompt_tokens - 1
    assert first.answer == by_pytorch.answer == back.answer


def test_what_pytorch_alone_has_read_is_not_read_again(question, runtime):
    alone = asked(replace(question, writer=Writer.PYTORCH), runtime)
    assert isinstance(runtime.backend, TorchBackend) and described(runtime).llama_model == ""
    both = asked(question, runtime)
    assert both.writer == LLAMACPP and both.reused_tokens == both.prompt_tokens - 1
    assert alone.answer == both.answer


def test_without_llama_cpp_everything_is_as_it_was_and_the_way_to_it_is_said(question, runtime, monkeypatch):
    monkeypatch.setattr("engine.llama.usable.why_unavailable", lambda: MISSING)
    answer = asked(question, runtime)
    assert (answer.reader, answer.writer, answer.handed_over_s) == (PYTORCH, PYTORCH, 0.0)
    assert described(runtime, question.model).llama == MISSING
    with pytest.raises(EngineError, match="not installed"):
        asked(replace(question, writer=Writer.LLAMACPP), runtime)
    assert isinstance(run_to_end(runtime.load_for_writing(question.model)), TorchBackend)
    measured = run_to_end(handlers(runtime)[MeasureSpeed](MeasureSpeed(question.model)))
    assert measured.pytorch_reads > 0 and measured.llama_reads == measured.hand_over_s_per_mb == 0
    assert (measured.reader, measured.writer) == (PYTORCH, PYTORCH)
    monkeypatch.undo()  # built meanwhile: what was measured without it decides nothing
    assert asked(question, runtime).writer == LLAMACPP


def test_a_file_that_was_moved_or_changed_since_is_not_used(question, own_gguf, runtime):
    assert asked(question, runtime).writer == LLAMACPP
    runtime.unload()
    data = own_gguf.read_bytes()
    own_gguf.write_bytes(data[:-4] + b"\0\0\0\1")
    os.utime(own_gguf, ns=(1, 1))
    assert asked(question, runtime).writer == PYTORCH
    own_gguf.unlink()
    with pytest.raises(EngineError, match="moved or changed"):
        asked(replace(question, writer=Writer.LLAMACPP), runtime)
    assert "moved or changed" in described(runtime, question.model).llama


def test_a_model_without_a_gguf_file_is_pytorchs(family_model, runtime):
    said = described(runtime, family_model("llama"))
    assert "GGUF" in said.llama or "llama.cpp" in said.llama
    with pytest.raises(EngineError):
        run_to_end(runtime.load_for_writing(family_model("llama"), Writer.LLAMACPP))
    assert isinstance(run_to_end(runtime.load_for_writing(family_model("llama"))), TorchBackend)


def test_the_echo_writes_itself(runtime):
    answer = asked(Ask(ECHO_MODEL, "Who rowed the ferry?", "d", "T", PASSAGES), runtime)
    assert (answer.reader, answer.writer) == ("echo", "echo")
    with pytest.raises(EngineError, match=r"no weights that llama\.cpp could run"):
        asked(Ask(ECHO_MODEL, "Who rowed the ferry?", "d", "T", PASSAGES, writer=Writer.LLAMACPP), runtime)


def test_what_llama_cpp_does_not_open_is_pytorchs_and_not_tried_again(question, runtime, monkeypatch, caplog):
    tries = []

    def refuse(*_, **__):
        tries.append(1)
        raise ModelError("llama.cpp cannot load it.")

    monkeypatch.setattr("engine.backends.llamacpp.load_llamacpp", refuse)
    assert asked(question, runtime).writer == asked(question, runtime).writer == PYTORCH
    assert len(tries) == 1 and "cannot load it" in caplog.text
    with pytest.raises(EngineError, match="cannot load it"):
        asked(replace(question, writer=Writer.LLAMACPP), runtime)


def test_memory_that_llama_cpp_did_not_get_is_asked_for_again(question, runtime, monkeypatch):
    def full(*_, **__):
        raise OutOfMemory("llama.cpp needs 9.0 GB for a text of 2,048 tokens and did not get them.")

    with monkeypatch.context() as patch:
        patch.setattr("engine.backends.llamacpp.load_llamacpp", full)
        assert asked(question, runtime).writer == PYTORCH
        with pytest.raises(OutOfMemory, match="did not get them"):
            asked(replace(question, writer=Writer.LLAMACPP), runtime)
    assert asked(question, runtime).writer == LLAMACPP


def test_where_pytorch_does_not_fit_llama_cpp_works_alone_and_learning_is_refused_with_both_numbers(
    question, runtime, monkeypatch, tmp_path
):
    leave_free(monkeypatch, 100_000_000)
    answer = asked(question, runtime)
    assert isinstance(runtime.backend, LlamaCppBackend)
    assert (answer.reader, answer.writer) == (LLAMACPP, LLAMACPP)
    assert asked(question, runtime).reused_tokens == answer.prompt_tokens - 1
    learning = Learn(question.model, TEXTS[0] * 10, tmp_path / "memory", SMALL)
    with pytest.raises(OutOfMemory, match=r"needs 0\.2 GB of memory and 0\.1 GB are free.*llama\.cpp does that alone"):
        run_to_end(handlers(runtime)[Learn](learning))
    with pytest.raises(OutOfMemory):
        asked(replace(question, writer=Writer.PYTORCH), runtime)
    assert asked(question, runtime).answer == answer.answer  # it is there still
    measured = run_to_end(handlers(runtime)[MeasureSpeed](MeasureSpeed(question.model)))
    assert measured.llama_writes > 0 == measured.pytorch_writes and not measured.is_complete

    leave_free(monkeypatch, 2_000_000_000)
    run_to_end(handlers(runtime)[Learn](learning))
    both = asked(question, runtime)
    assert isinstance(runtime.backend, PairedBackend)
    assert both.writer == LLAMACPP
    assert isinstance(run_to_end(runtime.load_for_writing(question.model)), PairedBackend)
    assert both.reused_tokens == both.prompt_tokens - 1 and both.answer == answer.answer


def test_where_only_one_fits_beside_the_other_it_is_the_one_that_can_do_everything(question, runtime, monkeypatch):
    geometry = read_geometry(question.model.folder)
    cpu = torch.device("cpu")
    pytorch = memory_need(geometry, precision(cpu, choose_dtype(cpu))).asking - ENGINE_BYTES
    leave_free(monkeypatch, pytorch + llama_bytes(geometry, 0) - 1)
    assert asked(question, runtime).writer == PYTORCH
    leave_free(monkeypatch, 1_000_000)
    with pytest.raises(OutOfMemory, match=r"in llama\.cpp needs .* GB of memory and 0\.0 GB are free"):
        asked(replace(question, writer=Writer.LLAMACPP), runtime)
    assert asked(question, runtime).writer == PYTORCH


def test_a_model_that_gives_way_to_another_leaves_nothing_in_llama_cpp(question, runtime):
    asked(question, runtime)
    native = weakref.ref(runtime.models.llama.native)
    run_to_end(handlers(runtime)[LoadModel](LoadModel(ECHO_MODEL)))
    gc.collect()
    assert native() is None and described(runtime).llama_model == ""


def test_learning_goes_on_as_if_no_question_had_been_let_in(question, runtime, tmp_path):
    """The same model, in the middle of a chunk, its own adapter at work."""
    text = " ".join(TEXTS) * 4
    alone = run_to_end(handlers(Runtime(device="cpu"))[Learn](Learn(question.model, text, tmp_path / "a", SMALL)))
    steps = handlers(runtime)[Learn](Learn(question.model, text, tmp_path / "b", SMALL))
    expected = asked(question, Runtime(device="cpu")).answer
    chunks = 0
    while True:
        try:
            event = next(steps)
        except StopIteration as ended:
            learned = ended.value
            break
        if event is None and chunks < 3 and runtime.backend is not None:
            chunks += 1
            assert asked(question, runtime).answer == expected
    assert chunks == 3 and learned.adapter_sha256 == alone.adapter_sha256


def test_with_the_adapter_that_was_learned_and_at_any_strength(question, runtime, tmp_path):
    learning = Learn(question.model, " ".join(TEXTS) * 4, tmp_path / "memory", SMALL)
    run_to_end(handlers(runtime)[Learn](learning))
    with_it = replace(question, adapter=learning.folder)
    for scale in (1.0, 0.5, 2.0):
        by_both = asked(replace(with_it, adapter_scale=scale), runtime)
        by_pytorch = asked(replace(with_it, adapter_scale=scale, writer=Writer.PYTORCH), Runtime(device="cpu"))
        assert by_both.adapter_used and by_both.writer == LLAMACPP
        assert by_both.answer == by_pytorch.answer
    assert not asked(replace(with_it, adapter_scale=0.0), runtime).adapter_used


def test_what_is_previewed_at_a_strength_is_what_was_read_at_it(question, runtime, tmp_path):
    learning = Learn(question.model, " ".join(TEXTS) * 4, tmp_path / "memory", SMALL)
    run_to_end(handlers(runtime)[Learn](learning))
    half = replace(question, adapter=learning.folder, adapter_scale=0.5)
    answer = asked(half, runtime)

    def reused(request):
        return run_to_end(handlers(runtime)[PreviewAsk](PreviewAsk(request))).reused_tokens

    assert reused(half) == answer.prompt_tokens - 1
    assert reused(replace(half, adapter_scale=1.0)) == reused(replace(half, adapter=None)) == 0
    asked(replace(half, adapter=None), runtime)
    assert reused(replace(half, adapter_scale=0.0)) == answer.prompt_tokens - 1


def test_nothing_of_a_document_stays_in_llama_cpp_once_it_is_dropped(question, runtime, tmp_path):
    learning = Learn(question.model, " ".join(TEXTS) * 4, tmp_path / "memory", SMALL)
    run_to_end(handlers(runtime)[Learn](learning))
    other = asked(replace(question, document_key="other"), runtime)
    asked(replace(question, adapter=learning.folder), runtime)
    native = runtime.models.llama.native
    adapters_bytes = native.bytes_held
    run_to_end(handlers(runtime)[DropDocument](DropDocument("doc")))
    assert native.cells == 0 and native.bytes_held < adapters_bytes
    again = asked(replace(question, document_key="other"), runtime)
    assert again.answer == other.answer and again.reused_tokens == other.prompt_tokens - 1


def test_a_question_about_a_document_that_is_dropped_meanwhile_leaves_nothing_in_llama_cpp(question, runtime):
    steps = handlers(runtime)[Ask](question)
    dropped = False
    while True:
        try:
            event = next(steps)
        except StopIteration:
            break
        if not dropped and getattr(event, "stage", "") == "Reading" and getattr(event, "total", None):
            run_to_end(handlers(runtime)[DropDocument](DropDocument("doc")))
            dropped = True
    assert dropped and runtime.models.llama.native.cells == 0 and not runtime.prompt_states.keys()


def test_speeds_are_measured_once_for_a_machine_its_versions_and_threads(question, runtime, monkeypatch):
    folder: Path = question.model.folder
    assert kept_speeds(folder) is None
    events = []
    measured = run_to_end(handlers(runtime)[MeasureSpeed](MeasureSpeed(question.model)), events.append)
    assert min(measured.pytorch_reads, measured.pytorch_writes, measured.llama_reads, measured.llama_writes) > 0
    assert measured.hand_over_s_per_mb > 0 and measured.machine == machine()
    done = [event.done for event in events if isinstance(event, Progress) and event.stage == "Measuring"]
    assert done == [0, 1, 2, 3, 4, 5]
    assert (
        kept_speeds(folder)
        == kept_speeds(folder, runtime.threads)
        == measured
        == Runtime().models.speeds(question.model)
    )
    assert kept_speeds(folder, runtime.threads + 1) is None
    with monkeypatch.context() as patch:
        patch.setattr(speeds, "_versions", lambda: {"torch": "9"})
        assert kept_speeds(folder) is None
    with monkeypatch.context() as patch:
        patch.setattr(speeds, "machine", lambda: "another one, 2 cores")
        assert kept_speeds(folder) is None
    (folder / "speeds.json").write_text('{"speeds": 3}')
    assert kept_speeds(folder) is None


def test_where_pytorch_writes_faster_llama_cpp_is_not_even_loaded(question, runtime):
    keep_speeds(question.model.folder, replace(FASTER_PYTORCH, threads=runtime.threads))
    assert asked(question, runtime).writer == PYTORCH and runtime.models.llama is None
    assert asked(replace(question, writer=Writer.LLAMACPP), runtime).writer == LLAMACPP
    assert asked(question, runtime).writer == PYTORCH


def test_a_folder_that_nothing_can_be_written_to_costs_the_speeds_and_nothing_else(tmp_path, caplog):
    keep_speeds(tmp_path / "gone", FASTER_PYTORCH)
    assert kept_speeds(tmp_path / "gone") is None and "not kept" in caplog.text


@pytest.mark.model
def test_the_embedded_model_reads_in_pytorch_and_writes_in_llama_cpp(llama_library, new_store, monkeypatch):
    from engine.llama.native import NativeModel

    assert embedded_folder().is_dir(), "run `make` once"
    counts: list[int] = []
    decode = NativeModel.decode
    monkeypatch.setattr(
        NativeModel,
        "decode",
        lambda self, ids, *rest, **more: counts.append(len(ids)) or decode(self, ids, *rest, **more),
    )
    monkeypatch.setattr("engine.loaded_model.kept_speeds", lambda *_: None)
    store, request = new_store(), Ask(embedded_model(), "What was the cat called?", "d", "The Copy House", PASSAGES)
    runtime = Runtime(device="cpu", store=store)
    run_to_end(runtime.load_for_writing(request.model))
    counts.clear()
    answer = asked(request, runtime)
    assert "Codicil" in answer.answer and (answer.reader, answer.writer) == (PYTORCH, LLAMACPP)
    assert set(counts) == {1}
    alone = asked(replace(request, use_store=False, writer=Writer.PYTORCH), Runtime(device="cpu"))
    assert "Codicil" in alone.answer
    runtime.unload()
    restarted = Runtime(device="cpu", store=store)
    run_to_end(restarted.load_for_writing(request.model))
    counts.clear()
    again = asked(request, restarted)
    assert again.reused_tokens >= 32 and set(counts) == {1} and again.answer == answer.answer
