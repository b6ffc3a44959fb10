"""Prompts from files: text is taken word for word, of a book its text is read, and what is neither gets a sentence."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.operations.prompt_files import read_prompt
from storage.errors import StorageError

LINES = st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"])))


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@given(lines=LINES)
def test_a_text_is_taken_word_for_word(lines, tmp_path_factory):
    text = "Be brief.\n" + "\n".join(lines) + "\nEnd."
    path = written(tmp_path_factory.mktemp("prompt"), "style guide.txt", text)
    assert read_prompt(path).text == text.strip()


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("guide.md", "# Style\n\n* short\n* kind\n", "# Style\n\n* short\n* kind"),
        ("lines.txt", b"one\r\ntwo\rthree\r\n", "one\ntwo\nthree"),
        ("mark.txt", b"\xef\xbb\xbfBe kind.", "Be kind."),
        ("wide.txt", "Sei freundlich.\n".encode("utf-16"), "Sei freundlich."),
        ("glossary.csv", "source,target\nNebel,fog\n", "source,target\nNebel,fog"),
        ("terms.json", '{"Nebel": "fog"}', '{"Nebel": "fog"}'),
        ("terms.tbx", '<?xml version="1.0"?>\n<tbx><term>Nebel</term></tbx>', None),
        ("page.html", "<html><body><h1>Rules</h1><p>Be <b>kind</b>.</p></body></html>", "Rules\n\nBe kind."),
        ("no suffix", "Be kind.", "Be kind."),
    ],
)
def test_what_is_text_can_be_a_prompt(tmp_path, name, data, text):
    path = written(tmp_path, name, data)
    read = read_prompt(path)
    assert read.text == (data if text is None else text)
    assert read.title == path.stem


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("noise.txt", bytes(range(256)) * 64, "is not a text"),
        ("noise.json", bytes(range(256)) * 64, "is not a text"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(64), "is a picture"),
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\n \n", "holds no text"),
    ],
)
def test_what_is_no_text_gets_a_sentence(tmp_path, name, data, sentence):
    with pytest.raises(StorageError, match=sentence):
        read_prompt(written(tmp_path, name, data))


def test_a_broken_book_and_a_file_that_is_not_there_get_a_sentence(tmp_path):
    with zipfile.ZipFile(tmp_path / "broken.epub", "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    with pytest.raises(StorageError, match="“broken"):
        read_prompt(tmp_path / "broken.epub")
    with pytest.raises(StorageError, match="There is no file"):
        read_prompt(tmp_path / "nothing.txt")
    with pytest.raises(StorageError, match="There is no file"):
        read_prompt(tmp_path)
    with pytest.raises(StorageError, match="cannot be opened: File name too long"):
        read_prompt(tmp_path / ("long" * 100))
