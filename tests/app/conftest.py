"""A library with the bundled story, a hub of our own on this machine, a tiny model to fetch from it, an engine that compresses
prompts and books without a model."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from app import engine_setup
from app.operations.compressor_folders import CompressorMethod, own_encoder_folder
from app.operations.opening import open_services
from app.services import Services
from engine import api
from engine.errors import EngineError
from engine.jobs import Handler, Progress, Steps
from engine.prompt_store import PIECE_TOKENS, ROOT, NewEntry, NewSegment
from engine.runtime import Runtime

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """What a hub answers. Files of LARGE_BYTES and more are redirected to a store, as the real one does."""

    LARGE_BYTES = 4096

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """repository -> path -> bytes"""
    licence: str = "apache-2.0"
    gated: bool = False
    broken: set[str] = field(default_factory=set)
    """Files sent with a wrong byte."""
    cut_after: dict[str, int] = field(default_factory=dict)
    """Files whose connection breaks after so many bytes, once."""
    too_long: set[str] = field(default_factory=set)
    knows_ranges: bool = True
    redirect_to: str = ""
    pause_s: float = 0.0
    """Before every piece of a large file."""
    gate: threading.Event = field(default_factory=threading.Event)
    """While it is cleared, nothing of a large file goes out."""
    busy: int = 0
    """Answer so many requests with 503."""
    without_checksums: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Path and Range header of each request."""
    url: str = ""

    def listing(self, repo: str) -> dict[str, object]:
        siblings = []
        for path, data in self.files[repo].items():
            entry: dict[str, object] = {"rfilename": path, "size": len(data)}
            if self.without_checksums:
                pass
            elif len(data) >= self.LARGE_BYTES:
                digest = hashlib.sha256(data).hexdigest()
                entry |= {"blobId": "0" * 40, "lfs": {"sha256": digest, "size": len(data), "pointerSize": 134}}
            else:
                entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            siblings.append(entry)
        return {"sha": COMMIT, "siblings": siblings, "cardData": {"license": self.licence, "language": ["en"]}}


class _Handler(http.server.BaseHTTPRequestHandler):
    hub: FakeHub

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        hub, parts = self.hub, urlsplit(self.path).path
        path = unquote(parts)
        hub.requests.append((path, self.headers.get("Range", "")))
        if hub.busy:
            hub.busy -= 1
            return self._answer(503)
        if path.startswith("/api/models/"):
            repo = "/".join(path.split("/")[3:5])
            if repo not in hub.files:
                return self._answer(401)
            return self._answer(200, json.dumps(hub.listing(repo)).encode())
        store = path.startswith("/store/")
        pieces = path.removeprefix("/store").split("/")
        repo, name = "/".join(pieces[1:3]), "/".join(pieces[5:])
        if hub.gated:
            return self._answer(401, code="GatedRepo")
        data = hub.files.get(repo, {}).get(name)
        if data is None or pieces[4] != COMMIT:
            return self._answer(404, code="EntryNotFound")
        if len(data) >= hub.LARGE_BYTES and not store:
            return self._answer(302, location=hub.redirect_to or f"{hub.url}/store{parts}")
        self._send(name, data)

    def _answer(self, status: int, body: bytes = b"", *, location: str = "", code: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send(self, name: str, data: bytes) -> None:
        hub, start = self.hub, 0
        if name in hub.broken:
            data = data[:-1] + bytes([data[-1] ^ 1])
        if name in hub.too_long:
            data += b"more"
        asked = self.headers.get("Range", "")
        if asked and hub.knows_ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        rest = data[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        cut = hub.cut_after.pop(name, None)
        rest = rest if cut is None else rest[:cut]
        try:
            for at in range(0, len(rest), 16_384):
                if len(data) >= hub.LARGE_BYTES:
                    time.sleep(hub.pause_s)
                    hub.gate.wait(60)
                self.wfile.write(rest[at : at + 16_384])
        except OSError:  # the other side has gone
            pass
        self.close_connection = True


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    opened = open_services(tmp_path / "data", echo=True)
    yield opened
    opened.close()


@pytest.fixture
def fake_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    hub = FakeHub()
    hub.gate.set()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setattr("app.operations.downloading.FIRST_PAUSE_S", 0.01)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield hub
    hub.gate.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of a few thousand values, as a hub holds it."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("hub") / "tiny"
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<bos>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["Mira keeps the lighthouse of Oster."], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<|im_end|>")
    fast.save_pretrained(folder)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    sizes |= {"num_key_value_heads": 2, "head_dim": 8, "vocab_size": len(fast), "max_position_embeddings": 4096}
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **sizes, eos_token_id=2, bos_token_id=0))
    model.save_pretrained(folder)
    return folder


