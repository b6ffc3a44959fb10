"""The seam: what the faces may ask of the engine, as plain data that pickles. Imports no torch.

Each request is answered by the result type named in its docstring, carried by `engine.jobs.Finished`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

ADAPTER_FILE = "adapter_model.safetensors"
"""An adapter's weights in the folder of its memory (PEFT's name); there once the first window is learned."""

NOT_FOUND = "Not found in the text."
"""The whole answer where no passage speaks of what is asked; the model is not run then: it could only invent. Also the note
beside an answer that cites nothing."""


PYTORCH, LLAMACPP = "PyTorch", "llama.cpp"
"""What reads and writes, as results name it."""


class Switch(StrEnum):
    ON = "on"
    OFF = "off"
    AUTO = "auto"


class Writer(StrEnum):
    """What writes an answer."""

    AUTO = "auto"
    """Whatever is fastest here: llama.cpp where it can, else PyTorch."""
    PYTORCH = "pytorch"
    LLAMACPP = "llamacpp"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model to use. folder: holds config.json, *.safetensors and tokenizer.json; None is the echo backend.

    identity: sha256 over weights, config and tokenizer; adapters and states carry it and are refused by another model.
    """

    name: str
    identity: str
    folder: Path | None


@dataclass(frozen=True, slots=True)
class PrepareModel:
    """Turn a GGUF file or a model folder into a folder the engine loads fast. -> ModelInfo

    adopt: the weights of a model folder, or the GGUF file, are moved into `folder`, for what was downloaded; else left in place.
    """

    source: Path
    folder: Path
    name: str
    adopt: bool = False


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Load a model (a no-op when it is loaded), in what is to write with it. -> ModelInfo"""

    model: ModelRef
    writer: Writer = Writer.AUTO


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """dtype: what the model computes in. llama: how the GGUF file that llama.cpp runs is quantised ("Q4_1"), "" where PyTorch alone
    has the model; llama_bytes: what llama.cpp holds of it, file and context; weights_bytes: what PyTorch does, 0 where llama.cpp works
    alone.
    """

    model: ModelRef
    architecture: str
    parameters: int
    context_tokens: int
    device: str
    dtype: str
    weights_bytes: int
    load_s: float
    llama: str = ""
    llama_bytes: int = 0


@dataclass(frozen=True, slots=True)
class DescribeEngine:
    """Say what the engine runs on, how much memory it could have, and whether llama.cpp can be used. -> EngineDescription

    model: whether it can be for this one; None: at all.
    """

    model: ModelRef | None = None


@dataclass(frozen=True, slots=True)
class EngineDescription:
    """free_bytes: of the memory its models live in. held_bytes: what it would give back for another model.

    device, dtype: "" until PyTorch is loaded; free_bytes is the computer's memory then. packed: see `engine.packed_linear`.
    llama: "" where llama.cpp can write answers, else a sentence that says why not and what to do. llama_model: name of the
    model it holds now, "" for none; llama_bytes: what it holds: its file, which is mapped and counts as free, and the rest, which is
    among held_bytes.
    """

    device: str
    dtype: str
    packed: bool
    free_bytes: int
    held_bytes: int
    llama: str = ""
    llama_model: str = ""
    llama_bytes: int = 0


@dataclass(frozen=True, slots=True)
class MeasureSpeed:
    """Find out how fast a model is read and written here, by PyTorch and by llama.cpp, and keep it in its folder.
    -> SpeedMeasured
    """

    model: ModelRef


@dataclass(frozen=True, slots=True)
class SpeedMeasured:
    """Tokens a second; 0 where the one or the other cannot have the model. hand_over_s_per_mb: seconds for a megabyte (10^6 bytes) of
    llama.cpp's state to come from what PyTorch has read.

    machine: the processor as it calls itself. threads: used for both.
    """

    pytorch_reads: float
    pytorch_writes: float
    llama_reads: float
    llama_writes: float
    hand_over_s_per_mb: float
    machine: str
    threads: int

    @property
    def is_complete(self) -> bool:
        """Whether both had the model: only then is it known which is faster."""
        return min(self.pytorch_reads, self.pytorch_writes, self.llama_reads, self.llama_writes) > 0

    @property
    def reader(self) -> str:
        """What reads a long prompt: for llama.cpp whichever of both is faster, for itself PyTorch."""
        return LLAMACPP if self.writer == LLAMACPP and self.llama_reads > self.pytorch_reads else PYTORCH

    @property
    def writer(self) -> str:
        return LLAMACPP if self.llama_writes > self.pytorch_writes else PYTORCH


@dataclass(frozen=True, slots=True)
class LearnConfig:
    """Settings of a Temp-LoRA. None = the default for the model's size (engine.methods.temp_lora)."""

    chunk_tokens: int | None = None
    """Tokens scored, then trained on, in one optimiser step. Smaller adapts sooner and is slower."""
    window_tokens: int | None = None
    """Tokens of context kept as KV cache before it is computed anew with the newest adapter."""
    reread_tokens: int | None = None
    """Tokens read again at the start of each window."""
    rank: int | None = None
    """Width of the low-rank update. More remembers more and costs memory linearly."""
    learning_rate: float | None = None
    epochs: int | None = None
    """Optimiser steps on each chunk."""
    base_every: int | None = None
    """The score without adapter is taken on every n-th window: 1 = all. Both perplexities are of the same tokens."""
    seed: int = 42


