"""What lives on the engine thread: the loaded model, document memories in use, prompt states; who handles which request.

Knows how the engine's parts are put together. Imports no torch until the first model is loaded or prepared.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import training_lock
from engine.adapter_strength import sha256_at
from engine.api import (
    ADAPTER_FILE,
    Answered,
    Ask,
    Compared,
    ComparePrompt,
    Compress,
    Compressed,
    CompressorTrained,
    DescribeEngine,
    DropDocument,
    EncodeSegments,
    EngineDescription,
    Learn,
    Learned,
    LoadModel,
    MeasureReading,
    MeasureSpeed,
    ModelInfo,
    ModelRef,
    PrepareModel,
    PreviewAsk,
    Previewed,
    ReadingMeasured,
    SegmentsEncoded,
    SegmentTraining,
    SpeedMeasured,
    TrainCompressor,
    Writer,
)
from engine.backends.base import keeping_backend, new_state
from engine.jobs import Handler, Progress, Steps
from engine.llama.library import why_unavailable
from engine.loaded_model import LoadedModel
from engine.loading import prepare
from engine.memory_need import available_bytes
from engine.model_folder import read_card
from engine.prompt_states import Prefix, PromptStates, StateKey
from engine.prompt_store import AtRest, PromptStore
from engine.speeds import engine_threads

if TYPE_CHECKING:  # a window names our handlers and does not wait for what they need
    from engine.backends.base import ActiveAdapter, Backend, PromptState
    from engine.prefix_cache import PrefixCache
    from engine.tokenization import Tokenizer

log = logging.getLogger(__name__)


class Runtime:
    """One per process, used by the engine thread alone.

    device: "auto" | "cpu" | "cuda". leave_cores: cores the models keep off.
    nf4: load weights in 4 bits (CUDA, bitsandbytes). store: where prompt states are kept between sessions; None: nowhere.
    at_rest: how exact states are written there.
    """

    def __init__(
        self,
        *,
        device: str = "auto",
        leave_cores: int = 1,
        nf4: bool = False,
        store: PromptStore | None = None,
        at_rest: AtRest = AtRest.HALF,
    ) -> None:
        # Threads that wait for each other spin only shortly, then sleep. Read by the OpenMP runtime when torch loads. Measured
        # on two cores, tokens/s learned on a quiet machine and beside a busy program: endless spinning 200-230 and 33-89, this
        # 196-232 and 85-127, no spinning 171 and 161.
        os.environ.setdefault("GOMP_SPINCOUNT", "2000")
        self._device = device
        self._nf4 = nf4
        self.threads = engine_threads(leave_cores)
        self.models = LoadedModel(device=device, threads=self.threads, nf4=nf4, forget=self._forget_states)
        self._tokenizer: tuple[Path, Tokenizer, int] | None = None
        """The one last asked for of a model that was not loaded: its folder, itself, the model's context."""
        self.prompt_states = PromptStates()
        self.prompt_store = store
        self._at_rest = at_rest
        self.document_memory: dict[str, dict[str, Any]] = {}
        """document_key -> what methods keep of a document between requests (an index, ...), each under a name of its
        own.
        """

    @cached_property
    def prefix_cache(self) -> PrefixCache:
        from engine.prefix_cache import PrefixCache

        return PrefixCache(self.prompt_store, self._at_rest)

    @property
    def backend(self) -> Backend | None:
        """The loaded model, if any: in both engines, or in the one that has it."""
        return self.models.backend

    def load(self, model: ModelRef) -> Steps[Backend]:
        """The model in PyTorch; loads it when another one, or none, is loaded. One model is kept at a time.

        What was loaded is told as the detail of the last Progress: a ModelInfo.
        """
        return (yield from self.models.load(model))

    def load_for_writing(self, model: ModelRef, writer: Writer = Writer.AUTO) -> Steps[Backend]:
        """What a model's answers are written with (`engine.loaded_model`). Raises EngineError where it cannot be that writer."""
        return (yield from self.models.load_for_writing(model, writer))

    def unload(self) -> None:
        """Give the model's memory back, all of it."""
        self.models.unload()

    def _forget_states(self) -> None:
        self.prompt_states.clear()

    @contextlib.contextmanager
    def prompt_state(
        self, backend: Backend, document_key: str, adapter: ActiveAdapter | None, prefix: Prefix | None = None
    ) -> Iterator[PromptState]:
        """The state left by the last prompt about this document with this model, adapter and prefix, or an empty one.

        It is kept again on leaving, however the block ends, unless the document was dropped or the model changed
        meanwhile.
        """
        adapter_sha256 = "" if adapter is None else adapter.sha256
        sha256 = "" if prefix is None else prefix.sha256
        key = StateKey(backend.info.model.identity, adapter_sha256, document_key, sha256)
        kept = self.prompt_states.take(key)
        state = None if kept is None else self.models.usable_state(backend, kept)
        state = state or new_state(backend, adapter, None if prefix is None else prefix.state)
        memory = self.document_memory.setdefault(document_key, {})
        try:
            yield state
        finally:
            if self.models.is_current(backend) and self.document_memory.get(document_key) is memory:
                self.prompt_states.keep(key, state)
            else:
                self.models.forget_texts()

    def tokenizer(self, model: ModelRef) -> tuple[Tokenizer, int]:
        """A model's tokenizer and how many tokens it holds, without loading the model."""
        loaded = self._loaded(model)
        if loaded is not None:
            return loaded.tokenizer, loaded.context_tokens
        from engine.tokenization import EchoTokenizer, FolderTokenizer

        if model.folder is None:
            from engine.backends.echo import CONTEXT_TOKENS

            return EchoTokenizer(), CONTEXT_TOKENS
        if self._tokenizer is None or self._tokenizer[0] != model.folder:
            self._tokenizer = (model.folder, FolderTokenizer(model.folder), read_card(model.folder).context_tokens)
        return self._tokenizer[1], self._tokenizer[2]

    def held_tokens(
        self, model: ModelRef, adapter_sha256: str, document_key: str, prefix_sha256: str = ""
    ) -> list[int]:
        """What the last prompt about a document with this model, adapter and prefix has left read."""
        return self.prompt_states.tokens(StateKey(model.identity, adapter_sha256, document_key, prefix_sha256))

    def scopes(self, model: ModelRef, adapter_sha256: str) -> list[str]:
        """What exact states of this model and adapter are filed under; [] before the model is loaded: only then is it known
        what it computes in."""
        loaded = self._loaded(model)
        keeping = None if loaded is None else keeping_backend(loaded)
        identities = () if keeping is None else keeping.kept_identities()
        return [replace(identity, adapter=adapter_sha256).scope for identity in identities]

    def drop_document(self, document_key: str) -> None:
        """Forget everything held in memory for a document. Jobs of it that still run will not keep their state.

        What the store holds of it is for those to remove who forget it: they prove it, too.
        """
        self.prompt_states.drop_document(document_key)
        self.document_memory.pop(document_key, None)
        self.models.forget_texts()

    def describe(self, model: ModelRef | None = None) -> EngineDescription:
        """What models run on here, and whether llama.cpp can write with this one. Asks of PyTorch only what is loaded already."""
        if "torch" not in sys.modules:
            said = EngineDescription("", "", False, available_bytes(), 0)
        else:
            from engine.devices import engine_description

            said = engine_description(self._device, self.backend, self.prompt_states.nbytes, nf4=self._nf4)
        said = replace(said, llama=(why_unavailable() or "") if model is None else self.models.why_not_llama(model))
        llama = self.models.llama
        if llama is None:
            return said
        held = llama.native.bytes_held
        of_its_own = held - llama.native.weights_bytes  # these are mapped from their file, and count as free
        return replace(
            said, llama_model=llama.info.model.name, llama_bytes=held, held_bytes=said.held_bytes + of_its_own
        )

    def _loaded(self, model: ModelRef) -> Backend | None:
        backend = self.backend
        return backend if backend is not None and backend.info.model.identity == model.identity else None


