"""How good answers are, and what each switch is worth: prompt forms (JRT), adapter, passages; with 95% intervals.

    python tests/bench/asking_quality.py --n 100
    python tests/bench/asking_quality.py --n 100 --write-note      keep the verdict with the model
    python tests/bench/asking_quality.py --n 24 --adapter-stories 2

Questions: FairytaleQA validation (explicit, one section), XQuAD English (articles at odd places), LiteraryQA (whole
novels). What was tuned was tuned on FairytaleQA's training stories and XQuAD's other articles. Every question is asked
end to end: its passages are those that retrieval finds in the whole story, article or novel. contains: a reference stands
in the answer; f1: SQuAD's.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.answer_scores import bootstrap_mean, contains_match, token_f1
from engine.api import Answered, Ask, Learn, ModelRef, PassageText, Switch
from engine.asking import ask, find_passages
from engine.citing import cite
from engine.jobs import run_to_end
from engine.loading import embedded_model
from engine.model_folder import model_ref, read_card
from engine.prompt_measuring import AskCase, measure_forms
from engine.prompting import MODEL_NOTES, style_for
from engine.quoting import quote
from engine.retrieval import PassageIndex, build_index
from engine.runtime import Runtime, handlers

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PASSAGE_CHARACTERS = 900


@dataclass(frozen=True, slots=True)
class Text:
    """A story, an article or a novel."""

    name: str
    passages: tuple[PassageText, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(passage.text for passage in self.passages)


@dataclass(frozen=True, slots=True)
class Asked:
    """gold: the passages that hold the answer, by index; empty where unknown."""

    text: Text
    question: str
    references: tuple[str, ...]
    gold: frozenset[int]


def as_passages(texts: Iterable[str]) -> tuple[PassageText, ...]:
    passages, start = [], 0
    for text in texts:
        passages.append(PassageText(start, start + len(text), text))
        start += len(text) + 2
    return tuple(passages)


def fairytales(data: Path, split: str) -> Iterator[Asked]:
    for questions in sorted((data / "fairytaleqa" / "questions" / split).glob("*.csv")):
        story = data / "fairytaleqa" / "section-stories" / split / questions.name.replace("-questions", "-story")
        sections = [(row["section"], row["text"]) for row in read_csv(story)]
        places = {number: place for place, (number, _) in enumerate(sections)}
        text = Text(questions.stem.removesuffix("-questions").replace("-", " "), as_passages(t for _, t in sections))
        for row in read_csv(questions):
            section = (row["cor_section"] or "").strip()
            if row["local-or-sum"] == "local" and row["ex-or-im1"] == "explicit" and section in places:
                references = tuple(row[f"answer{i}"] for i in range(1, 7) if row.get(f"answer{i}"))
                yield Asked(text, row["question"], references, frozenset({places[section]}))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        return list(csv.DictReader(file))


def squad(path: Path, articles: slice) -> Iterator[Asked]:
    for article in json.loads(path.read_text("utf-8"))["data"][articles]:
        text = Text(
            article.get("title", path.stem).replace("_", " "),
            as_passages(paragraph["context"] for paragraph in article["paragraphs"]),
        )
        for place, paragraph in enumerate(article["paragraphs"]):
            for item in paragraph["qas"]:
                references = tuple(answer["text"] for answer in item["answers"])
                yield Asked(text, item["question"], references, frozenset({place}))


def novels(data: Path) -> Iterator[Asked]:
    for line in (data / "literaryqa" / "validation_local.jsonl").read_text("utf-8").splitlines():
        book = json.loads(line)
        spelled = (data / book["local_text"]).read_text("utf-8", errors="replace")
        spelled = re.split(r"\*\*\* ?(?:START|END) OF [^\n]*\n", spelled)
        text = Text(book["title"], as_passages(pack_paragraphs(max(spelled, key=len))))
        for item in book["qas"]:
            yield Asked(text, item["question"], tuple(item["answers"]), frozenset())


def pack_paragraphs(text: str) -> Iterator[str]:
    held = ""
    for paragraph in re.split(r"\n\s*\n", text):
        if held and len(held) + len(paragraph) > PASSAGE_CHARACTERS:
            yield held
            held = ""
        held = f"{held}\n\n{paragraph.strip()}".strip()
    if held:
        yield held


class Indexes:
    """One index a text, built when first needed."""

    def __init__(self) -> None:
        self._built: dict[str, PassageIndex] = {}

    def of(self, text: Text) -> PassageIndex:
        if text.name not in self._built:
            self._built[text.name] = run_to_end(build_index(text.passages))
        return self._built[text.name]


def sample(items: Iterable[Asked], count: int, seed: int) -> list[Asked]:
    chosen = list(items)
    random.Random(seed).shuffle(chosen)
    return chosen[:count]


def print_retrieval(data: Path, indexes: Indexes) -> None:
    """How often the passage with the answer is among the first k."""
    sets = {
        "FairytaleQA val, sections of a story": list(fairytales(data, "val")),
        "XQuAD en, all paragraphs": one_text(squad(data / "xquad" / "xquad.en.a24.json", slice(None))),
        "XQuAD zh, all paragraphs": one_text(squad(data / "xquad" / "xquad.zh.a24.json", slice(None))),
        "CMRC 2018 trial, all paragraphs": one_text(squad(data / "cmrc2018" / "cmrc2018_trial.json", slice(None))),
    }
    for name, items in sets.items():
        ranks = []
        for item in items:
            hits = indexes.of(item.text).search(item.question, limit=5)
            ranks.append(next((rank for rank, hit in enumerate(hits) if hit.index in item.gold), 99))
        shares = "  ".join(f"top-{k} {sum(rank < k for rank in ranks) / len(ranks):.3f}" for k in (1, 3, 5))
        print(f"  {name:42s} {len(ranks):5d} questions   {shares}")


def one_text(items: Iterable[Asked]) -> list[Asked]:
    """The same questions, asked of all texts at once: a harder search."""
    items = list(items)
    texts = list({item.text.name: item.text for item in items}.values())
    first: dict[str, int] = {}
    passages: list[str] = []
    for text in texts:
        first[text.name] = len(passages)
        passages += [passage.text for passage in text.passages]
    whole = Text(f"all {len(passages)} passages {passages[0][:20]}", as_passages(passages))
    return [
        Asked(whole, item.question, item.references, frozenset(first[item.text.name] + place for place in item.gold))
        for item in items
    ]


def print_citing(items: Sequence[Asked], indexes: Indexes) -> None:
    """Citations for the reference answers, and for a wrong answer: that of another question about the same text."""
    cited = right = wrong = asked = 0
    by_text: dict[str, list[Asked]] = {}
    for item in items:
        by_text.setdefault(item.text.name, []).append(item)
    for group in by_text.values():
        for place, item in enumerate(group):
            index = indexes.of(item.text)
            passages = [hit.passage for hit in index.search(item.question, limit=3)]
            spans = cite(item.references[0], item.question, passages, weight=index.term_weight)
            gold = [item.text.passages[place] for place in item.gold]
            asked += 1
            cited += bool(spans)
            right += any(passage.start <= span.start < passage.end for span in spans for passage in gold)
            other = group[(place + 7) % len(group)].references[0]
            if not contains_match(other, item.references):
                spans = cite(other, item.question, passages, weight=index.term_weight)
                wrong += bool(spans) and not contains_match(spans[0].quote, item.references)
    print(
        f"  {asked} questions: the right answer is cited {cited / asked:.3f}, in its section"
        f" {right / max(1, cited):.3f}; a wrong answer is cited {wrong / asked:.3f}"
    )


def print_quotes(data: Path, indexes: Indexes) -> None:
    """How often what stands in the book, shown before any model, holds the answer; and how long it takes to find."""
    sets = {
        "FairytaleQA val": list(fairytales(data, "val")),
        "XQuAD en, odd articles": list(squad(data / "xquad" / "xquad.en.a24.json", slice(1, None, 2))),
        "XQuAD zh, all of them at once": one_text(squad(data / "xquad" / "xquad.zh.a24.json", slice(1, None, 2))),
    }
    for name, items in sets.items():
        first = both = characters = 0
        seconds = 0.0
        for item in items:
            index = indexes.of(item.text)
            began = time.perf_counter()
            quotes = [each.quote for each in quote(index, item.question)]
            seconds += time.perf_counter() - began
            first += holds(quotes[:1], item.references)
            both += holds(quotes, item.references)
            characters += sum(map(len, quotes))
        count = len(items)
        print(
            f"  {name:28s} {count:5d} questions   the first holds the answer {first / count:.3f}, one of the two"
            f" {both / count:.3f}   {characters / count:.0f} characters, {1000 * seconds / count:.0f} ms"
        )


def holds(quotes: Sequence[str], references: Sequence[str]) -> bool:
    """Whether a reference stands in a quote, as words; in Chinese, where none are told apart, letter for letter."""
    return any(
        contains_match(each, references) or any(not r.isascii() and r in each for r in references) for each in quotes
    )


def print_forms(runtime: Runtime, model: ModelRef, items: Sequence[Asked], indexes: Indexes, write_note: bool) -> None:
    backend = run_to_end(runtime.load(model))
    style = style_for(model)
    cases = [
        AskCase(
            item.text.name,
            item.question,
            tuple(find_passages(indexes.of(item.text), item.question, style)),
            item.references,
        )
        for item in items
    ]
    began = time.perf_counter()
    scores = run_to_end(measure_forms(backend, cases, style=style))
    for score in scores.scores.values():
        contains, f1 = score.contains_interval, score.f1_interval
        print(
            f"  {score.form.value:16s} contains {contains.mean:.3f} [{contains.low:.3f}, {contains.high:.3f}]   "
            f"f1 {f1.mean:.3f} [{f1.low:.3f}, {f1.high:.3f}]   {score.prompt_tokens:.0f} prompt tokens"
        )
    print(f"  auto: {scores.auto_form.value}; on: {scores.on_form.value}   ({time.perf_counter() - began:.0f} s)")
    if write_note:
        path = MODEL_NOTES / f"{model.name}.json"
        note = json.loads(path.read_text("utf-8")) | {"jrt": scores.as_note()}
        path.write_text(json.dumps(note, indent=1, ensure_ascii=False) + "\n", "utf-8")


def print_adapter(runtime: Runtime, model: ModelRef, items: Sequence[Asked], stories: int, per_story: int) -> None:
    """Learn some texts, then ask about them with and without adapter, with and without passages."""
    by_text: dict[str, list[Asked]] = {}
    for item in items:
        by_text.setdefault(item.text.name, []).append(item)
    chosen = sorted(by_text.values(), key=lambda group: -len(group))[:stories]
    results: dict[tuple[bool, bool], list[tuple[Answered, Asked]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for group in chosen:
            text = group[0].text
            adapter = Path(folder) / re.sub(r"\W", "_", text.name)
            learned = run_to_end(handlers(runtime)[Learn](Learn(model, text.text, adapter)))
            print(f"  learned {text.name}: {learned.tokens} tokens, gain {learned.gain:.1%}")
            for item in group[:per_story]:
                for use_adapter in (False, True):
                    for use_passages in (False, True):
                        request = Ask(
                            model,
                            item.question,
                            text.name,
                            text.name,
                            text.passages,
                            adapter=adapter if use_adapter else None,
                            jrt=Switch.OFF,
                            use_passages=use_passages,
                            max_new_tokens=32,
                        )
                        answered = run_to_end(ask(request, runtime))
                        results.setdefault((use_adapter, use_passages), []).append((answered, item))
    for (use_adapter, use_passages), answers in sorted(results.items()):
        contains = bootstrap_mean([float(contains_match(a.answer, item.references)) for a, item in answers])
        f1 = bootstrap_mean([token_f1(a.answer, item.references) for a, item in answers])
        cited = sum(bool(a.citations) for a, _ in answers) / len(answers)
        print(
            f"  adapter {'on ' if use_adapter else 'off'} passages {'on ' if use_passages else 'off'} ({len(answers)}) "
            f"contains {contains.mean:.3f} [{contains.low:.3f}, {contains.high:.3f}]   "
            f"f1 {f1.mean:.3f} [{f1.low:.3f}, {f1.high:.3f}]   cited {cited:.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100, help="questions, half FairytaleQA, half XQuAD")
    parser.add_argument("--novel-n", type=int, default=0, help="LiteraryQA questions beside them")
    parser.add_argument(
        "--adapter-stories", type=int, default=0, help="stories learned for adapter on/off (minutes each)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=SHARED_DATA)
    parser.add_argument("--model", type=Path, help="a prepared model folder; default: the embedded model")
    parser.add_argument("--write-note", action="store_true", help="keep the verdict in assets/models")
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"The QA sets are not in {options.data}; give --data.")
    model = embedded_model() if options.model is None else model_ref(options.model, read_card(options.model))
    runtime, indexes = Runtime(leave_cores=0), Indexes()
    tales = list(fairytales(options.data, "val"))
    half = options.n // 2
    items = sample(tales, options.n - half, options.seed)
    items += sample(squad(options.data / "xquad" / "xquad.en.a24.json", slice(1, None, 2)), half, options.seed)

    print("retrieval: the passage with the answer is found")
    print_retrieval(options.data, indexes)
    print("quotes: sentences of the text, found without a model")
    print_quotes(options.data, indexes)
    print("citations for FairytaleQA val")
    print_citing(tales, indexes)
    print(f"prompt forms, {len(items)} questions, {model.name}")
    print_forms(runtime, model, items, indexes, options.write_note)
    if options.novel_n:
        print(f"prompt forms, {options.novel_n} questions about whole novels")
        print_forms(runtime, model, sample(novels(options.data), options.novel_n, options.seed), indexes, False)
    if options.adapter_stories:
        print("adapter and passages, on and off")
        print_adapter(runtime, model, tales, options.adapter_stories, max(1, options.n // options.adapter_stories))


if __name__ == "__main__":
    main()