@dataclass(frozen=True, slots=True)
class Learn:
    """Train a Temp-LoRA on a text. Progress.detail is a ChunkScore after every chunk. -> Learned

    folder: where adapter, checkpoint and curve live; made if absent, and the only place written to.
    resume: go on from the checkpoint in `folder` if there is one; else start anew and replace what is there.
    max_tokens, up_to: how far to learn, in tokens or up to this character; going on later may go further.
    lock_file: held while learning, so that no two processes learn at once (`engine.training_lock`); None: nobody else can.
    """

    model: ModelRef
    text: str
    folder: Path
    config: LearnConfig = LearnConfig()
    max_tokens: int | None = None
    up_to: int | None = None
    resume: bool = False
    lock_file: Path | None = None

    def going_on(self) -> Learn:
        """See `engine.jobs.GoesOn`."""
        return replace(self, resume=True)


@dataclass(frozen=True, slots=True)
class ChunkScore:
    """One chunk, scored before it was trained on. Mean negative log-likelihood per token, natural log."""

    ordinal: int
    tokens_done: int
    tokens_total: int
    char_end: int
    """Offset in the text where the chunk ends."""
    adapter_nll: float
    base_nll: float | None
    """None where the base model was not scored on this chunk."""
    scored_tokens: int
    seconds: float
    base_ppl: float | None
    """Running exp(mean NLL) without adapter, over the tokens where both were scored; None before the first."""
    adapter_ppl: float | None
    """The same tokens with the adapter."""


@dataclass(frozen=True, slots=True)
class Learned:
    """exp(mean NLL) over the tokens where both were scored, with and without adapter. gain = 1 - adapter_ppl / base_ppl."""

    base_ppl: float
    adapter_ppl: float
    gain: float
    tokens: int
    """Tokens of the text learned so far, over all runs."""
    scored_tokens: int
    """Tokens both perplexities are of."""
    all_adapter_ppl: float
    """exp(mean NLL) with adapter over every token."""
    window_mean_ppl: float
    """The official code's figure: token-weighted mean of exp(chunk loss), with adapter (>= all_adapter_ppl by Jensen)."""
    tokens_per_s: float
    chunks: int
    adapter_bytes: int
    adapter_sha256: str
    complete: bool
    char_end: int
    """Offset in the text up to which was learned."""


@dataclass(frozen=True, slots=True)
class PassageText:
    """A stretch of a document handed to the engine for retrieval. start/end: offsets in the document's text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Answer a question from a document's passages. Streams Text. -> Answered

    passages: the document's, in order; None: those the engine was given before under this `document_key` (EngineError when it
    holds none). adapter: folder with the document's adapter, None = do not use one.
    """

    model: ModelRef
    question: str
    document_key: str
    title: str
    passages: tuple[PassageText, ...] | None
    span: tuple[int, int] | None = None
    """Only what stands whole in `[start, end)` may be retrieved; None: everything."""
    edges: tuple[PassageText, ...] = ()
    """Pieces of the passages that reach across an end of `span`: they may be retrieved too."""
    about_span: bool = False
    """The question is about the span itself (a selection): a short one is shown whole."""
    begun: str = ""
    """How the answer begins: it goes on from there."""
    adapter: Path | None = None
    adapter_scale: float = 1.0
    """How strongly the adapter works, 0 to 2: 0 as if there were none, 1 as it was learned."""
    writer: Writer = Writer.AUTO
    """Who writes the answer. EngineError, with the reason, where that one cannot."""
    jrt: Switch = Switch.AUTO
    use_passages: bool = True
    instructions: str = ""
    """The user's own standing instructions; they come first in the system message."""
    use_store: bool = True
    """Prompt states kept between sessions may be used, and this prompt's may be kept."""
    use_gists: bool = True
    """A gist that was put to use stands in for the prompt it was made of."""
    use_segments: bool = True
    """The document's segment memory, where it has one in use, stands before the prompt."""
    max_new_tokens: int = 160
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """A span that stands in a retrieved passage, word for word. start/end: offsets in the document's text."""

    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """Progress.detail of an Ask, once: sentences of the document that speak of the question, best first, before any model."""

    quotes: tuple[CitedSpan, ...]


