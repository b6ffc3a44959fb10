"""A model fetched from a hub, when the user asks for it: every file checked, every byte kept that has come. A job of its own runner.

    <data>/models/.downloads/<name>/   download.json (what is to come: files, sizes, checksums, one commit)
                                       <file>.part   (as far as it has come)      <file>   (whole, its checksum right)

A stopped or killed download goes on from its .part files. Only weights that hold no code (safetensors, GGUF), JSON,
tokenizer and licence files are fetched, each into this one folder. What the hub sends is read on a thread, so that the
job can stop within a fraction of a second also while a connection hangs.
"""

from __future__ import annotations

import hashlib
import json
import queue
import re
import shutil
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from app.operations import hub
from app.operations.hub import ConnectionLost, HubError, HubFile, Start
from engine.jobs import Handler, Progress, Steps
from engine.model_folder import read_config

STATE_FILE = "download.json"
PART = ".part"
SPARE_BYTES = 500_000_000
"""Left free on the disk."""
TRIES = 5
"""Connections in a row that bring next to nothing before we give up."""
FIRST_PAUSE_S = 1.0
"""Before the second try; doubled each time."""

Item = TypeVar("Item")

_WAIT_S = 0.1
_TELL_S = 0.1
_QUEUED_PIECES = 16
_HARDLY_ANYTHING = 64 * 1024
_HASH_BLOCK = 4 * 1024**2
_SMALL_FILE = re.compile(
    r"config\.json|generation_config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|"
    r"added_tokens\.json|vocab\.json|merges\.txt|tokenizer\.model|chat_template\.jinja|"
    r"(?:LICEN[CS]E|NOTICE)(?:\.(?:txt|md))?",
)
_WEIGHTS = re.compile(r"model\.safetensors(?:\.index\.json)?|model-\d{5}-of-\d{5}\.safetensors")
_GGUF = re.compile(r"[A-Za-z0-9][\w.-]*\.gguf")


