"""Tiny random models, made on the spot: the families the engine runs, as a user's folder would hold them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.jobs import run_to_end
from engine.loading import prepare
from engine.prompt_store import GistFound, KeptMemory, NewEntry, NewSegment, PieceFound, SegmentsFound

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
CONTEXT_TOKENS = 256

GGUF_ARCHITECTURES = {"mistral": "llama", "gemma3_text": "gemma3"} | {
    name: name for name in ("llama", "qwen2", "qwen3", "gemma2")
}
"""Model type -> `general.architecture`: Mistral's own models call themselves llama."""

CORPUS = [
    "Anne Elliot walked to Lyme with Captain Wentworth; the sea was grey and the wind high.",
    "Mira keeps the lighthouse of Oster. Who keeps the lighthouse? In 1814 nobody did.",
    "宝玉和黛玉在园中读书。 これは短い物語です。 Тихий дон течёт к морю. Über die Brücke — naïve café 🙂",
]

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
NO_SYSTEM = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>model\\n' }}{% endif %}"
)


def make_tokenizer(sentencepiece: bool) -> Any:
    """A small BPE of one of the two kinds: bytes with stand-in characters, or "▁" for spaces with byte fallback."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    special = ["<bos>", "<|im_start|>", "<|im_end|>"]
    if sentencepiece:
        tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<bos>"))
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("▁[^▁]*"), "isolated")
        tokenizer.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
        initial = [f"<0x{byte:02X}>" for byte in range(256)]
        trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=[*special, *initial], show_progress=False)
        tokenizer.train_from_iterator(CORPUS[:2], trainer)
        tokenizer = Tokenizer.from_str(_without_special_bytes(tokenizer.to_str()))
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=500,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(CORPUS, trainer)
        tokenizer.add_tokens([AddedToken("<think>", special=False)])
    return tokenizer


def _without_special_bytes(spelled: str) -> str:
    """The trainer marks the byte tokens special; in real files they are ordinary vocabulary."""
    description = json.loads(spelled)
    description["added_tokens"] = [t for t in description["added_tokens"] if not t["content"].startswith("<0x")]
    return json.dumps(description)


def make_model_folder(folder: Path, family: str, *, tied: bool = True) -> Path:
    """Write a tiny random model as Hugging Face folders look: config, safetensors, tokenizer with chat template."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

    sentencepiece = family in ("mistral", "gemma2", "gemma3_text")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=make_tokenizer(sentencepiece), bos_token="<bos>", eos_token="<|im_end|>"
    )
    tokenizer.chat_template = NO_SYSTEM if family.startswith("gemma") else CHATML
    tokenizer.save_pretrained(folder)
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "vocab_size": len(tokenizer) + 5,
        "max_position_embeddings": CONTEXT_TOKENS,
        "tie_word_embeddings": tied,
        "eos_token_id": 2,
        "bos_token_id": 0,
        "pad_token_id": None,
    }
    if family in ("mistral", "gemma2", "gemma3_text"):
        sizes["sliding_window"] = 16
    if family.startswith("gemma"):
        sizes["query_pre_attn_scalar"] = sizes["head_dim"]  # as in all of Gemma's sizes but one
    if family == "gemma3_text":
        sizes["num_hidden_layers"] = 6  # every sixth layer has no window
    torch.manual_seed(len(family))
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **sizes))
    with torch.no_grad():
        for parameter in model.parameters():  # wide enough that the likeliest token is not a matter of rounding
            parameter.normal_(0.0, 0.3)
    model.save_pretrained(folder)
    return folder