@dataclass(frozen=True, slots=True)
class Thought:
    """Progress.detail of an Ask: a piece of what the model thinks aloud before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    answer: str
    """Without what the model thought aloud."""
    reasoning: str
    citations: tuple[CitedSpan, ...]
    marks: tuple[tuple[int, int], ...]
    """Where citations belong in the answer: (offset behind the sentence, place of its citation in `citations`)."""
    quotes: tuple[CitedSpan, ...]
    passages: tuple[PassageText, ...]
    """What was put into the prompt, in its order."""
    jrt: str
    """The prompt form used: "once", "twice", ..."""
    adapter_used: bool
    adapter_tokens: int
    """How many tokens of the document the adapter has read; 0 without one."""
    adapter_char_end: int
    """Up to which character of the document the adapter has read; 0 without one."""
    prompt_tokens: int
    reused_tokens: int
    """Prompt tokens that were not read again: the others were."""
    gist_tokens: int
    """How many prompt tokens a gist stood in for; they count as re-used."""
    segments_used: int
    """Segments of the document whose memory stood before the prompt; they are not among the prompt's tokens."""
    segment_tokens: int
    """Tokens of the document those segments hold."""
    segment_slots: int
    """Slots of memory the model looked at in place of those tokens."""
    new_tokens: int
    """Tokens of the answer."""
    ttft_s: float
    read_s: float
    """Seconds the model took to read the prompt tokens that were not re-used."""
    tokens_per_s: float
    stopped_by: str
    """"stop" | "length" """
    writer: str = ""
    """PYTORCH | LLAMACPP; "" where no model was asked."""
    reader: str = ""
    """What read most of the prompt tokens that were not re-used."""
    handed_over_s: float = 0.0
    """Seconds, part of ttft_s, it took to put what PyTorch had read into llama.cpp."""


@dataclass(frozen=True, slots=True)
class PreviewAsk:
    """What would be put before the model, were this asked. Loads no model. -> Previewed"""

    ask: Ask


@dataclass(frozen=True, slots=True)
class Previewed:
    """passages: what the prompt would hold, in its order; () when nothing speaks of the question and no model would be asked.

    segments_used, segment_tokens: as `Answered` has them.
    """

    passages: tuple[PassageText, ...]
    jrt: str
    prompt_tokens: int
    reused_tokens: int
    segments_used: int = 0
    segment_tokens: int = 0


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """answers: spellings that count."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureReading:
    """Ask a model questions about a text in several prompt forms and keep what serves it best. -> ReadingMeasured

    note: the file it is kept in, in the model's folder (`engine.prompting.style_for` reads it).
    """

    model: ModelRef
    title: str
    passages: tuple[PassageText, ...]
    questions: tuple[KnownQuestion, ...]
    note: Path


@dataclass(frozen=True, slots=True)
class ReadingMeasured:
    """form: what is used from now on. right: by form, the share of questions whose answer held what was known."""

    form: str
    questions: int
    right: dict[str, float]


@dataclass(frozen=True, slots=True)
class DropDocument:
    """Forget what the engine holds in memory for a document: its adapter, its index, its prompt states. -> None"""

    document_key: str


class CompressMethod(StrEnum):
    EXACT = "exact"
    """Keys and values as they are: nothing is lost, nothing is read again."""
    GIST = "gist"
    """A few gist tokens in place of the prompt (arXiv 2304.08467)."""


class PromptLayout(StrEnum):
    """What a text is to the model: how it is laid out before it is read."""

    INSTRUCTIONS = "instructions"
    """Standing instructions (a persona, a style guide, a glossary): part of the system message of every question."""
    DOCUMENT = "document"
    """A document's text, put before the questions about it."""


