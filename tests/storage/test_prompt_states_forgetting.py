"""What was read of a forgotten document is in no file any more: not its title, not its tokens, not a byte of its states."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.database import Database
from storage.document import Document
from storage.forgetting import ForgetReport, forget_documents
from storage.prompt_states import Prompt, PromptStates
from storage.prompt_states_pieces import token_bytes
from storage.prompt_states_schema import Entry

COUNT = """
import json, sys
from pathlib import Path
needles = [bytes.fromhex(each) for each in json.load(sys.stdin)]
content = [path.read_bytes() for path in Path(sys.argv[1]).rglob("*") if path.is_file()]
print(json.dumps([sum(each.count(needle) for each in content) for needle in needles]))
"""
Make = Callable[..., Document]


def counts(folder: Path, needles: list[bytes]) -> list[int]:
    """How often each of them stands in any file. In a process of its own: closing a file here would drop locks."""
    request = json.dumps([needle.hex() for needle in needles])
    answer = subprocess.run(
        [sys.executable, "-c", COUNT, str(folder)], input=request, capture_output=True, text=True, check=True
    )
    found: list[int] = json.loads(answer.stdout)
    return found


class Reader:
    """Reads prompts of documents: each begins with the same instructions, and goes on with the document's own."""

    def __init__(self, states: PromptStates) -> None:
        self.states = states
        self.instructions = [random.Random(0).randrange(49_152) for _ in range(20)]
        self.written: dict[str, list[bytes]] = {}

    def read(self, document_id: str, title: str, seed: int, *, gist: bool = False) -> int | None:
        own = random.Random(seed)
        tokens = self.instructions + [own.randrange(49_152) for _ in range(40)]
        needles = self.written.setdefault(document_id, [document_id.encode(), title.encode()])
        if gist:
            state = own.randbytes(5_000)
            needles += [state[2_000:2_024], token_bytes(tokens[30:36])]
            return self.states.write_gist(
                Prompt("gist", tokens, title, "model", "small", document_id=document_id), state
            )
        parent = ""
        for start in range(0, len(tokens), 30):
            part, state = tokens[start : start + 30], own.randbytes(20_000)
            parent = self.states.write_piece("scope", parent, part, state)
            needles += [state[place : place + 24] for place in (100, 9_000, 19_900)]
            needles += [token_bytes(part[place : place + 6]) for place in (22, 24)]
        return self.states.write_entry(Prompt("scope", tokens, title, "model", "small", document_id=document_id))


@pytest.fixture
def reader(prompt_states: PromptStates) -> Reader:
    return Reader(prompt_states)


@pytest.fixture
def forget(database: Database, prompt_states: PromptStates, data_dir: Path) -> Callable[[str], ForgetReport]:
    return lambda document_id: forget_documents(database, prompt_states, [document_id], data_dir=data_dir)


@pytest.fixture
def lanterns(put: Callable[..., str], make_document: Make) -> str:
    return put(
        make_document(["On that day the ferry brought nobody to the quay."], title="The Lanterns of Brambleford")
    )


@pytest.fixture
def mill(put: Callable[..., str], make_document: Make) -> str:
    return put(make_document(["The mill stood still for a year."], title="The Mill at Harrow"))


def test_nothing_of_a_forgotten_document_is_left_and_what_others_need_stays(
    reader: Reader, forget: Callable[[str], ForgetReport], data_dir: Path, lanterns: str, mill: str
) -> None:
    for seed in range(6):
        reader.read(lanterns, "The Lanterns of Brambleford", seed)
        reader.read(mill, "The Mill at Harrow", 100 + seed)
    gist = reader.read(lanterns, "Lanterns, compressed", 7, gist=True)
    reader.states.set_in_use(gist or 0, True)
    assert all(counts(data_dir, reader.written[lanterns]))  # the control
    report = forget(lanterns)
    assert (report.residue, report.residue_places) == (0, [])
    assert report.removed["prompt_states"] == 7
    assert not any(counts(data_dir, reader.written[lanterns]))
    assert all(counts(data_dir, reader.written[mill]))
    assert reader.states.gist_of_document("model", lanterns) is None
    assert len(reader.states.entries()) == 6


def test_what_was_evicted_before_is_gone_too(
    reader: Reader, forget: Callable[[str], ForgetReport], data_dir: Path, lanterns: str, mill: str
) -> None:
    """Pages that rows moved off keep bytes of them; forgetting leaves no such page."""
    reader.states.set_budget(400_000)
    for seed in range(60):
        reader.read(*((lanterns, "The Lanterns of Brambleford") if seed % 2 else (mill, "The Mill")), seed)
    for row in reader.states.entries():
        if row.document_id == lanterns:
            reader.states.remove(row.entry)
    assert forget(lanterns).residue == 0
    assert not any(counts(data_dir, reader.written[lanterns]))


def test_a_planted_piece_of_a_state_is_found(
    reader: Reader, forget: Callable[[str], ForgetReport], data_dir: Path, lanterns: str
) -> None:
    for seed in range(3):
        reader.read(lanterns, "The Lanterns of Brambleford", seed)
    titles, samples = reader.states.traces([lanterns])
    assert titles == ["The Lanterns of Brambleford"]
    (data_dir / "left.bin").write_bytes(b"".join(samples))
    assert any(place.startswith("left.bin") for place in forget(lanterns).residue_places)


def test_the_same_words_in_another_prompt_are_no_residue(
    reader: Reader, forget: Callable[[str], ForgetReport], lanterns: str, mill: str
) -> None:
    reader.read(lanterns, "Ottilie's style guide", 1)
    reader.read(mill, "Ottilie's style guide", 1)
    assert forget(lanterns).residue_places == []
    assert [row.document_id for row in reader.states.entries()] == [mill]


def test_a_damaged_file_is_forgotten_as_a_whole(
    forget: Callable[[str], ForgetReport], prompt_states: PromptStates, data_dir: Path, lanterns: str
) -> None:
    with closing(PromptStates(prompt_states.path)) as before:
        reader = Reader(before)
        for seed in range(20):
            reader.read(lanterns, "The Lanterns of Brambleford", seed)
    content = bytearray(prompt_states.path.read_bytes())
    content[16_384 : 16_384 * 12] = b"\xa5" * (16_384 * 11)
    prompt_states.path.write_bytes(content)
    assert forget(lanterns).residue == 0
    assert not any(counts(data_dir, reader.written[lanterns]))


def test_a_file_another_program_reads_is_named_as_unfinished(
    reader: Reader, forget: Callable[[str], ForgetReport], lanterns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.prompt_states_file._BUSY_TIMEOUT_S", 0.2)
    reader.read(lanterns, "The Lanterns of Brambleford", 1)
    with closing(PromptStates(reader.states.path)) as other, other._file.read() as session:
        assert session.scalars(select(Entry.title)).all() == ["The Lanterns of Brambleford"]
        report = forget(lanterns)
    assert any("prompt_states.sqlite3-wal" in place for place in report.residue_places)
    assert reader.states.forget([]).scrubbed
