"""Searching the files of a folder for many strings at once, in a process of its own.

Knows files and bytes. Knows nothing of rows or documents.

    python -m storage.traces   < {"folder": ..., "probes": [[text, kind], ...], "untouched_since": ...}
                               > {"traces": [[file, probe, count], ...], "files": ..., "bytes": ...}
                                 probe: its index; -1: the file could not be read

Its own process, because closing a database file drops every lock the process holds on it (POSIX), under the feet of
the connections of the database. Probes go through the pipe: a command line is visible to other users.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from storage.probes import Probe, ProbeKind

UNREADABLE = -1
MODELS_FOLDER = "models"
_TENSOR_SUFFIXES = frozenset({".safetensors", ".gguf", ".bin", ".pt", ".npy"})

_BLOCK_BYTES = 1 << 22
_SHORTEST_BYTES = 4
_SAFE_BYTES = 8
"""From this length on, a string does not stand in random bytes by accident."""


@dataclass(frozen=True, slots=True)
class Needle:
    """One way a probe may be written. unit: bytes of one ASCII letter in this encoding."""

    probe: int
    data: bytes
    unit: int
    whole_word: bool

    def ends_at(self, following: bytes) -> bool:
        """Whether a match counts, given the bytes behind it: a name must not go on in lower case."""
        if not self.whole_word or len(following) < self.unit:
            return True
        return not (following[:1].isalpha() and following[:1].islower() and not any(following[1 : self.unit]))


@dataclass(frozen=True, slots=True)
class Trace:
    """`count` places in a file (its path relative to the folder) where probe number `probe` stands."""

    file: str
    probe: int
    count: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found, and how much it has looked at: files read to their end, and their bytes."""

    traces: list[Trace]
    files: int
    bytes: int


def make_needles(probes: Sequence[Probe]) -> list[Needle]:
    """Every probe as UTF-8, as UTF-16 and as JSON writes it; forms too short to tell anything are left out."""
    needles: list[Needle] = []
    for number, probe in enumerate(probes):
        if probe.kind is ProbeKind.BYTES:
            needles.append(Needle(number, bytes.fromhex(probe.text), 1, whole_word=False))
            continue
        forms = {
            probe.text.encode("utf-8"): 1,
            json.dumps(probe.text)[1:-1].encode("ascii"): 1,
            json.dumps(probe.text, ensure_ascii=False)[1:-1].encode("utf-8"): 1,
            probe.text.encode("utf-16-le"): 2,
        }
        needles += [
            Needle(number, data, unit, probe.kind is ProbeKind.NAME)
            for data, unit in forms.items()
            if len(data) >= (_SHORTEST_BYTES if unit == 1 else _SAFE_BYTES)
        ]
    return needles


class NeedleSearch:
    """Counts many byte strings in one pass, at a speed that does not depend on how many they are.

    The first bytes of every needle are hashed into a table; a vectorised pass over the data asks the table, and only
    where it says yes are needles compared. The plain twin is a loop over `bytes.find`.
    """

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._longest = max((len(needle.data) for needle in needles), default=0)
        self._groups = [
            _AnchorGroup(width, group)
            for width in (_SHORTEST_BYTES, _SAFE_BYTES)
            if (group := [needle for needle in needles if (len(needle.data) >= _SAFE_BYTES) == (width == _SAFE_BYTES)])
        ]

    def count(self, stream: BinaryIO) -> Counter[int]:
        """How often each probe stands in a stream, by its number."""
        counts: Counter[int] = Counter()
        if not self._groups:
            return counts
        held = b""
        while True:
            read = stream.read(_BLOCK_BYTES)
            held += read
            behind = self._longest + 2  # a match may go on, and be followed by a letter, in the next block
            limit = len(held) if not read else max(0, len(held) - behind)
            for group in self._groups:
                counts.update(group.matches(held, limit))
            held = held[limit:]
            if not read:
                return counts