@dataclass(frozen=True, slots=True)
class Compress:
    """Read a prompt once and keep its state between sessions. -> Compressed

    text: the prompt. title: what lists call it. document_key: the document it goes (and is forgotten) with.
    encoder: folder of a gist encoder of this model; needed for CompressMethod.GIST. k: gist tokens, one of GIST_TOKENS;
    None: the fewest whose divergence stays within `divergence_bound` (nats a token).
    keep_literals: names, numbers and quoted phrases stay readable beside the gist. refine_steps: optimiser steps that fit the
    gist to this very prompt, for one that is used for long: minutes, and the model says more of what the full prompt would.
    max_tokens: only so much of the text's beginning; None: all of it, EngineError when that is more than the model holds.
    """

    model: ModelRef
    text: str
    title: str
    layout: PromptLayout
    method: CompressMethod
    document_key: str | None = None
    encoder: Path | None = None
    k: int | None = None
    divergence_bound: float = 0.25
    keep_literals: bool = True
    refine_steps: int = 0
    max_tokens: int | None = None


GIST_TOKENS = (1, 2, 4, 8, 16, 32)
"""How many gist tokens a prompt can be compressed into."""


@dataclass(frozen=True, slots=True)
class Compressed:
    """k: gist tokens, of each span of a long prompt (`engine.methods.gist.spans`); 0 for an exact state.

    tokens: of the prompt as the model reads it. slots: what is kept of them: gist tokens, literals and the first token;
    ratio = tokens / slots. bytes_exact, bytes_gist: at rest, in the database (bytes_gist 0 for an exact state).
    divergence: mean KL(full prompt || gist) in nats a token over what the model writes after the full prompt;
    divergence_none: the same for no prompt at all; both 0 for an exact state, which loses nothing. within_bound: whether
    `divergence` is.
    """

    entry: int
    k: int
    tokens: int
    slots: int
    literal_tokens: int
    ratio: float
    bytes_exact: int
    bytes_gist: int
    divergence: float
    divergence_none: float
    within_bound: bool
    seconds: float


SEGMENT_RATIOS = (8, 32)
"""How many tokens of a text become one memory slot."""

SLOT_SHARE = 64
"""Before a question segment memory takes one part in so many of a model's context; the rest is for what is read word for word. With the
compressor that comes along (trained behind one to three segments) answers are as good behind 128 slots as behind none, and worse
behind 900; text is read on best behind some 500."""


@dataclass(frozen=True, slots=True)
class EncodeSegments:
    """Compress a long text segment by segment and keep its memory between sessions. -> SegmentsEncoded

    text: the document's. compressor: folder of a segment compressor of this model. ratio: one of SEGMENT_RATIOS. Segments that are kept
    already are not encoded again, so that a stopped job goes on and a text that has grown costs what it has grown by; what
    does not fill a segment stays verbatim. max_tokens: only so much of the text's beginning.
    Progress counts tokens.
    """

    model: ModelRef
    text: str
    title: str
    document_key: str
    compressor: Path
    ratio: int
    max_tokens: int | None = None

    def going_on(self) -> EncodeSegments:
        """See `engine.jobs.GoesOn`."""
        return self


@dataclass(frozen=True, slots=True)
class SegmentsEncoded:
    """tokens: of the text; verbatim_tokens: those of them behind the last whole segment. new_segments: encoded by this job.

    slots: of the memory; ratio: tokens in segments / slots. bytes: at rest, in the database. tokens_per_s: of the segments this job
    encoded, 0.0 when there were none.
    """

    entry: int
    segments: int
    new_segments: int
    tokens: int
    verbatim_tokens: int
    slots: int
    ratio: float
    bytes: int
    tokens_per_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class ComparePrompt:
    """Answer one question twice, with the prompt of a gist read in full and with the gist. -> Compared

    Progress.detail is a ComparedText for every piece of either answer. entry: a gist in the prompt store.
    """

    model: ModelRef
    entry: int
    question: str
    max_new_tokens: int = 160
    writer: Writer = Writer.AUTO


@dataclass(frozen=True, slots=True)
class ComparedText:
    """which: "full" | "gist"."""

    which: str
    text: str


@dataclass(frozen=True, slots=True)
class ComparedAnswer:
    """first_s: seconds to the first token, the prompt's state not counted as read before. slots: keys a token attends to."""

    answer: str
    first_s: float
    slots: int