@dataclass
class FakeGists:
    """Engine handlers that compress, compare and train without a model. What they keep, they keep in the real store."""

    requests: list[Any] = field(default_factory=list)
    stop_at_step: int | None = None
    """Training waits there until it is stopped."""

    def handlers(self, runtime: Runtime) -> dict[type, Handler]:
        def compress(request: api.Compress) -> Steps[api.Compressed]:
            self.requests.append(request)
            yield Progress("Reading the prompt", 0, 1, "token")
            store, tokens = runtime.prompt_store, [ord(character) for character in request.text]
            assert store is not None
            gist = request.method is api.CompressMethod.GIST
            values = {"kind": "gist" if gist else "exact", "scope": "scope", "title": request.title}
            entry = NewEntry(
                **values,
                model_identity=request.model.identity,
                model_name=request.model.name,
                adapter_sha256="",
                token_ids=tokens,
                document_key=request.document_key,
                metrics={"layout": request.layout.value},
            )
            if gist:
                number = store.write_gist(entry, b"g" * 100)
            else:
                parent: str | None = ROOT
                for start in range(0, len(tokens), PIECE_TOKENS):
                    assert parent is not None
                    parent = store.write_piece("scope", parent, tokens[start : start + PIECE_TOKENS], b"e" * 1000)
                number = store.write_entry(entry)
            assert number is not None
            k = (request.k or 4) if gist else 0
            slots = k + 3 if gist else len(tokens)
            figures = (100 if gist else 0, 0.1 if gist else 0.0, 2.0)
            return api.Compressed(
                number, k, len(tokens), slots, 2 if gist else 0, len(tokens) / slots, 1000, *figures, k != 1, 0.5
            )

        def compare(request: api.ComparePrompt) -> Steps[api.Compared]:
            self.requests.append(request)
            for which in ("full", "gist"):
                yield Progress("Answering", 0, detail=api.ComparedText(which, f"{which} "))
            return api.Compared(
                api.ComparedAnswer("Yes.", 0.2, 90), api.ComparedAnswer("Well, yes.", 0.1, 7), 0.25, 1.5
            )

        def train(request: api.TrainCompressor) -> Steps[api.CompressorTrained]:
            self.requests.append(request)
            folder, steps = request.folder, request.config.steps or 3
            checkpoint = folder / "checkpoint.safetensors"
            first = int(checkpoint.read_text()) if request.resume and checkpoint.exists() else 0
            folder.mkdir(parents=True, exist_ok=True)
            weights, divergence, recovered = "gist_encoder.safetensors", {1: 0.5}, {1: 0.4}
            stage = "Training the gist encoder"
            if isinstance(request.config, api.SegmentTraining):
                stage = "Training the segment compressor"
                weights, divergence, recovered = "segment_compressor.safetensors", {8: 0.1, 32: 0.2}, {8: 0.5, 32: 0.25}
            for step in range(first, steps + 1):
                score = api.CompressorScore(step, steps, 8 * step, 1 / (step + 1), divergence, recovered, 2.0, step)
                checkpoint.write_text(str(step))
                (folder / weights).write_bytes(b"weights")
                card = {"model_identity": request.model.identity, "steps": step, "of_steps": steps}
                (folder / "card.json").write_text(json.dumps(card))
                yield Progress(stage, step, steps, "step", score)
                while step == self.stop_at_step:
                    time.sleep(0.005)
                    yield None
            return api.CompressorTrained(folder, steps, 8 * steps, score, 7, "0" * 64, 1.0, True)

        return {api.Compress: compress, api.ComparePrompt: compare, api.TrainCompressor: train}


def _add_handlers(monkeypatch: pytest.MonkeyPatch, more: Callable[[Runtime], dict[type, Handler]]) -> None:
    """Engines that are started from now on have these, besides those they would have."""
    before = engine_setup.handlers
    monkeypatch.setattr(engine_setup, "handlers", lambda runtime: {**before(runtime), **more(runtime)})


@pytest.fixture
def fake_gists(monkeypatch: pytest.MonkeyPatch) -> FakeGists:
    """From now on engines that are started have these handlers, besides their own."""
    fakes = FakeGists()
    _add_handlers(monkeypatch, fakes.handlers)
    return fakes


@dataclass
class FakeSpeeds:
    """An engine handler that measures nothing and finds this."""

    found: api.SpeedMeasured = field(
        default_factory=lambda: api.SpeedMeasured(339.0, 15.0, 183.0, 106.0, 0.0002, "a machine", 2)
    )
    requests: list[api.MeasureSpeed] = field(default_factory=list)
    waits: bool = False
    """Measuring goes on until it is stopped, or this is False again."""
    refuses: str = ""

    def handlers(self, runtime: Runtime) -> dict[type, Handler]:
        def measure(request: api.MeasureSpeed) -> Steps[api.SpeedMeasured]:
            self.requests.append(request)
            yield Progress("Measuring", 0, 5, "step")
            while self.waits:
                time.sleep(0.005)
                yield None
            if self.refuses:
                raise EngineError(self.refuses)
            return self.found

        return {api.MeasureSpeed: measure}


