"""The one model that is loaded: in PyTorch, in llama.cpp, or in both; and how it gets there.

Knows backends, memory and what was measured. Knows no prompt, document or request. Imports no torch until a model is loaded.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from engine.api import PYTORCH, ModelRef, SpeedMeasured, Writer
from engine.engine_choice import Engines, choose_engines
from engine.errors import EngineError, ModelError, OutOfMemory
from engine.jobs import Progress, Steps, beside
from engine.llama.usable import why_not
from engine.load_thread import LoadThread
from engine.memory_need import ENGINE_BYTES, available_bytes, gguf_memory, llama_bytes, memory_need, read_geometry
from engine.model_folder import locate_gguf
from engine.speeds import keep_speeds, kept_speeds

if TYPE_CHECKING:  # a window names our handlers and does not wait for what they need
    from engine.backends.base import Backend, PromptState
    from engine.backends.llamacpp import LlamaCppBackend
    from engine.backends.paired import PairedBackend

log = logging.getLogger(__name__)

STAGE = "Loading the model"
Engine = TypeVar("Engine", bound="Backend")


@dataclass(frozen=True, slots=True)
class _Loaded:
    """pytorch: the echo where the model is it."""

    pytorch: Backend | None = None
    llama: LlamaCppBackend | None = None


class LoadedModel:
    """One per engine. device, nf4: as for `Runtime`. forget: called when states of the model are of no use any more."""

    def __init__(self, *, device: str, threads: int, nf4: bool, forget: Callable[[], None]) -> None:
        self._device = device
        self._threads = threads
        self._nf4 = nf4
        self._forget = forget
        self._pytorch: Backend | None = None
        self._llama: LlamaCppBackend | None = None
        self._pair: PairedBackend | None = None
        self._loading: LoadThread[_Loaded] | None = None
        self._refused: dict[str, str] = {}
        """Model identity -> why llama.cpp did not open its file, though nothing spoke against it."""
        self._speeds: dict[str, SpeedMeasured] = {}

    @property
    def backend(self) -> Backend | None:
        """What the model is loaded in: both, or one; None when there is none."""
        return self._pair or self._pytorch or self._llama

    @property
    def llama(self) -> LlamaCppBackend | None:
        return self._llama

    def is_current(self, backend: Backend) -> bool:
        """Whether a backend is still what the model is loaded in."""
        if self._pair is not None:
            from engine.backends.paired import PairedBackend

            if isinstance(backend, PairedBackend):
                return backend.pytorch is self._pytorch and backend.llama is self._llama
        return backend is self._pytorch or backend is self._llama

    def load(self, model: ModelRef) -> Steps[Backend]:
        """The model in PyTorch, which trains and makes every memory; what another one was loaded in is given back.

        What was loaded is told as the detail of the last Progress: a ModelInfo.
        """
        if (loaded := _of(self._pytorch, model)) is not None:
            return loaded
        yield Progress(STAGE, 0)
        try:
            while (loaded := _of(self._pytorch, model)) is None:
                yield from self._load_once(model, PYTORCH, lambda: _Loaded(pytorch=self._load_pytorch(model)))
        except OutOfMemory as problem:
            if _of(self._llama, model) is None:
                raise
            raise OutOfMemory(f"{problem} Questions are answered all the same: llama.cpp does that alone.") from problem
        yield Progress(STAGE, 1, 1, detail=loaded.info)
        return loaded

    def load_for_writing(self, model: ModelRef, writer: Writer) -> Steps[Backend]:
        """What answers are written with: PyTorch, llama.cpp, or both, PyTorch reading for llama.cpp.

        Where PyTorch turns out to write faster llama.cpp's part is given back; not where it was asked for by name, perhaps for one
        answer. Raises EngineError, with the reason, where llama.cpp is insisted on and cannot be used.
        """
        if not (yield from beside(lambda: self._wants_llama(model, writer))):
            pytorch = yield from self.load(model)
            if writer is Writer.AUTO:
                self.release_llama()
            return pytorch
        tried = _of(self._llama, model) is not None
        if not tried:
            yield Progress(STAGE, 0)
        while not tried and _of(self._llama, model) is None:
            tried = yield from self._load_once(model, writer, lambda: self._load_to_write(model, writer))
        backend = _of(self._pair, model) or _of(self._llama, model) or _of(self._pytorch, model)
        if backend is None:  # another job has loaded another model meanwhile
            return (yield from self.load_for_writing(model, writer))
        if tried:
            yield Progress(STAGE, 1, 1, detail=backend.info)
        return backend

    def why_not_llama(self, model: ModelRef) -> str:
        """Why llama.cpp cannot write with a model; "" where it can."""
        if model.folder is None:
            return f"{model.name} has no weights that llama.cpp could run."
        return self._refused.get(model.identity) or why_not(model.folder)

    def hold(self, pytorch: Backend | None, llama: LlamaCppBackend | None = None) -> None:
        """Make the loaded model of what was loaded already; both are of one model."""
        self._pytorch, self._llama = pytorch, llama
        self._compose()

    def release_llama(self) -> None:
        """Give back what llama.cpp has of a model that PyTorch has too: nobody is about to write with it."""
        if self._pair is not None:
            self.hold(self._pytorch)

    def unload(self) -> None:
        """Give the model's memory back. States of it are of no use to another and go too."""
        self._pytorch = self._llama = self._pair = None
        self._forget()

    def forget_texts(self) -> None:
        """Keep nothing of a document in llama.cpp that no state holds any more."""
        if self._llama is not None:
            self._llama.forget()

    def speeds(self, model: ModelRef) -> SpeedMeasured | None:
        """What was measured with a model here."""
        known = self._speeds.get(model.identity)
        if known is None and model.folder is not None:
            known = kept_speeds(model.folder, self._threads)
        return known

    def note_speeds(self, model: ModelRef, speeds: SpeedMeasured) -> None:
        """Go by these from now on, and keep them. Of one engine alone they decide nothing."""
        if not speeds.is_complete:
            return
        self._speeds[model.identity] = speeds
        if model.folder is not None:
            keep_speeds(model.folder, speeds)
        self._compose()

    def usable_state(self, backend: Backend, state: PromptState) -> PromptState | None:
        """A state that was kept, as this backend takes it; None for one that only llama.cpp could go on with."""
        if backend.info.model.folder is None:
            return state
        from engine.backends.llamacpp import LlamaState
        from engine.backends.paired import PairedBackend, PairedState

        if isinstance(backend, PairedBackend):
            return backend.paired(state)
        if isinstance(state, PairedState):
            return state.pytorch
        return None if isinstance(state, LlamaState) and backend is not self._llama else state

    # -- loading ---------------------------------------------------------------------------------------------------

    def _wants_llama(self, model: ModelRef, writer: Writer) -> bool:
        if writer is Writer.PYTORCH or (writer is Writer.AUTO and model.folder is None):
            return False
        problem = self.why_not_llama(model)
        if problem and writer is Writer.LLAMACPP:
            raise EngineError(problem)
        if problem:
            log.debug("PyTorch writes: %s", problem)
            return False
        speeds = self.speeds(model)
        return writer is Writer.LLAMACPP or speeds is None or speeds.writer != PYTORCH

    def _load_once(self, model: ModelRef, how: str, load: Callable[[], _Loaded]) -> Steps[bool]:
        """Load, or wait for what is being loaded. Returns whether it was this. The first job to see its end takes the model over, or
        hears what was wrong."""
        what = f"{model.identity} {how}"
        if self._loading is None:
            if any(each is not None and _of(each, model) is None for each in (self._pytorch, self._llama)):
                self.unload()
            self._loading = LoadThread(model.identity, what, load)
        loading = self._loading
        yield from loading.wait()
        if self._loading is loading:
            self._loading = None
            if loading.what == what or (loading.identity == model.identity and not loading.has_failed):
                self._take(model, loading.result())
        return loading.what == what

    def _take(self, model: ModelRef, loaded: _Loaded) -> None:
        self.hold(loaded.pytorch or _of(self._pytorch, model), loaded.llama or _of(self._llama, model))
        if "torch" in sys.modules:  # how many threads a matrix product takes: a thread of ours must say it for itself
            sys.modules["torch"].set_num_threads(self._threads)

    def _compose(self) -> None:
        self._pair = None
        if self._pytorch is not None and self._llama is not None:
            from engine.backends.paired import PairedBackend
            from engine.backends.pytorch import TorchBackend

            assert isinstance(self._pytorch, TorchBackend)
            self._pair = PairedBackend(self._pytorch, self._llama, self.speeds(self._pytorch.info.model))

    def _load_pytorch(self, model: ModelRef) -> Backend:
        if model.folder is None:
            from engine.backends.echo import EchoBackend

            return EchoBackend()
        from engine.backends.pytorch import load_torch
        from engine.devices import choose_device

        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(self._threads)
        return load_torch(model, device=choose_device(self._device), nf4=self._nf4)

    def _load_to_write(self, model: ModelRef, writer: Writer) -> _Loaded:
        """On a thread of its own. What cannot have llama.cpp is PyTorch's, unless llama.cpp is insisted on."""
        insists = writer is Writer.LLAMACPP
        pytorch = _of(self._pytorch, model)
        engines = self._fitting(model, insists=insists, has_pytorch=pytorch is not None)
        if engines.pytorch and pytorch is None:
            pytorch = self._load_pytorch(model)
        if not engines.llama:
            log.info("PyTorch writes: there is no memory for llama.cpp beside it")
            return _Loaded(pytorch)
        from engine.backends.llamacpp import load_llamacpp

        try:
            return _Loaded(pytorch, load_llamacpp(model, threads=self._threads))
        except (ModelError, OutOfMemory) as problem:
            if isinstance(problem, ModelError):  # memory comes back
                self._refused[model.identity] = str(problem)
            if insists:
                raise
            log.warning("PyTorch writes: %s", problem)
            return _Loaded(pytorch or self._load_pytorch(model))

    def _fitting(self, model: ModelRef, *, insists: bool, has_pytorch: bool) -> Engines:
        from engine.devices import check_fits, choose_device, choose_dtype, free_bytes, precision

        assert model.folder is not None
        device = choose_device(self._device)
        on_card = device.type == "cuda"
        if (
            on_card and not insists and self.speeds(model) is None
        ):  # as long as nobody has measured, the card is taken for faster
            return Engines(pytorch=True, llama=False)
        geometry = read_geometry(model.folder)
        need = memory_need(geometry, precision(device, choose_dtype(device), nf4=self._nf4)).asking - ENGINE_BYTES
        for_llama = llama_bytes(geometry, gguf_memory(locate_gguf(model.folder)))
        engines = choose_engines(
            pytorch_bytes=0 if has_pytorch else need,
            llama_bytes=for_llama,
            free_bytes=available_bytes(),
            graphics_bytes=free_bytes(device) if on_card else None,
            insists=insists,
        )
        if engines.llama and not engines.pytorch:
            log.info("llama.cpp works alone: PyTorch's part of %s does not fit beside it", model.name)
        if engines.llama:
            check_fits(for_llama, choose_device("cpu"), f"{model.name} in llama.cpp")
        return engines


def _of(backend: Engine | None, model: ModelRef) -> Engine | None:
    """The backend, if it is one of this model."""
    return backend if backend is not None and backend.info.model.identity == model.identity else None