@dataclass(frozen=True, slots=True)
class Compared:
    """divergence: mean KL(full || gist) over the tokens of the full prompt's answer, nats a token; divergence_none: the same for no
    prompt at all.
    """

    full: ComparedAnswer
    gist: ComparedAnswer
    divergence: float
    divergence_none: float
    writer: str = ""
    """PYTORCH | LLAMACPP: of both answers."""


@dataclass(frozen=True, slots=True)
class GistTraining:
    """Settings of a gist encoder's training. None = the default (engine.methods.gist.settings)."""

    steps: int | None = None
    batch: int | None = None
    rank: int | None = None
    learning_rate: float | None = None
    max_prompt_tokens: int | None = None
    continuation_tokens: int | None = None
    seed: int = 42


class GradientMethod(StrEnum):
    """How the gradient towards the memories of earlier segments is had (Li et al. 2024, arXiv 2406.18173, §3.3)."""

    FULL = "full"
    """Back-propagation through everything at once: the reference; memory grows with the text."""
    TRUNCATED = "truncated"
    """TBPTT(S): only the last S segments get a gradient. Biased."""
    INCREMENTAL = "incremental"
    """The same gradient; each segment's encoder is gone through once, when it leaves the window."""
    RESERVOIR = "reservoir"
    """S segments drawn by reservoir sampling, their gradient scaled by max(1, (t-1)/S) (Eq. 12). Unbiased."""
    RECOMPUTE = "recompute"
    """Exact: segments are encoded without a graph, then once more with one, a batch at a time."""


@dataclass(frozen=True, slots=True)
class SegmentTraining:
    """Settings of a segment compressor's training. None = the default (engine.methods.segments.settings).

    segments: of one sample of text. batch: samples a step. window: S of the gradient methods that have one. hold_out: authors no
    book of whom is trained on; (): a fixed share of them. further: begin with the compressor the model has; a few short samples first,
    then long ones, is far cheaper than long ones from the start.
    """

    steps: int | None = None
    batch: int | None = None
    rank: int | None = None
    learning_rate: float | None = None
    segment_tokens: int | None = None
    segments: int | None = None
    gradient: GradientMethod = GradientMethod.RECOMPUTE
    window: int = 2
    hold_out: tuple[str, ...] = ()
    further: bool = False
    seed: int = 42


@dataclass(frozen=True, slots=True)
class TrainCompressor:
    """Train a compressor for a model; the model itself stays as it is. -> CompressorTrained

    config: its type says of what kind. Progress.detail is a CompressorScore at every look at what is held out. data: of a gist encoder
    files of prompts (see engine.methods.gist.examples), beside the prompts that come with Palimpsest; of a segment compressor
    books as plain text (engine.methods.segments.examples). folder: where encoder, card, checkpoint and
    curve live; made if absent, and the only place written to. resume: go on from the checkpoint there.
    licence: what the card says the data is under. begin_with: folder of the compressor a segment compressor begins with where it is
    trained further.
    """

    model: ModelRef
    folder: Path
    data: tuple[Path, ...] = ()
    config: GistTraining | SegmentTraining = GistTraining()
    resume: bool = False
    licence: str = ""
    begin_with: Path | None = None
    lock_file: Path | None = None

    def going_on(self) -> TrainCompressor:
        """See `engine.jobs.GoesOn`."""
        return replace(self, resume=True)


@dataclass(frozen=True, slots=True)
class CompressorScore:
    """A look at what is held out. divergence, recovered: by k, of a segment compressor by ratio. divergence in nats a token;
    recovered = 1 - NLL lost: (NLL_none - NLL_compressed) / (NLL_none - NLL_full). examples: prompts, or samples of text, trained on.
    """

    step: int
    steps: int
    examples: int
    loss: float
    """Mean training loss since the last look."""
    divergence: dict[int, float]
    recovered: dict[int, float]
    divergence_none: float
    seconds: float


@dataclass(frozen=True, slots=True)
class CompressorTrained:
    folder: Path
    steps: int
    examples: int
    score: CompressorScore
    encoder_bytes: int
    encoder_sha256: str
    seconds: float
    complete: bool


REQUESTS = (
    PrepareModel,
    LoadModel,
    DescribeEngine,
    MeasureReading,
    MeasureSpeed,
    DropDocument,
    Learn,
    Ask,
    PreviewAsk,
    Compress,
    ComparePrompt,
    EncodeSegments,
    TrainCompressor,
)
"""Everything that may be asked of the engine; `engine.runtime` has a handler for each."""
