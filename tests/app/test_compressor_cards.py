"""Cards of gist encoders come from anybody: whatever stands in one, it is read into its shape or counts as not said."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import pytest

from app.operations.compressor_cards import CARD_FILE, MAX_CARD_BYTES, Card, read_card
from engine.api import CompressorScore

LOOK = CompressorScore(20, 80, 160, 0.5, {1: 0.5, 8: 0.25}, {1: 0.4, 8: 0.75}, 2.0, 1.5)
WHOLE = {
    "model_identity": "echo",
    "steps": 80,
    "of_steps": 80,
    "examples": 640,
    "seconds": 61.5,
    "data": ["novels.txt", "prompts that come with Palimpsest"],
    "licence": "CC0-1.0",
    "held_out": asdict(LOOK),
    "curve": [asdict(LOOK)],
}
READ = Card(
    model_identity="echo",
    steps=80,
    of_steps=80,
    examples=640,
    seconds=61.5,
    data=tuple(WHOLE["data"]),
    licence="CC0-1.0",
    recovered={1: 0.4, 8: 0.75},
    curve=(LOOK,),
)

ODD = [
    None,
    True,
    -1,
    10**40,
    0.5,
    math.nan,
    math.inf,
    "",
    "9",
    [],
    [[]],
    ["x", 5],
    {},
    {"8": "x"},
    {"x": 1},
    {"7": 0.5},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("encoder")


def read(folder, written):
    (folder / CARD_FILE).write_bytes(written if isinstance(written, bytes) else json.dumps(written).encode())
    return read_card(folder)


def test_a_whole_card_is_read(folder):
    assert read(folder, WHOLE) == READ


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b'{"steps": ' + b"9" * 5000 + b"}",
        b"[]",
        b'"card"',
        json.dumps({**WHOLE, "padding": "x" * MAX_CARD_BYTES}).encode(),
    ],
    ids=["empty", "cut", "no text", "deep", "endless number", "list", "words", "far too long"],
)
def test_what_is_no_card_says_nothing(folder, written):
    assert read(folder, written) == Card()


def test_a_folder_in_its_place_says_nothing(tmp_path):
    (tmp_path / CARD_FILE).mkdir()
    assert read_card(tmp_path) == Card()


@pytest.mark.parametrize("field", WHOLE)
def test_a_damaged_field_costs_that_field_alone(folder, field):
    kept = "recovered" if field == "held_out" else field
    for value in [*ODD, *({"recovered": each} for each in ODD)]:
        found, whole = asdict(read(folder, {**WHOLE, field: value})), asdict(READ)
        assert type(found.pop(kept)) is type(whole.pop(kept)) and found == whole, value


@pytest.mark.parametrize("field", asdict(LOOK))
def test_a_look_of_another_shape_is_no_look(folder, field):
    for value in ODD:
        for look in read(folder, {**WHOLE, "curve": [{**asdict(LOOK), field: value}]}).curve:
            figures = asdict(look)
            assert type(figures.pop(field)) is type(getattr(LOOK, field)), value
            assert figures == {name: each for name, each in asdict(LOOK).items() if name != field}
    assert read(folder, {**WHOLE, "curve": [value]}).curve == ()


def test_names_say_nothing_to_a_terminal(folder):
    card = read(folder, {**WHOLE, "licence": "CC0\x1b[31m\n\ud800 free", "data": ["a\x07.txt", 5, " "]})
    assert (card.licence, card.data) == ("CC0 [31m free", ("a .txt",))