class Doubling:
    """An honest adapter for tests: twice the output of every MLP."""

    sha256 = "doubling"

    @contextlib.contextmanager
    def applied_to(self, model):
        handles = [
            layer.mlp.register_forward_hook(lambda module, inputs, output: output * 2) for layer in model.model.layers
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


@pytest.fixture(scope="session")
def family_folder(tmp_path_factory: pytest.TempPathFactory):
    """family -> a user's model folder, made once."""
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in made:
            made[family] = make_model_folder(tmp_path_factory.mktemp("source") / family, family)
        return made[family]

    return folder


@pytest.fixture(scope="session")
def family_model(family_folder, tmp_path_factory: pytest.TempPathFactory):
    """family -> ModelRef of the prepared folder, made once."""
    made: dict[str, Any] = {}

    def model(family: str) -> Any:
        if family not in made:
            target = tmp_path_factory.mktemp("prepared") / family
            made[family] = run_to_end(prepare(family_folder(family), target, f"tiny {family}"))
        return made[family]

    return model


@pytest.fixture(scope="session")
def open_backend(family_model):
    """name -> a loaded backend: "echo" or a family, fp32 on the CPU so that laws hold to rounding. Shared."""
    opened: dict[str, Any] = {}

    def backend(name: str) -> Any:
        if name not in opened:
            if name == "echo":
                from engine.backends.echo import EchoBackend

                opened[name] = EchoBackend()
            else:
                import torch

                from engine.backends.pytorch import load_torch

                opened[name] = load_torch(family_model(name), device=torch.device("cpu"), dtype=torch.float32)
        return opened[name]

    return backend


def write_gguf(path: Path, source: Path) -> Path:
    """The model of a Hugging Face folder as llama.cpp's converter would write it, unquantised: what opens in llama.cpp."""
    import gguf
    import numpy as np
    from safetensors.numpy import load_file

    config = json.loads((source / "config.json").read_text())
    architecture = GGUF_ARCHITECTURES[config["model_type"]]
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    rope = config["rope_parameters"]
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(rope.get("full_attention", rope)["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    is_gemma = architecture.startswith("gemma")
    if is_gemma:
        writer.add_sliding_window(config["sliding_window"])
    if architecture == "gemma2":
        writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
        writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    _add_tokenizer(writer, json.loads((source / "tokenizer.json").read_text()), config["vocab_size"], is_gemma)
    kind = next(arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)
    names = gguf.get_tensor_name_map(kind, config["num_hidden_layers"])
    for name, values in load_file(source / "model.safetensors").items():
        if architecture == "llama" and ("q_proj" in name or "k_proj" in name):
            count = heads if "q_proj" in name else kv_heads
            values = values.reshape(count, 2, -1, values.shape[1]).swapaxes(1, 2).reshape(values.shape)
        if is_gemma and name.endswith("norm.weight"):
            values = values + 1
        stem, suffix = name.rsplit(".", 1)
        writer.add_tensor(f"{names.get_name(stem)}.{suffix}", np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: Any, tokenizer: dict[str, Any], size: int, is_gemma: bool) -> None:
    """Vocabulary, kinds and merges. A SentencePiece file says by scores what is merged first."""
    from gguf import TokenType

    is_sentencepiece = tokenizer["model"]["byte_fallback"]
    tokens = {i: token for token, i in tokenizer["model"]["vocab"].items()}
    added = {entry["id"]: entry for entry in tokenizer["added_tokens"]}
    tokens |= {i: entry["content"] for i, entry in added.items()}

    def kind(i: int) -> TokenType:
        if i in added:
            return TokenType.CONTROL if added[i]["special"] else TokenType.USER_DEFINED
        if i not in tokens:
            return TokenType.UNUSED
        return TokenType.BYTE if is_sentencepiece and tokens[i].startswith("<0x") else TokenType.NORMAL

    writer.add_tokenizer_model("llama" if is_sentencepiece else "gpt2")
    writer.add_tokenizer_pre("default" if is_sentencepiece else "gpt-2")
    writer.add_token_list([tokens.get(i, f"<unused{i}>") for i in range(size)])
    writer.add_token_types([kind(i) for i in range(size)])
    if is_sentencepiece:
        writer.add_token_scores([-float(i) for i in range(size)])
        writer.add_add_space_prefix(not is_gemma)
    else:
        writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(NO_SYSTEM if is_gemma else CHATML)


@pytest.fixture(scope="session")
def open_gguf(family_folder, tmp_path_factory: pytest.TempPathFactory):
    """family -> a GGUF file of the tiny model of that family, made once. Nobody writes to it."""
    made: dict[str, Path] = {}

    def file(family: str) -> Path:
        if family not in made:
            path = tmp_path_factory.mktemp("gguf") / f"{family}.gguf"
            made[family] = write_gguf(path, family_folder(family))
        return made[family]

    return file


@pytest.fixture(scope="session")
def llama_library():
    """The native library; tests that need it skip where it is not installed."""
    from engine.llama.library import library, why_unavailable

    if reason := why_unavailable():
        pytest.skip(reason)
    yield library()
    opened = sys.modules["llama_cpp._utils"]  # it opens two files and leaves them open, which is a warning at the end
    opened.outnull_file.close()
    opened.errnull_file.close()


@pytest.fixture(scope="session")
def gguf_model(open_gguf, tmp_path_factory: pytest.TempPathFactory):
    """family -> ModelRef of the folder prepared from that family's GGUF file, made once: for both engines."""
    made: dict[str, Any] = {}

    def model(family: str) -> Any:
        if family not in made:
            target = tmp_path_factory.mktemp("prepared-gguf") / family
            made[family] = run_to_end(prepare(open_gguf(family), target, f"tiny {family} in GGUF"))
        return made[family]

    return model


@pytest.fixture(scope="session")
def open_llamacpp(llama_library, gguf_model):
    """family -> that family's GGUF file in llama.cpp, opened once and closed at the end. Shared."""
    from engine.backends.llamacpp import load_llamacpp

    with contextlib.ExitStack() as closing:
        opened: dict[str, Any] = {}

        def backend(family: str) -> Any:
            if family not in opened:
                opened[family] = load_llamacpp(gguf_model(family), threads=1)
                closing.callback(opened[family].close)
            return opened[family]

        yield backend


class MemoryStore:
    """A prompt store of dicts, without budget; it looks for the longest prefix by comparing every piece."""

    def __init__(self) -> None:
        self.pieces: dict[int, tuple[str, str, tuple[int, ...]]] = {}
        self.data: dict[int, bytes] = {}
        self.entries: dict[int, NewEntry] = {}
        self.gist_pieces: dict[int, int] = {}
        self.in_use: set[int] = set()
        self.uses: list[tuple[tuple[int, ...], int]] = []
        self.segments: dict[tuple[str, tuple[int, ...]], int] = {}
        self.memories: dict[tuple[str, str | None], int] = {}
        self.paths: dict[int, list[int]] = {}
        self.room: int | None = None
        self.is_full = False

    def longest_prefix(self, scope: str, token_ids: Sequence[int]) -> list[PieceFound]:
        path, parent, rest = [], "", tuple(token_ids)
        while rest:
            best = PieceFound(0, 0)
            for piece, (own_scope, own_parent, tokens) in self.pieces.items():
                if (own_scope, own_parent) == (scope, parent):
                    same = [a == b for a, b in zip(tokens, rest, strict=False)]
                    shared = same.index(False) if False in same else len(same)
                    best = max(best, PieceFound(piece, shared), key=lambda found: found.tokens)
            if best.tokens == 0:
                break
            path.append(best)
            tokens = self.pieces[best.piece][2]
            if best.tokens < len(tokens):
                break
            parent, rest = self._following(parent, tokens), rest[best.tokens :]
        return path

    def read_piece(self, piece: int) -> bytes | None:
        return self.data.get(piece)

    def write_piece(self, scope: str, parent: str, token_ids: Sequence[int], data: bytes) -> str | None:
        piece = self._keep(data)
        self.pieces[piece] = (scope, parent, tuple(token_ids))
        return self._following(parent, token_ids)

    def find_piece(self, scope: str, parent: str, token_ids: Sequence[int]) -> str | None:
        is_kept = (scope, parent, tuple(token_ids)) in self.pieces.values()
        return self._following(parent, token_ids) if is_kept else None

    def write_entry(self, entry: NewEntry) -> int | None:
        self.entries[len(self.entries) + 1] = entry
        return len(self.entries)

    def write_gist(self, entry: NewEntry, data: bytes) -> int | None:
        number = self.write_entry(entry)
        assert number is not None
        self.gist_pieces[number] = self._keep(data)
        return number

    def find_gist(self, model_identity: str, token_ids: Sequence[int]) -> GistFound | None:
        return self._gist_in_use(model_identity, lambda entry: tuple(entry.token_ids) == tuple(token_ids))

    def document_gist(self, model_identity: str, document_key: str) -> GistFound | None:
        return self._gist_in_use(model_identity, lambda entry: entry.document_key == document_key)

    def document_prompt(self, model_identity: str, document_key: str) -> tuple[int, ...] | None:
        for number in self.in_use:
            entry = self.entries[number]
            if (entry.kind, entry.model_identity, entry.document_key) == ("exact", model_identity, document_key):
                return tuple(entry.token_ids)
        return None

    def kept_segments(self, scope: str, segments: Sequence[Sequence[int]]) -> list[bool]:
        return [(scope, tuple(tokens)) in self.segments for tokens in segments]

    def write_segments(self, entry: NewEntry, first: int, segments: Sequence[NewSegment]) -> KeptMemory | None:
        number = self.memories.get((entry.scope, entry.document_key), len(self.entries) + 1)
        path = self.paths.get(number, [])
        if first > len(path) or self.is_full:
            return None
        for place, segment in enumerate(segments, first):
            key = (entry.scope, tuple(segment.token_ids))
            if segment.data is not None:
                self.segments[key] = self._keep(segment.data)
            path[place : place + 1] = [self.segments[key]]
        if number not in self.entries:
            self.in_use.add(number)
        self.memories[entry.scope, entry.document_key] = number
        self.paths[number] = path
        self.entries[number] = entry
        return KeptMemory(number, sum(len(self.data[piece]) for piece in path))

    def room_for_segments(self, entry: NewEntry) -> int | None:
        return self.room

    def document_segments(self, model_identity: str, document_key: str) -> SegmentsFound | None:
        for number in sorted(self.in_use & self.paths.keys()):
            entry = self.entries[number]
            if (entry.model_identity, entry.document_key) == (model_identity, document_key):
                figures = entry.metrics
                ends = tuple(figures["ends"])
                sizes = figures["segment_tokens"], figures["segment_slots"]
                return SegmentsFound(number, entry.scope, tuple(self.paths[number]), ends, *sizes)
        return None

    def read_pieces(self, pieces: Sequence[int]) -> list[bytes | None]:
        return [self.read_piece(piece) for piece in pieces]

    def gist(self, entry: int) -> tuple[GistFound, tuple[int, ...]] | None:
        tokens = tuple(self.entries[entry].token_ids)
        return GistFound(entry, self.gist_pieces[entry], len(tokens)), tokens

    def note_use(self, pieces: Sequence[int], *, tokens_saved: int, seconds_saved: float) -> None:
        assert seconds_saved >= 0
        self.uses.append((tuple(pieces), tokens_saved))

    def _gist_in_use(self, model_identity: str, is_meant: Any) -> GistFound | None:
        for number in sorted(self.in_use & self.gist_pieces.keys()):
            if self.entries[number].model_identity == model_identity and is_meant(self.entries[number]):
                return GistFound(number, self.gist_pieces[number], len(self.entries[number].token_ids))
        return None

    def _keep(self, data: bytes) -> int:
        piece = len(self.data) + 1
        self.data[piece] = data
        return piece

    @staticmethod
    def _following(parent: str, token_ids: Sequence[int]) -> str:
        return hashlib.sha256(f"{parent} {list(token_ids)}".encode()).hexdigest()


@pytest.fixture(scope="session")
def new_store() -> type[MemoryStore]:
    """Makes prompt stores of dicts."""
    return MemoryStore
