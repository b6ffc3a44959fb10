"""What segment memory is worth to answers: needles planted in novels, by depth and length, and LiteraryQA; beside passages, in one run.

    python tests/bench/segment_questions.py [--small] [--compressor FOLDER] [--work FOLDER]
    python tests/bench/segment_questions.py --lengths 8192 32768 --turns 2 --books 4 --n 10

Everything goes through the product's own handlers: a text is imported, encoded, asked about. Answers are greedy. contains: a reference
stands in the answer; f1: SQuAD's.

- nothing: the title and the question alone.
- window: passages of the last 2,048 tokens: what a reader that shifts its context still has.
- passages: found in the whole text.
- memory: the segments that speak of the question before it, no passages; as many as the product takes.
- passages + memory: both. Behind the table stands how much better or worse than passages that is, with a 95 % interval over the same
  questions, and in what share of resamples it is better: whether the product should use segment memory by default is read there.

Encoded segments and answers are kept in --work and not made again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from segment_parts.asking import PASSAGES, Asker, Question, Read, both_way, memory_way, read_book
from segment_parts.cells import Cells
from segment_parts.needles import DEPTHS, FACTS, depth_name, plant
from segment_parts.tables import spelled_tokens

from app.prompt_store import StoredPrompts
from engine.answer_scores import bootstrap_mean, share_of_gains
from engine.api import SEGMENT_RATIOS
from engine.backends.pytorch import TorchBackend
from engine.jobs import run_to_end
from engine.loading import embedded_model
from engine.methods.segments.compressor import COMPRESSOR_FILE, load_compressor
from engine.model_folder import model_ref, read_card
from engine.runtime import Runtime, handlers
from engine.tokenization import Tokenizer
from storage.prompt_states import PromptStates

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
LENGTHS = (8192, 32_768, 102_400)
WINDOW_TOKENS = 2048
HAYSTACK = ("Moby-Dick", "litbank/original/2489_moby_dick.txt")
SMALL_LENGTHS, SMALL_FACTS, SMALL_QUESTIONS, SMALL_BOOK_TOKENS = (4096,), 4, 3, 4096
STORE_BYTES = 64 * 10**9


@dataclass(frozen=True, slots=True)
class Needle:
    """A fact in one of the planted texts. length: its tokens."""

    read: Read
    question: Question
    length: int
    depth: float


def needles(data: Path, tokenizer: Tokenizer, lengths: Sequence[int], turns: int, facts: int) -> list[Needle]:
    title, file = HAYSTACK
    novel = read_book(data / file)
    found = []
    for length in lengths:
        for turn in range(turns):
            planted = plant(novel, tokenizer, tokens=length, turn=turn)
            key = f"needles {title} {length} {turn}"
            read = Read.of(key, title, planted.document, window_start(tokenizer, planted.document.text))
            found += [
                Needle(read, Question(fact.question, fact.answers), length, depth)
                for fact, depth in list(zip(FACTS, planted.depths, strict=True))[:facts]
            ]
    return found


def literary(data: Path, tokenizer: Tokenizer, books: int, count: int, seed: int) -> list[tuple[Read, Question]]:
    """The shortest books first: encoding them takes the time."""
    lines = (data / "literaryqa" / "validation_local.jsonl").read_text("utf-8").splitlines()
    listed = sorted(map(json.loads, lines), key=lambda book: (data / book["local_text"]).stat().st_size)
    found = []
    for book in listed[:books]:
        document = read_book(data / book["local_text"])
        read = Read.of(
            f"literaryqa {book['gutenberg_id']}", book["title"], document, window_start(tokenizer, document.text)
        )
        asked = random.Random(seed).sample(book["qas"], min(count, len(book["qas"])))
        found += [(read, Question(each["question"], tuple(each["answers"]))) for each in asked]
    return found


def window_start(tokenizer: Tokenizer, text: str) -> int:
    """The character where the last tokens of a text begin."""
    tail = text[-8 * WINDOW_TOKENS :]
    offsets = tokenizer.encode_with_offsets(tail).offsets
    return len(text) - len(tail) + offsets[max(0, len(offsets) - WINDOW_TOKENS)][0]


def ask_all(asker: Asker, asked: Sequence[tuple[Read, Question]], ways: Sequence[str]) -> None:
    """Text by text and way by way: a memory and an index are read once."""
    reads = list({read.key: read for read, _ in asked}.values())
    for number, read in enumerate(reads):
        for way in ways:
            for each, question in asked:
                if each.key == read.key:
                    asker.ask(read, question, way)
        print(f"  {number + 1} of {len(reads)} texts: {read.key}", file=sys.stderr, flush=True)


def print_needles(asker: Asker, found: Sequence[Needle], ways: Sequence[str]) -> None:
    lengths = sorted({needle.length for needle in found})
    texts = len({needle.read.key for needle in found})
    print(f"\nneedles in {HAYSTACK[0]}: contains-match, {len(found)} questions about {texts} texts")
    columns: list[tuple[str, Callable[[Needle], bool]]] = [
        *((spelled_tokens(length), lambda needle, length=length: needle.length == length) for length in lengths),
        *((f"depth {depth_name(depth)}", lambda needle, depth=depth: needle.depth == depth) for depth in DEPTHS),
    ]
    print_line("", ["all", *(name for name, _ in columns)])
    for way in ways:
        results = [(needle, asker.result(needle.read, needle.question, way)) for needle in found]
        right = [(needle, result["contains"]) for needle, result in results if result is not None]
        shares = [_share([value for _, value in right])]
        shares += [_share([value for needle, value in right if wanted(needle)]) for _, wanted in columns]
        print_line(way, shares)
    compare(asker, [(needle.read, needle.question) for needle in found], ways)


def print_literary(asker: Asker, asked: Sequence[tuple[Read, Question]], ways: Sequence[str]) -> None:
    titles = list(dict.fromkeys(read.title for read, _ in asked))
    print(f"\nLiteraryQA: {len(asked)} questions about {', '.join(titles)}")
    print_line("", ["contains", "", "f1", "", "n"])
    for way in ways:
        results = [result for read, question in asked if (result := asker.result(read, question, way)) is not None]
        if results:
            contains, f1 = (bootstrap_mean([result[which] for result in results]) for which in ("contains", "f1"))
            print_line(
                way,
                [
                    f"{contains.mean:.3f}",
                    f"[{contains.low:.2f}, {contains.high:.2f}]",
                    f"{f1.mean:.3f}",
                    f"[{f1.low:.2f}, {f1.high:.2f}]",
                    str(len(results)),
                ],
            )
    compare(asker, asked, ways)


def compare(asker: Asker, asked: Sequence[tuple[Read, Question]], ways: Sequence[str]) -> None:
    """Passages with memory over passages alone, on the questions answered both ways; and what memory alone is short of."""
    for ratio in SEGMENT_RATIOS:
        for way in (both_way(ratio), memory_way(ratio)):
            for which in ("contains", "f1"):
                pairs = [
                    (ours[which], theirs[which])
                    for read, question in asked
                    if (ours := asker.result(read, question, way)) is not None
                    and (theirs := asker.result(read, question, PASSAGES)) is not None
                ]
                if way in ways and pairs:
                    values, baseline = ([pair[side] for pair in pairs] for side in (0, 1))
                    gain = bootstrap_mean([value - base for value, base in pairs])
                    print(f"  {way} - passages, {which}: {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}],"
                          f" better in {share_of_gains(values, baseline):.0%} of resamples, {len(pairs)} questions")  # fmt: skip


def print_line(name: str, cells: Sequence[str]) -> None:
    print(f"  {name:<28}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def _share(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.2f} ({len(values)})" if values else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="one short text, one beginning of a book: minutes")
    parser.add_argument(
        "--lengths", type=int, nargs="*", default=list(LENGTHS), help="tokens of planted texts; none: no needles"
    )
    parser.add_argument("--turns", type=int, default=1, help="texts of each length, the facts at other depths in each")
    parser.add_argument("--books", type=int, default=4, help="books of LiteraryQA, shortest first; 0: none")
    parser.add_argument("--n", type=int, default=10, help="questions about each book")
    parser.add_argument("--ways", nargs="+", default=["*"], help="only such ways: passages '*memory 8x'")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--leave-cores", type=int, default=0)
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    parser.add_argument("--work", type=Path, default=Path(sys.prefix) / "bench" / "segments")
    parser.add_argument("--model", type=Path, help="a prepared model folder; default: the embedded model")
    parser.add_argument("--compressor", type=Path, help="default: the one that comes with Palimpsest")
    options = parser.parse_args()
    if not (options.shared_data / HAYSTACK[1]).is_file():
        sys.exit(f"The novels are not in {options.shared_data}; give --shared-data.")
    model = embedded_model() if options.model is None else model_ref(options.model, read_card(options.model))
    folder: Path | None = options.compressor or ROOT / "assets" / "compressors" / model.name / "segments"
    assert folder is not None
    if not (folder / COMPRESSOR_FILE).is_file():
        print(f"{model.name} has no segment compressor in {folder}: without memory. Give --compressor.")
        folder = None
    options.work.mkdir(parents=True, exist_ok=True)
    states = PromptStates(options.work / "memories.sqlite3")
    states.set_budget(STORE_BYTES)
    runtime = Runtime(leave_cores=options.leave_cores, store=StoredPrompts(states))
    backend = run_to_end(runtime.load(model))
    assert isinstance(backend, TorchBackend)
    made_with = "" if folder is None else load_compressor(folder, backend).sha256[:12]
    cells = Cells(options.work / "questions.jsonl")
    limit = SMALL_BOOK_TOKENS if options.small else None
    asker = Asker(model, handlers(runtime), folder, f"{made_with} {limit or ''}", cells, limit)
    ways = [way for way in asker.ways if any(fnmatch(way, pattern) for pattern in options.ways)]
    print(f"{model.name}, {backend.info.dtype}, {'no compressor' if folder is None else f'compressor {made_with}'}")
    lengths, facts = (SMALL_LENGTHS, SMALL_FACTS) if options.small else (options.lengths, len(FACTS))
    if lengths:
        found = needles(options.shared_data, backend.tokenizer, lengths, options.turns, facts)
        ask_all(asker, [(needle.read, needle.question) for needle in found], ways)
        print_needles(asker, found, ways)
    books, count = (1, SMALL_QUESTIONS) if options.small else (options.books, options.n)
    if books:
        asked = literary(options.shared_data, backend.tokenizer, books, count, options.seed)
        ask_all(asker, asked, ways)
        print_literary(asker, asked, ways)


if __name__ == "__main__":
    main()
