"""Forgotten means gone: the files are searched here by means of their own, not by those of the product."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from storage import documents, schema
from storage.conversations import CitationRow, add_turn, turns
from storage.database import Database
from storage.document import Block, BlockKind, Document, Locator, Mark, Section
from storage.errors import StorageError
from storage.forgetting import forget_documents, holdings
from storage.jobs import add_job, jobs, update_job
from storage.memories import ChunkRow, MemoryRow, add_chunk, put_memory
from storage.mentions import NOTHING, Mentions
from storage.prompt_states import PromptStates
from storage.quarantine import quarantine, quarantined
from storage.settings import get_setting, set_setting

GREP = """
import json, sys
from pathlib import Path
words = json.load(sys.stdin)
hits = {}
for path in Path(sys.argv[1]).rglob("*"):
    if path.is_file():
        content = path.read_bytes()
        found = sum(content.count(word.encode(code)) for word in words for code in ("utf-8", "utf-16-le"))
        if found:
            hits[path.name] = found
print(json.dumps(hits))
"""


def grep(folder: Path, *words: str) -> dict[str, int]:
    """File name -> how often the words stand in it. In a process of its own: closing a file here would drop locks."""
    answer = subprocess.run(
        [sys.executable, "-c", GREP, str(folder)], input=json.dumps(words), capture_output=True, text=True, check=True
    )
    found: dict[str, int] = json.loads(answer.stdout)
    return found


NAMES = ("Ottilie", "Brambleford", "Vesper Quay", "Quillon")
LINES = [
    f"On day {number} the ferry brought Ottilie and her brother Quillon to Vesper Quay, where {number} lanterns "
    f"were lit for Brambleford and nobody asked about the {number * 7} missing crates of glass."
    for number in range(400)
]
PIECES = (LINES[0][10:50], LINES[200][60:100], LINES[399][-40:])
TRACES = (*NAMES, *PIECES, "The Lanterns of Brambleford", "lanterns-final.epub")

OTHER_LINES = [
    f"Entry {number}: the mill at Harrow stood still, and Quillon wrote about the weather." for number in range(300)
]


def chapters(lines: list[str]) -> tuple[Section, ...]:
    return tuple(
        Section(f"Part {start}", 1, tuple(Block(BlockKind.PARAGRAPH, line) for line in lines[start : start + 50]))
        for start in range(0, len(lines), 50)
    )


LANTERNS = Document("The Lanterns of Brambleford", "epub", chapters(LINES), author="Isolde Marchbanks")
MILL = Document("The Mill", "txt", chapters(OTHER_LINES))


@pytest.fixture
def document_id(database: Database, data_dir: Path) -> str:
    """The document to forget, with everything that ever becomes of one."""
    with database.session() as session:
        import_job = add_job(session, kind="import", document_id=None, params={"path": "/home/me/lanterns-final.epub"})
        document_id = documents.add_document(
            session, LANTERNS, tokens=9, content_sha256="lanterns", source_name="lanterns-final.epub"
        )
        update_job(session, import_job, state="done", message=f"Imported {LANTERNS.title}")
        learn_job = add_job(session, kind="learn", document_id=document_id, params={})
        update_job(session, learn_job, state="done")
        citation = CitationRow(LINES[3], Locator(0, 3, 0, 9), "Part 0")
        add_turn(session, document_id, question="Who is Ottilie?", answer=LINES[3], citations=[citation], stats={})
        folder = f"memories/{document_id}/0123"
        memory = MemoryRow(
            "m1", document_id, "temp_lora", "small", "0123", "complete", folder, 9, 9, {}, True, datetime.now(UTC)
        )
        put_memory(session, memory)
        add_chunk(session, "m1", ChunkRow(0, 1, 1, 1.0, None, 1, 0.1))
        set_setting(session, "recent", [{"id": document_id, "title": LANTERNS.title}, {"id": "other", "title": "X"}])
        set_setting(session, f"scroll:{document_id}", 12)
        set_setting(session, "theme", "dark")
        quarantine(session, "f00", "lanterns-final.epub crashed the reader once.")
    (data_dir / folder).mkdir(parents=True)
    (data_dir / folder / "checkpoint.json").write_text(json.dumps({"text": LINES[5]}), "utf-8")
    (data_dir / folder / "adapter.safetensors").write_bytes(LINES[6].encode("utf-16-le"))
    (data_dir / "logs").mkdir()
    (data_dir / "logs" / "palimpsest.log").write_text(
        f"started\nimported {LANTERNS.title}\n{document_id} opened\nend\n"
    )
    (data_dir / "ui.ini").write_text(f"[General]\nlast={document_id}\nwidth=900\n")
    return document_id


@pytest.fixture
def mill_id(put: Callable[..., str]) -> str:
    return put(MILL, source_name="mill.txt")


def test_the_control_before_forgetting_everything_is_found(
    database: Database, data_dir: Path, document_id: str
) -> None:
    for trace in (*TRACES, document_id):
        assert grep(data_dir, trace), trace
    assert {"palimpsest.sqlite3-wal", "adapter.safetensors", "checkpoint.json", "palimpsest.log"} <= set(
        grep(data_dir, *TRACES)
    )
    database.checkpoint()
    assert all("palimpsest.sqlite3" in grep(data_dir, piece) for piece in PIECES)


def test_after_forgetting_nothing_is_left_and_the_rest_is_whole(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str, mill_id: str
) -> None:
    with database.read() as session:
        expected = holdings(session, document_id)
    report = forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
    assert (report.residue, report.residue_places) == (0, [])
    kept_name = "Quillon"  # stands in the other document too
    assert grep(data_dir, *(trace for trace in TRACES if trace != kept_name), document_id) == {}
    assert (
        report.removed.items()
        >= {
            "documents": 1,
            "sections": 8,
            "blocks": 400,
            "conversations": 1,
            "turns": 1,
            "citations": 1,
            "memories": 1,
            "memory_chunks": 1,
            "jobs": 2,
            "settings": 2,
            "quarantined_files": 1,
            "files": 2,
            "log_lines": 3,
        }.items()
    )
    assert report.removed["passages"] == expected["passages"]
    assert report.removed["bytes"] > 100
    assert not (data_dir / "memories" / document_id).exists()
    assert (data_dir / "logs" / "palimpsest.log").read_text() == "started\nend\n"
    assert (data_dir / "ui.ini").read_text() == "[General]\nwidth=900\n"
    with database.read() as session:
        assert documents.text(session, mill_id) == MILL.text
        assert get_setting(session, "recent") == [{"id": "other", "title": "X"}]
        assert get_setting(session, "theme") == "dark"
        assert quarantined(session, "f00") is None
        assert jobs(session, states=["queued", "running", "done"]) == []
        for table in schema.Base.__subclasses__():
            column = getattr(table, "document_id", None)
            if column is not None:
                assert session.scalars(select(column).where(column == document_id)).all() == []
        assert session.scalars(select(schema.Citation)).all() == []
        assert session.scalars(select(schema.MemoryChunk)).all() == []


def test_forgetting_while_another_connection_reads_and_has_read(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str, mill_id: str
) -> None:
    other = Database(database.path)
    with other.read() as session:
        documents.text(session, document_id)  # its pages lie in that connection's cache now
    report = forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
    assert report.residue == 0
    assert grep(data_dir, *NAMES[:3], *PIECES) == {}
    with other.read() as session:
        assert documents.text(session, mill_id) == MILL.text
    other.close()


def test_a_reader_that_holds_the_old_text_is_reported_and_not_hidden(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str
) -> None:
    other = Database(database.path)
    with other.read() as session:
        documents.get_document(session, document_id)
        report = forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
        assert report.residue > 1
        assert any(place.startswith("palimpsest.sqlite3-wal: could not be emptied") for place in report.residue_places)
        assert any(place.startswith("palimpsest.sqlite3-wal (") for place in report.residue_places)
        assert not any(trace in place for place in report.residue_places for trace in TRACES)
        assert grep(data_dir, *PIECES)
        assert documents.text(session, document_id) == LANTERNS.text
    other.close()
    assert database.checkpoint()
    assert grep(data_dir, *NAMES[:3], *PIECES) == {}


def test_a_trace_that_is_left_is_counted_where_it_lies(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str
) -> None:
    (data_dir / "export").mkdir()
    (data_dir / "export" / "notes.txt").write_text(f"{LINES[0]}\nOttilie", "utf-8")
    report = forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
    assert report.residue > 1
    assert report.residue_places == [f"export/notes.txt ({report.residue})"]


def test_words_that_stand_in_what_remains_are_no_trace(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str, mill_id: str
) -> None:
    with database.session() as session:
        add_turn(session, mill_id, question="Is this about Ottilie?", answer="No.", citations=[], stats={})
    report = forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
    assert report.residue == 0
    with database.read() as session:
        assert [turn.question for turn in turns(session, mill_id)] == ["Is this about Ottilie?"]
    assert grep(data_dir, "Ottilie", "Quillon")
    assert grep(data_dir, *PIECES, "Vesper Quay") == {}


def test_one_of_two_editions_can_be_forgotten(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str
) -> None:
    with database.session() as session:
        second = documents.add_document(session, LANTERNS, tokens=9, content_sha256="2", source_name="second.epub")
    assert forget_documents(database, prompt_states, [document_id], data_dir=data_dir).residue == 0
    with database.read() as session:
        assert documents.text(session, second) == LANTERNS.text
    assert forget_documents(database, prompt_states, [second], data_dir=data_dir).residue == 0
    assert grep(data_dir, *TRACES) == {}


def test_chinese_text_is_forgotten_too(
    database: Database, prompt_states: PromptStates, data_dir: Path, put: Callable[..., str]
) -> None:
    lines = [f"第{number}日，云栖镇的苏锦瑟提着灯笼走过青石桥，听见有人在雨里唱歌。" for number in range(300)]
    document_id = put(Document("锦瑟灯笼记", "txt", chapters(lines)), source_name="锦瑟.txt")
    words = ("苏锦瑟", "锦瑟灯笼记", "云栖镇", lines[150][8:20], "锦瑟.txt")
    assert all(grep(data_dir, word) for word in words)
    report = forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
    assert (report.residue, report.residue_places) == (0, [])
    assert grep(data_dir, *words) == {}


def test_a_missing_folder_is_no_obstacle(
    database: Database, prompt_states: PromptStates, data_dir: Path, put: Callable[..., str]
) -> None:
    document_id = put(LANTERNS)
    assert forget_documents(database, prompt_states, [document_id], data_dir=data_dir).residue == 0


def test_an_unknown_document_is_a_sentence(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str
) -> None:
    with pytest.raises(StorageError, match="no document nothing"):
        forget_documents(database, prompt_states, ["nothing"], data_dir=data_dir)
    forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
    with pytest.raises(StorageError, match="forgotten"):
        forget_documents(database, prompt_states, [document_id], data_dir=data_dir)


def test_a_memory_folder_outside_the_memories_is_left_alone(
    database: Database, prompt_states: PromptStates, data_dir: Path, put: Callable[..., str]
) -> None:
    document_id = put(MILL)
    outside = data_dir / "models" / "mine"
    outside.mkdir(parents=True)
    with database.session() as session:
        for number, folder in enumerate(("models/mine", "memories", "memories/../models", str(outside))):
            put_memory(
                session,
                MemoryRow(str(number), document_id, "x", "", "", "paused", folder, 0, 0, {}, False, datetime.now(UTC)),
            )
    forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
    assert outside.is_dir()
    assert database.path.is_file()


WORK_IN_CHILD = """
import sys
from pathlib import Path
from storage.database import Database
from storage.jobs import add_job
database = Database(Path(sys.argv[1]))
with database.session() as session:
    add_job(session, kind="learn", document_id=sys.argv[2], params={})
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_document_another_process_works_on_is_kept_whole(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORK_IN_CHILD, str(database.path), document_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(StorageError, match=f"process {child.pid}"):
            forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
        child.kill()
        child.wait()
    assert (data_dir / "memories" / document_id / "0123" / "checkpoint.json").is_file()
    assert forget_documents(database, prompt_states, [document_id], data_dir=data_dir).residue == 0


def test_a_library_that_cannot_be_rewritten_is_reported(
    database: Database, prompt_states: PromptStates, data_dir: Path, document_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> None:
        raise StorageError("The library is locked by another program.")

    monkeypatch.setattr(database, "compact", locked)
    report = forget_documents(database, prompt_states, [document_id], data_dir=data_dir)
    assert report.residue_places == ["palimpsest.sqlite3: could not be rewritten while another program writes (1)"]


# -- mentions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (["/books/emma.txt", "/books/emma.txt.bak", "dilemma.txt"], ["dilemma.txt"]),
        ({"last": "3fa9"}, NOTHING),
        ({"3fa9": 1, "77": 2}, {"77": 2}),
        ({"recent": [{"title": "Emma"}, {"title": "Emmaline"}]}, {"recent": [{"title": "Emmaline"}]}),
        ("Read Emma again", NOTHING),
        (7, 7),
        (None, None),
    ],
)
def test_what_is_left_of_a_value_without_the_document(value: object, left: object) -> None:
    mentions = Mentions("3fa9", "Emma", "emma.txt")
    assert mentions.without(value) == left
    assert mentions.stands_in(value) == (left != value)


def test_a_small_word_for_a_title_is_not_looked_for() -> None:
    assert Mentions("3fa9", "auto", "").without({"jrt": "auto"}) == {"jrt": "auto"}


def test_a_reading_above_another_books_words_is_no_trace(
    database: Database, prompt_states: PromptStates, data_dir: Path, put: Callable[..., str]
) -> None:
    """A name of the forgotten book, か and な, is how a word of the kept one is read aloud."""
    name = "つか"
    forgotten = Document(
        "x", "txt", (Section("1", 1, tuple(Block(BlockKind.PARAGRAPH, f"{name}は、{name}と。") for _ in range(9))),)
    )
    reading = Mark(0, 1, "ruby", name)
    kept = Document("kept", "epub", (Section("1", 1, (Block(BlockKind.PARAGRAPH, "塚の上", marks=(reading,)),)),))
    going = put(forgotten)
    put(kept)
    report = forget_documents(database, prompt_states, [going], data_dir=data_dir)
    assert (report.residue, report.residue_places) == (0, [])
