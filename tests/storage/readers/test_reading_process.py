"""Reading in a process of its own: whatever becomes of the child, one sentence or a document comes out."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.document import Block, BlockKind, Document, Mark, Section
from storage.errors import ReaderBroke, ReaderError
from storage.readers import reading
from storage.readers.frames import BrokenMessage, read_frame, write_frame
from storage.readers.messages import document_from_messages, document_messages
from storage.readers.reading import ReadingStopped, ReadProgress, read_file, read_steps

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MARKS = st.builds(Mark, st.integers(0, 9), st.integers(0, 9), TEXT, TEXT)
BLOCKS = st.builds(
    Block, st.sampled_from(BlockKind), TEXT, TEXT | st.none(), TEXT | st.none(), st.tuples() | st.tuples(MARKS)
)
DOCUMENTS = st.builds(
    Document,
    title=TEXT,
    format=TEXT,
    sections=st.lists(
        st.builds(Section, TEXT, st.integers(1, 9), st.lists(BLOCKS, max_size=3).map(tuple)), max_size=3
    ).map(tuple),
    author=TEXT,
    language=TEXT,
    warnings=st.lists(TEXT, max_size=2).map(tuple),
)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text("CHAPTER I\n\nIt rained.\n\nCHAPTER II\n\nIt stopped.\n", encoding="utf-8")
    return path


@pytest.fixture
def child_does(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace the reading process by a Python program."""
    return lambda program: monkeypatch.setattr(reading, "COMMAND", (sys.executable, "-c", program))


def framed(*messages: object) -> str:
    """A program that writes these messages as frames."""
    frames = b"".join(struct.pack(">I", len(data)) + data for data in (json.dumps(m).encode() for m in messages))
    return f"import sys; sys.stdout.buffer.write({frames!r}); sys.stdout.flush()"


@given(DOCUMENTS)
def test_a_document_survives_the_pipe(document: Document) -> None:
    pipe = io.BytesIO()
    for message in document_messages(document):
        write_frame(pipe, message)
    pipe.seek(0)
    assert document_from_messages(iter(lambda: read_frame(pipe), None)) == document


@given(st.binary(max_size=60))
def test_garbage_is_never_a_document(data: bytes) -> None:
    with pytest.raises(BrokenMessage):
        document_from_messages(iter(lambda: read_frame(stream), None) if (stream := io.BytesIO(data)) else [])


def test_a_file_becomes_a_document(book: Path) -> None:
    seen: list[ReadProgress] = []
    document = read_file(book, on_progress=seen.append)
    assert [section.title for section in document.sections] == ["CHAPTER I", "CHAPTER II"]
    assert read_file(str(book)) == document


def test_a_refusal_comes_through_as_it_was_said(tmp_path: Path) -> None:
    (tmp_path / "empty.epub").touch()
    with pytest.raises(ReaderError, match=r"“empty\.epub” is empty"):
        read_file(tmp_path / "empty.epub")


def test_time_runs_out(book: Path, child_does: Callable[[str], None]) -> None:
    child_does("import time; time.sleep(60)")
    start = time.monotonic()
    with pytest.raises(ReaderBroke, match=r"longer than 0\.3 s"):
        read_file(book, timeout_s=0.3)
    assert time.monotonic() - start < 20


def test_cancelling_kills_the_child(book: Path, child_does: Callable[[str], None]) -> None:
    child_does("import time; time.sleep(60)")
    start = time.monotonic()
    with pytest.raises(ReadingStopped, match=r"book\.txt"):
        read_file(book, cancelled=lambda: True)
    assert time.monotonic() - start < 20


def test_closing_the_generator_kills_the_child(book: Path, child_does: Callable[[str], None]) -> None:
    child_does("import time; time.sleep(60)")
    steps = read_steps(book)
    assert next(steps) == ReadProgress(0, None, "")
    start = time.monotonic()
    steps.close()
    assert time.monotonic() - start < 20


def test_the_child_ends_with_its_parent_in_the_middle_of_a_book(tmp_path: Path) -> None:
    book = tmp_path / "long.html"
    book.write_text("<p>It rained, and nobody went out.</p>\n" * 20_000, encoding="utf-8")
    root = Path(reading.__file__).parents[2]
    with subprocess.Popen(reading.COMMAND, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        write_frame(child.stdin, {"path": str(book), "memory_bytes": 1 << 32, "cpu_s": 60})
        assert read_frame(child.stdout) is not None
        child.stdin.close()
        assert child.wait(timeout=60) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not bound a process's memory there")
def test_memory_runs_out(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_text("word " * 12_000_000, encoding="utf-8")
    with pytest.raises(ReaderBroke, match="more than 150 MB"):
        read_file(path, memory_mb=150)


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "raise ValueError('user text')",
        "import sys; sys.exit(0)",
        "import sys; sys.stdout.write('hello, I am a library'); sys.exit(0)",
        "import sys; sys.stdout.buffer.write(b'\\xff' * 8)",
        framed({"document": {"title": 1}}, {"end": 0}),
        framed({"end": 0}),
        framed({"document": {"title": "", "format": "", "author": "", "language": "", "warnings": []}}, {"end": 3}),
        framed({"document": {}}, {"section": {"title": "", "level": 1, "blocks": [["nonsense", "", None, None, []]]}}, {"end": 1}),
    ],
)  # fmt: skip
def test_a_child_that_breaks_down_is_one_sentence(book: Path, child_does: Callable[[str], None], program: str) -> None:
    child_does(program)
    with pytest.raises(ReaderBroke, match=r"“book\.txt” could not be read") as refusal:
        read_file(book)
    assert "user text" not in str(refusal.value)


def test_the_log_of_a_breakdown_names_places_but_no_text(
    book: Path, child_does: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    child_does("def parse():\n    raise ValueError('words of the book')\nparse()")
    with pytest.raises(ReaderError):
        read_file(book)
    assert "ValueError" in caplog.text and "parse" in caplog.text
    assert "words of the book" not in caplog.text and "book.txt" not in caplog.text


def test_a_library_that_prints_does_no_harm(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        "import sys; from storage.readers import child, parsing; old = child.parse_file\n"
        "def loud(source): print('noise'); return old(source)\n"
        "child.parse_file = loud; sys.exit(child.main())"
    )
    monkeypatch.setattr(reading, "COMMAND", (sys.executable, "-c", program))
    assert read_file(book).sections


def test_one_bad_file_does_not_stop_the_next(book: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 nothing more")
    with pytest.raises(ReaderError, match=r"bad\.pdf"):
        read_file(tmp_path / "bad.pdf")
    assert read_file(book).text.endswith("It stopped.")
