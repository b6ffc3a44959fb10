"""The handler of `ComparePrompt`: one question answered behind a prompt read in full, and behind its gist.

Knows how the two answers are made and measured. Both are greedy, of the base model, and end where an answer of `Ask` ends. Whoever
writes them, how far apart gist and prompt are is measured in PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from engine.api import Compared, ComparedAnswer, ComparedText, ComparePrompt
from engine.asking import stop_strings
from engine.backends.base import KeepingBackend, PromptState
from engine.backends.paired import PairedBackend, PairedState
from engine.backends.pytorch import TorchBackend, TorchState
from engine.errors import EngineError
from engine.generation import Generation, generate
from engine.gist_prefix import load_gist
from engine.jobs import Progress, Steps, Text
from engine.methods.gist.divergence import divergence, question_ids, taught_reply
from engine.prompting import PromptStyle, style_for
from engine.runtime import Runtime
from engine.sampling import Sampling


def compare_prompt(request: ComparePrompt, runtime: Runtime) -> Steps[Compared]:
    """The full prompt is read as if nobody had read it before: that is what a gist saves."""
    store = runtime.prompt_store
    if not request.question.strip():
        raise EngineError("There is no question to compare the answers to.")
    found = None if store is None else store.gist(request.entry)
    if store is None or found is None:
        raise EngineError("This gist is not there any more; compress its prompt again.")
    backend = yield from runtime.load_for_writing(request.model, request.writer)
    gist = load_gist(store, found[0], request.model.identity)
    if gist is None or not isinstance(backend, TorchBackend | PairedBackend) or not backend.serves(gist.state):
        raise EngineError(
            f"This gist was made with another model than {request.model.name}, or cannot be read any more."
        )
    keeping: KeepingBackend = backend
    style, prompt = style_for(request.model), list(found[1])
    asked = question_ids(backend.tokenizer, request.question, style)

    full_state = keeping.new_state()
    full = yield from _answer("full", keeping, full_state, [*prompt, *asked], request, style)
    gist_state = keeping.new_state(prefix=gist.state)
    short = yield from _answer("gist", keeping, gist_state, asked, request, style)
    writer = keeping.work(gist_state).writer

    measured = without = 0.0
    if full.token_ids:
        keeping.trim(full_state, len(prompt))
        keeping.trim(gist_state, 0)
        pytorch, full_part = _in_pytorch(backend, full_state)
        _, gist_part = _in_pytorch(backend, gist_state)
        reply = yield from taught_reply(pytorch, full_part, asked, full.token_ids)
        measured = yield from divergence(pytorch, gist_part, [reply])
        without = yield from divergence(pytorch, pytorch.new_state(), [reply])
    return Compared(
        full=ComparedAnswer(full.text.strip(), full.ttft_s, len(prompt)),
        gist=ComparedAnswer(short.text.strip(), short.ttft_s, gist.state.slots),
        divergence=measured,
        divergence_none=without,
        writer=writer,
    )


def _in_pytorch(backend: TorchBackend | PairedBackend, state: PromptState) -> tuple[TorchBackend, TorchState]:
    """Who measures, whoever wrote."""
    if isinstance(backend, TorchBackend):
        assert isinstance(state, TorchState)
        return backend, state
    assert isinstance(state, PairedState)
    return backend.pytorch, backend.bring_pytorch_level(state)


def _answer(
    which: str,
    backend: KeepingBackend,
    state: PromptState,
    token_ids: Sequence[int],
    request: ComparePrompt,
    style: PromptStyle,
) -> Steps[Generation]:
    """One answer, its pieces told as ComparedText."""
    steps = generate(
        backend,
        token_ids,
        sampling=Sampling(),
        max_new_tokens=request.max_new_tokens,
        stop=stop_strings(style),
        state=state,
    )
    written = 0
    with closing(steps):
        while True:
            try:
                event = next(steps)
            except StopIteration as ended:
                answer: Generation = ended.value
                return answer
            if isinstance(event, Text):
                written += 1
                event = Progress("Writing", written, detail=ComparedText(which, event.text))
            yield event
