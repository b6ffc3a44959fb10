"""Original pages beside their text, from the import to forgetting, on real storage."""

from __future__ import annotations

import struct
import threading

import pytest

from app.operations import forgetting, importing, pages, pictures
from app.operations.opening import open_services
from app.operations.settings import change_settings
from engine.jobs import Failed, Finished
from storage.errors import StorageError

PAGES = [
    ("The lighthouse at Varn was built of grey stone.", "It had no keeper for years."),
    ("Mira Oster came in spring with two chests.", "Nobody asked her about them."),
    ("The bell was called Old Tom by everyone.", "It rang the night Jonas drowned."),
]


def write_pdf(path, texts, *, step=60):
    """One page a tuple of lines."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for lines in texts:
        stream = "".join(f"BT /F1 12 Tf 72 {700 - step * row} Td ({line}) Tj ET\n" for row, line in enumerate(lines))
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}endstream")
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
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
    path.write_bytes(out + f"startxref\n{out.rindex(b'xref')}\n%%EOF".encode())
    return path


@pytest.fixture
def services(tmp_path):
    opened = open_services(tmp_path / "data", echo=True, with_sample=False)
    yield opened
    opened.close()


@pytest.fixture
def book(services, tmp_path):
    path = write_pdf(tmp_path / "lighthouse.pdf", PAGES)
    end = services.run_until_end(importing.import_file(services, path))
    assert isinstance(end, Finished), end
    path.unlink()
    return end.result.document


def originals(services):
    return sorted(path.name for path in (services.data_dir / "originals").glob("*"))


def text_of(services, book):
    from app.operations import library

    return library.text(services, book)


def test_a_pdf_keeps_its_pages(services, book):
    assert originals(services) == [f"{book}.pdf"]
    assert pages.page_count(services, book) == 3
    assert pages.page_labels(services, book) == ["1", "2", "3"]
    png = pages.render_page(services, book, 1, 300)
    assert struct.unpack_from(">I", png, 16) == (300,)
    cover = pictures.cover(services, book)
    assert cover is not None and cover.media_type == "image/png"


def test_places_go_from_text_to_page_and_back(services, book):
    text = text_of(services, book)
    for number, (first, second) in enumerate(PAGES):
        assert pages.page_of(services, book, text.index(first)) == number
        assert pages.page_of(services, book, text.index(second)) == number
        assert pages.offset_of_page(services, book, number) == text.index(first)
        (box,) = pages.quote_boxes(services, book, number, second)
        assert 0 < box[0] < 0.2 and 0.1 < box[1] < 0.3
        assert pages.quote_boxes(services, book, (number + 1) % 3, second) == []


def test_a_quote_is_found_on_the_page_its_block_runs_on_to(services, tmp_path):
    lines = [f"in the year {year} nothing happened at Varn and nobody minded it," for year in range(1800, 1880)]
    texts = [tuple(lines[start : start + 40]) for start in (0, 40)]
    path = write_pdf(tmp_path / "long.pdf", texts, step=15)
    book = services.run_until_end(importing.import_file(services, path)).result.document
    text = text_of(services, book)
    assert "\n\n" not in text
    for number, quote in ((0, lines[3]), (1, lines[63]), (0, f"{lines[39]} {lines[40]}")):
        offset = text.index(quote)
        assert pages.page_of(services, book, offset) == 0
        assert pages.page_of_quote(services, book, offset, quote) == number
    assert pages.page_of_quote(services, book, 0, "Nobody said this.") == 0


def test_pages_may_be_asked_for_by_any_thread(services, book):
    drawn = []
    threads = [
        threading.Thread(target=lambda n=n: drawn.append((n, pages.render_page(services, book, n, 80))))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: data for number, data in drawn} == {n: pages.render_page(services, book, n, 80) for n in range(3)}


def test_an_original_that_vanished_is_no_original(services, book):
    (services.data_dir / "originals" / f"{book}.pdf").unlink()
    assert pages.page_count(services, book) is None
    assert pages.page_labels(services, book) == [] and pages.quote_boxes(services, book, 0, "bell") == []
    assert pages.page_of(services, book, 0) is None and pages.page_of_quote(services, book, 0, "bell") is None
    assert pages.offset_of_page(services, book, 0) is None
    with pytest.raises(StorageError, match="not kept any more"):
        pages.render_page(services, book, 0, 100)
    assert "originals" not in forgetting.what_will_go(services, [book])


def test_an_original_that_was_replaced_by_something_else_is_a_sentence(services, book):
    (services.data_dir / "originals" / f"{book}.pdf").write_bytes(b"no PDF at all")
    with pytest.raises(StorageError, match="cannot be opened"):
        pages.page_count(services, book)


def test_without_the_setting_no_original_is_kept(services, tmp_path):
    change_settings(services, {"keep_originals": False})
    end = services.run_until_end(importing.import_file(services, write_pdf(tmp_path / "a.pdf", PAGES)))
    assert pages.page_count(services, end.result.document) is None
    assert pictures.cover(services, end.result.document) is not None
    assert originals(services) == []


def test_other_formats_have_no_pages(services, tmp_path):
    (tmp_path / "a.txt").write_text("Words.\n\nMore words.", "utf-8")
    end = services.run_until_end(importing.import_file(services, tmp_path / "a.txt"))
    assert pages.page_count(services, end.result.document) is None
    assert originals(services) == []


def test_an_import_that_fails_leaves_no_original(services, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise StorageError("The disk is full.")

    monkeypatch.setattr("app.operations.importing.documents.add_document", broken)
    end = services.run_until_end(importing.import_file(services, write_pdf(tmp_path / "a.pdf", PAGES)))
    assert isinstance(end, Failed)
    assert originals(services) == []


def test_importing_twice_keeps_one_original(services, book, tmp_path):
    end = services.run_until_end(importing.import_file(services, write_pdf(tmp_path / "again.pdf", PAGES)))
    assert end.result.already_there and originals(services) == [f"{book}.pdf"]


def test_strays_of_a_killed_import_are_gone_at_the_next_start(services, book):
    (services.data_dir / "originals" / "0123456789ab.pdf").write_bytes(b"x")
    services.close()
    opened = open_services(services.data_dir, echo=True, with_sample=False)
    assert originals(opened) == [f"{book}.pdf"]
    opened.close()


def test_forgetting_takes_the_pages_along_while_they_are_shown(services, book):
    pages.render_page(services, book, 0, 100)
    going = forgetting.what_will_go(services, [book])
    assert going["originals"] == 1 and going["covers"] == 1
    end = services.run_until_end(forgetting.forget(services, book))
    assert isinstance(end, Finished)
    assert end.result.residue == 0 and end.result.removed["originals"] == 1
    assert end.result.removed["bytes"] == going["bytes"]
    assert originals(services) == []
    assert pages.page_count(services, book) is None


def test_closing_the_services_ends_the_drawing_process(tmp_path):
    import psutil

    services = open_services(tmp_path / "data", echo=True, with_sample=False)
    end = services.run_until_end(importing.import_file(services, write_pdf(tmp_path / "a.pdf", PAGES)))
    pages.render_page(services, end.result.document, 0, 100)

    def drawing():
        children = (
            psutil.Process().children()
        )  # among them perhaps one of another test that has ended and is still there
        alive = [each for each in children if each.status() != psutil.STATUS_ZOMBIE]
        return [each for each in alive if "storage.page_child" in each.cmdline()]

    assert len(drawing()) == 1
    pages.close_original(services, end.result.document)
    assert drawing() == []
    pages.render_page(services, end.result.document, 0, 100)
    services.close()
    assert drawing() == []
