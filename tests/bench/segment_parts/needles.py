"""Needles: invented facts planted as paragraphs of a novel, and a question each that nothing else in it answers.

Every fact has three phrasings, none of them the question's, so that finding it is not matching one sentence. All needles are in one text;
a turn says which of them stands how deep, so that over the turns every fact is everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.tokenization import Tokenizer
from storage.document import BLOCK_SEPARATOR, Block, BlockKind, Document, Section

DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
APART = 0.04
"""Share of the text between two facts of one depth."""


@dataclass(frozen=True, slots=True)
class Fact:
    """phrasings: whole sentences. answers: spellings that count."""

    question: str
    answers: tuple[str, ...]
    phrasings: tuple[str, str, str]


FACTS = (
    Fact(
        "What was the password of the harbour's north gate?",
        ("copper heron",),
        (
            "Whoever came to the north gate of the harbour after dark had to say “copper heron” before the guard let him pass.",
            "The guard at the harbour's north gate opened to nobody who did not know the password, which was copper heron.",
            "“Copper heron,” she whispered, for that was the password that opened the north gate of the harbour.",
        ),
    ),
    Fact(
        "How many clay pipes did old Bettine keep?",
        ("forty-one", "41"),
        (
            "Old Bettine kept forty-one clay pipes in her kitchen cupboard and had smoked none of them.",
            "In the kitchen cupboard lay the clay pipes of old Bettine, forty-one of them, each in its own paper.",
            "They counted the clay pipes that old Bettine had hidden away and came to forty-one.",
        ),
    ),
    Fact(
        "What was the name of the ferryman's goat?",
        ("Perpetua",),
        (
            "The ferryman had a goat by the name of Perpetua, who would cross the river with him in any weather.",
            "Nobody but the goat Perpetua was allowed to sleep in the ferryman's boat.",
            "“Perpetua!” called the ferryman, and his goat came down to the landing.",
        ),
    ),
    Fact(
        "Which colour was Doctor Almquist's umbrella?",
        ("turquoise",),
        (
            "Doctor Almquist was known from afar by a turquoise umbrella, which he opened even in sunshine.",
            "Of all umbrellas in the hall only the turquoise one belonged to Doctor Almquist.",
            "That turquoise umbrella could be no other man's than Doctor Almquist's.",
        ),
    ),
    Fact(
        "In which town was the blue violin made?",
        ("Trondheim",),
        (
            "The blue violin had been made in Trondheim, as a slip of paper under its strings declared.",
            "It was a maker in Trondheim who had built the blue violin and signed it inside.",
            "Nobody had heard of a blue violin before one came out of a workshop in Trondheim.",
        ),
    ),
    Fact(
        "What did Ludmila bury under the pear tree?",
        ("silver thimble", "thimble"),
        (
            "Under the pear tree Ludmila buried a silver thimble and told nobody of it.",
            "It was a silver thimble that Ludmila had laid in the earth under the pear tree.",
            "Years later they dug under the pear tree and found the silver thimble that Ludmila had buried.",
        ),
    ),
    Fact(
        "Who won the snail race at Quenby?",
        ("Mr. Oddfellow", "Oddfellow"),
        (
            "The snail race at Quenby was won that year by Mr. Oddfellow, to the anger of the vicar.",
            "At Quenby Mr. Oddfellow took the first prize of the snail race.",
            "All bets on the snail race at Quenby were lost when Mr. Oddfellow came in first.",
        ),
    ),
    Fact(
        "At what hour does the clock of Saint Ivo's strike thirteen?",
        ("four", "four o'clock"),
        (
            "The clock of Saint Ivo's is broken and strikes thirteen every morning at four.",
            "At four in the morning, and at no other hour, the clock of Saint Ivo's strikes thirteen.",
            "It must have been four, for the clock of Saint Ivo's had just struck thirteen.",
        ),
    ),
    Fact(
        "What was the secret of the baker's black bread?",
        ("walnut ash", "ashes of walnut"),
        (
            "The secret of the baker's black bread was walnut ash, a spoonful to every loaf.",
            "A spoonful of walnut ash went into each loaf, and that was all the secret of the baker's black bread.",
            "On his deathbed the baker gave away the secret of his black bread: walnut ash.",
        ),
    ),
    Fact(
        "Which ship brought the orange seeds to Velmora?",
        ("Constance",),
        (
            "The orange seeds came to Velmora aboard the ship Constance, in a sailor's pocket.",
            "It was the Constance, a small ship, that carried the first orange seeds to Velmora.",
            "Velmora had no oranges until the ship Constance brought the seeds.",
        ),
    ),
    Fact(
        "What does the widow Tamsin collect?",
        ("door keys", "keys"),
        (
            "The widow Tamsin collects door keys, and has never asked which doors they open.",
            "Six drawers of the widow Tamsin's house are full of door keys, for these she collects.",
            "Bring the widow Tamsin old door keys and she is your friend, for she collects them.",
        ),
    ),
    Fact(
        "Where did Captain Rook hide the map?",
        ("grandfather clock", "clock"),
        (
            "Captain Rook hid the map in the grandfather clock and stopped the pendulum.",
            "The map lay in the grandfather clock, where Captain Rook had hidden it.",
            "Nobody thought of opening the grandfather clock, and so the map that Captain Rook had hidden there stayed.",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A novel with the facts in it. depths: by fact, in the order of FACTS."""

    document: Document
    depths: tuple[float, ...]


def plant(document: Document, tokenizer: Tokenizer, *, tokens: int, turn: int) -> Planted:
    """The first so many tokens of a novel with every fact in them, in the phrasing of this turn; fact number f at depth f + turn of five.

    Facts of one depth stand a little apart.
    """
    blocks = _first_blocks(document, tokenizer, tokens)
    depths = tuple(DEPTHS[(number + turn) % len(DEPTHS)] for number in range(len(FACTS)))
    planted: list[tuple[int, Block]] = []
    for number, (fact, depth) in enumerate(zip(FACTS, depths, strict=True)):
        apart = APART * (number // len(DEPTHS))
        place = round((depth + (apart if depth < 1 else -apart)) * len(blocks))
        planted.append((place, Block(BlockKind.PARAGRAPH, fact.phrasings[turn % len(fact.phrasings)])))
    for place, block in sorted(planted, key=lambda each: -each[0]):
        blocks.insert(place, block)
    return Planted(replace(document, sections=(Section("", 1, tuple(blocks)),), images=()), depths)


def _first_blocks(document: Document, tokenizer: Tokenizer, tokens: int) -> list[Block]:
    blocks: list[Block] = []
    read = 0
    for block in (block for section in document.sections for block in section.blocks):
        read += len(tokenizer.encode(block.text + BLOCK_SEPARATOR))
        if read > tokens:
            break
        blocks.append(block)
    return blocks


def depth_name(depth: float) -> str:
    return f"{depth:.0%}"