class _AnchorGroup:
    """Needles known by their first `width` bytes, 4 or 8, read as one little-endian number."""

    def __init__(self, width: int, needles: Sequence[Needle]) -> None:
        import numpy as np  # here, so that `storage` starts without it

        self._np = np
        self._width = width
        self._by_anchor: dict[int, list[Needle]] = defaultdict(list)
        for needle in needles:
            self._by_anchor[int.from_bytes(needle.data[:width], "little")].append(needle)
        self._dtype = np.dtype(f"<u{width}")
        # Multiplicative hashing (Knuth, TAOCP 3, §6.4): the highest bits of the product are the table's index.
        self._factor = self._dtype.type(0x9E3779B97F4A7C15 if width == 8 else 0x9E3779B1)
        self._shift = self._dtype.type(8 * width - 18)
        self._anchors = np.array(sorted(self._by_anchor), dtype=self._dtype)
        self._table = np.zeros(1 << 18, dtype=np.bool_)
        self._table[(self._anchors * self._factor) >> self._shift] = True

    def matches(self, data: bytes, limit: int) -> Iterator[int]:
        """The probe numbers of all matches that start before `limit`."""
        np = self._np
        for lane in range(min(self._width, max(0, len(data) - self._width + 1))):
            words = np.frombuffer(data, self._dtype, offset=lane, count=(len(data) - lane) // self._width)
            likely = np.flatnonzero(self._table[(words * self._factor) >> self._shift])
            sure = likely[np.isin(words[likely], self._anchors)]
            for index in sure.tolist():
                start = lane + index * self._width
                if start < limit:
                    for needle in self._by_anchor[int(words[index])]:
                        end = start + len(needle.data)
                        if data.startswith(needle.data, start) and needle.ends_at(data[end : end + 2]):
                            yield needle.probe


def search_folder(folder: Path, probes: Sequence[Probe], *, untouched_since: float) -> Findings:
    """Every file below `folder`, and every file name, searched for every probe that can be told from an accident there.

    A name stands in any tokenizer's vocabulary, so under models/ only sentences count; a short name may stand in any
    random numbers, so in tensor files only longer strings do; "General" heads a group of any .ini file, so there names
    do not count. A model's tensors last written before `untouched_since`
    (seconds since 1970: when the document came in) cannot hold it and are not read.
    """
    needles = make_needles(probes)
    sentences = NeedleSearch([needle for needle in needles if probes[needle.probe].kind is ProbeKind.SENTENCE])
    not_names = NeedleSearch([needle for needle in needles if probes[needle.probe].kind is not ProbeKind.NAME])
    long_ones = NeedleSearch([needle for needle in needles if len(needle.data) >= _SAFE_BYTES])
    everything = NeedleSearch(needles)
    traces: list[Trace] = []
    files = size = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        in_models = name.startswith(f"{MODELS_FOLDER}/")
        is_tensors = path.suffix in _TENSOR_SUFFIXES
        if not in_models:
            traces += [
                Trace(name, number, 1)
                for number, probe in enumerate(probes)
                if probe.kind is ProbeKind.PHRASE and probe.stands_in(path.name)
            ]
        is_state = path.suffix == ".ini"
        search = sentences if in_models else long_ones if is_tensors else not_names if is_state else everything
        try:
            if not path.is_file() or (in_models and is_tensors and path.stat().st_mtime < untouched_since):
                continue
            with path.open("rb") as stream:
                counts = search.count(stream)
                files += 1
                size += stream.tell()
        except FileNotFoundError:
            continue
        except OSError:
            if not name.endswith("-shm"):  # locked on Windows; it holds page numbers only
                traces.append(Trace(name, UNREADABLE, 1))
            continue
        traces += [Trace(name, number, count) for number, count in sorted(counts.items())]
    return Findings(traces, files, size)


def search_in_child(folder: Path, probes: Sequence[Probe], *, untouched_since: float) -> Findings:
    """`search_folder`, in a process of its own."""
    request = {
        "folder": str(folder),
        "probes": [[probe.text, probe.kind.value] for probe in probes],
        "untouched_since": untouched_since,
    }
    package_parent = str(Path(__file__).resolve().parents[1])
    search_path = os.pathsep.join(filter(None, (package_parent, os.environ.get("PYTHONPATH"))))
    answer = subprocess.run(
        [sys.executable, "-m", "storage.traces"],
        input=json.dumps(request).encode("ascii"),
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "PYTHONPATH": search_path},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    found = json.loads(answer.stdout)
    return Findings([Trace(*fields) for fields in found["traces"]], found["files"], found["bytes"])


def main() -> None:
    """The child: request on stdin, answer on stdout."""
    request = json.load(sys.stdin)
    probes = [Probe(text, ProbeKind(kind)) for text, kind in request["probes"]]
    found = search_folder(Path(request["folder"]), probes, untouched_since=request["untouched_since"])
    traces = [[trace.file, trace.probe, trace.count] for trace in found.traces]
    json.dump({"traces": traces, "files": found.files, "bytes": found.bytes}, sys.stdout)


if __name__ == "__main__":
    main()
