"""What lives on the engine thread: one model, states kept per document, and nothing of a document once it is dropped."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import REQUESTS, Ask, DropDocument, LoadModel, PassageText, PrepareModel, Quoted
from engine.backends.echo import ECHO_MODEL
from engine.chat_template import ChatMessage
from engine.errors import EngineError
from engine.generation import generate
from engine.jobs import JobRunner, Lane, run_to_end
from engine.loaded_model import LoadedModel
from engine.prompt_states import PromptStates, StateKey
from engine.runtime import Runtime, handlers
from engine.sampling import Sampling


@dataclass
class FakeState:
    nbytes: int
    tokens: list[int] = field(default_factory=list)
    adapter: None = None


operations = st.lists(
    st.tuples(st.sampled_from(["keep", "take", "drop"]), st.integers(0, 4), st.integers(0, 60)), max_size=40
)


@given(operations)
def test_states_stay_within_their_bytes_and_the_newest_stays(steps):
    states = PromptStates(limit_bytes=100)
    model: dict[StateKey, FakeState] = {}
    for what, which, size in steps:
        key = StateKey("model", "", f"document {which}")
        if what == "keep":
            states.keep(key, FakeState(size))
            model.pop(key, None)
            model[key] = FakeState(size)
            while sum(state.nbytes for state in model.values()) > 100 and len(model) > 1:
                del model[next(iter(model))]
        elif what == "take":
            assert (states.take(key) is not None) == (model.pop(key, None) is not None)
        else:
            states.drop_document(key.document_key)
            model.pop(key, None)
        assert states.keys() == list(model)
        assert states.nbytes == sum(state.nbytes for state in model.values())


def ask(runtime: Runtime, document_key: str, question: str, model=ECHO_MODEL):
    def steps():
        backend = yield from runtime.load(model)
        ids = backend.tokenizer.encode_chat([ChatMessage("user", f"The sea was grey. {question}")])
        with runtime.prompt_state(backend, document_key, None) as state:
            return (yield from generate(backend, ids, sampling=Sampling(), max_new_tokens=5, state=state))

    return steps()


def test_a_second_question_reads_only_what_is_new():
    runtime = Runtime()
    first = run_to_end(ask(runtime, "a", "Who swims?"))
    second = run_to_end(ask(runtime, "a", "Who sings?"))
    elsewhere = run_to_end(ask(runtime, "b", "Who sings?"))
    assert first.reused_tokens == elsewhere.reused_tokens == 0
    assert second.reused_tokens == first.prompt_tokens - len(["swims?", "end of turn", "assistant"])


def test_dropping_a_document_leaves_no_state_of_it():
    runtime = Runtime()
    for key in ("a", "b"):
        run_to_end(ask(runtime, key, "Who swims?"))
        runtime.document_memory[key]["index"] = object()
    run_to_end(handlers(runtime)[DropDocument](DropDocument("a")))
    assert [key.document_key for key in runtime.prompt_states.keys()] == ["b"]  # noqa: SIM118  # not a dict
    assert list(runtime.document_memory) == ["b"]


def test_a_document_dropped_while_it_is_asked_about_leaves_no_state_either():
    runtime = Runtime()
    steps = ask(runtime, "a", "Who swims?")
    for _ in range(4):
        next(steps)
    runtime.drop_document("a")
    steps.close()
    assert not runtime.prompt_states.keys() and not runtime.document_memory


def test_a_stopped_question_keeps_what_it_has_read():
    runtime = Runtime()
    steps = ask(runtime, "a", "Who swims?")
    for _ in range(4):
        next(steps)
    steps.close()
    assert run_to_end(ask(runtime, "a", "Who swims?")).reused_tokens > 0


def test_one_model_is_kept_and_loading_it_again_costs_nothing(family_model):
    runtime = Runtime(device="cpu")
    table = handlers(runtime)
    tiny = LoadModel(family_model("qwen2"))
    info = run_to_end(table[LoadModel](tiny))
    loaded = runtime.backend
    assert run_to_end(table[LoadModel](tiny)) == info and runtime.backend is loaded
    run_to_end(ask(runtime, "a", "Who swims?", model=tiny.model))
    assert run_to_end(table[LoadModel](LoadModel(ECHO_MODEL))).architecture == "echo"
    assert not runtime.prompt_states.keys()


def test_preparing_a_model_tells_what_it_is(family_folder, tmp_path):
    table = handlers(Runtime())
    info = run_to_end(table[PrepareModel](PrepareModel(family_folder("qwen3"), tmp_path / "m", "mine")))
    assert (info.model.name, info.architecture, info.device) == ("mine", "qwen3", "")
    assert info.parameters > 0 and info.weights_bytes > 4 * info.parameters


def test_every_request_of_the_seam_has_a_handler():
    assert set(handlers(Runtime())) == set(REQUESTS)


@pytest.mark.parametrize("module", ["engine.runtime", "engine.backends.echo", "engine.generation", "engine.loading"])
def test_importing_brings_no_torch(module):
    code = f"import sys, {module}; assert not {{'torch', 'transformers'}} & set(sys.modules), 'torch came along'"
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


@pytest.fixture
def slow_load(monkeypatch):
    """Loading takes until `go` is set. Returns go, and how often a load has begun."""
    go, begun = threading.Event(), []
    load = LoadedModel._load_pytorch

    def slow(models, model):
        begun.append(model.name)
        assert go.wait(20)
        return load(models, model)

    monkeypatch.setattr(LoadedModel, "_load_pytorch", slow)
    yield go, begun
    go.set()


def test_a_job_stops_at_once_while_a_model_loads_and_the_next_one_has_the_model(slow_load):
    go, begun = slow_load
    runtime = Runtime()
    first = runtime.load(ECHO_MODEL)
    for _ in range(3):
        next(first)
    first.close()
    assert runtime.backend is None
    second, third = runtime.load(ECHO_MODEL), runtime.load(ECHO_MODEL)
    next(second), next(third)
    go.set()
    assert run_to_end(second) is run_to_end(third) is runtime.backend
    assert begun == ["echo"]


def test_what_goes_wrong_while_loading_is_told_to_who_waits_and_is_tried_anew(monkeypatch):
    def fail(runtime, model):
        raise EngineError("no such weights")

    runtime = Runtime()
    with monkeypatch.context() as patch:
        patch.setattr(LoadedModel, "_load_pytorch", fail)
        with pytest.raises(EngineError, match="no such weights"):
            run_to_end(runtime.load(ECHO_MODEL))
    assert run_to_end(runtime.load(ECHO_MODEL)) is runtime.backend


def test_sentences_are_quoted_while_a_model_loads(slow_load):
    go, _ = slow_load
    runner = JobRunner(handlers(Runtime()), name="engine")
    passages = (PassageText(0, 28, "The cat was called Codicil."),)
    try:
        runner.submit(LoadModel(ECHO_MODEL), lane=Lane.BACKGROUND)
        runner.submit(Ask(ECHO_MODEL, "What was the cat called?", "d", "T", passages), lane=Lane.INTERACTIVE)
        while not isinstance(getattr(runner.events.get(timeout=20).event, "detail", None), Quoted):
            pass
        assert not go.is_set()
        go.set()
    finally:
        runner.close()