def handlers(runtime: Runtime) -> Mapping[type, Handler]:
    """Who answers which request. Methods are imported when first asked for: they bring torch."""

    def prepare_model(request: PrepareModel) -> Steps[ModelInfo]:
        ref = yield from prepare(request.source, request.folder, request.name, adopt=request.adopt)
        card = read_card(request.folder)
        return ModelInfo(
            model=ref,
            architecture=card.architecture,
            parameters=card.parameters,
            context_tokens=card.context_tokens,
            device="",
            dtype=card.dtype,
            weights_bytes=card.weights_bytes,
            load_s=0.0,
        )

    def load_model(request: LoadModel) -> Steps[ModelInfo]:
        backend = yield from runtime.load_for_writing(request.model, request.writer)
        if request.writer is Writer.PYTORCH:
            runtime.models.release_llama()
        return backend.info

    def describe_engine(request: DescribeEngine) -> Steps[EngineDescription]:
        yield None
        return runtime.describe(request.model)

    def measure_reading(request: MeasureReading) -> Steps[ReadingMeasured]:
        yield Progress("Starting the engine", 0)
        from engine import reading_measure

        return (yield from reading_measure.measure_reading(request, runtime))

    def measure_speed(request: MeasureSpeed) -> Steps[SpeedMeasured]:
        yield Progress("Starting the engine", 0)
        from engine import speeds

        return (yield from speeds.measure_speed(request, runtime))

    def drop_document(request: DropDocument) -> Steps[None]:
        yield Progress("Forgetting", 0)
        runtime.drop_document(request.document_key)

    def learn(request: Learn) -> Steps[Learned]:
        yield Progress("Starting the engine", 0)
        from engine.methods import temp_lora

        return (yield from training_lock.holding(request.lock_file, temp_lora.learn(request, runtime)))

    def ask(request: Ask) -> Steps[Answered]:
        yield Progress("Starting the engine", 0)
        from engine import asking

        return (yield from asking.ask(request, runtime))

    def compress(request: Compress) -> Steps[Compressed]:
        yield Progress("Starting the engine", 0)
        from engine.methods.gist import compressing

        return (yield from compressing.compress(request, runtime))

    def encode_segments(request: EncodeSegments) -> Steps[SegmentsEncoded]:
        yield Progress("Starting the engine", 0)
        from engine.methods.segments import encoding_text

        return (yield from encoding_text.encode_segments(request, runtime))

    def compare_prompt(request: ComparePrompt) -> Steps[Compared]:
        yield Progress("Starting the engine", 0)
        from engine.methods.gist import comparing

        return (yield from comparing.compare_prompt(request, runtime))

    def preview_ask(request: PreviewAsk) -> Steps[Previewed]:
        from engine import asking

        return (yield from asking.preview(request, runtime))

    def train_compressor(request: TrainCompressor) -> Steps[CompressorTrained]:
        yield Progress("Starting the engine", 0)
        if isinstance(request.config, SegmentTraining):
            from engine.methods.segments.training import train_compressor as train
        else:
            from engine.methods.gist.training import train_compressor as train

        return (yield from training_lock.holding(request.lock_file, train(request, runtime)))

    return {
        PrepareModel: prepare_model,
        LoadModel: load_model,
        DescribeEngine: describe_engine,
        MeasureReading: measure_reading,
        MeasureSpeed: measure_speed,
        DropDocument: drop_document,
        Learn: learn,
        Ask: ask,
        PreviewAsk: preview_ask,
        Compress: compress,
        ComparePrompt: compare_prompt,
        EncodeSegments: encode_segments,
        TrainCompressor: train_compressor,
    }


def adapter_sha256(folder: Path | None, strength: float) -> str:
    """Of the adapter in a folder as it acts at a strength; "" where there is none. Loads nothing."""
    file = None if folder is None else folder / ADAPTER_FILE
    return "" if file is None or not file.is_file() else sha256_at(_sha256(file, file.stat().st_mtime_ns), strength)


@lru_cache(maxsize=4)
def _sha256(file: Path, _changed_ns: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