@pytest.fixture
def fake_speeds(monkeypatch: pytest.MonkeyPatch) -> FakeSpeeds:
    """From now on engines that are started measure so."""
    fakes = FakeSpeeds()
    _add_handlers(monkeypatch, fakes.handlers)
    return fakes


@dataclass
class FakeSegments:
    """An engine handler that encodes without a model: a token is four characters. What it keeps, it keeps in the real store."""

    SEGMENT_TOKENS = 256
    BATCH = 4

    requests: list[api.EncodeSegments] = field(default_factory=list)
    stop_at_segment: int | None = None
    """Encoding waits there until it is stopped, or this is None again."""
    refuses: str = ""

    def handlers(self, runtime: Runtime) -> dict[type, Handler]:
        def encode(request: api.EncodeSegments) -> Steps[api.SegmentsEncoded]:
            self.requests.append(request)
            store, length = runtime.prompt_store, self.SEGMENT_TOKENS
            assert store is not None
            if self.refuses:
                raise EngineError(self.refuses)
            tokens = len(request.text) // 4
            segments = [[place] * length for place in range(tokens // length)]
            scope = f"segments {request.ratio}"
            known, kept, new = store.kept_segments(scope, segments), None, 0
            for start in range(0, len(segments), self.BATCH):
                yield Progress("Encoding", start * length, tokens, "token")
                while self.stop_at_segment is not None and start >= self.stop_at_segment:
                    time.sleep(0.005)
                    yield None
                end = min(start + self.BATCH, len(segments))
                batch = [NewSegment(segments[n], None if known[n] else b"s" * 2000) for n in range(start, end)]
                new += sum(segment.data is not None for segment in batch)
                kept = store.write_segments(self._entry(request, scope, end, tokens), start, batch)
                assert kept is not None
            yield Progress("Encoding", tokens, tokens, "token")
            assert kept is not None
            whole = len(segments) * length
            figures = (tokens, tokens - whole, whole // request.ratio, float(request.ratio), kept.bytes, 900.0, 1.0)
            return api.SegmentsEncoded(kept.entry, len(segments), new, *figures)

        return {api.EncodeSegments: encode}

    def _entry(self, request: api.EncodeSegments, scope: str, segments: int, tokens: int) -> NewEntry:
        length = self.SEGMENT_TOKENS
        return NewEntry(
            kind="segments",
            scope=scope,
            model_identity=request.model.identity,
            model_name=request.model.name,
            adapter_sha256="",
            title=request.title,
            token_ids=(),
            document_key=request.document_key,
            metrics={
                "segments": segments,
                "segment_tokens": length,
                "segment_slots": length // request.ratio,
                "slots": segments * length // request.ratio,
                "ratio": request.ratio,
                "ends": [4 * length * (place + 1) for place in range(segments)],
                "text_tokens": tokens,
                "compressor": "c" * 64,
                "tokens_per_s": 900.0,
            },
        )


@pytest.fixture
def fake_segments(monkeypatch: pytest.MonkeyPatch) -> FakeSegments:
    """From now on engines that are started encode segments so, and every model holds 2,048 tokens at once."""
    fakes = FakeSegments()
    _add_handlers(monkeypatch, fakes.handlers)
    monkeypatch.setattr("app.operations.segment_memories.window_tokens", lambda model: 2048)
    return fakes


@pytest.fixture
def with_segment_compressor() -> Callable[[Path, str], Path]:
    """Put a whole segment compressor into the data folder, for the model of this identity."""

    def put(data_dir: Path, identity: str = "echo") -> Path:
        folder = own_encoder_folder(data_dir, identity, CompressorMethod.SEGMENTS)
        folder.mkdir(parents=True)
        (folder / "segment_compressor.safetensors").write_bytes(b"weights")
        card = {"model_identity": identity, "steps": 5, "of_steps": 5, "sha256": "c" * 64}
        (folder / "card.json").write_text(json.dumps(card))
        return folder

    return put


@pytest.fixture
def with_encoder() -> Callable[[Path, str], Path]:
    """Put a whole encoder into a folder, for the model of this identity."""

    def put(folder: Path, identity: str) -> Path:
        folder.mkdir(parents=True)
        (folder / "gist_encoder.safetensors").write_bytes(b"weights")
        (folder / "card.json").write_text(json.dumps({"model_identity": identity, "steps": 5, "of_steps": 5}))
        return folder

    return put