@dataclass(frozen=True, slots=True)
class Download:
    """Fetch a model into `folder`. -> Downloaded. revision: a branch or a commit. gguf: fetch this file alone."""

    folder: Path
    endpoint: str
    repo: str
    revision: str
    gguf: str = ""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """source: what can be prepared: the folder, or the GGUF file in it."""

    source: Path
    repo: str
    commit: str
    licence: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to come, as download.json keeps it."""

    repo: str
    revision: str
    commit: str
    gguf: str
    licence: str
    languages: tuple[str, ...]
    files: tuple[HubFile, ...]

    @property
    def total_bytes(self) -> int:
        return sum(file.size for file in self.files)

    def done_bytes(self, folder: Path) -> int:
        return sum(min(file.size, _size(folder / file.path) or _size(_part(folder, file))) for file in self.files)

    def is_whole(self, folder: Path) -> bool:
        return all((folder / file.path).is_file() for file in self.files)

    def result(self, folder: Path) -> Downloaded:
        return Downloaded(folder / self.gguf, self.repo, self.commit, self.licence, self.languages)


def read_plan(folder: Path) -> Plan | None:
    """What a folder was to hold; None when that cannot be said (any more)."""
    try:
        values: dict[str, Any] = json.loads((folder / STATE_FILE).read_text("utf-8"))
        values["files"] = tuple(HubFile(**file) for file in values["files"])
        values["languages"] = tuple(values["languages"])
        plan = Plan(**values)
        return plan if all(_is_wanted(file.path) for file in plan.files) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def download(request: Download) -> Steps[Downloaded]:
    """Handler. Progress counts bytes. A failure or a stop keeps what has come, except a file whose checksum is wrong."""
    folder = request.folder
    plan = read_plan(folder)
    if plan is None or (plan.repo, plan.revision, plan.gguf) != (request.repo, request.revision, request.gguf):
        plan = yield from _make_plan(request)
    _check_room(plan, folder)
    checked = False
    for file in plan.files:
        if not checked and _WEIGHTS.fullmatch(file.path):
            read_config(folder)  # a model we cannot run is refused before its weights are fetched
            checked = True
        yield from _fetch(request.endpoint, plan, file, folder)
    return plan.result(folder)


def choose_files(model: hub.HubModel, gguf: str = "") -> tuple[HubFile, ...]:
    """The files that make up the model, small ones first. Raises HubError when it is none that we can use."""
    files = {file.path: file for file in model.files}
    if gguf:
        if gguf not in files or not _GGUF.fullmatch(gguf):
            raise HubError(f"{model.repo} holds no GGUF file called “{gguf[:80]}”.")
        chosen = [files[gguf]]
    else:
        chosen = [file for path, file in files.items() if _SMALL_FILE.fullmatch(path) or _WEIGHTS.fullmatch(path)]
        names = {file.path for file in chosen}
        if "config.json" not in names or not any(_WEIGHTS.fullmatch(name) for name in names):
            found = sorted(path for path in files if _GGUF.fullmatch(path))
            if found:
                raise HubError(f"{model.repo} holds GGUF files: name one, as in {model.repo}/{found[0]}.")
            raise HubError(f"{model.repo} holds no model as config.json and safetensors.")
    for file in chosen:
        if file.size < 0 or not (file.sha256 or file.git_sha1):
            raise HubError(f"The hub gives no size or checksum for {file.path} of {model.repo}; nothing is fetched.")
    return tuple(sorted(chosen, key=lambda file: (bool(_WEIGHTS.fullmatch(file.path)), file.size, file.path)))


def _is_wanted(path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in (_SMALL_FILE, _WEIGHTS, _GGUF))


def _make_plan(request: Download) -> Steps[Plan]:
    yield Progress("Asking the hub", 0)
    description = b""
    for attempt in range(1, TRIES + 1):
        description = b""
        try:
            source = partial(hub.read_model, request.endpoint, request.repo, request.revision)
            with closing(_on_a_thread(source)) as pieces:
                for piece in pieces:
                    description += piece or b""
                    yield None
            break
        except ConnectionLost as problem:
            if attempt == TRIES:
                raise HubError(f"The download cannot begin. {problem} Check the connection and try again.") from problem
            yield from _pause(attempt)
    model = hub.parse_model(request.repo, description)
    plan = Plan(
        repo=request.repo,
        revision=request.revision,
        commit=model.commit,
        gguf=request.gguf,
        licence=model.licence,
        languages=model.languages,
        files=choose_files(model, request.gguf),
    )
    shutil.rmtree(request.folder, ignore_errors=True)  # what is there is of another version
    request.folder.mkdir(parents=True)
    making = request.folder / (STATE_FILE + PART)
    making.write_text(json.dumps(asdict(plan), indent=1, ensure_ascii=False), "utf-8")
    making.replace(request.folder / STATE_FILE)
    return plan


def _check_room(plan: Plan, folder: Path) -> None:
    """A GGUF file is unpacked to several times its size afterwards."""
    missing = plan.total_bytes - plan.done_bytes(folder) + (5 * plan.total_bytes if plan.gguf else 0)
    free = shutil.disk_usage(folder).free
    if missing + SPARE_BYTES > free:
        raise HubError(
            f"{plan.repo} needs {(missing + SPARE_BYTES) / 1e9:.1f} GB on the disk and {free / 1e9:.1f} GB are free. "
            "Make room or choose a smaller model."
        )


def _fetch(endpoint: str, plan: Plan, file: HubFile, folder: Path) -> Steps[None]:
    target, part = folder / file.path, _part(folder, file)
    if target.is_file():
        return
    others = plan.done_bytes(folder) - min(file.size, _size(part))
    digest = _Digest(file)
    if _size(part) > file.size:
        part.unlink()
    with part.open("ab") as out:
        yield from _read_again(part, digest)
        told, failures, reason = 0.0, 0, "The connection broke."
        while digest.bytes < file.size:
            before = digest.bytes
            source = partial(hub.read_file, endpoint, plan.repo, plan.commit, file.path, digest.bytes)
            try:
                with closing(_on_a_thread(source)) as pieces:
                    for piece in pieces:
                        if isinstance(piece, Start):
                            if piece.offset != digest.bytes:  # it cannot go on from there
                                out.truncate(0)
                                digest, before = _Digest(file), 0
                            if piece.offset != digest.bytes:
                                raise ConnectionLost("The hub sent another piece than was asked for.")
                        elif piece is not None:
                            _write(out, digest, piece, file)
                        now = time.monotonic()
                        if digest.bytes == before or now - told < _TELL_S:
                            yield None
                        else:
                            told = now
                            yield Progress("Downloading", others + digest.bytes, plan.total_bytes, "byte")
            except ConnectionLost as problem:
                reason = str(problem)
            if digest.bytes < file.size:
                failures = 0 if digest.bytes - before > _HARDLY_ANYTHING else failures + 1
                if failures >= TRIES:
                    raise HubError(
                        f"The download of {plan.repo} stopped at {(others + digest.bytes) / 1e6:,.0f} of "
                        f"{plan.total_bytes / 1e6:,.0f} MB. {reason} "
                        "What has come is kept; go on when the connection is back."
                    )
                yield from _pause(failures + 1)
    if not digest.is_right():
        part.unlink()
        raise HubError(
            f"{file.path} of {plan.repo} came damaged: its checksum is not the one the hub gives. "
            "It was removed; download it again."
        )
    part.replace(target)
    yield Progress("Downloading", others + file.size, plan.total_bytes, "byte")


def _write(out: Any, digest: _Digest, piece: bytes, file: HubFile) -> None:
    if digest.bytes + len(piece) > file.size:
        out.truncate(0)
        raise HubError(f"The hub sends more of {file.path} than it announced; the file was removed.")
    try:
        out.write(piece)
        out.flush()
    except OSError as problem:
        raise HubError(f"{file.path} cannot be written: {problem.strerror}. What has come is kept.") from problem
    digest.add(piece)


def _read_again(part: Path, digest: _Digest) -> Steps[None]:
    """The checksum of what came before."""
    total = _size(part)
    with part.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.add(block)
            yield Progress("Checking what has come", digest.bytes, total, "byte")


class _Digest:
    """The checksum a hub gives for a file: sha256 for large ones, that of a git object for small ones."""

    def __init__(self, file: HubFile) -> None:
        self.bytes = 0
        self._wanted = file.sha256 or file.git_sha1
        self._hash = hashlib.sha256() if file.sha256 else hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)

    def add(self, piece: bytes) -> None:
        self._hash.update(piece)
        self.bytes += len(piece)

    def is_right(self) -> bool:
        return self._hash.hexdigest() == self._wanted


def _pause(attempt: int) -> Steps[None]:
    until = time.monotonic() + FIRST_PAUSE_S * 2 ** (attempt - 1)
    while time.monotonic() < until:
        yield None
        time.sleep(min(_WAIT_S, FIRST_PAUSE_S))


_ENDED = object()


def _on_a_thread(make: Callable[[], Generator[Item, None, None]]) -> Generator[Item | None, None, None]:
    """An iterator driven on a thread of its own: its items, and None where one is waited for.

    When we are closed the thread is left to end by itself, at its next item or when its connection times out.
    """
    items: queue.Queue[Any] = queue.Queue(_QUEUED_PIECES)
    left = threading.Event()

    def put(item: object) -> bool:
        while not left.is_set():
            try:
                items.put(item, timeout=_WAIT_S)
                return True
            except queue.Full:
                continue
        return False

    def drive() -> None:
        try:
            with closing(make()) as source:
                for item in source:
                    if not put(item):
                        return
        except (ConnectionLost, HubError) as problem:
            put(problem)
        put(_ENDED)

    thread = threading.Thread(target=drive, name="download", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = items.get(timeout=_WAIT_S)
            except queue.Empty:
                if not thread.is_alive() and items.empty():
                    raise RuntimeError("the download thread ended without a word") from None
                yield None
                continue
            if item is _ENDED:
                return
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        left.set()


def _part(folder: Path, file: HubFile) -> Path:
    return folder / (file.path + PART)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


HANDLERS: Mapping[type, Handler] = {Download: download}
