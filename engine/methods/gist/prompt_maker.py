"""Prompts to train a gist encoder on, composed without end from building blocks that come with Palimpsest.

Knows words, sentences and how they are put together (`assets/compressors/prompts`). Knows no model, no tokenizer, no files of
the user's. The blocks are written by us, so that what is trained on them may be given away.

A block is a text with slots:

    {trade}          one of the lexicon's trades; within a prompt no other slot gets the same one while there are others
    {a trade}        with its article; {Trade}, {A trade}: with a capital
    {trade.hers}     remembered: the same wherever this name stands in the prompt and its message
    {hero.h/first}   a field of an entry that has fields; inside such an entry `@` is its own name
    {3-40}           a number; {3-40.age}: remembered
    {!wish.hers}     nothing, in messages: they are asked only where this is remembered
    {place.#}        in rows: remembered by the number of the row
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

BLOCKS = Path(__file__).resolve().parents[3] / "assets" / "compressors" / "prompts"
MIN_TOKENS, MAX_TOKENS = 24, 480
"""Bounds of a prompt, by `estimate_tokens`; counted by the embedded model's tokenizer, they lie between 20 and 600."""
COMPOSITE_SHARE = 0.2
"""How many prompts are two of different kinds, one after the other, as those of careful users are."""

_SLOT = re.compile(r"\{(?:(!)|([Aa]) )?([A-Za-z_]+|\d+-\d+)(?:\.([\w#@-]+))?(?:/([A-Za-z_]+))?\}")
_VOWEL_SOUND = re.compile(r"(?!one|uni|use|eu)[aeiou]", re.IGNORECASE)
_MAX_DEPTH = 8
_COSTS = tuple(
    (re.compile(pattern), cost)
    for pattern, cost in {
        r"[\u2e80-\uffff]": 1.7,
        r"\n": 1.8,
        r"[A-Za-z]+": 0.45,
        r"[A-Za-z]": 0.14,
        r"[A-Z]": 0.6,
        r"\d": 1.2,
        r"[!-/:-@\[-`{-~“”–]": 0.65,
    }.items()
)
"""What a piece of text costs: fitted to the embedded model's tokenizer."""

