"""Pages drawn by a process of their own: whatever becomes of it, a page or one sentence comes out."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import page_rendering
from storage.errors import PageSkipped, StorageError
from storage.page_images import MOST_WIDTH_PX, find_part, join_lines
from storage.page_map import map_pages
from storage.page_rendering import PageRenderer

WORDS = ("The rain had stopped be-", "fore anyone in the house was awake,", "and Mira went down to the shore.")


def write_pdf(path: Path, pages: int = 3, *, box: str = "0 0 612 792", turned: int = 0) -> Path:
    """Pages with three lines of text in Helvetica; on each its number."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for number in range(pages):
        lines = [*WORDS, f"Page number {number}."]
        stream = "".join(f"BT /F1 12 Tf 72 {700 - 20 * row} Td ({line}) Tj ET\n" for row, line in enumerate(lines))
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}endstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Rotate {turned}/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {len(objects)} 0 R>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\n".encode()
    out += f"startxref\n{out.rindex(b'xref')}\n%%EOF".encode()
    path.write_bytes(out)
    return path


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return write_pdf(tmp_path / "book.pdf")


@pytest.fixture
def renderer() -> Iterator[PageRenderer]:
    opened = PageRenderer()
    yield opened
    opened.close()
    assert children() == []


@pytest.fixture
def child_does(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace the process by a Python program, which has `read()` and `write(message)`."""
    head = (
        "import sys, os, time; from storage.readers.frames import read_frame, write_frame\n"
        "read = lambda: read_frame(sys.stdin.buffer)\nwrite = lambda m: write_frame(sys.stdout.buffer, m)\n"
    )
    return lambda program: monkeypatch.setattr(page_rendering, "COMMAND", (sys.executable, "-c", head + program))


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "storage.page_child" in child.cmdline()
    ]


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack_from(">II", png, 16)
    return width, height


def test_pages_have_the_width_that_was_asked_for(renderer: PageRenderer, pdf: Path) -> None:
    assert renderer.labels(pdf) == ["1", "2", "3"]
    assert size(renderer.render(pdf, 0, 306)) == (306, 396)
    assert size(renderer.render(pdf, 2, 100_000))[0] == MOST_WIDTH_PX
    assert renderer.render(pdf, 0, 306) != renderer.render(pdf, 1, 306)
    assert len(children()) == 1


def test_a_page_of_any_shape_stays_within_bounds(renderer: PageRenderer, tmp_path: Path) -> None:
    tall = write_pdf(tmp_path / "tall.pdf", 1, box="0 0 10 14000")
    width, height = size(renderer.render(tall, 0, 4096))
    assert width * height < 41_000_000


@pytest.mark.parametrize("turned", [0, 90])
def test_a_quote_has_a_box_a_line(renderer: PageRenderer, tmp_path: Path, turned: int) -> None:
    pdf = write_pdf(tmp_path / "turned.pdf", turned=turned)
    boxes = renderer.quote_boxes(pdf, 1, "had stopped before anyone in the house was “awake”, and Mira")
    assert all(x >= 0 and y >= 0 and x + w <= 1 and y + h <= 1 and w > 0 and h > 0 for x, y, w, h in boxes)
    if not turned:
        assert len(boxes) == 3
        assert [round(y * 792) for _, y, _, _ in boxes] == sorted(round(y * 792) for _, y, _, _ in boxes)
        assert 80 < boxes[0][0] * 612 < 140 and boxes[1][0] * 612 == pytest.approx(72, abs=2)
    assert renderer.quote_boxes(pdf, 1, "Nobody said anything of the kind.") == []
    assert renderer.quote_boxes(pdf, 1, "…") == []


def test_a_quote_over_two_pages_shows_on_both(renderer: PageRenderer, pdf: Path) -> None:
    quote = f"Page number 0. {WORDS[0]} {WORDS[1]} {WORDS[2]} and something that stands nowhere"
    assert renderer.quote_boxes(pdf, 0, "the end of another page, gone. " + WORDS[0])
    assert renderer.quote_boxes(pdf, 0, quote)


def test_a_page_that_is_not_there_is_a_sentence(renderer: PageRenderer, pdf: Path) -> None:
    with pytest.raises(StorageError, match=r"Page 9 of “book\.pdf”"):
        renderer.render(pdf, 8, 100)
    assert renderer.quote_boxes(pdf, -1, "x") == []
    assert renderer.render(pdf, 0, 100)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing more", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_pdf_is_a_sentence(renderer: PageRenderer, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.pdf").write_bytes(content)
    for _ in range(2):
        with pytest.raises(StorageError, match=r"“bad\.pdf” cannot be opened"):
            renderer.render(tmp_path / "bad.pdf", 0, 100)
    with pytest.raises(StorageError):
        renderer.labels(tmp_path / "gone.pdf")


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_pdf_gives_pages_or_sentences(renderer: PageRenderer, pdf: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(pdf.read_bytes())
    for _ in range(30):
        data[chance.randrange(9, len(data))] = chance.randrange(256)
    damaged = pdf.with_name("damaged.pdf")
    damaged.write_bytes(data[: chance.randrange(len(data) // 2, len(data) + 1)])
    for page in range(3):
        try:
            assert size(renderer.render(damaged, page, 50))[0] <= 50
            renderer.quote_boxes(damaged, page, "had stopped")
        except StorageError as problem:
            assert "damaged.pdf" in str(problem) and "\n" not in str(problem)


def test_a_process_killed_in_between_costs_nothing(renderer: PageRenderer, pdf: Path) -> None:
    renderer.render(pdf, 0, 100)
    (child,) = children()
    child.kill()
    child.wait()
    assert renderer.render(pdf, 1, 100)


def test_a_process_killed_while_it_draws_costs_that_page(
    pdf: Path, child_does: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer, real = PageRenderer(), page_rendering.COMMAND
    child_does("read(); write({'labels': ['1']}); read(); os.kill(os.getpid(), 9)")
    with pytest.raises(StorageError, match="could not be drawn"):
        renderer.render(pdf, 0, 100)
    monkeypatch.setattr(page_rendering, "COMMAND", real)
    assert renderer.render(pdf, 0, 100)
    renderer.close()


@pytest.mark.parametrize(
    "program",
    [
        "os.abort()",
        "read(); write({'labels': 3})",
        "read(); sys.stdout.buffer.write(b'\\xff' * 9)",
        "read(); write({'labels': ['1']}); read(); write({'data': 'text'})",
        "read(); write({'labels': ['1']}); read(); write({'nothing': 1})",
        "read(); write({'labels': ['1']}); read(); sys.stdout.buffer.write(b'\\0\\0\\0\\x10{\"bytes\": 99999}')",
        "read(); write({'labels': ['1']}); read(); time.sleep(60)",
    ],
)
def test_a_process_that_misbehaves_is_one_sentence(pdf: Path, child_does: Callable[[str], None], program: str) -> None:
    renderer = PageRenderer(timeout_s=1.0)
    child_does(program)
    with pytest.raises(StorageError, match=r"book\.pdf"):
        renderer.render(pdf, 0, 100)
    renderer.close()


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not bound a process's memory there")
def test_memory_runs_out_in_the_process_and_nowhere_else(pdf: Path, renderer: PageRenderer) -> None:
    tight = PageRenderer(memory_mb=60)
    with pytest.raises(StorageError):
        tight.render(pdf, 0, 4096)
    tight.close()
    assert renderer.render(pdf, 0, 100)


def test_an_idle_process_ends_and_the_next_page_starts_another(pdf: Path) -> None:
    renderer = PageRenderer(idle_s=0.2)
    renderer.render(pdf, 0, 100)
    (child,) = children()
    psutil.wait_procs([child], timeout=30)
    assert children() == []
    assert renderer.render(pdf, 1, 100)
    renderer.close()


def test_the_newest_page_is_drawn_next_and_the_oldest_of_too_many_is_skipped(
    pdf: Path, child_does: Callable[[str], None], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    child_does(
        "read(); write({'labels': ['1']})\n"
        f"while (m := read()) is not None:\n    while not os.path.exists({str(gate)!r}): time.sleep(0.005)\n"
        "    write({'data': str(m['page']).encode()})"
    )
    renderer = PageRenderer()
    outcomes: list[tuple[int, bool]] = []
    waiting = renderer._pdf(pdf)._turns._waiting

    def ask(page: int) -> None:
        try:
            assert renderer.render(pdf, page, 100) == str(page).encode()
            outcomes.append((page, True))
        except PageSkipped:
            outcomes.append((page, False))

    threads = []
    for page in range(10):
        threads.append(threading.Thread(target=ask, args=(page,)))
        threads[-1].start()
        deadline = time.monotonic() + 30
        while not (len(waiting) == min(page, 6) and len(outcomes) == max(0, page - 6)) and time.monotonic() < deadline:
            time.sleep(0.002)
    gate.touch()
    for thread in threads:
        thread.join()
    assert outcomes[:3] == [(1, False), (2, False), (3, False)]
    assert outcomes[3:] == [(0, True), *((page, True) for page in (9, 8, 7, 6, 5, 4))]
    renderer.close()


def test_closing_ends_every_process_and_everyone_who_waits(pdf: Path, child_does: Callable[[str], None]) -> None:
    child_does("read(); write({'labels': ['1']}); read(); time.sleep(60)")
    renderer = PageRenderer()
    said: list[str] = []

    def ask() -> None:
        try:
            renderer.render(pdf, 0, 100)
        except StorageError as problem:
            said.append(str(problem))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    while renderer._pdf(pdf)._process is None:
        time.sleep(0.005)
    start = time.monotonic()
    renderer.close()
    renderer.close()
    for thread in threads:
        thread.join()
    assert len(said) == 3 and time.monotonic() - start < 30
    with pytest.raises(StorageError):
        renderer.labels(pdf)


def test_letting_go_and_too_many_documents_end_processes(renderer: PageRenderer, tmp_path: Path) -> None:
    paths = [write_pdf(tmp_path / f"{number}.pdf", 1) for number in range(4)]
    for path in paths:
        renderer.render(path, 0, 100)
    assert len(children()) == 2
    renderer.let_go(paths[3])
    renderer.let_go(paths[0])
    assert len(children()) == 1


def test_the_process_ends_with_its_parent(pdf: Path) -> None:
    program = (
        "import sys, os; from pathlib import Path; from storage.page_rendering import PageRenderer\n"
        f"r = PageRenderer(); r.render(Path({str(pdf)!r}), 0, 100)\n"
        "import psutil; print(psutil.Process().children()[0].pid, flush=True); os._exit(1)"
    )
    root = Path(page_rendering.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root)
    pid = int(done.stdout)
    if psutil.pid_exists(pid):
        psutil.wait_procs([psutil.Process(pid)], timeout=30)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


TEXTS = st.text("abc", max_size=40)


@given(TEXTS, TEXTS)
def test_a_part_of_a_quote_is_its_longest_head_or_tail(text: str, quote: str) -> None:
    found = find_part(text, quote)
    head = max((length for length in range(len(quote) + 1) if quote[:length] in text), default=0)
    tail = max((length for length in range(len(quote) + 1) if quote[len(quote) - length :] in text), default=0)
    if not quote or (head < len(quote) and max(head, tail) < 8):
        assert found is None
    else:
        assert found is not None
        start, end = found
        assert text[start:end] == (quote[:head] if head >= 8 or head == len(quote) else quote[len(quote) - tail :])


def test_a_part_in_the_middle_of_a_page_is_another_sentence() -> None:
    quote = "itwasadarknightand" + "y" * 50
    text = "x" * 500 + quote[:18] + "z" * 500
    assert find_part(text, quote) is None
    assert find_part(text[:-450], quote) == (500, 518)
    assert find_part(text[:-450], quote[::-1]) is None
    assert find_part(text[450:], "y" * 50 + quote[:18]) == (50, 68)


BOXES = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 9)] * 2)


@given(st.lists(BOXES, max_size=8))
def test_boxes_of_a_line_cover_what_their_runs_covered(runs: list[tuple[int, int, int, int]]) -> None:
    lines = join_lines([tuple(map(float, run)) for run in runs])  # type: ignore[misc]  # four numbers each
    assert len(lines) <= len(runs)
    for x, y, w, h in runs:
        assert any(a <= x and b <= y and x + w <= a + c and y + h <= b + d for a, b, c, d in lines)


@given(st.lists(st.sampled_from(["i", "ii", "1", "2", "3"]), min_size=1, max_size=12), st.data())
def test_pages_and_offsets_go_there_and_back(labels: list[str], data: st.DataObject) -> None:
    """Whatever labels come back: the places of a text that has every page are found, in order."""
    kept = sorted(data.draw(st.sets(st.integers(0, len(labels) - 1))))
    starts = [(100 * page, labels[page]) for page in kept]
    starts = [start for number, start in enumerate(starts) if number == 0 or starts[number - 1][1] != start[1]]
    pages = map_pages(starts, labels)
    assert list(pages.pages) == sorted(pages.pages)
    assert pages.offsets == tuple(offset for offset, _ in starts)
    for offset, label in starts:
        page = pages.page_of(offset)
        assert page is not None and labels[page] == label and page <= offset // 100
        assert pages.offset_of(page) == offset
    for page in range(len(labels)):
        offset = pages.offset_of(page)
        assert (offset is None) == (not starts)
    if len(set(labels)) == len(labels):
        assert list(pages.pages) == kept
