"""What the gist bench asks: prompts, a message each, and where somebody wrote one the reference answer.

Alpaca+: https://github.com/jayelm/gisting; t0_50k: templates that no encoder of ours was trained on; role-play, a character card and
a glossary: the kinds of prompts our users keep.
"""

from __future__ import annotations

import base64
import csv
import json
import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.methods.gist.examples import is_held_out

NOTHING_GIVEN = "Please answer."
"""The user's message where the prompt says it all."""

CARD_MESSAGES = (
    "Hello! Who are you?",
    "Where am I?",
    "What happened to me in the forest?",
    "Are you hurt? Can I help you?",
    "How do you look? Describe yourself.",
    "What do you do all day?",
    "Can you use magic?",
    "I am afraid of the beasts out there.",
    "Why did you help a stranger?",
    "What do you like, and what do you hate?",
    "I have to leave now.",
    "Tell me about your forest.",
)


@dataclass(frozen=True, slots=True)
class Case:
    """reference: None where only the answer to the full prompt can be compared with."""

    prompt: str
    message: str
    reference: str | None


def alpaca(path: Path, count: int, seed: int) -> list[Case]:
    """Any file of Alpaca+'s form: a list of instruction, input, output."""
    records = json.loads(path.read_text("utf-8"))
    cases = [Case(each["instruction"], each["input"].strip() or NOTHING_GIVEN, each["output"]) for each in records]
    return _some(cases, count, seed)


def held_out_templates(folder: Path, count: int, seed: int) -> list[Case]:
    """Prompts of t0_50k's held-out templates: of each template in turn one that is no longer than a page."""
    names = sorted(path.name for path in folder.glob("*.jsonl"))
    draw = random.Random(seed)
    columns = []
    for name in names:
        if is_held_out(name, names):
            records = [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]
            short = [record for record in records if len(record["prompt"]) <= 2000]
            columns.append(draw.sample(short, len(short)))
    draw.shuffle(columns)
    rows = [column[turn] for turn in range(max(map(len, columns))) for column in columns if turn < len(column)]
    return [
        Case(row["prompt"].strip(), NOTHING_GIVEN, row["completion"].removesuffix("<|endoftext|>").strip())
        for row in rows[:count]
    ]


def role_play(path: Path, count: int, seed: int) -> list[Case]:
    """GPTeacher's role-play instructions."""
    records = json.loads(path.read_text("utf-8"))
    cases = [Case(each["instruction"], each["input"].strip() or NOTHING_GIVEN, each["response"]) for each in records]
    return _some(cases, count, seed)


def character_card(path: Path, count: int) -> list[Case]:
    """The description of a character card, asked what a visitor would ask."""
    card = read_card(path)
    name, described = card["name"], card["description"].replace("\r", "").strip()
    prompt = f"You are {name}.\n\n{described}".replace("{{char}}", name).replace("{{user}}", "the user")
    return [Case(prompt, message, None) for message in CARD_MESSAGES[:count]]


def glossaries(path: Path, count: int, seed: int) -> list[Case]:
    """Tables of 8 to 24 names, and one of them asked for."""
    with path.open(encoding="utf-8") as file:
        rows = [(row["zh"], row["en_joly"]) for row in csv.DictReader(file, delimiter="\t")]
    draw = random.Random(seed)
    cases = []
    for _ in range(count):
        chosen = draw.sample(rows, draw.randint(8, 24))
        table = "\n".join(f"{chinese} = {english}" for chinese, english in chosen)
        chinese, english = draw.choice(chosen)
        prompt = f"You translate a Chinese novel into English. Use these names and no others:\n{table}"
        cases.append(Case(prompt, f"What is {chinese} called in English? Answer with the name alone.", english))
    return cases


def read_card(path: Path) -> dict[str, str]:
    """The card in a PNG's text chunk `chara` (V1 or V2)."""
    for kind, body in _chunks(path.read_bytes()):
        if kind == b"tEXt" and body.startswith(b"chara\0"):
            card: dict[str, dict[str, str]] = json.loads(base64.b64decode(body.removeprefix(b"chara\0")))
            return card.get("data", card)  # type: ignore[return-value]
    raise ValueError(f"no card in {path.name}")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += length + 12


def _some(cases: Sequence[Case], count: int, seed: int) -> list[Case]:
    return random.Random(seed).sample(cases, min(count, len(cases)))