Entry = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrainingPrompt:
    """message: what a user says after the prompt; a good answer to it needs the prompt. kind: persona, glossary, ..."""

    prompt: str
    message: str
    kind: str


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which prompts of a kind are written.

    weight: how often, beside other forms. opening, closing: one of each is taken, a closing half the time. sentences: taken
    without repeating any. rows: one is taken and repeated. joints: what stands between the pieces. messages: those whose
    remembered words stand in the prompt are asked.
    """

    kind: str
    weight: float
    opening: tuple[str, ...]
    sentences: tuple[str, ...]
    rows: tuple[str, ...]
    closing: tuple[str, ...]
    joints: tuple[str, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blocks:
    lexicon: Mapping[str, tuple[Entry, ...]]
    forms: tuple[Form, ...]


@cache
def load_blocks(folder: Path = BLOCKS) -> Blocks:
    """All building blocks: `{"kind": ..., "weight": ..., "forms": [...], "lexicon": {key: [...]}}` in each file, all but the
    lexicon only where the file has forms. Lists of messages that several forms share stand under "messages", by name.
    """
    lexicon: dict[str, tuple[Entry, ...]] = {}
    forms: list[Form] = []
    for path in sorted(folder.glob("*.json")):
        described: dict[str, Any] = json.loads(path.read_text("utf-8"))
        lexicon |= {key: tuple(entries) for key, entries in described.get("lexicon", {}).items()}
        described_forms = described.get("forms", ())
        of_all = sum(form["weight"] for form in described_forms)
        for form in described_forms:
            messages = form["messages"]
            forms.append(
                Form(
                    kind=described["kind"],
                    weight=described["weight"] * form["weight"] / of_all,
                    opening=tuple(form["opening"]),
                    sentences=tuple(form.get("sentences", ())),
                    rows=tuple(form.get("rows", ())),
                    closing=tuple(form.get("closing", ())),
                    joints=tuple(form["joints"]),
                    messages=tuple(described["messages"][messages] if isinstance(messages, str) else messages),
                )
            )
    return Blocks(lexicon, tuple(forms))


def make_prompts(seed: int) -> Iterator[TrainingPrompt]:
    """Prompts without end, the same for the same seed."""
    blocks, random = load_blocks(), Random(seed)
    while True:
        yield make_prompt(blocks, random)


def make_prompt(blocks: Blocks, random: Random) -> TrainingPrompt:
    """One prompt of a random kind and length; short ones are as frequent as long ones, by ratio."""
    target = MIN_TOKENS * (0.9 * MAX_TOKENS / MIN_TOKENS) ** random.random()
    form = random.choices(blocks.forms, [form.weight for form in blocks.forms])[0]
    other = random.choice(blocks.forms) if random.random() < COMPOSITE_SHARE else form
    if other.kind == form.kind or target < 80:
        prompt, message = _compose(form, _Words(blocks.lexicon, random), target, MAX_TOKENS)
        return TrainingPrompt(prompt, message, form.kind)
    first, message = _compose(form, _Words(blocks.lexicon, random), target / 2, MAX_TOKENS / 2 - 4)
    second, other_message = _compose(other, _Words(blocks.lexicon, random), target / 2, MAX_TOKENS / 2 - 4)
    message = random.choice((message, other_message))
    return TrainingPrompt(f"{first}\n\n{second}", message, f"{form.kind} and {other.kind}")


def estimate_tokens(text: str) -> float:
    """About how many tokens a text has, within a third of the truth, for a tokenizer that knows little Chinese."""
    return sum(cost * len(pattern.findall(text)) for pattern, cost in _COSTS)


def _compose(form: Form, words: _Words, target: float, most: float) -> tuple[str, str]:
    random = words.random
    joint = random.choice(form.joints)
    text = words.fill(random.choice(form.opening))
    end = ""
    if form.closing and random.random() < 0.5:
        end = ("\n" if "\n" in joint else joint) + words.fill(random.choice(form.closing))
    for piece in _pieces(form, words):
        whole = f"{text}{joint}{piece}"
        length = estimate_tokens(whole + end)
        if length > most or (length > 1.15 * target and estimate_tokens(text) >= MIN_TOKENS):
            break
        text = whole
    if estimate_tokens(text + end) <= most:
        text += end
    known = [message for message in form.messages if words.knows(message)]
    return text, words.fill(random.choice(known or form.messages))


def _pieces(form: Form, words: _Words) -> Iterator[str]:
    """What may follow the opening: its sentences in any order, or rows until the words begin to repeat."""
    if not form.rows:
        for sentence in words.random.sample(form.sentences, len(form.sentences)):
            yield words.fill(sentence)
        return
    row, seen = words.random.choice(form.rows), set[str]()
    for number in count(words.highest_number() + 1):
        piece = words.fill(row.replace("#", str(number)))
        if piece in seen:
            return
        seen.add(piece)
        yield piece


@dataclass(slots=True)
class _Words:
    """The words of one prompt: what was chosen, and what is remembered by name."""

    lexicon: Mapping[str, Sequence[Entry]]
    random: Random
    remembered: dict[str, Entry] = field(default_factory=dict)
    used: dict[str, set[int]] = field(default_factory=dict)

    def fill(self, text: str, depth: int = 0) -> str:
        """The text with all its slots filled."""
        if depth > _MAX_DEPTH:
            raise ValueError(f"slots within slots without end: {text!r}")
        return _SLOT.sub(lambda match: self._word(match, depth), text)

    def knows(self, text: str) -> bool:
        """Whether everything that the text remembers has been said before."""
        slots = ((match[3].lower(), match[4]) for match in _SLOT.finditer(text))
        return all(label is None or f"{key}.{label}" in self.remembered for key, label in slots)

    def highest_number(self) -> int:
        """The highest number something is remembered by, 0 without one."""
        numbers = [name.rpartition(".")[2] for name in self.remembered]
        return max((int(number) for number in numbers if number.isdigit()), default=0)

    def _word(self, match: re.Match[str], depth: int) -> str:
        silent, article, key, label, part = match.groups()
        if silent:
            return ""
        entry = self._entry(key, label, depth)
        if isinstance(entry, str):
            assert part is None, f"{key} has no fields"
            word = entry
        else:
            assert part is not None, f"{key} has fields"
            word = entry[part] if part in entry else entry[part.lower()]
        if article:
            word = f"{'an' if _VOWEL_SOUND.match(word) else 'a'} {word}"
        named = part or key
        if len(named) > 1 and named.isupper():
            return word.upper()
        return word[0].upper() + word[1:] if article == "A" or named[0].isupper() else word

    def _entry(self, key: str, label: str | None, depth: int) -> Entry:
        key = key.lower()
        name = f"{key}.{label}"
        if label is not None and name in self.remembered:
            return self.remembered[name]
        entry = self._number(key) if key[0].isdigit() else self._choose(key)
        if isinstance(entry, str):
            filled: Entry = self.fill(entry, depth + 1)
        else:
            own = f"{key}-{label or len(self.remembered)}"
            filled = {name: self.fill(text.replace("@", own), depth + 1) for name, text in entry.items()}
        if label is not None:
            self.remembered[name] = filled
        return filled

    def _number(self, key: str) -> str:
        low, high = map(int, key.split("-"))
        return str(self.random.randint(low, high))

    def _choose(self, key: str) -> Entry:
        entries, used = self.lexicon[key], self.used.setdefault(key, set())
        if len(used) == len(entries):
            used.clear()
        place = self.random.choice([place for place in range(len(entries)) if place not in used])
        used.add(place)
        return entries[place]
